"""`kaeru pause` and `kaeru resume`."""

import json

from typer.testing import CliRunner

from kaeru.cli.commands import app
from kaeru.core import pause, scope
from kaeru.core.models import AuditEntry
from kaeru.tenants.models import Organization, Shop
from tests.cast import Cast


def run(*words: str) -> dict[str, object]:
    answer = CliRunner().invoke(app, [*words, "--json"])
    assert answer.exit_code == 0, answer.output
    told: dict[str, object] = json.loads(answer.stdout)
    return told


def test_it_stops_the_installation_and_lets_it_go_on(cast: Cast) -> None:
    told = {"what": "installation", "name": "", "paused": True, "changed": True}
    assert run("pause", "--reason", "moving house") == told
    found = pause.state()
    assert found is not None
    assert found.reason == "moving house"
    assert run("pause") == {**told, "changed": False}
    assert run("resume") == {**told, "paused": False}
    assert run("resume") == {**told, "paused": False, "changed": False}
    assert not pause.is_paused()


def test_it_stops_one_shop_or_all_of_an_organization(cast: Cast) -> None:
    assert run("pause", "--shop", "kotori")["what"] == "shop"
    with scope.everyone():
        assert Shop.objects.get(is_paused=True) == cast.kotori
        assert AuditEntry.objects.get(verb="shop.paused").actor == "cli"
    assert run("resume", "--shop", "kotori")["changed"] is True
    assert run("pause", "--organization", "chidori")["what"] == "organization"
    assert Organization.objects.get(slug="chidori").is_paused
    assert run("resume", "--organization", "chidori")["changed"] is True


def test_it_names_a_shop_that_does_not_exist(cast: Cast) -> None:
    assert CliRunner().invoke(app, ["pause", "--shop", "nobody"]).exit_code == 2
    assert not pause.is_paused()

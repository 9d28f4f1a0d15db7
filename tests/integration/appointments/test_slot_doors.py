"""Free starts over the API and on the command line: the same as everywhere."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from kaeru.appointments.slots import kept
from kaeru.cli.commands import app
from kaeru.core import clock, scope
from kaeru.tenants.actions import create_api_key
from kaeru.tenants.models import Shop
from tests.cast import Cast
from tests.salon import House, salon

NOW = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # Tuesday 24 November, 08:00 in Tokyo


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    clock.set_clock(clock.Clock(real=0, shown=NOW, speed=0.0))
    kept.forget()
    yield salon(cast.organization)
    kept.forget()


def ask(shop: Shop, path: str, **query: Any) -> Any:
    with scope.organization(shop.organization_id):
        _, text = create_api_key(shop, "t", ["read"], actor="test")
    return Client().get(f"/api/v1{path}", query, headers={"Authorization": f"Bearer {text}"})


def run(*arguments: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    return done.exit_code, json.loads(done.stdout) if done.stdout.strip() else None


def test_it_tells_free_starts_with_who_can(house: House) -> None:
    service = str(house.services["cut"].id)
    told = ask(house.shop, "/slots", service=service, **{"from": "2026-11-24"}, days=1).json()
    assert told["timezone"] == "Asia/Tokyo" and len(told["starts"]) == 32
    assert told["starts"][0]["at"] == "2026-11-24T10:00:00+09:00"
    assert set(told["starts"][0]["staff"]) == {str(house.jun.id), str(house.sakura.id)}
    alone = ask(house.shop, "/slots", service=service, staff=str(house.jun.id), days=1).json()
    assert all(one["staff"] == [str(house.jun.id)] for one in alone["starts"])


def test_it_tells_what_the_salon_offers(house: House) -> None:
    told = ask(house.shop, "/salon").json()
    assert [one["name_en"] for one in told["services"]] == ["Cut", "Colour", "Nails"]
    assert [one["busy"] for one in told["services"][1]["stages"]] == [True, False, True]
    assert told["staff"][1]["services"] == [str(house.services["cut"].id)]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"service": "1"}, 404), ({}, 422), ({"service": "x"}, 422), ({"days": 101}, 422), ({"days": 0}, 422), ({"from": "now"}, 422),
        ({"from": "9999-12-31"}, 422), ({"staff": "77"}, 404), ({"when": "1"}, 422),
    ],
)  # fmt: skip
def test_it_says_what_was_wrong(house: House, query: dict[str, Any], status: int) -> None:
    known = {} if "service" in query or not query else {"service": str(house.services["cut"].id)}
    assert ask(house.shop, "/slots", **known, **query).status_code == status


def test_it_knows_a_shop_that_is_no_salon_and_a_strangers_service(house: House, cast: Cast) -> None:
    service = str(house.services["cut"].id)
    for shop in (cast.kotori, cast.other_shop):
        assert ask(shop, "/slots", service=service).status_code == 404
        assert ask(shop, "/salon").status_code == 404


def test_it_answers_on_the_command_line(house: House) -> None:
    code, told = run("slots", "--salon", "hasami", "--service", "cut", "--from", "2026-11-24", "--days", "1")
    assert code == 0 and len(told["starts"]) == 32 and told["service"] == "カット"
    assert set(told["starts"][0]["staff"]) == {"さくら", "純"}
    assert told["starts"][0]["at"] == "2026-11-24T10:00:00+09:00"
    code, told = run(
        "slots", "--salon", "hasami", "--service", str(house.services["cut"].id), "--staff", "Jun", "--days", "1"
    )
    assert code == 0 and told["starts"][0]["staff_ids"] == [str(house.jun.id)]
    people = CliRunner().invoke(app, ["slots", "--salon", "hasami", "--service", "カラー", "--days", "2"])
    assert people.exit_code == 0 and "2026-11-25" in people.stdout


@pytest.mark.parametrize(
    "wrong", [("--service", "perm"), ("--service", "cut", "--staff", "Ken"), ("--service", "cut", "--from", "tomorrow")]
)
def test_it_says_wrong_usage_with_exit_code_two(house: House, wrong: tuple[str, ...]) -> None:
    assert run("slots", "--salon", "hasami", *wrong)[0] == 2


def test_it_adds_a_salon_that_can_be_filled_at_once(cast: Cast) -> None:
    code, told = run("shop", "add", "ume", "--name", "梅", "--kind", "salon", "--organization", "kotori")
    assert (code, told) == (0, {"shop": "ume"})
    assert run("slots", "--salon", "ume", "--service", "cut")[0] == 2
    assert run("slots", "--salon", "kotori", "--service", "cut")[0] == 2
    assert run("shop", "add", "x", "--name", "x", "--kind", "bar", "--organization", "kotori")[0] == 2
    assert run("shop", "add", "x", "--name", "x", "--timezone", "Asia/Edo", "--organization", "kotori")[0] == 2

"""The page of changes in the shop's system: what Kaeru may do there, up to which amounts, and everything it did."""

import pytest

from kaeru.connectors import registry
from kaeru.connectors.changes import AddDiscount, ChangeAddress
from kaeru.connectors.gate import queries
from kaeru.connectors.gate.rules import Terms
from kaeru.connectors.models import Connection
from kaeru.connectors.webhook import connecting
from kaeru.core import http, scope
from kaeru.tenants.models import Shop
from tests import builders
from tests.cast import Cast
from tests.fakes.shop_system import System
from tests.integration.gate.stage import connect, row, turn, wish

PAGE = "/settings/changes/"


def said(cast: Cast, language: str = "ja") -> str:
    return cast.aoi.browser().get(f"{PAGE}?lang={language}").content.decode()


def test_it_says_that_nothing_can_be_changed_yet(cast: Cast) -> None:
    for language, words in (
        ("ja", "この店舗のシステムには、まだKaeruから変更できません。"),
        ("en", "cannot change anything"),
    ):
        page = said(cast, language)
        assert words in page
    assert "No change was asked for yet" in page


def test_it_tells_what_was_changed_and_how_it_was_before(cast: Cast) -> None:
    connect(cast.kotori, System())
    order = builders.order(cast.kotori, number="K-1001")
    wish(order, AddDiscount(500, "WASURETA"))
    wish(order, ChangeAddress("山田 花子", "110-0001", "東京都", "台東区", "谷中9-9-9"), source_id=2)
    turn(2)
    page = said(cast)
    for words in (
        "割引を適用する（500円, WASURETA）",
        "K-1001",
        "反映済み",
        "3,460円",
        "変更を実際に反映しています",
        "お届け先",
    ):
        assert words in page
    assert "谷中9-9-9" not in page
    assert "山田" not in page


def test_it_shows_what_a_dry_run_would_have_called(cast: Cast) -> None:
    connect(cast.kotori, System(), is_live=False)
    wish(builders.order(cast.kotori), AddDiscount(500, "WASURETA"))
    turn()
    page = said(cast)
    assert "add_discount amount=500 code=WASURETA" in page
    assert "変更は書き留めるだけです" in page


def test_a_person_lets_go_or_drops_what_is_over_the_cap(cast: Cast) -> None:
    system = System()
    connect(cast.kotori, system, most=100)
    one, other = (wish(builders.order(cast.kotori), AddDiscount(500), source_id=key) for key in (1, 2))
    turn()
    assert "動く金額が、変更1件あたりの上限を超えています。" in said(cast)
    browser = cast.bunta.browser()
    assert browser.post(f"{PAGE}{one}/let-go/").status_code == 302
    assert browser.post(f"{PAGE}{other}/drop/").status_code == 302
    assert browser.post(f"{PAGE}{other}/let-go/").status_code == 302
    turn()
    assert (row(one).state, row(other).state, system.done) == ("done", "dropped", ["add_discount"])


def test_it_is_nobody_elses_to_decide(cast: Cast) -> None:
    change = builders.change(builders.order(cast.kotori))
    for deed in ("let-go", "drop"):
        assert cast.chika.browser().post(f"{PAGE}{change.id}/{deed}/").status_code == 404
        assert cast.mei.browser().post(f"{PAGE}{change.id}/{deed}/").status_code == 403
    for browser in (cast.bunta.browser(), cast.mei.browser()):
        assert browser.post(f"{PAGE}terms/", {}).status_code == 403
        assert browser.post(f"{PAGE}check/").status_code == 403
    assert "K-" not in cast.chika.browser().get(PAGE).content.decode()
    assert row(change.id).state == "held"


def test_it_switches_and_keeps_the_caps(cast: Cast) -> None:
    browser = cast.aoi.browser()
    told = {"is_live": "live", "most_per_order": "5000", "most_per_day": "20000"}
    assert browser.post(f"{PAGE}terms/", told).status_code == 302
    with scope.organization(cast.organization.id):
        assert queries.terms_of([cast.kotori.id]) == {cast.kotori.id: Terms(True, 5000, 20000)}
    assert browser.post(f"{PAGE}terms/", {**told, "is_live": "dry_run"}).status_code == 302
    with scope.organization(cast.organization.id):
        assert not queries.is_live(cast.kotori.id)
    for wrong in ({"most_per_order": "-1"}, {"most_per_day": "x"}, {"is_live": "maybe"}, {"is_live": ""}):
        assert browser.post(f"{PAGE}terms/", {**told, **wrong}).status_code == 422


@pytest.mark.parametrize(
    ("status", "body", "found", "kinds"),
    [
        (200, b'{"capabilities": ["hold", "release", "cancel", "fly"]}', "connected", ["hold", "release", "cancel"]),
        (204, b"", "listens_only", []),
        (401, b"{}", "not_let_in", []),
        (500, b"", "unanswered", []),
    ],
)
def test_it_asks_the_shops_system(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, found: str, kinds: list[str]
) -> None:
    with scope.everyone():
        Shop.objects.filter(id=cast.kotori.id).update(notify_url="https://kotori.example/kaeru")
    monkeypatch.setattr(http, "post", lambda *told: http.Answer(status, body))
    assert cast.aoi.browser().post(f"{PAGE}check/").status_code == 302
    with scope.organization(cast.organization.id):
        kept = Connection.objects.filter(removed_at=None).values_list("scopes", flat=True)
        assert list(kept) == ([kinds] if kinds else [])
        shop = Shop.objects.get(id=cast.kotori.id)
        assert connecting.check(shop, actor="test") == found
        assert queries.capabilities(shop).can_cancel == bool(kinds)
        assert registry.find_writer("webhook") is not None


def test_a_shop_that_stops_carrying_out_changes_is_disconnected(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with scope.organization(cast.organization.id):
        shop = cast.kotori
        connecting.connect(shop, ["cancel"], actor="test")
        connecting.connect(shop, ["cancel", "hold", "release"], actor="test")
        assert queries.capabilities(shop).can_hold
        connecting.connect(shop, [], actor="test")
        assert queries.connection(shop) is None
        connecting.connect(shop, ["cancel"], actor="test")
        assert Connection.objects.filter(shop=shop).count() == 2
        assert connecting.check(shop, actor="test") == "no_address"

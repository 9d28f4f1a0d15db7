"""The page on which a shop connects its official account."""

from examples.line.platform import Fault
from kaeru.channels.line import accounts
from kaeru.channels.line.models import LineAccount
from kaeru.core import scope
from tests.cast import Cast
from tests.fakes.line_wire import LineWire

PAGE = "/settings/line/"


def kept(cast: Cast) -> LineAccount | None:
    with scope.organization(cast.organization.id):
        return accounts.of(cast.kotori.id)


def test_it_connects_an_account_and_shows_how_it_stands(line: LineWire, cast: Cast) -> None:
    account, aoi = line.add(cast.kotori), cast.aoi.browser()
    line.platform.set_quota(account.bot, 5_000, used=1_234)
    assert "LINE" in aoi.get("/settings/").content.decode()
    assert aoi.get(PAGE).status_code == 200
    answer = aoi.post(
        PAGE, {"secret": account.secret, "token": account.token, "liff_id": account.liff_id, "greeting": "ようこそ"}
    )
    assert answer.status_code == 302
    page = aoi.get(PAGE).content.decode()
    assert "はさみ美容室" in page and "@kotori" in page
    assert "1,234" in page and "3,766" in page
    assert account.secret not in page and account.token not in page
    assert f"/hooks/line/{cast.kotori.public_key}" in page
    aoi.post(PAGE, {"liff_id": "", "greeting": ""})
    found = kept(cast)
    assert found is not None and accounts.token_of(found) == account.token and found.greeting == ""


def test_it_keeps_nothing_that_line_does_not_take(line: LineWire, cast: Cast) -> None:
    account, aoi = line.add(cast.kotori), cast.aoi.browser()
    assert aoi.post(PAGE, {"secret": "", "token": ""}).status_code == 422
    assert aoi.post(PAGE, {"secret": account.secret, "token": "wrong-token"}).status_code == 422
    assert aoi.post(PAGE, {"secret": account.secret, "token": account.token, "liff_id": "no"}).status_code == 422
    line.platform.faults.append(Fault("/bot/info", 503))
    assert aoi.post(PAGE, {"secret": account.secret, "token": account.token}).status_code == 422
    assert kept(cast) is None


def test_it_enters_the_address_at_line_and_tries_it(line: LineWire, cast: Cast, account: LineAccount) -> None:
    aoi = cast.aoi.browser()
    aoi.post("/settings/line/webhook/")
    assert line.account(cast.kotori).webhook == f"http://testserver/hooks/line/{cast.kotori.public_key}"
    aoi.post("/settings/line/look/")
    found = kept(cast)
    assert found is not None and found.quota_kind == "limited"


def test_it_forgets_the_token_at_once(line: LineWire, cast: Cast, account: LineAccount) -> None:
    cast.aoi.browser().post("/settings/line/leave/")
    found = kept(cast)
    assert found is not None and not found.is_on and found.sealed_token is None


def test_only_those_who_may_keep_keys_see_it(line: LineWire, cast: Cast, account: LineAccount) -> None:
    assert cast.bunta.browser().get(PAGE).status_code == 403
    assert cast.mei.browser().post(PAGE, {"secret": "x" * 32, "token": "y" * 32}).status_code == 403
    page = cast.chika.browser().get(PAGE).content.decode()
    assert "@kotori" not in page

"""XML that means no good, numbers that the operator entered, and moments as Yahoo! Shopping writes them."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.connectors.base import Access
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.reading import storable
from kaeru.connectors.yahoo import client, consent, markup, words
from kaeru.connectors.yahoo.consent import Consent
from kaeru.connectors.yahoo.orders import moment, order_record, yen
from kaeru.core import http

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "&lol;&lol;">' for n in range(9))
    + "]><a>&lol8;</a>"
)
EVIL = [
    LAUGHS,
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]><a/>',
    "<a>&unknown;</a>",
    "<a><b></a>",
    "<a/><b/>",
    "",
    "no xml",
    '<?xml version="1.0" encoding="x-nonsense"?><a/>',
    '<?xml version="1.0" encoding="shift_jis"?><a>あ</a>',
    '<?xml version="1.0" encoding="utf-16"?><a/>',
    "<a>" * 100 + "</a>" * 100,
]


@pytest.mark.parametrize("body", EVIL)
def test_it_refuses_what_means_no_good(body: str) -> None:
    with pytest.raises(Unreadable):
        markup.read(body.encode())


@given(st.text(max_size=60), st.text(max_size=60))
def test_it_writes_what_it_reads_again(first: str, second: str) -> None:
    told = markup.read(markup.write("Req", {"A": {"B": first}, "C": [second, second]}))
    plain = "".join(letter for letter in first if letter in "\t\n\r" or letter >= " ")
    assert told.say("A/B") == storable(plain).replace("\r\n", "\n").replace("\r", "\n").strip()
    assert len(told.all("C")) == 2


@given(st.binary(max_size=200))
def test_it_reads_any_bytes_or_says_why_not(body: bytes) -> None:
    with contextlib.suppress(Unreadable):
        markup.read(body)


@given(
    st.dictionaries(st.sampled_from(words.ROWS), st.integers(0, 999)),
    st.text(max_size=14),
    st.sampled_from(["customer", "shop", ""]),
)
def test_it_sends_only_numbers_of_the_table_and_of_the_right_side(
    table: dict[str, int], reason: str, side: str
) -> None:
    scopes = words.to_scopes(table)
    assert words.table(scopes) == table
    number = words.number_for(reason, side, scopes)
    assert number is None or number in {found for row, found in table.items() if row.startswith(side)}
    assert (number is None) or side


def test_it_does_not_guess_a_side_that_two_rows_claim() -> None:
    assert words.side_of("7", ["cancel/customer=7", "cancel/shop=7"]) == ""
    assert words.side_of("7", ["cancel/shop=7", "cancel/shop/out_of_stock=7"]) == "shop"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-20T21:14:03+09:00", datetime(2026, 11, 20, 12, 14, 3, tzinfo=UTC)),
        ("2026-11-20T21:14:03", datetime(2026, 11, 20, 12, 14, 3, tzinfo=UTC)),
        ("20261120211403", datetime(2026, 11, 20, 12, 14, 3, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 19, 15, tzinfo=UTC)),
        ("20261120", datetime(2026, 11, 19, 15, tzinfo=UTC)),
        ("", None),
        ("0000-00-00", None),
        ("tomorrow", None),
    ],
)
def test_it_reads_moments(said: str, meant: datetime | None) -> None:
    assert moment(said) == meant


@given(st.text(max_size=20))
def test_it_reads_any_text_for_an_amount_or_a_moment(said: str) -> None:
    assert yen(said) is None or isinstance(yen(said), int)
    assert moment(said) is None or isinstance(moment(said), datetime)


@given(
    st.dictionaries(
        st.sampled_from(["OrderStatus", "Pay", "Ship", "Detail", "Item", "LastUpdateTime", "CancelReason"]),
        st.text(max_size=12),
    )
)
def test_it_reads_an_order_with_anything_in_it_or_says_why_not(told: dict[str, str]) -> None:
    info = {"OrderId": "s-1", "OrderTime": "2026-11-20T21:14:03+09:00", **told}
    try:
        found = order_record(markup.read(markup.write("OrderInfo", info)))
    except Unreadable:
        return
    assert found.updated_at >= found.placed_at


def test_it_keeps_a_consent_and_hides_it() -> None:
    agreed = Consent("app", "himitsu", "refresh")
    assert consent.read(agreed.sealed_text()) == agreed
    assert "himitsu" not in repr(agreed)
    assert consent.read("{}") is None
    address = consent.authorize_url("app", "https://kaeru.example/x?a=1", "state", "nonce")
    assert address.startswith(consent.AUTHORIZE)
    assert "redirect_uri=https%3A%2F%2Fkaeru.example" in address


@pytest.mark.parametrize(("account", "where"), [("snbx-abc", "test.circus"), ("kotori", "circus")])
def test_it_calls_sandbox_stores_at_the_test_address(monkeypatch: pytest.MonkeyPatch, account: str, where: str) -> None:
    called: list[str] = []

    def post(url: str, *_told: object, **_more: object) -> http.Answer:
        called.append(url)
        return http.Answer(200, b"<ResultSet/>")

    monkeypatch.setattr(http, "post", post)
    monkeypatch.setattr(consent, "token", lambda *_a, **_k: "t")
    client.ask(Access(1, account, [Consent("app", "s", "r").sealed_text()]), "orderList", {})
    assert called == [f"https://{where}.shopping.yahooapis.jp/ShoppingWebService/V1/orderList"]

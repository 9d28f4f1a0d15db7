"""Conditions in words: one sentence in Japanese and English, as a shop owner would say it."""

from typing import Any

import pytest

from kaeru.audiences.rules import parse
from kaeru.audiences.wording import OPERATORS, describe
from kaeru.core import scope
from tests import builders
from tests.cast import Cast


def ask(field: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, **more}


VALUE = ask("order.value", "at_least", 10000)
FIRST = ask("order.is_first", "is", True)
NIGHT = ask("moment.time", "between", ["22:00", "08:00"])

SENTENCES = [
    (VALUE, "ご注文金額が10,000円以上", "order value is at least ¥10,000"),
    (FIRST, "初めてのご注文", "first order"),
    (ask("order.is_first", "is", False), "2回目以降のご注文", "not the first order"),
    (
        {"all": [VALUE, FIRST]},
        "ご注文金額が10,000円以上、かつ初めてのご注文",
        "order value is at least ¥10,000 and first order",
    ),
    (
        {"any": [{"all": [VALUE, FIRST]}, {"not": NIGHT}]},
        "（ご注文金額が10,000円以上、かつ初めてのご注文）、または「時刻が22:00から08:00まで」に当てはまらない",
        "(order value is at least ¥10,000 and first order) or not (time of day is between 22:00 and 08:00)",
    ),
    ({"not": {"any": [{"all": [FIRST]}]}}, "「初めてのご注文」に当てはまらない", "not (first order)"),
    (
        ask("order.value", "between", [1000, 5000]),
        "ご注文金額が1,000円以上5,000円以下",
        "order value is from ¥1,000 to ¥5,000",
    ),
    (
        ask("customer.cancellations", "more_than", 2, days=30),
        "過去30日のキャンセルの回数が2回より多い",
        "number of cancellations within 30 days is more than 2",
    ),
    (
        ask("customer.orders", "is", 1),
        "これまでのご注文の回数が1回",
        "number of orders ever is 1",
    ),
    (
        ask("cancellation.reason", "one_of", ["change_address", "none"]),
        "理由が「配送先を変更したい」か「理由なし」",
        "reason is “Change the delivery address” or “no reason given”",
    ),
    (
        ask("cancellation.reason", "none_of", ["change_address"]),
        "理由が「配送先を変更したい」以外",
        "reason is not “Change the delivery address”",
    ),
    (
        ask("customer.tag", "has_all", ["常連", "卸"]),
        "お客様のタグに「常連」と「卸」がすべてある",
        "customer tag has “常連” and “卸”",
    ),
    (
        ask("moment.weekday", "one_of", ["sat", "sun"]),
        "曜日が土曜日か日曜日",
        "day of the week is Saturday or Sunday",
    ),
    (ask("moment.time", "from", "18:00"), "時刻が18:00以降", "time of day is 18:00 or later"),
    (ask("moment.is_open", "is", False), "営業時間外", "outside opening hours"),
    (
        ask("order.payment_kind", "is", "konbini"),
        "支払い方法が「コンビニ払い」",
        "way of payment is “convenience store”",
    ),
]


@pytest.mark.parametrize(("told", "japanese", "english"), SENTENCES)
def test_it_says_it_in_one_sentence(cast: Cast, told: dict[str, Any], japanese: str, english: str) -> None:
    builders.reason(cast.kotori)
    with scope.organization(cast.organization.id):
        assert describe(parse(told), cast.kotori, "ja") == japanese
        assert describe(parse(told), cast.kotori, "en") == english


def test_it_writes_money_as_the_shop_counts_it(cast: Cast) -> None:
    abroad = builders.shop(cast.organization, "far", "Far", currency="USD")
    with scope.organization(cast.organization.id):
        assert (
            describe(parse(ask("order.value", "less_than", 1250)), abroad, "en") == "order value is less than 12.50 USD"
        )


def test_it_never_breaks_on_what_is_not_known_any_more(cast: Cast) -> None:
    """A field that is gone, a reason that was deleted, a value that nobody can read: shown as written."""
    with scope.organization(cast.organization.id):
        for told in (
            ask("order.colour", "is", "red"),
            ask("cancellation.reason", "is", "gone"),
            ask("order.value", "at_least", "x"),
        ):
            for language in ("ja", "en"):
                assert str(told["value"]) in describe(parse(told), cast.kotori, language)
        assert describe(parse({"all": []}), cast.kotori, "ja") == ""
        assert describe(parse(ask("customer.tag", "has_any", [])), cast.kotori, "ja")


def test_it_has_a_word_for_each_operator() -> None:
    from kaeru.audiences.operators import OPERATORS as KNOWN

    assert {op for ops in KNOWN.values() for op in ops} == OPERATORS.keys()

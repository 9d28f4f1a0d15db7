"""Why a buyer asked a mall to cancel, in the shop's reasons: matched where the words allow, never guessed."""

import pytest

from kaeru.cancellations.mall_words import reason_of, table
from kaeru.cancellations.seeds import SEEDS

CODES = frozenset(code for code, _ in table())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("注文間違い", "mistaken_order"),
        ("間違えて注文しました", "mistaken_order"),
        ("二重注文のため", "mistaken_order"),
        ("届け先の住所を変えたいです", "change_address"),
        ("クーポンを使い忘れた", "forgot_coupon"),
        ("お支払い方法を変えたい", "change_payment"),
        ("配送料が高いので", "shipping_fee_too_high"),
        ("発送予定日が遅い", "delivery_too_late"),
        ("必要なくなりました", "changed_mind"),
        ("Changed my mind", "changed_mind"),
        ("mistaken_order", "mistaken_order"),
        ("その他", ""),
        ("在庫切れ", ""),
        ("1", ""),
        ("", ""),
    ],
)
def test_it_matches_what_the_mall_says(words: str, code: str) -> None:
    assert reason_of(words, CODES) == code


def test_it_names_only_what_the_shop_offers() -> None:
    assert reason_of("間違えて注文しました", {"changed_mind"}) == ""


def test_it_knows_the_usual_reasons() -> None:
    assert {seed.code for seed in SEEDS} == CODES

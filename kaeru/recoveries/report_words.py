"""The monthly report in words, Japanese and English: rows of the table, the sentence above it, and what to change next.

Written for one language at a time, whatever the reader of a page has chosen: a mail and a PDF have no reader's choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kaeru.core import money
from kaeru.recoveries.report import Report
from kaeru.recoveries.report_rules import Finding
from kaeru.uplift.calibration import Score

LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("月次レポート", "Monthly report"),
    "numbers": ("この月の数字", "The month in numbers"),
    "effect": ("シナリオによる成果", "What came back because of us"),
    "effect_note": (
        ("キャンセルから30日以内に再購入したお客様の割合を、くじで選んだ比較用のお客様と比べた差です。"
        "いつ見ても成り立つ区間を添えています。"),
        "Customers who bought again within 30 days of cancelling, against those held back by lot. The interval holds at every look.",
    ),
    "so_far": (
        "これまでのすべてのお客様から計算しています。1か月だけでは人数が足りません。",
        "Over all customers so far: a month alone has too few.",
    ),
    "next": ("次に変えること", "What to change next"),
    "reasons": ("キャンセルの理由", "Reasons"),
    "reason": ("理由", "Reason"),
    "count": ("件数", "Cancellations"),
    "value": ("金額", "Value"),
    "no_reason": ("理由なし", "No reason given"),
    "forecasts": ("見込みの的中", "How good the forecasts were"),
    "cancellations": ("キャンセル", "Cancellations"),
    "taken": ("失った売上", "Sales they took"),
    "came_back": ("30日以内に戻った売上", "Sales that came back in 30 days"),
    "anyway": ("何もしなくても戻った売上", "Would have come back anyway"),
    "spent": ("クーポンと送信の費用", "Coupons and sending"),
    "net": ("差し引きの成果", "Net, because of us"),
    "contacts": ("減らせた問い合わせ", "Contacts saved"),
    "hours": ("減らせた時間", "Hours saved"),
    "not_causal": ("因果ではありません", "not causal"),
    "count_note": ("件数であり、効果ではありません", "a count, not an effect"),
    "estimate": ("比較用のお客様の平均からの推定", "estimated from those held back"),
    "estimate_open": ("推定。効果はまだ証明されていません", "an estimate: no effect is proven yet"),
    "unknown": ("まだ分かりません", "not known yet"),
    "all": ("お店全体", "The whole shop"),
    "proven": ("証明済み", "proven"),
    "not_yet": ("まだ", "not yet"),
    "harmful": ("逆効果", "harmful"),
    "blocked": ("計算を停止中", "blocked"),
    "no_holdout": ("比較なし", "no comparison"),
    "penalty": ("モールのペナルティ", "Penalties of malls"),
    "no_show": ("無断キャンセル", "No-shows"),
    "refill": ("空き時間の再予約", "Refilled times"),
    "empty": ("この月にキャンセルはありませんでした。", "Nobody cancelled in this month."),
}  # fmt: skip
FINDINGS: Final[Mapping[str, tuple[str, str]]] = {
    "nothing_yet": (
        "効果はまだ何も言えません。30日を過ぎたお客様がいないためです（{waiting}人が観察中です）。設定はこのままお待ちください。",
        ("Nothing can be said of an effect yet: nobody's 30 days are over ({waiting} customers are being watched). Leave the settings "
        "as they are."),
    ),
    "blocked": (
        ("効果の計算を止めています。送ったお客様が{treated}人で、くじの通りなら{promised}人のはずでした。原因が分かるまで、"
        "どの数字も使わないでください。"),
        ("The figures of the effect are blocked: {treated} customers were treated where the lot promised {promised}. Find out why "
        "before any is used."),
    ),
    "no_holdout": (
        "{units}人全員に送ったため、効果は分かりません。シナリオのページで比較用のお客様を設けてください。",
        "All {units} customers were treated, so no effect can be seen. Hold some back for comparison on the scenario's page.",
    ),
    "not_yet": (
        ("お店全体の効果は、まだ証明されていません（今の差は{uplift}、区間は{low}から{high}）。本当に10ポイントの効果があれば、"
        "今のペースで約{months}か月で分かります。それまで変えずにお待ちください。"),
        ("For the whole shop no effect is proven yet (now {uplift}, between {low} and {high}). Were it ten points, it would show in "
        "about {months} months at your pace. Until then, change nothing because of it."),
    ),
    "not_yet_far": (
        ("お店全体の効果は、まだ証明されていません（今の差は{uplift}、区間は{low}から{high}、{units}人）。"
        "この数字だけで設定を変えないでください。"),
        ("For the whole shop no effect is proven yet (now {uplift}, between {low} and {high}, {units} customers). Change nothing "
        "because of this figure alone."),
    ),
    "proven": (
        "お店全体の効果は証明されています（{uplift}、区間は{low}から{high}、{units}人）。",
        "For the whole shop the effect is proven ({uplift}, between {low} and {high}, {units} customers).",
    ),
    "proven_before": (
        ("お店全体の効果は、以前の時点で証明されました。その後のお客様を含む今の区間は{low}から{high}で、"
        "大きさはまだ分かりません（{units}人）。このまま続けてください。"),
        ("For the whole shop an effect was proven at an earlier look. With all since, it lies between {low} and {high}: how large it "
        "is, is not known yet ({units} customers). Go on as you are."),
    ),
    "harmful": (
        "お店全体で逆効果が証明されています（{uplift}、区間は{low}から{high}）。シナリオを止めて、内容を見直してください。",
        "For the whole shop harm is proven ({uplift}, between {low} and {high}). Switch the scenarios off and look at what they send.",
    ),
    "part_blocked": (
        "「{name}」の計算を止めています（{units}人）。比較の人数がくじの通りではありません。原因が分かるまで数字を使わないでください。",
        ("“{name}” is blocked ({units} customers): its sides are not as large as the lot makes them. Find out why before its figures "
        "are used."),
    ),
    "part_harmful": (
        "「{name}」を止めてください。送らないほうが多く戻っています（{uplift}、区間は{low}から{high}、{units}人）。",
        "Switch “{name}” off: more come back without it ({uplift}, between {low} and {high}, {units} customers).",
    ),
    "part_proven": (
        "「{name}」はこのまま続けてください。効果が証明されています（{uplift}、区間は{low}から{high}、{units}人）。",
        "Keep “{name}” as it is: its effect is proven ({uplift}, between {low} and {high}, {units} customers).",
    ),
    "coupon_loses": (
        "「{name}」のクーポンを外してください。証明されている効果では割に合わず、外すと月に約{saves}の節約になります。",
        "Take the coupon out of “{name}”: by what is proven it does not pay, and leaving it out saves about {saves} a month.",
    ),
    "farming": (
        ("クーポンは自動で止まっています。クーポンのあるお客様のほうが、その後のキャンセルが多いと証明されました。再開の前に、"
        "クーポンの条件を見直してください。"),
        ("Coupons were stopped by themselves: customers with coupons were proven to cancel more often afterwards. Look at the terms "
        "before you allow them again."),
    ),
    "pulled_forward": (
        "60日の差は7日の差の半分未満です。多くのお客様は、早く戻っただけかもしれません。7日の数字で判断しないでください。",
        "The gain after 60 days is under half of that after 7: most may only have come sooner. Do not decide by the 7 days.",
    ),
    "reason_grew": (
        "「{name}」のキャンセルが{before}件から{now}件に増えました（件数であり、効果ではありません）。商品ページと案内を確認してください。",
        "“{name}” rose from {before} to {now} cancellations (a count, not an effect). Look at what the pages of your items say about it.",
    ),
    "forecast": (
        "{what}の見込みは、実際とずれています。当面、人の目で確かめてください。",
        "The forecasts for “{what}” were off. Check them by eye for now.",
    ),
}  # fmt: skip
VERDICT_LINE: Final[Mapping[str, tuple[str, str]]] = {
    "proven": (
        "シナリオのおかげで戻ったお客様がいることは、証明されています",
        "It is proven that customers came back because of us",
    ),
    "harmful": ("送らないほうが戻ると証明されています。見直しが必要です", "Proven: fewer came back because of what was sent"),
    "not_yet": (
        "効果があるかどうかは、まだ証明されていません",
        "It is not proven yet whether anything came back because of us",
    ),
    "blocked": ("比較が壊れているため、効果の数字を止めています", "The comparison is broken, so no effect is shown"),
    "no_holdout": ("比較用のお客様がいないため、効果は分かりません", "Nobody was held back, so no effect can be seen"),
    "": ("効果を言うには、まだ早すぎます", "It is too early to say anything of an effect"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A number with its name and what it is."""

    key: str
    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """An effect with its interval, as parts of one; None where nothing can be said."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    verdict: str
    said: str
    units: int


def label(key: str, language: str) -> str:
    """A label in the language."""
    return LABELS[key][language == "en"]


def month(on: date, language: str) -> str:
    """2026年10月, October 2026.

    >>> month(date(2026, 10, 1), "ja"), month(date(2026, 10, 1), "en")
    ('2026年10月', 'October 2026')
    """
    names = "January February March April May June July August September October November December".split()
    return f"{names[on.month - 1]} {on.year}" if language == "en" else f"{on.year}年{on.month}月"


def points(share: float | None, language: str) -> str:
    """A difference of shares.

    >>> points(0.0712, "ja"), points(-0.03, "en"), points(None, "en")
    ('+7.1ポイント', '-3.0 points', '–')
    """
    if share is None:
        return "–"
    return f"{share * 100:+.1f}{' points' if language == 'en' else 'ポイント'}"


def headline(told: Report, language: str) -> str:
    """The one sentence above all: what is known of the effect."""
    verdict = told.whole["verdict"] if told.whole and told.whole["units"] else ""
    return VERDICT_LINE[verdict][language == "en"]


def how_much(told: Report, language: str) -> str:
    """Under it: the estimate with its interval; empty where there is none."""
    whole = told.whole
    if not whole or whole["uplift"] is None or whole["low"] is None:
        return ""
    text = (
        "推定は100人あたり{uplift}人、区間は{low}から{high}",
        "Estimated {uplift} of 100 customers, between {low} and {high}",
    )
    return text[language == "en"].format(**{name: f"{whole[name] * 100:+.1f}" for name in ("uplift", "low", "high")})


def rows(told: Report, language: str) -> list[Row]:
    """The table of the month."""

    def yen(amount: int | None) -> str:
        return label("unknown", language) if amount is None else money.show(amount, told.shop.currency, language)

    def row(key: str, value: str, note: str = "") -> Row:
        return Row(key, label(key, language), value, note and label(note, language))

    month, facts = told.month, told.month.facts
    estimate = "estimate" if told.is_proven else "estimate_open"
    causal = bool(told.whole and told.whole["causal"])
    anyway, net = (month.anyway, month.net) if causal else (None, None)
    found = [
        row("cancellations", f"{month.cancellations:,}", "count_note"),
        row("taken", yen(month.taken)),
        row("came_back", yen(facts.came_back), "not_causal"),
        row("anyway", yen(anyway), "estimate" if anyway is not None else ""),
        row("spent", yen(facts.coupons + facts.sending)),
        row("net", yen(net), estimate if net is not None else ""),
        row("contacts", f"{month.contacts:,}", "count_note"),
        row("hours", f"{told.hours:.1f}", ""),
    ]
    if facts.waiting:
        text = "観察中の{n}人を除く" if language == "ja" else "without those whose 30 days are not over: {n}"
        at = next(number for number, one in enumerate(found) if one.key == "came_back")
        found[at] = Row(
            "came_back", found[at].label, found[at].value, f"{found[at].note} · {text.format(n=facts.waiting)}"
        )
    minutes = f"1件{told.minutes}分として" if language == "ja" else f"at {told.minutes} minutes each"
    found[7 if len(found) > 7 else -1] = Row("hours", label("hours", language), f"{told.hours:.1f}", minutes)
    return found  # fmt: skip


def bars(told: Report, language: str) -> list[Bar]:
    """The effect of the whole, then of each scenario."""
    every = [(label("all", language), told.whole)] if told.whole else []
    every += [(part.name, part.answer) for part in told.parts]
    return [
        Bar(
            name, one["uplift"], one["low"], one["high"], one["verdict"],
            f"{points(one['uplift'], language)} · {label(one['verdict'], language)}", one["units"],
        )
        for name, one in every
    ]  # fmt: skip


def per_cancellation(told: Report, language: str) -> str:
    """Net money for each cancellation with its interval; empty while it is not known."""
    found = told.whole["money"] if told.whole else None
    if not found:
        return ""
    each, low, high = (None if found[name] is None else round(found[name]) for name in ("per_cancellation", "low", "high"))  # fmt: skip
    if each is None:
        return ""

    def yen(amount: int) -> str:
        return money.show(amount, told.shop.currency, language)

    if low is None or high is None:
        text = (
            "1件あたり{each}（区間は、比較用のお客様が100人になるまで出せません）",
            "{each} for each cancellation (no interval until 100 are held back)",
        )
        return text[language == "en"].format(each=yen(each))
    text = (
        "1件あたり{each}（区間は{low}から{high}、クーポンと送信の費用を引いた額）",
        "{each} for each cancellation (between {low} and {high}, after coupons and sending)",
    )
    return text[language == "en"].format(each=yen(each), low=yen(low), high=yen(high))  # fmt: skip


def finding(one: Finding, currency: str, language: str) -> str:
    """The finding as a sentence with its figures."""
    told = dict(one.figures)
    for name in ("uplift", "high"):
        if name in told:
            told[name] = points(told[name], language)
    if told.get("low") is not None:
        told["low"] = f"{told['low'] * 100:+.1f}"
    if "saves" in told:
        told["saves"] = money.show(told["saves"], currency, language)
    if one.code == "forecast":
        told["what"] = label(told["what"], language)
    return FINDINGS[one.code][language == "en"].format(**told)


def forecast(what: str, one: Score, language: str) -> str:
    """How good the forecasts of a kind were."""
    if one.is_calibrated is None:
        text = (
            "{what}: {n}回のうち{over}回起きました。評価するにはまだ少なすぎます。",
            "{what}: {over} of {n} came true. Too few to judge.",
        )
    elif one.is_calibrated:
        text = (
            "{what}: {n}回の見込みは実際と合っています（ブライアスコア{brier}、平均のずれ{ece}）。",
            "{what}: {n} forecasts agree with what came (Brier score {brier}, off by {ece} on average).",
        )
    else:
        text = (
            "{what}: {n}回の見込みは実際とずれています（ブライアスコア{brier}、平均のずれ{ece}）。",
            "{what}: {n} forecasts were off (Brier score {brier}, off by {ece} on average).",
        )
    figures: dict[str, Any] = {
        "what": label(what, language), "n": one.forecasts, "over": one.over, "brier": f"{one.brier:.3f}", "ece": f"{one.ece * 100:.1f}%",
    }  # fmt: skip
    return text[language == "en"].format(**figures)

"""The monthly report: what it says, what it leaves unsaid, and the sheet it is drawn on."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kaeru.recoveries import report_words as words
from kaeru.recoveries.closing import read_month
from kaeru.recoveries.monthly import Facts, Month
from kaeru.recoveries.report import Report
from kaeru.recoveries.report_pdf import FACE, Sheet, pdf
from kaeru.recoveries.report_rules import MOST, Finding, Material, Part, findings
from kaeru.tenants.models import Shop
from kaeru.uplift.calibration import Score


def answer(verdict: str = "not_yet", uplift: float = 0.08, low: float = -0.03, high: float = 0.18) -> dict[str, Any]:
    """What a figure says."""
    is_open = verdict not in ("blocked", "no_holdout")
    return {
        "verdict": verdict, "causal": is_open, "units": 412, "needed": 900, "ratio": {"treated": 300, "promised": 260.4},
        "uplift": uplift if is_open else None, "low": low if is_open else None, "high": high if is_open else None,
        "money": {"per_cancellation": 214.4, "low": -90.0, "high": 520.0} if is_open else None,
    }  # fmt: skip


def made(whole: dict[str, Any] | None = None, material: Material | None = None, held: float | None = 2400.0) -> Report:
    """A month of Kotori."""
    facts = Facts(
        reasons={"1": [21, 118140], "2": [11, 76980], "": [6, 30140]}, treated=26, held=8, waiting=4, came_back=88770,
        coupons=2600, sending=78, cancelled_alone=30, kept_alone=3, repaired_alone=9,
    )  # fmt: skip
    parts = [
        Part("クーポンを忘れた", answer("proven", 0.11, 0.02, 0.2)),
        Part("気が変わった", answer("harmful", -0.09, -0.17, -0.01)),
    ]
    return Report(
        shop=Shop(name="小鳥商店", currency="JPY", staff_language="ja"), month=Month(date(2026, 10, 1), facts, held), before=None, minutes=8,
        whole=whole, parts=parts, reasons=[("クーポンを忘れた", 21, 118140), ("気が変わった", 11, 76980), ("", 6, 30140)],
        scores={"penalty": Score(31, 4, 0.08, 0.3, 0.02, 0.4), "no_show": Score(6, 1, 0.1, 0.3, 0.1, 0.0)},
        findings=findings(material or Material(whole=whole, parts=parts, months_left=7, reasons=[("気が変わった", 11, 5)])),
        made_at=datetime(2026, 11, 1, tzinfo=UTC),
    )  # fmt: skip


def codes(**told: Any) -> list[str]:
    return [one.code for one in findings(Material(**told))]


def test_it_says_that_nothing_is_known_while_no_window_is_over() -> None:
    assert findings(Material(whole=None, waiting=27)) == [Finding("nothing_yet", {"waiting": 27})]


def test_it_never_calls_an_effect_proven_that_is_not() -> None:
    report = made(answer("not_yet"))
    assert "まだ証明されていません" in words.headline(report, "ja")
    assert "not proven" in words.headline(report, "en")
    assert not any("証明済み" in bar.said for bar in words.bars(report, "ja")[:1])


def test_it_shows_no_effect_and_no_money_when_the_comparison_is_broken() -> None:
    report = made(answer("blocked"))
    rows = {row.key: row.value for row in words.rows(report, "en")}
    assert rows["net"] == rows["anyway"] == "not known yet"
    assert words.per_cancellation(report, "en") == ""
    assert report.findings[0].code == "blocked"


def test_it_marks_what_came_back_as_not_causal() -> None:
    rows = {row.key: row for row in words.rows(made(answer("proven")), "en")}
    assert rows["came_back"].note.startswith("not causal")
    assert rows["net"].value == "¥23,692"  # 88,770 came, 26 x 2,400 anyway, 2,678 spent


def test_it_says_no_money_where_too_few_are_held_back() -> None:
    rows = {row.key: row.value for row in words.rows(made(answer("not_yet"), held=None), "ja")}
    assert rows["net"] == "まだ分かりません"


def test_it_puts_harm_before_what_is_saved_and_what_is_proven() -> None:
    parts = [
        Part("a", answer("proven", 0.1, 0.02, 0.2)), Part("b", answer("not_yet"), saves=4200), Part("c", answer("harmful", -0.1, -0.2, -0.01)),
    ]  # fmt: skip
    assert codes(whole=answer("proven", 0.1, 0.02, 0.2), parts=parts) == [
        "part_harmful",
        "coupon_loses",
        "part_proven",
        "proven",
    ]


def test_it_says_nothing_of_a_scenario_of_which_nothing_is_proven() -> None:
    assert codes(whole=answer("not_yet"), parts=[Part("a", answer("not_yet"))]) == ["not_yet_far"]


def test_it_has_room_for_four_findings_and_always_for_where_the_whole_stands() -> None:
    parts = [Part(str(number), answer("harmful", -0.1, -0.2, -0.01)) for number in range(9)]
    told = codes(whole=answer("not_yet"), parts=parts, stopped=True, months_left=3)
    assert len(told) == MOST
    assert told[0] == "farming"
    assert told[-1] == "not_yet"


def test_it_does_not_call_proven_how_large_an_effect_is_that_may_be_none_by_now() -> None:
    wide = answer("proven", 0.2, -0.02, 0.5)
    assert codes(whole=wide, parts=[Part("a", wide)]) == ["proven_before"]
    assert "20" not in words.headline(made(wide), "en")
    assert "between -2.0 and +50.0" in words.how_much(made(wide), "en")


def test_it_names_a_reason_only_when_it_grew_much() -> None:
    assert "reason_grew" not in codes(whole=answer(), reasons=[("a", 11, 9), ("b", 3, 1), ("c", 7, 0)])
    assert "reason_grew" in codes(whole=answer(), reasons=[("a", 15, 9)])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_has_words_for_every_finding_and_fills_all_their_figures(language: str) -> None:
    figures = {
        "waiting": 1, "treated": 1, "promised": 1, "units": 1, "uplift": 0.1, "low": 0.0, "high": 0.2, "months": 2, "name": "x",
        "saves": 10, "now": 9, "before": 2, "what": "penalty", "needed": 1,
    }  # fmt: skip
    for code in words.FINDINGS:
        assert "{" not in words.finding(Finding(code, figures), "JPY", language)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("verdict", ["proven", "not_yet", "harmful", "blocked", "no_holdout", ""])
def test_it_fits_on_one_sheet(language: str, verdict: str) -> None:
    parts = [Part("a" * 90, answer("harmful"), saves=900), Part("b" * 90, answer("proven"))]
    whole = answer(verdict) if verdict else None
    report = made(whole, Material(whole=whole, parts=parts, stopped=True, is_pulled_forward=True, months_left=9))
    report = replace(report, parts=[Part("名" * 60, answer("proven"))] * 6, reasons=[("理" * 60, 9, 900)] * 9)
    drawn = pdf(report, language)
    assert drawn.startswith(b"%PDF")
    assert drawn.count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_sets_numbers_in_a_face_that_every_reader_has(language: str) -> None:
    runs = Sheet(language).runs("2026年10月 +34.5ポイント")
    assert "".join(text for _, text in runs) == "2026年10月 +34.5ポイント"
    assert not any(face == FACE and any(letter.isascii() for letter in text) for face, text in runs)


@pytest.mark.parametrize("text", ["2026-1", "2026-13", "x", "2026-10-01", "", "２０２６-10"])
def test_it_refuses_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_month(text)

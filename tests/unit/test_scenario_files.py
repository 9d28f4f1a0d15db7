"""Scenario files: what is written is read again, and a file edited by hand says everything that is wrong with it, by line."""

import time
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from kaeru.scenarios.files import dump, load
from kaeru.scenarios.flow import EMPTY, flow_of, with_ids
from kaeru.scenarios.kinds import kinds
from tests import drafts as flows

FLOW = flow_of(
    [
        flows.message(word="一行目\n\n  字下げ"),
        flows.branch(5000, [flows.wait(days=1), flows.coupon(), flows.message("advertisement", coupon=True)], []),
        {"kind": "wait", "mode": "clock", "at": "10:30", "weekdays": [0, 4]},
    ],
    when={
        "all": [
            {"field": "order.value", "op": "at_least", "value": 1000},
            {"not": {"field": "order.is_first", "op": "is", "value": True}},
        ]
    },
    goal="coupon.redeemed",
)


@settings(max_examples=50, deadline=None)
@given(flows.FLOWS)
def test_it_reads_what_it_wrote(flow: dict[str, Any]) -> None:
    found = load(dump(flow, name="名前", reason="change_address"))
    assert (found.flow, found.name, found.reason) == (flow, "名前", "change_address")
    assert found.errors == []


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        TEXT.filter(lambda name: name not in ("kaeru_scenario", "name", "reason", *flows.ARMS)), ANY, max_size=3
    ),
    TEXT,
    TEXT,
)
def test_it_keeps_any_draft_whatever_is_in_it(strange: dict[str, Any], subject: str, tag: str) -> None:
    """A draft may hold what is not ready yet; its file must not lose a letter of it."""
    step = {"kind": "message", "purpose": "notice", "texts": {"ja": {"subject": subject, "body": tag}}, **strange}
    flow = with_ids({**EMPTY, "steps": [step, {"kind": "tag", "tag": tag}]})
    again = load(dump(flow)).flow
    assert again is not None
    assert again == flow


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300), st.text("{}[]:-&*!|>'\"%@` \n#abkinds", max_size=120)))
def test_it_never_breaks(raw: Any) -> None:
    found = load(raw)
    assert found.flow is not None or found.problems
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in found.problems)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_it_never_breaks_on_a_file_with_a_slip(data: st.DataObject) -> None:
    text = dump(FLOW)
    at = data.draw(st.integers(0, len(text) - 1))
    slip = data.draw(st.sampled_from(["", "\t", ":", "'", "- ", "　", "\n", "&", "1", "{", "x"]))
    load(text[:at] + slip + text[at + data.draw(st.integers(0, 3)) :])


def test_it_reads_well() -> None:
    text = dump(FLOW, name="住所の変更", reason="change_address")
    assert "\\u" not in text
    assert "        body: |" in text
    assert "name: 住所の変更" in text
    assert text.startswith("# A scenario of Kaeru")
    assert "at: '10:30'" in text
    assert text.index("kind: message") < text.index("purpose: notice") < text.index("texts:")


GOOD = """\
trigger: cancellation.requested
steps:
  - id: hello
    kind: message
    purpose: notice
    channels: [mail]
    texts:
      ja:
        subject: 件名
        body: |
          本文です。
      en:
        subject: Subject
        body: |
          Body.
  - kind: wait
    days: 1
"""


def told(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in load(text).problems]


def test_it_takes_a_file_written_by_hand() -> None:
    found = load(GOOD)
    assert found.problems == ()
    assert found.flow is not None
    assert [step["kind"] for step in found.flow["steps"]] == ["message", "wait"]
    assert found.flow["steps"][0]["id"] == "hello"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("days: 1", "days: １"), [(17, "not_a_number")]),
        (("days: 1", "days: '1'"), [(17, "not_a_number")]),
        (("days: 1", "days: 1日"), [(17, "not_a_number")]),
        (("days: 1", "days: 1.5"), [(17, "not_a_number")]),
        (("days: 1", "days: -1"), [(17, "bad_days")]),
        (("days: 1", "day: 1"), [(17, "unknown_word")]),
        (("days: 1", "days: 1\n    days: 2"), [(18, "twice")]),
        (("days: 1", "\tdays: 1"), [(17, "tab")]),
        (("days: 1", "days： 1"), [(17, "wide_colon")]),
        (("    days: 1", "　　days: 1"), [(17, "wide_space")]),
        (("kind: wait", "kind: wiat"), [(16, "unknown_step")]),
        (("kind: wait", "kind: wait\n    mode: clock\n    at: 25:00"), [(18, "bad_at")]),
        (("purpose: notice", "purpose: notise"), [(5, "bad_purpose")]),
        (("subject: 件名", "subject: {{ coupon.code }}"), [(9, "bad_key")]),
        (("subject: 件名", "subject: 12:00 まで: 至急"), [(9, "unreadable")]),
        (("subject: 件名", "subjekt: 件名"), [(9, "unknown_word")]),
        (("channels: [mail]", "channels: [fax]"), [(6, "no_channel")]),
        (("channels: [mail]", "channels: mail"), [(6, "not_a_list")]),
        (("trigger: cancellation.requested", "trigger: cancelation.requested"), [(1, "bad_trigger")]),
        (("trigger: cancellation.requested", "triger: cancellation.requested"), [(1, "unknown_word")]),
        (("steps:", "kaeru_scenario: 9\nsteps:"), [(2, "bad_version")]),
        (("  - kind: wait", "  - id: hello\n    kind: wait"), [(16, "same_id")]),
        (("purpose: notice", "purpose: &a notice"), [(5, "alias")]),
        (("purpose: notice", "purpose: !!python/name:os.system x"), [(5, "tag")]),
        (("steps:", "---\nsteps:"), [(2, "several_documents")]),
        (("kind: wait\n    days: 1", "kind: coupon\n    coupon: amount\n    value: 5"), [(16, "missing")]),
    ],
)  # fmt: skip
def test_it_says_line_and_kind_of_a_slip(change: tuple[str, str], expected: list[tuple[int, str]]) -> None:
    assert change[0] in GOOD
    found = told(GOOD.replace(*change, 1))
    assert expected[0] in found, found


def test_it_says_everything_at_once() -> None:
    text = (
        GOOD.replace("purpose: notice", "purpos: notice").replace("days: 1", "days: １２").replace("件名", "{{ order.nummer }}", 1)
        .replace("subject: {{ order.nummer }}", "subject: '{{ order.nummer }}'")
    )  # fmt: skip
    text += "  - kind: coupon\n    coupon: amount\n    value: many\n    days: 14\n    budget: 100\n  - kind: exit\n  - kind: sms\n"
    found = told(text)
    assert {(5, "unknown_word"), (17, "not_a_number"), (20, "not_a_number"), (24, "unknown_step")} <= set(found)
    assert found == sorted(found, key=lambda one: one[0])


def test_it_offers_the_word_that_was_meant() -> None:
    with translation.override("en"):
        [problem] = load(GOOD.replace("days: 1", "day: 1")).problems
        assert "Did you mean “days”?" in problem.message
        [problem] = load(GOOD.replace("days: 1", "days: １２")).problems
        assert "12" in problem.message
        assert (
            "Did you mean “wait”?"
            in next(one for one in load(GOOD.replace("kind: wait", "kind: Wait")).problems).message
        )


def test_it_reads_windows_files_and_marks() -> None:
    plain = load(GOOD).flow
    assert load(("\ufeff" + GOOD.replace("\n", "\r\n")).encode()).flow == plain
    assert load(GOOD.encode("utf-16")).flow == plain
    assert [one.code for one in load(GOOD.encode("cp932")).problems] == ["not_utf8"]


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n",
        "[" * 100_000,
        "steps: " + "[" * 60 + "]" * 60,
        "&a [*a]",
        "x: " + "y" * 300_000,
        "\n".join(f"k{number}: 1" for number in range(30_000)),
    ],
)
def test_it_takes_no_bombs(bomb: str) -> None:
    begun = time.process_time()
    found = load(bomb)
    assert found.errors
    assert time.process_time() - begun < 6


def test_it_speaks_japanese() -> None:
    with translation.override("ja"):
        [problem] = load(GOOD.replace("days: 1", "day: 1")).problems
    assert "days" in problem.message
    assert problem.message != "" and any(letter > "ぁ" for letter in problem.message)


def test_it_knows_every_kind() -> None:
    for name, kind in kinds().items():
        flow = with_ids({**EMPTY, "steps": [kind.new()]})
        found = load(dump(flow))
        assert found.flow == flow, name
        assert not [one for one in found.problems if one.code == "unknown_word"], name

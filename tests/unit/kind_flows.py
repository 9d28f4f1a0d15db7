"""Flows of all step kinds for property tests, made from what each kind declares."""

from typing import Any

from hypothesis import strategies as st

from kaeru.scenarios.fields import Field
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.kinds import kinds
from tests import drafts

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cs"]), max_size=12)
CONDITIONS = st.one_of(
    st.none(),
    drafts.CONDITIONS,
    st.builds(lambda parts: {"all": parts}, st.lists(drafts.CONDITIONS, min_size=2, max_size=3)),
)


def value(field: Field) -> st.SearchStrategy[Any]:
    """Values that fit the field, and some that do not."""
    codes = [code for code, _label in field.offered()]
    match field.type:
        case "whole" | "money":
            return st.integers(max(0, field.low), min(field.high or 9, 10**9))
        case "choice" | "member":
            return st.sampled_from(codes) if codes else WORDS
        case "choices":
            return st.lists(st.sampled_from(codes), unique=True).map(lambda some: [c for c in codes if c in some])
        case "order":
            return st.lists(st.sampled_from(codes), unique=True, min_size=1)
        case "weekdays":
            return st.lists(st.integers(0, 6), unique=True).map(sorted)
        case "tick":
            return st.booleans()
        case "clock":
            return st.sampled_from(["09:00", "00:00", "23:59", "いつか"])
        case "script":
            return st.fixed_dictionaries({"ja": WORDS, "en": WORDS})
        case "texts":
            parts = st.fixed_dictionaries({"subject": WORDS, "body": WORDS})
            return st.fixed_dictionaries({"ja": parts, "en": parts})
        case "condition":
            return CONDITIONS
    return WORDS


def _step(inner: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    @st.composite
    def build(draw: st.DrawFn) -> dict[str, Any]:
        kind = draw(st.sampled_from(list(kinds().values())))
        fields = {field.name: draw(value(field)) for field in kind.fields if draw(st.booleans())}
        step = {"kind": kind.name, **fields}
        return {**step, **{arm.name: draw(inner) for arm in kind.arms(step)}}

    return build()


def flows() -> st.SearchStrategy[dict[str, Any]]:
    """Whole documents of up to three storeys."""
    nothing: st.SearchStrategy[list[Any]] = st.just([])
    steps = st.recursive(nothing, lambda inner: st.lists(_step(inner), max_size=4), max_leaves=4)
    return st.builds(
        lambda steps, when, trigger, goal: flow_of(steps, when=when, trigger=trigger, goal=goal),
        steps,
        CONDITIONS,
        st.sampled_from(["cancellation.requested", "order.delayed", "custom:parcel.returned"]),
        st.sampled_from(["", "order.shipped", "custom:point.used"]),
    )

"""The condition editor: what is drawn comes back as it was, each button does one thing, and nothing typed is lost."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaeru.audiences.registry import fields
from kaeru.audiences.rules import check, holds, parse
from kaeru.console.conditions import command_of, draw_condition, edit_condition, read_condition, tidy_condition
from kaeru.core import scope
from kaeru.tenants.models import Shop
from tests import builders
from tests.cast import Cast
from tests.integration.console.forms import Form
from tests.unit.audiences.trees import CONDITIONS, JSON, KNOWN


def ask(field: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, **more}


VALUE = ask("order.value", "at_least", 10000)
FIRST = ask("order.is_first", "is", True)
TAGGED = ask("customer.tag", "has_any", ["vip", "常連"])
REASON = ask("cancellation.reason", "one_of", ["change_address", "none"])
NIGHT = ask("moment.time", "between", ["22:00", "08:00"])
TWICE = ask("customer.cancellations", "at_least", 2, days=30)
EVERY_KIND = {
    "all": [
        VALUE, FIRST, TAGGED, REASON, NIGHT, TWICE,
        ask("order.value", "between", [1000, 5000]), ask("order.is_first", "is", False), ask("order.product", "has_none", ["a,b", 'q"<']),
        ask("cancellation.reason", "is", "none"), ask("cancellation.reason", "is_not", "change_address"),
        ask("moment.weekday", "none_of", ["sat", "sun"]), ask("moment.time", "before", "09:00"), ask("customer.orders", "is", 0),
        {"not": NIGHT}, {"not": ask("order.items", "between", [1, 2])}, {"not": ask("customer.tag", "has_all", ["a"])},
        {"any": [VALUE, {"not": {"all": [FIRST, TAGGED]}}, {"not": {"any": [NIGHT]}}]},
    ]
}  # fmt: skip


ODD_QUESTIONS = st.fixed_dictionaries(
    {
        "field": st.sampled_from([field.name for field in fields()]),
        "op": st.sampled_from(["is", "between", "has_any"]),
        "value": JSON,
    }
)


def draw(told: Any, shop: Shop, language: str = "ja", may_edit: bool = True) -> str:
    problems = check(told, "steps.2.on", fields()) if told is not None else []
    with scope.organization(shop.organization_id), translation.override(language):
        drawn = draw_condition(told, "steps.2.on", problems, shop)
        context = {"condition": drawn, "can_edit": may_edit}
        return render_to_string("console/part/conditions.html", context, RequestFactory().get("/scenarios/1/"))


def post(html: str, shop: Shop, **typed: str) -> Any:
    """The condition after the page was sent with this typed; `do` presses a button."""
    data = Form(html).data | {name.replace("__", ":").replace("_at_", "."): value for name, value in typed.items()}
    told = read_condition(data, "steps.2.on", fields(), shop.currency)
    return edit_condition(told, "steps.2.on", command_of(data))


def test_it_brings_back_every_kind_of_question(cast: Cast) -> None:
    builders.reason(cast.kotori)
    assert check(EVERY_KIND, "when", fields()) == []
    assert tidy_condition(EVERY_KIND) == EVERY_KIND
    for language in ("ja", "en"):
        assert post(draw(EVERY_KIND, cast.kotori, language), cast.kotori) == EVERY_KIND


@pytest.mark.parametrize(
    "told", [None, VALUE, {"not": VALUE}, {"any": [VALUE, FIRST]}, {"not": {"any": [VALUE, FIRST]}}]
)
def test_it_brings_back_every_kind_of_root(cast: Cast, told: Any) -> None:
    assert post(draw(told, cast.kotori), cast.kotori) == told


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=CONDITIONS, known=KNOWN)
def test_it_never_changes_what_a_condition_means(cast: Cast, told: Any, known: dict[str, Any]) -> None:
    back = post(draw(told, cast.kotori), cast.kotori)
    assert back == tidy_condition(told)
    assert tidy_condition(back) == back
    if not check(told, "", fields()) and not check(back, "", fields()):
        assert holds(parse(back), known) is holds(parse(told), known)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=JSON | ODD_QUESTIONS)
def test_it_draws_whatever_stands_there(cast: Cast, told: Any) -> None:
    """A file edited by hand may hold anything: the page is drawn, every problem is told, and saving it does not break."""
    html = draw(told, cast.kotori, "en")
    for problem in check(told, "steps.2.on", fields()) if told is not None else []:
        assert problem.message.split("“")[0][:20] in html.replace("&quot;", '"').replace("&#x27;", "'")
    post(html, cast.kotori)


def test_it_does_what_each_button_says(cast: Cast) -> None:
    at, shop = "steps.2.on", cast.kotori
    told = post(draw(None, shop), shop, do=f"condition:add:{at}", **{f"{at}:new": "order.is_first"})
    assert told == FIRST
    told = post(draw(told, shop), shop, do=f"condition:add:{at}", **{f"{at}:new": "order.value"})
    assert told == {"all": [FIRST, ask("order.value", "at_least", "")]}
    told = post(draw(told, shop), shop, do=f"condition:group:{at}", **{f"{at}.1:value": "１０，０００"})
    assert told == {"all": [FIRST, VALUE, {"any": []}]}
    told = post(draw(told, shop), shop, do=f"condition:add:{at}.2", **{f"{at}.2:new": "customer.tag"})
    assert told == {"all": [FIRST, VALUE, {"any": [ask("customer.tag", "has_any", [])]}]}
    told = post(draw(told, shop), shop, do=f"condition:remove:{at}.1", **{f"{at}.2.0:more": "vip、 常連,vip"})
    assert told == {"all": [FIRST, {"any": [TAGGED]}]}
    told = post(draw(told, shop), shop, do=f"condition:remove:{at}.1", **{f"{at}:word": "not_any"})
    assert told == {"not": {"any": [FIRST]}}
    assert post(draw(told, shop), shop, do=f"condition:remove:{at}.0") is None
    assert post(draw(told, shop), shop, do=f"condition:remove:{at}") is None


def test_it_begins_a_question_anew_when_it_is_to_look_at_something_else(cast: Cast) -> None:
    at, shop = "steps.2.on", cast.kotori
    told: Any = {"all": [VALUE, {"not": TAGGED}]}
    told = post(draw(told, shop), shop, do=f"condition:field:{at}.1", **{f"{at}.1:field": "order.is_first"})
    assert told == {"all": [VALUE, FIRST]}
    told = post(draw(told, shop), shop, do="save", **{f"{at}.0:field": "customer.tag"})
    assert told == {"all": [ask("customer.tag", "has_any", []), FIRST]}, "whatever button is pressed"
    assert post(draw(VALUE, shop), shop, **{f"{at}.0:field": "customer.orders"}) == ask(
        "customer.orders", "at_least", ""
    )
    assert post(draw(VALUE, shop), shop, do=f"condition:field:{at}.0") == VALUE, "the same again changes nothing"
    untouched = draw(VALUE, shop, may_edit=False)
    assert "condition:field" not in untouched
    assert post(untouched, shop) == VALUE


@pytest.mark.parametrize(
    "command",
    ["", "save", "add:wait:steps", "condition", "condition:add:steps.2.on:order.colour", "condition:remove:steps.2.on.9",
     "condition:remove:steps.2.only.0", "condition:group:steps.2.on.0", "condition:remove:steps.2.on.0.0", "condition:remove:other.0",
     "condition:remove:steps.2.on.-1", "condition:remove:steps.2.on.x", "condition:explode:steps.2.on"],
)  # fmt: skip
def test_it_changes_nothing_for_a_command_that_fits_nothing(command: str) -> None:
    told = {"all": [VALUE, FIRST]}
    assert edit_condition(told, "steps.2.on", command) == told


def test_it_keeps_what_is_no_number_and_says_so_at_its_field(cast: Cast) -> None:
    at = "steps.2.on"
    told = post(
        draw({"all": [VALUE, TWICE]}, cast.kotori), cast.kotori, **{f"{at}.0:value": "一万", f"{at}.1:days": "ten"}
    )
    assert told == {"all": [{**VALUE, "value": "一万"}, {**TWICE, "days": "ten"}]}
    with scope.organization(cast.organization.id):
        drawn = draw_condition(told, at, check(told, at, fields()), cast.kotori)
    value, twice = drawn["root"]["parts"]
    assert value["value"] == "一万" and len(value["wrong"]["value"]) == 1
    assert twice["days"] == "ten" and len(twice["wrong"]["days"]) == 1
    assert drawn["unplaced"] == []
    html = draw(told, cast.kotori)
    assert 'value="一万"' in html and html.count('aria-invalid="true"') == 2 + 1  # value, its second end, days


def test_it_shows_each_problem_once_where_it_is(cast: Cast) -> None:
    told = {
        "not": {"all": [{"any": []}, ask("order.colour", "is", 1), {"not": {**NIGHT, "value": ["22", "8"]}}, FIRST]}
    }
    with scope.organization(cast.organization.id), translation.override("en"):
        problems = check(told, "w", fields())
        drawn = draw_condition(told, "w", problems, cast.kotori)
    empty, colour, night, first = drawn["root"]["parts"]
    assert drawn["unplaced"] == []
    assert [len(empty["wrong"]), len(colour["wrong"]), len(night["wrong"]["value"])] == [1, 1, 1]
    assert first["wrong"] == {"value": [], "days": [], "question": []}


def test_it_counts_money_as_the_shop_does(cast: Cast) -> None:
    abroad = builders.shop(cast.organization, "far", "Far", currency="USD")
    html = draw(VALUE, abroad)
    assert 'value="100.00"' in html
    assert post(html, abroad) == VALUE
    assert post(html, abroad, **{"steps.2.on.0:value": "99.5"}) == ask("order.value", "at_least", 9950)


def test_it_offers_no_buttons_to_who_may_only_look(cast: Cast) -> None:
    assert Form(draw(EVERY_KIND, cast.kotori, may_edit=False)).buttons == []


def test_it_escapes_what_was_typed(cast: Cast) -> None:
    evil = ask("customer.tag", "has_any", ['"><script>alert(1)</script>'])
    html = draw({"all": [evil, ask("<b>", "is", "<script>")]}, cast.kotori)
    assert "<script" not in html and "<b>" not in html
    assert post(html, cast.kotori) == {"all": [evil, ask("<b>", "is", "<script>")]}


def test_it_reads_a_hostile_form_without_breaking(cast: Cast) -> None:
    at = "w"
    data = {f"{at}:node": "group", f"{at}:count": "999"} | {f"{at}.{i}:node": "group" for i in range(999)}
    assert len(read_condition(data, at, fields(), "JPY")["all"]) <= 100
    names = [".".join(["w"] + ["0"] * depth) for depth in range(60)]
    deep = {f"{name}:node": "group" for name in names} | {f"{name}:count": "1" for name in names}
    assert read_condition(deep, at, fields(), "JPY") is None
    broken = {f"{at}:node": "group", f"{at}:count": "1", f"{at}.0:node": "raw", f"{at}.0:raw": "[" * 2000}
    assert read_condition(broken, at, fields(), "JPY") == "[" * 2000
    assert read_condition({f"{at}:node": "raw", f"{at}:raw": "1"}, at, fields(), "JPY") is None
    assert read_condition({}, at, fields(), "JPY") is None


def test_it_takes_any_name_for_its_fields_and_any_place_for_its_problems(cast: Cast) -> None:
    told = {"all": [{**VALUE, "value": "many"}, FIRST]}
    with scope.organization(cast.organization.id):
        problems = check(told, "steps.then.2.on", fields())
        drawn = draw_condition(told, "steps.2:on", problems, cast.kotori, at="steps.then.2.on")
        html = render_to_string(
            "console/part/conditions.html", {"condition": drawn, "can_edit": True}, RequestFactory().get("/")
        )
    assert drawn["unplaced"] == [] and len(drawn["root"]["parts"][0]["wrong"]["value"]) == 1
    data = Form(html).data | {"do": "condition:add:steps.2:on", "steps.2:on:new": "customer.tag"}
    back = read_condition(data, "steps.2:on", fields(), "JPY")
    assert back == told
    added = {"all": [*told["all"], ask("customer.tag", "has_any", [])]}
    assert edit_condition(back, "steps.2:on", command_of(data)) == added
    assert edit_condition(added, "steps.2:on", "condition:remove:steps.2:on.2") == told
    assert edit_condition(added, "steps.2:on", "condition:remove:steps.1:on.2") == added

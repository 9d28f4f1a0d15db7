"""Merchant templates: what they may do, what they may not, and that nothing outside is ever read."""

import random
import time
from typing import Any

import pytest

from kaeru.channels.base import PieceKind
from kaeru.messages import liquid, worst_case
from kaeru.messages.errors import TemplateBroken

CANARY = "CANARY-9f3a"
FUZZED = 10_000
LONGEST_SECONDS = 5.0


def fill(source: str, **values: Any) -> str:
    return liquid.flat(liquid.fill_in(liquid.parse(source), values or worst_case.values("ja")))


def test_it_fills_in_names_lists_and_conditions() -> None:
    source = "{% for line in order.lines %}{{ forloop.index }}. {{ line.title }}×{{ line.quantity }}\n{% endfor %}{% if customer.name == '' %}お客{% else %}{{ customer.name }}{% endif %}さま"  # fmt: skip  # noqa: E501
    assert fill(source) == "1. 藍染めの手ぬぐい×2\n2. 藍染めの手ぬぐい×2\n山田 花子さま"


def test_it_prints_nothing_for_what_does_not_exist() -> None:
    assert fill("[{{ nothing.at.all }}]") == "[]"
    assert fill("{{ customer.name | default: 'お客様' }}", customer={"name": ""}) == "お客様"


def test_it_never_reads_a_value_as_a_template() -> None:
    hostile = "{{ shop.secret }}{% assign x = 1 %}"
    assert fill("{{ customer.name }}", customer={"name": hostile}, shop={"secret": CANARY}) == hostile
    assert fill("{% assign n = customer.name %}{{ n | append: n }}", customer={"name": "{{a}}"}) == "{{a}}{{a}}"
    assert fill("{% capture n %}{{ customer.name }}{% endcapture %}{{ n }}", customer={"name": "{{a}}"}) == "{{a}}"


def test_it_remembers_what_a_customer_wrote() -> None:
    found = liquid.fill_in(
        liquid.parse("A {{ customer.name }} {{ shop.name }} {{ links.reorder }} {{ coupon.code }}"),
        {"customer": {"name": "B"}, "shop": {"name": "C"}, "links": {"reorder": "https://d"}, "coupon": {"code": "E"}},
    )
    assert [(piece.kind, piece.text.strip(), piece.role) for piece in found if piece.text.strip()] == [
        (PieceKind.WORDS, "A", ""),
        (PieceKind.VALUE, "B", ""),
        (PieceKind.WORDS, "C", ""),
        (PieceKind.LINK, "https://d", "reorder"),
        (PieceKind.CODE, "E", ""),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "{% assign shop = customer %}{{ shop.name }}",
        "{{ customer.name | append: '' }}",
        "{% assign links = customer %}{{ links.name }}",
        "{% capture shop %}{{ customer.name }}{% endcapture %}{{ shop }}",
        "{% for shop in order.lines %}{{ shop.title }}{% endfor %}",
        "{% for l in order.lines %}{% for links in order.lines %}{{ links.title }}{% endfor %}{% endfor %}",
    ],
)
def test_it_trusts_no_name_that_the_template_gave(source: str) -> None:
    values = {"customer": {"name": "evil.example"}, "order": {"lines": [{"title": "evil.example"}]}}
    found = liquid.fill_in(liquid.parse(source), values)
    assert {piece.kind for piece in found if "evil" in piece.text} == {PieceKind.VALUE}


def test_it_cannot_be_fooled_by_fences_in_a_value() -> None:
    forged = "\ufdd0lreorder\ufdd0https://evil.example\ufdd1"
    found = liquid.fill_in(liquid.parse("{{ customer.name }}" + forged), {"customer": {"name": forged}})
    assert {piece.kind for piece in found} == {PieceKind.VALUE, PieceKind.WORDS}
    assert "\ufdd0" not in liquid.flat(found)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{% include '/etc/passwd' %}", "syntax"),
        ("{% render 'x' %}", "syntax"),
        ("{% cycle 'a', 'b' %}", "syntax"),
        ("{% if %}", "syntax"),
        ("{{ x", "syntax"),
        ("{% if a and " + "a and " * 3000 + "b %}x{% endif %}", "syntax"),
        ("{% if a %}" * 20 + "{% endif %}" * 20, "syntax"),
        ("x" * 20_001, "too_long"),
        ("{{ 'a' | replace: 'a', 'b' }}", "failed"),
        ("{% for i in (1..100000000) %}x{% endfor %}", "too_heavy"),
        ("{% for i in (1..99999999999999999999999) %}x{% endfor %}", "failed"),
        ("{% for a in (1..1000) %}{% for b in (1..1000) %}{% endfor %}{% endfor %}", "too_heavy"),
        ("{% for i in (1..1000) %}.{% endfor %}" * 3, "too_heavy"),
        ("{{ (1..1000000000) | join }}", "failed"),
        ("{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 30, "failed"),
        ("{% for i in (1..2000) %}" + "0123456789" * 50 + "{% endfor %}", "too_heavy"),
    ],
)
def test_it_stops_what_is_forbidden_or_too_much(source: str, code: str) -> None:
    started = time.monotonic()
    with pytest.raises(TemplateBroken) as broken:
        fill(source, a=1)
    assert broken.value.code == code
    assert time.monotonic() - started < LONGEST_SECONDS


def test_it_names_the_line_of_a_mistake() -> None:
    with pytest.raises(TemplateBroken) as broken:
        liquid.parse("good\ngood\n{% endif %}")
    assert broken.value.line == 3


class _Tempting:
    """An object that would give itself away if a template could reach an attribute."""

    secret = CANARY

    def __str__(self) -> str:
        return "an object"


WORDS = [
    "customer", "name", "order", "lines", "title", "size", "first", "last", "shop", "links", "reorder", "now", "today", "__class__",
    "__mro__", "__globals__", "__init__", "__subclasses__", "__dict__", "__call__", "secret", "settings", "self", "context", "env",
    "template", "tags", "forloop", "parentloop", "x", "y", "0", "-1", "nil", "true", "empty", "blank",
]  # fmt: skip
NAMES = [*liquid.FILTERS, "replace", "map", "where", "sort", "date", "safe", "escape", "base64_decode", "json", "eval"]


class _Grammar:
    """Templates that look like templates: tags that nest, filters that chain, paths that reach for what is not theirs."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def path(self) -> str:
        made = self.chance.choice(WORDS[:20])
        for _ in range(self.chance.randrange(4)):
            word = self.chance.choice(WORDS)
            made += self.chance.choice([f".{word}", f"['{word}']", f"[{word}]", f"[{self.chance.randrange(-3, 3)}]"])
        return made

    def value(self) -> str:
        number = str(self.chance.randrange(-5, 10**6))
        return self.chance.choice([self.path(), self.path(), "'text'", number, "(1..9)", "1.5"])

    def expression(self) -> str:
        made = self.value()
        for _ in range(self.chance.randrange(4)):
            made += f" | {self.chance.choice(NAMES)}"
            if self.chance.random() < 0.6:
                made += ": " + ", ".join(self.value() for _ in range(self.chance.randrange(1, 3)))
        return made

    def condition(self) -> str:
        made = self.value()
        for _ in range(self.chance.randrange(3)):
            made += self.chance.choice([" == ", " != ", " < ", " contains ", " and ", " or "]) + self.value()
        return made

    def block(self, depth: int = 0) -> str:
        return "".join(self.part(depth) for _ in range(self.chance.randrange(1, 4)))

    def part(self, depth: int) -> str:
        if depth > 4:
            return "text"
        inner = self.block(depth + 1) if self.chance.random() < 0.5 else ""
        match self.chance.randrange(13):
            case 0 | 1:
                return "text \n"
            case 2 | 3:
                return f"{{{{ {self.expression()} }}}}"
            case 4:
                return f"{{% assign {self.chance.choice(WORDS)} = {self.expression()} %}}"
            case 5:
                return f"{{% if {self.condition()} %}}{inner}{{% else %}}{self.value()}{{% endif %}}"
            case 6:
                return f"{{% unless {self.condition()} %}}{inner}{{% endunless %}}"
            case 7:
                return f"{{% for x in {self.value()} reversed limit:{self.chance.randrange(9)} %}}{inner}{{% endfor %}}"
            case 8:
                return f"{{% for {self.chance.choice(WORDS)} in {self.path()} %}}{inner}{{% break %}}{{% endfor %}}"
            case 9:
                return f"{{% case {self.value()} %}}{{% when {self.value()} %}}{inner}{{% endcase %}}"
            case 10:
                return f"{{% capture y %}}{inner}{{% endcapture %}}{{{{ y }}}}"
            case 11:
                return (
                    f"{{% {self.chance.choice(['include', 'render', 'echo', 'liquid', 'extends'])} {self.value()} %}}"
                )
            case _:
                return self.chance.choice(
                    ["{{", "}}", "{%", "%}", "{{-", "-%}", "\ufdd0", "\ufdd1", "{% raw %}", inner]
                )


def test_it_reads_nothing_foreign_in_ten_thousand_templates() -> None:
    """Every template ends in time, either as text or as TemplateBroken, and no text holds what it may not see."""
    tempting: dict[str, Any] = {**worst_case.values("ja"), "x": _Tempting(), "y": [_Tempting()]}
    clock_words = (time.strftime("%Y-%m-%d"),)
    filled = broken = 0
    slowest = 0.0
    for seed in range(FUZZED):
        source = _Grammar(seed).block()
        started = time.monotonic()
        try:
            text = liquid.flat(liquid.fill_in(liquid.parse(source), tempting))
        except TemplateBroken:
            broken += 1
        else:
            filled += 1
            assert CANARY not in text, source
            assert not any(word in text for word in ("<class", "<function", "<module", "<bound", *clock_words)), source
            assert "\ufdd0" not in text
            assert "\ufdd1" not in text
        slowest = max(slowest, time.monotonic() - started)
    assert filled > FUZZED / 20, "the grammar makes too few templates that can be filled in"
    assert broken > FUZZED / 20
    assert slowest < LONGEST_SECONDS

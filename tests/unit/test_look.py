"""The look keeps its promises: every text can be read in light and dark, no literal colour strays, nothing is too small."""

import re
from pathlib import Path

import pytest

from kaeru.core.colours import contrast, parse

LOOK = Path(__file__).parents[2] / "kaeru" / "core" / "static" / "kaeru"
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)", (LOOK / "tokens.css").read_text()
    )
}
PAPERS = ("paper", "sheet", "shade")
TEXTS = ("ink", "ink-soft", "leaf", "amber", "brick")


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "paper"),
    [(text, paper) for text in TEXTS for paper in PAPERS]
    + [
        ("leaf", "leaf-wash"),
        ("amber", "amber-wash"),
        ("brick", "brick-wash"),
        ("on-leaf", "leaf"),
        ("ink", "leaf-wash"),
    ]
    + [("ink", "amber-wash"), ("ink", "brick-wash"), ("paper", "ink")],
)
def test_it_can_be_read(text: str, paper: str, scheme: int) -> None:
    assert contrast(parse(TOKENS[text][scheme]), parse(TOKENS[paper][scheme])) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_it_draws_the_edges_of_what_can_be_pressed(scheme: int) -> None:
    for paper in PAPERS:
        assert contrast(parse(TOKENS["edge"][scheme]), parse(TOKENS[paper][scheme])) >= 3


@pytest.mark.parametrize("sheet", ["parts.css", "console.css", "public.css"])
def test_it_takes_its_colours_from_the_tokens(sheet: str) -> None:
    text = (LOOK / sheet).read_text()
    assert [
        literal for literal in re.findall(r"#[0-9a-f]{3,8}\b(?![\w-])", text) if literal not in {"#fff", "#000"}
    ] == []


@pytest.mark.parametrize("sheet", sorted(LOOK.glob("*.css")), ids=lambda path: path.name)
def test_it_writes_no_small_print_and_leans_on_nobody(sheet: Path) -> None:
    text = sheet.read_text()
    assert not re.search(r"font-size:\s*(0\.[0-7]|0\.8[0-6]|[0-9]px|1[0-3]px)", text)
    assert "@import" not in text
    assert "url(" not in text
    assert "http" not in text
    assert set(re.findall(r"font-weight:\s*(\w+)", text)) <= {"var"}

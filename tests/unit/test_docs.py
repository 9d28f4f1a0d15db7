"""The documentation cannot fall behind: settings, commands, dependencies, calls and links are compared with the code."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import typer
from typer.main import get_command

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md")) + [
    ROOT / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
USED_BY_NAME = {"psycopg", "gunicorn", "whitenoise", "argon2-cffi", "tzdata", "procrastinate"}
"""Dependencies that settings or Django name in text, so that no import shows their use."""
IMPORT_NAMES = {
    "django-ninja": "ninja",
    "django-allauth": "allauth",
    "django-anymail": "anymail",
    "python-liquid": "liquid",
    "mjml-python": "mjml",
    "prometheus-client": "prometheus_client",
    "pyyaml": "yaml",
    "phonenumberslite": "phonenumbers",
}


def _text(path: str) -> str:
    return (DOCS / path).read_text("utf-8")


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=~! ]", requirement, maxsplit=1)[0]


RUN_TIME = [_name(entry) for entry in PYPROJECT["project"]["dependencies"]]
DEVELOPMENT = [_name(entry) for entry in PYPROJECT["dependency-groups"]["dev"]]


def _commands(group: object, before: str = "kaeru") -> list[tuple[str, list[str]]]:
    """(full name, options) of every command below the group."""
    found: list[tuple[str, list[str]]] = []
    for name, command in getattr(group, "commands", {}).items():
        full = f"{before} {name}"
        if getattr(command, "commands", None):
            found += _commands(command, full)
        else:
            options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
            found.append((full, [option for option in options if option != "--help"]))
    return found


def _all_commands() -> list[tuple[str, list[str]]]:
    from kaeru.cli.commands import app

    assert isinstance(app, typer.Typer)
    return _commands(get_command(app))


def test_it_lists_every_setting() -> None:
    known = set(re.findall(r"KAERU_[A-Z_]+", (ROOT / "kaeru/conf/env.py").read_text()))
    told = set(re.findall(r"^\| `(KAERU_[A-Z_]+)`", _text("reference/settings.md"), re.MULTILINE))
    assert known - told == set(), "docs/reference/settings.md lacks a setting"


def test_it_lists_no_setting_that_nobody_reads() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "kaeru").rglob("*.py"))
    told = set(re.findall(r"^\| `(KAERU_[A-Z_]+)`", _text("reference/settings.md"), re.MULTILINE))
    assert [name for name in told if name not in code] == []


def test_it_lists_every_command_with_its_options() -> None:
    page = _text("reference/cli.md")
    sections = {part.split("\n", 1)[0]: part for part in page.split("\n## ")}
    lacking = []
    for name, options in _all_commands():
        if f"| `{name}`" not in page:
            lacking.append(f"{name}: no line in the table")
        section = next((text for title, text in sections.items() if title == name or title.startswith(f"{name} ")), "")
        lacking += [f"{name} {option}" for option in options if option not in section]
    assert lacking == [], "docs/reference/cli.md"


def test_it_lists_every_call_of_the_api() -> None:
    document = json.loads((ROOT / "tests/snapshots/openapi.json").read_text())
    page = re.sub(r"\{\w+\}", "{}", _text("reference/api.md"))
    calls = [
        f"{method.upper()} {re.sub(r'{[a-z_]+}', '{}', path.removeprefix('/api/v1'))}"
        for path, methods in document["paths"].items()
        for method in methods
    ]
    assert [call for call in calls if f"`{call}`" not in page] == []


@pytest.mark.parametrize("source", ["shopify", "webhook"])
def test_it_lists_every_topic(source: str) -> None:
    from kaeru.connectors import registry

    connector = registry.find(source)
    assert connector is not None
    page = _text("reference/webhooks.md")
    assert [topic for topic in connector.topics if f"`{topic}`" not in page and topic != "unreadable"] == []


@pytest.mark.parametrize("package", [*RUN_TIME, *DEVELOPMENT])
def test_it_says_why_each_dependency_is_there(package: str) -> None:
    line = re.search(rf"^\| {re.escape(package)} \| (.+) \|$", _text("explanation/dependencies.md"), re.MULTILINE)
    assert line is not None, "docs/explanation/dependencies.md needs one sentence"
    assert line[1].endswith(".")


def test_it_explains_no_dependency_that_is_gone() -> None:
    told = re.findall(r"^\| ([a-z0-9-]+) \| ", _text("explanation/dependencies.md"), re.MULTILINE)
    assert sorted(set(told) - {*RUN_TIME, *DEVELOPMENT, "package"}) == []


@pytest.mark.parametrize("package", [name for name in RUN_TIME if name not in USED_BY_NAME])
def test_it_carries_no_dependency_that_nobody_uses(package: str) -> None:
    module = IMPORT_NAMES.get(package, package.replace("-", "_"))
    wanted = re.compile(rf"^\s*(from|import) {module}\b", re.MULTILINE)
    assert any(
        wanted.search(path.read_text("utf-8")) for base in ("kaeru", "examples") for path in (ROOT / base).rglob("*.py")
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_it_links_to_what_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    broken = [link for link in links if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_it_names_files_that_exist(page: Path) -> None:
    """A path in backticks that begins with one of our folders is a promise."""
    named = re.findall(r"`((?:kaeru|tests|docs|bench|examples|scripts)/[\w./-]+\.\w+)`", page.read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_it_names_pages_that_exist() -> None:
    """What code and comments say about the documentation."""
    named = {
        (path.relative_to(ROOT).as_posix(), page)
        for base in ("kaeru", "examples", "bench", "scripts", "tests")
        for kind in ("py", "toml", "html")
        for path in (ROOT / base).rglob(f"*.{kind}")
        for page in re.findall(r"docs/[\w/.-]+\.md", path.read_text("utf-8"))
    }
    assert sorted((path, page) for path, page in named if not (ROOT / page).exists()) == []


def test_it_shows_both_commands_in_both_languages() -> None:
    for name in ("README.md", "README.ja.md"):
        text = (ROOT / name).read_text("utf-8")
        assert "make demo" in text
        assert "make test" in text


def test_it_names_targets_that_make_has() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    pages = "\n".join(page.read_text("utf-8") for page in PAGES)
    told = set(re.findall(r"(?:`|^|&& )make ([a-z]+(?:-[a-z]+)*)", pages, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert told - targets == set()


def test_it_has_the_tutorial_in_japanese() -> None:
    assert {path.name for path in (DOCS / "ja").glob("*.md")} >= {
        "first-recovery.md",
        "connect-a-shop.md",
        "import-orders.md",
    }

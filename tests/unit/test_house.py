"""The house keeps its plan: file sizes, names, one clock, one way out, one reader of the environment, no private doors."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kaeru"
MOST_LINES = 400
EMPTY_NAMES = re.compile(r"^(utils?|helpers?|common|misc|managers?)$")
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())

MAY_CALL = {
    "kaeru/core/http.py": "the one way out",
    "kaeru/channels/mail/provider.py": "names the errors that anymail's own calls raise",
}
MAY_READ_THE_WALL_CLOCK = {
    "kaeru/core/clock.py": "the business clock stands on it",
    "kaeru/core/ids.py": "keys take its milliseconds for their order only",
    "kaeru/worker/demo_clock.py": "ties the demo's clock to it over a restart",
    "kaeru/worker/heartbeat.py": "a process is alive in real seconds",
    "kaeru/cli/demo_seed/play.py": "sets the demo's clock while the seed plays",
    "kaeru/connectors/webhook/signature.py": "Standard Webhooks signs the real time, which the shop's machine compares",
}
MAY_LEAVE_TESTS_OUT = {
    "tests/integration/marketplaces/test_online_retail_standing.py": "needs the same public data set of 45 MB",
    "tests/integration/files/test_online_retail.py": "needs a public data set of 45 MB that is not in the repository",
    "tests/contract/test_forecast_vectors.py": "needs figures that were worked out apart from this code and are not ours to publish",
    "tests/contract/test_uplift_vectors.py": "needs the same figures",
    "tests/contract/test_uplift_files.py": "needs files of trials that are not ours to publish",
    "tests/contract/test_rakuten.py": "needs what was gathered of Rakuten's interface, which lies beside the repository",
    "tests/contract/test_line.py": "needs LINE's OpenAPI files, which lie beside the repository",
    "tests/contract/test_shopify.py": "needs Shopify's documents, which are not ours to publish",
    "tests/contract/test_yahoo.py": "needs what was gathered of Yahoo! Shopping's interface, which lies beside the repository",
    "tests/contract/test_qoo10.py": "needs the write-up of QAPI, which lies beside the repository",
    "tests/unit/test_embed_docs.py": "runs the examples of each language that is installed; PHP and Node may not be",
    "tests/unit/files/test_layouts.py": "needs header lines seen in the wild that are not ours to publish",
}
MAY_READ_THE_ENVIRONMENT = {
    "kaeru/conf/env.py": "the one reader",
    "kaeru/cli/demo_environment.py": "an entry point: chooses the demo's values before settings are read",
}


def _python(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if (ROOT / folder).is_dir()]
    return sorted(path for path in found if "migrations" not in path.parts and ".venv" not in path.parts)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call):
            yield _dotted(node.func), node


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of every import; name is empty for `import module`."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


ALL = _python("kaeru", "examples", "tests", "bench", "scripts")
PRODUCT = _python("kaeru")


def test_it_keeps_files_small() -> None:
    long = {_name(path): lines for path in ALL if (lines := len(path.read_text("utf-8").splitlines())) > MOST_LINES}
    assert long == {}, "a file that grows over 400 lines becomes a folder of the same name"


def test_it_names_things_after_what_they_are() -> None:
    assert [_name(path) for path in ALL if EMPTY_NAMES.match(path.stem) or EMPTY_NAMES.match(path.parent.name)] == []


def test_it_says_what_each_file_is_for() -> None:
    silent = [_name(path) for path in PRODUCT if path.read_text("utf-8").strip() and not ast.get_docstring(_tree(path))]
    assert silent == []


def test_it_reads_the_environment_in_one_place() -> None:
    """Entry points may set DJANGO_SETTINGS_MODULE and hand settings to a child; reading is env.py's."""
    readers = []
    for path in PRODUCT:
        if _name(path) in MAY_READ_THE_ENVIRONMENT:
            continue
        for called, _ in _calls(path):
            if called in {"os.getenv", "os.environ.get", "environ.get", "getenv"}:
                readers.append(_name(path))
        for node in ast.walk(_tree(path)):
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.ctx, ast.Load)
                and _dotted(node.value) in {"os.environ", "environ"}
            ):
                readers.append(_name(path))
    assert readers == []


def test_it_has_one_clock() -> None:
    wall = {
        "datetime.now",
        "datetime.utcnow",
        "datetime.datetime.now",
        "date.today",
        "datetime.date.today",
        "timezone.now",
        "time.time",
        "time.time_ns",
    }
    found = [
        f"{_name(path)}: {called}"
        for path in PRODUCT
        if _name(path) not in MAY_READ_THE_WALL_CLOCK
        for called, _ in _calls(path)
        if called in wall
    ]
    assert found == [], "business time is core.clock.now(); a stopwatch is time.monotonic()"


def test_it_has_one_way_out() -> None:
    networks = {"requests", "httpx", "urllib3", "urllib.request", "http.client", "aiohttp"}
    found = [
        f"{_name(path)}: {module}"
        for path in PRODUCT
        if _name(path) not in MAY_CALL
        for module, _ in _imports(path)
        if module in networks or module.split(".")[0] in networks
    ]
    assert found == [], "outgoing calls go through core.http, which refuses addresses inside the house"


def test_it_sends_mail_in_the_mail_channel_only() -> None:
    found = [
        _name(path)
        for path in PRODUCT
        for module, _ in _imports(path)
        if (module == "smtplib" or module.startswith("django.core.mail"))
        and not _name(path).startswith("kaeru/channels/")
    ]
    assert found == []


def test_it_keeps_private_things_inside_their_room() -> None:
    found = []
    for path in PRODUCT:
        room = path.relative_to(PACKAGE).parts[0]
        for module, name in _imports(path):
            parts = module.split(".")
            if parts[0] == "kaeru" and len(parts) > 1 and parts[1] in ROOMS and parts[1] != room:
                if name.startswith("_") or any(part.startswith("_") for part in parts):
                    found.append(f"{_name(path)} imports {module}.{name}")
                if parts[1] != "core" and {"receivers", "passes"} & {*parts, name} and room not in {"worker", "cli"}:
                    found.append(
                        f"{_name(path)} imports {module}.{name}: receivers and passes are called by the house, not by rooms"
                    )
    assert found == []


def test_it_keeps_examples_outside() -> None:
    """A shop knows Kaeru by its public API only; the demo's inbox and shop are shops, not rooms."""
    found = [
        f"{_name(path)}: {module}"
        for path in _python("examples")
        for module, _ in _imports(path)
        if module.split(".")[0] == "kaeru"
    ]
    assert found == []


def _lines_with(mark: re.Pattern[str]) -> list[tuple[str, int]]:
    return [
        (_name(path), number)
        for path in ALL
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if mark.search(line)
    ]


def test_it_leaves_nothing_half_done() -> None:
    assert _lines_with(re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|pytest\.(mark\.)?xfail\b")) == []


def test_it_leaves_no_test_out_without_a_reason() -> None:
    left_out = _lines_with(re.compile(r"pytest\.(mark\.)?(skip|skipif|importorskip)\b"))
    assert [f"{path}:{number}" for path, number in left_out if path not in MAY_LEAVE_TESTS_OUT] == []


def test_it_writes_raw_sql_from_its_own_text_only() -> None:
    """No request's text reaches a statement: what goes into `.raw`, `.extra` and RawSQL is a literal."""
    found = [
        f"{_name(path)}: {called}"
        for path in PRODUCT
        for called, call in _calls(path)
        if called.endswith((".raw", ".extra", "RawSQL")) and not (call.args and isinstance(call.args[0], ast.Constant))
    ]
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_it_says_what_each_room_is_for(room: str) -> None:
    assert ast.get_docstring(_tree(PACKAGE / room / "__init__.py"))

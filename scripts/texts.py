"""The translations: which texts a room has, whether each has its Japanese, and the compiled catalogues.

python scripts/texts.py            compiles every .po to its .mo
python scripts/texts.py missing    lists texts without Japanese, as entries to paste into the room's .po
"""

import ast
import gettext
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = {
    "gettext": (0,), "gettext_lazy": (0,), "gettext_noop": (0,), "ngettext": (0, 1), "ngettext_lazy": (0, 1),
    "pgettext": (1,), "pgettext_lazy": (1,), "npgettext": (1, 2), "npgettext_lazy": (1, 2),
}  # fmt: skip
"""Which arguments are the text; where argument 0 is not, it is the context."""
IN_TEMPLATES = {
    "gettext": None,
    "_": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
SPEAKS_THROUGH = {"channels": "messages"}
"""Rooms that are no Django app have no catalogue; another room's holds their texts."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in the source: its English, and where it stands."""

    msgid: str | tuple[str, ...]
    where: str
    context: str | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        """What a catalogue finds it by."""
        return self.context, self.msgid if isinstance(self.msgid, str) else self.msgid[0]


def rooms() -> list[Path]:
    """Every folder that has, or needs, a catalogue of its own."""
    packages = [
        path
        for base in ("kaeru", "examples")
        for path in sorted((ROOT / base).iterdir())
        if (path / "__init__.py").is_file()
    ]
    return [path for path in packages if path.name != "__pycache__"]


def catalogue_path(room: Path) -> Path:
    """Where the room's Japanese is."""
    room = room.with_name(SPEAKS_THROUGH.get(room.name, room.name))
    return room / "locale" / "ja" / "LC_MESSAGES" / "django.po"


def read(path: Path) -> Catalog:
    """The catalogue of a .po file."""
    with path.open("rb") as file:
        return read_po(file, locale="ja")


def texts(room: Path) -> list[Text]:
    """Every text of the room, from its Python files and its templates."""
    found = [text for path in sorted(room.rglob("*.py")) for text in _in_python(path)]
    templates = [
        path for kind in ("html", "txt", "mjml", "xml") for path in sorted(room.rglob(f"templates/**/*.{kind}"))
    ]
    return found + [text for path in templates for text in _in_template(path)]


def _in_python(path: Path) -> Iterator[Text]:
    tree = ast.parse(path.read_text("utf-8"))
    known = {
        alias.asname or alias.name: FUNCTIONS[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in FUNCTIONS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            where, places = f"{path.relative_to(ROOT)}:{node.lineno}", known[node.func.id]
            told = [
                part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None
                for part in node.args
            ]
            words = [told[place] for place in places if place < len(told)]
            if any(isinstance(part, ast.JoinedStr) for part in node.args):
                raise ValueError(f"{where}: an f-string cannot be translated")
            if len(words) == len(places) and None not in words:
                msgids = tuple(word for word in words if word is not None)
                yield Text(msgids[0] if len(msgids) == 1 else msgids, where, told[0] if places[0] else None)


def _in_template(path: Path) -> Iterator[Text]:
    from django.utils.translation.template import templatize

    source = "\n".join(line.lstrip() for line in templatize(path.read_text("utf-8"), origin=str(path)).splitlines())
    for line, words, _, context in extract("python", io.BytesIO(source.encode()), IN_TEMPLATES):
        yield Text(words, f"{path.relative_to(ROOT)}:{line}", context)


def said_through(path: Path) -> list[Text]:
    """Every text that this catalogue must hold."""
    return [text for room in rooms() if catalogue_path(room) == path for text in texts(room)]


def keys(path: Path, *, filled: bool = False) -> set[tuple[str | None, str]]:
    """What the catalogue holds; with `filled`, what it has Japanese for."""
    return {
        (entry.context, entry.id if isinstance(entry.id, str) else entry.id[0])
        for entry in read(path)
        if entry.id and (not filled or _is_filled(entry.string))
    }


def missing(room: Path) -> list[Text]:
    """Texts of the room without Japanese in its catalogue, each once."""
    path = catalogue_path(room)
    known = keys(path, filled=True) if path.exists() else set()
    return list({text.key: text for text in texts(room) if text.key not in known}.values())


def _is_filled(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if isinstance(string, str) else bool(string) and all(string or ())


def compiled(path: Path) -> bytes:
    """The .mo of a .po; the same every time, so the header bears no date of its own."""
    made = io.BytesIO()
    catalogue = read(path)
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(made, catalogue)
    return made.getvalue()


def messages(mo: bytes) -> dict[object, str]:
    """What a compiled catalogue says, without its header."""
    found: dict[object, str] = dict(gettext.GNUTranslations(io.BytesIO(mo))._catalog)  # type: ignore[attr-defined]
    found.pop("", None)
    return found


def placeholders(text: str) -> set[str]:
    """What is filled in, and the tags: %(name)s, %d, {name}, <strong>."""
    return set(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+>", text))


def main() -> int:
    """The command line."""
    if sys.argv[1:] == ["missing"]:
        count = 0
        for room in rooms():
            for text in missing(room):
                count += 1
                msgids = [text.msgid] if isinstance(text.msgid, str) else list(text.msgid)
                print(f"# {text.where} -> {catalogue_path(room).relative_to(ROOT)}")
                print(
                    "\n".join(
                        f"{name} {_quoted(msgid)}"
                        for name, msgid in zip(("msgid", "msgid_plural"), msgids, strict=False)
                    )
                )
                print('msgstr ""\n' if len(msgids) == 1 else 'msgstr[0] ""\n')
        return 1 if count else 0
    for room in rooms():
        path = catalogue_path(room)
        if path.exists():
            path.with_suffix(".mo").write_bytes(compiled(path))
    return 0


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


if __name__ == "__main__":
    import django
    from django.conf import settings

    settings.configure(USE_I18N=True)
    django.setup()
    sys.exit(main())

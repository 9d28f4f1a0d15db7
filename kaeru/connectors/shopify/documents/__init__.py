"""Every call to Shopify's Admin API, one file each; the fragments that they share begin with an underscore."""

import re
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_SPREAD = re.compile(r"\.\.\.([A-Z]\w+)")
_FRAGMENT = re.compile(r"^fragment (\w+) on", re.MULTILINE)


@cache
def _fragments() -> dict[str, str]:
    texts = [path.read_text("utf-8") for path in sorted(_FOLDER.glob("_*.graphql"))]
    return {found[1]: text for text in texts if (found := _FRAGMENT.search(text))}


def names() -> list[str]:
    """All of them, in alphabetical order."""
    return sorted(path.stem for path in _FOLDER.glob("[a-z]*.graphql"))


@cache
def text(name: str) -> str:
    """The document, with the fragments that it spreads."""
    parts = [(_FOLDER / f"{name}.graphql").read_text("utf-8")]
    wanted, known = set(_SPREAD.findall(parts[0])), set[str]()
    while wanted - known:
        spread = min(wanted - known)
        known.add(spread)
        parts.append(_fragments()[spread])
        wanted |= set(_SPREAD.findall(parts[-1]))
    return "".join(parts)

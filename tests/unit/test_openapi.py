"""The published promise: a change of the API is seen in the diff of its snapshot.

`KAERU_WRITE_SNAPSHOTS=1 pytest tests/unit/test_openapi.py` writes it anew.
"""

import json
import os
from pathlib import Path
from typing import Any

from kaeru.api.v1.api import api

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "openapi.json"


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    found["info"].pop("x-release")
    return found


def test_it_is_what_was_published() -> None:
    text = json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("KAERU_WRITE_SNAPSHOTS") == "1":
        SNAPSHOT.write_text(text, "utf-8")
    assert SNAPSHOT.read_text("utf-8") == text, (
        "the API changed: read the rules in docs/reference/api.md, then write the snapshot anew"
    )


def test_it_says_of_each_operation_what_it_is_and_how_it_fails() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            place = f"{method} {path}"
            assert operation["summary"], place
            assert operation["description"], place
            assert {"400", "401", "403", "404", "409", "422", "503"} <= set(operation["responses"]), place
            names = [parameter["name"] for parameter in operation["parameters"]]
            assert ("Idempotency-Key" in names) == (method in {"post", "put"}), place


def test_it_names_no_number_of_ours_as_a_number() -> None:
    for name, schema in document()["components"]["schemas"].items():
        for field, rule in schema.get("properties", {}).items():
            if field == "id" or field.endswith("_id"):
                assert "integer" not in json.dumps(rule), f"{name}.{field}"

"""LINE's contract as JSON schemas, where it lies beside the repository; silent where it does not.

The vendor's file names subtypes by discriminators that refer back to the base (`allOf`), so that plain validation sees the base only:
a text message without text passes. Here each object is held to the subtype that its discriminator names.
"""

import json
import re
from functools import cache
from typing import Any

import jsonschema

from tests.fakes import contracts

FOLDER = contracts.FOLDER / "line"
API, WEBHOOK, LOGIN = FOLDER / "messaging-api.yml", FOLDER / "webhook.yml", FOLDER / "line-login.yaml"


def document(path: Any) -> dict[str, Any] | None:
    """The file, or None where it is absent."""
    return contracts.load(path)


def check(told: Any, schema: Any, known: dict[str, Any], at: str = "$") -> list[str]:
    """Everything about this value that the schema does not allow, with its place."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rsplit("/", 1)[-1]]
    found: list[str] = []
    names = schema.get("discriminator")
    if names and isinstance(told, dict):
        kind = told.get(names["propertyName"])
        if kind not in names["mapping"]:
            return [f"{at}: {names['propertyName']} {kind!r} is none of {sorted(names['mapping'])}"]
        schema = known[names["mapping"][kind].rsplit("/", 1)[-1]]
    return found + _plain(told, schema, known, at)


def _plain(told: Any, schema: Any, known: dict[str, Any], at: str) -> list[str]:
    """The schema itself, with what it takes from its bases, without looking for subtypes again."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rsplit("/", 1)[-1]]
    found: list[str] = []
    for base in schema.get("allOf", []):
        found += _plain(told, base, known, at)
    flat = {name: schema[name] for name in LIMITS if name in schema}
    found += [f"{at}: {one.message}" for one in jsonschema.Draft202012Validator(flat).iter_errors(told)]
    if isinstance(told, dict):
        for name, each in schema.get("properties", {}).items():
            if name in told:
                found += check(told[name], each, known, f"{at}.{name}")
    if isinstance(told, list) and "items" in schema:
        for place, one in enumerate(told):
            found += check(one, schema["items"], known, f"{at}[{place}]")
    return found


LIMITS = ("type", "required", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    found: list[tuple[re.Pattern[str], dict[str, Any]]] = []
    for path in (API, LOGIN):
        told = document(path)
        for name, methods in (told or {}).get("paths", {}).items():
            found.append((re.compile(re.sub(r"\{\w+\}", "[^/]+", name)), methods))
    return found


def fits_call(method: str, path: str, body: bytes) -> None:
    """Raises AssertionError when there is no such call, or its body is not as the contract says."""
    if document(API) is None:
        return
    methods = next((one for pattern, one in _paths() if pattern.fullmatch(path)), None)
    assert methods is not None and method.lower() in methods, f"there is no {method} {path}"
    wanted = methods[method.lower()].get("requestBody", {}).get("content", {}).get("application/json")
    if wanted is not None:
        wrong = check(json.loads(body), wanted["schema"], schemas(API))
        assert wrong == [], wrong


def fits_webhook(body: bytes) -> None:
    """Raises AssertionError when a webhook is not as the contract says."""
    if document(WEBHOOK) is not None:
        wrong = check(json.loads(body), {"$ref": "CallbackRequest"}, schemas(WEBHOOK))
        assert wrong == [], wrong


def schemas(path: Any) -> dict[str, Any]:
    """All named schemas of a file."""
    found: dict[str, Any] = (document(path) or {}).get("components", {}).get("schemas", {})
    return found

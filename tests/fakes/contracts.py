"""The malls' contract files as JSON schemas, where they lie beside the repository; None where they do not."""

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "contracts"
RAKUTEN = FOLDER / "rakuten" / "rakutenpay_order.yaml"
YAHOO = FOLDER / "yahoo" / "order_api.yaml"


@cache
def load(path: Path) -> dict[str, Any] | None:
    """The document, or None where it is absent."""
    return yaml.safe_load(path.read_text("utf-8")) if path.is_file() else None


def _schema(node: Any, known: dict[str, Any]) -> Any:
    """OpenAPI 3.0 as JSON schema: `nullable` becomes a type, references are put in place."""
    if isinstance(node, list):
        return [_schema(one, known) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _schema(known[node["$ref"].rsplit("/", 1)[-1]], known)
    told = {
        name: _schema(value, known)
        for name, value in node.items()
        if name not in {"nullable", "example", "description"}
    }
    if node.get("nullable"):
        told["type"] = [told["type"], "null"]
        if "enum" in told:
            told["enum"] = [*told["enum"], None]
    return told


@cache
def rakuten(call: str, part: str) -> Any:
    """The schema of a call's `request`, or of its answer (`200`, `400`); None where the contract is absent."""
    document = load(RAKUTEN)
    if document is None:
        return None
    post = document["paths"][f"/es/2.0/order/{call}/"]["post"]
    place = (
        post["requestBody"] if part == "request" else {str(key): one for key, one in post["responses"].items()}[part]
    )
    return _schema(place["content"]["application/json"]["schema"], document["components"]["schemas"])


def fits(call: str, part: str, told: Any) -> None:
    """Raises jsonschema.ValidationError when this is not what Rakuten's contract says; silent where the contract is absent."""
    schema = rakuten(call, part)
    if schema is not None:
        jsonschema.Draft202012Validator(schema).validate(told)


def yahoo_request(method: str) -> set[str]:
    """Paths that a request of this method may hold (`Req/Target/OrderId`); empty where the contract is absent."""
    document = load(YAHOO)
    if document is None:
        return set()
    return {path for path in document["methods"][method]["request"] if path.startswith("Req")} | {"Req/SellerId"}


def yahoo_fields() -> set[str]:
    """Names of fields that orderInfo may be asked for; empty where the contract is absent."""
    document = load(YAHOO)
    if document is None:
        return set()
    return {name for some in document["methods"]["orderInfo"]["fields_used"].values() for name in some}


def yahoo_moves() -> dict[str, list[int]]:
    """To which OrderStatus an order may go from each; the vendor's table, also where the contract is absent."""
    document = load(YAHOO)
    if document is None:
        return {"1": [4, 5], "2": [3, 4, 5], "3": [2, 4, 5], "4": [], "5": [2, 4]}
    found: dict[str, list[int]] = document["methods"]["orderStatusChange"]["transitions"]
    return found

"""The API object: its routers, its errors, its OpenAPI document."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, include, path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder

from kaeru import __version__
from kaeru.api.answers import Refused, error
from kaeru.api.guard import BearerKey, guarded
from kaeru.api.kept import HEADER, LONGEST
from kaeru.api.v1 import (
    bookings,
    calls,
    cancellations,
    clients,
    coupons,
    desk,
    events,
    forecast,
    order_changes,
    orders,
    prevention,
    results,
    scenarios,
    shop,
    slots,
    standing,
    uplift,
)
from kaeru.api.v1.schemas import ErrorOut
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.reading import json_object

DESCRIPTION = (
    "What a shop's own system may say and ask. Money is whole minor units (yen: 1980), times are ISO 8601 with an offset, ids are text. "
    'Each POST and PUT honours Idempotency-Key. Errors are {"error": {"code", "message", "fields"}}.'
)
ERRORS = {
    "400": "Not understood",
    "401": "No valid key",
    "403": "The key may not do that",
    "404": "Nothing of that id in this shop",
    "405": "Not this method",
    "409": "Not in this state, or the same call is still being worked on",
    "410": "Its time is over",
    "413": "Too large",
    "422": "A field is wrong, or the Idempotency-Key was used for another request",
    "503": "Try again later",
}


class ExactParser(Parser):
    """JSON objects only, with exact numbers; everything else is a 400."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The object in the body."""
        return json_object(request.body)


class _ExactEncoder(NinjaJSONEncoder):
    """Times to the microsecond: a shop that sends our `updated_at` back must not look a moment older than it is."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


class ExactRenderer(JSONRenderer):
    """JSON as people can read it, too."""

    encoder_class = _ExactEncoder
    json_dumps_params = {"ensure_ascii": False}


class KaeruAPI(NinjaAPI):
    """Adds to each operation what the guard around it does."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        """The document."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        failure = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}}}
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                answers: dict[Any, Any] = operation["responses"]
                for status, words in ERRORS.items():
                    answers[int(status)] = {"description": words, **failure}
                if method in {"post", "put"}:
                    operation["parameters"] = [*operation["parameters"], _idempotency_parameter()]
        schema["components"]["schemas"].update(_error_schemas())
        return schema


def _idempotency_parameter() -> dict[str, Any]:
    return {
        "in": "header",
        "name": HEADER,
        "required": False,
        "description": "The same key with the same request gets the first answer again, for 90 days.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[\\x20-\\x7e]+$"},
    }


def _error_schemas() -> Mapping[str, Any]:
    whole = ErrorOut.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**whole.pop("$defs"), "ErrorOut": whole}


api = KaeruAPI(
    title="Kaeru", version="1", description=DESCRIPTION, docs_url=None, openapi_url="openapi.json", auth=BearerKey(),
    parser=ExactParser(),
    renderer=ExactRenderer(), urls_namespace="api", openapi_extra={"info": {"x-release": __version__}},
)  # fmt: skip
for router in (
    shop.router, orders.router, events.router, cancellations.router, calls.router, desk.router, order_changes.router, scenarios.router,
    coupons.router, results.router, uplift.router, standing.router, forecast.router, prevention.router, slots.router, bookings.router,
    clients.router,
):  # fmt: skip
    api.add_router("", router)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return refusal.answer()


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    problems = [
        {
            "path": ".".join(str(step) for step in one["loc"][1:] if step != "payload") or str(one["loc"][0]),
            "message": str(one["msg"]),
        }
        for one in failure.errors[:50]
    ]
    return error(422, "invalid", "The request has fields that are wrong.", problems)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, failure: HttpError) -> HttpResponse:
    codes = {400: "bad_request", 401: "unauthorized", 403: "forbidden"}
    return error(failure.status_code, codes.get(failure.status_code, "error"), str(failure))


@api.exception_handler(Unreadable)
def _unreadable(request: HttpRequest, failure: Unreadable) -> HttpResponse:
    return error(400, "bad_request", str(failure))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, failure: Http404) -> HttpResponse:
    return error(404, "not_found", "There is nothing at this address.")


def patterns() -> list[Any]:
    """The addresses, each behind the guard; the document itself is public."""
    found = list(api.urls[0])
    for pattern in found:
        if isinstance(pattern, URLPattern) and pattern.name != "openapi-json":
            pattern.callback = guarded(pattern.callback)
    return [path("", include((found, "ninja"), namespace=api.urls_namespace))]

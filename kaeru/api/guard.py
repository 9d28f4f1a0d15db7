"""Around each operation of the REST API: whose key is it, may it do this, inside whose walls, and only once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from ninja.security import HttpBearer
from pydantic import BaseModel

from kaeru.api import kept, metrics
from kaeru.api.answers import Refused, error
from kaeru.core import scope
from kaeru.tenants.actions import find_api_key
from kaeru.tenants.models import ApiKey, Shop

View = Callable[..., HttpResponse]
READING = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Caller:
    """The shop's system that holds the key."""

    key: ApiKey

    @property
    def shop(self) -> Shop:
        """The one shop this key opens."""
        return self.key.shop

    @property
    def actor(self) -> str:
        """The caller as the audit trail names it."""
        return f"api:{self.key.prefix}"


def caller_of(request: HttpRequest) -> Caller:
    """Who is calling; set by `guarded` before any operation runs."""
    found = request.caller  # type: ignore[attr-defined]
    assert isinstance(found, Caller)
    return found


def only(request: HttpRequest, asked: BaseModel) -> None:
    """Refuse (422) a query parameter that the list does not know: a mistyped filter must not look like "everything"."""
    known = {field.alias or name for name, field in type(asked).model_fields.items()}
    for name in request.GET:
        if name not in known:
            raise Refused(422, "invalid", "There is no such filter.", name[:100])


class BearerKey(HttpBearer):
    """Says in the OpenAPI document how to authenticate; `guarded` has already done it."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller."""
        return getattr(request, "caller", None)


def guarded(view: View) -> View:
    """Authenticate, authorize, scope and answer once, around a view of the API."""

    @csrf_exempt
    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = _answer(request, lambda: view(request, *args, **kwargs))
        metrics.requests.labels(request.method, str(answer.status_code)).inc()
        return answer

    return door


def _answer(request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        key = _key(request)
        if key is None:
            return error(401, "unauthorized", "Please send a key of the shop: Authorization: Bearer kaeru_…")
        if ("read" if request.method in READING else "write") not in key.verbs:
            return error(403, "forbidden", "This key may not do that.")
        _ = request.body  # a body that is too large or breaks off is noticed before anything is done
        request.caller = Caller(key)  # type: ignore[attr-defined]
        with scope.organization(key.organization_id), translation.override("en"):
            answer = kept.answer_once(request, key, work)
    except RequestDataTooBig:
        return error(413, "too_large", "The body is too large.")
    except UnreadablePostError:
        return error(400, "broken_off", "The body broke off.")
    except OperationalError:
        return error(503, "unavailable", "The database cannot be reached. Nothing was changed; please try again.")
    if answer.status_code == 405:
        told = error(405, "method_not_allowed", "This address does not know that method.")
        told.headers["Allow"] = answer.headers.get("Allow", "")
        return told
    return answer


def _key(request: HttpRequest) -> ApiKey | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= 200:
        return None
    return find_api_key(token)

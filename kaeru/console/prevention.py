"""予防の設定: mails to the staff, notices about parcels that go by themselves, their words, whether shops sell from one shelf."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.connectors.capabilities import lacking
from kaeru.console import phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.phrases import Words
from kaeru.console.settings import back_to, shop_of
from kaeru.marketplaces.dispatch import notice_texts
from kaeru.marketplaces.dispatch.terms import BY_THEMSELVES, Terms, set_terms, terms_of
from kaeru.messages import preview as previews
from kaeru.messages.errors import Problem, TemplateBroken, TextsRefused
from kaeru.tenants.models import Shop

KIND: Words = {
    "date_set": lazy("The dispatch date is set"),
    "ready": lazy("It is packed"),
    "shipped": lazy("It has left, with its tracking number"),
    "delayed": lazy("It leaves later"),
}
LANGUAGES = (("ja", lazy("Japanese")), ("en", lazy("English")))


@page("edit_shop", "GET", "POST")
def prevention(request: HttpRequest, visit: Visit) -> HttpResponse:
    """One page for all of it; `do=preview` shows the letters, everything else saves."""
    shop = shop_of(visit)
    if request.method != "POST":
        return _drawn(request, visit, shop, terms_of([shop.id])[shop.id])
    told = _typed(request)
    problems: list[Problem] = []
    if request.POST.get("do") != "preview":
        try:
            set_terms(
                shop, tells=told.tells, notices=told.notices, texts=told.texts, shares_stock=told.shares_stock, actor=visit.actor
            )  # fmt: skip
        except TextsRefused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("Saved."))
            return back_to("prevention", visit)
    return _drawn(request, visit, shop, told, problems)


def _typed(request: HttpRequest) -> Terms:
    form = request.POST
    texts: dict[str, dict[str, dict[str, str]]] = {}
    for kind in notice_texts.KINDS:
        for language, _name in LANGUAGES:
            parts = {part: form.get(f"{kind}_{language}_{part}", "")[:10_000] for part in ("subject", "body")}
            if parts["body"].strip():
                kept = {part: text.replace("\r\n", "\n").strip() for part, text in parts.items()}
                texts.setdefault(kind, {})[language] = kept
    return Terms(form.get("tells") == "1", frozenset(form.getlist("notice")), texts, form.get("shares_stock") == "1")


def _drawn(
    request: HttpRequest, visit: Visit, shop: Shop, terms: Terms, problems: list[Problem] | None = None
) -> HttpResponse:
    blocked = lacking(shop, ["can_write_first"])
    context: dict[str, Any] = {
        "terms": terms,
        "kinds": [
            {
                "name": kind,
                "label": phrases.said(KIND, kind),
                "is_on": kind in terms.notices,
                "can_switch": kind in BY_THEMSELVES,
                "texts": [_text(shop, terms, kind, language, name) for language, name in LANGUAGES],
            }
            for kind in notice_texts.KINDS
        ],
        "blocked": blocked[0].instead if blocked else "",
        "problems": [one.message for one in problems or []],
        "others": len(visit.shops) > 1,
    }
    return show(request, visit, "console/prevention.html", "settings", context, status=422 if problems else 200)


def _text(shop: Shop, terms: Terms, kind: str, language: str, name: object) -> dict[str, Any]:
    words: Mapping[str, str] = terms.words(kind)[language]
    house = notice_texts.text(kind, language)
    try:
        worded = previews.preview(shop, "notice", words, language)
        sample = {"subject": worded.subject, "body": worded.text}
    except TemplateBroken:
        sample = None
    is_own = any(words.get(part) != house[part] for part in ("subject", "body"))
    return {"language": language, "name": name, **words, "sample": sample, "is_own": is_own}

"""Pages of the phones, and the platform's API. What a client does here goes out as a signed webhook, and what the salon says comes in by
the API: the same two paths as with LINE itself."""

import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from examples.line import drawing, gate, here, postman
from examples.line.things import Account, Bubble, Person

WAITS_SECONDS = 3.0
"""So long a tap waits for the answer before the chat is shown again; later ones are fetched by the page."""
SHOWN = 60
EXTRAS = 100
"""People from this place on are shown after the others."""


@csrf_exempt
def api(request: HttpRequest, path: str) -> HttpResponse:
    """What accounts call: api.line.me."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    said = gate.answer(
        here.platform(), str(request.method), f"/{path}", request.META.get("QUERY_STRING", ""), headers, request.body
    )
    if said is None:
        return HttpResponse(status=500)
    return HttpResponse(said.raw, status=said.status, content_type="application/json", headers=said.headers)


@require_safe
def phones(request: HttpRequest) -> HttpResponse:
    """Everybody's chats."""
    return render(request, "line/phones.html", {"chats": _chats(), "accounts": _accounts()})


@require_safe
def chat(request: HttpRequest, bot: str, user: str) -> HttpResponse:
    """One person's chat with one account; `?open=` shows a web page inside."""
    account, person = _of(bot, user)
    context = _chat(account, person)
    opened = request.GET.get("open", "")
    is_here = _is_here(request, opened)
    return render(
        request, "line/chat.html", {**context, "chats": _chats(), "opened": opened if is_here else "", "elsewhere": "" if is_here else opened}
    )  # fmt: skip


@require_safe
def bubbles(request: HttpRequest, bot: str, user: str) -> HttpResponse:
    """The bubbles alone, when there are newer ones than `?after=`: the page asks every second."""
    account, person = _of(bot, user)
    after = int(request.GET["after"]) if request.GET.get("after", "").isdigit() else 0
    if not here.platform().bubbles(account.bot, person.user_id, after=after, limit=1):
        return HttpResponse(status=204)
    return render(request, "line/part_bubbles.html", _chat(account, person))


@require_POST
def tap(request: HttpRequest, bot: str, user: str) -> HttpResponse:
    """A button, a quick reply, or words of one's own."""
    account, person = _of(bot, user)
    platform, opened = here.platform(), ""
    was = _last(account, person)
    words = request.POST.get("words", "").strip()[:500]
    number, _, index = request.POST.get("tap", "").partition(":")
    if number.isdigit() and index.isdigit():
        try:
            opened = platform.tap(int(number), int(index))
        except LookupError:
            return _back(account, person)
    elif words:
        platform.say(account.bot, person.user_id, words)
    if opened:
        return _back(account, person, opened=_inside(request, opened))
    _carry(account, person, was)
    return _back(account, person)


@require_POST
def befriend(request: HttpRequest, bot: str, user: str) -> HttpResponse:
    """Add the account, block it, or let it in again."""
    account, person = _of(bot, user)
    was = _last(account, person)
    if request.POST.get("do") == "block":
        here.platform().block(account.bot, person.user_id)
    else:
        here.platform().follow(account.bot, person.user_id)
    _carry(account, person, was)
    return _back(account, person)


def link(request: HttpRequest) -> HttpResponse:
    """LINE's own page between a service and the chat: link this account? (access.line.me/dialog/bot/accountLink)"""
    told = request.POST if request.method == "POST" else request.GET
    token, nonce = told.get("linkToken", ""), told.get("nonce", "")
    if not 10 <= len(nonce) <= 255 or not token:
        raise Http404
    done = None
    if request.method == "POST":
        done = here.platform().link(token, nonce)
        postman.deliver(here.platform())
    return render(request, "line/link.html", {"token": token, "nonce": nonce, "done": done})


@require_safe
def liff(request: HttpRequest, liff_id: str, rest: str = "") -> HttpResponse:
    """What https://liff.line.me/… opens. LINE's own script is not here to ask for a token, so the page that is wanted opens at once."""
    account = next((one for one in here.platform().accounts() if one.liff_id == liff_id), None)
    if account is None:
        raise Http404
    wanted = request.GET.get("to", rest).lstrip("/")
    return HttpResponseRedirect(f"/{wanted}" if wanted else account.liff_endpoint or "/")


@require_safe
def paint(request: HttpRequest) -> HttpResponse:
    """The stylesheet of the colours that a chat needs."""
    return HttpResponse(drawing.paint(request.GET.get("colours", "").split("-")[:200]), content_type="text/css")


@require_POST
def quota(request: HttpRequest, bot: str) -> HttpResponse:
    """Try what happens when the month's messages are used up."""
    account = here.platform().account(bot)
    if account is None:
        raise Http404
    if request.POST.get("do") == "spend":
        here.platform().set_quota(bot, account.quota, account.quota)
    else:
        here.platform().set_quota(bot, account.quota, 0)
    return redirect("line:phones")


@require_safe
def state(request: HttpRequest) -> JsonResponse:
    """What the platform counts, for those who try things from outside."""
    platform = here.platform()
    return JsonResponse(
        {one.basic_id: {"used": platform.used(one.bot), "quota": one.quota} for one in platform.accounts()}
    )


def _of(bot: str, user: str) -> tuple[Account, Person]:
    account, person = here.platform().account(bot), here.platform().person(user)
    if account is None or person is None:
        raise Http404
    return account, person


def _accounts() -> list[dict[str, Any]]:
    platform, found = here.platform(), []
    for one in platform.accounts():
        used = platform.used(one.bot)
        found.append({"account": one, "used": used, "left": max(0, (one.quota or 0) - used)})
    return found


def _chats() -> list[dict[str, Any]]:
    """One line for each person and account: those who are to be played first, then what is unread, then the newest."""
    platform = here.platform()
    people = platform.people()
    found: list[tuple[tuple[bool, bool, float, int], dict[str, Any]]] = []
    for account in platform.accounts():
        last = platform.last_of_each(account.bot)
        for person in people:
            bubble, unread = last.get(person.user_id, (None, 0))
            rank = (person.place >= EXTRAS, not unread, -(bubble.at.timestamp() if bubble else 0.0), person.place)
            chat = {
                "account": account,
                "person": person,
                "unread": unread,
                "last": bubble,
                "words": _first_words(bubble),
            }
            found.append((rank, chat))
    return [chat for _, chat in sorted(found, key=lambda one: one[0])[:SHOWN]]


def _first_words(bubble: Bubble | None) -> str:
    return str(bubble.message.get("text") or bubble.message.get("altText") or "")[:60] if bubble else ""


def _chat(account: Account, person: Person) -> dict[str, Any]:
    platform = here.platform()
    rows = platform.bubbles(account.bot, person.user_id)
    platform.read(account.bot, person.user_id)
    colours: set[str] = {account.color.lstrip("#").lower()}
    drawn = [(row, drawing.Drawing(row.id, row.message, colours)) for row in rows]
    shown = [(row, one.html()) for row, one in drawn]
    return {
        "account": account, "person": person, "bubbles": shown, "quick": drawn[-1][1].quick() if drawn and rows[-1].side == "account" else [],
        "last": rows[-1].id if rows else 0, "state": platform.state(account.bot, person.user_id), "colours": "-".join(sorted(colours)),
        "bar": account.color.lstrip("#").lower(),
    }  # fmt: skip


def _last(account: Account, person: Person) -> int:
    rows = here.platform().bubbles(account.bot, person.user_id, limit=1)
    return rows[-1].id if rows else 0


def _carry(account: Account, person: Person, was: int) -> None:
    """Bring the webhook, and give the answer a moment to come."""
    statuses = postman.deliver(here.platform())
    until = time.monotonic() + WAITS_SECONDS
    while 200 in statuses and time.monotonic() < until:
        rows = here.platform().bubbles(account.bot, person.user_id, after=was)
        if any(row.side == "account" for row in rows):
            return
        time.sleep(0.1)


def _back(account: Account, person: Person, *, opened: str = "") -> HttpResponse:
    address = reverse("line:chat", args=[account.bot, person.user_id])
    return HttpResponseRedirect(address + (f"?{urlencode({'open': opened})}" if opened else "") + "#now")


def _inside(request: HttpRequest, url: str) -> str:
    """LINE's own addresses are served here."""
    parts = urlsplit(url)
    rest = f"?{parts.query}" if parts.query else ""
    if parts.netloc == "liff.line.me":
        liff_id, _, path = parts.path.strip("/").partition("/")
        return reverse("line:liff", args=[liff_id, path] if path else [liff_id]) + rest
    if parts.netloc == "access.line.me":
        return reverse("line:link") + rest
    if parts.netloc == request.get_host():
        return parts.path + rest + (f"#{parts.fragment}" if parts.fragment else "")
    return url


def _is_here(request: HttpRequest, url: str) -> bool:
    """Only pages of this machine are shown inside; anything else is a link that says where it goes."""
    return url.startswith("/") and not url.startswith("//")

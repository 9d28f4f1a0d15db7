"""Yahoo! JAPAN's consent (YConnect v2): the store's owner agrees, and for about four weeks Kaeru fetches a fresh token each hour.

What is kept sealed is the app's name and secret and the token that fetches (refresh token). The hourly tokens live in this process
only. When the four weeks are over nobody can prolong them: the owner agrees again.
"""

import base64
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from kaeru.connectors.base import Barred, Busy
from kaeru.connectors.reading import part, text
from kaeru.core import http, secrets

AUTHORIZE = "https://auth.login.yahoo.co.jp/yconnect/v2/authorization"
TOKEN = "https://auth.login.yahoo.co.jp/yconnect/v2/token"  # noqa: S105 (an address)
LASTS = timedelta(weeks=4)
"""How long a consent lasts, by one manual."""
SPARE_SECONDS = 120.0
"""A token that ends so soon is fetched anew before it is used."""
USUAL_SECONDS = 3600.0
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Consent:
    """What fetches tokens."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh: str = field(repr=False)

    def sealed_text(self) -> str:
        """As it is kept (the caller seals it)."""
        return json.dumps({"client_id": self.client_id, "secret": self.client_secret, "refresh": self.refresh})

    @property
    def mark(self) -> str:
        """Names it in this process's memory without being it."""
        return secrets.fingerprint(f"{self.client_id}:{self.refresh}").hex()


class ConsentRefused(Exception):
    """`why`: code (the answer of the consent was not accepted) | unanswered."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


_tokens: dict[str, tuple[str, float]] = {}
"""By mark: the token and until when it works, in seconds of the monotonic clock."""
_lock = threading.Lock()


def read(told: str) -> Consent | None:
    """The opposite of `sealed_text`; None for what is none."""
    try:
        found = json.loads(told)
        made = Consent(str(found["client_id"]), str(found["secret"]), str(found["refresh"]))
    except (ValueError, KeyError, TypeError):
        return None
    return made if made.client_id and made.refresh else None


def ends_on(agreed_on: date) -> date:
    """The last day of a consent of this day.

    >>> ends_on(date(2026, 11, 22))
    datetime.date(2026, 12, 19)
    """
    return agreed_on + LASTS - timedelta(days=1)


def authorize_url(client_id: str, callback: str, state: str, nonce: str) -> str:
    """Where the owner agrees."""
    asked = {
        "response_type": "code", "client_id": client_id, "redirect_uri": callback, "scope": "openid", "state": state, "nonce": nonce,
        "prompt": "consent",
    }  # fmt: skip
    return f"{AUTHORIZE}?{urlencode(asked)}"


def exchange(client_id: str, client_secret: str, code: str, callback: str) -> Consent:
    """The consent for the code that Yahoo! JAPAN sent the owner back with. Raises ConsentRefused."""
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback}
    try:
        status, told = _fetch(client_id, client_secret, asked)
    except (http.Unanswered, http.EgressRefused):
        raise ConsentRefused("unanswered") from None
    refresh = text(told.get("refresh_token"), 2000)
    if status != 200 or not refresh:
        raise ConsentRefused("code" if status < 500 else "unanswered")
    made = Consent(client_id, client_secret, refresh)
    _keep(made, told)
    return made


def token(consent: Consent, *, is_fresh: bool = False) -> str:
    """A token that works; fetched when there is none, or when the last was refused (`is_fresh`).

    Raises Barred (the consent is over or was taken back), Busy, http.Unanswered.
    """
    with _lock:
        known = _tokens.get(consent.mark)
    if known is not None and not is_fresh and known[1] - SPARE_SECONDS > time.monotonic():
        return known[0]
    asked = {"grant_type": "refresh_token", "refresh_token": consent.refresh}
    status, told = _fetch(consent.client_id, consent.client_secret, asked)
    if status == 429:
        raise Busy(60.0)
    if status in {400, 401, 403}:
        raise Barred("token_revoked")
    if status != 200 or not text(told.get("access_token"), 4000):
        raise http.Unanswered(f"Yahoo! JAPAN answered {status}")
    return _keep(consent, told)


def _fetch(client_id: str, client_secret: str, asked: dict[str, str]) -> tuple[int, dict[str, object]]:
    both = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {both}", "Content-Type": "application/x-www-form-urlencoded"}
    answer = http.post(TOKEN, urlencode(asked).encode(), headers)
    try:
        return answer.status, dict(part(json.loads(answer.body)))
    except ValueError:
        return answer.status, {}


def _keep(consent: Consent, told: dict[str, object]) -> str:
    found, lasts = text(told.get("access_token"), 4000), told.get("expires_in")
    seconds = float(lasts) if isinstance(lasts, int | float) and not isinstance(lasts, bool) else USUAL_SECONDS
    with _lock:
        if len(_tokens) >= _MOST:
            _tokens.clear()
        _tokens[consent.mark] = (found, time.monotonic() + seconds)
    return found


def forget() -> None:
    """Drop all tokens (tests)."""
    with _lock:
        _tokens.clear()

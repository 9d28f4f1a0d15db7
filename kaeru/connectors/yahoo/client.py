"""Calls to Yahoo! Shopping's order interface: one question in XML, one answer, typed by what to do next. Nothing of either is logged.

A token that is refused is fetched anew once; when that does not help the owner must agree again. Errors come as `<Error>` with code
and message, also with other states than 200. Order calls of some stores need a client certificate or a public key besides; that is
not done here.
"""

from kaeru.connectors import pacing
from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.yahoo import consent, markup
from kaeru.connectors.yahoo.markup import Node, Told
from kaeru.core import http

ADDRESS = "https://circus.shopping.yahooapis.jp/ShoppingWebService/V1/{method}"
TEST_ADDRESS = "https://test.circus.shopping.yahooapis.jp/ShoppingWebService/V1/{method}"
SANDBOX = "snbx-"
"""What the names of sandbox stores begin with: they live at the test address."""
PER_SECOND = 1.0
"""Calls for one store: the vendor's own guide."""
BUSY_SECONDS = 60.0
MOST_BYTES = 8_000_000
CHANGES = frozenset({"orderStatusChange"})


class Refused(Exception):
    """Yahoo! understood and says no. `code` is like od90150."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.words, self.code = words, code


def ask(access: Access, method: str, told: Told) -> Node:
    """The answer's root. `told` is what stands in `<Req>` besides SellerId, which comes last.

    Raises Busy, Barred, http.Unanswered (a change may have been made), Refused.
    """
    known = consent.read(access.secrets[0]) if access.secrets else None
    if known is None or not access.account:
        raise Barred("token_revoked")
    body = markup.write("Req", {**told, "SellerId": access.account})
    answer = _post(access, method, body, consent.token(known))
    if answer.status == 401:
        answer = _post(access, method, body, consent.token(known, is_fresh=True))
    return _read(method, answer)


def _post(access: Access, method: str, body: bytes, token: str) -> http.Answer:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/xml; charset=utf-8",
        "Accept": "application/xml",
    }
    address = TEST_ADDRESS if access.account.startswith(SANDBOX) else ADDRESS
    pacing.take(f"yahoo:{access.shop_id}:{method}", PER_SECOND)
    try:
        return http.post(address.format(method=method), body, headers, most_bytes=MOST_BYTES)
    except http.EgressRefused:
        raise Barred("not_understood") from None


def _read(method: str, answer: http.Answer) -> Node:
    if answer.status == 401:
        raise Barred("token_revoked")
    if answer.status == 429 or (answer.status == 503 and method not in CHANGES):
        raise Busy(BUSY_SECONDS)
    try:
        root = markup.read(answer.body)
    except Unreadable as failure:
        if answer.status == 403:
            raise Barred("missing_scope") from None
        raise http.Unanswered(f"Yahoo! answered {answer.status}: {failure}") from None
    error = root if root.name == "Error" else next(root.anywhere("Error"), None)
    if answer.status == 403:
        raise Barred("missing_scope")
    if answer.status >= 500:
        raise http.Unanswered(f"Yahoo! answered {answer.status}")
    if error is not None or answer.status != 200:
        code, words = (error.say("Code"), error.say("Message")) if error is not None else ("", "")
        raise Refused(f"{code} {words}".strip()[:250] or f"http_{answer.status}", code[:40])
    return root

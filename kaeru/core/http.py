"""The only way out over HTTP. Refuses addresses inside the house after the name was resolved, follows no redirects, waits
15 s at most and reads 256 KB at most: an address that somebody typed in must not reach what only we can reach.
"""

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

TIMEOUT_SECONDS = 15
MOST_BYTES = 262_144
PORTS = {80, 443, 8000, 8080, 8443}
WITH_IPV4_INSIDE = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
"""NAT64 and the old IPv4-compatible form: the last 32 bits are the address that is really reached."""
INSIDE = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("fec0::/10"))
"""Local NAT64 and site-local addresses, which Python counts as global."""


class EgressRefused(ValueError):
    """The address may not be called from here."""


class Unanswered(OSError):
    """The other side could not be reached or broke off: it may or may not have acted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Names in lower case."""


def is_public(address: str) -> bool:
    """Whether the IP address is a public one, also when an IPv4 address hides inside (mapped, 6to4, NAT64, compatible)."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if any(ip in network for network in INSIDE):
            return False
        if any(ip in network for network in WITH_IPV4_INSIDE):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class _Pinned(HTTPAdapter):
    """Connects to the address that was checked, while TLS and Host keep the name."""

    def __init__(self, name: str, address: str) -> None:
        self._name, self._address = name, address
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        """Send to the pinned address."""
        parts = urlsplit(str(request.url))
        host = f"[{self._address}]" if ":" in self._address else self._address
        request.headers["Host"] = parts.netloc
        request.url = parts._replace(netloc=host + (f":{parts.port}" if parts.port else "")).geturl()
        if parts.scheme == "https":
            self.poolmanager.connection_pool_kw.update(server_hostname=self._name, assert_hostname=self._name)
        return super().send(request, *args, **kwargs)  # type: ignore[arg-type]


def check(url: str) -> str:
    """The address to connect to. Raises EgressRefused with what to do."""
    try:
        parts = urlsplit(url)
        asked_port = parts.port
    except ValueError:
        raise EgressRefused("this is no web address") from None
    private_allowed = settings.KAERU_ALLOW_PRIVATE_EGRESS
    if parts.scheme != "https" and not (parts.scheme == "http" and private_allowed):
        raise EgressRefused("only https:// addresses can be called")
    if not parts.hostname or parts.username or parts.password:
        raise EgressRefused("the address needs a host name and no user name")
    port = asked_port or (443 if parts.scheme == "https" else 80)
    if not private_allowed and port not in PORTS:
        raise EgressRefused(f"port {port} cannot be called")
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)}
    except UnicodeError:
        raise EgressRefused("this is no host name") from None
    except OSError:
        raise Unanswered(f"the name {parts.hostname} could not be resolved") from None
    if not private_allowed and not all(is_public(address) for address in found):
        raise EgressRefused(
            "the address lies inside a private network; set KAERU_ALLOW_PRIVATE_EGRESS=1 if that is meant"
        )
    return sorted(found, key=lambda address: ":" in address)[0]


def _body(response: requests.Response, most_bytes: int) -> bytes:
    """At most so many bytes, and no longer than the timeout in all: a drop every few seconds does not hold us."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    read = bytearray()
    while len(read) < most_bytes:
        piece = response.raw.read1(most_bytes - len(read), decode_content=True)
        if not piece:
            break
        read += piece
        if time.monotonic() > deadline:
            raise Unanswered("the answer took too long")
    return bytes(read)


class Way:
    """Calls to one host over a connection that is kept between them: for a batch of seconds, by one thread.

    The address is looked up and checked with the first call, as `post` does for each.
    """

    def __init__(self, base: str) -> None:
        """`base` is the address up to the path: https://api.line.me"""
        self._base = base.rstrip("/")
        self._session: requests.Session | None = None

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One call. Raises EgressRefused before anything is sent, Unanswered when no answer came."""
        try:
            with self._open().request(
                method,
                self._base + path,
                data=body,
                headers=dict(headers or {}),
                timeout=(5, TIMEOUT_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                told = {name.lower(): value for name, value in response.headers.items()}
                answer = Answer(response.status_code, _body(response, MOST_BYTES), told)
                if len(answer.body) < MOST_BYTES:
                    response.raw.release_conn()  # read to its end: the next call may use it
                return answer
        except (requests.RequestException, HTTPError, OSError) as failure:
            self.close()
            raise Unanswered(type(failure).__name__) from failure

    def _open(self) -> requests.Session:
        if self._session is None:
            address, parts = check(self._base), urlsplit(self._base)
            session = requests.Session()
            session.trust_env = False
            session.mount(f"{parts.scheme}://", _Pinned(str(parts.hostname), address))
            self._session = session
        return self._session

    def close(self) -> None:
        """Hang up; the next call begins anew."""
        if self._session is not None:
            self._session.close()
            self._session = None


def post(url: str, body: bytes, headers: dict[str, str], *, most_bytes: int = MOST_BYTES) -> Answer:
    """POST bytes. Raises EgressRefused before anything is sent, Unanswered when no answer came.

    What is longer than `most_bytes` is cut off there: raise it for answers of a known sender only.
    """
    address = check(url)
    parts = urlsplit(url)
    with requests.Session() as session:
        session.trust_env = False
        session.mount(f"{parts.scheme}://", _Pinned(str(parts.hostname), address))
        try:
            with session.post(
                url, data=body, headers=headers, timeout=(5, TIMEOUT_SECONDS), allow_redirects=False, stream=True
            ) as response:
                told = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, _body(response, most_bytes), told)
        except (requests.RequestException, HTTPError, OSError) as failure:
            raise Unanswered(type(failure).__name__) from failure

"""SMTP as servers speak it: silence, passwords, encryption, certificates that cannot be trusted."""

import datetime
import ipaddress
import socket
import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kaeru.channels.base import Letter, Outcome, Piece, PieceKind, Result
from kaeru.channels.mail import smtp
from kaeru.channels.mail.address import Smtp
from kaeru.channels.mail.wording import word
from kaeru.tenants.models import Shop
from tests.smtp import Catcher


def letter(address: str = "hanako@example.com") -> Letter:
    words = (Piece(PieceKind.WORDS, "..先頭の点\n.\nおわり"),)
    return Letter(
        key=uuid.uuid4(), shop=Shop(name="小鳥雑貨店", sender_mail="shop@kotori.example"), language="ja", is_advertisement=False,
        address=address, subject=words, body=words, at=datetime.datetime.now(datetime.UTC),
    )  # fmt: skip


def send(server: Smtp, of: Letter | None = None) -> Result:
    wanted = of or letter()
    with smtp.open_line(server) as line:
        return line.send(wanted, word(wanted))


class Kept:
    """An aiosmtpd handler that keeps what it accepts."""

    def __init__(self) -> None:
        self.data: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.data.append(envelope.content)
        return "250 kept"


@contextmanager
def served(handler: Kept, **options: Any) -> Iterator[int]:
    """An aiosmtpd server; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(handler, "127.0.0.1", port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def plain(inbox: Catcher) -> Smtp:
    return Smtp("127.0.0.1", inbox.server_address[1], is_tls=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but the test trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_it_hands_every_byte_over_also_lines_of_one_dot(inbox: Catcher) -> None:
    wanted = letter()
    assert send(plain(inbox), wanted).outcome is Outcome.ACCEPTED
    [mail] = inbox.mails
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == word(wanted).text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("way", "outcome", "is_server_down", "kept"),
    [
        ("good", Outcome.ACCEPTED, False, 1),
        ("hang", Outcome.UNKNOWN, False, 1),
        ("hang_before_data", Outcome.TRANSIENT, True, 0),
        ("drop_in_text", Outcome.TRANSIENT, True, 0),
        ("rcpt_450", Outcome.TRANSIENT, False, 0),
    ],
)
def test_it_waits_only_so_long(
    way: str, outcome: Outcome, is_server_down: bool, kept: int, inbox: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.3)
    inbox.behave = lambda recipient: way
    found = send(plain(inbox))
    assert found.outcome in ({outcome} if way != "drop_in_text" else {Outcome.TRANSIENT, Outcome.UNKNOWN})
    assert found.is_server_down is is_server_down or way == "drop_in_text"
    assert len(inbox.raw) == kept


def test_it_refuses_an_address_that_is_none_before_anybody_is_asked() -> None:
    assert (
        send(Smtp("127.0.0.1", 9, is_tls=False), letter("a@b.example\r\nRCPT TO:<c@d.example>")).outcome
        is Outcome.REFUSED
    )


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize(("password", "outcome"), [("right", Outcome.ACCEPTED), ("wrong", Outcome.TRANSIENT)])
def test_it_signs_in_where_a_password_is_asked_for(password: str, outcome: Outcome) -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    handler = Kept()
    with served(handler, authenticator=check, auth_require_tls=False, auth_required=True) as port:
        found = send(Smtp("127.0.0.1", port, is_tls=False, user="kaeru", password=password))
    assert found.outcome is outcome
    assert len(handler.data) == (outcome is Outcome.ACCEPTED)
    if outcome is Outcome.TRANSIENT:
        assert found.is_server_down
        assert "refused our name or password" in found.detail
        assert "wrong" not in found.detail


@pytest.mark.parametrize("is_trusted", [True, False])
def test_it_speaks_tls_to_servers_it_can_trust_only(
    is_trusted: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    if is_trusted:
        monkeypatch.setattr(smtp, "_trust", lambda: ssl.create_default_context(cafile=str(certificate)))
    handler = Kept()
    with served(handler, ssl_context=ours) as port:
        found = send(Smtp("127.0.0.1", port, is_tls=True))
    assert found.outcome is (Outcome.ACCEPTED if is_trusted else Outcome.TRANSIENT)
    assert len(handler.data) == is_trusted


@pytest.mark.parametrize("offers_tls", [True, False])
def test_it_sends_no_password_unencrypted_over_a_network(
    offers_tls: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is on this machine; the test says that it is not."""
    monkeypatch.setattr(Smtp, "is_here", property(lambda self: False))
    monkeypatch.setattr(smtp, "_trust", lambda: ssl.create_default_context(cafile=str(certificate)))
    seen: list[bool] = []

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append(session.ssl is not None)
        return AuthResult(success=True)

    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    with served(Kept(), authenticator=check, auth_require_tls=False, tls_context=ours if offers_tls else None) as port:
        found = send(Smtp("127.0.0.1", port, is_tls=False, user="kaeru", password="p"))
    assert seen == ([True] if offers_tls else [])
    assert found.outcome is (Outcome.ACCEPTED if offers_tls else Outcome.TRANSIENT)

"""`kaeru lint-message`: what the guard says of a text in a file, for scripts and for whoever writes texts elsewhere."""

import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from rich.console import Console

from kaeru.cli.output import answer, fail
from kaeru.core import clock
from kaeru.messages import liquid, reading, worst_case
from kaeru.messages.errors import TemplateBroken
from kaeru.messages.guard.judge import judge, verdict
from kaeru.messages.guard.text import Finding, Text
from kaeru.messages.variables import VARIABLES

ENCODINGS = ("utf-8-sig", "iso2022_jp", "cp932", "euc_jp")
MAIL_BEGINS = (b"received:", b"from:", b"mime-version:", b"return-path:", b"message-id:", b"delivered-to:")
"""How a mail on standard input is known."""
LONGEST = 2_000_000
"""Bytes that are read."""


def lint_message(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Plain text, .html or .eml; - for standard input.")],
    channel: Annotated[Literal["mail", "line", "sms"], typer.Option(help="Where it goes.")] = "mail",
    kind: Annotated[
        Literal["notice", "advertisement"], typer.Option(help="An advertisement needs opt-out and sender.")
    ] = "notice",
    side: Annotated[
        Literal["customer", "shop"] | None,
        typer.Option(help="Whose wish or fault it is about; left out, the text itself shows it."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    language: Annotated[Literal["en", "ja"], typer.Option(help="The language of the explanations.")] = "en",
) -> None:
    """Say whether a message may be sent, and why not. Exit code 1 when a rule forbids it."""
    text = _read(file, channel, kind, side or "")
    found = judge(text, clock.now().date(), language)
    said = verdict(found)
    if json:
        answer({"verdict": said, "findings": [_as_json(one) for one in found]}, as_json=True)
    else:
        _tell(said, found)
    raise typer.Exit(1 if said == "block" else 0)


def _as_json(found: Finding) -> dict[str, str]:
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "excerpt": found.excerpt,
        "why": found.why,
        "source": found.source,
        "better": found.better,
        "place": found.place,
    }


def _tell(said: str, findings: tuple[Finding, ...]) -> None:
    console = Console()
    for one in findings:
        console.print(
            f"{one.rule} {one.severity.value}: {one.title}", style="red" if one.severity == "block" else "yellow"
        )
        for line in (f"“{one.excerpt}”" if one.excerpt else "", one.why, f"→ {one.better}", one.source):
            if line:
                console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
    console.print(said, style="bold")


def _read(file: str, channel: str, kind: str, side: str) -> Text:
    try:
        raw = sys.stdin.buffer.read(LONGEST) if file == "-" else Path(file).read_bytes()[:LONGEST]
    except OSError as failure:
        fail(f"{file} cannot be read: {failure.strerror}.", code=2)
    ending = Path(file).suffix.lower()
    if ending == ".eml" or (file == "-" and raw.lstrip()[:400].lower().startswith(MAIL_BEGINS)):
        return _of_mail(raw, channel, kind, side)
    said = _decoded(raw)
    if ending in {".html", ".htm"} or said.lstrip()[:200].lower().startswith(("<!doctype html", "<html")):
        return Text(html=_filled(said), channel=channel, kind=kind, side=side)
    subject, body = _with_subject(said)
    return Text(body=_filled(body), subject=_filled(subject), channel=channel, kind=kind, side=side)


def _with_subject(said: str) -> tuple[str, str]:
    """A first line “Subject: …” or 件名：… is the subject."""
    first, _line, rest = said.lstrip("\n").partition("\n")
    for mark in ("subject:", "件名:", "件名："):
        if first.lower().startswith(mark):
            return first[len(mark) :].strip(), rest
    return "", said


def _decoded(raw: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _of_mail(raw: bytes, channel: str, kind: str, side: str) -> Text:
    mail = message_from_bytes(raw, policy=policy.default)
    parts = {wanted: mail.get_body((wanted,)) for wanted in ("plain", "html")}
    said = {wanted: _content(part) if part is not None else "" for wanted, part in parts.items()}
    return Text(
        body=_filled(said["plain"]),
        subject=_filled(str(mail.get("subject", ""))),
        html=_filled(said["html"]),
        channel=channel,
        kind=kind,
        side=side,
        is_reply=bool(mail.get("in-reply-to") or mail.get("references")),
    )


def _content(part: object) -> str:
    mail = cast(EmailMessage, part)
    try:
        return str(mail.get_content())
    except (LookupError, UnicodeDecodeError):
        payload = mail.get_payload(decode=True)
        return _decoded(payload) if isinstance(payload, bytes) else ""


def _filled(said: str) -> str:
    """Variables of message texts filled in with samples; a text with others stays as it is, which the guard will say."""
    if "{{" not in said and "{%" not in said:
        return said
    language = "ja" if any(letter > "\u3000" for letter in said) else "en"
    try:
        filled = liquid.flat(liquid.fill_in(liquid.parse(said), worst_case.values(language)))
    except TemplateBroken:
        return said
    return said if _has_unknown(said) else filled


def _has_unknown(said: str) -> bool:
    return any(mention.name not in VARIABLES for mention in reading.read(liquid.parse(said), said).mentions)

"""The mail as its reader and their mail program see it: both parts, headers nobody can write into, every letter kept."""

import re
import uuid
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from html import unescape
from typing import Any

import pytest

from kaeru.channels.base import Letter, Piece, PieceKind, Worded
from kaeru.channels.mail import address, envelope
from kaeru.channels.mail.layout import Button, Code, Paragraph, blocks, fenced
from kaeru.channels.mail.skeleton import skeleton
from kaeru.channels.mail.wording import word
from kaeru.core import colours
from kaeru.messages import liquid, worst_case
from kaeru.tenants.models import Shop

BODY = """{{ customer.name }} さま

{{ reason.guidance }} くわしくは https://kotori.example/help をご覧ください。
{% for line in order.lines %}・{{ line.title }} × {{ line.quantity }}
{% endfor %}

{{ coupon.code }}

[もう一度 注文する]({{ links.reorder }})
{{ links.account }}
"""
SUBJECT = "【{{ shop.name }}】{{ customer.name }}さまへ {{ coupon.value }}のクーポン"
EVIL_HEADERS = [
    "a\r\nBcc: all@example.com",
    "a\nX-Evil: 1",
    "a\r\n\r\n<html>",
    "\u2028b",
    "a\x0bb",
    "=?utf-8?b?QmNj?=",
    'a"<evil@example.com>',
]


def shop(**fields: Any) -> Shop:
    known = {
        "name": "小鳥雑貨店", "sender_name": "小鳥雑貨店", "sender_mail": "shop@kotori.example", "color": "#2f6b4f",
        "postal_address": "東京都台東区谷中1-2-3", "contact": "support@kotori.example",
    }  # fmt: skip
    return Shop(**{**known, **fields})


def letter(
    name: str = "usual", language: str = "ja", *, ad: bool = True, of: Shop | None = None, body: str = BODY
) -> Letter:
    values = worst_case.values(language, name)
    return Letter(
        key=uuid.UUID("8f14e45f-ceea-467f-9a1c-1a2b3c4d5e6f"),
        shop=of or shop(),
        language=language,
        is_advertisement=ad,
        address="hanako@example.com",
        subject=liquid.fill_in(liquid.parse(SUBJECT), values),
        body=liquid.fill_in(liquid.parse(body), values),
        at=datetime(2026, 11, 24, 8, 50, tzinfo=UTC),
        unsubscribe_url="https://kaeru.example/u/TOKEN" if ad else "",
    )


def read(of: Letter) -> EmailMessage:
    return message_from_bytes(envelope.as_bytes(of, word(of)), policy=policy.default)


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


@pytest.mark.parametrize("name", list(worst_case.NAMES))
def test_it_arrives_letter_by_letter(name: str) -> None:
    of = letter(name)
    worded, mail = word(of), read(of)
    assert mail["Subject"] == worded.subject
    assert part(mail, "plain").replace("\r\n", "\n") == worded.text
    assert part(mail, "html").replace("\r\n", "\n").rstrip("\n") == worded.html.rstrip("\n")
    assert [found["To"] for found in [mail]] == ["hanako@example.com"]
    assert mail["Bcc"] is mail["Cc"] is None
    raw = envelope.as_bytes(of, worded)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_it_keeps_rare_letters() -> None:
    mail = read(letter("rare"))
    assert "髙﨑 𠮷野󠄀 ｶﾅｺさまへ" in mail["Subject"]
    assert "髙﨑 𠮷野󠄀 ｶﾅｺ さま" in part(mail, "plain")
    assert "👩‍👩‍👧‍👦🇯🇵" in part(read(letter("emoji")), "plain")


@pytest.mark.parametrize("evil", EVIL_HEADERS)
def test_it_lets_nobody_write_headers(evil: str) -> None:
    of = letter(of=shop(sender_name=evil, name=evil))
    raw = envelope.as_bytes(of, Worded(evil, "text", "<p>html</p>"))
    mail = message_from_bytes(raw, policy=policy.default)
    assert set(mail.keys()) == {
        "Content-Type", "MIME-Version", "From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "Content-Language",
        "Reply-To",
        "List-Unsubscribe", "List-Unsubscribe-Post",
    }  # fmt: skip
    assert mail["From"].addresses[0].addr_spec == "shop@kotori.example"
    assert len(mail["From"].addresses) == 1
    assert str(make_header(decode_header(mail["Subject"]))) == envelope.one_line(evil) or "=?" in evil


@pytest.mark.parametrize(
    "wrong",
    [
        "a@b@c.example",
        "a b@c.example",
        "a@c.example\r\nBcc: x@y.example",
        "a@c.example,b@c.example",
        "<a@c.example>",
        "a",
        "花@c.example",
        "",
    ],
)
def test_it_sends_to_one_plain_address_only(wrong: str) -> None:
    with pytest.raises(envelope.BadAddress):
        envelope.address(wrong)


def test_it_writes_a_japanese_domain_in_ascii() -> None:
    assert envelope.address("hanako@日本語.example") == "hanako@xn--wgv71a119e.example"


def test_it_names_the_shop_as_sender() -> None:
    assert (
        str(make_header(decode_header(envelope.from_header(envelope.Sender("小鳥雑貨店", "a@b.example")))))
        == "小鳥雑貨店 <a@b.example>"
    )
    assert (
        envelope.from_header(envelope.Sender('Tori "the" shop, Ltd.', "a@b.example"))
        == '"Tori \\"the\\" shop, Ltd." <a@b.example>'
    )
    long = envelope.from_header(
        envelope.Sender("小鳥雑貨店オンラインショップ谷中本店お客様相談窓口" * 3, "a@b.example")
    )
    assert all(len(word) <= 75 for word in long.split())
    assert envelope.sender_of(letter(of=shop(sender_mail=""))).address == "no-reply@localhost"


def test_it_can_be_stopped_when_it_is_an_advertisement_and_says_who_wrote() -> None:
    of = letter()
    mail = read(of)
    assert mail["List-Unsubscribe"] == "<https://kaeru.example/u/TOKEN>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        text = unescape(part(mail, kind))
        for wanted in (
            "このメールは、小鳥雑貨店からの広告です。",
            "東京都台東区谷中1-2-3",
            "support@kotori.example",
            "https://kaeru.example/u/TOKEN",
        ):
            assert wanted in text


def test_it_sends_answers_to_the_shops_contact() -> None:
    assert read(letter())["Reply-To"] == "support@kotori.example"
    assert read(letter(of=shop(contact="0120-000-000")))["Reply-To"] is None
    assert read(letter(of=shop(contact="a@b.example\r\nBcc: c@d.example")))["Reply-To"] is None


def test_it_is_no_advertisement_when_it_is_a_notice() -> None:
    mail = read(letter(ad=False))
    assert mail["List-Unsubscribe"] is mail["List-Unsubscribe-Post"] is None
    assert "広告" not in part(mail, "plain")
    assert "お問い合わせ: support@kotori.example" in part(mail, "plain")
    assert mail["Auto-Submitted"] == "auto-generated"


def test_it_speaks_the_letters_language() -> None:
    assert "This mail is an advertisement from 小鳥雑貨店." in word(letter(language="en")).text
    assert 'lang="en"' in word(letter(language="en")).html


def test_it_has_the_same_message_id_each_time() -> None:
    assert (
        read(letter())["Message-ID"]
        == read(letter())["Message-ID"]
        == "<8f14e45f-ceea-467f-9a1c-1a2b3c4d5e6f@testserver>"
    )


def test_it_makes_no_link_of_what_a_customer_wrote() -> None:
    for name in ("html", "address", "lines", "template"):
        worded = word(letter(name))
        links = set(re.findall(r'href="([^"]*)"', worded.html))
        assert links == {
            "https://kotori.example/help", "https://kaeru.example/r/EXAMPLE", "https://kotori.example/account", "https://kaeru.example/u/TOKEN",
        }  # fmt: skip
        assert "<script" not in worded.html
        assert "evil.example" not in worded.html
        assert "evil.example" not in worded.text
    assert fenced("No.12") == "No.12"
    assert fenced("a@b.example").replace("\u200b", "") == "a@b.example"


def test_it_never_fills_a_value_in_twice() -> None:
    hostile = letter(body="{{ customer.name }}")
    pieces = (Piece(PieceKind.VALUE, "%%FOOT%% %%SHOP%% {{ links.reorder }}"),)
    html = word(
        Letter(**{field: getattr(hostile, field) for field in hostile.__slots__ if field != "body"}, body=pieces)
    ).html
    assert "%%FOOT%% %%SHOP%% {{ links.reorder }}" in html.replace("\u200b", "")


def test_it_makes_buttons_codes_and_paragraphs() -> None:
    found = blocks(
        liquid.fill_in(liquid.parse(BODY), worst_case.values("ja")),
        {"account": "会員ページを開く", "reorder": "もう一度注文する"},
    )
    assert [type(block) for block in found] == [Paragraph, Paragraph, Code, Button, Button]
    assert found[2] == Code("KAERU-7QX2-M9PD")
    assert found[3] == Button("もう一度 注文する", "https://kaeru.example/r/EXAMPLE")
    assert found[4] == Button("会員ページを開く", "https://kotori.example/account")


def test_it_lets_no_label_name_another_address() -> None:
    source = "[bank.example]({{ links.reorder }})"
    found = blocks(liquid.fill_in(liquid.parse(source), worst_case.values("ja")), {"reorder": "もう一度注文する"})
    assert found == [Button("もう一度注文する", "https://kaeru.example/r/EXAMPLE")]


def test_it_keeps_a_link_within_a_sentence_in_the_sentence() -> None:
    worded = word(letter(body="こちら {{ links.reorder }} からどうぞ。"))
    assert "こちら もう一度注文する ( https://kaeru.example/r/EXAMPLE ) からどうぞ。" in worded.text


def test_it_wears_the_shops_colour_readably() -> None:
    assert "#c8102e" in word(letter(of=shop(color="#c8102e"))).html
    assert colours.DEFAULT in word(letter(of=shop(color='red"><script>'))).html
    inks = [colours.code(colours.ink_on(colours.parse(text))) for text in ("#ffffff", "#000000", "#f7d046", "#2f6b4f")]
    assert inks == ["#000000", "#ffffff", "#000000", "#ffffff"]
    assert "prefers-color-scheme: dark" in word(letter()).html
    assert skeleton("#123456", "ja") is skeleton("#123456", "ja")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("smtp://127.0.0.1:1025", address.Smtp("127.0.0.1", 1025, is_tls=False)),
        ("smtp://mail.example", address.Smtp("mail.example", 25, is_tls=False)),
        (
            "smtps://u%40x:p%2Fw@mail.example",
            address.Smtp("mail.example", 465, is_tls=True, user="u@x", password="p/w"),
        ),
        ("anymail+postmark://KEY@", address.Provider("postmark", {"server_token": "KEY"})),
        (
            "anymail+mailgun://KEY@?sender_domain=mg.example",
            address.Provider("mailgun", {"api_key": "KEY", "sender_domain": "mg.example"}),
        ),
    ],
)
def test_it_reads_where_mail_leaves_the_house(url: str, wanted: object) -> None:
    assert address.read(url) == wanted
    assert "p/w" not in repr(address.read(url))
    assert "KEY" not in repr(address.read(url))


@pytest.mark.parametrize("url", ["", "http://mail.example", "smtp://", "anymail://KEY@", "postmark://KEY@"])
def test_it_says_what_to_write_instead(url: str) -> None:
    with pytest.raises(ValueError, match="KAERU_MAIL_URL"):
        address.read(url)

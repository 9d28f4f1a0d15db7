"""A letter as a mail: subject, HTML part, text part, and the footer that says who writes and how to make it stop."""

from collections.abc import Sequence
from html import escape

from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.channels.base import Letter, Piece, PieceKind, Worded
from kaeru.channels.mail.layout import Block, Button, Code, Line, Paragraph, blocks, fenced
from kaeru.channels.mail.skeleton import skeleton
from kaeru.tenants.looks import logo_size, logo_url
from kaeru.tenants.models import Shop

LONGEST_SUBJECT = 200
PREVIEW_LETTERS = 90
LARGEST_LOGO = (200, 48)
"""Width and height of the logo at the head of a mail."""


def word(letter: Letter) -> Worded:
    """The letter as its reader sees it, in the letter's language."""
    with translation.override(letter.language):
        content = blocks(letter.body, labels())
        content += [Button(one.label, one.url) for one in letter.buttons if one.url]
        footer = _footer(letter)
        subject = subject_line(letter.subject)
        return Worded(
            subject=subject,
            text=_text(content, footer),
            html=_html(letter.shop, letter.language, subject, content, footer),
        )


def labels() -> dict[str, str]:
    """What our links are called, in the language in force."""
    return {
        "reorder": _("Order again"),
        "cancel": _("See or cancel the order"),
        "account": _("Open my account page"),
        "substitute": _("Choose what to send instead"),
        "unsubscribe": _("Stop these mails"),
    }


def subject_line(subject: Sequence[Piece]) -> str:
    """The subject on one line."""
    line = " ".join("".join(piece.text for piece in subject).split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def _footer(letter: Letter) -> list[Block]:
    """Who writes. An advertisement says so, names its sender as the law asks, and can be stopped."""
    shop = letter.shop
    lines: list[str] = []
    if letter.is_advertisement:
        lines.append(_("This mail is an advertisement from %(shop)s.") % {"shop": shop.sender_name or shop.name})
        lines.append(shop.postal_address)
    else:
        lines.append(shop.sender_name or shop.name)
    if shop.contact:
        lines.append(_("Contact: %(contact)s") % {"contact": shop.contact})
    written = [line for line in lines if line]
    found = blocks([Piece(PieceKind.WORDS, "\n".join(written))], {})
    if letter.is_advertisement and letter.unsubscribe_url:
        found.append(Button(_("Stop these mails"), letter.unsubscribe_url))
    return found


def _text(content: Sequence[Block], footer: Sequence[Block]) -> str:
    parts = [_block_text(block) for block in content]
    return "\n\n".join([*parts, "-- \n" + "\n".join(_block_text(block) for block in footer)]) + "\n"


def _block_text(block: Block) -> str:
    match block:
        case Button():
            return f"{block.label}\n{block.url}"
        case Code():
            return f"  {block.text}"
        case Paragraph():
            return "\n".join("".join(_run_text(run.text, run.url) for run in line).strip() for line in block.lines)


def _run_text(text: str, url: str) -> str:
    return text if not url or text == url else f"{text} ( {url} )"


def _html(shop: Shop, language: str, subject: str, content: Sequence[Block], footer: Sequence[Block]) -> str:
    frame = skeleton(shop.color, language)
    rows: list[str] = []
    has_button = False
    for block in content:
        match block:
            case Button():
                kind = "second" if has_button else "first"
                rows.append(frame.blocks[kind].fill(URL=escape(block.url), LABEL=escape(block.label)))
                has_button = True
            case Code():
                rows.append(frame.blocks["code"].fill(TEXT=escape(block.text)))
            case Paragraph():
                rows.append(frame.blocks["text"].fill(TEXT=_lines_html(block.lines)))
    head = frame.head.fill(
        SUBJECT=escape(fenced(subject)),
        PREVIEW=escape(_preview(content)),
        SHOP=_name_html(shop),
    )
    return head + "".join(rows) + frame.tail.fill(FOOT="<br>".join(_foot_html(block) for block in footer))


def _name_html(shop: Shop) -> str:
    """The shop's name, its logo above it: most mail programs ask before they show a picture, the name is always there."""
    name, url = escape(shop.sender_name or shop.name), logo_url(shop)
    if not url:
        return name
    width, height = logo_size(shop, *LARGEST_LOGO)
    return (
        f'<img src="{escape(url)}" alt="" width="{width}" height="{height}"'
        f' style="display:block;border:0;margin:0 0 8px">{name}'
    )


def _foot_html(block: Block) -> str:
    match block:
        case Button():
            return f'<a href="{escape(block.url)}">{escape(block.label)}</a>'
        case Code():
            return escape(block.text)
        case Paragraph():
            return _lines_html(block.lines)


def _lines_html(lines: Sequence[Line]) -> str:
    return "<br>".join(
        "".join(f'<a href="{escape(run.url)}">{escape(run.text)}</a>' if run.url else escape(run.text) for run in line)
        for line in lines
    )


def _preview(content: Sequence[Block]) -> str:
    """The first words, for the list of mails."""
    first = next((block for block in content if isinstance(block, Paragraph)), None)
    words = "" if first is None else " ".join("".join(run.text for run in line) for line in first.lines)
    return words[:PREVIEW_LETTERS]

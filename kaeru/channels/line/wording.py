"""A letter as LINE shows it: a card with the subject as its title, what is said, and buttons to press; and the same as plain text."""

from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.channels.base import Button, Letter, Worded
from kaeru.channels.line import bubbles
from kaeru.channels.line.rules import cut
from kaeru.channels.mail.layout import Block, Code, Paragraph, blocks
from kaeru.channels.mail.layout import Button as LinkBlock
from kaeru.channels.mail.wording import subject_line

MOST_BUTTONS = 6
"""Of the letter itself; the one that stops advertisements comes after them."""


def word(letter: Letter) -> Worded:
    """What the reader sees, as text: for the guard, for the story, for people who look."""
    with translation.override(letter.language):
        content, pressed = _content(letter)
        parts = [_text(block) for block in content]
        parts += [f"[{one.label}]" + (f"\n{one.url}" if one.url else "") for one in pressed]
        foot = _foot(letter)
        return Worded(subject_line(letter.subject), "\n\n".join([*parts, *([foot] if foot else [])]), "")


def messages(letter: Letter) -> list[dict[str, Any]]:
    """LINE's message objects: one card. Raises ValueError for a button that LINE would refuse."""
    with translation.override(letter.language):
        title = subject_line(letter.subject)
        content, pressed = _content(letter)
        body: list[dict[str, Any]] = [bubbles.words(title, size="lg", weight="bold")] if title else []
        body += [one for block in content for one in _parts(block)]
        if foot := _foot(letter):
            body += [{"type": "separator"}, bubbles.words(foot, size="xs", colour=bubbles.SOFT)]
        alt = title or _text(content[0] if content else None) or letter.shop.name
        return [bubbles.card(cut(" ".join(alt.split()), bubbles.MOST_ALT), body, pressed, letter.shop.color)]


def labels() -> dict[str, str]:
    """What our links are called on a button, in the language in force: short enough for LINE."""
    return {
        "reorder": _("Order again"),
        "cancel": _("See or cancel"),
        "account": _("Account page"),
        "substitute": _("Choose another"),
        "unsubscribe": _("Stop these offers"),
    }


def _content(letter: Letter) -> tuple[list[Block], list[Button]]:
    """What is said, and everything that can be pressed: links that stand alone become buttons here, too."""
    found = blocks(letter.body, labels())
    links = [Button(one.label, one.url) for one in found if isinstance(one, LinkBlock)]
    pressed = [*links, *letter.buttons][:MOST_BUTTONS]
    if letter.is_advertisement and letter.unsubscribe_url:
        pressed.append(Button(labels()["unsubscribe"], letter.unsubscribe_url))
    return [one for one in found if not isinstance(one, LinkBlock)], pressed


def _foot(letter: Letter) -> str:
    """Who writes; an advertisement says that it is one."""
    shop = letter.shop
    name = shop.sender_name or shop.name
    if not letter.is_advertisement:
        return ""
    lines = [_("An advertisement from %(shop)s.") % {"shop": name}, shop.postal_address]
    if shop.contact:
        lines.append(_("Contact: %(contact)s") % {"contact": shop.contact})
    return "\n".join(line for line in lines if line.strip())


def _text(block: Block | None) -> str:
    match block:
        case Paragraph():
            return "\n".join("".join(_run(run.text, run.url) for run in line).strip() for line in block.lines)
        case Code():
            return block.text
        case _:
            return ""


def _run(text: str, url: str) -> str:
    return text if not url or text == url else f"{text} ( {url} )"


def _parts(block: Block) -> Sequence[dict[str, Any]]:
    if isinstance(block, Code):
        code = {**bubbles.words(block.text, size="xl", weight="bold"), "align": "center"}
        return [{"type": "box", "layout": "vertical", "contents": [code], "borderWidth": "1px",
                 "borderColor": bubbles.LINE_COLOUR, "cornerRadius": "6px", "paddingAll": "10px"}]  # fmt: skip
    text = _text(block)
    return [bubbles.words(text)] if text.strip() else []

"""Mails to the staff about the key of a mall: it ends soon, or the mall does not accept it any more. Until there is a new one nothing is known."""

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings

from kaeru.connectors import connecting, key_ends
from kaeru.connectors.models import Connection
from kaeru.core import wording
from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.messages import actions as outbox
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source
from kaeru.messages.staff import addresses, language_of, note, template_of

SOURCE = "mall_key"
"""The connection's id is the `source_id`."""
MALLS: Final = {"qoo10": "Qoo10", "rakuten": "楽天市場", "yahoo": "Yahoo!ショッピング", "shopify": "Shopify"}
MALLS_EN: Final = {**MALLS, "rakuten": "Rakuten", "yahoo": "Yahoo! Shopping"}
TEXTS: Final = {
    "ja": {
        "subject": "【接続】{{ desk.what }}",
        "body": "{{ shop.name }}のモール接続についてのお知らせです。\n\n{{ desk.what }}\n{{ desk.by }}\n\n"
        "新しいキーは、次のページで入力できます。\n{{ links.story }}\n",
    },
    "en": {
        "subject": "Connection: {{ desk.what }}",
        "body": "About the connection of {{ shop.name }} to its mall.\n\n{{ desk.what }}\n{{ desk.by }}\n\n"
        "Enter a new key on this page:\n{{ links.story }}\n",
    },
}


@receiver("connection.barred", "connection.key_ends")
def tell_about_keys(events: list[Event]) -> None:
    """One mail for each connection, whatever was told of it; the words are those of the hand-over."""
    told = {event.subject_id for event in events}
    rows = Connection.objects.filter(id__in=told, removed_at=None).select_related("shop")
    outbox.enqueue([note(row.shop, template_of(row.shop, TEXTS), SOURCE, row.id) for row in rows])


def _rows(messages: Sequence[Message]) -> dict[int, Connection]:
    ids = {message.source_id for message in messages}
    found = Connection.objects.filter(id__in=ids, removed_at=None).select_related("shop")
    return {row.id: row for row in found}


def words(messages: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """What the mail may mention. Never the key."""
    rows = _rows(messages)
    found = {}
    for message in messages:
        row = rows.get(message.source_id)
        if row is not None:
            language = language_of(message)
            what, by = _said(row, language)
            found[message.id] = {
                "customer": {"name": ""},
                "desk": {"what": what, "by": by},
                "links": {"story": f"{settings.KAERU_BASE_URL}/settings/malls/?shop={row.shop.slug}"},
            }
    return found


def _said(row: Connection, language: str) -> tuple[str, str]:
    mall = (MALLS if language == "ja" else MALLS_EN).get(row.source, row.source)
    if row.problem in connecting.CLOSED:
        if language == "ja":
            return f"{mall}がキーを受け付けません", "新しいキーが入るまで、注文もキャンセルの申請も取り込めません。"
        return f"{mall} does not accept the key any more", "Until there is a new one, no orders and no requests arrive."
    left = key_ends.days_left(row)
    day = wording.day(row.key_expires_on, language) if row.key_expires_on else ""
    if language == "ja":
        return f"{mall}のキーの期限は{day}です", f"残り{left}日です。新しいキーの発行には日数がかかることがあります。"
    return f"The key for {mall} ends on {day}", f"{left} days are left. A new key can take days to get."


def settled(messages: Sequence[Message]) -> dict[int, str]:
    """Whoever has connected anew meanwhile is not told any more."""
    rows = _rows(messages)
    over = {}
    for message in messages:
        row = rows.get(message.source_id)
        left = key_ends.days_left(row) if row is not None else None
        is_near = left is not None and row is not None and key_ends.stage(left, row.source) is not None
        if row is None or not (row.problem in connecting.CLOSED or is_near):
            over[message.id] = "settled"
    return over


register_source(SOURCE, words, settled, addresses=addresses, is_internal=True)

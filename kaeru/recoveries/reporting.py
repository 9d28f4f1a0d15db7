"""The monthly report by mail: to each owner who wants it, in the morning after the month, the sheet attached. Owners get it until they say no.

Waiting is a row for each owner and shop. It moves on to the next month in the transaction that writes the mail, so each month goes out once.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from kaeru.channels.base import File
from kaeru.core import audit, clock, ids, scope, sql
from kaeru.core.calendar import next_local
from kaeru.messages.actions import enqueue
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source
from kaeru.messages.staff import language_of, note, template_of
from kaeru.recoveries.closing import last_closed, span_of
from kaeru.recoveries.models import ReportWish
from kaeru.tenants.models import Member, Role, Shop

SOURCE = "month_report"
"""The wish's id is the `source_id`."""
MORNING = time(8, 0)
STALE = timedelta(days=20)
"""A mail that could not go for so long is not sent any more."""
TEXTS: Final = {
    "ja": {
        "subject": "【月次レポート】{{ shop.name }} {{ desk.what }}",
        "body": "{{ shop.name }}の{{ desk.what }}の月次レポートです。\n\n{{ desk.title }}\n\n次に変えること:\n{{ desk.lines }}\n\n"
        "数字は、添付のPDFにあります。次のページでも読めます。\n{{ links.story }}\n\nメールの停止は、設定の「月次レポート」でできます。\n",
    },
    "en": {
        "subject": "Monthly report of {{ shop.name }}: {{ desk.what }}",
        "body": "The report of {{ shop.name }} for {{ desk.what }}.\n\n{{ desk.title }}\n\nWhat to change next:\n{{ desk.lines }}\n\n"
        "The numbers are in the PDF attached, and on this page:\n{{ links.story }}\n\n"
        "You can stop these mails in the settings, under Monthly report.\n",
    },
}


def wants(shop: Shop, member: Member) -> bool:
    """Whether the owner gets the shop's report; yes until they say no."""
    row = ReportWish.objects.filter(shop=shop, member=member).first()
    return row.is_on if row else member.role == Role.OWNER


@transaction.atomic
def set_wish(shop: Shop, member: Member, *, is_on: bool, actor: str) -> None:
    """Begin or stop the mails to this owner about this shop."""
    first_on, due_at = _coming(shop)
    defaults = {"organization_id": shop.organization_id, "is_on": is_on, "next_on": first_on, "due_at": due_at}
    row, is_new = ReportWish.objects.get_or_create(shop=shop, member=member, defaults=defaults)
    if is_new or row.is_on != is_on:
        ReportWish.objects.filter(id=row.id).update(is_on=is_on)
        audit.record(shop.organization_id, actor, "report.on" if is_on else "report.off", "shop", shop.id)


def _coming(shop: Shop) -> tuple[date, datetime]:
    """The month that runs on the shop's clock, and the morning after it."""
    first_on = (last_closed(shop) + timedelta(days=31)).replace(day=1)
    end = span_of(shop, first_on)[1]
    return first_on, next_local(end, shop.timezone, MORNING)


def send(limit: int) -> int:
    """The pass: make rows for owners that have none, write the mails that are due; returns how many rows moved.

    A shop in which nothing was cancelled and nobody is watched gets its mail all the same: that nothing happened is the news.
    """
    with scope.everyone(), transaction.atomic():
        made = _make_rows(limit)
        now = clock.now()
        due = sql.claim_ids("recoveries_reportwish", "due_at <= %s", [sql.moment(now)], "due_at, id", limit)
        rows = list(ReportWish.objects.filter(id__in=sql.keys(due)).select_related("shop", "member")) if due else []
        asked = [row for row in rows if row.is_on and row.member.role == Role.OWNER]
        templates = {row.shop_id: template_of(row.shop, TEXTS) for row in asked}
        enqueue([note(row.shop, templates[row.shop_id], SOURCE, row.id) for row in asked])
        for row in rows:
            row.next_on, row.due_at = _coming(row.shop)
        ReportWish.objects.bulk_update(rows, ["next_on", "due_at"], batch_size=500)
        return made + len(rows)


_WITHOUT = (
    "SELECT m.id, s.id FROM tenants_member m JOIN tenants_shop s ON s.organization_id = m.organization_id WHERE m.role = %s"
    " AND NOT EXISTS (SELECT 1 FROM recoveries_reportwish w WHERE w.member_id = m.id AND w.shop_id = s.id)"
    " ORDER BY m.id, s.id LIMIT %s"
)


def _make_rows(limit: int) -> int:
    """Of owners and shops without one."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT, [Role.OWNER, limit])
        pairs = cursor.fetchall()
    shops = Shop.objects.in_bulk({shop_id for _, shop_id in pairs}) if pairs else {}
    rows = []
    for member_id, shop_id in pairs:
        shop = shops[shop_id]
        first_on, due_at = _coming(shop)
        rows.append(
            ReportWish(
                id=ids.new_id(), organization_id=shop.organization_id, shop=shop, member_id=member_id, next_on=first_on, due_at=due_at
            )
        )  # fmt: skip
    ReportWish.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def _wishes(messages: Sequence[Message]) -> dict[int, ReportWish]:
    found = ReportWish.objects.filter(id__in={row.source_id for row in messages}).select_related("member__user", "shop")
    return {row.id: row for row in found}


def _month(message: Message) -> date:
    """The month the mail is about: the one that was over when it was written."""
    return last_closed(message.shop, message.created_at)


def told(messages: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """What the mail says: the sentence above all, and the findings."""
    from kaeru.recoveries import report_words as words
    from kaeru.recoveries.report import report

    wishes, found = _wishes(messages), {}
    for message in messages:
        if message.source_id in wishes:
            language = language_of(message)
            made = report(message.shop, _month(message), language)
            lines = [words.finding(one, message.shop.currency, language) for one in made.findings]
            found[message.id] = {
                "customer": {"name": ""},
                "desk": {
                    "what": words.month(made.month.first_on, language),
                    "title": words.headline(made, language),
                    "lines": "\n\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1)),
                },
                "links": {
                    "story": f"{settings.KAERU_BASE_URL}/results/reports/{made.month.first_on:%Y-%m}/?shop={message.shop.slug}"
                },
            }
    return found


def addresses(messages: Sequence[Message]) -> dict[int, str]:
    """The owner's own address."""
    wishes = _wishes(messages)
    return {row.id: wishes[row.source_id].member.user.email for row in messages if row.source_id in wishes}


def settled(messages: Sequence[Message]) -> dict[int, str]:
    """Whoever has said no meanwhile, or is no owner any more, is not written to."""
    wishes, now, over = _wishes(messages), clock.now(), {}
    for message in messages:
        wish = wishes.get(message.source_id)
        is_wanted = wish is not None and wish.is_on and wish.member.role == Role.OWNER
        if not is_wanted or message.created_at < now - STALE:
            over[message.id] = "settled"
    return over


def files(messages: Sequence[Message]) -> Mapping[int, Sequence[File]]:
    """The sheet. Numbers and drawing are loaded when one is made."""
    from kaeru.recoveries.report import report
    from kaeru.recoveries.report_pdf import pdf

    found = {}
    for message in messages:
        language, first_on = language_of(message), _month(message)
        name = f"kaeru-{message.shop.slug}-{first_on:%Y-%m}.pdf"
        found[message.id] = (File(name, "application/pdf", pdf(report(message.shop, first_on, language), language)),)
    return found


register_source(SOURCE, told, settled, addresses=addresses, is_internal=True, files=files)

"""What the confirmation of a visit says, in Japanese and English, as a salon would write it. `{{ … }}` is Liquid."""

from typing import Any, Final

from kaeru.appointments.visits.reminder_texts import ALLOWED, WHAT, WHO

__all__ = ["ALLOWED", "TEXTS"]
TEXTS: Final[dict[str, Any]] = {
    "ja": {
        "subject": "ご予約を承りました（{{ visit.when }}）",
        "body": WHO["ja"] + "{{ shop.name }}です。ご予約を承りました。\n\n" + WHAT["ja"]
        + "\n\n日時の変更とキャンセルは、下のボタンからお手続きいただけます。ご来店をお待ちしております。",
    },
    "en": {
        "subject": "Your visit on {{ visit.when }} is booked",
        "body": WHO["en"] + "this is {{ shop.name }}. Your visit is booked.\n\n" + WHAT["en"]
        + "\n\nYou can move or cancel it on its page. We look forward to seeing you.",
    },
}  # fmt: skip

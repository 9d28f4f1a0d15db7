"""Questions of buyers on a mall: each comes onto the desk with a box for the reply, which goes out through the gate."""

from collections.abc import Sequence

from kaeru.cancellations import letters
from kaeru.cancellations.desk import closing
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.desk.errors import LetterRefused, NotNow
from kaeru.cancellations.desk.opening import NewCase, open_cases
from kaeru.cancellations.models import Case
from kaeru.connectors.changes import AnswerInquiry
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import queries as gates
from kaeru.connectors.models import Inquiry
from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.tenants.models import Shop

LONGEST_REPLY = 2000
_SUBJECT = {"ja": "お問い合わせについて", "en": "Your question"}


@receiver("inquiry.received")
def put_what_was_asked(told: list[Event]) -> None:
    """Those that nobody has answered yet."""
    waiting = Inquiry.objects.filter(id__in=[event.subject_id for event in told], answered_at=None)
    open_cases(
        NewCase(
            "inquiry", one.organization_id, one.shop_id, one.id,
            value=one.order.total if one.order else 0, currency=one.order.currency if one.order else one.shop.currency,
        )
        for one in waiting.select_related("order", "shop")
    )  # fmt: skip


@receiver("inquiry.answered")
def take_away_what_was_answered(told: list[Event]) -> None:
    """Somebody answered on the mall's own screen."""
    closing.close(Case.objects.filter(kind="inquiry", subject_id__in=[event.subject_id for event in told]), "settled")


def can_answer(shop: Shop) -> bool:
    """Whether a reply from here reaches the mall; in a dry run it does not."""
    return gates.capabilities(shop).can_answer and gates.is_live(shop.id)


def problems(text: str, language: str = "ja") -> list[str]:
    """What keeps a reply from being sent: the guard's sentences in the reader's language."""
    return letters.problems({"subject": _SUBJECT[language], "body": letters.plain(text)}, language)


def answer(case: Case, choice: Choice, actor: str) -> int | None:
    """The reply goes to the mall. Raises NotNow without words or when it was answered meanwhile, LetterRefused."""
    text = letters.plain(str((choice.letter or {}).get("body", "")))[:LONGEST_REPLY]
    if not text:
        raise NotNow("no_reply")
    inquiry = Inquiry.objects.filter(id=case.subject_id, answered_at=None).first()
    if inquiry is None:
        raise NotNow("answered")
    if found := problems(text):
        raise LetterRefused(found)
    change = AnswerInquiry(inquiry=inquiry.source_id, text=text, asked_at=inquiry.asked_at.isoformat())
    key = f"inquiry:{inquiry.id}:{case.id}"
    gate.ask(
        [
            gate.Ask(
                case.organization_id,
                case.shop_id,
                inquiry.order_id,
                change,
                key,
                "inquiry",
                actor,
                "inquiry",
                inquiry.id,
            )
        ]
    )
    return None


def of_cases(cases: Sequence[Case]) -> dict[int, Inquiry]:
    """What was asked, by case id; one query."""
    subjects = {case.subject_id: case.id for case in cases if case.kind == "inquiry"}
    rows = Inquiry.objects.filter(id__in=subjects).select_related("order__customer") if subjects else []
    return {subjects[row.id]: row for row in rows}

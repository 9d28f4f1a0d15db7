"""What is different about a mall's order: what the mall is told, and what only its own screen can do."""

from kaeru.cancellations import letters
from kaeru.cancellations.deciding import MALL
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.desk.errors import LetterRefused, NotNow
from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.letters import Said
from kaeru.cancellations.models import CancellationRequest, Reason
from kaeru.connectors.gate import queries as gates
from kaeru.core import wording


def may_write(request: CancellationRequest) -> bool:
    """Whether the shop may send this buyer a letter; on most malls it may only answer."""
    return request.origin != MALL or gates.capabilities(request.shop).can_write_first


def give_reason(request: CancellationRequest, code: str) -> None:
    """What the mall will be told: the shop's reason of this code; "" leaves what the buyer told. Raises NotNow for an unknown one."""
    if request.origin != MALL or not code:
        return
    reason = Reason.objects.filter(shop_id=request.shop_id, code=code).first()
    if reason is None:
        raise NotNow("not_here")
    if reason.id != request.reason_id:
        CancellationRequest.objects.filter(id=request.id).update(reason=reason, side=reason.side)


def refuse_by_hand(request: CancellationRequest, choice: Choice) -> None:
    """No mall takes a refusal from Kaeru: a task with the text that the buyer is told there, which the guard has read.

    Raises LetterRefused.
    """
    language = letters.language_of(request)
    said = Said(ground=wording.pick(dict(choice.words), language))
    text = dict(choice.letter) if choice.letter else letters.compose("refused", language, said)
    if problems := letters.problems(text, language):
        raise LetterRefused(problems)
    open_cases([for_request("refuse", request, proposal={"text": text})])

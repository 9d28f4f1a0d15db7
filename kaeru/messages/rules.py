"""Decisions about one message: may it go now, must it stop, when is it tried again. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kaeru.messages.texts import check_texts as check_texts
from kaeru.messages.texts import language_for as language_for

MOST_ATTEMPTS = 8
"""Transient refusals of one message before it is given up and shown."""
FIRST_RETRY_SECONDS = 60.0
LONGEST_RETRY_SECONDS = 4 * 3600.0
IDENTITY_RETRY_SECONDS = 600.0
OUTAGE_RETRY_SECONDS = 30.0
"""Everybody's pause while the mail server cannot be reached."""


class Reason(StrEnum):
    """Why a message was closed, put off or failed. `timing.Wait` has those of time; upper rooms add their own: reordered, …"""

    NO_ADDRESS = "no_address"  #: closed: nothing to send it to
    NO_CONSENT = "no_consent"  #: closed: an advertisement without a yes
    OPTED_OUT = "opted_out"  #: closed: an advertisement to somebody who said no
    SUPPRESSED = "suppressed"  #: closed: the address bounced or complained
    NO_IDENTITY = "no_identity"  #: put off: the shop's name, address or contact is not filled in
    PAUSED = "paused"  #: put off: the shop, the organization or the whole installation is paused
    SWITCHED_OFF = "switched_off"  #: held: its scenario is switched off
    BUSY = "busy"  #: put off: the mail server asked to come back later
    UNREACHABLE = "unreachable"  #: put off: the mail server could not be reached
    NO_PROOF = "no_proof"  #: unknown: handed over, and the answer never came
    REFUSED = "refused"  #: failed: the mail server will not take it
    GAVE_UP = "gave_up"  #: failed: put off too often
    TEMPLATE = "template"  #: failed: the text could not be filled in
    ERROR = "error"  #: put off: something broke on our side while it was prepared
    SOURCE_GONE = "source_gone"  #: closed: what asked for it is not there any more
    GUARD = "guard"  #: closed: a rule of the guard forbids what it says
    BOUNCED = "bounced"  #: sent, and came back later


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a message may go."""

    is_advertisement: bool
    has_address: bool
    has_consent: bool
    """A yes that was not taken back."""
    has_withdrawn: bool
    """A yes that was taken back."""
    suppression: str
    """"" | advertisement | everything"""
    has_identity: bool
    """The shop says who it is, as the law asks of advertisements."""
    is_paused: bool
    not_needed: str
    """The room's reason to close, or ""."""
    held: str = ""
    """The room's reason to hold, or ""."""
    is_internal: bool = False
    """To the shop's own people: neither consent nor a rule of time is asked."""
    waits_until: datetime | None = None
    """When quiet hours, weekdays, holidays and caps let it go; None: now."""
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to a message instead of a hand-over."""

    reason: str
    is_final: bool
    """Closed for good; else put off."""
    due_at: datetime | None = None
    """Put off until then; None: it keeps its place."""
    is_held: bool = False
    """Put aside until its room releases it."""


def verdict(facts: Facts) -> Verdict | None:
    """None when the message may go. The customer's will comes before everything that could only put it off."""
    if facts.not_needed:
        return Verdict(facts.not_needed, is_final=True)
    if not facts.has_address:
        return Verdict(Reason.NO_ADDRESS, is_final=True)
    if facts.suppression == "everything":
        return Verdict(Reason.SUPPRESSED, is_final=True)
    if facts.is_advertisement and not facts.is_internal:
        if facts.suppression or (facts.has_withdrawn and not facts.has_consent):
            return Verdict(Reason.OPTED_OUT, is_final=True)
        if not facts.has_consent:
            return Verdict(Reason.NO_CONSENT, is_final=True)
    if facts.held:
        return Verdict(facts.held, is_final=False, is_held=True)
    if facts.is_paused:
        return Verdict(Reason.PAUSED, is_final=False)
    if facts.is_advertisement and not facts.has_identity:
        return Verdict(Reason.NO_IDENTITY, is_final=False)
    if facts.waits_until is not None and not facts.is_internal:
        return Verdict(facts.waits_for, is_final=False, due_at=facts.waits_until)
    return None


def retry_seconds(attempts: int, chance: float) -> float:
    """Real seconds until the next try after `attempts` tries; `chance` (0 to 1) spreads them by a quarter either way.

    >>> [round(retry_seconds(attempts, 0.5)) for attempts in (1, 2, 5, 20)]
    [60, 120, 960, 14400]
    """
    pause = min(FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 20), LONGEST_RETRY_SECONDS)
    return float(pause * (0.75 + chance / 2))

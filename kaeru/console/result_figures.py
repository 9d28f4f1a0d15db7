"""What a causal figure of a shop that sells is called, and what it says in plain words. An effect never stands without its interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.console import phrases
from kaeru.console.phrases import Words
from kaeru.console.standing import Figure
from kaeru.core import wording
from kaeru.core.money import show
from kaeru.recoveries.models import Figure as Kept

VERDICT: Words = {
    "proven": lazy("Proven"),
    "not_yet": lazy("Not proven yet"),
    "harmful": lazy("Harmful"),
    "blocked": lazy("Stopped by a check"),
    "no_holdout": lazy("No comparison"),
}
TONE = {"proven": "good", "harmful": "bad", "blocked": "bad", "not_yet": "clock", "no_holdout": "clock"}
CHANNEL: Words = {"mail": lazy("Mail"), "line": lazy("LINE"), "call": lazy("Phone call"), "sms": lazy("SMS")}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the page opens with."""

    badge: str
    tone: str
    title: str
    says: str
    to_do: str = ""


def change(value: float | None) -> str:
    """A difference of shares: +8.2; a dash where none is told."""
    if value is None:
        return "–"
    return f"{100 * value:+.1f}".replace("-", "−") if round(100 * value, 1) else "0"


def points(value: float | None) -> str:
    """+8.2 points."""
    return "–" if value is None else _("%(change)s points") % {"change": change(value)}


def between(low: float | None, high: float | None) -> str:
    """Where the truth lies."""
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": change(low), "high": change(high)}


def signed(amount: float | None, currency: str, language: str) -> str:
    """Money that came (+) or went (−)."""
    if amount is None:
        return "–"
    whole = round(amount)
    return ("+" if whole > 0 else "−" if whole < 0 else "") + show(abs(whole), currency, language)


def label(key: str) -> str:
    """A verdict in a word or two."""
    return phrases.said(VERDICT, key)


def verdict(answer: Mapping[str, Any] | None, needed_text: str = "") -> Verdict:
    """The first lines of the page. `needed_text`: how much is missing, see `needed`."""
    if answer is None:
        return Verdict(
            label("not_yet"), "clock", _("There is nothing to compare yet"),
            _("An effect is told 30 days after a customer's cancellation: by then they have bought again or not."),
            _("Publish a scenario. Some customers are held back by lot, and the rest follows by itself."),
        )  # fmt: skip
    key = str(answer["verdict"])
    told = {
        "uplift": points(answer["uplift"]), "units": f"{answer['units']:,}", "held": f"{answer['held']['units']:,}",
        "treated": f"{answer['ratio']['treated']:,}", "promised": f"{answer['ratio']['promised']:,.0f}",
    }  # fmt: skip
    titles = {
        "proven": _("More people buy again because of your scenarios: %(uplift)s"),
        "harmful": _("Your scenarios drive people away: %(uplift)s"),
        "not_yet": _("Whether your scenarios bring people back is not shown yet"),
        "blocked": _("No effect is told: the two sides do not fit the lot"),
        "no_holdout": _("No effect can be told: nobody is held back"),
    }
    says = {
        "proven": _(
            "Customers with and without the scenarios were compared, by lot. A difference like this comes by chance in less than 1 of 20"
            " shops, however often one looks."
        ),
        "harmful": _(
            "Of those who were held back more bought again. A difference like this comes by chance in less than 1 of 20 shops, however"
            " often one looks."
        ),
        "not_yet": _("%(units)s customers were compared, %(held)s of them were held back. The difference may still be chance.") % told,
        "blocked": _(
            "Of %(units)s customers the lot should have sent %(promised)s through the scenarios; it was %(treated)s. Something leaves out"
            " one side only, and every difference would be wrong."
        ) % told,
        "no_holdout": _("All %(units)s customers went through the scenarios. How many would have come back anyway is not known.") % told,
    }  # fmt: skip
    to_do = {
        "proven": "",
        "harmful": _("Turn the scenario with the lowest figure below off, or change what it says."),
        "not_yet": needed_text,
        "blocked": _(
            "Export the audit file below and see since when the sides differ: an import, a rule of another system, customers that were"
            " merged. Figures begin anew with a new scenario."
        ),
        "no_holdout": _("Open a scenario and choose under “Held back for comparison” how many are held back."),
    }  # fmt: skip
    if key in ("proven", "harmful") and answer["low"] is not None and answer["low"] <= 0 <= answer["high"]:
        to_do[key] = _(
            "It was shown at an earlier look; with the newest customers the interval reaches to zero again. Keep an eye on it."
        )
    return Verdict(label(key), TONE[key], titles[key] % told, says[key], to_do[key])


def needed(answer: Mapping[str, Any] | None, a_month: float) -> str:
    """How much is missing until a difference like the one so far is shown."""
    units = answer and answer.get("needed")
    if not units:
        return _("So far the difference is too small to say when it will be shown. More customers make it clearer.")
    told = {"units": f"{units:,}", "months": f"{units / a_month:,.0f}" if a_month else "–"}
    if not a_month:
        return _("If it stays as it is, it is shown after about %(units)s more customers.") % told
    if units < a_month:
        return _("If it stays as it is, it is shown after about %(units)s more customers: within a month.") % told
    return (
        _("If it stays as it is, it is shown after about %(units)s more customers: in about %(months)s months.") % told
    )


def headline(answer: Mapping[str, Any], language: str) -> tuple[Figure, ...]:
    """The effect, and its money; nothing where no effect is told."""
    if not answer["causal"] or answer["uplift"] is None:
        return ()
    key, money = str(answer["verdict"]), answer["money"]
    found = [
        Figure(
            _("Bought again because of you"), points(answer["uplift"]), between(answer["low"], answer["high"]),
            _("Share of customers who bought again within 30 days: with the scenarios less without them."),
            details=_(
                "Each customer counts once, with the first cancellation, from the moment at which the lot was drawn, whether a message"
                " was sent or not. The interval holds in at least 95 of 100 shops, however often one looks."
            ),
            tone="good" if key == "proven" else "bad" if key == "harmful" else "",
        )
    ]  # fmt: skip
    if money:
        found += _money(money, language)
    return tuple(found)


def is_sure(answer: Mapping[str, Any] | None) -> bool:
    """Whether the money that was caused is no chance: the interval of it leaves out zero."""
    money = answer.get("money") if answer else None
    return bool(money and money["low"] is not None and (money["low"] > 0 or money["high"] < 0))


def _money(money: Mapping[str, Any], language: str) -> list[Figure]:
    currency, each = money["currency"], money["per_cancellation"]
    of_sales = money["margin_percent"] == 100
    if money["low"] is None:
        of = _("no interval yet: 100 customers must be held back first")
        tone = ""
    else:
        low, high = (signed(one, currency, language) for one in (money["low"], money["high"]))
        of = _("%(low)s to %(high)s") % {"low": low, "high": high}
        tone = "good" if money["low"] > 0 else "bad" if money["high"] < 0 else ""
    basis = (
        _("Sales less coupons and sending. State your margin below, and it is profit.")
        if of_sales
        else _("%(percent)s%% margin of sales, less coupons and sending.") % {"percent": money["margin_percent"]}
    )
    spent = {
        "coupons": show(money["coupons"], currency, language), "sending": show(money["sending"], currency, language),
        "anyway": show(money["anyway"], currency, language), "back": show(money["came_back"], currency, language),
    }  # fmt: skip
    return [
        Figure(
            _("Net for each cancellation"), signed(each, currency, language), of, basis,
            details=_(
                "What a customer with the scenarios brought in 30 days on average, less what a held customer brought. Coupons are counted"
                " also for those who would have come anyway."
            ),
            tone=tone,
        ),
        Figure(
            _("Net so far"), signed(money["caused"], currency, language), "",
            _("The figure for each cancellation, times all customers who went through the scenarios."),
            details=_("%(back)s came back in all; %(anyway)s would have come back anyway. Coupons cost %(coupons)s, sending %(sending)s.") % spent,
            caveat="" if is_sure({"money": money}) else _("May still be chance."),
        ),
    ]  # fmt: skip


def rates(answer: Mapping[str, Any]) -> tuple[Figure, ...]:
    """The rates by themselves: second, and marked."""
    found = []
    for side, name in (("treated", _("With the scenarios")), ("held", _("Held back"))):
        told = answer[side]
        found.append(
            Figure(
                name, wording.share(told["rate"]),
                _("%(part)s of %(whole)s customers") % {"part": f"{told['back']:,}", "whole": f"{told['units']:,}"},
                _("Bought again within 30 days after the first cancellation."),
                caveat=_("Not causal: it does not show that Kaeru was the reason."),
            )
        )  # fmt: skip
    return tuple(found)


def name_of(row: Kept, language: str, scenario_name: str) -> str:
    """What the part of the shop is called."""
    if row.scenario_id is not None:
        return scenario_name
    if row.reason is not None:
        return wording.pick(row.reason.labels, language) or row.reason.code
    return phrases.said(CHANNEL, row.channel) if row.channel else _("The whole shop")

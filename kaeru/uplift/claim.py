"""What a file may claim. A comparison is an effect only if a lot decided who was treated; otherwise there are two rates, and no effect.

Refused: a file in which nothing says that a lot decided; one whose arms are not as large as its probabilities make them; one whose arms
differed before anything was done.
"""

from dataclasses import asdict
from typing import Any

from kaeru.uplift import pull_forward, several, shares
from kaeru.uplift.analysis import analyse
from kaeru.uplift.balance import Balance, balance
from kaeru.uplift.files import Read
from kaeru.uplift.foretold import Counts
from kaeru.uplift.ratio import Ratio
from kaeru.uplift.units import Units
from kaeru.uplift.walk import walk

NOT_RANDOM = "not_randomised"
RATIO = "ratio"
BALANCE = "balance"
WHAT_TO_DO = {
    NOT_RANDOM: "Who was treated was not drawn by lot, as far as this file says: those who were differ from the others, and the difference of "
    "their rates is no effect. If a lot did decide, say with which probability (--pi 0.9, or a column with --map pi=COLUMN).",
    RATIO: "The arms are not as large as the stored probabilities make them: units were lost on one side, or the lot was not what the file "
    "says (their shares change along the file). Find out why before any figure is used.",
    BALANCE: "The arms differed before anything was done (see balance): this was no lot, or units were lost on one side.",
}
Told = dict[str, Any]


def claim(read: Read, alpha: float = 0.05) -> Told:
    """The document of `kaeru uplift`: `causal` true with figures, or false with `why` and what to do. Shares are parts of one.

    `interval` is `answer.interval` without its grid: for large files with small effects.
    """
    units = read.units
    balanced = balance(units.arm, read.checks)
    told: Told = {
        "units": len(units),
        "left_out": asdict(read.left),
        "pi": read.pi,
        "balance": balanced.p,
        "rates_not_causal": _rates(units),
    }
    why = _refused(read, balanced)
    if why:
        return {"causal": False, "why": why, "what_to_do": WHAT_TO_DO[why], **told}
    return {
        "causal": True,
        **told,
        "answer": analyse(units, alpha).to_json(),
        "interval": walk(units).fine_interval(alpha),
        "one_look": one_look(units, alpha),
        "windows": _windows(units),
        "by": _by(units, alpha),
    }


def one_look(units: Units, alpha: float = 0.05) -> Told:
    """What a report made once, at a time fixed before, may say: Newcombe for the share, Welch for yen. Not for looking daily."""
    counts = Counts().add(units.arm, units.outcome)
    if not counts.n1 or not counts.n0:
        return {}
    d, low, high = shares.newcombe(counts.s1, counts.n1, counts.s0, counts.n0, alpha)
    found: Told = {"share": {"difference": d, "low": low, "high": high}}
    if units.value is not None and min(counts.n1, counts.n0) > 1:
        treated, held = (shares.moments(units.value[side]) for side in (units.arm, ~units.arm))
        d, (low, high), p = shares.welch(treated, held, alpha)
        found["value"] = {"difference": d, "low": low, "high": high, "p": p}
    return found


def _refused(read: Read, balanced: Balance) -> str:
    if not read.is_random:
        return NOT_RANDOM
    if Ratio().add(read.units.arm, read.units.pi).is_broken:
        return RATIO
    return BALANCE if balanced.failed else ""


def _rates(units: Units) -> Told:
    counts = Counts().add(units.arm, units.outcome)
    rate1, rate0 = counts.rates
    return {
        "treated": {"units": counts.n1, "back": counts.s1, "rate": rate1},
        "held": {"units": counts.n0, "back": counts.s0, "rate": rate0},
    }


def _windows(units: Units) -> Told:
    found = pull_forward.of_units(units)
    return {"uplift": {str(days): d for days, d in found.uplift.items()}, "pulled_forward": found.is_pulled_forward}


def _by(units: Units, alpha: float) -> list[Told]:
    """Figures by segment; `shown`: still shown when all segments are asked at once (e-BH)."""
    if units.segment is None:
        return []
    names = sorted({str(name) for name in units.segment})
    answers = [analyse(units.where(units.segment == name), alpha) for name in names]
    shown = several.shown([answer.log_e for answer in answers], alpha)
    return [
        {
            "by": name,
            "units": answer.treated.units + answer.held.units,
            "uplift": answer.uplift,
            "interval": answer.interval,
            "log_e": answer.log_e,
            "verdict": answer.verdict,
            "shown": place in shown and not answer.is_blocked,
        }
        for place, (name, answer) in enumerate(zip(names, answers, strict=True))
    ]

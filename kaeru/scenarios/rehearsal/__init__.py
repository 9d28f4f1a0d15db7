"""Rehearsal 予行: what a scenario would have done with the shop's own cancellations of the last days. Nothing is written, nobody is written to.

`history` reads what happened, in a constant number of queries; `simulation` lives through it with a clock of its own and the
very decisions that the engine and the hand-over make; `answer` says what came of it; `running` puts the three together.
"""

from kaeru.scenarios.rehearsal.answer import Rehearsal, compare
from kaeru.scenarios.rehearsal.running import Candidate, NotRehearsable, rehearse, rehearse_both

__all__ = ["Candidate", "NotRehearsable", "Rehearsal", "compare", "rehearse", "rehearse_both"]

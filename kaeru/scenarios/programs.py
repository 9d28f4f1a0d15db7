"""Published programs, kept in memory: a Revision is frozen, so it is read once."""

from collections import OrderedDict
from collections.abc import Iterable

from kaeru.scenarios.flow import program_of
from kaeru.scenarios.models import Revision
from kaeru.scenarios.program import Program

MOST_KEPT = 2000
_kept: OrderedDict[int, Program] = OrderedDict()


def load(revision_ids: Iterable[int]) -> dict[int, Program]:
    """The programs of these revisions, with one query for those not in memory."""
    wanted = set(revision_ids)
    missing = wanted - _kept.keys()
    if missing:
        rows = Revision.objects.filter(id__in=missing).values_list("id", "flow", "program", "places")
        for revision_id, flow, stored, places in rows:
            _kept[revision_id] = program_of(flow, stored, places)
    found = {revision_id: _kept[revision_id] for revision_id in wanted if revision_id in _kept}
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return found

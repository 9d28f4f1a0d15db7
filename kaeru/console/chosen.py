"""The scenario that an address names."""

from django.http import Http404

from kaeru.scenarios import queries
from kaeru.scenarios.models import Scenario


def one(scenario_id: int) -> Scenario:
    """The scenario, or 404 when there is none of that id in scope."""
    found = queries.one(scenario_id)
    if found is None:
        raise Http404
    return found

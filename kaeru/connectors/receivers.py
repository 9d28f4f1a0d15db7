"""What the connectors' own news change here: an answer that the mall took answers the inquiry."""

from kaeru.connectors import inquiries
from kaeru.core.events import receiver
from kaeru.core.models import Event


@receiver("order_change.settled")
def answers_arrived(events: list[Event]) -> None:
    """Mark the inquiries answered whose answers went out."""
    told = [one for one in events if one.payload["source"] == inquiries.SOURCE and one.payload["state"] == "done"]
    if told:
        inquiries.settle([int(one.payload["source_id"]) for one in told])

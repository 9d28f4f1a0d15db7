"""What LINE told is kept for thirty days: as long as the same may come once more, and somebody may ask what was answered."""

from datetime import timedelta

from kaeru.channels.line.models import LineEvent, LineLink
from kaeru.core import clock, scope

KEPT = timedelta(days=30)


def forget(limit: int) -> int:
    """Delete up to `limit` old events with their answers, and links that were begun and ended; returns how many."""
    with scope.everyone():
        old = LineEvent.objects.filter(received_at__lt=clock.wall() - KEPT).exclude(handled_at=None)
        found = list(old.order_by("received_at").values_list("id", flat=True)[:limit])
        LineEvent.objects.filter(id__in=found).delete()
        over = LineLink.objects.filter(expires_at__lt=clock.now() - KEPT).order_by("expires_at")
        ended = list(over.values_list("id", flat=True)[: limit - len(found)])
        LineLink.objects.filter(id__in=ended).delete()
    return len(found) + len(ended)

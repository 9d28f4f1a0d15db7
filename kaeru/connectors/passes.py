"""What this room does to due rows: read what arrived, call the shops, forget raw bodies."""

from kaeru.connectors import inbound, outbound, retention
from kaeru.core.passes import Pass

PASSES = [
    Pass(name="connectors.inbound", run=inbound.work, limit=500),
    Pass(name="connectors.outbound", run=outbound.call, limit=100, next_due=outbound.next_due, lane="calls"),
    Pass(name="connectors.retention", run=retention.forget, limit=1000, every_seconds=600),
]

"""What this room does to due rows: read what arrived, call the shops, carry out changes there, forget raw bodies."""

from kaeru.connectors import inbound, outbound, retention
from kaeru.connectors.gate import passes as gate
from kaeru.core.passes import Pass

PASSES = [
    Pass(name="connectors.inbound", run=inbound.work, limit=500),
    Pass(name="connectors.outbound", run=outbound.call, limit=100, next_due=outbound.next_due, lane="calls"),
    Pass(name="connectors.gate", run=gate.carry_out, limit=100, next_due=gate.next_due, lane="calls"),
    Pass(name="connectors.gate_leases", run=gate.expire, limit=1000, every_seconds=2.0),
    Pass(name="connectors.retention", run=retention.forget, limit=1000, every_seconds=600),
]

"""What this room does to due rows: read what arrived, call the shops, carry out changes there, look after
connections, forget raw bodies."""

from kaeru.connectors import inbound, outbound, retention
from kaeru.connectors.gate import passes as gate
from kaeru.connectors.shopify import upkeep
from kaeru.core.passes import Pass

PASSES = [
    Pass(name="connectors.inbound", run=inbound.work, limit=500),
    Pass(name="connectors.outbound", run=outbound.call, limit=100, next_due=outbound.next_due, lane="calls"),
    Pass(name="connectors.gate", run=gate.carry_out, limit=100, next_due=gate.next_due, lane="calls"),
    Pass(name="connectors.gate_leases", run=gate.expire, limit=1000, every_seconds=2.0),
    Pass(name="connectors.shopify_look", run=upkeep.look, limit=2, every_seconds=2.0, lane="calls"),
    Pass(name="connectors.shopify_catch_up", run=upkeep.catch_up, limit=1, every_seconds=2.0, lane="calls"),
    Pass(name="connectors.retention", run=retention.forget, limit=1000, every_seconds=600),
]

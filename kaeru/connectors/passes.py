"""What this room does to due rows: read what arrived, call the shops, carry out changes there, ask malls, look after
connections and their keys, forget raw bodies."""

from kaeru.connectors import asking, inbound, key_ends, outbound, retention
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
    Pass(name="connectors.polls", run=asking.ask, limit=20, every_seconds=1.0, lane="polls"),
    Pass(name="connectors.key_ends", run=key_ends.warn, limit=500, every_seconds=600),
    Pass(name="connectors.retention", run=retention.forget, limit=1000, every_seconds=600),
]

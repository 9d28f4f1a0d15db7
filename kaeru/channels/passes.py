"""What this room does by itself: hear what LINE told, send the answers, ask for names and quotas, forget."""

from kaeru.channels.line import accounts, answering, friends, hearing, retention
from kaeru.core.passes import Pass

PASSES = [
    Pass("line.events", hearing.work, limit=500),
    Pass("line.replies", answering.send, limit=50, lane="messages"),
    Pass("line.names", friends.look, limit=20, every_seconds=2.0, lane="calls"),
    Pass("line.quotas", accounts.due_quotas, limit=20, every_seconds=30.0, lane="calls"),
    Pass("line.retention", retention.forget, limit=1000, every_seconds=600),
]

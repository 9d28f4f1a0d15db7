"""Figures for the people who watch: what came through the doors in this process, and what waits in the database."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kaeru.connectors import queries as connectors
from kaeru.core import clock, scope
from kaeru.messages.models import Message, MessageState
from kaeru.worker import heartbeat

registry = CollectorRegistry()
hooks = Counter(
    "kaeru_hooks", "Deliveries at the door, by what became of them.", ["source", "outcome"], registry=registry
)
requests = Counter("kaeru_api_requests", "Requests to the REST API.", ["method", "status"], registry=registry)


class Waiting(Collector):
    """What waits in the database, asked anew at each reading. One number for the whole installation, nobody's name."""

    def describe(self) -> list[Metric]:
        """Nothing to ask for at registration."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        moment = clock.now()
        waiting = GaugeMetricFamily("kaeru_waiting", "Rows that wait to be worked on.", labels=["kind"])
        overdue = GaugeMetricFamily(
            "kaeru_overdue_seconds", "For how long the oldest due row has waited.", labels=["kind"]
        )
        stuck = GaugeMetricFamily("kaeru_needs_person", "Rows that only a person can move on.", labels=["kind"])
        with scope.everyone():
            for kind, backlog in (("inbound", connectors.undone_deliveries()), ("outbound", connectors.undone_calls())):
                waiting.add_metric([kind], backlog.count)
                late = (moment - backlog.since).total_seconds() if backlog.since else 0.0
                overdue.add_metric([kind], max(0.0, late))
            stuck.add_metric(["inbound"], connectors.parked_count())
            stuck.add_metric(["outbound"], connectors.failed_call_count())
            due = Message.objects.filter(state=MessageState.WAITING, due_at__lte=moment)
            waiting.add_metric(["message"], due.count())
            stuck.add_metric(["message"], Message.objects.filter(state=MessageState.UNKNOWN).count())
        yield from (waiting, overdue, stuck)
        beat = GaugeMetricFamily("kaeru_heartbeat_age_seconds", "Seconds since the passes last turned; -1: never.")
        age = heartbeat.age_seconds()
        beat.add_metric([], -1.0 if age is None else age)
        yield beat


registry.register(Waiting())

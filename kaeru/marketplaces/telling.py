"""The standing as one document: what `kaeru standing --json` and the API answer. Rates are for people; the counts decide."""

from typing import Any

from kaeru.marketplaces.meter import Standing, Verdict
from kaeru.marketplaces.rules import Line, Share
from kaeru.marketplaces.standing import Answer


def document(told: Answer) -> dict[str, Any]:
    """The shop's own reading whole, the others in short."""
    standing = told.standing
    return {
        "programme": standing.programme.name,
        "on": standing.on.isoformat(),
        "definition": told.name or "own",
        "reading": standing.reading.as_json(),
        "stage": _stage(standing.worst),
        "heading_for": _stage(standing.heading),
        "judged": [_verdict(verdict) for verdict in standing.judged],
        "running": [_verdict(verdict) for verdict in standing.running],
        "other_definitions": [
            {"definition": name, "stage": _stage(other.worst), "judged": _short(other)}
            for name, other in told.others.items()
        ],
        "days_to_count": told.waiting,
    }


def _stage(line: Line | None) -> str | None:
    return line.stage if line else None


def _verdict(verdict: Verdict) -> dict[str, Any]:
    rule = verdict.rule
    return {
        "rule": rule.code,
        "in_force_since": rule.since.isoformat() if rule.since else None,
        "judged_on": verdict.on.isoformat(),
        "from": verdict.period.first.isoformat(),
        "to": verdict.period.last.isoformat(),
        "is_applied": verdict.is_applied,
        "counts": "periods_in_a_row" if rule.in_a_row else rule.counted,
        "counted": verdict.count.counted,
        "orders": verdict.count.orders,
        "rate": None if rule.in_a_row else verdict.count.rate,
        "only_few_orders": verdict.is_few,
        "stage": verdict.stage or None,
        "lines": [
            {
                "stage": line.stage,
                "severity": line.severity,
                "limit": _limit(line),
                "exactly_is_within": line.is_strict if line.is_known else None,
                "is_known": line.is_known,
                "may_still_lose": verdict.room(line),
            }
            for line in verdict.lines
        ],
    }


def _limit(line: Line) -> str | int | None:
    return str(line.share) if isinstance(line.share, Share) else line.amount


def _short(other: Standing) -> list[dict[str, Any]]:
    return [
        {
            "rule": verdict.rule.code,
            "counted": verdict.count.counted,
            "orders": verdict.count.orders,
            "rate": None if verdict.rule.in_a_row else verdict.count.rate,
            "stage": verdict.stage or None,
        }
        for verdict in other.judged
        if verdict.is_applied
    ]

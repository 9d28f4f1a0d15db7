"""`kaeru report`: rates with their definitions, as tables for people and as JSON for scripts."""

import sys
from datetime import date
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from kaeru.cancellations import reports
from kaeru.cancellations import repurchase as returning
from kaeru.cli.output import answer, fail
from kaeru.cli.shops import the_shop
from kaeru.core import scope
from kaeru.core.wording import share
from kaeru.recoveries import audit as audits
from kaeru.recoveries.figures import figures
from kaeru.recoveries.windows import DECIDES, WINDOWS

app = typer.Typer(help="Figures, each with its definition.", no_args_is_help=True)
Counted = Literal["requests", "orders_any", "orders_full", "lines", "value"]
SHARES = ("rate", "share", "treated", "held", "uplift", "low", "high")
PARTS = "Write the audit file of this part instead: all, scenario:ID, reason:ID or channel:NAME."
Unit = Literal["any", "first", "orders", "never_cancelled"]
ShopName = Annotated[str, typer.Option("--shop", help="The shop's short name.")]
Organization = Annotated[str, typer.Option(help="Needed only where several exist.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.command("cancellations")
def cancellations(
    shop: ShopName,
    count: Annotated[Counted, typer.Option(help="What is counted.")] = "requests",
    since: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD in the shop's zone.")] = "",
    until: Annotated[str, typer.Option("--to", help="The day after the last day.")] = "",
    by: Annotated[Literal["month"] | None, typer.Option(help="One row for each month.")] = None,
    within: Annotated[
        int | None, typer.Option(min=0, help="orders_any, orders_full: at most so many days after the order.")
    ] = None,
    organization: Organization = "",
    json: AsJson = False,
) -> None:
    """How often orders are cancelled; every way of counting is a different rate."""
    chosen = the_shop(shop, organization)
    if within is not None and not count.startswith("orders_"):
        fail("--within goes with --count orders_any or orders_full.", code=2)
    with scope.organization(chosen.organization_id):
        report = reports.cancellation_rate(
            chosen, count=count, since=_day(since), until=_day(until), by_month=by is not None, within=within
        )
    rows = [
        {"period": row.period, "orders": row.orders, "cancelled": row.cancelled, "rate": row.rate}
        for row in report.rows
    ]
    document: dict[str, Any] = {"definition": report.definition, "count": count, "rows": rows}
    if count == "value":
        document["currency"] = chosen.currency
    _tell(document, rows, json)


@app.command("repurchase")
def repurchase(
    shop: ShopName,
    windows: Annotated[str, typer.Option(help="Days, separated by commas.")] = "1,7,30,90",
    of: Annotated[Unit, typer.Option(help="After what.")] = "any",
    organization: Organization = "",
    json: AsJson = False,
) -> None:
    """How many order again after a cancellation. Not causal: most would have come back anyway."""
    chosen = the_shop(shop, organization)
    try:
        days = [int(each) for each in windows.split(",")]
    except ValueError:
        days = []
    if not days or min(days) < 1:
        fail(f"--windows takes days, separated by commas, not {windows!r}.", code=2)
    with scope.organization(chosen.organization_id):
        report = returning.repurchase(chosen, days, of)
    rows = [
        {"days": row.days, "units": row.units, "returned": row.returned, "rate": row.rate} for row in report.windows
    ]
    seen = report.seen_until.isoformat() if report.seen_until else None
    _tell(
        {"definition": report.definition, "causal": False, "of": of, "seen_until": seen, "windows": rows},
        rows,
        json,
    )


@app.command("reasons")
def reasons(shop: ShopName, organization: Organization = "", json: AsJson = False) -> None:
    """The mix of reasons over all wishes to cancel, kept ones included."""
    chosen = the_shop(shop, organization)
    with scope.organization(chosen.organization_id):
        found = returning.reasons(chosen)
    rows = [
        {"reason": row.reason or None, "side": row.side, "requests": row.requests, "share": row.share} for row in found
    ]
    _tell({"definition": "share of all wishes to cancel, kept and withdrawn ones included", "rows": rows}, rows, json)


@app.command("uplift")
def uplift(
    shop: ShopName,
    window: Annotated[int, typer.Option(help="Days from the first cancellation: 7, 14, 30 or 60.")] = DECIDES,
    audit: Annotated[str, typer.Option(help=PARTS)] = "",
    organization: Organization = "",
    json: AsJson = False,
) -> None:
    """What came back because of Kaeru, against customers held back by lot; or the file from which that can be worked out again."""
    chosen = the_shop(shop, organization)
    if window not in WINDOWS:
        fail(f"--window is one of {', '.join(map(str, WINDOWS))}.", code=2)
    if audit:
        try:
            sys.stdout.writelines(audits.lines(chosen, part=audit, window=window))
        except ValueError as failure:
            fail(f"--audit: {failure}", code=2)
        return
    with scope.organization(chosen.organization_id):
        found = figures(chosen.id, window)
        rows = [
            {
                "part": row.key, "verdict": row.answer["verdict"], "units": row.units, "treated": row.answer["treated"]["rate"],
                "held": row.answer["held"]["rate"], "uplift": row.answer["uplift"], "low": row.answer["low"], "high": row.answer["high"],
                "money": row.answer["money"] and row.answer["money"]["per_cancellation"],
            }
            for row in found
        ]  # fmt: skip
    definition = (
        f"customers by assignment: a new order, paid and not cancelled, within {window} days; treated less held back"
    )
    _tell(
        {"definition": definition, "causal": True, "window": window, "currency": chosen.currency, "rows": rows},
        rows,
        json,
    )


def _tell(document: dict[str, Any], rows: list[dict[str, Any]], json: bool) -> None:
    if json:
        answer(document, as_json=True)
        return
    console = Console()
    console.print(document["definition"], markup=False)
    table = Table(*(rows[0] if rows else ["nothing yet"]))
    for row in rows:
        table.add_row(
            *(share(value) if name in SHARES else str("–" if value is None else value) for name, value in row.items())
        )
    console.print(table)


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        fail(f"Not a day: {said!r}; write YYYY-MM-DD.", code=2)

"""All commands of `kaeru`, mounted."""

import typer

from kaeru.cli import (
    audience,
    demo,
    imports,
    lint,
    pausing,
    policy,
    rehearse,
    report,
    scenarios,
    serve,
    shops,
    slots,
    standing,
    uplift,
    worker,
)

app = typer.Typer(
    help="Kaeru turns cancellations back into business.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(shops.app, name="shop")
app.add_typer(imports.app, name="import")
app.add_typer(report.app, name="report")
app.command("setup")(shops.setup)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.add_typer(scenarios.app, name="scenario")
app.add_typer(policy.app, name="policy")
app.command("rehearse")(rehearse.command)
app.command("standing")(standing.standing)
app.command("slots")(slots.slots)
app.command("uplift")(uplift.uplift)
app.command("audience")(audience.audience)
app.command("lint-message")(lint.lint_message)
app.command("demo")(demo.demo)
app.command("pause")(pausing.pause)
app.command("resume")(pausing.resume)

"""Commands that hold the model against evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments import output
from experiments.cli_options import (
    Cluster,
    Json,
    Months,
    RegionOption,
    Scale,
    Seed,
    StoreOption,
    Workers,
    check_out,
    conduct_with_bar,
    how,
    keep_findings,
    load_model,
    raise_failures,
)
from experiments.folders import STORE


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(validate)


def validate(
    scale: Scale = None,
    seed: Seed = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Seeds of the baseline.")] = 5,
    months: Months = 240,
    region: RegionOption = "lcr",
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the results to.")] = Path(
        "results/validation"
    ),
    json: Json = False,
) -> None:
    """Hold the baseline against official figures and published facts, fitted and held out. Misses are shown too."""
    load_model()
    from experiments import designs, printing
    from experiments.validation_study import ValidationStudy
    from policies.policy import make_scenario

    fields = {"scale": scale, "seed": seed, "months": months, "region": region}
    scenario = make_scenario("options", **{name: value for name, value in fields.items() if value is not None})
    designs.check_scenario("options", scenario)
    study = ValidationStudy(scenario, designs.seeds_from(scenario.seed, seeds))
    execution = how(workers, cluster, store)
    check_out(out, execution)
    findings = conduct_with_bar(study, execution, silent=json)
    place = keep_findings(findings, out, silent=json)
    if json:
        record = {name: findings.tables[name] for name in ("targets", "baseline")}
        output.say_json({"out": str(place), **record, "failed": findings.manifest["failed"]})
    else:
        printing.show_validation(findings.tables, study.sentences(findings.tables))
        output.say(f"Report in {place / 'report.html'}")
    raise_failures(findings, place)

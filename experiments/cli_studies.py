"""Commands that conduct studies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments import output
from experiments.cli_options import (
    STORE,
    Cluster,
    Files,
    Json,
    Months,
    Scale,
    Seeds,
    StoreOption,
    Workers,
    conduct_with_bar,
    how,
    keep_findings,
    load_model,
    raise_failures,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(compare)


def compare(
    files: Files = None,
    seeds: Seeds = None,
    scale: Scale = None,
    months: Months = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the results to.")] = Path("results/compare"),
    json: Json = False,
) -> None:
    """Compare policies with a baseline under the same seeds, and write a report.

    Without files: the baseline, each built-in policy alone, and all four together.
    """
    load_model()
    from experiments import designs, printing
    from experiments.comparison_study import ComparisonStudy, comparison_of
    from experiments.folders import check_target

    arms = (
        designs.design_from_files(files, scale=scale, months=months)
        if files
        else designs.default_design(scale=scale, months=months)
    )
    chosen = designs.seeds_from(arms[0].scenario.seed, designs.DEFAULT_SEEDS if seeds is None else seeds)
    check_target(out)
    findings = conduct_with_bar(ComparisonStudy(arms, chosen), how(workers, cluster, store), silent=json)
    place = keep_findings(findings, out, silent=json)
    comparison = comparison_of(findings)
    if json:
        output.say_json(printing.comparison_record(comparison, place))
    else:
        printing.show_comparison(comparison, place)
    raise_failures(findings, place)

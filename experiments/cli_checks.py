"""Commands that put the model to the test: shocks, and years that have passed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli_options import (
    Cluster,
    Json,
    Months,
    RegionOption,
    Scale,
    Seeds,
    StoreOption,
    Workers,
    finish,
    how,
    load_model,
    ready,
)
from experiments.folders import STORE


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (shock, backtest):
        app.command()(command)


def shock(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[SCENARIO.toml]", help="A scenario with shocks. Default: two built-in ones."),
    ] = None,
    seeds: Seeds = None,
    scale: Scale = None,
    months: Months = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the results to.")] = Path("results/shock"),
    json: Json = False,
) -> None:
    """Say how deep shocks go, month by month, and how soon half of it is made up.

    Without a file, or with one that has no shocks: exports fall by a tenth for a year, and the largest private
    employer closes, each alone.
    """
    load_model()
    from experiments import designs
    from experiments.shock_study import DEFAULT_MONTHS, DEFAULT_SEEDS, shock_study
    from policies.policy import make_scenario

    if file is None:
        fields = {"scale": scale, "months": DEFAULT_MONTHS if months is None else months}
        base = make_scenario("options", **{name: value for name, value in fields.items() if value is not None})
    else:
        base = ready(file, scale, None, months)
    chosen = designs.seeds_from(base.seed, DEFAULT_SEEDS if seeds is None else seeds)
    finish(shock_study(base, chosen), how(workers, cluster, store), out, json=json)


def backtest(
    seeds: Seeds = None,
    scale: Scale = None,
    region: RegionOption = "lcr",
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the results to.")] = Path(
        "results/backtest"
    ),
    json: Json = False,
) -> None:
    """Forecast 2019, 2021 and 2022 from the end of 2018, beside naive forecasts and what happened. Losses are shown."""
    load_model()
    from experiments import designs
    from experiments.backtest_study import DEFAULT_SEEDS, BacktestStudy
    from policies.policy import make_scenario

    fields = {"scale": scale, "region": region}
    base = make_scenario("options", **{name: value for name, value in fields.items() if value is not None})
    designs.check_scenario("options", base)
    chosen = designs.seeds_from(base.seed, DEFAULT_SEEDS if seeds is None else seeds)
    finish(BacktestStudy(base, chosen), how(workers, cluster, store), out, json=json)

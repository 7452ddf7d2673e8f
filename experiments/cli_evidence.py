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
    OutFolder,
    RegionOption,
    SampleSeed,
    Scale,
    Seed,
    Seeds,
    StoreOption,
    Vary,
    Workers,
    check_out,
    conduct_with_bar,
    finish,
    how,
    keep_findings,
    load_model,
    of_options,
    raise_failures,
    ready,
)
from experiments.folders import STORE


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (validate, calibrate, shock, backtest, replay):
        app.command()(command)


def validate(
    scale: Scale = None,
    seed: Seed = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Seeds of the baseline.")] = 5,
    months: Months = 240,
    region: RegionOption = "lcr",
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: OutFolder = Path("results/validation"),
    json: Json = False,
) -> None:
    """Hold the baseline against official figures and published facts, fitted and held out. Misses are shown too."""
    load_model()
    from experiments import designs, printing
    from experiments.validation_study import ValidationStudy

    scenario = of_options(scale=scale, seed=seed, months=months, region=region)
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


def calibrate(
    vary: Vary = None,
    trials: Annotated[int, typer.Option(metavar="N", help="Sets of assumptions to try, earlier ones included.")] = 200,
    scale: Scale = 200,
    seed: Seed = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Seeds of each trial.")] = 3,
    months: Months = 60,
    region: RegionOption = "lcr",
    sample_seed: SampleSeed = 0,
    study: Annotated[
        Path, typer.Option(metavar="FILE", help="SQLite file of the search; what is in it goes on.")
    ] = Path("results/calibration.sqlite"),
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: OutFolder = Path("results/calibration"),
    json: Json = False,
) -> None:
    """Search for sets of assumptions that meet the fitted targets; say what the targets leave open.

    Without --vary: the assumptions that the region pack's calibration.csv lists.
    """
    load_model()
    from dataclasses import replace

    from experiments import calibration_study as calibration
    from experiments import designs
    from experiments.errors import InputError
    from experiments.variations import parse
    from simulation.region import load_region

    base = of_options(scale=scale, seed=seed, months=months, region=region)
    chosen = designs.seeds_from(base.seed, seeds)
    space = parse(base, vary or calibration.usual_space(load_region(base.region)))
    execution = how(workers, cluster, store)
    check_out(out, execution)
    if out.resolve() in study.resolve().parents:
        raise InputError(
            f"--study: {study} lies in the folder of results, which is replaced whole; allowed is elsewhere"
        )
    with output.progress_bar("Runs", trials * len(chosen), silent=json) as advance:
        found = calibration.calibrate(
            base, space, chosen, trials, sample_seed, study, replace(execution, progress=advance)
        )
    finish(found, execution, out, json=json)


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
    out: OutFolder = Path("results/shock"),
    json: Json = False,
) -> None:
    """Say how deep shocks go, month by month, and how soon half of it is made up.

    Without a file, or with one that has no shocks: exports fall by a tenth for a year, and the largest private
    employer closes, each alone.
    """
    load_model()
    from experiments import designs
    from experiments.shock_study import DEFAULT_MONTHS, DEFAULT_SEEDS, shock_study

    if file is None:
        base = of_options(scale=scale, months=DEFAULT_MONTHS if months is None else months)
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
    out: OutFolder = Path("results/backtest"),
    json: Json = False,
) -> None:
    """Forecast 2019, 2021 and 2022 from the end of 2018, beside naive forecasts and what happened. Losses are shown."""
    load_model()
    from experiments import designs
    from experiments.backtest_study import DEFAULT_SEEDS, BacktestStudy

    base = of_options(scale=scale, region=region)
    chosen = designs.seeds_from(base.seed, DEFAULT_SEEDS if seeds is None else seeds)
    finish(BacktestStudy(base, chosen), how(workers, cluster, store), out, json=json)


def replay(
    scale: Scale = None,
    seed: Seed = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Seeds.")] = 8,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="turnover, procurement, employability or buses. Repeat it."),
    ] = None,
    region: RegionOption = "lcr",
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Replay published evidence that no policy was set with, and print what the model does beside it, misses too."""
    load_model()
    from experiments import designs, printing, replays

    scenario = of_options(scale=scale, seed=seed, region=region)
    chosen = designs.seeds_from(scenario.seed, seeds)
    with output.progress_bar("Replays", len(chosen) * len(set(only or replays.REPLAYS)), silent=json) as advance:
        rows = replays.replay(scenario, chosen, only or (), workers, advance)
    if json:
        output.say_json({"replays": rows})
    else:
        printing.show_replays(rows)

"""Commands that conduct studies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments import output
from experiments.cli_options import (
    Cluster,
    File,
    Files,
    Json,
    Months,
    OutFolder,
    Results,
    SampleSeed,
    Scale,
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
    raise_failures,
    ready,
)
from experiments.folders import STORE


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (compare, factorial, channels, sweep, sensitivity, discover, appraise):
        app.command()(command)


def compare(
    files: Files = None,
    seeds: Seeds = None,
    until_ci: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUTCOME=WIDTH",
            help="Add seeds until the 95% interval of every final-year effect on it is this narrow. Repeat it.",
        ),
    ] = None,
    assumptions: Annotated[
        str | None,
        typer.Option(metavar="ensemble|ranges", help="Calibrated sets of assumptions, or draws from ranges."),
    ] = None,
    members: Annotated[int, typer.Option(metavar="N", help="Sets of assumptions.")] = 16,
    sample_seed: SampleSeed = 0,
    scale: Scale = None,
    months: Months = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: OutFolder = Path("results/compare"),
    json: Json = False,
) -> None:
    """Compare policies with a baseline under the same seeds, and write a report.

    Without files: the baseline, each built-in policy alone, and all four together.
    """
    load_model()
    from experiments import designs, printing
    from experiments import ensemble as uncertain
    from experiments.comparison_study import ComparisonStudy, comparison_of
    from experiments.until import check_goals, goal_from, until

    arms = (
        designs.design_from_files(files, scale=scale, months=months)
        if files
        else designs.default_design(scale=scale, months=months)
    )
    goals = [goal_from(text) for text in until_ci or ()]
    check_goals(goals, assumptions)
    execution, first = how(workers, cluster, store), arms[0].scenario
    if assumptions is not None:
        region = designs.check_scenario("options", first)
        source, drawn = uncertain.members_of(region, assumptions, members, sample_seed)
        chosen = designs.seeds_from(first.seed, uncertain.DEFAULT_SEEDS if seeds is None else seeds)
        finish(uncertain.EnsembleStudy(arms, chosen, drawn, source), execution, out, json=json)
        return
    chosen = designs.seeds_from(first.seed, designs.DEFAULT_SEEDS if seeds is None else seeds)
    check_out(out, execution)
    findings, met = until(
        lambda these: conduct_with_bar(ComparisonStudy(arms, tuple(these)), execution, silent=json), chosen, goals
    )
    if not met:
        output.complain(f"--until-ci: not reached with {designs.MOST_SEEDS} seeds, which is the most")
    place = keep_findings(findings, out, silent=json)
    comparison = comparison_of(findings)
    if json:
        output.say_json(printing.comparison_record(comparison, place))
    else:
        printing.show_comparison(comparison, place)
    raise_failures(findings, place)


def factorial(
    file: Annotated[
        Path | None, typer.Argument(metavar="[SCENARIO.toml]", help="Its policies. Default: the four built-in ones.")
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Seeds.")] = 8,
    scale: Scale = None,
    months: Months = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: OutFolder = Path("results/factorial"),
    json: Json = False,
) -> None:
    """Run every combination of policies; say which help each other, and whose the effect of all together is."""
    load_model()
    from experiments import designs
    from experiments.factorial_study import FactorialStudy

    base, policies = designs.factorial_design(file, scale=scale, months=months)
    study = FactorialStudy(base, policies, designs.seeds_from(base.seed, seeds))
    finish(study, how(workers, cluster, store), out, json=json)


def channels(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[SCENARIO.toml]", help="Its policies. Default: the four built-in ones, each alone."),
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Seeds.")] = 8,
    scale: Scale = None,
    months: Months = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: OutFolder = Path("results/channels"),
    json: Json = False,
) -> None:
    """Switch the channels of policies off, one by one and all but one; say how much of an effect is put in."""
    load_model()
    from experiments import designs
    from experiments.channels_study import ChannelsStudy

    base, bundles = designs.channels_design(file, scale=scale, months=months)
    study = ChannelsStudy(base, bundles, designs.seeds_from(base.seed, seeds))
    finish(study, how(workers, cluster, store), out, json=json)


def sweep(
    file: File,
    vary: Vary = None,
    method: Annotated[str, typer.Option(metavar="grid|lhs", help="All combinations, or a Latin hypercube.")] = "grid",
    points: Annotated[int, typer.Option(metavar="N", help="Points of the Latin hypercube.")] = 50,
    sample_seed: SampleSeed = 0,
    seeds: Annotated[int, typer.Option(metavar="N", help="Seeds at every point.")] = 4,
    scale: Scale = None,
    months: Months = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: OutFolder = Path("results/sweep"),
    json: Json = False,
) -> None:
    """Run a scenario over a range of any dial or assumption; with policies, with and without them at every point."""
    scenario = ready(file, scale, None, months)
    from experiments import designs
    from experiments.sweep_study import SweepStudy
    from experiments.variations import parse

    chosen = designs.seeds_from(scenario.seed, seeds)
    study = SweepStudy(scenario, parse(scenario, vary or ()), method, chosen, points, sample_seed)
    finish(study, how(workers, cluster, store), out, json=json)


def sensitivity(
    file: File,
    vary: Vary = None,
    method: Annotated[
        str, typer.Option(metavar="morris|sobol", help="Screen many assumptions, or share out the variance among few.")
    ] = "morris",
    outcome: Annotated[
        list[str] | None, typer.Option(metavar="OUTCOME", help="Indicator. Repeat it. Default: inactivity_rate.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option(metavar="N", help="Trajectories (10), or points of Sobol's base sample (64).")
    ] = None,
    second_order: Annotated[bool, typer.Option("--second-order", help="Sobol indices of pairs too.")] = False,
    screened: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Vary the strongest assumptions of this earlier study.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", help="How many of them.")] = 12,
    sample_seed: SampleSeed = 0,
    seeds: Annotated[int, typer.Option(metavar="N", help="Seeds at every point.")] = 2,
    scale: Scale = None,
    months: Months = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: OutFolder = Path("results/sensitivity"),
    json: Json = False,
) -> None:
    """Say which assumptions an outcome hangs on; with policies, which their effect hangs on.

    `--vary all` screens every assumption that has a range.
    """
    scenario = ready(file, scale, None, months)
    from experiments import designs
    from experiments.sensitivity_study import DEFAULT_OUTCOMES, DEFAULT_SAMPLES, SensitivityStudy, strongest_of
    from experiments.study_files import load_findings
    from experiments.variations import parse

    texts = list(vary or ())
    if screened is not None:
        earlier = strongest_of(load_findings(screened), str(screened), top)
        texts += [name for name in earlier if name not in texts]
    study = SensitivityStudy(
        base=scenario,
        variations=parse(scenario, texts),
        method=method,
        outcomes=tuple(outcome or DEFAULT_OUTCOMES),
        seeds=designs.seeds_from(scenario.seed, seeds),
        samples=DEFAULT_SAMPLES.get(method, 0) if samples is None else samples,
        sample_seed=sample_seed,
        second_order=second_order,
    )
    finish(study, how(workers, cluster, store), out, json=json)


def discover(
    folder: Results,
    outcome: Annotated[str, typer.Option(metavar="OUTCOME", help="Indicator.")] = "inactivity_rate",
    threshold: Annotated[float, typer.Option(help="Effect that is not good enough, in the indicator's unit.")] = 0.0,
    method: Annotated[str, typer.Option(metavar="prim|cart", help="Patient rule induction, or a tree.")] = "prim",
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: OutFolder = Path("results/discovery"),
    json: Json = False,
) -> None:
    """Say under which values of what a sweep varied its policy fails."""
    load_model()
    from experiments.discovery_study import DiscoveryStudy, sweep_of
    from experiments.study_files import load_findings

    swept = sweep_of(load_findings(folder), str(folder))
    finish(DiscoveryStudy(swept, outcome, threshold, method), how(workers, cluster, store), out, json=json)


def appraise(
    files: Files = None,
    budget: Annotated[
        float | None,
        typer.Option(metavar="POUNDS", help="Scale every policy to this public cost a year: pound for pound."),
    ] = None,
    seeds: Seeds = None,
    scale: Scale = None,
    months: Months = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    out: OutFolder = Path("results/appraisal"),
    json: Json = False,
) -> None:
    """Appraise policies after the HM Treasury Green Book: present values, value for money, who gains.

    Without files: the default comparison, whose runs are taken from the store where it has them.
    """
    load_model()
    from experiments import designs
    from experiments.api import on_budget
    from experiments.appraisal_study import AppraisalStudy

    arms = (
        designs.design_from_files(files, scale=scale, months=months)
        if files
        else designs.default_design(scale=scale, months=months)
    )
    chosen = designs.seeds_from(arms[0].scenario.seed, designs.DEFAULT_SEEDS if seeds is None else seeds)
    execution = how(workers, cluster, store)
    check_out(out, execution)
    with output.working("Scaling the policies to the budget", silent=json or budget is None):
        arms = on_budget(arms, budget, chosen, execution)
    finish(AppraisalStudy(arms, chosen), execution, out, json=json)

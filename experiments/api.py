"""What the commands do, as functions: each returns tidy DataFrames by name.

    import experiments
    found = experiments.compare(seeds=10, scale=200)
    found["effects"]                       # a row per policy, outcome and window
    found.sentences                        # the answer in words
    found.write("results/mine")            # the folder that the command would write

Runs go through the same store, workers and clusters as those of the commands; `Execution` names others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments import designs
from experiments.appraisal_study import AppraisalStudy
from experiments.backtest_study import DEFAULT_SEEDS as BACKTEST_SEEDS
from experiments.backtest_study import BacktestStudy
from experiments.channel_arms import bundle_of
from experiments.channels_study import ChannelsStudy
from experiments.comparison import Arm
from experiments.comparison_study import ComparisonStudy
from experiments.conductor import Findings, conduct
from experiments.costing import mean_public_cost
from experiments.discovery_study import DiscoveryStudy, sweep_of
from experiments.ensemble import DEFAULT_MEMBERS, DEFAULT_SEEDS, ENSEMBLE, EnsembleStudy, members_of
from experiments.factorial_study import FactorialStudy
from experiments.folders import STORE, STORE_VARIABLE
from experiments.laboratory import Execution
from experiments.manifests import read_manifest
from experiments.pound_for_pound import scaled
from experiments.reproduction import Reproduction
from experiments.reproduction import reproduce as run_again
from experiments.results import Results
from experiments.sensitivity_study import (
    DEFAULT_OUTCOMES,
    DEFAULT_SAMPLES,
    MOST_SCREENED,
    SensitivityStudy,
    strongest_of,
)
from experiments.shock_study import DEFAULT_MONTHS as SHOCK_MONTHS
from experiments.shock_study import DEFAULT_SEEDS as SHOCK_SEEDS
from experiments.shock_study import shock_study
from experiments.study_files import load_findings
from experiments.sweep_study import DEFAULT_POINTS, SweepStudy
from experiments.until import check_goals, goal_from, until
from experiments.variations import parse
from policies import load_scenario
from policies.policy import Policy
from simulation.scenario import Scenario

#: A scenario, or its file.
Source = Scenario | str | Path


def _as_usual(execution: Execution | None) -> Execution:
    """What was asked for, or as the commands do it: a worker for each processor, and the store that they use."""
    return execution or Execution(store=Path(os.environ.get(STORE_VARIABLE) or STORE))


def _scenario(source: Source, **fields: Any) -> Scenario:
    changes = {name: value for name, value in fields.items() if value is not None}
    return source.with_(**changes) if isinstance(source, Scenario) else load_scenario(source, **changes)


def arms_of(scenarios: Sequence[Source], scale: int | None = None, months: int | None = None) -> tuple[Arm, ...]:
    """The first scenario without its policies as the baseline, and each one as an arm; none mean the default design.

    Raises:
        InputError: The scenarios differ in more than their policies, or share a name.
        ScenarioError: A file is wrong.
    """
    if not scenarios:
        return designs.default_design(scale=scale, months=months)
    named = [
        (source.name if isinstance(source, Scenario) else str(source), _scenario(source, scale=scale, months=months))
        for source in scenarios
    ]
    return designs.design_from(named)


def compare(
    *scenarios: Source,
    seeds: int | None = None,
    until_ci: Mapping[str, float] | None = None,
    assumptions: str | None = None,
    members: int = DEFAULT_MEMBERS,
    sample_seed: int = 0,
    scale: int | None = None,
    months: int | None = None,
    execution: Execution | None = None,
) -> Results:
    """Compare policies with a baseline under the same seeds; see `commonweal compare`.

    Args:
        *scenarios: Scenarios or their files; none mean the built-in policies.
        seeds: How many seeds.
        until_ci: Widths by outcome; seeds are added until intervals are this narrow.
        assumptions: "ensemble" takes the region pack's calibrated one where it has one, "ranges" draws from ranges.
        members: Sets of assumptions.
        sample_seed: Seed of the draws.
        scale: Replaces that of the scenarios.
        months: Replaces those of the scenarios.
        execution: Where and how runs are done; None does as the command.

    Returns:
        effects, group_effects, costs, assumptions, indicators, breakdowns, and as far as the runs tell: interactions,
        money_flows, put_in, appraisal, distribution, targets, checks; of an ensemble: effects, outcomes, members.
    """
    arms = arms_of(scenarios, scale, months)
    first = arms[0].scenario
    goals = [goal_from(f"{name}={width}") for name, width in (until_ci or {}).items()]
    check_goals(goals, assumptions)
    if assumptions is not None:
        region = designs.check_scenario(first.name, first)
        source, drawn = members_of(region, assumptions, members, sample_seed)
        chosen = designs.seeds_from(first.seed, DEFAULT_SEEDS if seeds is None else seeds)
        return Results(conduct(EnsembleStudy(arms, chosen, drawn, source), _as_usual(execution)))
    chosen = designs.seeds_from(first.seed, designs.DEFAULT_SEEDS if seeds is None else seeds)
    found, _ = until(lambda these: conduct(ComparisonStudy(arms, tuple(these)), _as_usual(execution)), chosen, goals)
    return Results(found)


def factorial(
    base: Source | None = None,
    policies: Mapping[str, Policy] | None = None,
    *,
    seeds: int = 8,
    scale: int | None = None,
    months: int | None = None,
    execution: Execution | None = None,
) -> Results:
    """Run every combination of policies; see `commonweal factorial`.

    Args:
        base: Scenario; its policies are combined unless `policies` names others. None takes the built-in four.
        policies: Policies by short name.
        seeds: How many seeds.
        scale: Replaces the scenario's.
        months: Replaces the scenario's.
        execution: Where and how runs are done; None does as the command.

    Returns:
        main_effects, interactions, attribution, effects, outcomes.
    """
    if base is None:
        scenario, found = designs.factorial_design(None, scale=scale, months=months)
    else:
        scenario, found = designs.policies_apart(_scenario(base, scale=scale, months=months))
    chosen = found if policies is None else tuple(policies.items())
    return Results(
        conduct(FactorialStudy(scenario, chosen, designs.seeds_from(scenario.seed, seeds)), _as_usual(execution))
    )


def channels(
    scenario: Source | None = None,
    *,
    seeds: int = 8,
    scale: int | None = None,
    months: int | None = None,
    execution: Execution | None = None,
) -> Results:
    """Switch channels of policies off, and say how much of an effect is put in; see `commonweal channels`.

    Args:
        scenario: Scenario whose policies are looked at together. None takes the built-in four, each alone.
        seeds: How many seeds.
        scale: Replaces the scenario's.
        months: Replaces the scenario's.
        execution: Where and how runs are done; None does as the command.

    Returns:
        put_in, channels_that_move, left_over, channel_texts, channels, outcomes.
    """
    if scenario is None:
        base, bundles = designs.channels_design(None, scale=scale, months=months)
    else:
        base, policies = designs.policies_apart(_scenario(scenario, scale=scale, months=months))
        bundles = (bundle_of(base, policies),)
    study = ChannelsStudy(base, bundles, designs.seeds_from(base.seed, seeds))
    return Results(conduct(study, _as_usual(execution)))


def sweep(
    scenario: Source,
    vary: Sequence[str],
    *,
    method: str = "grid",
    points: int = DEFAULT_POINTS,
    sample_seed: int = 0,
    seeds: int = 4,
    scale: int | None = None,
    months: int | None = None,
    execution: Execution | None = None,
) -> Results:
    """Run a scenario over a range of any dial or assumption; see `commonweal sweep`.

    Returns:
        points, outcomes, responses; of a Latin hypercube trends too.
    """
    base = _scenario(scenario, scale=scale, months=months)
    chosen = designs.seeds_from(base.seed, seeds)
    return Results(
        conduct(SweepStudy(base, parse(base, vary), method, chosen, points, sample_seed), _as_usual(execution))
    )


def sensitivity(
    scenario: Source,
    vary: Sequence[str] = (),
    *,
    method: str = "morris",
    outcomes: Sequence[str] = DEFAULT_OUTCOMES,
    samples: int | None = None,
    second_order: bool = False,
    screened: Results | str | Path | None = None,
    top: int = MOST_SCREENED,
    sample_seed: int = 0,
    seeds: int = 2,
    scale: int | None = None,
    months: int | None = None,
    execution: Execution | None = None,
) -> Results:
    """Say which assumptions an outcome hangs on; see `commonweal sensitivity`.

    Args:
        scenario: Scenario, or its file.
        vary: Dials and assumptions, as after `--vary`.
        method: "morris" or "sobol".
        outcomes: Indicators.
        samples: Trajectories, or points of Sobol's base sample; None takes the method's usual number.
        second_order: Sobol indices of pairs too.
        screened: An earlier study, or its folder, whose strongest assumptions are varied too.
        top: How many of them.
        sample_seed: Seed of the sample.
        seeds: How many seeds at every point.
        scale: Replaces the scenario's.
        months: Replaces the scenario's.
        execution: Where and how runs are done; None does as the command.

    Returns:
        points, responses, indices, noise; with second order interactions too.
    """
    base = _scenario(scenario, scale=scale, months=months)
    texts = list(vary)
    if screened is not None:
        texts += [name for name in strongest_of(_findings(screened), str(screened), top) if name not in texts]
    study = SensitivityStudy(
        base=base,
        variations=parse(base, texts),
        method=method,
        outcomes=tuple(outcomes),
        seeds=designs.seeds_from(base.seed, seeds),
        samples=DEFAULT_SAMPLES.get(method, 0) if samples is None else samples,
        sample_seed=sample_seed,
        second_order=second_order,
    )
    return Results(conduct(study, _as_usual(execution)))


def discover(
    swept: Results | str | Path,
    *,
    outcome: str = "inactivity_rate",
    threshold: float = 0.0,
    method: str = "prim",
    execution: Execution | None = None,
) -> Results:
    """Say where a sweep's policy fails; see `commonweal discover`.

    Args:
        swept: As `sweep` gives it, or its folder; with the same store no run is done again.
        outcome: Indicator.
        threshold: Effect that is not good enough.
        method: "prim" or "cart".
        execution: Where and how runs are done; None does as the command.

    Returns:
        summary, boxes, box_stats, cases.
    """
    study = sweep_of(_findings(swept), str(swept))
    return Results(conduct(DiscoveryStudy(study, outcome, threshold, method), _as_usual(execution)))


def _findings(study: Results | str | Path) -> Findings:
    return study.findings if isinstance(study, Results) else load_findings(study)


def appraise(
    *scenarios: Source,
    budget: float | None = None,
    seeds: int | None = None,
    scale: int | None = None,
    months: int | None = None,
    execution: Execution | None = None,
) -> Results:
    """Appraise policies after the HM Treasury Green Book; see `commonweal appraise`.

    Returns:
        appraisal, yearly, distribution, plane, acceptability.
    """
    arms = arms_of(scenarios, scale, months)
    chosen = designs.seeds_from(arms[0].scenario.seed, designs.DEFAULT_SEEDS if seeds is None else seeds)
    how = _as_usual(execution)
    return Results(conduct(AppraisalStudy(on_budget(arms, budget, chosen, how), chosen), how))


def shock(
    scenario: Source | None = None,
    *,
    seeds: int = SHOCK_SEEDS,
    scale: int | None = None,
    months: int | None = None,
    execution: Execution | None = None,
) -> Results:
    """Say how deep shocks go and how soon they are made up; see `commonweal shock`.

    Args:
        scenario: Scenario with shocks, or its file; without shocks, or None, the default ones strike it.
        seeds: How many seeds.
        scale: Replaces the scenario's.
        months: Replaces the scenario's.
        execution: Where and how runs are done; None does as the command.

    Returns:
        depth, path.
    """
    if scenario is None:
        scenario, months = Scenario(), SHOCK_MONTHS if months is None else months
    base = _scenario(scenario, scale=scale, months=months)
    return Results(conduct(shock_study(base, designs.seeds_from(base.seed, seeds)), _as_usual(execution)))


def backtest(
    *,
    seeds: int = BACKTEST_SEEDS,
    scale: int | None = None,
    region: str | None = None,
    execution: Execution | None = None,
) -> Results:
    """Forecast 2019, 2021 and 2022 from the end of 2018 and compare with what happened; see `commonweal backtest`.

    Args:
        seeds: How many seeds.
        scale: Real units that one simulated unit stands for; None takes the default.
        region: Region pack with official figures; None takes the built-in one.
        execution: Where and how runs are done; None does as the command.

    Returns:
        scores, contests, errors, forecasts, trends.
    """
    base = _scenario(Scenario(), scale=scale, region=region)
    return Results(conduct(BacktestStudy(base, designs.seeds_from(base.seed, seeds)), _as_usual(execution)))


def on_budget(
    arms: tuple[Arm, ...], budget: float | None, seeds: Sequence[int], execution: Execution
) -> tuple[Arm, ...]:
    """Arms whose policies cost the public purse the same, in pounds a year; None leaves them as they are."""
    if budget is None:
        return arms
    policies = scaled(arms[1:], budget, lambda these: mean_public_cost(arms[0], these, seeds, execution))
    return (arms[0], *policies)


def reproduce(manifest: str | Path, *, execution: Execution | None = None) -> Reproduction:
    """Run a manifest again, every run anew; see `commonweal reproduce`."""
    path, record = read_manifest(manifest)
    return run_again(str(path), record, execution)


__all__ = [
    "ENSEMBLE", "Execution", "Results", "appraise", "arms_of", "backtest", "channels", "compare", "discover",
    "factorial", "on_budget", "reproduce", "sensitivity", "shock", "sweep",
]  # fmt: skip

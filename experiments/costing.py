"""What policies cost the public purse, from runs of them."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.comparison import Arm
from experiments.effects import YEAR, first_policy_month
from experiments.errors import RunsFailedError
from experiments.laboratory import Execution, perform


def mean_public_cost(
    baseline: Arm, arms: Sequence[Arm], seeds: Sequence[int], execution: Execution
) -> dict[str, float]:
    """Mean public cost a year of policies over the baseline, from each one's first month on.

    Args:
        baseline: The baseline.
        arms: The policies.
        seeds: Seeds to take the mean over.
        execution: Where and how the runs are done.

    Returns:
        Pounds a year by arm.

    Raises:
        RunsFailedError: A run failed.
    """
    scenarios = {
        (arm.name, seed): arm.scenario.with_(name=arm.name, seed=seed) for arm in (baseline, *arms) for seed in seeds
    }
    runs = perform(list(scenarios.values()), execution)
    for scenario in scenarios.values():
        if (failure := runs.failed(scenario)) is not None:
            raise RunsFailedError(f"{failure}\n{failure.traceback}")
    found = {}
    for arm in arms:
        first, last = first_policy_month(arm), arm.scenario.months - 1
        gaps = [
            runs.window_means(scenarios[arm.name, seed], first, last)["public_policy_cost"]
            - runs.window_means(scenarios[baseline.name, seed], first, last)["public_policy_cost"]
            for seed in seeds
        ]
        found[arm.name] = sum(gaps) / len(gaps) * 1e6 * YEAR
    return found

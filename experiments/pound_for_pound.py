"""Scales policies to the same public spend, so that they can be compared pound for pound."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from experiments.comparison import Arm
from experiments.errors import InputError

#: Greatest strength of a policy (see `policies.Policy`).
STRONGEST = 2.0
#: How near the budget is near enough, as a share of it, and most rounds of runs to get there.
TOLERANCE, ROUNDS = 0.01, 10
#: Least power of strength that a cost is taken to rise with, and one over the greatest.
LEAST_POWER = 0.2
#: Decimals of a strength: finer ones would not be read.
DECIMALS = 5

Costs = Callable[[Sequence[Arm]], Mapping[str, float]]


def strengthened(arm: Arm, factor: float) -> Arm:
    """An arm with the strength of all its policies multiplied.

    Raises:
        InputError: A policy would be stronger than is allowed.
    """
    policies = []
    for policy in arm.scenario.policies:
        strength = round(float(getattr(policy, "strength", 1.0)) * factor, DECIMALS)
        if strength > STRONGEST * (1.0 + 10.0**-DECIMALS):
            raise InputError(
                f"--budget: {arm.name}: needs a strength of {strength:g}; allowed is at most {STRONGEST:g}"
            )
        policies.append(policy.model_copy(update={"strength": min(strength, STRONGEST)}))
    return Arm(arm.name, arm.title, arm.scenario.with_(policies=tuple(policies)))


def scaled(arms: Sequence[Arm], budget: float, cost_of: Costs) -> tuple[Arm, ...]:
    """Policy arms whose mean public cost a year is the budget.

    The cost need not be proportional to strength: the power law through the two costs nearest to the budget says which
    strength to try next, and halves of what is known to be too little and too much where it leads astray.

    Args:
        arms: Policy arms.
        budget: Pounds a year, above 0.
        cost_of: Mean public cost a year of arms, pounds, by name; it runs them.

    Returns:
        The arms at the strength that the budget buys.

    Raises:
        InputError: A policy costs nothing, or cannot cost that much at the greatest strength.
    """
    if not 0.0 < budget < math.inf:
        raise InputError(f"--budget: {budget:g}; allowed is an amount above 0, in pounds a year")
    known: dict[str, list[tuple[float, float]]] = {arm.name: [] for arm in arms}
    factor = dict.fromkeys(known, 1.0)
    for _ in range(ROUNDS):
        now = [strengthened(arm, factor[arm.name]) for arm in arms if not _met(known[arm.name], budget)]
        if not now:
            break
        costs = cost_of(now)
        for arm in now:
            name, cost = arm.name, costs[arm.name]
            if not cost > 0.0:
                raise InputError(f"--budget: {name}: costs the public purse nothing; allowed are policies that do")
            known[name].append((factor[name], cost))
            if not _met(known[name], budget):
                factor[name] = _next(arm, factor[name], known[name], budget)
    missed = [name for name in known if not _met(known[name], budget)]
    if missed:
        raise InputError(f"--budget: {', '.join(missed)}: not within 1% of £{budget:,.0f} in {ROUNDS} rounds of runs")
    return tuple(strengthened(arm, _nearest(known[arm.name], budget)[0][0]) for arm in arms)


def _met(points: Sequence[tuple[float, float]], budget: float) -> bool:
    return bool(points) and abs(_nearest(points, budget)[0][1] - budget) <= TOLERANCE * budget


def _nearest(points: Sequence[tuple[float, float]], budget: float) -> list[tuple[float, float]]:
    """Factors and their costs, those nearest to the budget first, in ratio."""
    return sorted(points, key=lambda point: abs(math.log(point[1] / budget)))


def _next(arm: Arm, tried: float, points: Sequence[tuple[float, float]], budget: float) -> float:
    """The factor to try next for an arm whose strengths have just been multiplied by the one tried."""
    # The arm's strengths hold the factor that was tried.
    strongest = max(float(getattr(policy, "strength", 1.0)) for policy in arm.scenario.policies)
    most = tried * STRONGEST / strongest
    under = max((factor for factor, cost in points if cost <= budget), default=0.0)
    over = min((factor for factor, cost in points if cost > budget), default=math.inf)
    if over == math.inf and under >= most * 0.999:
        cost = max(cost for _, cost in points)
        raise InputError(
            f"--budget: {arm.name}: costs £{cost:,.0f} a year at the greatest strength; allowed is no more"
        )
    (first, first_cost), *others = _nearest(points, budget)
    power = 1.0
    if others:
        second, second_cost = others[0]
        slope = math.log(second_cost / first_cost) / math.log(second / first)
        power = min(max(slope, LEAST_POWER), 1.0 / LEAST_POWER)
    wanted = min(float(first * (budget / first_cost) ** (1.0 / power)), most)
    if under < wanted < over:
        return wanted
    return (under + min(over, most)) / 2.0

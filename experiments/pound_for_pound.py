"""Scales policies to the same public spend, so that they can be compared pound for pound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from experiments.comparison import Arm
from experiments.errors import InputError

#: Greatest strength of a policy (see `policies.Policy`).
STRONGEST = 2.0
#: How near the budget is near enough, as a share of it, and most rounds of runs to get there.
TOLERANCE, ROUNDS = 0.01, 8
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
        if strength > STRONGEST:
            raise InputError(
                f"--budget: {arm.name}: needs a strength of {strength:g}; allowed is at most {STRONGEST:g}"
            )
        policies.append(policy.model_copy(update={"strength": strength}))
    return Arm(arm.name, arm.title, arm.scenario.with_(policies=tuple(policies)))


def scaled(arms: Sequence[Arm], budget: float, cost_of: Costs) -> tuple[Arm, ...]:
    """Policy arms whose mean public cost a year is the budget.

    The cost need not be proportional to strength, so that the secant through the last two costs is followed, kept
    between what is known to be too little and too much (regula falsi).

    Args:
        arms: Policy arms.
        budget: Pounds a year, above 0.
        cost_of: Mean public cost a year of arms, pounds, by name; it runs them.

    Returns:
        The arms at the strength that the budget buys.

    Raises:
        InputError: A policy costs nothing, or cannot cost that much at the greatest strength.
    """
    if not budget > 0.0:
        raise InputError(f"--budget: {budget:g}; allowed is an amount above 0, in pounds a year")
    # Strength 0 costs nothing.
    known: dict[str, list[tuple[float, float]]] = {arm.name: [(0.0, 0.0)] for arm in arms}
    factor = dict.fromkeys(known, 1.0)
    for _ in range(ROUNDS):
        now = [strengthened(arm, factor[arm.name]) for arm in arms if not _met(known[arm.name], budget)]
        if not now:
            break
        costs = cost_of(now)
        for arm in now:
            name, cost = arm.name, costs[arm.name]
            if cost <= 0.0:
                raise InputError(f"--budget: {name}: costs the public purse nothing; allowed are policies that do")
            known[name].append((factor[name], cost))
            factor[name] = _next(arms, name, known[name], budget)
    missed = [name for name in known if not _met(known[name], budget)]
    if missed:
        raise InputError(f"--budget: {', '.join(missed)}: not within 1% of £{budget:,.0f} in {ROUNDS} rounds of runs")
    return tuple(strengthened(arm, _nearest(known[arm.name], budget)[0]) for arm in arms)


def _met(points: Sequence[tuple[float, float]], budget: float) -> bool:
    return abs(_nearest(points, budget)[1] - budget) <= TOLERANCE * budget


def _nearest(points: Sequence[tuple[float, float]], budget: float) -> tuple[float, float]:
    return min(points, key=lambda point: abs(point[1] - budget))


def _next(arms: Sequence[Arm], name: str, points: Sequence[tuple[float, float]], budget: float) -> float:
    """The factor to try next."""
    under = max(point for point in points if point[1] <= budget)
    over = min((point for point in points if point[1] > budget), default=None)
    if over is None:
        # Nothing was too much yet: on along the line from nothing.
        wanted = under[0] * budget / under[1]
        most = _most(next(arm for arm in arms if arm.name == name))
        if under[0] >= most * 0.999:
            raise InputError(
                f"--budget: {name}: costs £{under[1]:,.0f} a year at the greatest strength; allowed is no more"
            )
        return min(wanted, most)
    return under[0] + (over[0] - under[0]) * (budget - under[1]) / (over[1] - under[1])


def _most(arm: Arm) -> float:
    """The factor at which an arm's strongest policy is as strong as is allowed."""
    return STRONGEST / max(float(getattr(policy, "strength", 1.0)) for policy in arm.scenario.policies)

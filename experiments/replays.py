"""Replays of published evidence that was not used to set the policies, beside what the model does in the same case.

Each replay is a pair of runs under one seed, without and with what the evidence is about. Ranges around a published
figure follow one rule: what flows, grows or falls may be off by a factor of two, what is a share by a third, since
sources differ by that much; where another range is meant, the row says so. Figures that are recalled, without a
source at hand, are `assumed`.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.answer_numbers import mean_interval
from experiments.errors import InputError
from experiments.replay_buses import buses
from experiments.replay_employability import employability
from experiments.replay_procurement import procurement
from experiments.replay_turnover import turnover
from experiments.runner import check_workers, processors
from simulation import Scenario

#: Replays by name: what measures one under a scenario's seed and scale.
REPLAYS: Mapping[str, Callable[[Scenario], dict[str, float]]] = {
    "turnover": turnover,
    "procurement": procurement,
    "employability": employability,
    "buses": buses,
}
#: Verdicts.
INSIDE, MOSTLY = "inside", "inside, its interval reaches outside"
OUTSIDE, NEARLY = "outside", "outside, its interval reaches inside"
IMPRECISE, SET = "too imprecise to tell", "set by the dial"


@dataclass(frozen=True)
class Evidence:
    """One published figure beside which a replay is put.

    Attributes:
        replay: Name of the replay.
        quantity: Name of what it measures.
        label: What it is, in plain words.
        unit: Its unit.
        published: The figure.
        low: Least of the range.
        high: Greatest of the range.
        source: Where the figure is from.
        status: seen, derived or assumed.
        below: Why the model would be below the range, where known.
        above: Why the model would be above the range, where known.
        is_set: Whether the replay's dial was set to this figure, so that it is no test.
    """

    replay: str
    quantity: str
    label: str
    unit: str
    published: float
    low: float
    high: float
    source: str
    status: str
    below: str = ""
    above: str = ""
    is_set: bool = False


EVIDENCE: tuple[Evidence, ...] = (
    Evidence(
        "turnover", "turnover_per_floor", "separations at living-wage employers", "% per 10% of the floor",
        -2.05, -4.1, -1.0, "Dube, Lester and Reich 2013 (US restaurants and teenagers, statutory floor)", "seen",
        above="All staff of these employers count, of whom the floor lifts only some, since employers whom it would "
        "cost much rarely join.",
    ),
    Evidence(
        "turnover", "turnover_per_pay", "separations of staff whose pay the floor lifts", "% per % of pay",
        -0.95, -1.9, -0.48, "Dube, Lester and Reich 2013: -2.0% over +2.1%", "derived",
        above="The elasticity of separations to pay (row separation_wage_elasticity) bears on those who leave of their "
        "own or by chance, a tenth of all ends of jobs; lay-offs and leaving the labour market do not ask for pay, and "
        "those who move to another job look at hours and the way there too.",
    ),
    Evidence(
        "procurement", "local_share_before", "anchor spending kept local, before", "%",
        39.0, 26.0, 52.0, "CLES: Preston's anchors in Lancashire 2012/13, also the source of the row", "seen",
        is_set=True,
    ),
    Evidence(
        "procurement", "local_share_after", "anchor spending kept local, fifth year", "%",
        79.2, 52.8, 105.6, "CLES: Preston's anchors in Lancashire 2016/17", "seen",
        is_set=True,
    ),
    Evidence(
        "procurement", "multiplier", "value added in all over value added in the orders that move", "ratio",
        1.5, 1.3, 1.7, "Additionality Guide, composite regional multiplier", "assumed",
        below="Firms buy much of their inputs, and residents of their goods, outside the region (purchase shares by "
        "location quotients), and capacity that anchors take is not there for others at once.",
    ),
    Evidence(
        "procurement", "jobs_per_job", "further jobs for each job in these orders", "ratio",
        0.1, -0.4, 0.5, "Faggio and Overman 2014: +0.5 and -0.4 for each public job, which are the range",
        "derived",
    ),
    Evidence(
        "employability", "gross_share", "of the supported, in sustained work", "%",
        34.0, 22.7, 45.3, "Local Industrial Strategy draft 2020: Ways to Work, over 8,500 of 25,000, gross", "seen",
    ),
    Evidence(
        "employability", "net_6", "of the supported, in work through it after half a year", "points",
        1.6, 0.8, 3.2, "Card, Kluve and Weber 2018, short run", "assumed",
        above="More than half of the places go to discouraged people, whom a broker makes think again six times as "
        "often as others do (row brokerage_review_rate), at once; at the low end of its range the effect halves.",
    ),
    Evidence(
        "employability", "net_24", "of the supported, in work through it after two years", "points",
        5.4, 2.7, 10.8, "Card, Kluve and Weber 2018, medium run", "assumed",
        below="Of the supported who look for work nearly nine in ten would work half a year later anyway (places go to "
        "the young and qualified), and a broker leaves no skill behind.",
    ),
    Evidence(
        "employability", "net_region", "more residents in work, over all supported", "points",
        2.7, 0.0, 5.4, "Crépon et al. 2013 for displacement: between nothing and what the supported gain", "assumed",
    ),
    Evidence(
        "buses", "access", "jobs within 45 minutes without a car, IMD decile 1", "% change",
        10.0, 5.0, 20.0, "KPMG 2016: the change that is looked at", "seen",
        is_set=True,
    ),
    Evidence(
        "buses", "deprivation", "deprived of work, IMD decile 1", "% change",
        -2.7, -5.4, -1.35, "KPMG and ITS Leeds 2016 (an association across places, industry funded)", "seen",
        above="Two thirds of those deprived of work there are long-term sick or carers, whose choice hardly hangs on "
        "reach (participation_reach_weight), and search is nearly saturated by the posts that are in reach already.",
    ),
)  # fmt: skip


def replay(
    scenario: Scenario,
    seeds: Sequence[int],
    names: Sequence[str] = (),
    workers: int | None = None,
    progress: Callable[[], None] = lambda: None,
) -> list[dict[str, Any]]:
    """Replay published evidence under some seeds.

    Args:
        scenario: Its scale and region are taken.
        seeds: Seeds.
        names: Replays wanted; none mean all.
        workers: Worker processes; 0 does all in this process, None takes one for each processor.
        progress: Called once for each replay and seed that is done.

    Returns:
        A row per published figure: replay, quantity, label, unit, published, low, high, source, status, simulated,
        simulated_low and simulated_high (95% interval over seeds), seeds, verdict, why.

    Raises:
        InputError: A name is unknown or the workers are out of range.
    """
    for name in names:
        if name not in REPLAYS:
            raise InputError(f"--only: {name!r} is no replay; allowed: {', '.join(REPLAYS)}")
    check_workers(workers)
    wanted = [name for name in REPLAYS if not names or name in names]
    tasks = [(name, scenario.with_(seed=seed)) for seed in seeds for name in wanted]
    found: dict[str, list[float]] = {}
    for values in _performed(tasks, processors() if workers is None else workers):
        progress()
        for quantity, value in values.items():
            found.setdefault(quantity, []).append(value)
    return [evidence_row(item, found[item.quantity]) for item in EVIDENCE if item.replay in wanted]


def _performed(tasks: list[tuple[str, Scenario]], workers: int) -> Any:
    if workers == 0 or len(tasks) == 1:
        yield from map(_measure, tasks)
        return
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_measure, tasks)


def _measure(task: tuple[str, Scenario]) -> dict[str, float]:
    name, scenario = task
    return REPLAYS[name](scenario)


def evidence_row(item: Evidence, values: Sequence[float]) -> dict[str, Any]:
    """One published figure beside the simulated one; see `replay`."""
    known = np.array([value for value in values if math.isfinite(value)])
    mean, low, high = mean_interval(known) if known.size else (math.nan,) * 3
    row = {
        name: getattr(item, name)
        for name in ("replay", "quantity", "label", "unit", "published", "low", "high", "source", "status")
    }
    verdict = verdict_of(item, float(mean), float(low), float(high))
    why = ""
    if verdict in (OUTSIDE, NEARLY):
        why = item.below if mean < item.low else item.above
    return row | {
        "simulated": float(mean),
        "simulated_low": float(low),
        "simulated_high": float(high),
        "seeds": int(known.size),
        "verdict": verdict,
        "why": why,
    }


def verdict_of(item: Evidence, mean: float, low: float, high: float) -> str:
    """Whether a simulated figure lies in the published range; an interval that holds all of the range says nothing."""
    if item.is_set:
        return SET
    if not (math.isfinite(low) and math.isfinite(high)) or (low < item.low and high > item.high):
        return IMPRECISE
    if item.low <= mean <= item.high:
        return INSIDE if item.low <= low and high <= item.high else MOSTLY
    return NEARLY if low <= item.high and high >= item.low else OUTSIDE

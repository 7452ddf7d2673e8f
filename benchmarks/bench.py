"""Time a month of the model beside two yardsticks, in one process and in turn.

The yardsticks say what the machine can do today: an empty step of as many plain Mesa agents as there
are simulated households, and one copy of every state column, the least that touching all state can
cost. Ratios to them travel between machines better than milliseconds do.

    make bench
    .venv/bin/python benchmarks/bench.py --scale 50 --months 24 --json
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

import simulation.economy as month
from agents.household import Household
from simulation import Economy, Scenario

#: Times that a yardstick is taken after each month; the median of them counts.
TRIES = 5


class Idle(mesa.Agent):
    """A plain Mesa agent whose step does nothing."""

    def step(self) -> None:
        """Do nothing."""


class Stopwatch:
    """Seconds spent in each of some functions, by replacing them with timed ones.

    Args:
        phases: Label, owner and attribute of each function.
    """

    def __init__(self, phases: list[tuple[str, Any, str]]) -> None:
        self.seconds: dict[str, float] = {}
        for label, owner, name in phases:
            setattr(owner, name, self._timed(label, getattr(owner, name)))

    def _timed(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            result = function(*args, **kwargs)
            self.seconds[label] = self.seconds.get(label, 0.0) + time.perf_counter() - start
            return result

        return timed


def phases_of(economy: Economy) -> list[tuple[str, Any, str]]:
    """The ten phases in the order of `Economy.step`."""
    return [
        ("1 policies", economy, "_apply_policies"),
        ("2 life", month, "live"),
        ("3 skills", month, "learn"),
        ("4 plans", month, "plan"),
        ("5 labour market", month, "labour_market"),
        ("6 production and pay", month, "produce_and_pay"),
        ("7 spending", month, "spend"),
        ("8 profit and ownership", month, "share_profit"),
        ("9 ledger closes", economy.ledger, "close_month"),
        ("10 indicators", economy.recorder, "record"),
    ]


def columns_of(economy: Economy) -> list[NDArray[Any]]:
    """Every state column of every table."""
    tables = (economy.households, economy.persons, economy.organisations, economy.contracts)
    return [getattr(table, name) for table in tables for name in table.fields]


def copier(columns: list[NDArray[Any]]) -> Callable[[], None]:
    """A function that copies these columns into arrays that exist already."""
    pairs = [(np.empty_like(column), column) for column in columns]

    def copy() -> None:
        for target, source in pairs:
            np.copyto(target, source)

    return copy


def seconds(function: Callable[[], Any]) -> float:
    """Median time of a few calls."""
    taken = []
    for _ in range(TRIES):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def measure(scale: int, months: int, seed: int) -> dict[str, Any]:
    """Run some months, taking the yardsticks after each.

    Args:
        scale: Real units that one simulated unit stands for.
        months: Months to time, after one that compiles the kernels.
        seed: Seed of the run.

    Returns:
        Sizes, and for each thing timed the quartiles in milliseconds.
    """
    start = time.perf_counter()
    economy = Economy(Scenario(scale=scale, seed=seed, months=months + 1))
    economy.step()
    built = time.perf_counter() - start
    plain = mesa.Model(seed=seed)
    Idle.create_agents(plain, len(economy.agents_by_type[Household]))
    watch = Stopwatch(phases_of(economy))
    samples: dict[str, list[float]] = {}
    for _ in range(months):
        watch.seconds.clear()
        start = time.perf_counter()
        economy.step()
        taken = {"month": time.perf_counter() - start, **watch.seconds}
        taken["empty step"] = seconds(lambda: plain.agents.do("step"))
        taken["copy"] = seconds(copier(columns_of(economy)))
        for label, value in taken.items():
            samples.setdefault(label, []).append(value * 1000.0)
    quartiles = {label: np.quantile(values, [0.25, 0.5, 0.75]).tolist() for label, values in samples.items()}
    return {
        "scale": scale,
        "months": months,
        "seed": seed,
        "households": len(economy.households),
        "persons": len(economy.persons),
        "organisations": len(economy.organisations),
        "state_bytes": sum(column.nbytes for column in columns_of(economy)),
        "build_and_first_month_seconds": round(built, 3),
        "milliseconds": {k: [round(x, 4) for x in v] for k, v in quartiles.items()},
        "month_over_empty_step": round(quartiles["month"][1] / quartiles["empty step"][1], 2),
        "month_over_copy": round(quartiles["month"][1] / quartiles["copy"][1], 1),
        "python": platform.python_version(),
        "mesa": mesa.__version__,
        "numpy": np.__version__,
        "machine": platform.machine(),
    }


def show(result: dict[str, Any]) -> None:
    """Print a measurement for people."""
    times = result["milliseconds"]

    def line(label: str, key: str, note: str = "") -> None:
        low, middle, high = times[key]
        print(f"{label:<46}{middle:9.2f} ms  ({low:.2f} to {high:.2f}){note}")

    print(
        f"scale {result['scale']}: {result['households']:,} households, {result['persons']:,} persons, "
        f"{result['organisations']:,} organisations; medians and quartiles of {result['months']} months"
    )
    line("a month of Commonweal", "month")
    for key in times:
        if key[0].isdigit():
            line(f"  {key}", key, f"  {times[key][1] / times['month'][1]:4.0%}")
    line(f"empty step of {result['households']:,} plain Mesa agents", "empty step")
    line(f"copy of all state columns ({result['state_bytes'] / 1e6:.1f} MB)", "copy")
    print(f"a month = {result['month_over_empty_step']} empty Mesa steps = {result['month_over_copy']} copies of state")
    print(f"building it, with the first month: {result['build_and_first_month_seconds']} s")


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description="Time a month of Commonweal beside two yardsticks.")
    parser.add_argument("--scale", type=int, default=100)
    parser.add_argument("--months", type=int, default=24, help="months to time (default 24)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    options = parser.parse_args()
    if not 1 <= options.scale <= 1000:
        parser.error("--scale: allowed is 1 to 1000")
    if not 1 <= options.months <= 479:
        parser.error("--months: allowed is 1 to 479")
    result = measure(options.scale, options.months, options.seed)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()

"""Time a month of the model beside yardsticks that run on the same machine in the same minutes.

Everything is measured side by side in one process on one core, medians over repeats, because ratios
travel between machines better than milliseconds do. Whole commands (the long run, the first start)
run in processes of their own, so that their memory and CPU time are theirs alone.
"""

from __future__ import annotations

import gc
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import simulation.economy as month
from agents.household import Household
from experiments import trials
from experiments.yardsticks import columns_of, copy_of_state, mesa_step, starsim_step
from simulation import Economy, Scenario

#: Scales over which the growth of a month is measured, the last one against the yardsticks.
SCALES = (100, 10, 1)
#: Months before the first that is timed: kernels load, the copied state is touched once.
WARM_UP = 2
REFERENCE_SCALE, REFERENCE_MONTHS = 10, 3

Milliseconds = dict[str, float]


class Stopwatch:
    """Milliseconds spent in each of some functions, by replacing them with timed ones.

    Args:
        phases: Label, owner and attribute of each function.
    """

    def __init__(self, phases: list[tuple[str, Any, str]]) -> None:
        self.taken: Milliseconds = {}
        self._replaced = [(owner, name, getattr(owner, name)) for _, owner, name in phases]
        for label, owner, name in phases:
            setattr(owner, name, self._timed(label, getattr(owner, name)))

    def _timed(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            result = function(*args, **kwargs)
            self.taken[label] = self.taken.get(label, 0.0) + (time.perf_counter() - start) * 1000.0
            return result

        return timed

    def stop(self) -> None:
        """Put the functions back."""
        for owner, name, function in self._replaced:
            setattr(owner, name, function)


def phases_of(economy: Economy) -> list[tuple[str, Any, str]]:
    """The phases in the order of `Economy.step`."""
    return [
        ("policies", economy, "_apply_policies"),
        ("life", month, "live"),
        ("skills", month, "learn"),
        ("plans", month, "plan"),
        ("labour market", month, "labour_market"),
        ("production and pay", month, "produce_and_pay"),
        ("spending", month, "spend"),
        ("profit and ownership", month, "share_profit"),
        ("ledger closes", economy.ledger, "close_month"),
        ("indicators", economy.recorder, "record"),
    ]


def milliseconds(function: Callable[[], Any]) -> float:
    """Time of one call."""
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000.0


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process and its children on one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def cold_populations() -> Iterator[None]:
    """Synthesise anew whatever populations have been kept."""
    before = os.environ.get("COMMONWEAL_CACHE")
    os.environ["COMMONWEAL_CACHE"] = "off"
    try:
        yield
    finally:
        if before is None:
            del os.environ["COMMONWEAL_CACHE"]
        else:
            os.environ["COMMONWEAL_CACHE"] = before


def measure_month(scale: int, repeats: int, seed: int, *, yardsticks: bool) -> dict[str, Any]:
    """Time months of one economy, and after each the yardsticks on as many agents as it has households.

    Args:
        scale: Real units that one simulated unit stands for.
        repeats: Months to time.
        seed: Seed of the run.
        yardsticks: Whether to time those too.

    Returns:
        Sizes; medians in milliseconds of the month, of each phase and of each yardstick (None where it
        could not be had); seconds that the synthesis took.
    """
    # Once beforehand on a small economy, so that neither loading kernels nor the region pack is counted.
    Economy(Scenario(scale=1000, seed=seed, months=3)).run()
    start = time.perf_counter()
    economy = Economy(Scenario(scale=scale, seed=seed, months=repeats + WARM_UP))
    synthesis = time.perf_counter() - start
    households = len(economy.agents_by_type[Household])
    steps: dict[str, Callable[[], Any]] = {}
    if yardsticks:
        found = {
            "mesa": mesa_step(households),
            "starsim": starsim_step(households, repeats + WARM_UP),
            "copy": copy_of_state(economy),
        }
        steps = {name: step for name, step in found.items() if step is not None}
    watch = Stopwatch(phases_of(economy))
    samples: dict[str, list[float]] = {}
    # The collector of garbage would look through the agents of a yardstick while something else is timed.
    gc.collect()
    gc.freeze()
    try:
        for turn in range(-WARM_UP, repeats):
            watch.taken.clear()
            taken = {"month": milliseconds(economy.step), **watch.taken}
            taken |= {name: milliseconds(step) for name, step in steps.items()}
            if turn >= 0:
                for label, value in taken.items():
                    samples.setdefault(label, []).append(value)
    finally:
        watch.stop()
        gc.unfreeze()
    medians = {label: float(np.median(values)) for label, values in samples.items()}
    return {
        "scale": scale,
        "households": households,
        "persons": len(economy.persons),
        "organisations": len(economy.organisations),
        "state_mib": sum(column.nbytes for column in columns_of(economy)) / 2**20,
        "synthesis_seconds": synthesis,
        "month": medians["month"],
        "phases": {label: medians[label] for label, _, _ in phases_of(economy) if label in medians},
        "yardsticks": {name: medians.get(name) for name in ("mesa", "starsim", "copy")} if yardsticks else {},
    }


def measure_reference(seed: int) -> dict[str, Any] | None:
    """Time the labour market and spending in the readable form and in columns, on the same economy.

    Returns:
        Milliseconds a month of both; None where the readable form is not at hand (it is part of a checkout, in
        `tests/reference`, not of an installed package).
    """
    root = str(Path(__file__).resolve().parent.parent)
    if not (Path(root) / "tests" / "reference").is_dir():
        return None
    sys.path.insert(0, root)
    try:
        timing = import_module("tests.reference.timing")
    finally:
        sys.path.remove(root)
    economy = Economy(Scenario(scale=REFERENCE_SCALE, seed=seed, months=REFERENCE_MONTHS + 1))
    readable, columnar = timing.time_phases(economy, REFERENCE_MONTHS)
    return {"scale": REFERENCE_SCALE, "readable": readable * 1000.0, "columnar": columnar * 1000.0}


def measure_commands(seed: int, scale: int = 1, months: int = trials.LONG_MONTHS) -> dict[str, Any]:
    """Run whole commands: the long run, the short one, and the first start.

    Args:
        seed: Seed of all runs.
        scale: Scale of the long run.
        months: Months of the long run.

    Returns:
        What each took, and whether the runs that must agree have the same digest.
    """
    with tempfile.TemporaryDirectory() as folder:
        made, long = trials.long_run(seed, Path(folder), scale, months)
        short = trials.short_run(seed, Path(folder))
    cold, warm = trials.first_run(seed)
    return {
        "long_run": {
            "scale": scale,
            "months": months,
            "cpu_seconds": long.cpu_seconds,
            "peak_rss_mib": long.peak_rss_mib,
            "cpu_seconds_of_the_run_that_made_its_population": made.cpu_seconds,
        },
        "short_run": {"cpu_seconds": short.cpu_seconds, "peak_rss_mib": short.peak_rss_mib},
        "first_run": {
            "cpu_seconds": cold.cpu_seconds,
            "compiling_seconds": cold.cpu_seconds - warm.cpu_seconds,
            "same_digest": cold.digest == warm.digest,
        },
    }


def bench(repeats: int, seed: int, *, scales: tuple[int, ...] = SCALES, commands: bool = True) -> dict[str, Any]:
    """Measure everything.

    Args:
        repeats: Months to time at each scale.
        seed: Seed of all runs.
        scales: Scales from coarse to fine; the last one is measured against the yardsticks.
        commands: Whether to run the whole commands too, which takes some minutes.

    Returns:
        Plain data: `ratios`, `peak_rss_mib`, `phases` and all they come from. What could not be measured is None.
    """
    with one_core(), cold_populations():
        months = [measure_month(scale, repeats, seed, yardsticks=scale == scales[-1]) for scale in scales]
        finest = months[-1]
        reference = measure_reference(seed)
        finished = measure_commands(seed, scale=scales[-1]) if commands else None
    own_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * trials.RSS_UNIT / 2**20
    by_scale = {found["scale"]: found["month"] for found in months}
    yard = finest["yardsticks"]
    return {
        "ratios": {
            "month_over_mesa_empty_step": _over(finest["month"], yard["mesa"]),
            "month_over_starsim_step": _over(finest["month"], yard["starsim"]),
            "month_over_copy_floor": _over(finest["month"], yard["copy"]),
            "month_scale_1_over_10": _over(by_scale.get(1), by_scale.get(10)),
            "reference_over_month": _over(reference["readable"], reference["columnar"]) if reference else None,
            "synthesis_over_month": _over(finest["synthesis_seconds"] * 1000.0, finest["month"]),
        },
        "peak_rss_mib": finished["long_run"]["peak_rss_mib"] if finished else own_peak,
        "phases": finest["phases"],
        "months": months,
        "reference": reference,
        "commands": finished,
        "repeats": repeats,
        "seed": seed,
        "machine": machine(),
    }


def _over(value: float | None, by: float | None) -> float | None:
    """A ratio, None where either was not measured."""
    return value / by if value is not None and by else None


def machine() -> dict[str, Any]:
    """What this was measured on."""
    found: dict[str, Any] = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    for name in ("mesa", "numpy", "numba", "starsim"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found

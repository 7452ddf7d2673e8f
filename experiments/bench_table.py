"""What a measurement says, as tables for people: ratios against their limits, phases, growth over scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.output import say, show


@dataclass(frozen=True)
class Limit:
    """What a measured value should be at most, or at least where `least` is set.

    Attributes:
        label: What is measured.
        path: Keys that lead to the value.
        limit: The bound.
        aim: What is aimed for, None where it is the bound.
        unit: Unit after the number.
        least: Whether the value should be at least the limit.
    """

    label: str
    path: tuple[str, ...]
    limit: float
    aim: float | None = None
    unit: str = "x"
    least: bool = False

    def value(self, result: Mapping[str, Any]) -> float | None:
        """The measured value, None where there is none."""
        found: Any = result
        for key in self.path:
            found = found.get(key) if found is not None else None
        return None if found is None else float(found)

    def holds(self, result: Mapping[str, Any]) -> bool | None:
        """Whether the value keeps within the limit, None where it was not measured."""
        value = self.value(result)
        if value is None:
            return None
        return value >= self.limit if self.least else value <= self.limit


LIMITS = (
    Limit("month / empty step of as many Mesa agents", ("ratios", "month_over_mesa_empty_step"), 0.25, 0.1),
    Limit("month / Starsim SIS step of as many agents", ("ratios", "month_over_starsim_step"), 2.0, 1.0),
    Limit("month / copy of all state", ("ratios", "month_over_copy_floor"), 15.0),
    Limit("month at scale 1 / month at scale 10", ("ratios", "month_scale_1_over_10"), 11.0),
    Limit("synthesis / month", ("ratios", "synthesis_over_month"), 60.0),
    Limit("readable reference / columns, same phases", ("ratios", "reference_over_month"), 300.0, least=True),
    Limit("peak memory of the long run", ("commands", "long_run", "peak_rss_mib"), 2048.0, 1229.0, "MiB"),
    Limit("CPU of a year at scale 100, shell to prompt", ("commands", "short_run", "cpu_seconds"), 3.0, unit="s"),
    Limit("compiling all kernels", ("commands", "first_run", "compiling_seconds"), 45.0, unit="s"),
)


def show_bench(result: Mapping[str, Any]) -> None:
    """Print a measurement."""
    finest = result["months"][-1]
    say(
        f"Scale {finest['scale']}: {finest['households']:,} households, {finest['persons']:,} persons, "
        f"{finest['organisations']:,} organisations, {finest['state_mib']:,.0f} MiB of state; one core; "
        f"medians of {result['repeats']} months"
    )
    month = finest["month"]
    phases = [(label, f"{value:,.2f}", f"{value / month:.0%}") for label, value in finest["phases"].items()]
    show("Where the month goes", ("phase", "ms", "share"), [*phases, ("month", f"{month:,.2f}", "")], right=(1, 2))
    names = {"mesa": "empty step of plain Mesa agents", "starsim": "Starsim SIS step", "copy": "copy of all state"}
    yardsticks = [
        (names[name], "not installed" if value is None else f"{value:,.2f}")
        for name, value in finest["yardsticks"].items()
    ]
    show("Yardsticks", (f"on {finest['households']:,} agents", "ms"), yardsticks, right=(1,))
    growth = [
        (str(found["scale"]), f"{found['persons']:,}", f"{found['month']:,.2f}", f"{found['synthesis_seconds']:,.2f}")
        for found in result["months"]
    ]
    show("How it grows", ("scale", "persons", "month, ms", "synthesis, s"), growth, right=(0, 1, 2, 3))
    rows = [_row(limit, result) for limit in LIMITS]
    show("Against the limits, which are for scale 1", ("what", "measured", "limit", "aim", ""), rows, right=(1, 2, 3))
    commands = result["commands"]
    if commands:
        long = commands["long_run"]
        say(
            f"{long['months']} months at scale {long['scale']} in one command: {long['cpu_seconds']:,.0f} s of CPU. "
            f"Cold and warm kernels: {'same digest' if commands['first_run']['same_digest'] else 'DIGESTS DIFFER'}"
        )


def _row(limit: Limit, result: Mapping[str, Any]) -> tuple[str, ...]:
    value, unit = limit.value(result), limit.unit
    sign = "≥" if limit.least else "≤"
    aim = "" if limit.aim is None else f"{limit.aim:,.4g} {unit}"
    measured = "not measured" if value is None else f"{value:,.2f} {unit}"
    verdict = {True: "holds", False: "missed", None: ""}[limit.holds(result)]
    return limit.label, measured, f"{sign} {limit.limit:,.4g} {unit}", aim, verdict

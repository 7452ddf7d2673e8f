"""The tables that commands print, and the same as plain data for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.text import Text

from experiments.comparison import FINAL_YEAR, NO_EFFECT, Comparison
from experiments.folders import REPORT
from experiments.outcomes import HEADLINE, outcome
from experiments.output import say, show
from experiments.records import RunResult
from experiments.reproduction import Reproduction

#: Runs that are named on a line.
MOST_NAMED = 5


def number(value: float | None) -> str:
    """A number as a person would write it; "n/a" where there is none."""
    if value is None or not math.isfinite(value):
        return "n/a"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


# --- a run ------------------------------------------------------------------------------------------


def run_record(result: RunResult, seconds: float, out: Path | None) -> dict[str, Any]:
    """A run as plain data."""
    table = result.indicators
    return {
        "scenario": result.scenario.name,
        "seed": result.scenario.seed,
        "scale": result.scenario.scale,
        "months": result.scenario.months,
        "digest": result.digest,
        "seconds": seconds,
        "ledger": {
            "months_closed": result.months_closed,
            "payments_pence": result.payments,
            "discrepancy_pence": result.discrepancy,
        },
        "indicators": {
            name: {"first": float(table[name].iloc[0]), "last": float(table[name].iloc[-1])}
            for name in table.columns
            if name != "month"
        },
        "out": None if out is None else str(out),
    }


def show_run(result: RunResult) -> None:
    """Print a run: the closing of the ledger, headline indicators, the digest."""
    rows = [(sector.replace("_", " "), f"{gap:,}") for sector, gap in result.discrepancy.items()]
    show("Closing of the ledger", ("sector", "discrepancy, pence, over all months"), rows, right=(1,))
    say(
        f"{result.months_closed} months closed ({result.scenario.burn_in} of burn-in); "
        f"payments £{result.payments / 100 * result.scenario.scale / 1e9:,.1f}bn"
    )
    table = result.indicators
    indicators = [
        (outcome(name).label, outcome(name).text(table[name].iloc[0]), outcome(name).text(table[name].iloc[-1]))
        for name in HEADLINE
    ]
    months = (str(table["month"].iloc[0]), str(table["month"].iloc[-1]))
    show("Headline indicators", ("outcome", *months), indicators, right=(1, 2))
    say(f"Digest {result.digest}")


# --- a comparison -----------------------------------------------------------------------------------


def comparison_record(comparison: Comparison, place: Path) -> dict[str, Any]:
    """A comparison as plain data."""
    return {
        "out": str(place),
        "report": str(place / REPORT),
        "seeds": list(comparison.seeds),
        "arms": [arm.name for arm in comparison.arms],
        "effects": comparison.effects,
        "costs": comparison.costs,
        "failed": comparison.manifest["failed"],
    }


def show_comparison(comparison: Comparison, place: Path) -> None:
    """Print the effects on headline outcomes in the final year, and where the report is."""
    table = comparison.effects
    final = table[(table["window"] == FINAL_YEAR) & table["outcome"].isin(HEADLINE)]
    found = {(row["outcome"], row["arm"]): row for row in final.to_dict(orient="records")}
    rows = []
    for name in HEADLINE:
        row = [outcome(name).label]
        for arm in comparison.policy_arms:
            effect = found[name, arm.name]
            told = effect["verdict"] != NO_EFFECT
            row.append(outcome(name).change(effect["effect"]) if told else NO_EFFECT)
        rows.append(row)
    seeds = len(comparison.seeds)
    title = f"Effects in the final year, {seeds} seeds" if seeds > 1 else "Differences in the final year under one seed"
    show(title, ("outcome", *(arm.title for arm in comparison.policy_arms)), rows)
    say(f"Report in {place / REPORT}")


# --- replays ---------------------------------------------------------------------------------------------


def show_replays(rows: Sequence[dict[str, Any]]) -> None:
    """Print replays beside the published figures."""
    head = ("replay", "what", "unit", "published", "range", "simulated", "95% interval", "verdict")
    cells = [
        (
            row["replay"],
            row["label"],
            row["unit"],
            f"{row['published']:g} ({row['status']})",
            f"{row['low']:g} to {row['high']:g}",
            f"{row['simulated']:.2f}",
            f"{row['simulated_low']:.2f} to {row['simulated_high']:.2f}",
            row["verdict"],
        )
        for row in rows
    ]
    show("Published evidence, replayed", head, cells)
    for row in rows:
        if row["why"]:
            say(f"{row['label']}: {row['why']}")


# --- what can be set --------------------------------------------------------------------------------


def show_policies(found: Sequence[dict[str, Any]]) -> None:
    """Print the dials of every policy."""
    for policy in found:
        rows = [
            (dial["name"], _plain(dial["default"]), _range(dial), dial["unit"], dial["source"], dial["description"])
            for dial in policy["dials"]
        ]
        say(f"{policy['title']}: {policy['description']}")
        show(f'type = "{policy["type"]}"', ("dial", "value", "range", "unit", "source", "description"), rows)
        channels = [(channel["name"], channel["description"]) for channel in policy["channels"]]
        if channels:
            show("Channels, which `without` switches off", ("channel", "what it does"), channels)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _range(dial: dict[str, Any]) -> str:
    return "" if dial["low"] is None else f"{dial['low']:g} to {dial['high']:g}"


def show_assumptions(found: Sequence[dict[str, Any]], region: str) -> None:
    """Print the assumptions of a region pack."""
    rows = [
        (
            str(row["name"]), number(row["value"]), number(row["low"]), number(row["high"]), str(row["unit"]),
            "; ".join(part for part in (str(row["source"]), str(row["note"])) if part),
        )
        for row in found
    ]  # fmt: skip
    show(f"Assumptions of {region}", ("name", "value", "low", "high", "unit", "source"), rows, right=(1, 2, 3))


# --- validation -------------------------------------------------------------------------------------


def show_validation(tables: Mapping[str, pd.DataFrame], sentences: Sequence[str]) -> None:
    """Print targets, checks of the baseline, and in words what is missed and why."""
    rows = [
        (
            row["name"], row["role"].replace("_", " "), number(row["target"]), number(row["simulated"]),
            _between(row["low"], row["high"]), _verdict(row["pass"]), row["source"],
        )
        for row in tables["targets"].to_dict(orient="records")
    ]  # fmt: skip
    columns = ("target", "role", "official", "simulated", "allowed", "", "source")
    show("The baseline against official figures and published facts", columns, rows, right=(2, 3))
    checks = [
        (
            row["name"], _between(row["simulated_low"], row["simulated_high"]),
            _between(row["low"], row["high"]), row["unit"], _verdict(row["pass"]),
        )
        for row in tables["baseline"].to_dict(orient="records")
    ]  # fmt: skip
    show("The baseline without policies stays put", ("check", "simulated", "allowed", "unit", ""), checks)
    for sentence in sentences:
        say(sentence)


def _between(low: float, high: float) -> str:
    """A range in words."""
    if high == math.inf:
        return f"at least {number(low)}"
    return number(low) if low == high or math.isnan(low) else f"{number(low)} to {number(high)}"


def _verdict(passed: bool | None) -> Text:
    return {True: Text("pass"), False: Text("MISS", style="bold red"), None: Text("n/a")}[passed]


# --- a rerun ----------------------------------------------------------------------------------------


def reproduction_record(found: Reproduction) -> dict[str, Any]:
    """A rerun as plain data."""
    return {
        "identical": found.identical,
        "runs": found.runs,
        "differing": list(found.differing),
        "differences": found.differences,
        "changed": list(found.changed),
    }


def reproduction_lines(found: Reproduction) -> list[str]:
    """Whether a rerun was identical, or what differs most, in lines."""
    if found.identical:
        return [f"Identical: {found.runs} {'run' if found.runs == 1 else 'runs'} with the same digest"]
    more = "; and more" if len(found.differing) > MOST_NAMED else ""
    named = "; ".join(found.differing[:MOST_NAMED])
    lines = [f"Different: {len(found.differing)} of {found.runs} runs: {named}{more}"]
    lines += [f"Changed since: {line}" for line in found.changed]
    table = found.differences
    if table.empty:
        return [*lines, "No mean of the last year that the manifest states differs; earlier months or groups do"]
    size = table.assign(size=table["difference"].abs()).groupby("indicator", sort=False)["size"]
    worst = pd.DataFrame({"gap": size.max(), "runs": size.size()}).sort_values("gap", ascending=False, kind="stable")
    lines += [
        f"{name}: mean of the last year differs in {row.runs:.0f} {'run' if row.runs == 1 else 'runs'}, "
        f"by up to {row.gap:.6g}"
        for name, row in worst.iterrows()
    ]
    return lines

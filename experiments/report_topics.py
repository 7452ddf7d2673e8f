"""Tables of the report that tell more than effects: money flows, interactions, appraisal, what is put in, targets."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from experiments.appraisal import MILLION, POUNDS, RATIO
from experiments.comparison import FINAL_YEAR, LOWERS, RAISES, Arm, Comparison
from experiments.factorial_study import CROWD, HELP, NONE
from experiments.measured import OPENING
from experiments.money_flows import ALL, ENDS, LOCAL, OUTSIDE
from experiments.outcomes import outcome
from experiments.phrases import capital
from experiments.report_cells import (
    NOT_KNOWN,
    Cell,
    Table,
    effect_cell,
    interval_text,
    kind_of,
    name_cell,
    number_cell,
    signed,
)  # fmt: skip
from experiments.validation_study import FIT, HELD_OUT

#: Measures of an appraisal that the report shows; `commonweal appraise` has them all.
MEASURES = {
    "benefit": "Benefit",
    "cost": "Cost",
    "net present social value": "Net present social value",
    "net present social value, weighed by income": "The same, weighed by income",
    "benefit-cost ratio": "Benefit for a pound of cost",
    "cost of a person-year out of inactivity": "Cost of a person-year out of inactivity",
    "cost of a person-year in work": "Cost of a person-year in work",
    "fiscal: net return on a pound of policy cost": "Return to the purse on a pound of policy cost",
}
#: Most missed targets that are listed.
MOST_MISSED = 40
ROLES = {FIT: "Fitted", HELD_OUT: "Held out"}


def _pence(value: float) -> str:
    return signed(f"{value:+.1f}p")


def money_table(comparison: Comparison) -> Table | None:
    """Where a pound of anchors' spending ends without policies and what each policy changes; None where unknown."""
    flows = comparison.money_flows
    if flows.empty:
        return None
    ends = flows[flows["source"] == ALL]
    by_key = {(row.arm, row.target): row for row in ends.itertuples()}
    arms = [arm for arm in comparison.policy_arms if (arm.name, ENDS[0]) in by_key]
    table = Table(
        "Pence of a pound that anchor institutions spend, by the second round; changes with 95% intervals",
        ["Where it ends", "Baseline", *(arm.title for arm in arms)],
        source="money_flows",
    )
    for end in ENDS:
        rows: list[Any] = [by_key[arm.name, end] for arm in arms]
        good = 1 if end in LOCAL else -1 if end == OUTSIDE else 0
        cells = [name_cell(capital(end)), number_cell(f"{rows[0].baseline:.1f}p")]
        for row in rows:
            sign = {RAISES: 1, LOWERS: -1}.get(row.verdict, 0)
            kind = "still" if not sign else {1: "better", -1: "worse", 0: "changed"}[good * sign]
            more = f"({_pence(row.low)} to {_pence(row.high)})" if math.isfinite(row.low) else ""
            cells.append(number_cell(_pence(row.effect), kind, more))
        table.rows.append(cells)
    if (row := _multiplier(comparison, arms)) is not None:
        table.rows.append(row)
    return table


def _multiplier(comparison: Comparison, arms: list[Arm]) -> list[Cell] | None:
    """The indicator that rests on the same flows, as a row."""
    name = "local_multiplier"
    frame = comparison.effects[(comparison.effects["outcome"] == name) & (comparison.effects["window"] == FINAL_YEAR)]
    rows = {row.arm: row for row in frame.itertuples()}
    if not rows or any(arm.name not in rows for arm in arms):
        return None
    item = outcome(name)
    cells = [name_cell(item.label), number_cell(item.text(float(next(iter(rows.values())).baseline)))]  # type: ignore[arg-type]
    return cells + [effect_cell(item, rows[arm.name]) for arm in arms]


def interaction_table(comparison: Comparison) -> Table | None:
    """Effects of bundles beside the sums of their policies' effects; None where the comparison holds no such bundle."""
    found = comparison.interactions
    if found.empty:
        return None
    titles = {arm.name: arm.title for arm in comparison.arms}
    table = Table(
        "Effect of policies together, the sum of their effects alone, and the difference, final year",
        ["Outcome", "Together", "Policies together", "Sum of each alone", "Difference (95% interval)", "Reading"],
        source="interactions",
    )
    for row in found.itertuples():
        item = outcome(str(row.outcome))
        kind = {HELP: "better", CROWD: "worse", NONE: "still"}.get(str(row.reading), "changed")
        change, low, high = float(row.effect), float(row.low), float(row.high)  # type: ignore[arg-type]
        table.rows.append(
            [
                name_cell(item.label), Cell(titles[str(row.arm)]), number_cell(item.change(float(row.bundle))),  # type: ignore[arg-type]
                number_cell(item.change(float(row.sum_of_parts))),  # type: ignore[arg-type]
                number_cell(item.change(change), kind, interval_text(item, low, high)), Cell(str(row.reading), kind),
            ]
        )  # fmt: skip
    return table


def _amount(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return NOT_KNOWN
    sign, size = ("-" if value < 0 else ""), abs(value)
    return {
        MILLION: f"{sign}£{size:,.1f}m",
        POUNDS: f"{sign}£{size:,.0f}",
        RATIO: f"{sign}£{size:,.2f}",
    }.get(unit, f"{sign}{size:,.1f}")


def appraisal_table(comparison: Comparison) -> Table | None:
    """The main measures of the appraisal, a column for each policy; None where no policy was appraised."""
    found = comparison.appraisal
    if found.empty:
        return None
    arms = [arm for arm in comparison.policy_arms if (found["arm"] == arm.name).any()]
    by_key: dict[tuple[str, str], Any] = {(str(row.arm), str(row.measure)): row for row in found.itertuples()}
    table = Table(
        "Present values over the run, against the baseline, with 95% intervals",
        ["Measure", *(arm.title for arm in arms)],
        source="appraisal",
    )
    for measure, label in MEASURES.items():
        cells = [name_cell(label)]
        for arm in arms:
            row = by_key[arm.name, measure]
            if not math.isfinite(row.value):
                cells.append(number_cell(NOT_KNOWN, "still"))
                continue
            ends = f"({_amount(row.low, row.unit)} to {_amount(row.high, row.unit)})" if math.isfinite(row.low) else ""
            still = isinstance(row.note, str) and row.note != ""
            cells.append(number_cell(_amount(row.value, row.unit), "still" if still else "", ends.replace("-", "−")))
        table.rows.append(cells)
    return table


def put_in_table(comparison: Comparison) -> Table | None:
    """Detectable effects with what is put in directly and what emerges; None where there is none."""
    found = comparison.put_in
    if found.empty:
        return None
    told = found[found["share_emergent"].notna()]
    if told.empty:
        return None
    titles = {arm.name: arm.title for arm in comparison.arms}
    table = Table(
        "Detectable effects of the final year: what a dial or an assumption puts in, and what arises",
        ["Policy", "Outcome", "Whole effect", "Put in directly", "Arises (95% interval)", "Share put in"],
        source="put_in",
    )
    for row in told.itertuples():
        item = outcome(str(row.outcome))
        whole, direct, rest, low, high = (
            float(value)  # type: ignore[arg-type]
            for value in (row.whole, row.direct, row.emergent, row.emergent_low, row.emergent_high)
        )
        share = f"{100.0 * (1.0 - float(row.share_emergent)):.0f}%"  # type: ignore[arg-type]
        effect = number_cell(item.change(whole), kind_of(item, str(row.whole_verdict)))
        arises = number_cell(item.change(rest), "", interval_text(item, low, high))
        direct_cell, share_cell = number_cell(item.change(direct)), number_cell(share)
        table.rows.append([name_cell(titles[str(row.arm)]), Cell(item.label), effect, direct_cell, arises, share_cell])
    return table


def target_table(comparison: Comparison) -> Table | None:
    """How many targets of the pack the baseline meets, by role and time; None where there are none."""
    targets = comparison.targets
    if targets.empty:
        return None
    table = Table(
        "Targets of the region pack that this baseline meets", ["Role", "When", "Looked at", "Met"], source="targets"
    )
    for role, label in ROLES.items():
        for opening, when in ((True, "opening state"), (False, "later years")):
            own = targets[(targets["role"] == role) & ((targets["when"] == OPENING) == opening)]
            known = own[own["pass"].notna()]
            if len(own):
                met = int(known["pass"].astype(bool).sum())
                of = f"{len(known)} of {len(own)}" if len(known) < len(own) else str(len(known))
                share = f"{met} ({100 * met / len(known):.0f}%)" if len(known) else NOT_KNOWN
                table.rows.append([name_cell(label), Cell(when), number_cell(of), number_cell(share)])
    return table


def missed_table(comparison: Comparison) -> Table | None:
    """Targets that the baseline misses, the first of them; None where it misses none."""
    targets = comparison.targets
    if targets.empty or not targets["pass"].eq(False).any():
        return None
    missed = targets[targets["pass"].eq(False)]
    more = f", the first {MOST_MISSED} of {len(missed)}" if len(missed) > MOST_MISSED else ""
    table = Table(
        f"Targets that this baseline misses{more}",
        ["Target", "Role", "Simulated", "Least allowed", "Most allowed", "Unit"],
        source="targets",
    )
    for row in missed.head(MOST_MISSED).itertuples():
        numbers = [_plain(float(value)) for value in (row.simulated, row.low, row.high)]  # type: ignore[arg-type]
        role = Cell(ROLES.get(str(row.role), str(row.role)))
        table.rows.append([name_cell(str(row.name)), role, *map(number_cell, numbers), Cell(str(row.unit))])
    return table


def check_table(comparison: Comparison) -> Table | None:
    """Whether the baseline stays put without policies; None where it was not looked at."""
    checks = comparison.checks
    if checks.empty:
        return None
    table = Table(
        "What the baseline may do without policies, and what it does",
        ["Check", "Simulated, least to most", "Least allowed", "Most allowed", "Unit", "Holds"],
        source="checks",
    )
    for row in checks.to_dict(orient="records"):
        span = f"{_plain(row['simulated_low'])} to {_plain(row['simulated_high'])}"
        known = not pd.isna(row["pass"])
        holds = Cell(
            ("yes" if row["pass"] else "no") if known else NOT_KNOWN, "" if known and row["pass"] else "changed"
        )
        label = name_cell(capital(row["name"].replace("_", " ")))
        numbers = [
            number_cell(span if known else NOT_KNOWN),
            *(number_cell(_plain(row[end])) for end in ("low", "high")),
        ]
        table.rows.append([label, *numbers, Cell(row["unit"]), holds])
    return table


def income_table(comparison: Comparison) -> Table | None:
    """Changes of disposable income by fifth of residents, a column for each policy; None where none was appraised."""
    found = comparison.distribution
    if found.empty:
        return None
    arms = [arm for arm in comparison.policy_arms if (found["arm"] == arm.name).any()]
    by_key = {(row["arm"], str(row["fifth"])): row for row in found.to_dict(orient="records")}
    table = Table(
        "Change of disposable income by fifth of residents, present value over the run, with 95% intervals",
        ["Fifth by income", *(arm.title for arm in arms)],
        source="distribution",
    )
    fifths = list(dict.fromkeys(found["fifth"].astype(str)))
    for fifth in fifths:
        label = {fifths[0]: f"{fifth} (poorest)", fifths[-1]: f"{fifth} (richest)"}.get(fifth, fifth)
        cells = [name_cell(label)]
        for arm in arms:
            row = by_key[arm.name, fifth]
            kind = {RAISES: "better", LOWERS: "worse"}.get(row["verdict"], "still")
            ends = [_amount(row[end], MILLION) for end in ("low", "high")]
            more = f"({ends[0]} to {ends[1]})".replace("-", "−") if math.isfinite(row["low"]) else ""
            cells.append(number_cell(_amount(row["income_change"], MILLION), kind, more))
        table.rows.append(cells)
    return table


def _plain(value: float) -> str:
    return f"{value:,.4g}" if math.isfinite(value) else "–"

"""Tables of the report: effects, groups, costs, and what went in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from experiments.answer_numbers import COST, Money, population, public_cost
from experiments.comparison import (
    ANCHORS,
    BALANCE,
    FINAL_YEAR,
    LOWERS,
    PUBLIC,
    RAISES,
    THIRD_YEAR,
    Arm,
    Comparison,
)  # fmt: skip
from experiments.outcomes import HEADLINE, outcome
from experiments.phrases import capital, pounds
from experiments.report_cells import (
    NOT_KNOWN,
    Cell,
    Table,
    effect_cell,
    kind_of,
    name_cell,
    number_cell,
    signed,
    size_text,
    verdict_text,
)  # fmt: skip

#: Dimensions of the breakdowns with their names for people.
DIMENSIONS = {
    "imd_decile": "Deprivation (IMD decile)",
    "authority": "Local authority",
    "sex": "Sex",
    "disability": "Disability",
    "ethnicity": "Ethnicity",
}
#: Groups whose names do not stand alone.
GROUPS = {
    ("sex", "male"): "Men",
    ("sex", "female"): "Women",
    ("disability", "disabled"): "Disabled people",
    ("disability", "not disabled"): "People without a disability",
    ("ethnicity", "other"): "Other ethnic groups",
}
#: Digits of a digest that are shown.
DIGEST = 12
#: Most seeds whose digests are shown.
DIGESTS_SHOWN = 10


def _rows(frame: pd.DataFrame) -> Iterable[Any]:
    """Rows of a frame by the names of its columns."""
    return frame.itertuples()


# --- effects ----------------------------------------------------------------------------------------


def effect_table(comparison: Comparison, arm: Arm, names: Sequence[str], caption: str) -> Table:
    """Effects of an arm on some outcomes in both windows.

    Args:
        comparison: The comparison.
        arm: A policy arm.
        names: The outcomes, in order; those without effects are left out.
        caption: Caption of the table.
    """
    frame = comparison.effects[comparison.effects["arm"] == arm.name]
    by_key = {(row.outcome, row.window): row for row in _rows(frame)}
    found = [window for window in (FINAL_YEAR, THIRD_YEAR) if any(key[1] == window for key in by_key)]
    head = ["Outcome", "Baseline, final year"]
    for window in found:
        head += [f"Effect, {window} (95% interval)", "Least detectable", "Verdict"]
    table = Table(caption, head, source="effects")
    for name in names:
        if (name, FINAL_YEAR) not in by_key:
            continue
        item = outcome(name)
        cells = [name_cell(item.label), number_cell(item.text(by_key[name, FINAL_YEAR].baseline))]
        for window in found:
            row = by_key.get((name, window))
            if row is None:
                cells += [number_cell(NOT_KNOWN), number_cell(NOT_KNOWN), Cell(NOT_KNOWN)]
                continue
            kind = kind_of(item, row.verdict)
            cells += [
                effect_cell(item, row),
                number_cell(size_text(item, row.detectable)),
                Cell(verdict_text(item, row.verdict), kind, number=True),
            ]
        table.rows.append(cells)
    return table


def other_outcomes(comparison: Comparison) -> list[str]:
    """Outcomes with effects that are not headline ones, in the order of the effects."""
    return [name for name in dict.fromkeys(comparison.effects["outcome"]) if name not in HEADLINE]


def _times(ratio: float) -> str:
    if not math.isfinite(ratio):
        return NOT_KNOWN
    return "over 1,000" if ratio > 1000.0 else f"{ratio:.0f}" if ratio >= 10.0 else f"{ratio:.1f}"


def ratio_table(comparison: Comparison) -> Table:
    """How many times pairing by seed cut the variance of each effect."""
    table = Table(
        "How many times smaller the variance of each effect is for sharing luck between runs, final year",
        ["Outcome", *(arm.title for arm in comparison.policy_arms)],
        source="effects",
    )
    frame = comparison.effects[comparison.effects["window"] == FINAL_YEAR]
    by_key = frame.set_index(["outcome", "arm"])["variance_ratio"].to_dict()
    for name in HEADLINE:
        if name == COST:
            continue
        values = [by_key.get((name, arm.name), float("nan")) for arm in comparison.policy_arms]
        if any(math.isfinite(value) for value in values):
            table.rows.append([name_cell(outcome(name).label), *(number_cell(_times(value)) for value in values)])
    if table.rows:
        shown = frame[frame["outcome"].isin(HEADLINE) & (frame["outcome"] != COST)]
        middle = shown.groupby("arm")["variance_ratio"].median()
        values = [float(middle.get(arm.name, float("nan"))) for arm in comparison.policy_arms]
        table.rows.append([name_cell("Median"), *(number_cell(_times(value)) for value in values)])
    return table


# --- groups -----------------------------------------------------------------------------------------


def groups_of(comparison: Comparison, dimension: str) -> list[str]:
    """Groups of a dimension in the order recorded, deciles by number."""
    frame = comparison.group_effects
    names = [str(name) for name in dict.fromkeys(frame.loc[frame["dimension"] == dimension, "group"])]
    return sorted(names, key=int) if dimension == "imd_decile" else names


def group_label(dimension: str, group: str) -> str:
    """A group for people, such as "IMD decile 1"."""
    if dimension == "imd_decile":
        return f"IMD decile {group}"
    return GROUPS.get((dimension, group.lower()), capital(group))


def group_table(comparison: Comparison, dimension: str) -> Table | None:
    """Effects by group of a dimension, a column for each policy; None where there are none."""
    frame = comparison.group_effects[comparison.group_effects["dimension"] == dimension]
    if frame.empty:
        return None
    by_key = {(str(row.group), row.outcome, row.arm): row for row in _rows(frame)}
    label = DIMENSIONS[dimension]
    table = Table(
        f"Effects by {label[0].lower()}{label[1:]}, last year, with 95% intervals",
        ["Outcome", "Group", "Baseline", *(arm.title for arm in comparison.policy_arms)],
        source="group_effects",
    )
    for name in dict.fromkeys(frame["outcome"]):
        item = outcome(name)
        for group in groups_of(comparison, dimension):
            own = [by_key.get((group, name, arm.name)) for arm in comparison.policy_arms]
            known = [row for row in own if row is not None]
            if not known:
                continue
            cells = [
                name_cell(item.label),
                name_cell(group_label(dimension, group)),
                number_cell(item.text(known[0].baseline)),
            ]
            for row in own:
                if row is None:
                    cells.append(number_cell(NOT_KNOWN))
                else:
                    cells.append(effect_cell(item, row))
            table.rows.append(cells)
    return table


def winners_and_losers(comparison: Comparison, arm: Arm) -> Table | None:
    """Groups with detectable effects of an arm, for the better and for the worse; None where there are none."""
    frame = comparison.group_effects
    moved = frame[(frame["arm"] == arm.name) & frame["verdict"].isin([RAISES, LOWERS])]
    moved = moved[moved["dimension"].isin(list(DIMENSIONS))]
    table = Table(
        f"{arm.title}: groups with a detectable effect in the last year",
        ["Outcome", "Who gains", "Who loses"],
        source="group_effects",
    )
    for name in dict.fromkeys(moved["outcome"]):
        item = outcome(name)
        sides: dict[str, list[str]] = {"better": [], "worse": []}
        for row in _rows(moved[moved["outcome"] == name]):
            side = sides.get(kind_of(item, row.verdict))
            if side is not None:
                # A size must not break over two lines, nor part from its sign.
                change = signed(item.change(row.effect)).replace(" ", "\u00a0").replace("£", "\u2060£")
                side.append(f"{group_label(row.dimension, str(row.group))} ({change})")
        if any(sides.values()):
            cells = [Cell("; ".join(side) or "none", kind if side else "still") for kind, side in sides.items()]
            table.rows.append([name_cell(item.label), *cells])
    return table if table.rows else None


# --- money ------------------------------------------------------------------------------------------


def _money_cells(money: Money, residents: float) -> list[Cell]:
    ends = f"{pounds(money.low)} to {pounds(money.high)}" if math.isfinite(money.low) else NOT_KNOWN
    each = f"{'-' if money.mean < 0 else ''}£{abs(money.mean) / residents:,.2f}" if residents > 0.0 else NOT_KNOWN
    return [number_cell(pounds(money.mean)), number_cell(ends), number_cell(each)]


def cost_table(comparison: Comparison) -> Table:
    """What each policy costs a year, by heading and by who bears it, and what is left after taxes and benefits."""
    table = Table(
        "Yearly cost from the first month of the policy to the end, mean over seeds",
        ["Policy", "Heading", "Borne by", "A year", "95% interval", "For each resident"],
        source="costs",
    )
    residents = population(comparison)
    who = {PUBLIC: "public purse", ANCHORS: "anchor institutions", BALANCE: "public purse"}
    for arm in comparison.policy_arms:
        rows = list(_rows(comparison.costs[comparison.costs["arm"] == arm.name]))
        total = public_cost(comparison, arm)
        headings = [row for row in rows if row.borne_by == PUBLIC]
        for row in rows:
            if row.borne_by == ANCHORS and row.yearly_cost == row.low == row.high == 0.0:
                continue  # the arm has nothing to do with procurement
            label = "change of the balance after taxes and benefits" if row.borne_by == BALANCE else row.heading
            cells = _money_cells(Money(row.yearly_cost, row.low, row.high, row.seeds), residents)
            bearer = Cell(who.get(row.borne_by, row.borne_by))
            table.rows.append([name_cell(arm.title), Cell(capital(label)), bearer, *cells])
            if headings and row is headings[-1] and len(headings) > 1 and total is not None:
                cells = _money_cells(total, residents)
                table.rows.append([name_cell(arm.title), Cell("All headings"), Cell(who[PUBLIC]), *cells])
    return table


# --- what went in -----------------------------------------------------------------------------------


def _policy_title(policy: Any) -> str:
    return str(getattr(policy, "title", type(policy).__name__))


def arm_table(comparison: Comparison) -> Table:
    """The arms with their policies and when these run."""
    table = Table("The scenarios and their policies", ["Name", "Policy", "From", "To", "Strength"])
    for arm in comparison.arms:
        if not arm.scenario.policies:
            table.rows.append([name_cell(arm.title), Cell("no policy"), Cell("–"), Cell("–"), Cell("–")])
        for policy in arm.scenario.policies:
            dials: dict[str, Any] = policy.model_dump()
            times = Cell(str(dials.get("start", ""))), Cell(str(dials.get("end") or "the end"))
            strength = number_cell(f"{dials.get('strength', 1.0):g}")
            table.rows.append([name_cell(arm.title), Cell(_policy_title(policy)), *times, strength])
    return table


def dial_table(comparison: Comparison) -> Table:
    """Dials of every policy with unit and source."""
    table = Table(
        "How each policy is set; one that several scenarios share is listed once",
        ["Name", "Policy", "Dial", "Value", "Unit", "Source of the default", "What it does"],
    )
    seen: list[Any] = []
    for arm in comparison.policy_arms:
        for policy in arm.scenario.policies:
            if policy in seen:
                continue
            seen.append(policy)
            for name, info in type(policy).model_fields.items():
                if name in ("type", "start", "end", "strength"):
                    continue
                extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
                value = getattr(policy, name)
                shown = f"{value:g}" if isinstance(value, (int, float)) else str(value or "none")
                about = (str(extra.get("unit", "")), str(extra.get("source", "")), capital(info.description or ""))
                cells = [
                    Cell(_policy_title(policy)),
                    Cell(name.replace("_", " ")),
                    number_cell(shown),
                    *map(Cell, about),
                ]
                table.rows.append([name_cell(arm.title), *cells])
    return table


def assumption_table(comparison: Comparison) -> Table:
    """Rows of assumptions that the runs read."""
    head = ["Name", "Value", "Low", "High", "Unit", "Source", "Note"]
    table = Table("Assumptions that these runs used", head, source="assumptions")
    for row in _rows(comparison.assumptions):
        note = "" if pd.isna(row.note) else str(row.note)
        numbers = [number_cell(f"{value:,.6g}") for value in (row.value, row.low, row.high)]
        table.rows.append([name_cell(str(row.name)), *numbers, Cell(str(row.unit)), Cell(str(row.source)), Cell(note)])
    return table


def count_sources(comparison: Comparison, word: str) -> int:
    """How many of the assumptions used have a source that begins with a word, `assumed` or `calibrated`."""
    sources = comparison.assumptions["source"].astype(str).str.strip().str.lower()
    return int(sources.str.startswith(word).sum())


def digest_table(comparison: Comparison) -> Table | None:
    """First digits of the digest of each run; None where the manifest has none."""
    digests = {(run["arm"], run["seed"]): str(run["digest"]) for run in comparison.manifest.get("runs", ())}
    if not digests:
        return None
    seeds = comparison.seeds[:DIGESTS_SHOWN]
    table = Table(f"First {DIGEST} digits of the digest of each run", ["Name", *(f"Seed {seed}" for seed in seeds)])
    for arm in comparison.arms:
        texts = [digests.get((arm.name, seed), NOT_KNOWN)[:DIGEST] for seed in seeds]
        table.rows.append([name_cell(arm.title), *(Cell(text, number=True) for text in texts)])
    return table

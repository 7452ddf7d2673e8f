"""An appraisal of policies after the HM Treasury Green Book.

What counts, as changes against the same seed's baseline, in whole years from the first policy month (year 0), in
constant prices, discounted at 3.5% (Green Book 2022, chapter 5 and Annex 6):

- Benefit: market output of the region, its gross value added less three parts that are no gain. What policies
  themselves order is left out, since it would be there whatever it is good for; what anchors produce, since it is
  valued at what it costs and the public purse pays for that too; and fares to work, which are a cost of working. Added
  are what residents save on journeys to work and the support that policies pay to firms, which costs the public purse
  as much.
- Cost: what policies cost the public purse, and the premium that anchors pay above the lowest bid, which their
  suppliers have as output.
- Taxes and benefits are transfers between the public purse and others (Green Book 2022, chapter 6): they are in no
  total, and are shown apart, with the grants that anchors need, as the fiscal return.
- All of it is the region's: what moves here from elsewhere counts in full, what is lost there does not.
- Distribution: a pound to a fifth of residents is weighed by its income (Annex 3). The weighed total adds, for each
  fifth, the change of its disposable income times what its weight exceeds 1 by. A fifth's income in a year is the
  year's total, split as it was in the month of that year in which groups are recorded; the fifths are those of each
  run, so that who is in them may differ.

Deadweight, displacement and leakage come out of the pairs of runs, not out of a table. What is left out: years after
the run (no residual value), the value of leisure given up by those who find work, of time saved in travel and of
better health, and effects outside the region.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.comparison import LOWERS, RAISES, Arm
from experiments.effects import YEAR, first_policy_month, paired_statistics
from experiments.green_book import (
    acceptability,
    discount_factors,
    present_value,
    ratio_of_means,
    welfare_weights,
)
from experiments.tables import Tables
from simulation.region import load_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experiments.records import RunResult

    Floats = NDArray[np.float64]

#: Yearly flows, in £ million, or in people.
FLOWS = (
    "gva", "bought", "anchors", "fares", "travel", "support", "policy_cost", "premium", "disposable_income", "tax",
    "benefits", "grants", "inactive", "in_work", "jobs", "hires",
)  # fmt: skip
COLUMNS = ("arm", "measure", "value", "low", "high", "seeds", "unit", "note")
MILLION, POUNDS, RATIO, SHARE = "£m present value", "£", "ratio", "share"
NOT_TOLD = "empty: no detectable effect to divide by"
#: Pounds that a year of one person out of inactivity may be worth, for the acceptability curve.
WILLINGNESS = np.linspace(0.0, 200_000.0, 81)
FIFTHS = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class Years:
    """Yearly flows of a run.

    Attributes:
        flows: By name of `FLOWS`, shape (years,).
        incomes: Disposable income of each fifth, £ million, shape (fifths, years).
        equivalised: Mean equivalised income of each fifth, pounds, shape (fifths, years).
        wealth: Community wealth in the last month of the last whole year, £ million.
        employment: Employment rate by IMD decile, mean of the last year, shape (10,).
    """

    flows: dict[str, Floats]
    incomes: Floats
    equivalised: Floats
    wealth: float
    employment: Floats


def appraisal_tables(arms: Sequence[Arm], seeds: Sequence[int], result_of: Callable[[Arm, int], RunResult]) -> Tables:
    """The appraisal of every policy arm that runs for a whole year.

    Args:
        arms: The baseline, then the policy arms.
        seeds: Seeds that every arm has.
        result_of: The run of an arm under a seed.

    Returns:
        Tables `appraisal`, `yearly`, `distribution`, `plane` and `acceptability`; none where no policy has a year.
    """
    found: list[Tables] = []
    for arm in arms[1:]:
        first = first_policy_month(arm)
        years = (arm.scenario.months - first) // YEAR
        if years < 1:
            continue
        baseline, policy = (
            [years_of(result_of(which, seed), first, years) for seed in seeds] for which in (arms[0], arm)
        )
        found.append(appraise(arm.name, baseline, policy, seeds, working_age_by_decile(arm)))
    if not found:
        return {}
    return {name: pd.concat([tables[name] for tables in found], ignore_index=True) for name in found[0]}


def working_age_by_decile(arm: Arm) -> Floats:
    """Residents of working age by IMD decile, from the region pack, shape (10,)."""
    region = load_region(arm.scenario.region)
    decile = region.neighbourhood_decile.astype(np.int64) - 1
    return np.bincount(decile, region.neighbourhood_working_age, minlength=10).astype(np.float64)


def years_of(result: RunResult, first: int, years: int) -> Years:
    """Yearly flows of a run.

    Args:
        result: The run.
        first: Month in which year 0 begins.
        years: Whole years.
    """
    months = slice(first, first + years * YEAR)
    table = result.indicators.iloc[months]

    def total(name: str) -> Floats:
        return np.asarray(table[name].to_numpy(dtype=np.float64).reshape(years, YEAR).sum(axis=1))

    people = table["working_age_population"].to_numpy(dtype=np.float64)

    def heads(rate: str) -> Floats:
        return np.asarray((table[rate].to_numpy(dtype=np.float64) * people).reshape(years, YEAR).mean(axis=1))

    taken, given, spent = total("tax_revenue"), total("benefit_spending"), total("public_policy_cost")
    flows = {
        # Two indicators are stated as yearly rates, the others by month.
        "gva": total("gva") / YEAR,
        "premium": total("procurement_premium") / YEAR,
        "bought": total("policy_value_added"),
        "anchors": total("anchor_value_added"),
        "fares": total("commuting_value_added"),
        "travel": total("commuting_costs"),
        "support": total("policy_support"),
        "policy_cost": spent,
        "disposable_income": total("disposable_income"),
        "tax": taken,
        "benefits": given,
        "grants": taken - given - spent - total("fiscal_balance"),
        "inactive": heads("inactivity_rate"),
        "in_work": heads("employment_rate"),
        "jobs": total("jobs") / YEAR,
        "hires": total("hires"),
    }
    rows = result.breakdowns
    calendar = [result.scenario.calendar(first + month) for month in range(years * YEAR)]
    rows = rows.assign(year=rows["month"].map({month: k // YEAR for k, month in enumerate(calendar)})).dropna()
    fifths = rows[rows["dimension"] == "income_quintile"]

    def by_fifth(name: str) -> Floats:
        wide = fifths[fifths["outcome"] == name].pivot_table(index="group", columns="year", values="value")
        return wide.reindex(index=list(FIFTHS), columns=range(years)).to_numpy(dtype=np.float64)

    incomes = by_fifth("disposable_income")
    incomes = incomes / incomes.sum(axis=0) * flows["disposable_income"]
    deciles = rows[(rows["dimension"] == "imd_decile") & (rows["outcome"] == "employment_rate")]
    last = deciles[deciles["year"] == years - 1].groupby("group")["value"].mean()
    employment = last.reindex([str(k) for k in range(1, 11)]).to_numpy(dtype=np.float64)
    wealth = float(table["community_wealth"].iloc[-1])
    return Years(flows, incomes, by_fifth("equivalised_income"), wealth, employment)


def appraise(arm: str, baseline: list[Years], policy: list[Years], seeds: Sequence[int], people: Floats) -> Tables:
    """The appraisal of one policy.

    Args:
        arm: Its name.
        baseline: Yearly flows of the baseline by seed.
        policy: The policy's, under the same seeds.
        seeds: The seeds.
        people: Residents of working age by IMD decile, shape (10,).

    Returns:
        The tables of `AppraisalStudy.analyse`, of this arm.
    """
    pairs = list(zip(baseline, policy, strict=True))
    change = {name: np.stack([after.flows[name] - before.flows[name] for before, after in pairs]) for name in FLOWS}
    incomes = np.stack([after.incomes - before.incomes for before, after in pairs])
    equivalised = np.mean([before.equivalised for before in baseline], axis=0).mean(axis=1)
    weights = welfare_weights(equivalised, float(equivalised[2]))
    years = change["gva"].shape[1]
    value = {name: present_value(flows) for name, flows in change.items()}
    gains = present_value(incomes)  # (seeds, fifths)
    output = value["gva"] - value["bought"] - value["anchors"] - value["fares"]
    benefit = output + value["support"] - value["travel"]
    cost = value["policy_cost"] + value["premium"]
    npsv = benefit - cost
    weighed = npsv + ((weights - 1.0) * gains).sum(axis=1)
    wealth = np.array([after.wealth - before.wealth for before, after in pairs]) * discount_factors(years)[-1]
    fiscal = value["tax"] - value["benefits"] - value["grants"]
    rows = [
        _mean(arm, "benefit", benefit, MILLION),
        _mean(arm, "benefit: market output", output, MILLION),
        _mean(arm, "benefit: support to firms", value["support"], MILLION),
        _mean(arm, "benefit: saved on journeys to work", -value["travel"], MILLION),
        _mean(arm, "cost", cost, MILLION),
        _mean(arm, "cost: public purse", value["policy_cost"], MILLION),
        _mean(arm, "cost: procurement premium of anchors", value["premium"], MILLION),
        _mean(arm, "left out: value added in what the policy orders", value["bought"], MILLION),
        _mean(arm, "left out: value added of anchors", value["anchors"], MILLION),
        _mean(arm, "net present social value", npsv, MILLION),
        _mean(arm, "net present social value, weighed by income", weighed, MILLION),
        _ratio(arm, "benefit-cost ratio", benefit, cost, RATIO),
        _ratio(arm, "benefit-cost ratio, weighed by income", weighed + cost, cost, RATIO),
        _mean(arm, "person-years out of inactivity", -value["inactive"], "discounted person-years"),
        _mean(arm, "person-years in work", value["in_work"], "discounted person-years"),
        _each(arm, "cost of a person-year out of inactivity", cost * 1e6, -value["inactive"], POUNDS),
        _each(arm, "cost of a person-year in work", cost * 1e6, value["in_work"], POUNDS),
        _each(arm, "cost of a pound of community wealth", cost, wealth, POUNDS),
        _mean(arm, "fiscal: taxes", value["tax"], MILLION),
        _mean(arm, "fiscal: benefits paid", value["benefits"], MILLION),
        _mean(arm, "fiscal: grants to anchors", value["grants"], MILLION),
        _mean(arm, "fiscal: net return before the cost of the policy", fiscal, MILLION),
        _ratio(arm, "fiscal: net return on a pound of policy cost", fiscal, value["policy_cost"], RATIO),
        *_additionality(arm, pairs, value, people),
    ]
    plane = {"arm": arm, "seed": list(seeds), "cost": cost, "effect": -value["inactive"]}
    curve = acceptability(cost * 1e6, -value["inactive"], WILLINGNESS)
    yearly = [
        {"arm": arm, "year": year, "discount_factor": factor, **{name: change[name][:, year].mean() for name in FLOWS}}
        for year, factor in enumerate(discount_factors(years))
    ]
    spread = paired_statistics(np.zeros_like(gains.T), gains.T)
    distribution = {
        "arm": arm,
        "fifth": FIFTHS,
        "equivalised_income": equivalised,
        "weight": weights,
        "income_change": spread["effect"],
        "low": spread["low"],
        "high": spread["high"],
        "verdict": spread["verdict"],
        "weighed_change": spread["effect"] * weights,
    }
    return {
        "appraisal": pd.DataFrame(rows, columns=list(COLUMNS)),
        "yearly": pd.DataFrame(yearly),
        "distribution": pd.DataFrame(distribution),
        "plane": pd.DataFrame(plane),
        "acceptability": pd.DataFrame({"arm": arm, "willingness_to_pay": WILLINGNESS, "probability": curve}),
    }


def _mean(arm: str, measure: str, values: Floats, unit: str) -> tuple[Any, ...]:
    row = paired_statistics(np.zeros((1, values.size)), values[None, :]).iloc[0]
    note = "" if row["verdict"] in (RAISES, LOWERS) else str(row["verdict"])
    return arm, measure, row["effect"], row["low"], row["high"], values.size, unit, note


def _ratio(arm: str, measure: str, part: Floats, whole: Floats, unit: str) -> tuple[Any, ...]:
    """A ratio to a cost, where that is surely a cost."""
    if whole.size > 1 and not _rises(whole):
        return arm, measure, np.nan, np.nan, np.nan, part.size, unit, "empty: there is no detectable cost"
    ratio, low, high = ratio_of_means(part, whole)
    return arm, measure, ratio, low, high, part.size, unit, "" if np.isfinite(ratio) else "empty: there is no cost"


def _each(arm: str, measure: str, cost: Floats, effect: Floats, unit: str) -> tuple[Any, ...]:
    """Cost of a unit of effect, where there is a detectable effect for the better."""
    if not _rises(effect):
        return arm, measure, np.nan, np.nan, np.nan, effect.size, unit, NOT_TOLD
    return arm, measure, *ratio_of_means(cost, effect), effect.size, unit, ""


def _additionality(
    arm: str, pairs: list[tuple[Years, Years]], value: dict[str, Floats], people: Floats
) -> list[tuple[Any, ...]]:
    """Deadweight, displacement and leakage as the pairs of runs show them.

    Deadweight: hires of the baseline over hires under the policy, what would have come about anyway; hires are gross,
    so that most of them are people who change jobs. Displacement: residents in work lost in deciles that lose over
    those gained in deciles that gain, in the last year, on means over seeds; luck makes it too high. Leakage: of the
    jobs gained in the region, the part that leaves no resident more in work. Each is told only where what it divides
    by rises detectably.
    """
    n = len(pairs)
    before = np.array([sum(years.flows["hires"]) for years, _ in pairs])
    after = np.array([sum(years.flows["hires"]) for _, years in pairs])
    deadweight = ratio_of_means(before, after) if _rises(after - before) else None
    moved = np.nanmean([late.employment - early.employment for early, late in pairs], axis=0) * people
    gained, lost = float(moved[moved > 0.0].sum()), float(np.abs(moved[moved < 0.0]).sum())
    displacement = (lost / gained, np.nan, np.nan) if _rises(value["in_work"]) and gained > 0.0 else None
    leakage = ratio_of_means(value["jobs"] - value["in_work"], value["jobs"]) if _rises(value["jobs"]) else None
    found = {
        "deadweight: hires that come about anyway": (deadweight, ""),
        "displacement: losses over gains of work, by decile": (displacement, "on means over seeds"),
        "leakage: jobs gained that leave no resident more in work": (leakage, ""),
    }
    return [
        (arm, measure, *(ratio or (np.nan,) * 3), n, SHARE, note if ratio else NOT_TOLD)
        for measure, (ratio, note) in found.items()
    ]


def _rises(change: Floats) -> bool:
    return bool(paired_statistics(np.zeros((1, change.size)), change[None, :])["verdict"].iloc[0] == RAISES)

"""Plain sentences from numbers: what each policy does, for a reader who reads nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from experiments.comparison import (
    ANCHORS,
    BALANCE,
    FINAL_YEAR,
    LOWERS,
    NO_EFFECT,
    NO_INTERVAL,
    RAISES,
    THIRD_YEAR,
    Arm,
    Comparison,
)
from experiments.effects import LEVEL, POWER, first_policy_month
from experiments.outcomes import HEADLINE, Outcome, Unit, outcome
from simulation.months import month_number

#: Effects told with their numbers in one paragraph; the others are named and left to the table.
MOST_TOLD = 5
#: Outcomes without a detectable effect that are named; the table has them all.
MOST_NAMED = 6
#: The outcome that the paragraph for each policy is mainly about, told wherever it moves.
MAIN = "inactivity_rate"
#: Shown as the cost beside the effects, not as an effect.
COST = "public_policy_cost"

#: What a sentence calls an outcome, in the singular; others go by the catalogue's label.
PHRASES = {
    "inactivity_rate": "the share of working-age people who are inactive",
    "employment_rate": "the share of working-age people in work",
    "unemployment_rate": "the unemployment rate",
    "hourly_pay_median": "median hourly pay",
    "hourly_pay_p25": "hourly pay at the lowest quarter",
    "qualified_nvq3_and_above": "the share of working-age people qualified to NVQ 3 or above",
    "share_below_real_living_wage": "the share of employees below the real Living Wage",
    "insecure_share": "the share of employees in insecure work",
    "in_work_poverty_rate": "the share of workers in poverty",
    "community_wealth_per_head": "community wealth per head",
    "anchor_local_share": "the share of anchor spending kept local",
    "gva": "gross value added a year",
    "businesses": "the number of businesses",
    "reachable_vacancies_no_car": "the number of vacancies in reach without a car",
    "reachable_jobs_no_car": "the number of jobs in reach without a car",
}
#: Shorter names for lists of outcomes.
SHORT = {
    "inactivity_rate": "inactivity",
    "employment_rate": "employment",
    "unemployment_rate": "unemployment",
    "share_below_real_living_wage": "pay below the real Living Wage",
    "insecure_share": "insecure work",
    "in_work_poverty_rate": "in-work poverty",
    "anchor_local_share": "anchor spending kept local",
    "gva": "gross value added",
    "businesses": "the number of businesses",
    "qualified_nvq3_and_above": "qualifications",
    "reachable_vacancies_no_car": "vacancies in reach without a car",
    "reachable_jobs_no_car": "jobs in reach without a car",
}


@dataclass(frozen=True)
class Effect:
    """One row of a comparison's effects, with the outcome that it is about.

    Attributes:
        outcome: The outcome.
        effect: Mean paired difference from the baseline, in the outcome's unit.
        low: Lower end of the 95% interval.
        high: Upper end.
        detectable: Least effect that the design could have detected.
        verdict: One of the verdicts of `experiments.comparison`.
    """

    outcome: Outcome
    effect: float
    low: float
    high: float
    detectable: float
    verdict: str

    @property
    def worth(self) -> int:
        """1 for a detectable change for the better, -1 for the worse, 0 where neither is plain or nothing moved."""
        return self.outcome.good * {RAISES: 1, LOWERS: -1}.get(self.verdict, 0)

    @property
    def moved(self) -> bool:
        """Whether a detectable effect was found."""
        return self.verdict in (RAISES, LOWERS)


@dataclass(frozen=True)
class Money:
    """A yearly sum in pounds with its 95% interval, not a number where one seed gives none."""

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def known_sign(self) -> int:
        """1 for a detectable gain, -1 for a detectable loss, else 0, by the rule for all effects."""
        if self.seeds < 2 or not math.isfinite(self.low):
            return 0
        from scipy import stats

        quantiles = stats.t.ppf((1.0 - LEVEL / 2, POWER), self.seeds - 1)
        least = (self.high - self.low) / 2.0 * (1.0 + quantiles[1] / quantiles[0])
        return int(np.sign(self.mean)) if abs(self.mean) >= least else 0

    @property
    def size(self) -> Money:
        """The sum without its sign."""
        return self if self.mean >= 0.0 else Money(-self.mean, -self.high, -self.low, self.seeds)


@dataclass(frozen=True)
class Answer:
    """What a comparison says about one policy."""

    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The paragraph."""
        return " ".join(self.sentences)


# --- words ------------------------------------------------------------------------------------------


def phrase(item: Outcome) -> str:
    """An outcome as the subject of a sentence."""
    return PHRASES.get(item.name) or item.label[:1].lower() + item.label[1:]


def short(item: Outcome) -> str:
    """An outcome in a list."""
    return SHORT.get(item.name) or phrase(item)


def listed(parts: Sequence[str]) -> str:
    """Parts joined as a list: "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def amounts(item: Outcome, values: Sequence[float]) -> list[str]:
    """Sizes without signs in one style that fits the first, such as "2.1 percentage points", then "1.8", "2.4"."""
    first = abs(values[0])

    def places(size: float, ones: float) -> int:
        return 0 if size >= 100 * ones else 1 if size >= ones else 2

    if item.unit is Unit.SHARE:
        digits = 1 if first >= 0.0095 else 2
        return [f"{100 * abs(v):.{digits}f}" + (" percentage points" if k == 0 else "") for k, v in enumerate(values)]
    if item.unit is Unit.POUNDS_AND_PENCE:
        if first < 1.0:
            digits = 0 if first >= 0.1 else 1
            return [f"{100 * abs(v):.{digits}f}p" for v in values]
        return [f"£{abs(v):,.2f}" for v in values]
    if item.unit is Unit.POUNDS:
        return [f"£{abs(v):,.0f}" for v in values]
    if item.unit in (Unit.MILLIONS, Unit.MILLIONS_A_MONTH):
        digits, tail = places(first, 1.0), " a month" if item.unit is Unit.MILLIONS_A_MONTH else ""
        return [f"£{abs(v):,.{digits}f}m" + (tail if k == 0 else "") for k, v in enumerate(values)]
    if item.unit is Unit.COUNT:
        digits = 0 if first >= 10 else 1
        return [f"{abs(v):,.{digits}f}" for v in values]
    if item.unit is Unit.MINUTES:
        return [f"{abs(v):.1f}" + (" minutes" if k == 0 else "") for k, v in enumerate(values)]
    return [f"{abs(v):,.{max(places(first, 1.0), 1) + 1}f}" for v in values]


def movement(effect: Effect) -> str:
    """How an outcome moves, such as "falls by 2.1 percentage points (1.8 to 2.4)"."""
    up = effect.verdict == RAISES
    sign = 1.0 if up else -1.0
    ends = sorted((sign * effect.low, sign * effect.high))
    size, low, high = amounts(effect.outcome, (effect.effect, *ends))
    low, high = (("-" if end < 0.0 else "") + text for end, text in zip(ends, (low, high), strict=True))
    return f"{'rises' if up else 'falls'} by {size} ({low} to {high})"


def pounds(value: float) -> str:
    """A sum of public money, such as "£12.3m", "£450,000" or "-£0.8m"."""
    if not math.isfinite(value):
        return "n/a"
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size >= 99.95e6:
        return f"{sign}£{size / 1e6:,.0f}m"
    return f"{sign}£{size / 1e6:,.1f}m" if size >= 0.95e6 else f"{sign}£{round(size, -3):,.0f}"


def calendar(month: str) -> str:
    """A "YYYY-MM" month in words, such as "April 2020"."""
    names = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    )  # fmt: skip
    year, number = divmod(month_number(month), 12)
    return f"{names[number]} {year}"


# --- numbers ----------------------------------------------------------------------------------------


def mean_interval(values: ArrayLike) -> tuple[Any, Any, Any]:
    """Mean over seeds with its 95% interval by Student's t.

    Args:
        values: Values by seed, shape (seeds, ...).

    Returns:
        Mean, low and high, shape (...); low and high are not a number for one seed.
    """
    array = np.asarray(values, dtype=np.float64)
    n = array.shape[0]
    mean = array.mean(axis=0)
    if n < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    from scipy import stats

    half = stats.t.ppf(0.975, n - 1) * array.std(axis=0, ddof=1) / math.sqrt(n)
    return mean, mean - half, mean + half


def effects_of(comparison: Comparison, arm: str, window: str) -> list[Effect]:
    """Effects of an arm in a window, in the order of the comparison, without those that have no value."""
    table = comparison.effects
    rows: Iterable[Any] = table[(table["arm"] == arm) & (table["window"] == window)].itertuples()
    return [
        Effect(outcome(row.outcome), row.effect, row.low, row.high, row.detectable, row.verdict)
        for row in rows
        if math.isfinite(row.effect)
    ]


def public_cost(comparison: Comparison, arm: Arm) -> Money | None:
    """Yearly public cost of an arm over all headings; None where it has no policy.

    The interval of a sum is not the sum of intervals, so that it is taken over the seeds' totals.
    """
    table = comparison.indicators
    if not arm.scenario.policies or COST not in table:
        return None
    months = table[table["month"] >= arm.scenario.calendar(first_policy_month(arm))]
    by_seed = months.groupby(["arm", "seed"])[COST].mean() * 12e6
    if arm.name not in by_seed:
        return None
    gap = by_seed[arm.name] - by_seed[comparison.baseline.name]
    mean, low, high = mean_interval(gap.to_numpy())
    return Money(float(mean), float(low), float(high), gap.size)


def money_borne_by(comparison: Comparison, arm: Arm, who: str) -> Money | None:
    """The yearly sum of a comparison's costs that someone bears, None where there is no such row."""
    table = comparison.costs
    rows = table[(table["arm"] == arm.name) & (table["borne_by"] == who)]
    if rows.empty:
        return None
    mean, low, high = (float(rows[column].sum(skipna=False)) for column in ("yearly_cost", "low", "high"))
    return Money(mean, low, high, int(rows["seeds"].min()))


def population(comparison: Comparison) -> float:
    """Residents in the last month of the baseline, mean over seeds; not a number where it is unknown."""
    table = comparison.indicators
    if "population" not in table:
        return float("nan")
    last = table[(table["arm"] == comparison.baseline.name) & (table["month"] == table["month"].max())]
    return float(last["population"].mean())


# --- sentences --------------------------------------------------------------------------------------


def told(effects: Iterable[Effect]) -> list[Effect]:
    """The effects that a paragraph tells with numbers: the surest ones and the main outcome, in their order."""
    moved = list(effects)

    def sureness(effect: Effect) -> tuple[bool, float]:
        return effect.outcome.name == MAIN, abs(effect.effect) / max(effect.detectable, 1e-12)

    chosen = sorted(moved, key=sureness, reverse=True)[:MOST_TOLD]
    return [effect for effect in moved if effect in chosen]


def effect_sentences(effects: Sequence[Effect]) -> list[str]:
    """What moved for the better, what got worse, what did not move, in that order."""
    if effects and all(effect.verdict == NO_INTERVAL for effect in effects):
        return [
            "One seed gives no interval, so no effect is claimed; the tables show how this one run differs "
            "from the baseline."
        ]
    out: list[str] = []
    for worth, more in ((1, "Also better"), (0, "Also changed")):
        moved = [effect for effect in effects if effect.moved and effect.worth == worth]
        first = told(moved)
        if first:
            out.append(f"{listed([f'{phrase(e.outcome)} {movement(e)}' for e in first])}.")
        if rest := [short(effect.outcome) for effect in moved if effect not in first]:
            out.append(f"{more}: {listed(rest)}.")
    # Every harm is told with its size, however many there are.
    worse = [effect for effect in effects if effect.worth == -1]
    out += [f"{phrase(effect.outcome)} gets worse: it {movement(effect)}." for effect in worse]
    if out:
        out[0] = f"By the final year, {out[0]}"
    still = [short(effect.outcome) for effect in effects if effect.verdict == NO_EFFECT]
    if still:
        out.append(no_effect_sentence(still, everything=len(still) == len(effects)))
    return [capital(sentence) for sentence in out]


def no_effect_sentence(names: Sequence[str], *, everything: bool) -> str:
    """That nothing detectable happened to some outcomes, the first of them by name."""
    if everything and len(names) > 1:
        return f"No detectable effect on any of the {len(names)} headline outcomes, {names[0]} included."
    if len(names) > MOST_NAMED + 1:
        return f"No detectable effect on {', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} others."
    return f"No detectable effect on {listed(names)}."


def reversal_sentence(early: Sequence[Effect], late: Sequence[Effect]) -> str | None:
    """Outcomes that moved the other way in the third year; None where there are none."""
    before = {effect.outcome.name: effect for effect in early if effect.moved}
    turned = [
        f"{phrase(effect.outcome)} {movement(before[effect.outcome.name])}"
        for effect in late
        if effect.moved and effect.outcome.name in before and before[effect.outcome.name].verdict != effect.verdict
    ]
    return f"In the third year it is the other way round: {listed(turned)}." if turned else None


def interval(money: Money) -> str:
    """The interval of a sum in brackets with a space before, empty where there is none or it has no width."""
    low, high = pounds(money.low), pounds(money.high)
    return f" ({low} to {high})" if math.isfinite(money.low) and low != high else ""


def cost_sentences(cost: Money | None, anchors: Money | None, balance: Money | None, residents: float) -> list[str]:
    """What a policy costs the public purse, anchors, and the fiscal balance.

    Args:
        cost: Public cost a year, None where there is no policy.
        anchors: Premium that anchors pay.
        balance: Change of the fiscal balance.
        residents: People among whom the cost is shared out.
    """
    if cost is None:
        return []
    out = []
    if cost.mean == 0.0:
        out.append("It costs the public purse nothing.")
    else:
        each = f", or £{cost.mean / residents:,.2f} for each resident" if residents > 0.0 else ""
        out.append(f"It costs the public purse {pounds(cost.mean)} a year{interval(cost)}{each}.")
    if anchors is not None and anchors.known_sign:
        more, size = "more" if anchors.mean > 0 else "less", anchors.size
        out.append(f"Anchor institutions pay {pounds(size.mean)} a year{interval(size)} {more} for what they buy.")
    if balance is not None and math.isfinite(balance.low):
        if balance.known_sign:
            better, size = "better" if balance.mean > 0 else "worse", balance.size
            out.append(
                f"With taxes and benefits counted, the public purse is {pounds(size.mean)} a year{interval(size)} "
                f"{better} off."
            )
        elif cost.mean != 0.0:
            out.append("With taxes and benefits counted, no detectable change in the public purse.")
    return out


def answer(comparison: Comparison, arm: Arm) -> Answer:
    """The short paragraph on one policy arm.

    Args:
        comparison: The comparison.
        arm: One of its policy arms.
    """
    shown = [name for name in HEADLINE if name != COST]
    late, early = (
        sorted(
            (effect for effect in effects_of(comparison, arm.name, window) if effect.outcome.name in shown),
            key=lambda effect: shown.index(effect.outcome.name),
        )
        for window in (FINAL_YEAR, THIRD_YEAR)
    )
    sentences = effect_sentences(late)
    if turned := reversal_sentence(early, late):
        sentences.append(turned)
    sentences += cost_sentences(
        public_cost(comparison, arm),
        money_borne_by(comparison, arm, ANCHORS),
        money_borne_by(comparison, arm, BALANCE),
        population(comparison),
    )
    return Answer(arm.title, tuple(sentences))


def answers(comparison: Comparison) -> list[Answer]:
    """A paragraph for each policy arm, in their order."""
    return [answer(comparison, arm) for arm in comparison.policy_arms]

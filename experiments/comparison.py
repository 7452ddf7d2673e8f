"""What a comparison of policies found: arms, runs, and the effects worked out from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from simulation.scenario import Scenario

#: Windows over which effects are averaged, as named in the effects.
FINAL_YEAR = "final year"
THIRD_YEAR = "third year"

#: Verdicts on an effect.
RAISES = "raises"
LOWERS = "lowers"
NO_EFFECT = "no detectable effect"
NO_INTERVAL = "no interval (one seed)"

#: Who bears a cost.
PUBLIC = "public purse"
ANCHORS = "anchors"
BALANCE = "change of balance"

#: Columns that identify a row of the indicators.
INDICATOR_KEYS = ("arm", "seed", "month")
BREAKDOWN_COLUMNS = ("arm", "seed", "month", "dimension", "group", "outcome", "value")
EFFECT_COLUMNS = (
    "arm", "outcome", "window", "baseline", "policy", "effect", "low", "high", "sd", "seeds", "detectable", "verdict",
    "variance_ratio",
)  # fmt: skip
GROUP_EFFECT_COLUMNS = (
    "arm", "dimension", "group", "outcome", "baseline", "effect", "low", "high", "seeds", "detectable", "verdict",
)  # fmt: skip
INTERACTION_COLUMNS = (
    "arm", "outcome", "bundle", "sum_of_parts", "effect", "low", "high", "sd", "seeds", "detectable", "verdict",
    "reading",
)  # fmt: skip
MONEY_FLOW_COLUMNS = (
    "arm", "source", "target", "baseline", "policy", "effect", "low", "high", "seeds", "detectable", "verdict",
)  # fmt: skip
PUT_IN_COLUMNS = (
    "arm", "outcome", "whole", "whole_low", "whole_high", "whole_verdict", "direct", "direct_low", "direct_high",
    "direct_verdict", "emergent", "emergent_low", "emergent_high", "emergent_verdict", "share_emergent",
)  # fmt: skip
COST_COLUMNS = ("arm", "heading", "borne_by", "yearly_cost", "low", "high", "seeds")


@dataclass(frozen=True)
class Arm:
    """One scenario of a comparison.

    Attributes:
        name: Short name, unique in the comparison.
        title: Name for people.
        scenario: What its runs simulate; its seed is replaced by each seed of the comparison.
    """

    name: str
    title: str
    scenario: Scenario


@dataclass(frozen=True)
class Comparison:
    """Runs of a baseline and of policies under the same seeds, and what they show.

    Months are "YYYY-MM" texts. Money is in constant pounds of the base year, or million pounds where the
    outcome's unit says so (see `experiments.outcomes`).

    Attributes:
        arms: The arms; the first is the baseline.
        seeds: Seeds under which every arm ran.
        indicators: One row per arm, seed and month: `INDICATOR_KEYS`, then a float column per indicator.
        breakdowns: Outcomes by group, tidy, with `BREAKDOWN_COLUMNS`.
        effects: Paired effects by policy arm, outcome and window, with `EFFECT_COLUMNS`. `baseline` and
            `policy` are means over seeds, `effect` their difference, `low` and `high` its 95% interval, `sd` the
            standard deviation over seeds of the paired difference.
        group_effects: Paired effects by group over the last year, with `GROUP_EFFECT_COLUMNS`.
        costs: Mean cost a year in pounds from the arm's first policy month on, with `COST_COLUMNS`. Rows borne by
            `PUBLIC` are the ledger's cost headings; by `ANCHORS` the premium of procurement against the
            baseline; `BALANCE` is the change of the fiscal balance, negative where the public purse is worse off.
        assumptions: Rows of the region pack that the runs read: name, value, low, high, unit, source, note.
        interactions: What bundles do beyond the sum of their policies, with `INTERACTION_COLUMNS`
            (see `experiments.interactions`).
        money_flows: Pence of a pound of anchors' spending by link, with `MONEY_FLOW_COLUMNS`
            (see `experiments.money_flows`).
        put_in: How much of each effect is put in directly, with `PUT_IN_COLUMNS` (see `experiments.put_in`).
        appraisal: The appraisal of each policy with a whole year (see `experiments.appraisal`).
        distribution: Changes of income by fifth in the appraisal.
        targets: Targets of the region pack beside the baseline's opening states (see `experiments.opening_check`).
        checks: Whether the baseline stays put.
        manifest: Scenarios, seeds, versions, hashes, digests and times; it can be written as JSON.
    """

    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    indicators: pd.DataFrame
    breakdowns: pd.DataFrame
    effects: pd.DataFrame
    group_effects: pd.DataFrame
    costs: pd.DataFrame
    assumptions: pd.DataFrame
    interactions: pd.DataFrame
    money_flows: pd.DataFrame
    put_in: pd.DataFrame
    appraisal: pd.DataFrame
    distribution: pd.DataFrame
    targets: pd.DataFrame
    checks: pd.DataFrame
    manifest: dict[str, Any]

    @property
    def baseline(self) -> Arm:
        """The arm that all others are compared with."""
        return self.arms[0]

    @property
    def policy_arms(self) -> tuple[Arm, ...]:
        """All arms but the baseline."""
        return self.arms[1:]

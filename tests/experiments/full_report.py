"""A comparison in which every section of the report has something to show, from known numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from experiments.appraisal import COLUMNS, MILLION, RATIO
from experiments.channel_tables import put_in_rows
from experiments.comparison import INTERACTION_COLUMNS, PUT_IN_COLUMNS, RAISES, Comparison
from experiments.factorial_study import HELP
from experiments.money_flows import money_flows
from experiments.records import PAID, RECEIVED
from experiments.report_topics import MEASURES
from experiments.validate import LIMITS
from experiments.validation_study import COLUMNS as TARGET_COLUMNS

#: What anchors and local firms pay and receive in a year, pounds.
PAYMENTS = {
    (PAID, "anchors", "wages"): 40.0,
    (PAID, "anchors", "employer_ni"): 5.0,
    (PAID, "anchors", "incommuter_wages"): 5.0,
    (RECEIVED, "rest_of_world", "procurement"): 30.0,
    (RECEIVED, "local_firms", "procurement"): 20.0,
    (RECEIVED, "local_firms", "consumption"): 90.0,
    (PAID, "local_firms", "vat"): 10.0,
    (PAID, "local_firms", "wages"): 40.0,
    (PAID, "local_firms", "drawings"): 10.0,
    (PAID, "local_firms", "dividends"): 10.0,
    (PAID, "local_firms", "intermediate"): 15.0,
    (PAID, "local_firms", "imports"): 15.0,
    (PAID, "local_firms", "corporation_tax"): 5.0,
}


def payment_rows(comparison: Comparison, moved: dict[str, float]) -> pd.DataFrame:
    """Payments of every run; `moved` pounds of contracts come in from outside under an arm, with a little luck."""
    rows = []
    for arm in comparison.arms:
        for k, seed in enumerate(comparison.seeds):
            here = dict(PAYMENTS)
            shift = moved.get(arm.name, 0.0) + (0.01 * k if arm.scenario.policies else 0.0)
            here[RECEIVED, "rest_of_world", "procurement"] -= shift
            here[RECEIVED, "local_firms", "procurement"] += shift
            rows += [(arm.name, seed, "2024-03", *key, value) for key, value in here.items()]
    return pd.DataFrame(rows, columns=["arm", "seed", "month", "dimension", "group", "outcome", "value"])


def with_everything(comparison: Comparison) -> Comparison:
    """The comparison with tables for all sections; the first policy arm moves contracts, the last is the bundle."""
    first, last = comparison.policy_arms[0], comparison.policy_arms[-1]
    payments = payment_rows(comparison, {first.name: 15.0})
    numbers = (-0.01, -0.008, -0.002, -0.003, -0.001, 0.001, 5, 0.0015, "lowers", HELP)
    together = pd.DataFrame([(last.name, "inactivity_rate", *numbers)], columns=list(INTERACTION_COLUMNS))
    total = np.array([[-0.02, -0.021, -0.019, -0.02, -0.02]])
    apart = put_in_rows(first.name, ["share_below_real_living_wage"], total, 0.75 * total, np.array([0.3]))
    rows = [
        (arm.name, measure, 12.5, 10.0, 15.0, 5, RATIO if "ratio" in measure or "return" in measure else MILLION, "")
        for arm in comparison.policy_arms
        for measure in MEASURES
    ]
    fifths = pd.DataFrame(
        {"arm": first.name, "fifth": ["1"], "income_change": [3.0], "low": [2.0], "high": [4.0], "verdict": [RAISES]}
    )
    target = dict.fromkeys(TARGET_COLUMNS, "") | {"low": 0.1, "high": 0.2, "simulated": 0.3, "when": "opening"}
    targets = [target | {"name": f"target_{k}", "role": "held_out", "pass": k > 0} for k in range(4)]
    checks = [
        {"name": name, "low": low, "high": high, "unit": unit, "simulated_low": low, "simulated_high": low}
        for name, (low, high, unit) in LIMITS.items()
    ]
    return dataclasses.replace(
        comparison,
        interactions=together,
        money_flows=money_flows(comparison.arms, comparison.seeds, payments),
        put_in=apart.rename(columns={"policy": "arm"})[list(PUT_IN_COLUMNS)],
        appraisal=pd.DataFrame(rows, columns=list(COLUMNS)),
        distribution=fifths,
        targets=pd.DataFrame(targets, columns=list(TARGET_COLUMNS)),
        checks=pd.DataFrame(checks).assign(**{"pass": True}),
    )

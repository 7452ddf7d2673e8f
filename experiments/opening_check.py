"""How many targets of its region pack a comparison's own baseline meets, and whether it stays put.

The opening state of each seed is measured as `commonweal validate` measures it; what only a panel of later months
can tell is left to that command.
"""

from __future__ import annotations

import pandas as pd

from experiments.measured import OPENING, with_opening
from experiments.records import RunResult
from experiments.validate import baseline_rows
from experiments.validation_study import FIT, HELD_OUT, target_table
from simulation import Economy
from simulation.region import Region


def opening_check(region: Region, baseline: list[RunResult]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The targets beside the opening states, and the checks that the baseline stays put.

    Args:
        region: Pack of the runs.
        baseline: Runs of the baseline, one for each seed.

    Returns:
        Tables as `validation_study.target_table` and `validate.baseline_rows` give them. Targets of later years that
        these runs cannot tell have no `pass`.
    """
    measured = [with_opening(result, Economy(result.scenario)) for result in baseline]
    return target_table(region.targets, measured), pd.DataFrame(baseline_rows(baseline))


def check_sentences(targets: pd.DataFrame, checks: pd.DataFrame, scale: int) -> list[str]:
    """How many targets are met, fitted and held out apart, and whether the baseline stays put.

    Args:
        targets: Table of targets.
        checks: Table of checks.
        scale: Of the runs.
    """
    found: list[str] = []
    if targets.empty and checks.empty:
        return found
    for role, words in ((FIT, "to which the model was fitted"), (HELD_OUT, "held out of the fitting")):
        own = targets[targets["role"] == role]
        told = own[own["pass"].notna()]
        if len(told):
            met = int(told["pass"].astype(bool).sum())
            opening = int((told["when"] == OPENING).sum())
            later = f", {len(told) - opening} of them of later years" if opening < len(told) else ""
            found.append(
                f"Of {len(told)} targets {words}{later}, these runs meet {met} ({100 * met / len(told):.0f}%)."
            )
    if not found:
        found.append("The region pack has no targets that these runs could be held against.")
    elif missing := int(targets["pass"].isna().sum()):
        found.append(f"{missing} targets need what these runs do not record, and were not looked at.")
    if len(targets) and scale > 20:
        found.append(
            f"One simulated unit stands for {scale} real ones, so that a target allows for much sampling error; a "
            "finer scale is a harder test."
        )
    failed = checks[checks["pass"].eq(False)]
    kept = int(checks["pass"].eq(True).sum())
    if kept or len(failed):
        found.append(f"Of {kept + len(failed)} checks that the baseline stays put without policies, {kept} hold.")
    return found

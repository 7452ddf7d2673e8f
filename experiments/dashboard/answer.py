"""The answer in one plain line, which claims no more than one seed can tell."""

from __future__ import annotations

import math

from experiments.dashboard.worker import Progress
from experiments.outcomes import outcome
from experiments.phrases import amounts, calendar, capital, listed, phrase
from policies import Policy
from simulation.scenario import Scenario

#: Months that the answer is a mean over.
WINDOW = 12
#: What every answer ends with.
CAVEAT = "One seed: no interval, so it may be luck."


def answer(progress: Progress, name: str) -> str:
    """What a run says about an outcome so far.

    Args:
        progress: The run.
        name: The outcome.
    """
    reference, compared = progress.pair
    if not progress.rows:
        return "No month has been run yet."
    if reference.policies == compared.policies:
        return "Both scenarios have the same policies, so that they are the same run."
    rows = progress.rows[-WINDOW:]
    before, after = (sum(row[side].get(name, math.nan) for row in rows) / len(rows) for side in (0, 1))
    item = outcome(name)
    last = calendar(reference.calendar(progress.months - 1))
    begin = min(scenario.month_of(policy.start) for scenario in progress.pair for policy in _policies(scenario))
    if begin >= progress.months:
        return f"No policy has started by {last}: until {calendar(reference.calendar(begin))} both runs are the same."
    if not (math.isfinite(before) and math.isfinite(after)):
        return f"{capital(phrase(item))} has no value yet."
    over = f"over the {len(rows)} months to {last}" if len(rows) > 1 else f"in {last}"
    told = f"{item.text(after)} against {item.text(before)}"
    size = amounts(item, [after - before])[0]
    if not any(digit in size for digit in "123456789"):
        return f"{capital(phrase(item))} {over} is the same {_by(progress.pair)}: {item.text(after)}. {CAVEAT}"
    way = "higher" if after > before else "lower"
    return f"{capital(phrase(item))} {over} is {size} {way} {_by(progress.pair)} ({told}). {CAVEAT}"


def _policies(scenario: Scenario) -> list[Policy]:
    return [policy for policy in scenario.policies if isinstance(policy, Policy)]


def _by(pair: tuple[Scenario, Scenario]) -> str:
    reference, compared = pair
    if reference.policies:
        return f"in “{compared.name}” than in “{reference.name}”"
    return f"with {listed([policy.title for policy in _policies(compared)])} than without"

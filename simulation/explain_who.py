"""Whom to ask about: people whose month is worth an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.person_fields import Status
from simulation.replay import Replay, month_to_explain
from simulation.watching import Call

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Persons named for each reason.
EACH = 2


class CrowdWatcher:
    """Counts what everybody's search brought.

    Attributes:
        table: One row for each who looked: uid, months out of work, posts seen and fit for, applications, hired.
    """

    def __init__(self) -> None:
        self.table = pd.DataFrame({"uid": np.empty(0, np.uint64), "out": 0, "seen": 0, "applied": 0, "hired": False})
        self._look: Call | None = None

    def saw(self, economy: Economy, call: Call) -> None:
        """Take note of a call."""
        if call.name == "look_for_posts":
            self._look = call
        elif call.name == "choose" and self._look is not None:
            rows = self._look.arguments["searcher"]
            hired = np.zeros(rows.size, bool)
            hired[call.result[call.result >= 0]] = True
            seeks = economy.persons.status[rows] == Status.UNEMPLOYED
            self.table = pd.DataFrame(
                {
                    "uid": economy.persons.uid[rows],
                    "out": np.where(seeks, economy.persons.status_months[rows], -1),
                    "seen": np.bincount(self._look.result[1], minlength=rows.size),
                    "applied": np.bincount(call.arguments["app_person"], minlength=rows.size),
                    "hired": hired,
                }
            )


def people_to_explain(economy: Economy, month: str | int) -> pd.DataFrame:
    """Some people whose month is worth an explanation, in the run done anew.

    Args:
        economy: An economy that has run that month; it is not touched.
        month: Calendar month, "YYYY-MM", or a tick.

    Returns:
        Columns `person` (uid) and `why` (words); each person once, for the first reason that holds.

    Raises:
        ScenarioError: The month was not run, or the run does not follow from its scenario alone.
    """
    tick = month_to_explain(economy, month)
    replay, watcher = Replay(economy), CrowdWatcher()
    for _ in replay.months(tick, tick):
        replay.economy.watcher = watcher
    found: list[tuple[int, str]] = []

    def name(uids: NDArray[Any], measure: NDArray[Any], words: str) -> None:
        """Take those with the greatest measure whom nobody has taken, ties by uid."""
        order = np.lexsort((uids, -measure.astype(np.int64)))
        known = {uid for uid, _ in found}
        chosen = [k for k in order.tolist() if int(uids[k]) not in known][:EACH]
        found.extend((int(uids[k]), words.format(int(measure[k]))) for k in chosen)

    search = watcher.table
    seeks = search[search["out"] >= 0]
    turned = seeks[~seeks["hired"]]
    for rows, measure, words in (
        (turned, "out", "unemployed longest: {} months"),
        (turned[turned["applied"] > 0], "applied", "refused this month, most often: {}"),
        (turned[turned["seen"] == 0], "out", "came across no post to be qualified for; months unemployed: {}"),
        (
            turned[(turned["applied"] == 0) & (turned["seen"] > 0)],
            "seen",
            "posts seen and none worth an application: {}",
        ),
        (seeks[seeks["hired"]], "out", "found work after longest: {} months"),
        (search[(search["out"] < 0) & search["hired"]], "applied", "changed jobs; applications: {}"),
    ):
        name(rows["uid"].to_numpy(), rows[measure].to_numpy(), words)
    persons = replay.economy.persons
    idle = np.flatnonzero(persons.alive & (persons.status == Status.DISCOURAGED))
    name(persons.uid[idle], persons.status_months[idle], "out of work and not looking longest: {} months")
    return pd.DataFrame(found, columns=["person", "why"]).astype({"person": "uint64"})

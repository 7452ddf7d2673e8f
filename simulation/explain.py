"""Why a person found work in a month, or did not: the month run anew, with one or more persons watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agents.person_fields import INACTIVE, Status
from simulation.explain_decision import Decision, ask, left_as_is, weigh_decision
from simulation.explain_record import Constraint, Explanation, PersonState, rows_of, state_of
from simulation.explain_search import NO_SEARCH, Market, Search, follow
from simulation.explain_words import sentence
from simulation.labour_market import Posts
from simulation.replay import Replay, month_to_explain
from simulation.scenario import ScenarioError
from simulation.watching import Call

if TYPE_CHECKING:
    from simulation.economy import Economy


class PersonWatcher:
    """Follows persons through one month.

    Args:
        uids: Their identities.

    Attributes:
        market: State of each when posts had been advertised.
        decisions: What each decided last, and whether anybody asked.
        searches: What the search of each brought.
        vacancies: Posts advertised.
    """

    def __init__(self, uids: Sequence[int]) -> None:
        self.uids = list(uids)
        self.market: dict[int, PersonState] = {}
        self.decisions: dict[int, Decision] = {}
        self.asked: set[int] = set()
        self.searches: dict[int, Search] = {}
        self.vacancies = 0
        self._probing: dict[int, int] | None = None
        self._calls: dict[str, Call] = {}

    def saw(self, economy: Economy, call: Call) -> None:
        """Take note of a call."""
        self._calls[call.name] = call
        if call.name == "takes_part":
            self._see_decisions(economy, call)
        elif call.name == "advertise":
            self._see_all(economy, call.result)
        elif call.name == "choose":
            self._see_searches(economy)

    def constraint(self, uid: int) -> Constraint | None:
        """What bound a person; None for those who found work, did not need to, or are not of working age."""
        if uid in self.searches:
            return self.searches[uid].constraint
        state = self.market.get(uid)
        return self.decisions[uid].constraint if state is not None and state.status in INACTIVE else None

    def _rows(self, economy: Economy) -> dict[int, int]:
        return rows_of(economy.persons, self.uids)

    def _see_decisions(self, economy: Economy, call: Call) -> None:
        rows = np.asarray(call.arguments["rows"])
        known = self._rows(economy) if self._probing is None else self._probing
        for uid, row in known.items():
            for position in np.flatnonzero(rows == row)[:1].tolist():
                self.decisions[uid] = weigh_decision(economy, call, position)
                if self._probing is None:
                    self.asked.add(uid)

    def _see_all(self, economy: Economy, posts: Posts) -> None:
        self.vacancies = len(posts)
        for uid, row in self._rows(economy).items():
            state = self.market[uid] = state_of(economy, row)
            if state.status in INACTIVE:
                if uid not in self.asked:
                    self._probing = {uid: row}
                    ask(economy, row)
                    self._probing = None
                self.decisions[uid] = left_as_is(state.status, self.decisions[uid])
            if state.status == Status.UNEMPLOYED:
                # What holds where nobody has a post open to residents.
                self.searches[uid] = NO_SEARCH

    def _see_searches(self, economy: Economy) -> None:
        calls = self._calls
        market = Market(calls["advertise"].result, calls["look_for_posts"], calls["worth_applying"], calls["choose"])
        searchers = set(market.searchers.tolist())
        for uid, row in self._rows(economy).items():
            if row in searchers:
                self.searches[uid] = follow(economy, market, row)


def explain(economy: Economy, persons: Sequence[int], month: str | int) -> list[Explanation]:
    """Explain one month of some persons, in one replay.

    Args:
        economy: An economy that has run that month, and maybe more; it is not touched.
        persons: Uids.
        month: Calendar month, "YYYY-MM", or a tick.

    Returns:
        One explanation each, in their order.

    Raises:
        ScenarioError: The month was not run, nobody of that uid lived in the region in it, or the run does not follow
            from its scenario alone.
    """
    tick = month_to_explain(economy, month)
    watcher, replay = PersonWatcher(persons), Replay(economy)
    before: dict[int, PersonState | None] = {}
    for _ in replay.months(tick, tick):
        replay.economy.watcher = watcher
        before = _states(replay.economy, persons)
    after = _states(replay.economy, persons)
    out = []
    for uid in persons:
        if before[uid] is None and uid not in watcher.market and after[uid] is None:
            raise ScenarioError(_unknown(economy, uid, economy.scenario.calendar(tick)))
        out.append(_explanation(economy, watcher, uid, tick, before[uid], after[uid]))
    return out


def _states(economy: Economy, uids: Sequence[int]) -> dict[int, PersonState | None]:
    rows = rows_of(economy.persons, uids)
    return {uid: state_of(economy, rows[uid]) if uid in rows else None for uid in uids}


def _unknown(economy: Economy, uid: int, month: str) -> str:
    some = ", ".join(str(int(u)) for u in economy.persons.uid[economy.persons.rows()[:3]])
    return (
        f"person: {uid}: nobody of this uid lived in the region in {month}; allowed are those of "
        f"`economy.persons.uid`, such as {some}"
    )


def _explanation(
    economy: Economy,
    watcher: PersonWatcher,
    uid: int,
    tick: int,
    before: PersonState | None,
    after: PersonState | None,
) -> Explanation:
    search, decision = watcher.searches.get(uid), watcher.decisions.get(uid)
    now = watcher.market.get(uid)
    found = Explanation(
        person=uid,
        month=economy.scenario.calendar(tick),
        before=before,
        market=now,
        after=after,
        looked=search is not None,
        asked=uid in watcher.asked,
        takes_part=None if decision is None else decision.takes_part,
        what_if={} if search is not None or decision is None else decision.what_if,
        vacancies=watcher.vacancies,
        reach=float("nan") if search is None else search.reach,
        offers=(search or NO_SEARCH).offers.copy(),
        taken=None if search is None else search.taken,
        constraint=watcher.constraint(uid),
        sentence="",
    )
    return replace(found, sentence=sentence(found))

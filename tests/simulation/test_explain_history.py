"""Histories of one person and one firm say what the run did."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from agents.organisation_fields import Kind
from agents.person_fields import Status
from simulation.economy import Economy
from simulation.explain_history import FIRM_COLUMNS, HAZARD, INSOLVENCY, NO_WORKERS, PERSON_COLUMNS, SHOCK
from simulation.explain_record import row_of
from simulation.ownership import EXIT
from simulation.scenario import ScenarioError
from simulation.shocks import ClosureShock

Factory = Callable[..., Economy]

MONTHS = 6


@pytest.fixture(scope="module")
def run(make_economy: Factory) -> tuple[Economy, list[dict[str, dict[int, Any]]]]:
    """A run in which the largest employer closes and banks are hard, and notes of the end of every month."""
    economy = make_economy(
        scale=500,
        months=MONTHS,
        shocks=[ClosureShock(start="2020-06")],
        assumptions={"insolvency_months": 2, "overdraft_months": 0.0},
        force=True,
    )
    notes = []
    for _ in range(MONTHS):
        economy.step()
        people, orgs = economy.persons, economy.organisations
        rows, firms = people.rows(), orgs.rows()
        notes.append(
            {
                "status": dict(zip(people.uid[rows].tolist(), people.status[rows].tolist(), strict=True)),
                "pay": dict(zip(people.uid[rows].tolist(), (people.wage[rows] / 100.0).tolist(), strict=True)),
                "headcount": dict(zip(orgs.uid[firms].tolist(), orgs.headcount[firms].tolist(), strict=True)),
                "balance": dict(zip(orgs.uid[firms].tolist(), (orgs.cash[firms] / 100.0).tolist(), strict=True)),
            }
        )
    return economy, notes


def test_a_person_is_what_they_were(run: Any) -> None:
    economy, notes = run
    changed = [u for u, s in notes[0]["status"].items() if s == Status.UNEMPLOYED and notes[-1]["status"].get(u) == 1]
    uid = changed[0]
    found = economy.history(person=uid)
    assert tuple(found.columns) == PERSON_COLUMNS
    assert found["status"].tolist() == [Status(note["status"][uid]).name.lower() for note in notes]
    assert found["pay"].tolist() == [note["pay"][uid] for note in notes]
    taken = found[found["taken"]]
    assert (taken["applied"] > 0).all()
    assert (found.loc[found["looked"] & ~found["taken"], "constraint"] != "").all()
    assert str(found.index[0]) == "2020-04"


def test_a_firm_is_what_it_was(run: Any) -> None:
    economy, notes = run
    orgs = economy.organisations
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    uid = int(orgs.uid[firms[np.argmax(orgs.headcount[firms])]])
    found = economy.history(firm=uid)
    assert tuple(found.columns) == FIRM_COLUMNS
    for name in ("headcount", "balance"):
        assert found[name].tolist() == [note[name][uid] for note in notes if uid in note[name]]
    assert (found["closed"] == "").all()


def test_firms_close_for_the_reason_told(run: Any) -> None:
    economy, notes = run
    closed = [sorted(set(then["headcount"]) - set(now["headcount"])) for then, now in pairwise(notes)]
    # All that closed in the month of the shock, and some of the last months.
    in_june, later = closed[1], [*closed[3], *closed[4]][:5]
    reasons: dict[str, list[int]] = {}
    for uid in [*in_june, *later]:
        found = economy.history(firm=uid)
        last = found.iloc[-1]
        assert len(found) == sum(uid in note["headcount"] for note in notes) + 1
        assert (found["closed"].iloc[:-1] == "").all()
        reasons.setdefault(last["closed"], []).append(uid)
        if last["closed"] == INSOLVENCY:
            assert last["loss_months"] >= 2
            assert last["balance"] < 0
        if last["closed"] == HAZARD:
            month = economy.scenario.month_of(str(last.name))
            assert economy.draws.uniform(EXIT, month, np.array([uid], np.uint64))[0] < last["hazard"]
        if last["closed"] == NO_WORKERS:
            assert last["headcount"] == last["outside_workers"] == 0
    assert set(reasons) >= {INSOLVENCY, HAZARD, SHOCK}
    assert len(reasons[SHOCK]) == 1
    assert reasons[SHOCK][0] in in_june


def test_who_never_was_has_no_history(run: Any) -> None:
    economy, _ = run
    with pytest.raises(ScenarioError, match=r"person: 7; there never was one .*`economy\.persons\.uid`"):
        economy.history(person=7)
    with pytest.raises(ScenarioError, match=r"firm: 7; there never was one .*`economy\.organisations\.uid`"):
        economy.history(firm=7)
    for given in ({}, {"person": 7, "firm": 7}):
        with pytest.raises(ScenarioError, match="allowed is one of"):
            economy.history(**given)
    assert row_of(economy.persons, 7) is None

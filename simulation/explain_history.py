"""What became of one person or one employer, month by month, in the run done anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from agents.organisation_fields import Kind
from simulation.explain import PersonWatcher
from simulation.explain_record import PersonState, industry_name, row_of, state_of, zone_name
from simulation.replay import Replay, month_to_explain
from simulation.scenario import ScenarioError
from simulation.shocks import struck_employers
from simulation.watching import Call, Watcher

if TYPE_CHECKING:
    from agents.columns import Table
    from simulation.economy import Economy

W = TypeVar("W", bound=Watcher)
Note = Callable[["Economy", W], dict[str, Any] | None]

#: Why a firm closed.
SHOCK, INSOLVENCY, NO_WORKERS, HAZARD = "shock", "insolvency", "no workers left", "chance of age, size and margin"
#: Columns of the history of a person.
PERSON_COLUMNS = (
    "status", "months", "employer", "industry", "place", "pay", "hours", "looked", "seen", "applied", "taken",
    "constraint",
)  # fmt: skip
#: Columns of the history of an employer.
FIRM_COLUMNS = (
    "headcount", "outside_workers", "wanted", "vacancies", "hires", "leavers", "pay_premium", "price", "demand",
    "unmet", "expected_demand", "contracts", "sales", "costs", "profit", "balance", "loss_months", "margin",
    "hazard", "closed",
)  # fmt: skip


def history(economy: Economy, *, person: int | None = None, firm: int | None = None) -> pd.DataFrame:
    """Month by month, one person or one employer.

    A person: status and months in it at the end of the month; uid of the employer (0 for none), its industry and
    zone; hourly pay in pounds (0 for who is no employee) and weekly hours; whether the person looked, how many posts
    were seen and applied for, whether one was taken, and what bound, see `simulation.explain_record.Constraint`.

    An employer, one simulated row, which stands for several real ones where the scale is coarse: residents and workers
    from outside on its staff, headcount wanted, posts advertised, hires and leavers of the month; pay premium over its
    industry in log points; price (1 at the start); demand met, turned away and expected, and orders held under
    contracts with anchors, in pounds a month; sales, costs and profit in pounds a month, balance in pounds; months in
    a row below the insolvency line; smoothed profit over expected demand; chance to close this month; and in its last
    month, in which it is as it was just before, why it closed, else "".

    Args:
        economy: An economy that has run; it is not touched.
        person: Uid of the person.
        firm: Uid of the employer.

    Returns:
        One row a month, from the first to the last in which it was there.

    Raises:
        ScenarioError: Not exactly one of both is given, there never was one of that uid, or the run does not follow
            from its scenario alone.
    """
    if (person is None) == (firm is None):
        raise ScenarioError("history: allowed is one of person=UID and firm=UID")
    last = month_to_explain(economy, economy.month - 1)
    if person is not None:
        table = economy.persons
        found = _follow(economy, last, lambda: PersonWatcher([person]), _note_person, PERSON_COLUMNS)
    else:
        assert firm is not None
        table = economy.organisations
        found = _follow(economy, last, lambda: FirmWatcher(firm), _note_firm, FIRM_COLUMNS)
    if found.empty:
        kind, uid = ("person", person) if person is not None else ("firm", firm)
        raise ScenarioError(f"{kind}: {uid}; there never was one in this run; {_allowed(table)}")
    return found


def _allowed(table: Table) -> str:
    some = ", ".join(str(int(uid)) for uid in table.uid[table.rows()[:3]])
    return f"allowed are those of `economy.{table.name}.uid`, such as {some}"


def _follow(
    economy: Economy, last: int, watch: Callable[[], W], note: Note[W], columns: tuple[str, ...]
) -> pd.DataFrame:
    """Run all months anew, each with a fresh watcher, and note what it saw at the end of each."""
    replay, rows, watcher = Replay(economy), dict[int, dict[str, Any]](), watch()

    def close(month: int) -> None:
        seen = note(replay.economy, watcher)
        if seen is not None:
            rows[month] = seen

    for month in replay.months(0, last):
        if month:
            close(month - 1)
        replay.economy.watcher = watcher = watch()
    close(last)
    months = [pd.Period(economy.scenario.calendar(month), freq="M") for month in rows]
    return pd.DataFrame(
        list(rows.values()), index=pd.PeriodIndex(months, freq="M", name="month"), columns=list(columns)
    )


# --- a person ---------------------------------------------------------------------------------------


def _note_person(economy: Economy, watcher: PersonWatcher) -> dict[str, Any] | None:
    uid = watcher.uids[0]
    row = row_of(economy.persons, uid)
    if row is None:
        return None
    state, search = state_of(economy, row), watcher.searches.get(uid)
    offers = None if search is None else search.offers
    return {
        "status": state.status.name.lower(),
        "months": state.status_months,
        **_job(economy, row, state),
        "looked": search is not None,
        "seen": 0 if offers is None else len(offers),
        "applied": 0 if offers is None else int(offers["applied"].sum()),
        "taken": search is not None and search.taken is not None,
        "constraint": watcher.constraint(uid) or "",
    }


def _job(economy: Economy, row: int, state: PersonState) -> dict[str, Any]:
    employer = int(economy.persons.employer[row])
    works = employer >= 0
    return {
        "employer": state.employer or 0,
        "industry": industry_name(economy, employer) if works else "",
        "place": zone_name(economy, int(economy.organisations.zone[employer])) if works else "",
        "pay": state.wage,
        "hours": state.hours,
    }


# --- an employer ------------------------------------------------------------------------------------


class FirmWatcher:
    """Follows an employer through the end of a month, when it may close.

    Args:
        uid: Its identity.

    Attributes:
        last: What it was just before firms close.
        reason: Why it would close, if it does.
    """

    def __init__(self, uid: int) -> None:
        self.uid = uid
        self.last: dict[str, Any] | None = None
        self.reason = ""
        self.hazard = np.nan

    def saw(self, economy: Economy, call: Call) -> None:
        """Take note of a call."""
        if call.name != "closure_hazard":
            return
        row, orgs = row_of(economy.organisations, self.uid), economy.organisations
        if row is None:
            return
        if orgs.kind[row] == Kind.FIRM:
            firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
            self.hazard = float(call.result[np.searchsorted(firms, row)])
        self.last = _employer(economy, row)
        self.reason = why_closing(economy, row)


def why_closing(economy: Economy, row: int) -> str:
    """Why a firm that is about to close does, most forcing first; chance where nothing forces it.

    Args:
        economy: The economy, with profits settled and no firm closed yet.
        row: Row of the firm.
    """
    orgs = economy.organisations
    if row in struck_employers(economy):
        return SHOCK
    if orgs.loss_months[row] >= economy.assumptions["insolvency_months"]:
        return INSOLVENCY
    if orgs.headcount[row] + orgs.outside_workers[row] == 0:
        return NO_WORKERS
    return HAZARD


def _employer(economy: Economy, row: int) -> dict[str, Any]:
    orgs, contracts = economy.organisations, economy.contracts
    held = contracts.alive & (contracts.supplier == row)
    money = {name: float(getattr(orgs, name)[row]) / 100.0 for name in ("sales", "costs", "profit")}
    return {
        **{name: int(getattr(orgs, name)[row]) for name in ("headcount", "outside_workers", "vacancies")},
        **{name: int(getattr(orgs, name)[row]) for name in ("hires", "leavers", "loss_months")},
        "wanted": int(orgs.target_headcount[row]),
        "pay_premium": float(orgs.wage_effect[row]),
        **{name: float(getattr(orgs, name)[row]) for name in ("price", "demand", "unmet", "expected_demand")},
        "contracts": float(contracts.value[held].sum()) * economy.growth,
        **money,
        "balance": float(orgs.cash[row]) / 100.0,
        "margin": float(orgs.profit_trend[row]) / max(float(orgs.expected_demand[row]), 1.0),
    }


def _note_firm(economy: Economy, watcher: FirmWatcher) -> dict[str, Any] | None:
    row = row_of(economy.organisations, watcher.uid)
    if row is not None:
        return _employer(economy, row) | {"hazard": watcher.hazard, "closed": ""}
    if watcher.last is not None:
        return watcher.last | {"hazard": watcher.hazard, "closed": watcher.reason}
    return None

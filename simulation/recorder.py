"""Records of a run: indicators every month, groups every year, and the digest of it all."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import pandas as pd

from simulation.accounts import Flow, Sector
from simulation.groups import by_group, by_income
from simulation.indicators import headline
from simulation.pledges import pledges_kept

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Dimensions of the breakdowns; neighbourhoods only in the last month of the scenario.
DIMENSIONS = ("authority", "imd_decile", "sex", "ethnicity", "disability")
#: Months between breakdowns, and in the last year of the scenario, over which groups are compared.
EVERY, EVERY_AT_LAST = 12, 3
#: Months at the end of a scenario that make its final year.
FINAL_YEAR = 12


class Recorder:
    """What a run leaves behind.

    Args:
        economy: The economy to record.
    """

    def __init__(self, economy: Economy) -> None:
        self._economy = economy
        self._rows: list[dict[str, float]] = []
        self._groups: list[tuple[int, str, str, str, float]] = []
        self._pledges: list[dict[str, float]] = []

    def record(self) -> None:
        """Record the month that has just closed."""
        economy = self._economy
        self._rows.append(headline(economy))
        left = economy.scenario.months - 1 - economy.month
        if 0 <= left < FINAL_YEAR:
            self._pledges.append(pledges_kept(economy) if economy.organisations.accredited.any() else {})
        last = left == 0
        if last or (economy.month + 1) % EVERY == 0 or (left < EVERY and left % EVERY_AT_LAST == 0):
            dimensions = (*DIMENSIONS, "neighbourhood") if last else DIMENSIONS
            found = [*by_group(economy, dimensions), *by_income(economy)]
            self._groups += [(economy.month, *outcome) for outcome in found]

    def latest(self, name: str) -> float:
        """The last value of an indicator."""
        return self._rows[-1][name]

    def datacollector(self) -> mesa.DataCollector:
        """A collector with every headline indicator as a model reporter, as Mesa's tools expect."""
        names = list(headline_names(self._economy))
        return mesa.DataCollector(model_reporters={name: partial(_report, name) for name in names})

    def indicators(self) -> pd.DataFrame:
        """Headline indicators, one row a month."""
        start = self._period(0)
        index = pd.period_range(start, periods=len(self._rows), freq="M", name="month")
        return pd.DataFrame(self._rows, index=index, dtype=np.float64)

    def breakdowns(self) -> pd.DataFrame:
        """Outcomes by group, tidy: month, dimension, group, outcome, value."""
        table = pd.DataFrame(self._groups, columns=["month", "dimension", "group", "outcome", "value"])
        start = self._period(0)
        table["month"] = pd.PeriodIndex([start + int(month) for month in table["month"]], freq="M")
        return table

    def payments(self) -> pd.DataFrame:
        """What was paid in the final year by kind of payment and sector: flow, sector, paid, received, in real pounds.

        It is the ledger's, summed, and so no part of the digest; rows without a payment are left out.
        """
        economy = self._economy
        months = [closure.month for closure in economy.ledger.closures if closure.month >= 0][-FINAL_YEAR:]
        pence = np.zeros((2, len(Flow), len(Sector)), np.int64)
        for month in months:
            pence += economy.ledger.tensor(month)
        total = pence * economy.scale / 100.0
        rows = [
            (flow.name.lower(), sector.name.lower(), *total[:, flow, sector])
            for flow in Flow
            for sector in Sector
            if total[:, flow, sector].any()
        ]
        return pd.DataFrame(rows, columns=["flow", "sector", "paid", "received"])

    def pledges(self) -> dict[str, float]:
        """What the charter's pledges put in by themselves, mean over the months of the final year, by indicator.

        Empty where nobody was a member; worked out from the state, and so no part of the digest.
        """
        names = list(dict.fromkeys(name for month in self._pledges for name in month))
        return {name: float(np.mean([month.get(name, 0.0) for month in self._pledges])) for name in names}

    def digest(self) -> str:
        """SHA-256 over indicators, groups, transaction flows, cost headings and the final state by uid."""
        economy = self._economy
        hasher = hashlib.sha256()

        def add(name: str, values: Any) -> None:
            array = np.ascontiguousarray(values)
            hasher.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
            hasher.update(array.tobytes())

        table = self.indicators()
        for name in sorted(table.columns):
            add(name, table[name].to_numpy(dtype="<f8"))
        for month, dimension, group, outcome, value in self._groups:
            hasher.update(f"{month}|{dimension}|{group}|{outcome}|{value.hex()}|".encode())
        for closure in economy.ledger.closures:
            add(f"flows {closure.month}", economy.ledger.tensor(closure.month).astype("<i8"))
        for month, costs in sorted(economy.ledger.headings.items()):
            hasher.update(f"{month}|{sorted(costs.items())}|".encode())
        for state in (economy.households, economy.persons, economy.organisations, economy.contracts):
            columns = state.snapshot()
            order = np.argsort(columns["uid"], kind="stable")
            for name in sorted(columns):
                field = state.fields[name]
                if field.unit != "row" and not field.derived:  # row numbers are an accident of memory, not a result
                    add(f"{state.name}.{name}", columns[name][order])
        return hasher.hexdigest()

    def _period(self, month: int) -> pd.Period:
        return pd.Period(self._economy.scenario.calendar(month), freq="M")


def headline_names(economy: Economy) -> tuple[str, ...]:
    """Names of the headline indicators, as measured on the opening state."""
    return tuple(headline(economy))


def _report(name: str, model: Any) -> float:
    return float(model.recorder.latest(name))

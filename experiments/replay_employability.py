"""Replay: 25,000 people out of work are supported, as by Ways to Work; how many work after, and how many through it?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.person_fields import EMPLOYED
from experiments.replay_turnover import rows_of
from policies import Skills
from simulation import Economy, Scenario
from simulation.skills import BROKERAGE

#: Supported people in all (Local Industrial Strategy draft 2020), over so many months (the pack's note on its baseline
#: places: about three years).
SUPPORTED, LENGTH = 25_000, 36
#: First month of the programme; months after the start of a place at which people are looked at; months of the run.
START, LATER = 12, (6, 12, 24)
MONTHS = START + LENGTH + LATER[-1]

Flags = NDArray[np.bool_]


def employability(scenario: Scenario) -> dict[str, float]:
    """Brokerage at the programme's rate against no brokerage at all, without the money for it.

    The baseline of the pack has such places already, which stand for this very programme; they are taken out of both
    runs. Supported are those who begin a place; in the baseline the same people are looked at in the same months.

    Args:
        scenario: Its seed and scale are taken.

    Returns:
        In percent of the supported: `gross_share`, in work both six and twelve months after they began (sustained
        work; the definition is assumed); `net_6`, `net_24`, how many more of them work after so many months than of
        the same people in the baseline; `net_region`, how many more residents work in the last year of the
        programme, over all who were supported by then.
    """
    base = scenario.with_(
        months=MONTHS, policies=(), force=True, assumptions={**scenario.assumptions, "baseline_places_brokerage": 0.0}
    )
    programme = Skills(
        start=base.calendar(START), end=base.calendar(START + LENGTH - 1), classroom_places=0.0,
        apprenticeship_places=0.0, progression_places=0.0, brokerage_places=SUPPORTED / LENGTH, completion_support=0.0,
        without=("cost",),
    )  # fmt: skip
    with_it, without = Economy(base.with_(policies=(programme,))), Economy(base)
    length = int(with_it.assumptions["months_brokerage"])
    cohorts: dict[int, NDArray[np.uint64]] = {}
    early: dict[int, Flags] = {}
    seen = {f"net_{months}": np.zeros(3) for months in LATER}
    sustained, extra = np.zeros(2), []
    for month in range(MONTHS):
        for economy in (with_it, without):
            economy.step()
        persons = with_it.persons
        new = persons.alive & (persons.course_kind == BROKERAGE) & (persons.course_months == length)
        cohorts[month] = persons.uid[new].copy()
        for months in LATER:
            cohort = cohorts.get(month - months)
            if cohort is None or cohort.size == 0:
                continue
            (here, works), (there, would) = (_in_work(economy, cohort) for economy in (with_it, without))
            both = here & there
            seen[f"net_{months}"] += [works[both].sum(), would[both].sum(), both.sum()]
            if months == LATER[0]:
                early[month - months] = works
            elif months == LATER[1]:
                sustained += [(works & early[month - months]).sum(), cohort.size]
        if START + LENGTH - 12 <= month < START + LENGTH:
            supported = sum(cohort.size for cohort in cohorts.values())
            extra.append((_employed(with_it) - _employed(without)) / max(supported, 1))
    found = {"gross_share": float(100.0 * sustained[0] / max(sustained[1], 1.0))}
    for name in ("net_6", "net_24"):
        works_now, would_now, count = seen[name]
        found[name] = float(100.0 * (works_now - would_now) / max(count, 1.0))
    found["net_region"] = 100.0 * float(np.mean(extra))
    return found


def _in_work(economy: Economy, names: Any) -> tuple[Flags, Flags]:
    """Which persons still live in the region, and which of them are in work, by identity, shape (n,)."""
    persons = economy.persons
    rows = rows_of(persons, names)
    here = rows >= 0
    return here, here & np.isin(persons.status[rows], EMPLOYED)


def _employed(economy: Economy) -> int:
    persons = economy.persons
    return int((persons.alive & np.isin(persons.status, EMPLOYED)).sum())

"""Where the reference and the columnar economy differ after a phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

import simulation.economy as columnar
from simulation.accounts import Book, Flow, Sector
from simulation.economy import Economy
from tests.reference.copying import reference_of
from tests.reference.economy import ReferenceEconomy

#: Relative difference that another order of floating sums may make; whole numbers must be equal.
TOLERANCE = 1e-9
#: Columns that the reference holds as agents rather than rows.
REFERS = {"household", "employer", "anchor", "supplier"}

Change = Callable[[], AbstractContextManager[Any]]
Flows = dict[tuple[Flow, Sector], tuple[int, int]]


@dataclass(frozen=True)
class Difference:
    """One thing that differs.

    Attributes:
        month: Month of the run.
        phase: Phase after which it differs.
        where: Table and column, or what else.
        who: Identity of the entity, or position in an array.
        reference: What the reference says.
        columnar: What the columnar economy says.
    """

    month: int
    phase: str
    where: str
    who: Any
    reference: Any
    columnar: Any


def same(a: float, b: float) -> bool:
    """Whether two numbers are equal; where one is a fraction, but for rounding."""
    if isinstance(a, float) or isinstance(b, float):
        return abs(a - b) <= TOLERANCE * max(abs(a), abs(b)) + 1e-12
    return a == b


def flows_so_far(economy: Economy) -> Flows:
    """Pence paid and received in the open month, by flow and sector; zeros left out."""
    paid, received = economy.ledger._debits, economy.ledger._credits
    every = ((flow, sector) for flow in Flow for sector in Sector)
    found = {key: (int(paid[key]), int(received[key])) for key in every}
    return {key: pence for key, pence in found.items() if pence != (0, 0)}


def differences(
    reference: ReferenceEconomy, economy: Economy, phase: str, flows_before: Flows, headings_before: dict[str, int]
) -> list[Difference]:
    """Everything that differs: all columns, suppliers, accounts, flows, counts and what is remembered."""
    pairs = [
        *table_pairs("persons", reference.persons, economy.persons),
        *table_pairs("households", reference.households, economy.households),
        *table_pairs("organisations", reference.organisations, economy.organisations),
        *table_pairs("contracts", reference.contracts, economy.contracts),
        *network_pairs(reference, economy),
        *money_pairs(reference, economy, flows_before, headings_before),
        *memory_pairs(reference, economy),
    ]
    return [Difference(economy.month, phase, *pair) for pair in pairs if not same(pair[2], pair[3])]


Pairs = Iterator[tuple[str, Any, Any, Any]]


def table_pairs(name: str, agents: list[Any], table: Any) -> Pairs:
    """Each column of each entity, in both forms; entities are known by their uid.

    Columns that follow from the others, kept to save work, are left out.
    """
    row_of = dict(zip(table.uid[table.rows()].tolist(), table.rows().tolist(), strict=True))
    by_uid = {agent.uid: agent for agent in agents}
    for uid in row_of.keys() ^ by_uid.keys():
        yield f"{name}: exists", uid, int(uid in by_uid), int(uid in row_of)
    uids = [uid for uid in by_uid if uid in row_of]
    rows = [row_of[uid] for uid in uids]
    for column, field in table.fields.items():
        if column in ("uid", "alive") or getattr(field, "derived", False):
            continue
        theirs = getattr(table, column)[rows].tolist()
        ours = [getattr(by_uid[uid], column) for uid in uids]
        if column in REFERS:
            ours = [row_number(agent) for agent in ours]
        elif np.issubdtype(np.dtype(field.dtype), np.floating):
            ours = [float(value) for value in ours]
        for uid, mine, other in zip(uids, ours, theirs, strict=True):
            yield f"{name}.{column}", uid, mine, other


def row_number(agent: Any) -> int:
    """Row of an agent, -1 for nobody."""
    return -1 if agent is None else agent.row


def network_pairs(reference: ReferenceEconomy, economy: Economy) -> Pairs:
    """Suppliers, as rows."""
    suppliers, bereft = economy.supply.suppliers, economy.supply.bereft
    for org in reference.organisations:
        known = org.row < len(suppliers)
        theirs = suppliers[org.row].tolist() if known else [-1] * suppliers.shape[1]
        for mine, other in zip(org.suppliers, theirs, strict=True):
            yield "suppliers", org.uid, row_number(mine), other
        yield "bereft", org.uid, int(org.bereft), int(known and bereft[org.row])


def money_pairs(
    reference: ReferenceEconomy, economy: Economy, flows_before: Flows, headings_before: dict[str, int]
) -> Pairs:
    """Balances of the single accounts, pence by flow and sector, policy costs by heading."""
    yield "government", "cash", reference.government.cash, economy.ledger.balance(Book.GOVERNMENT)
    yield "rest of world", "cash", reference.rest_of_world.cash, economy.ledger.balance(Book.REST_OF_WORLD)
    now = flows_so_far(economy)
    ledger = reference.ledger
    for flow in Flow:
        for sector in Sector:
            paid, received = now.get((flow, sector), (0, 0))
            paid_before, received_before = flows_before.get((flow, sector), (0, 0))
            who = f"{flow.name} {sector.name}"
            yield "paid", who, ledger.paid[flow, int(sector)], paid - paid_before
            yield "received", who, ledger.received[flow, int(sector)], received - received_before
    headings = economy.ledger.headings[economy.month]
    for heading in headings.keys() | ledger.headings.keys():
        spent = headings.get(heading, 0) - headings_before.get(heading, 0)
        yield "heading", heading, ledger.headings.get(heading, 0), spent


def memory_pairs(reference: ReferenceEconomy, economy: Economy) -> Pairs:
    """What is counted and what is remembered."""
    for name in economy.counts.keys() | reference.counts.keys():
        yield "counts", name, reference.counts.get(name, 0), float(economy.counts.get(name, 0))
    yield "turnover", "", reference.turnover, float(economy.turnover)
    for name in ("posts_by_zone", "smoothed_posts", "local_factor", "exports_by_industry"):
        theirs = np.asarray(getattr(economy, name), dtype=np.float64).tolist()
        for position, (mine, other) in enumerate(zip(getattr(reference, name), theirs, strict=True)):
            yield name, position, mine, other
    for car in (0, 1):
        theirs = np.asarray(economy.reach[car], dtype=np.float64).tolist()
        for position, (mine, other) in enumerate(zip(reference.reach[car], theirs, strict=True)):
            yield "reach", (car, position), mine, other


# --- side by side -----------------------------------------------------------------------------------

#: Phases of the reference by the name under which a columnar month calls them.
PHASES: dict[str, Callable[[ReferenceEconomy], None]] = {
    "labour_market": ReferenceEconomy.labour_market,
    "spend": ReferenceEconomy.spend,
}


@contextmanager
def replaced(phases: dict[str, Callable[[Economy], None]]) -> Iterator[None]:
    """Let months call other functions for some of their phases."""
    before = {name: getattr(columnar, name) for name in phases}
    try:
        for name, phase in phases.items():
            setattr(columnar, name, phase)
        yield
    finally:
        for name, phase in before.items():
            setattr(columnar, name, phase)


def compare(economy: Economy, months: int) -> list[Difference]:
    """Run months of a columnar economy; before each of the two phases copy it, run both forms, compare.

    Args:
        economy: An economy between two months; it is moved on.
        months: Months to run.

    Returns:
        All differences found; none if the two forms agree.
    """
    return compare_changed(economy, months, {"": nullcontext})[""]


def compare_changed(
    economy: Economy, months: int, changes: Mapping[str, Change], *, until_found: bool = False
) -> dict[str, list[Difference]]:
    """`compare` for some changes of the reference, each with a copy of its own.

    Args:
        economy: An economy between two months; it is moved on.
        months: Months to run.
        changes: By name, what makes a context in which the reference runs.
        until_found: Whether a change is left out once it has made a difference.

    Returns:
        Differences found by name of the change.
    """
    found: dict[str, list[Difference]] = {name: [] for name in changes}

    def both(phase: str) -> Callable[[Economy], None]:
        original = getattr(columnar, phase)

        def run(economy: Economy) -> None:
            wanted = [name for name in changes if not (until_found and found[name])]
            references = {name: reference_of(economy) for name in wanted}
            flows, headings = flows_so_far(economy), dict(economy.ledger.headings[economy.month])
            original(economy)
            for name, reference in references.items():
                with changes[name]():
                    PHASES[phase](reference)
                found[name] += differences(reference, economy, phase, flows, headings)

        return run

    with replaced({phase: both(phase) for phase in PHASES}):
        economy.run(months)
    return found


def describe(found: list[Difference], most: int = 10) -> str:
    """A few of the differences, for the message of a failed test."""
    lines = [
        f"month {d.month}, {d.phase}: {d.where} of {d.who}: reference {d.reference!r}, columnar {d.columnar!r}"
        for d in found[:most]
    ]
    return f"{len(found)} differences\n" + "\n".join(lines)

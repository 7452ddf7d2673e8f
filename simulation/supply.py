"""The supply network: which firm buys from which, and how much of it can be had in the region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.columns import Table
from agents.compiling import within_kernels
from agents.organisation_fields import Kind
from simulation.blocks import draw_keys_at
from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

SUPPLIER, REWIRE = np.int64(Purpose.NETWORK + 20), int(Purpose.NETWORK) + 21
#: Buyers that choose together.
BATCH = 32


def regional_purchase_shares(
    local_jobs: NDArray[np.float64], national_jobs: NDArray[np.float64], size_ratio: float, delta: float
) -> NDArray[np.float64]:
    """Share of each input bought within the region: Flegg's location quotient (Flegg and Tohmo 2013).

    Args:
        local_jobs: Jobs by industry in the region, shape (k,).
        national_jobs: Jobs by industry in the nation, any unit, shape (k,).
        size_ratio: Jobs of the region over jobs of the nation.
        delta: Sensitivity to the size of the region, about 0.3.

    Returns:
        Shares between 0 and 1, supplying industry by using industry, shape (k, k).
    """
    quotient = (local_jobs / local_jobs.sum()) / np.maximum(national_jobs / national_jobs.sum(), 1e-9)
    cross = quotient[:, None] / np.maximum(quotient[None, :], 1e-9)
    np.fill_diagonal(cross, quotient)
    size = np.log2(1.0 + size_ratio) ** delta
    return np.asarray(np.clip(cross * size, 0.0, 1.0))


@within_kernels
def _steps(first, cumulative):  # type: ignore[no-untyped-def]
    """For each of as many equal steps as an industry has sellers, the first seller at or after its beginning."""
    steps = np.empty(cumulative.shape[0], np.int32)
    for k in range(first.shape[0] - 1):
        low, high = first[k], first[k + 1]
        j = low
        for b in range(high - low):
            beginning = b / (high - low) * cumulative[high - 1]
            while j < high - 1 and cumulative[j] <= beginning:
                j += 1
            steps[low + b] = j
    return steps


@njit(cache=True)
def _pick(seed, month, buyers, uid, zone, first, cumulative, order, near, chosen):  # type: ignore[no-untyped-def]
    """One supplier for each buyer and industry: by size, twice as likely for one nearby."""
    steps = _steps(first, cumulative)
    industries = first.shape[0] - 1
    size = BATCH * industries
    key, index, draw = np.empty(size, np.uint64), np.empty(size, np.int64), np.empty(size)
    who, kind, at = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int32)
    found = np.empty((2, size), np.int32)
    for start in range(0, buyers.shape[0], BATCH):
        n = np.int64(0)
        for i in range(start, min(start + BATCH, buyers.shape[0])):
            for k in range(industries):
                key[n], who[n], kind[n] = uid[buyers[i]], i, k
                n += first[k + 1] > first[k]
        for t in range(2):
            for j in range(n):
                index[j] = kind[j] * 4 + t
            draw_keys_at(key, index, n, seed, SUPPLIER, month, draw)
            for j in range(n):
                low, high = first[kind[j]], first[kind[j] + 1]
                at[j] = steps[low + min(int(draw[j] * (high - low)), high - low - 1)]
            for j in range(n):
                # The first seller whose cumulative size is above the mark, or the last; begin near it.
                low, high, p = first[kind[j]], first[kind[j] + 1], at[j]
                mark = draw[j] * cumulative[high - 1]
                while p > low and cumulative[p - 1] > mark:
                    p -= 1
                # One step is as common as none, which no processor foresees.
                p += (p < high - 1) & (cumulative[p] <= mark)
                while p < high - 1 and cumulative[p] <= mark:
                    p += 1
                at[j] = p
            for j in range(n):
                found[t, j] = order[at[j]]
        for j in range(n):
            index[j] = kind[j] * 4 + 3
        draw_keys_at(key, index, n, seed, SUPPLIER, month, draw)
        for j in range(n):
            buyer, one, other = buyers[who[j]], found[0, j], found[1, j]
            nearer = (zone[other] == zone[buyer]) & (zone[one] != zone[buyer])
            best = other if nearer & (draw[j] < near) else one
            chosen[who[j], kind[j]] = best if best != buyer else -1


@njit(cache=True)
def _forget(suppliers, closed, bereft):  # type: ignore[no-untyped-def]
    """Cut ties to closed suppliers, and note who lost one."""
    for i in range(suppliers.shape[0]):
        for k in range(suppliers.shape[1]):
            if suppliers[i, k] >= 0 and closed[suppliers[i, k]]:
                suppliers[i, k] = -1
                bereft[i] = True


@njit(cache=True)
def _share_flagged(suppliers, flag):  # type: ignore[no-untyped-def]
    """Share of each buyer's suppliers that are flagged."""
    share = np.zeros(suppliers.shape[0])
    for i in range(suppliers.shape[0]):
        known, flagged = 0, 0
        for k in range(suppliers.shape[1]):
            if suppliers[i, k] >= 0:
                known += 1
                flagged += flag[suppliers[i, k]] > 0
        share[i] = flagged / max(known, 1)
    return share


@njit(cache=True)
def _merge(one, other, industry, uid):  # type: ignore[no-untyped-def]
    """Two lists of rows, each by industry and uid, as one."""
    out = np.empty(one.shape[0] + other.shape[0], np.int64)
    i, j = 0, 0
    for k in range(out.shape[0]):
        if j == other.shape[0]:
            takes = True
        elif i == one.shape[0]:
            takes = False
        else:
            a, b = one[i], other[j]
            takes = industry[a] < industry[b] or (industry[a] == industry[b] and uid[a] < uid[b])
        if takes:
            out[k] = one[i]
            i += 1
        else:
            out[k] = other[j]
            j += 1
    return out


class SupplyNetwork:
    """Suppliers of every organisation, one for each industry.

    Args:
        economy: The economy, with its organisations.
    """

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        self.industries = len(economy.region.sector_ids)
        self.suppliers = np.full((economy.organisations.n_rows, self.industries), -1, dtype=np.int32)
        self.bereft = np.zeros(economy.organisations.n_rows, dtype=bool)
        self._line, self._line_uid = np.zeros(0, np.int64), np.zeros(0, np.uint64)
        self.connect(np.flatnonzero(economy.organisations.alive))

    def connect(self, buyers: NDArray[np.int64]) -> None:
        """Choose suppliers anew for these buyers."""
        economy, orgs = self.economy, self.economy.organisations
        self._grow()
        sellers = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
        if sellers.size == 0 or buyers.size == 0:
            return
        order = self._in_order(sellers)
        mass = economy.market_mass(economy.assumptions["supply_price_elasticity"])[order]
        first = np.searchsorted(orgs.industry[order], np.arange(self.industries + 1))
        cumulative = np.empty(mass.size)
        for k in range(self.industries):
            cumulative[first[k] : first[k + 1]] = np.cumsum(mass[first[k] : first[k + 1]])
        chosen = np.full((buyers.size, self.industries), -1, np.int32)
        _pick(
            economy.draws.seed, economy.month, buyers, orgs.uid, orgs.zone, first.astype(np.int64), cumulative, order,
            economy.assumptions["supply_nearby_preference"], chosen,
        )  # fmt: skip
        self.suppliers[buyers] = chosen

    def _in_order(self, sellers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sellers by industry and uid; those known from last time stay in line and new ones are let in."""
        orgs = self.economy.organisations
        stays = orgs.alive[self._line] & (orgs.kind[self._line] == Kind.FIRM) & (orgs.uid[self._line] == self._line_uid)
        line = self._line[stays]
        known = np.zeros(orgs.n_rows, dtype=bool)
        known[line] = True
        new = sellers[~known[sellers]]
        new = new[np.lexsort((orgs.uid[new], orgs.industry[new]))]
        self._line = _merge(line, new, orgs.industry, orgs.uid)
        self._line_uid = orgs.uid[self._line]
        return self._line

    def rewire(self) -> None:
        """Let buyers whose supplier has closed, and some others, look around anew."""
        economy, orgs = self.economy, self.economy.organisations
        self._grow()
        looks = economy.draws.uniform(REWIRE, economy.month, orgs.uid) < economy.assumptions["supply_rewire_rate"]
        self.connect(np.flatnonzero(orgs.alive & (orgs.kind != Kind.OUTSIDE) & (looks | self.bereft)))
        self.bereft[:] = False

    def forget(self, rows: NDArray[np.int64]) -> None:
        """Drop closed organisations as buyers and as suppliers; their customers will look around at once."""
        self._grow()
        closed = np.zeros(self.suppliers.shape[0], dtype=bool)
        closed[rows] = True
        _forget(self.suppliers, closed, self.bereft)
        self.suppliers[rows] = -1
        self.bereft[rows] = False

    def accredited_peers(self, orgs: Table) -> NDArray[np.float64]:
        """Share of each organisation's suppliers that are accredited under the charter, shape (n_rows,)."""
        self._grow()
        return np.asarray(_share_flagged(self.suppliers, orgs.accredited))

    def graph(self) -> nx.DiGraph:
        """Supplier to buyer graph; nodes are uids of organisations, edges carry the industry."""
        orgs = self.economy.organisations
        graph = nx.DiGraph()
        graph.add_nodes_from(int(uid) for uid in orgs.uid[orgs.alive])
        buyers, industries = np.nonzero(self.suppliers >= 0)
        for buyer, industry in zip(buyers.tolist(), industries.tolist(), strict=True):
            seller = int(self.suppliers[buyer, industry])
            graph.add_edge(int(orgs.uid[seller]), int(orgs.uid[buyer]), industry=industry)
        return graph

    def _grow(self) -> None:
        missing = self.economy.organisations.n_rows - self.suppliers.shape[0]
        if missing > 0:
            fresh = np.full((missing, self.industries), -1, dtype=np.int32)
            self.suppliers = np.vstack([self.suppliers, fresh])
            self.bereft = np.concatenate([self.bereft, np.zeros(missing, dtype=bool)])

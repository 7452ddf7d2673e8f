"""The ledger: every payment is a posting in int64 pence, and every month closes exactly.

Amounts are computed as real numbers, rounded once where they are posted, and conserved from there
(stock-flow consistency, Godley and Lavoie 2007). The closing check compares three independent
records: debits against credits by flow, balances against flows by sector, and every account against
its own opening balance plus its own flows, see `account_records`. Nothing is netted over sectors or months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from simulation.account_records import Record
from simulation.accounts import Book, Flow, Sector
from simulation.pence import LedgerError, Pence, allocate

#: Flow, account on the other side, amounts.
Part = tuple[Flow, Any, ArrayLike]


#: Sector of books whose accounts all belong to one; a single entry stands for every account.
_SECTOR_OF_BOOK = {
    Book.HOUSEHOLDS: np.array([Sector.HOUSEHOLDS], np.int8),
    Book.GOVERNMENT: np.array([Sector.GOVERNMENT], np.int8),
    Book.REST_OF_WORLD: np.array([Sector.REST_OF_WORLD], np.int8),
}
_N_FLOWS = len(Flow)
_N_SECTORS = len(Sector)


@dataclass(frozen=True)
class Closure:
    """How a month closed.

    Attributes:
        month: Tick.
        discrepancy: Pence by which each sector's balances differ from its flows; always 0.
        payments: Sum of all payments, in pence.
    """

    month: int
    discrepancy: dict[Sector, int]
    payments: int


class Ledger:
    """Accounts of households and organisations, the government's and the rest of the world's.

    Args:
        households: Table with a `cash` column; all rows belong to the household sector.
        organisations: Table with a `cash` column and a `sector` column.
    """

    def __init__(self, households: Any, organisations: Any) -> None:
        self._tables: dict[Book, Any] = {Book.HOUSEHOLDS: households, Book.ORGANISATIONS: organisations}
        self._single = {Book.GOVERNMENT: np.zeros(1, np.int64), Book.REST_OF_WORLD: np.zeros(1, np.int64)}
        self._records: dict[Book, Record] = {}
        self._sector_opening = np.zeros(_N_SECTORS, np.int64)
        self._debits = np.zeros((_N_FLOWS, _N_SECTORS), np.int64)
        self._credits = np.zeros((_N_FLOWS, _N_SECTORS), np.int64)
        self._month: int | None = None
        self._opened_ever = False
        self.closures: list[Closure] = []
        self.headings: dict[int, dict[str, int]] = {}
        self._history: dict[int, Pence] = {}

    # --- balances ---

    def balance(self, book: Book) -> int:
        """Sum of the balances of a book, in pence."""
        return int(self._cash(book).sum())

    def sector_balances(self) -> Pence:
        """Balances by sector in pence, shape (7,)."""
        out = np.zeros(_N_SECTORS, np.int64)
        for book in Book:
            sectors, cash = self._sectors(book), self._cash(book)
            if sectors.shape[0] == 1:
                out[sectors[0]] += cash.sum()
            else:
                np.add.at(out, sectors, cash)
        return out

    def endow(self, book: Book, rows: NDArray[np.int64], pence: Pence) -> None:
        """Give opening balances at synthesis, against the rest of the world, before any month is open.

        Raises:
            LedgerError: A month has been opened already.
        """
        if self._opened_ever:
            raise LedgerError("opening balances can only be given before the first month")
        np.add.at(self._cash(book), rows, pence)
        self._single[Book.REST_OF_WORLD][0] -= int(np.sum(pence))

    def restate(self) -> None:
        """Accept balances set by hand between months, against the rest of the world, so that no money is made.

        Raises:
            LedgerError: A month is open.
        """
        if self._month is not None:
            raise LedgerError(f"balances can only be restated between months; month {self._month} is open")
        for book, record in self._records.items():
            if book is not Book.REST_OF_WORLD:
                self._single[Book.REST_OF_WORLD][0] -= int(self._cash(book).sum()) - int(record.expected.sum())
        self._records = {book: Record(self._cash(book)) for book in self._records}

    # --- a month ---

    def open_month(self, month: int) -> None:
        """Open a month: note the balances and clear the flows."""
        if self._month is not None:
            raise LedgerError(f"month {self._month} is still open")
        self._month = month
        self._opened_ever = True
        self._debits[:] = 0
        self._credits[:] = 0
        self.headings[month] = {}
        self._sector_opening = self.sector_balances()
        for book in Book:
            cash = self._cash(book)
            if book not in self._records:
                self._records[book] = Record(cash)
            self._nothing_since(book)
            self._records[book].forget_flows()

    def post(self, flow: Flow, payer: Any, payee: Any, pence: ArrayLike, *, heading: str | None = None) -> None:
        """Post payments.

        Args:
            flow: Kind of payment.
            payer: `Book.GOVERNMENT`, `Book.REST_OF_WORLD`, or a pair of book and row or rows.
            payee: Likewise.
            pence: Amounts, integers of at least 0, broadcast against the rows.
            heading: Cost heading to add the sum to.

        Raises:
            LedgerError: No month is open, or an amount is negative or not an integer.
        """
        amounts = self._amounts(flow, pence)
        from_book, from_rows = self._account(payer)
        to_book, to_rows = self._account(payee)
        count = _common_length(from_rows, to_rows, amounts)
        self._move(flow, from_book, from_rows, amounts, count, -1, self._debits)
        self._move(flow, to_book, to_rows, amounts, count, 1, self._credits)
        if heading is not None and self._month is not None:
            costs = self.headings[self._month]
            total = int(amounts.sum()) * (count if amounts.size == 1 else 1)
            if total > 0:
                costs[heading] = costs.get(heading, 0) + total

    def post_pool(self, flow: Flow, payer: Any, paid: ArrayLike, payee: Any, received: ArrayLike) -> None:
        """Post a market: many pay in, many are paid out, and the sums agree to the penny.

        Raises:
            LedgerError: The sums differ, or an amount is negative or not an integer.
        """
        out, into = self._amounts(flow, paid), self._amounts(flow, received)
        if int(out.sum()) != int(into.sum()):
            raise LedgerError(f"flow {flow.name}: {int(out.sum())} pence paid but {int(into.sum())} received")
        from_book, from_rows = self._account(payer)
        to_book, to_rows = self._account(payee)
        self._move(flow, from_book, from_rows, out, _common_length(from_rows, out), -1, self._debits)
        self._move(flow, to_book, to_rows, into, _common_length(to_rows, into), 1, self._credits)

    def post_netted(
        self, book: Book, change: Pence, *, received: Sequence[Part] = (), paid: Sequence[Part] = ()
    ) -> None:
        """Post many kinds of payment of one book at once, each of its accounts moved by the net of them.

        Args:
            book: A book whose accounts all belong to one sector.
            change: What each account received less what it paid, in pence, shape (accounts,).
            received: Flow, payer and amounts of each kind of payment to the book, as in `post`.
            paid: Flow, payee and amounts of each kind of payment from the book.

        Raises:
            LedgerError: The changes are not what was received less what was paid, or an amount is no amount.
        """
        sectors = self._sectors(book)
        if sectors.shape[0] != 1 or change.shape[0] != self._cash(book).shape[0]:
            raise LedgerError(f"payments of {book.value} cannot be netted")
        parts = []
        for kinds, sign in ((received, 1), (paid, -1)):
            for flow, account, pence in kinds:
                other, rows = self._account(account)
                amounts = self._amounts(flow, pence)
                count = _common_length(rows, amounts)
                total = int(amounts.sum()) * (count if amounts.size == 1 else 1)
                parts.append((flow, other, rows, amounts, count, sign, total))
        net = sum(part[-2] * part[-1] for part in parts)
        if int(change.sum()) != net:
            raise LedgerError(f"accounts of {book.value} change by {int(change.sum())} pence but payments net {net}")
        for flow, other, rows, amounts, count, sign, total in parts:
            theirs, ours = (self._debits, self._credits) if sign > 0 else (self._credits, self._debits)
            self._move(flow, other, rows, amounts, count, -sign, theirs)
            ours[flow, sectors[0]] += total
        self._records[book].change(self._cash(book), change, int(parts[-1][0]) if parts else -1)

    def close_month(self) -> Closure:
        """Check that the month closes, exactly, and keep its flows.

        Raises:
            LedgerError: Naming the flow, sector or account that does not close.
        """
        if self._month is None:
            raise LedgerError("no month is open")
        gap = self._credits.sum(axis=1) - self._debits.sum(axis=1)
        if gap.any():
            wrong = int(np.flatnonzero(gap)[0])
            raise LedgerError(
                f"month {self._month}: flow {Flow(wrong).name} does not close: "
                f"received less paid is {int(gap[wrong]):+d} pence"
            )
        for book in Book:
            found = self._records[book].first_gap(self._cash(book))
            if found is not None:
                row, pence, last = found
                flow = Flow(last).name if last >= 0 else "none"
                raise LedgerError(
                    f"month {self._month}: account {row} of {book.value} is off by "
                    f"{pence:+d} pence; its last flow was {flow}"
                )
        # By sector as accounts now stand: one that closed holds nothing, one that changed sector is found out.
        moved = self.sector_balances() - self._sector_opening
        flows = (self._credits - self._debits).sum(axis=0)
        discrepancy = {sector: int(moved[sector] - flows[sector]) for sector in Sector}
        for sector, pence in discrepancy.items():
            if pence:
                largest = Flow(int(np.argmax(self._credits[:, sector] + self._debits[:, sector])))
                raise LedgerError(
                    f"month {self._month}: sector {sector.name} is off by {pence:+d} pence; "
                    f"its largest flow was {largest.name}"
                )
        closure = Closure(self._month, discrepancy, int(self._debits.sum()))
        self.closures.append(closure)
        self._history[self._month] = np.stack([self._debits, self._credits]).copy()
        self._month = None
        return closure

    # --- reading ---

    def flows(self, month: int | None = None) -> pd.DataFrame:
        """The transaction-flow matrix of a month, the last by default: received less paid, in pence.

        Rows are flows, columns sectors; the total column and every row sum are zero.
        """
        debits, credits = self._history[self._last_month() if month is None else month]
        matrix = pd.DataFrame(
            credits - debits, index=[flow.name for flow in Flow], columns=[sector.name for sector in Sector]
        )
        matrix["Total"] = matrix.sum(axis=1)
        return matrix

    def paid(self, flow: Flow, month: int | None = None, sector: Sector | None = None) -> int:
        """Pence paid under a flow in a month, by one sector or all."""
        debits = self._history[self._last_month() if month is None else month][0]
        return int(debits[flow].sum() if sector is None else debits[flow, sector])

    def received(self, flow: Flow, month: int | None = None, sector: Sector | None = None) -> int:
        """Pence received under a flow in a month, by one sector or all."""
        credits = self._history[self._last_month() if month is None else month][1]
        return int(credits[flow].sum() if sector is None else credits[flow, sector])

    def tensor(self, month: int) -> Pence:
        """Debits and credits of a month, shape (2, flows, sectors)."""
        return self._history[month]

    def heading_total(self, heading: str, first: int = 0) -> int:
        """Pence paid under a cost heading from month `first` on."""
        return sum(costs.get(heading, 0) for month, costs in self.headings.items() if month >= first)

    @staticmethod
    def allocate(total: int, weights: NDArray[np.float64]) -> Pence:
        """Split whole pence in proportion to weights by largest remainder; the parts sum to the total."""
        return allocate(total, weights)

    # --- inside ---

    def _last_month(self) -> int:
        if not self.closures:
            raise LedgerError("no month has been closed yet")
        return self.closures[-1].month

    def _cash(self, book: Book) -> Pence:
        return self._tables[book].cash if book in self._tables else self._single[book]

    def _sectors(self, book: Book) -> NDArray[np.int8]:
        if book is Book.ORGANISATIONS:
            sectors: NDArray[np.int8] = self._tables[book].sector
            return sectors
        return _SECTOR_OF_BOOK[book]

    def _account(self, account: Any) -> tuple[Book, NDArray[np.int64]]:
        if isinstance(account, Book):
            if account in self._tables:
                raise LedgerError(f"postings to {account.value} need rows")
            return account, np.zeros(1, np.int64)
        book, rows = account
        return book, np.atleast_1d(np.asarray(rows, dtype=np.int64))

    def _amounts(self, flow: Flow, pence: ArrayLike) -> Pence:
        if self._month is None:
            raise LedgerError(f"flow {flow.name}: no month is open")
        amounts = np.atleast_1d(np.asarray(pence))
        if amounts.size and amounts.dtype.kind not in "iu":
            raise LedgerError(f"flow {flow.name}: amounts must be whole pence")
        if amounts.size and int(amounts.min()) < 0:
            raise LedgerError(f"flow {flow.name}: an amount is negative")
        return amounts.astype(np.int64, copy=False)

    def _nothing_since(self, book: Book) -> None:
        """Refuse money that came or went between two months, outside every posting."""
        found = self._records[book].first_gap(self._cash(book))
        if found is not None:
            row, pence, _ = found
            raise LedgerError(
                f"month {self._month}: account {row} of {book.value} changed by {pence:+d} pence "
                "since the last month closed, under no flow"
            )

    def _move(
        self, flow: Flow, book: Book, rows: NDArray[np.int64], pence: Pence, count: int, sign: int, totals: Pence
    ) -> None:
        if rows.shape[0] == 1 and count != 1:
            # One account takes the sum.
            pence = np.array([int(pence.sum()) if pence.shape[0] > 1 else count * int(pence.sum())])
        sectors = self._sectors(book)
        if not self._records[book].post(self._cash(book), sectors, rows, pence, sign, int(flow), totals):
            raise LedgerError(f"flow {flow.name}: an account of {book.value} does not exist")


def _common_length(*arrays: NDArray[np.int64]) -> int:
    """Length to which arrays broadcast, where those of one entry stand for all.

    Raises:
        LedgerError: Lengths differ.
    """
    lengths = {array.shape[0] for array in arrays} - {1}
    if len(lengths) > 1:
        raise LedgerError(f"a posting has parts of different lengths: {sorted(lengths)}")
    return lengths.pop() if lengths else 1

"""Money: whole pence that go from one account to another, under a kind of payment."""

from __future__ import annotations

from collections import defaultdict
from math import floor
from typing import Any

from simulation.accounts import Flow


def to_pence(pounds: float) -> int:
    """Round pounds to whole pence, half to even."""
    return round(pounds * 100.0)


def share_out(total: int, weights: list[float]) -> list[int]:
    """Split whole pence in proportion to weights, so that the parts sum to the total.

    Each gets the pence below the exact share; what is left goes, a penny each, to the largest
    remainders, earlier ones first among equals.
    """
    whole = sum_in_order(weights)
    if whole <= 0.0:
        return [0] * len(weights)
    exact = [total * (weight / whole) for weight in weights]
    parts = [floor(amount) for amount in exact]
    order = sorted(range(len(weights)), key=lambda i: parts[i] - exact[i])
    left = total - sum(parts)
    turn = 0
    while left > 0:
        i = order[turn % len(order)]
        if weights[i] > 0.0:
            parts[i] += 1
            left -= 1
        turn += 1
    while left < 0:  # Rounding of the exact shares gave too much: take back from the smallest remainders.
        i = order[-1 - turn % len(order)]
        if parts[i] > 0:
            parts[i] -= 1
            left += 1
        turn += 1
    return parts


def sum_in_order(numbers: list[float]) -> float:
    """Sum one after the other; Python's own `sum` corrects for rounding, so it may differ in the last digit."""
    total = 0.0
    for number in numbers:
        total += number
    return total


class Ledger:
    """Pence paid and received by kind of payment and sector, and policy costs by heading."""

    def __init__(self) -> None:
        self.paid: defaultdict[tuple[Flow, int], int] = defaultdict(int)
        self.received: defaultdict[tuple[Flow, int], int] = defaultdict(int)
        self.headings: defaultdict[str, int] = defaultdict(int)

    def pay(self, flow: Flow, payer: Any, payee: Any, pence: int, heading: str | None = None) -> None:
        """Move pence from one account to another.

        Args:
            flow: Kind of payment.
            payer: Anybody with `cash` and a `sector`.
            payee: Likewise.
            pence: At least 0.
            heading: Cost heading that the payment counts under.
        """
        self.pay_in(flow, payer, pence)
        self.pay_out(flow, payee, pence)
        if heading is not None and pence > 0:
            self.headings[heading] += pence

    def pay_in(self, flow: Flow, payer: Any, pence: int) -> None:
        """Pay into a market in which many pay and many are paid."""
        if pence < 0:
            raise ValueError(f"{flow.name}: {pence} pence is no payment")
        payer.cash -= pence
        self.paid[flow, int(payer.sector)] += pence

    def pay_out(self, flow: Flow, payee: Any, pence: int) -> None:
        """Be paid by such a market."""
        if pence < 0:
            raise ValueError(f"{flow.name}: {pence} pence is no payment")
        payee.cash += pence
        self.received[flow, int(payee.sector)] += pence

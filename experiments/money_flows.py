"""Where a pound that anchor institutions spend goes: the first round as paid, the second as suppliers spend theirs.

The first round is the ledger's: anchors' pay, taxes on it, and what firms of each kind of owner and outsiders receive
under their contracts. In the second each kind of firm spends what it receives as it spends all its revenue, value
added tax apart, since a firm's money bears no mark of where it came from. The local multiplier (LM3, Sacks 2002) of
the indicators rests on the same flows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.comparison import LOWERS, MONEY_FLOW_COLUMNS, NO_INTERVAL, RAISES, Arm
from experiments.effects import paired_statistics
from experiments.phrases import listed
from experiments.records import PAID, RECEIVED

#: Whose pound it is, and all its ways to an end together.
ANCHORS, ALL = "anchors", "all ways"
#: Kinds of suppliers, as sectors of the ledger, with their names.
SUPPLIERS = {
    "local_firms": "locally owned firms",
    "social_firms": "social and community firms",
    "external_firms": "branches of outside firms",
}
OWN_STAFF, PAY_TAX, AWAY = "anchors' staff here", "tax on anchors' pay", "straight out of the region"
WAGES, PROFIT, NEXT, TAX, KEPT, OUTSIDE = (
    "wages here", "profit to owners here", "suppliers here, next round", "taxes", "kept by suppliers",
    "out of the region",
)  # fmt: skip
#: Where the pound goes first, and where it ends, in the order in which they are drawn.
FIRST = (OWN_STAFF, *SUPPLIERS.values(), PAY_TAX, AWAY)
ENDS = (WAGES, PROFIT, NEXT, TAX, KEPT, OUTSIDE)
#: Ends that stay in the region to be spent again.
LOCAL = (WAGES, PROFIT, NEXT)
#: How a pound gets to an end, where that is not "goes to".
WAYS = {KEPT: "is kept by suppliers", OUTSIDE: "leaves the region"}
#: Kinds of payment that are revenue of a firm; capital that comes in is none.
REVENUE = (
    "consumption", "rent", "commuting", "intermediate", "exports", "investment", "procurement", "procurement_premium",
    "policy_cost",
)  # fmt: skip
_TAXES = ("employer_ni", "business_rates", "corporation_tax")
_PENCE = 100.0

Payments = Mapping[tuple[str, str, str], float]
Link = tuple[str, str]


def pound_of(payments: Payments) -> dict[Link, float] | None:
    """Where a pound of anchors' spending goes.

    Args:
        payments: Sums by dimension (`PAID` or `RECEIVED`), sector and flow.

    Returns:
        Pence of the pound by link, from `ANCHORS` to each of `FIRST`, from these to `ENDS`, and from `ALL` to each
        end; None where anchors spend nothing.
    """

    def paid(sector: str, *flows: str) -> float:
        return sum(payments.get((PAID, sector, flow), 0.0) for flow in flows)

    def received(sector: str, *flows: str) -> float:
        return sum(payments.get((RECEIVED, sector, flow), 0.0) for flow in flows)

    contracts, invested = ("procurement", "procurement_premium"), paid(ANCHORS, "investment")
    sold = {sector: received(sector, "investment") for sector in SUPPLIERS}
    first = {OWN_STAFF: paid(ANCHORS, "wages"), PAY_TAX: paid(ANCHORS, "employer_ni")}
    for sector, name in SUPPLIERS.items():
        # Who sold anchors their recruiting is not known; all buyers' sellers stand for it.
        share = sold[sector] / sum(sold.values()) if any(sold.values()) else 0.0
        first[name] = received(sector, *contracts) + invested * share
    first[AWAY] = received("rest_of_world", *contracts) + paid(ANCHORS, "incommuter_wages", "imports")
    total = sum(first.values())
    if total <= 0.0:
        return None
    links: dict[Link, float] = {(ANCHORS, name): _PENCE * first[name] / total for name in FIRST}
    links[OWN_STAFF, WAGES] = links[ANCHORS, OWN_STAFF]
    links[PAY_TAX, TAX] = links[ANCHORS, PAY_TAX]
    links[AWAY, OUTSIDE] = links[ANCHORS, AWAY]
    for sector, name in SUPPLIERS.items():
        profit = paid(sector, "dividends")
        out = {
            WAGES: paid(sector, "wages", "drawings"),
            PROFIT: 0.0 if sector == "external_firms" else profit,
            NEXT: paid(sector, "intermediate", "investment"),
            TAX: paid(sector, *_TAXES),
            OUTSIDE: paid(sector, "imports", "incommuter_wages") + (profit if sector == "external_firms" else 0.0),
        }
        spent = sum(out.values())
        out[KEPT] = max(received(sector, *REVENUE) - paid(sector, "vat") - spent, 0.0)
        whole = spent + out[KEPT]
        for end in ENDS:
            links[name, end] = links[ANCHORS, name] * out[end] / whole if whole > 0.0 else 0.0
    for end in ENDS:
        links[ALL, end] = sum(value for (_, target), value in links.items() if target == end)
    return links


def money_flows(arms: Sequence[Arm], seeds: Sequence[int], breakdowns: pd.DataFrame) -> pd.DataFrame:
    """Pence of a pound of anchors' spending by link, under the baseline and each policy, final year, paired by seed.

    Args:
        arms: The baseline, then the policy arms.
        seeds: Seeds that every arm has.
        breakdowns: As in `Comparison.breakdowns`, with the payments that runs record.

    Returns:
        A row per policy arm and link, with `MONEY_FLOW_COLUMNS`; none where payments were not recorded.
    """
    rows = breakdowns[breakdowns["dimension"].isin([PAID, RECEIVED])]
    pounds = {}
    for (arm, seed), own in rows.groupby(["arm", "seed"], observed=True):
        keys = zip(own["dimension"].astype(str), own["group"].astype(str), own["outcome"].astype(str), strict=True)
        pounds[arm, seed] = pound_of(dict(zip(keys, own["value"].astype(float), strict=True)))
    parts = []
    for arm in arms[1:]:
        before, after = ([pounds.get((which.name, seed)) for seed in seeds] for which in (arms[0], arm))
        if any(pound is None for pound in (*before, *after)):
            continue
        links = list(before[0] or ())
        values = [np.array([[(pound or {})[link] for pound in side] for link in links]) for side in (before, after)]
        table = paired_statistics(*values)
        table.insert(0, "arm", arm.name)
        table.insert(1, "source", [source for source, _ in links])
        table.insert(2, "target", [target for _, target in links])
        parts.append(table)
    if not parts:
        return pd.DataFrame(columns=list(MONEY_FLOW_COLUMNS))
    stacked: pd.DataFrame = pd.concat(parts, ignore_index=True)[list(MONEY_FLOW_COLUMNS)]
    return stacked


def moving_arms(table: pd.DataFrame) -> list[str]:
    """Names of the policy arms under which a pound detectably ends elsewhere."""
    if table.empty:
        return []
    moved = table[(table["source"] == ALL) & table["verdict"].isin([RAISES, LOWERS])]
    return [str(name) for name in dict.fromkeys(moved["arm"])]


def money_sentences(table: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    """What stays of a pound without policies, and what each policy changes of it; nothing undetected is claimed.

    Args:
        table: As `money_flows` gives it.
        titles: Names of the arms for people.
    """
    if table.empty:
        return []
    ends = table[table["source"] == ALL]
    base = ends[ends["arm"] == ends["arm"].iloc[0]].set_index("target")["baseline"]
    parts = [f"{base[end]:.0f}p {'goes to ' if end == LOCAL[0] else 'to '}{end}" for end in LOCAL]
    found = [
        f"Of a pound that anchor institutions spend, {listed(parts)}, {base[TAX]:.0f}p to taxes, and "
        f"{base[OUTSIDE]:.0f}p leaves the region, without any policy and by the second round."
    ]
    for arm, rows in ends.groupby("arm", sort=False):
        title = titles[str(arm)]
        if (rows["verdict"] == NO_INTERVAL).all():
            found.append(f"{title}: one seed gives no interval, so no change is claimed.")
            continue
        moved = [
            f"{abs(row.effect):.1f}p {'more' if row.effect > 0 else 'less'} ({_ends(row.low, row.high)}) "  # type: ignore[arg-type,operator]
            + WAYS.get(str(row.target), f"goes to {row.target}")
            for row in rows.itertuples()
            if row.verdict in (RAISES, LOWERS)
        ]
        found.append(
            f"{title}: {listed(moved)}." if moved else f"{title}: no detectable change of where the pound goes."
        )
    return found


def _ends(low: float, high: float) -> str:
    """An interval of a change without its sign."""
    first, last = sorted((low, high), key=abs)
    return f"{abs(first):.1f} to {abs(last):.1f}"

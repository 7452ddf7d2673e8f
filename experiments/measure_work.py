"""More measures of the opening state: what residents work in, how their pay is spread, what households have to spend.

None of these was used to build the opening state by authority, so that they say something about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.organisation_fields import Kind, Ownership
from simulation.order_statistics import quantiles

if TYPE_CHECKING:
    from experiments.measure import Mask, Measurement, Measurer

#: Groups of industries of the Annual Population Survey by section of SIC 2007.
GROUPS = {
    "primary_utilities": "ABDE",
    "manufacturing": "C",
    "construction": "F",
    "distribution_hotels": "GI",
    "transport_communication": "HJ",
    "finance_business": "KLMN",
    "public_services": "OPQ",
    "other_services": "RSTU",
}
#: Sections of anchors by type: the sectors of a pack are of firms.
ANCHOR_SECTIONS = {"housing_association": "L", "university": "P", "college": "P", "schools": "P", "nhs": "Q"}
#: Section of the anchors of any other type: councils, police, government offices.
ADMINISTRATION = "O"
PREFIX = "residents_in_"
#: Percentiles of the pay of residents that are measured over its median.
PERCENTILES = (10, 20, 30, 40, 60, 70, 80)


def measure_work(measurer: Measurer, quantity: str, place: int | None, here: Mask) -> Measurement | None:
    """Measure a quantity of work and income.

    Args:
        measurer: Of the economy.
        quantity: As in the targets of a region pack.
        place: Index of the authority, None for the region.
        here: Residents of the place, shape (persons,).

    Returns:
        The measurement; None for a quantity that this does not know.
    """
    from experiments.measure import Measurement

    if quantity.startswith(PREFIX) and quantity.removeprefix(PREFIX) in GROUPS:
        group = list(GROUPS).index(quantity.removeprefix(PREFIX))
        industry = industry_of_work(measurer)
        known = measurer.employed & here & (industry >= 0)
        return measurer.share(known & (industry == group), known)
    for percentile in PERCENTILES:
        if quantity == f"weekly_pay_p{percentile}_over_median":
            pay = measurer.weekly_pay(here)
            value, median = quantiles(pay, percentile / 100.0, 0.5)
            return Measurement(value / median if median else float("nan"), error=_spread(pay, percentile / 100.0))
    if quantity == "income_per_head":
        return Measurement(_income_per_head(measurer, place))
    if quantity == "income_per_head_over_region":
        return Measurement(_income_per_head(measurer, place) / _income_per_head(measurer, None))
    if quantity == "public_sector_share_of_jobs":
        orgs = measurer.economy.organisations
        return measurer.share_of_jobs((orgs.kind == Kind.ANCHOR) & (orgs.ownership == Ownership.PUBLIC))
    if quantity == "public_services_and_retail_share_of_jobs":
        sections = sections_of_organisations(measurer)
        return measurer.share_of_jobs(np.isin(sections, list("OPQG")))
    return None


def sections_of_organisations(measurer: Measurer) -> NDArray[np.str_]:
    """First section of SIC 2007 of each organisation's industry; "" for employers outside, shape (n_rows,)."""
    economy = measurer.economy
    orgs = economy.organisations
    table = economy.region.table("sectors")
    of_industry = np.array([str(text).split(",")[0].strip() for text in table["sic"]])
    found = np.where(orgs.kind == Kind.FIRM, of_industry[np.clip(orgs.industry, 0, of_industry.size - 1)], "")
    for agent in economy.anchors:
        found[agent.row] = ANCHOR_SECTIONS.get(agent.kind, ADMINISTRATION)
    return found


def industry_of_work(measurer: Measurer) -> NDArray[np.int64]:
    """Index in `GROUPS` of what each person works in; -1 where that is not known, as of employers outside."""
    sections = sections_of_organisations(measurer)
    group = np.full(sections.size + 1, -1, dtype=np.int64)
    for index, letters in enumerate(GROUPS.values()):
        group[:-1][np.isin(sections, list(letters))] = index
    return np.asarray(group[measurer.economy.persons.employer[measurer.people]])


def _income_per_head(measurer: Measurer, place: int | None) -> float:
    """Disposable income of households per resident, pounds a year, from the first month's accounts."""
    economy = measurer.economy
    homes = economy.households
    rows = measurer.at_home(place)
    people = int(homes.people[rows].sum())
    return float(homes.income[rows].sum()) * 12.0 / 100.0 / people if people else float("nan")


def _spread(pay: NDArray[np.float64], q: float) -> float:
    from experiments.measure import quantile_error

    median = quantiles(pay, 0.5)[0] if pay.size else 0.0
    return quantile_error(pay, q) / median if median else 0.0

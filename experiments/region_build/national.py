"""National figures that stand in where neither an official file nor the pack to borrow from has an authority."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FALLBACK", "INACTIVITY_REASONS", "NATIONAL", "Figure"]

FALLBACK = "national figure, fallback"
"""How the source of a national figure begins."""


@dataclass(frozen=True)
class Figure:
    """A number with its source."""

    value: float
    source: str

    @property
    def note(self) -> str:
        """The source of a row that holds it."""
        return f"{FALLBACK}: {self.source}"


_LOCAL = "ONS local indicators, England, mean of 2018 and 2019"
NATIONAL: dict[str, Figure] = {
    "employment_rate": Figure((0.754 + 0.760) / 2, f"{_LOCAL}, Annual Population Survey"),
    "inactivity_rate": Figure((0.213 + 0.208) / 2, f"{_LOCAL}, Annual Population Survey"),
    "unemployment_rate": Figure((0.041 + 0.039) / 2, f"{_LOCAL}, modelled unemployment"),
    "median_weekly_pounds": Figure((465.7 + 483.0) / 2, f"{_LOCAL}, ASHE gross median weekly pay"),
    "birth_rate": Figure(0.1277, "ONS local indicators, England 2019, Business Demography"),
    "death_rate": Figure(0.1060, "ONS local indicators, England 2019, Business Demography"),
}

_INACTIVE = {  # Labour Force Survey, UK, October to December 2018 and 2019, people aged 16 to 64
    "long_term_sick": 2006901 + 2074731,
    "carer": 2028601 + 1885382,
    "student": 2269941 + 2254566,
    "retired": 1119916 + 1122593,
    # As in the pack lcr, this holds those who give other reasons too.
    "discouraged": 32906 + 33148 + 992481 + 946998,
}
INACTIVITY_REASONS: dict[str, Figure] = {
    reason: Figure(
        people / sum(_INACTIVE.values()),
        "ONS Labour Force Survey, UK, Oct-Dec 2018 and 2019, without temporary sickness; discouraged holds other "
        "reasons too",
    )
    for reason, people in _INACTIVE.items()
}

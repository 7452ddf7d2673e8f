"""The study behind `backtest`: what the model would have said at the end of 2018, beside what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pandas as pd

from experiments import backtest_scores as scoring
from experiments.backtest_model import opening_pay, over_seeds, year_of_run
from experiments.backtest_words import backtest_sentences
from experiments.comparison import Arm
from experiments.comparison_study import whole_seeds
from experiments.errors import InputError
from experiments.scenario_records import as_written, scenario_from, scenario_to, seeds_of
from experiments.study import Study
from experiments.tables import Tables
from simulation.region import load_region
from simulation.scenario import Scenario

if TYPE_CHECKING:
    from experiments.drawing import Picture
    from experiments.laboratory import Runs

#: The opening state is the mean of 2018 and 2019; its middle is the end of 2018.
START = f"{scoring.ORIGIN + 1}-01"
HISTORY = "history"
DEFAULT_SEEDS = 10


@dataclass(frozen=True)
class BacktestStudy(Study):
    """The baseline from the end of 2018, run to the end of each year that is forecast.

    Runs record outcomes by authority each quarter of their last year, so that each year has a run that ends with it;
    runs of one seed are one history.

    Attributes:
        base: The scenario; its start, months, policies and shocks are replaced.
        seeds: Seeds, ascending.
    """

    kind: ClassVar[str] = "backtest"
    title: ClassVar[str] = "Back-test against official figures"

    base: Scenario
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.seeds:
            raise InputError("--seeds: allowed is at least one seed")
        if HISTORY not in load_region(self.base.region).tables:
            raise InputError(
                f"region: {self.base.region} has no {HISTORY}.csv; allowed is a pack with official figures"
            )

    @property
    def arms(self) -> tuple[Arm, ...]:
        """A run to the end of each year that is forecast."""
        plain = self.base.with_(start=START, policies=(), shocks=())
        return tuple(
            Arm(
                f"to {year}",
                f"To the end of {year}",
                plain.with_(name=f"to {year}", months=12 * (year - scoring.ORIGIN)),
            )
            for year in scoring.YEARS
        )

    def scenarios(self) -> list[Scenario]:
        """Every year under every seed."""
        return [self.run_of(arm, seed) for arm in self.arms for seed in self.seeds]

    def run_of(self, arm: Arm, seed: int) -> Scenario:
        """The scenario of a year under a seed."""
        return arm.scenario.with_(seed=seed)

    def analyse(self, runs: Runs) -> Tables:
        """Tables `scores`, `contests`, `errors`, `forecasts` (the model's, with intervals over seeds) and `trends`."""
        parts = []
        for seed in whole_seeds(self, runs):
            opening = opening_pay(self.run_of(self.arms[0], seed))
            for arm, year in zip(self.arms, scoring.YEARS, strict=True):
                found = year_of_run(runs.result(self.run_of(arm, seed)).breakdowns, year, opening)
                parts.append(found.assign(year=year, seed=seed))
        region = load_region(self.base.region)
        return scored(over_seeds(pd.concat(parts, ignore_index=True)), region.table(HISTORY), region.authority_names)

    def record(self) -> dict[str, Any]:
        """Base and seeds."""
        return {"base": scenario_to(self.base), "seeds": list(self.seeds)}

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        with as_written(where, "a manifest of `commonweal backtest`"):
            return cls(scenario_from(f"{where}: base", record["base"]), seeds_of(record))

    def sentences(self, tables: Tables) -> list[str]:
        """Who is nearer, where the model loses and what it cannot know."""
        spans = {row["quantity"]: (int(row["first"]), int(row["last"])) for row in _rows(tables["trends"])}
        rise = float(tables["trends"]["prices"].iloc[0])
        return backtest_sentences(tables["errors"], tables["scores"], tables["contests"], spans, rise)

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """Forecasts beside official figures, by authority and quantity."""
        from experiments.backtest_pictures import forecasts_picture

        return {"beside": lambda: forecasts_picture(tables)}

    pictures: ClassVar[Mapping[str, Callable[[Any, Tables], Picture]]] = {}


def scored(model: pd.DataFrame, history: pd.DataFrame, authorities: tuple[str, ...]) -> Tables:
    """All tables, from the model's forecasts and official figures.

    Args:
        model: As `over_seeds` gives it.
        history: The pack's table of that name.
        authorities: Names of the authorities, in order.

    Raises:
        InputError: The table of official figures lacks some.
    """
    try:
        real = scoring.in_opening_prices(history)
        naive = scoring.naive_forecasts(real, authorities)
        prices = history[history["quantity"] == scoring.PRICES].set_index("year")["value"]
        rise = float(prices[max(scoring.YEARS)] / prices[scoring.ORIGIN]) - 1.0
        spans = [(quantity, *scoring.trend(real, quantity)) for quantity in scoring.QUANTITIES]
    except (KeyError, ValueError) as error:
        raise InputError(f"{HISTORY}.csv: lacks {error}; see the built-in pack for what is needed") from None
    columns = ["authority", "quantity", "year", "forecaster", "forecast"]
    table = scoring.errors(pd.concat([model[columns], naive[columns]], ignore_index=True), real)
    rows = [(quantity, step, *span, rise) for quantity, step, span in spans]
    return {
        "scores": scoring.scores(table),
        "contests": scoring.contests(table),
        "errors": table,
        "forecasts": model,
        "trends": pd.DataFrame(rows, columns=["quantity", "a_year", "first", "last", "prices"]),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict(orient="records")]

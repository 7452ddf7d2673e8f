"""How long the two phases take in either form."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import NamedTuple

import simulation.economy as columnar
from simulation.economy import Economy
from tests.reference.copying import reference_of
from tests.reference.differences import PHASES, replaced


class Seconds(NamedTuple):
    """Processor seconds a month of the labour market and spending together.

    Attributes:
        reference: Of the agents in plain Python; copying the state into agents is not counted.
        columnar: Of the columns.
    """

    reference: float
    columnar: float


def time_phases(economy: Economy, months: int) -> Seconds:
    """Time both forms of the two phases side by side, on the same state month by month.

    A month goes ahead untimed, in which kernels are compiled or loaded. Friendships of newcomers, which the
    reference takes as given, are made before either clock runs.

    Args:
        economy: An economy between two months; it is moved on by the columnar form.
        months: Months to time.
    """
    economy.run(1)
    spent = {"reference": 0.0, "columnar": 0.0}

    def timed(name: str) -> Callable[[Economy], None]:
        original = getattr(columnar, name)

        def phase(economy: Economy) -> None:
            reference = reference_of(economy)
            start = time.process_time()
            PHASES[name](reference)
            spent["reference"] += time.process_time() - start
            # The agents are cleared away before the other clock runs.
            del reference
            gc.collect()
            start = time.process_time()
            original(economy)
            spent["columnar"] += time.process_time() - start

        return phase

    with replaced({name: timed(name) for name in PHASES}):
        economy.run(months)
    return Seconds(spent["reference"] / months, spent["columnar"] / months)

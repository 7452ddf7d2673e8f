"""What a month is measured against: an empty Mesa step, a Starsim step, and a copy of all state.

Each yardstick is a function without arguments that does the thing once, made ready beforehand so that
only the doing is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from simulation import Economy

#: Contacts of each agent in the random network of the Starsim model.
CONTACTS = 4


class Idle(mesa.Agent):
    """A plain Mesa agent whose step does nothing."""

    def step(self) -> None:
        """Do nothing."""


def mesa_step(agents: int) -> Callable[[], Any]:
    """An empty step of plain Mesa agents.

    Args:
        agents: How many.
    """
    model = mesa.Model(seed=1)
    Idle.create_agents(model, agents)
    return lambda: model.agents.do("step")


def starsim_step(agents: int, steps: int) -> Callable[[], Any] | None:
    """A step of Starsim's SIS model with one random network of four contacts, at its own defaults.

    Args:
        agents: How many.
        steps: Most steps that will be asked for.

    Returns:
        The step; None where Starsim is not installed (it is the optional `bench` extra).
    """
    try:
        import starsim as ss
    except ImportError:
        return None
    model = ss.Sim(
        n_agents=agents,
        diseases=ss.SIS(),
        networks=ss.RandomNet(n_contacts=CONTACTS),
        dur=steps,
        verbose=0,
        rand_seed=1,
    )
    model.init()
    step: Callable[[], Any] = model.run_one_step
    return step


def columns_of(economy: Economy) -> list[NDArray[Any]]:
    """Every state column of every table."""
    tables = (economy.households, economy.persons, economy.organisations, economy.contracts)
    return [getattr(table, name) for table in tables for name in table.fields]


def copy_of_state(economy: Economy) -> Callable[[], None]:
    """One read and one write of every state column: the least that touching all state can cost.

    Args:
        economy: Its columns are copied into arrays that exist already.
    """
    pairs = [(np.empty_like(column), column) for column in columns_of(economy)]

    def copy() -> None:
        for target, source in pairs:
            np.copyto(target, source)

    return copy

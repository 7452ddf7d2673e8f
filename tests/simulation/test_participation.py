"""Who takes part is settled by bounds on the gain from work where these settle it, and by the gain itself elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.person import logistic
from agents.person_fields import Status
from simulation import participation
from simulation.economy import Economy
from simulation.indicators import working_age_rows

Factory = Callable[..., Economy]


@pytest.fixture(scope="module")
def economy(make_economy: Factory) -> Economy:
    """An economy of one in five hundred after two months. Read only."""
    return make_economy(scale=500, seed=4).run(2)


@pytest.mark.parametrize("month", range(6))
def test_those_take_part_whose_draw_is_below_their_chance(economy: Economy, month: int) -> None:
    rows = working_age_rows(economy)
    draw = economy.draws.uniform(participation.DECISION, month, economy.persons.uid[rows], 1)
    sharpness = economy.assumptions["participation_sharpness"]
    chance = np.array([logistic(sharpness * index) for index in participation.inclination(economy, rows).tolist()])
    assert (economy.persons.status[rows] == Status.LONG_TERM_SICK).any()
    assert participation.takes_part(economy, rows, draw).tolist() == (draw < chance).tolist()


def test_draws_next_to_the_chance_fall_on_the_right_side(economy: Economy) -> None:
    rows = working_age_rows(economy)
    sharpness = economy.assumptions["participation_sharpness"]
    chance = np.array([logistic(sharpness * index) for index in participation.inclination(economy, rows).tolist()])
    open_to_luck = chance < 1.0 - 1e-6
    rows, chance = rows[open_to_luck], chance[open_to_luck]
    assert participation.takes_part(economy, rows, chance * (1.0 - 1e-12)).all()
    assert not participation.takes_part(economy, rows, chance).any()


def test_without_a_response_to_the_gain_the_chance_alone_decides(make_economy: Factory) -> None:
    economy = make_economy(scale=500, assumptions={"participation_gain_weight": 0.0}, force=True)
    rows = working_age_rows(economy)
    draw = economy.draws.uniform(participation.DECISION, 0, economy.persons.uid[rows], 1)
    sharpness = economy.assumptions["participation_sharpness"]
    chance = np.array([logistic(sharpness * index) for index in participation.inclination(economy, rows).tolist()])
    assert participation.takes_part(economy, rows, draw).tolist() == (draw < chance).tolist()

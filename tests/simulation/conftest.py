"""Fixtures of the tests of the economy and its month."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulation.economy import Economy


@pytest.fixture
def economy(make_economy: Callable[..., Economy]) -> Economy:
    """An economy of one in five hundred with month 0 open."""
    made = make_economy(scale=500)
    made._open_month()
    return made

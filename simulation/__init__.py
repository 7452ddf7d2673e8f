"""Storey 2: the economy, its places, markets, ledger and randomness."""

from simulation.economy import Economy
from simulation.region import RegionError
from simulation.scenario import Scenario, ScenarioError

__all__ = ["Economy", "RegionError", "Scenario", "ScenarioError"]

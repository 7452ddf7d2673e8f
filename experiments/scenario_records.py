"""Scenarios as plain data, as manifests and the files of runs hold them."""

from __future__ import annotations

from typing import Any

from policies.policy import load_policy, make_scenario
from simulation.scenario import Scenario


def scenario_from(where: str, record: dict[str, Any]) -> Scenario:
    """A scenario from its record in a manifest.

    Args:
        where: File and key that it came from, for the message.
        record: As `scenario_to` gives it.

    Raises:
        ScenarioError: It is not allowed.
    """
    fields = dict(record)
    policies = tuple(load_policy(item, f"{where}.policies") for item in fields.pop("policies", ()))
    return make_scenario(where, **fields, policies=policies)


def scenario_to(scenario: Scenario) -> dict[str, Any]:
    """A scenario in full, defaults included, as plain data; the inverse of `scenario_from`."""
    return scenario.model_dump(mode="json")

"""Scenarios as plain data, as manifests and the files of runs hold them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from experiments.errors import InputError
from policies.policy import load_policy, make_scenario
from simulation.scenario import Scenario, ScenarioError


@contextmanager
def as_written(where: str, what: str) -> Iterator[None]:
    """Whatever goes wrong in here is the fault of a record that somebody changed.

    Args:
        where: File that it came from, for the message.
        what: What is allowed, such as "a sweep's manifest".

    Raises:
        InputError: Something went wrong.
    """
    try:
        yield
    except (InputError, ScenarioError):
        raise
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"{where}: {why}: is missing or wrong; allowed is {what}, as it was written") from None


def seeds_of(record: dict[str, Any]) -> tuple[int, ...]:
    """The seeds of a record.

    Raises:
        ValueError: There are none, or one is no seed.
    """
    seeds = tuple(record["seeds"])
    if not seeds or any(type(seed) is not int or not 0 <= seed < 2**53 for seed in seeds):
        raise ValueError(f"seeds {list(seeds)}")
    return seeds


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

"""What the tests of the policies share: runs that are compared within a seed, made once a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from policies import FairEmploymentCharter, Policy, ProgressiveProcurement, Skills, Transport, policy
from simulation import Economy, Scenario

#: Month 3 of a run that begins in April 2020.
START = "2020-07"

BUILT_IN = (FairEmploymentCharter, ProgressiveProcurement, Skills, Transport)

Run = Callable[..., Economy]


@pytest.fixture(scope="session")
def start() -> str:
    """The month in which the policies of these tests begin: month 3."""
    return START


@pytest.fixture(params=BUILT_IN, ids=lambda kind: kind.model_fields["type"].default)
def kind(request: pytest.FixtureRequest) -> type[Policy]:
    """Each policy that comes with the project."""
    found: type[Policy] = request.param
    return found


@pytest.fixture(scope="session")
def run() -> Run:
    """Run an economy of one in five hundred under some policies; kept for the session, read only."""
    kept: dict[str, Economy] = {}

    def run(*policies: Policy, **fields: Any) -> Economy:
        scenario = Scenario(**{"scale": 500, "seed": 7, "months": 20, **fields, "policies": policies})
        key = scenario.model_dump_json()
        if key not in kept:
            kept[key] = Economy(scenario).run()
        return kept[key]

    return run


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, type[Policy]]:
    """A registry of the test's own, so that policies defined in it are gone afterwards."""
    registry = dict(policy._REGISTRY)
    monkeypatch.setattr(policy, "_REGISTRY", registry)
    return registry

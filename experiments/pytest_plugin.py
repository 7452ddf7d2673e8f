"""A pytest plugin for those who build on the model: the fixture `assert_digest`.

    def test_my_scenario_still_gives_what_we_published(assert_digest):
        assert_digest("scenarios/mine.toml", "3b0313291ecb…")     # as `commonweal digest` prints it
        assert_digest("results/compare/manifest.json")            # every run of a study, with what differs

Nothing of the model is imported before the fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simulation import Scenario

AssertDigest = Callable[..., None]


@pytest.fixture(scope="session")
def assert_digest() -> AssertDigest:
    """Asserts that runs give the digests that they gave before; see `check_digest`."""
    return check_digest


def check_digest(what: str | Path | Scenario, expected: str | None = None, *, workers: int | None = 0) -> None:
    """Assert that a scenario, or every run of a manifest, gives the digest that it gave before.

    Args:
        what: A scenario, a scenario file, or a manifest (or the folder it is in).
        expected: Digest of the scenario, or its first twelve digits or more; a manifest has its own.
        workers: Worker processes for the runs of a manifest; 0 runs all in this one.

    Raises:
        AssertionError: A digest is another; the message says which and, for a manifest, what differs most.
        InputError: A manifest is no manifest of ours.
        ScenarioError: A scenario is not allowed.
    """
    __tracebackhide__ = True
    if isinstance(what, (str, Path)) and Path(what).suffix != ".toml":
        if expected is not None:
            raise ValueError("a manifest has its digests in it; expected is for scenarios")
        _check_manifest(Path(what), workers)
        return
    from policies import load_scenario
    from simulation import Economy

    scenario = load_scenario(what) if isinstance(what, (str, Path)) else what
    where = what if isinstance(what, (str, Path)) else scenario.name
    if expected is None or len(expected) < 12:
        raise ValueError("expected must be the digest of the scenario, at least its first twelve digits")
    found = Economy(scenario).run().digest()
    if not found.startswith(expected):
        raise AssertionError(f"{where}: digest {found}, not {expected}")


def _check_manifest(path: Path, workers: int | None) -> None:
    __tracebackhide__ = True
    from experiments.laboratory import Execution
    from experiments.manifests import read_manifest
    from experiments.printing import reproduction_lines
    from experiments.reproduction import reproduce

    place, manifest = read_manifest(path)
    found = reproduce(str(place), manifest, Execution(workers=workers))
    if not found.identical:
        raise AssertionError("\n".join([f"{place}:", *reproduction_lines(found)]))

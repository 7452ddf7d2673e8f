"""An opening state from disk is the one that synthesis gives, whatever else lies on the disk."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from policies import Transport
from simulation import population_cache
from simulation.economy import Economy
from simulation.population_cache import SETTING, keep, key_of, restore, state_of
from simulation.scenario import Scenario

BASE = Scenario(scale=1000, seed=3, months=4)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the kept states, empty."""
    monkeypatch.setenv(SETTING, str(tmp_path))
    return tmp_path / "populations"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def no_synthesis(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Synthesis fails from here on."""

    def fail(_: Economy) -> None:
        raise AssertionError("the population was synthesised anew")

    monkeypatch.setattr("simulation.opening.synthesise", fail)
    return monkeypatch


def test_a_run_from_disk_is_the_run_from_synthesis(kept: Path, request: pytest.FixtureRequest) -> None:
    cold = Economy(BASE)
    assert len(files(kept)) == 1
    request.getfixturevalue("no_synthesis")
    warm = Economy(BASE)
    assert warm.assumptions.used == cold.assumptions.used
    assert state_of(warm).keys() == state_of(cold).keys()
    assert [agent.name for agent in warm.anchors] == [agent.name for agent in cold.anchors]
    assert warm.run().digest() == cold.run().digest()
    assert warm.run(2).digest() == cold.run(2).digest()


def test_every_part_of_the_state_can_be_kept(kept: Path) -> None:
    """Else no state is kept at all, and nobody would know but for the time it takes."""
    economy = Economy(BASE)
    (path,) = kept.iterdir()
    described = json.loads(np.load(path)["description"].tobytes())[0]
    assert {name for name, _ in described[1]} == set(state_of(economy))


def test_policies_and_months_share_a_population(kept: Path, request: pytest.FixtureRequest) -> None:
    Economy(BASE)
    request.getfixturevalue("no_synthesis")
    Economy(BASE, name="transport", months=7, policies=(Transport(start="2020-04"),)).step()
    assert len(files(kept)) == 1


@pytest.mark.parametrize(
    "change",
    [{"seed": 4}, {"scale": 900}, {"burn_in": 11}, {"start": "2022-04"}, {"assumptions": {"social_ties": 7.0}}],
)
def test_another_population_has_another_key(change: dict[str, Any], opening: Economy) -> None:
    other = BASE.with_(scale=opening.scale, seed=opening.scenario.seed)

    class Like:
        region, scenario, assumptions = opening.region, other, opening.assumptions

    def key(scenario: Scenario) -> str:
        like = Like()
        like.scenario = scenario
        like.assumptions = {**opening.assumptions, **scenario.assumptions}  # type: ignore[assignment]
        return key_of(like)  # type: ignore[arg-type]

    assert key(other) == key_of(opening)
    assert key(other.with_(**change)) != key(other)


def damage(path: Path, how: str) -> None:
    if how == "cut short":
        path.write_bytes(path.read_bytes()[:-5000])
    elif how == "a byte changed":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif how == "not ours":
        path.write_bytes(b"PK nothing of ours")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "pickled objects":
        np.savez(path, description=np.array([print], dtype=object))
    else:
        text = json.dumps([["object", "os:_Environ", []], []]).encode()
        np.savez(path, description=np.frombuffer(text, np.uint8))


@pytest.mark.parametrize(
    "how", ["cut short", "a byte changed", "not ours", "empty", "pickled objects", "a class from elsewhere"]
)
def test_a_damaged_file_is_written_anew(kept: Path, how: str) -> None:
    economy = Economy(BASE)
    (path,) = kept.iterdir()
    whole = path.stat().st_size
    damage(path, how)
    assert not restore(economy)
    again = Economy(BASE)
    assert path.stat().st_size == pytest.approx(whole, abs=200)
    assert again.run(2).digest() == economy.run(2).digest()


def test_nothing_is_kept_when_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opening: Economy) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(SETTING, "off")
    keep(opening)
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv(SETTING)
    keep(opening)
    assert len(files(tmp_path / "commonweal" / "populations")) == 1


def test_a_folder_that_cannot_be_written_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opening: Economy
) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    monkeypatch.setenv(SETTING, str(tmp_path / "taken"))
    keep(opening)
    assert not restore(opening)


def test_only_the_newest_are_kept(kept: Path, monkeypatch: pytest.MonkeyPatch, opening: Economy) -> None:
    keep(opening)
    (path,) = kept.iterdir()
    for age in (1, 2, 3):
        old = path.with_name(f"old-{age}.npz")
        old.write_bytes(bytes(path.stat().st_size))
        os.utime(old, (path.stat().st_mtime - age,) * 2)
    monkeypatch.setattr(population_cache, "MOST_BYTES", int(path.stat().st_size * 2.5))
    keep(opening)
    assert files(kept) == sorted([path.name, "old-1.npz"])
    monkeypatch.setattr(population_cache, "MOST_BYTES", 1)
    keep(opening)
    assert files(kept) == [path.name]


def test_many_may_write_at_once(kept: Path, opening: Economy) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: keep(opening), range(16)))
    assert len(files(kept)) == 1


def test_an_economy_of_your_own_is_synthesised(kept: Path) -> None:
    class Mine(Economy):
        """May synthesise otherwise."""

    Mine(BASE)
    assert files(kept) == []

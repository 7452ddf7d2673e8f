"""Points of designs: where they lie, and that a seed alone makes them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from experiments.errors import InputError
from experiments.sampling import (
    MORRIS_STEP,
    ensemble,
    grid,
    latin_hypercube,
    morris_trajectories,
    on_ranges,
    saltelli_sample,
    varying,
)
from experiments.variations import parse
from policies import Transport
from simulation import Scenario
from simulation.region import Region


def test_a_grid_has_every_combination_once() -> None:
    points = grid([(1.0, 2.0), (5.0,), (7.0, 8.0, 9.0)])
    assert points.tolist() == [[a, 5.0, c] for a in (1.0, 2.0) for c in (7.0, 8.0, 9.0)]


def test_a_grid_that_is_too_large_is_refused() -> None:
    with pytest.raises(InputError, match=r"1,000,000,000,000 points; allowed"):
        grid([range(1000)] * 4)


def test_a_latin_hypercube_has_one_point_in_each_slice() -> None:
    points = latin_hypercube(5, 40, seed=3)
    for column in points.T:
        assert sorted((column * 40).astype(int).tolist()) == list(range(40))
    assert not np.array_equal(points, latin_hypercube(5, 40, seed=4))


def test_trajectories_move_one_dimension_at_a_time_each_once() -> None:
    points = morris_trajectories(6, 5, seed=0).reshape(5, 7, 6)
    moves = np.abs(np.diff(points, axis=1))
    assert np.allclose(np.sort(moves, axis=2)[:, :, :-1], 0.0)
    assert np.allclose(moves.sum(axis=1), MORRIS_STEP)


@pytest.mark.parametrize("second", [False, True])
def test_a_saltelli_sample_crosses_two_samples_column_by_column(second: bool) -> None:
    blocks = saltelli_sample(4, 8, seed=0, second_order=second).reshape(8, 10 if second else 6, 4)
    a, b = blocks[:, 0], blocks[:, -1]
    for k in range(4):
        expected = a.copy()
        expected[:, k] = b[:, k]
        assert np.array_equal(blocks[:, 1 + k], expected)
    with pytest.raises(ValueError, match="power of two"):
        saltelli_sample(4, 12, seed=0)


def test_points_are_mapped_on_ranges_and_never_beyond() -> None:
    variations = parse(Scenario(policies=(Transport(),)), ["referral_chance", "transport.reliability=0.1,0.2,0.9"])
    values = on_ranges(np.array([[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]), variations)
    assert np.allclose(values, [[0.1, 0.1], [0.25, 0.2], [0.4, 0.9]])
    assert values.min(axis=0).tolist() == [0.1, 0.1]
    assert values.max(axis=0).tolist() == [0.4, 0.9]


def test_an_ensemble_fills_the_ranges_evenly(lcr: Region) -> None:
    names = ["referral_chance", "charter_uptake_log_odds"]
    members = ensemble(lcr, names, 20, seed=1)
    for name in names:
        row = lcr.assumptions.loc[name]
        place = [(member[name] - row["low"]) / (row["high"] - row["low"]) for member in members]
        assert sorted(int(p * 20) for p in place) == list(range(20))
    # The order in which names are given is no part of the draw.
    assert members == ensemble(lcr, names[::-1], 20, seed=1)


def test_an_ensemble_of_all_is_allowed_in_a_scenario(lcr: Region) -> None:
    (member,) = ensemble(lcr, "all", 1, seed=2)
    rows = lcr.assumptions
    assert set(member) == set(rows.index[rows["low"] < rows["high"]])
    from simulation.assumptions import Assumptions

    assert Assumptions(lcr, Scenario(assumptions=member))["referral_chance"] == member["referral_chance"]


def test_what_an_ensemble_refuses(lcr: Region) -> None:
    with pytest.raises(InputError, match=r"^--assumptions: referal_chance: unknown; allowed: referral_chance"):
        varying(lcr, ["referal_chance"])
    with pytest.raises(InputError, match="allowed is 1 to"):
        ensemble(lcr, "all", 0, seed=1)


SCRIPT = """
import hashlib
from experiments.sampling import ensemble, latin_hypercube, morris_trajectories, saltelli_sample
from simulation.region import load_region
parts = [repr(ensemble(load_region("lcr"), {"referral_chance", "referral_bonus", "commute_decay_per_minute"}, 9, 0))]
parts += [f(7, 8, 0).tobytes().hex() for f in (latin_hypercube, morris_trajectories, saltelli_sample)]
print(hashlib.sha256("".join(parts).encode()).hexdigest())
"""


def test_samples_do_not_depend_on_the_hash_seed() -> None:
    root = Path(__file__).resolve().parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed}, cwd=root,
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(found) == 1

"""Contrasts of a full factorial are what they are called, and the study runs every combination."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.cli import main
from experiments.contrasts import interaction, main_effect, pairs, shapley
from experiments.factorial_study import CROWD, HELP, LESS, MORE, NONE, contrast_tables, factorial_sentences, reading
from experiments.outcomes import outcome

NAMES = ["charter", "procurement", "skills"]
games = st.integers(1, 4).flatmap(
    lambda k: arrays(np.float64, (1 << k, 2), elements=st.floats(-100, 100, allow_subnormal=False))
)


def orders(values: np.ndarray) -> np.ndarray:
    """Shapley values from their definition, over all orders of the policies."""
    k = values.shape[0].bit_length() - 1
    found = np.zeros((k, *values.shape[1:]))
    every = list(itertools.permutations(range(k)))
    for order in every:
        mask = 0
        for policy in order:
            found[policy] += values[mask | 1 << policy] - values[mask]
            mask |= 1 << policy
    return found / len(every)


@given(games)
def test_shapley_values_are_means_over_all_orders_and_share_out_the_whole(values: np.ndarray) -> None:
    parts = shapley(values)
    assert parts == pytest.approx(orders(values), abs=1e-9)
    assert parts.sum(axis=0) == pytest.approx(values[-1] - values[0], abs=1e-9)


@given(games)
def test_a_policy_that_does_nothing_has_no_part(values: np.ndarray) -> None:
    values = values.copy()
    off = [mask for mask in range(len(values)) if not mask & 1]
    values[[mask | 1 for mask in off]] = values[off]
    assert shapley(values)[0] == pytest.approx(0.0, abs=1e-9)
    assert main_effect(values, 0) == pytest.approx(0.0)
    k = values.shape[0].bit_length() - 1
    for other in range(1, k):
        assert interaction(values, 0, other) == pytest.approx(0.0, abs=1e-9)


@given(st.data())
def test_policies_that_do_the_same_have_the_same_part(data: st.DataObject) -> None:
    by_size = data.draw(arrays(np.float64, 5, elements=st.floats(-10, 10)))
    values = np.array([by_size[int(mask).bit_count()] for mask in range(16)])[:, None]
    parts = shapley(values)
    assert parts == pytest.approx(np.broadcast_to(parts[0], parts.shape), abs=1e-9)


def planted(main: list[float], mixed: dict[tuple[int, int], float], level: float = 5.0) -> np.ndarray:
    """Values that are the sum of what each policy does and of what pairs do together, shape (2**k, 1)."""
    k = len(main)
    found = []
    for mask in range(1 << k):
        on = [bit for bit in range(k) if mask >> bit & 1]
        found.append(
            level
            + sum(main[bit] for bit in on)
            + sum(mixed.get(pair, 0.0) for pair in pairs(k) if set(pair) <= set(on))
        )
    return np.array(found)[:, None]


def test_planted_effects_are_found() -> None:
    values = planted([1.0, -2.0, 0.5], {(0, 1): 4.0, (1, 2): -1.0})
    assert [interaction(values, a, b).item() for a, b in pairs(3)] == pytest.approx([4.0, 0.0, -1.0])
    # Over all settings of the others, half of each interaction is a policy's own.
    assert [main_effect(values, bit).item() for bit in range(3)] == pytest.approx([3.0, -0.5, 0.0])
    assert shapley(values)[:, 0] == pytest.approx([3.0, -0.5, 0.0])


def test_rounding_is_no_interaction() -> None:
    costs = np.array([0.0, 0.1, 0.2, 0.1 + 0.2 + 1e-16, 0.3, 0.4, 0.5, 0.3 + 0.1 + 0.2])[:, None, None] + np.zeros(
        (8, 1, 3)
    )
    assert (interaction(costs, 0, 1) != 0.0).any()
    found = contrast_tables(costs, NAMES, ["public_policy_cost"], [f"arm {mask}" for mask in range(8)])
    assert set(found["interactions"]["effect"]) == {0.0}
    assert set(found["interactions"]["reading"]) == {NONE}
    assert found["main_effects"]["effect"].tolist() == pytest.approx([0.1, 0.2, 0.3])


def test_one_seed_claims_nothing() -> None:
    costs = np.arange(8.0)[:, None, None]
    arms = [f"arm {mask}" for mask in range(8)]
    found = contrast_tables(costs, NAMES, ["public_policy_cost"], arms)
    words = factorial_sentences(found, {name: name for name in NAMES}, arms[-1])
    assert words == ["One seed gives no intervals, so nothing is claimed; the tables have what it showed."]


def test_a_half_factorial_is_refused() -> None:
    with pytest.raises(ValueError, match="not 6"):
        shapley(np.zeros((6, 1)))


def tables(noise: float = 0.01) -> dict[str, pd.DataFrame]:
    """Two outcomes and eight seeds: the charter and procurement help each other in pay and crowd out in inactivity."""
    rng = np.random.default_rng(5)
    pay = planted([0.2, 0.1, 0.0], {(0, 1): 0.3}, level=13.0)
    idle = planted([-0.01, -0.01, 0.0], {(0, 1): 0.008}, level=0.25)
    values = np.stack([pay, idle], axis=1) + np.zeros((8, 2, 8))
    spread = np.array([1.0, 0.02])[None, :, None] * noise
    values = values + rng.normal(0.0, 1.0, (1, 2, 8)) * spread * 50 + rng.normal(0.0, 1.0, (8, 2, 8)) * spread
    arms = ["+".join(name for bit, name in enumerate(NAMES) if mask >> bit & 1) or "baseline" for mask in range(8)]
    return contrast_tables(values, NAMES, ["hourly_pay_median", "inactivity_rate"], arms)


def test_tables_say_who_helps_whom() -> None:
    found = tables()
    mixed = found["interactions"].set_index(["first", "second", "outcome"])
    assert len(mixed) == 6
    assert mixed.loc[("charter", "procurement", "hourly_pay_median"), "reading"] == HELP
    assert mixed.loc[("charter", "procurement", "inactivity_rate"), "reading"] == CROWD
    assert mixed.loc[("charter", "skills", "inactivity_rate"), "reading"] == NONE
    row = mixed.loc[("charter", "procurement", "hourly_pay_median")]
    assert row["low"] < 0.3 < row["high"]
    shares = found["attribution"].set_index(["policy", "outcome"])["share"]
    assert shares.xs("hourly_pay_median", level="outcome").sum() == pytest.approx(1.0)
    assert len(found["effects"]) == 7 * 2
    assert (found["effects"]["variance_ratio"] > 100).all()  # what seeds share is fifty times what they do not
    words = " ".join(factorial_sentences(found, dict(zip(NAMES, NAMES, strict=True)), "charter+procurement+skills"))
    assert "help each other" in words
    assert "crowd each other out" in words
    assert "skills, on" not in words


def test_where_nothing_is_detectable_nothing_is_claimed() -> None:
    found = tables(noise=100.0)
    assert set(found["interactions"]["reading"]) == {NONE}
    assert found["attribution"]["share"].isna().all()
    words = factorial_sentences(found, dict(zip(NAMES, NAMES, strict=True)), "charter+procurement+skills")
    assert words[0] == "All together have no detectable effect on any headline outcome."
    assert "0 of them are detectable" in words[1]


@pytest.mark.parametrize(
    ("name", "verdict", "expected"),
    [
        ("hourly_pay_median", "raises", HELP),
        ("hourly_pay_median", "lowers", CROWD),
        ("inactivity_rate", "raises", CROWD),
        ("inactivity_rate", "lowers", HELP),
        ("population", "raises", MORE),
        ("population", "lowers", LESS),
        ("population", "no detectable effect", NONE),
    ],
)
def test_readings_know_which_way_is_better(name: str, verdict: str, expected: str) -> None:
    assert reading(outcome(name), verdict) == expected


@pytest.mark.slow
def test_factorial_from_the_command_to_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "two.toml").write_text(
        'name = "two"\nscale = 1000\nmonths = 4\nburn_in = 2\n'
        '[[policies]]\ntype = "skills"\nstart = "2020-04"\n[[policies]]\ntype = "transport"\nstart = "2020-05"\n'
    )
    out = tmp_path / "out"
    command = ["factorial", str(tmp_path / "two.toml"), "--seeds", "2", "--workers", "0", "--out", str(out), "--json"]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["failed"] == []
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert [run["arm"] for run in manifest["runs"][::2]] == ["baseline", "skills", "transport", "skills+transport"]
    mixed = pd.read_csv(out / "interactions.csv")
    assert set(zip(mixed["first"], mixed["second"], strict=True)) == {("skills", "transport")}
    page = (out / "report.html").read_text(encoding="utf-8")
    for name in ("interactions-map", "main-effects", "attribution-bars", "main_effects", "interactions", "attribution"):
        assert f"commonweal figure {out} {name}" in page
    capsys.readouterr()
    assert main(["reproduce", str(out), "--workers", "0"]) == 0


@pytest.mark.parametrize("policies", ["", '[[policies]]\ntype = "skills"\n'])
def test_one_policy_has_nothing_to_combine_with(
    policies: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.toml").write_text(f'name = "a"\n{policies}')
    assert main(["factorial", str(tmp_path / "a.toml")]) == 2
    assert "allowed are 2 to 6" in capsys.readouterr().err

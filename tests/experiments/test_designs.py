"""Which scenarios a comparison runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.designs import check_scenario, default_design, design_from_files, idle_policies, seeds_from
from experiments.errors import InputError
from policies import Skills, load_scenario
from simulation import Scenario, ScenarioError

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_default_design_is_the_baseline_each_policy_and_all() -> None:
    arms = default_design(scale=500, months=6)
    assert [arm.name for arm in arms] == ["baseline", "charter", "procurement", "skills", "transport", "all_four"]
    assert [len(arm.scenario.policies) for arm in arms] == [0, 1, 1, 1, 1, 4]
    assert {(arm.scenario.scale, arm.scenario.months) for arm in arms} == {(500, 6)}
    assert arms[5].scenario.policies == tuple(arm.scenario.policies[0] for arm in arms[1:5])


def test_default_design_refuses_a_bad_scale() -> None:
    with pytest.raises(ScenarioError, match="options: scale"):
        default_design(scale=0)


def test_examples_compare_with_one_another() -> None:
    calm = [path for path in EXAMPLES if not load_scenario(path).shocks]
    assert len(calm) == len(EXAMPLES) - 1
    arms = design_from_files(calm)
    assert len(arms) == len(calm)  # the example without policies is the baseline itself
    assert arms[0].scenario.policies == ()
    assert len({arm.name for arm in arms}) == len(arms)


def test_one_file_is_compared_with_itself_without_policies(tmp_path: Path) -> None:
    path = write(tmp_path / "a.toml", 'name = "a"\nseed = 3\nmonths = 9\n[[policies]]\ntype = "skills"\n')
    baseline, arm = design_from_files([path], scale=1000)
    assert baseline.scenario == arm.scenario.with_(name="baseline", policies=())
    assert (baseline.scenario.seed, baseline.scenario.scale, baseline.scenario.months) == (3, 1000, 9)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ('name = "b"\nmonths = 8\n[[policies]]\ntype = "skills"\n', "b.toml: months: must be 9"),
        ('name = "b"\nmonths = 9\n[assumptions]\ntrend_growth = 0.01\n', "b.toml: assumptions: must be {}"),
        (
            'name = "b"\nmonths = 9\n[[policies]]\ntype = "skills"\n[[shocks]]\ntype = "closure"\nstart = "2020-05"\n',
            "b.toml: shocks: must be those of the first file",
        ),
        ('name = "a"\nmonths = 9\n[[policies]]\ntype = "skills"\n', "b.toml: name: 'a' is taken"),
        ('name = "baseline"\nmonths = 9\n[[policies]]\ntype = "skills"\n', "b.toml: name: 'baseline' is taken"),
    ],
)
def test_files_may_differ_only_in_their_policies(tmp_path: Path, second: str, message: str) -> None:
    first = write(tmp_path / "a.toml", 'name = "a"\nmonths = 9\n[[policies]]\ntype = "transport"\n')
    with pytest.raises(InputError) as caught:
        design_from_files([first, write(tmp_path / "b.toml", second)])
    assert message in str(caught.value)


def test_policies_are_compared_under_the_same_shocks(tmp_path: Path) -> None:
    shock = '[[shocks]]\ntype = "demand"\nstart = "2020-05"\nsize = -0.1\n'
    text = f'name = "a"\nmonths = 9\n[[policies]]\ntype = "skills"\n{shock}'
    baseline, arm = design_from_files([write(tmp_path / "a.toml", text)])
    assert baseline.scenario.policies == ()
    assert baseline.scenario.shocks == arm.scenario.shocks != ()


def test_shocks_after_the_last_month_are_named() -> None:
    shock = {"type": "closure", "start": "2021-04"}
    assert idle_policies([Scenario(months=12, shocks=(shock,)), Scenario(months=13, shocks=(shock,))]) == [
        "shocks.start: closure strikes 2021-04, after the last month, 2021-03; it does nothing here"
    ]


def test_some_file_must_have_a_policy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="policies: at least one"):
        design_from_files([write(tmp_path / "a.toml", 'name = "a"\n')])


def test_check_names_the_file_of_a_bad_assumption() -> None:
    with pytest.raises(ScenarioError, match=r"^my\.toml: assumptions\.trend_growth: allowed is"):
        check_scenario("my.toml", Scenario(name="x", assumptions={"trend_growth": 99.0}))
    check_scenario("my.toml", Scenario(name="x", assumptions={"trend_growth": 99.0}, force=True))


def test_check_names_the_file_of_a_bad_region() -> None:
    with pytest.raises(InputError, match=r"^my\.toml: region: atlantis: no such region"):
        check_scenario("my.toml", Scenario(region="atlantis"))


def test_seeds_follow_one_another() -> None:
    assert seeds_from(7, 3) == (7, 8, 9)
    for first, count in ((7, 0), (7, -1), (7, 1001), (2**53 - 1, 2)):
        with pytest.raises(InputError, match="--seeds"):
            seeds_from(first, count)


def test_policies_that_start_too_late_are_named_once() -> None:
    arms = default_design(scale=500, months=14)
    early, late = Scenario(policies=[Skills(start="2021-05")], months=14), Scenario(policies=[Skills()], months=12)
    assert idle_policies([early, late, late.with_(seed=8)]) == [
        "policies.start: skills starts 2021-04, after the last month, 2021-03; it does nothing here"
    ]
    assert idle_policies([arms[0].scenario, arms[5].scenario]) == []

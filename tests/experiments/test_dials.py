"""Names of what can be varied, the ways to type it, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import Field

from experiments.dials import all_dials, apply, find_dial
from experiments.errors import InputError
from experiments.variations import parse, variations_from
from policies import Skills, Transport
from simulation import Scenario
from simulation.region import Region


class Whole(Transport):
    """A variant with a whole-number dial; keeping its parent's type, it stays out of the registry."""

    teams: int = Field(default=3, ge=1, le=6)
    free: float = Field(default=0.0, ge=0.0)


BASE = Scenario(policies=(Skills(), Transport(fare_cut=0.4)), assumptions={"separation_base_rate": 0.005})


def refused(text: str, scenario: Scenario = BASE) -> str:
    with pytest.raises(InputError) as caught:
        parse(scenario, [text])
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("--vary: ")
    assert "allowed" in message
    return message


def test_assumptions_have_the_pack_s_range_and_the_scenario_s_value(lcr: Region) -> None:
    dial = all_dials(BASE)["separation_base_rate"]
    row = lcr.assumptions.loc["separation_base_rate"]
    assert (dial.low, dial.high) == (row["low"], row["high"])
    assert dial.default == 0.005


def test_policies_have_their_numbers_as_dials_and_nothing_else() -> None:
    names = [name for name in all_dials(BASE) if name.startswith("transport.")]
    fields = ("strength", "fare_cut", "frequency", "reliability", "cycle_speed")
    assert names == [f"transport.{field}" for field in fields]
    dial = all_dials(BASE)["transport.reliability"]
    assert (dial.low, dial.high, dial.default) == (0.0, 0.9, 0.3)
    assert all_dials(BASE)["transport.fare_cut"].default == 0.4


def test_apply_changes_what_is_named_and_nothing_else() -> None:
    changed = apply(BASE, {"transport.fare_cut": 0.1, "referral_chance": 0.3})
    assert changed.policies == (Skills(), Transport(fare_cut=0.1))
    assert changed.assumptions == {"separation_base_rate": 0.005, "referral_chance": 0.3}
    assert changed.with_(policies=BASE.policies, assumptions=BASE.assumptions) == BASE


def test_two_policies_of_a_type_are_told_apart_by_position() -> None:
    twins = Scenario(policies=(Transport(), Skills(), Transport()))
    changed = apply(twins, {"policies[2].fare_cut": 0.7, "skills.targeting": 0.1})
    assert [getattr(policy, "fare_cut", None) for policy in changed.policies] == [0.25, None, 0.7]
    assert apply(BASE, {"policies[1].fare_cut": 0.7}) == apply(BASE, {"transport.fare_cut": 0.7})
    message = refused("transport.fare_cut", twins)
    assert "policies[0].fare_cut, policies[2].fare_cut" in message


def test_whole_numbers_stay_whole() -> None:
    scenario = Scenario(policies=(Whole(),))
    (teams,) = parse(scenario, ["transport.teams"])
    assert teams.at(np.array([0.0, 0.16, 0.17, 0.99, 1.0])).tolist() == [1.0, 1.0, 2.0, 6.0, 6.0]
    assert teams.grid() == (1.0, 2.0, 4.0, 5.0, 6.0)
    value = apply(scenario, {"transport.teams": 4.0}).policies[0].teams
    assert isinstance(value, int)
    assert "whole number" in refused("transport.teams=1.5,2", scenario)
    assert "transport.free=LOW:HIGH" in refused("transport.free", scenario)


def test_forms_as_typed() -> None:
    plain, ends, points, values = parse(
        BASE, ["referral_chance", "transport.fare_cut=0.1:0.5", "skills.targeting=0:1:3", "skills.strength=2,0.5,1"]
    )
    assert (plain.low, plain.high) == (0.1, 0.4)
    assert ends.grid() == pytest.approx((0.1, 0.2, 0.3, 0.4, 0.5))
    assert points.grid() == (0.0, 0.5, 1.0)
    assert values.grid() == (0.5, 1.0, 2.0)
    assert values.at(np.array([0.0, 0.34, 0.67, 1.0])).tolist() == [0.5, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("referal_chance", "referral_chance"),
        ("fare_cut", "transport.fare_cut"),
        ("transport.fair_cut", "transport.fare_cut"),
        ("transport.start", "unknown"),
        ("transport.fare_cut=0:1.5", "0 to 1"),
        ("referral_chance=0.1,0.9", "0.1 to 0.4"),
        ("transport.fare_cut=0.5:0.2", "LOW below HIGH"),
        ("transport.fare_cut=0:1:1", "2 to 1000"),
        ("transport.fare_cut=0:1:x", "2 to 1000"),
        ("transport.fare_cut=0:1:2:3", "NAME=LOW:HIGH"),
        ("transport.fare_cut=a,b", "not a number"),
        ("transport.fare_cut=nan:1", "0 to 1"),
        ("transport.fare_cut=", "not a number"),
        ("transport.fare_cut=0.5", "values that differ"),
        ("transport.fare_cut=0.5,0.5", "values that differ"),
        ("=1:2", "NAME=LOW:HIGH"),
    ],
)
def test_what_is_refused_says_what_is_allowed(text: str, part: str) -> None:
    assert part in refused(text)


def test_a_name_comes_once() -> None:
    with pytest.raises(InputError, match="allowed is once"):
        parse(BASE, ["referral_chance", "referral_chance=0.1:0.2"])


def test_all_stands_for_the_assumptions_that_are_not_named(lcr: Region) -> None:
    made = parse(BASE, ["all", "referral_chance=0.1:0.2", "transport.fare_cut"])
    assert [item.name for item in made[:2]] == ["referral_chance", "transport.fare_cut"]
    rows = lcr.assumptions
    assert sorted(item.name for item in made if item.dial.policy is None) == sorted(
        rows.index[rows["low"] < rows["high"]]
    )
    assert made[0].high == 0.2


def test_force_lifts_the_limits_of_assumptions() -> None:
    forced = BASE.with_(force=True)
    assert apply(forced, {"referral_chance": 0.9}).assumptions["referral_chance"] == 0.9
    assert "LOW:HIGH" in refused("referral_chance", forced)


def test_variations_come_back_from_their_records() -> None:
    made = parse(BASE, ["referral_chance", "transport.fare_cut=0:1:3", "skills.strength=0.5,1"])
    assert variations_from("manifest.json", BASE, [item.record() for item in made]) == made


@pytest.mark.parametrize("record", [3, [{}], [{"name": "referral_chance"}], [{"name": "nothing", "levels": [1]}]])
def test_nonsense_records_are_refused(record: object) -> None:
    with pytest.raises(InputError, match=r"^manifest\.json"):
        variations_from("manifest.json", BASE, record)


def test_find_dial_reads_canonical_names_only_once() -> None:
    known = all_dials(BASE)
    assert all(find_dial(known, name) is dial for name, dial in known.items())

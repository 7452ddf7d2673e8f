"""The policy as a model: dials with ranges, months in order, a registry that others can add to."""

from __future__ import annotations

import json
import math
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies import (
    FairEmploymentCharter,
    Policy,
    ProgressiveProcurement,
    Skills,
    Transport,
    load_policy,
    load_scenario,
    registry,
)
from policies.policy import dial
from simulation import Economy
from simulation.levers import Levers
from simulation.scenario import ScenarioError
from simulation.travel import TravelConditions

Run = Callable[..., Economy]

ALL = (FairEmploymentCharter, ProgressiveProcurement, Skills, Transport)
WHERE = "mine.toml: policies[0]"


def type_of(kind: type[Policy]) -> str:
    return str(kind.model_fields["type"].default)


def ranges(kind: type[Policy]) -> dict[str, tuple[float, float]]:
    """Least and greatest value of every dial that is a number, strength included."""
    found = {}
    for name, field in kind.model_fields.items():
        low = [rule.ge for rule in field.metadata if hasattr(rule, "ge")]
        high = [rule.le for rule in field.metadata if hasattr(rule, "le")]
        if low and high:
            found[name] = (low[0], high[0])
    return found


DIALS = [(kind, name) for kind in ALL for name in ranges(kind)]
each_dial = pytest.mark.parametrize(("kind", "name"), DIALS, ids=[f"{type_of(kind)}.{name}" for kind, name in DIALS])


def refusal(data: dict[str, Any]) -> str:
    """The one line with which a policy's table is refused."""
    with pytest.raises(ScenarioError) as caught:
        load_policy(data, WHERE)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(WHERE)
    return line


# Dials --------------------------------------------------------------------------------------------------


@each_dial
def test_every_dial_has_a_range_a_unit_a_source_and_says_what_it_does(kind: type[Policy], name: str) -> None:
    field = kind.model_fields[name]
    low, high = ranges(kind)[name]
    assert low <= field.default <= high
    assert low < high
    assert field.description
    if name != "strength":
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        assert extra["unit"]
        assert extra["source"]


@each_dial
def test_a_dial_takes_its_range_and_nothing_else(kind: type[Policy], name: str) -> None:
    low, high = ranges(kind)[name]
    table = {"type": type_of(kind)}
    for value in (low, high):
        assert getattr(load_policy({**table, name: value}, WHERE), name) == value
    line = refusal({**table, name: math.nextafter(low, -math.inf)})
    assert line.startswith(f"{WHERE}.{name}: ")
    assert line.endswith(f"greater than or equal to {low:g}")
    assert refusal({**table, name: math.nextafter(high, math.inf)}).endswith(f"less than or equal to {high:g}")
    for value in (math.nan, math.inf, -math.inf):
        assert "finite number" in refusal({**table, name: value})
    for value in ("high", None, [1.0], {}):
        assert f".{name}: " in refusal({**table, name: value})


def test_every_dial_of_every_policy_is_covered() -> None:
    """Only months, the type, channels and the list of stations are not numbers with a range."""
    others = {type_of(kind): set(kind.model_fields) - set(ranges(kind)) for kind in ALL}
    common = {"type", "start", "end", "without"}
    assert others.pop("transport") == common | {"new_stations"}
    assert all(names == common for names in others.values())


def test_an_unknown_dial_is_refused_with_those_that_there_are(kind: type[Policy]) -> None:
    line = refusal({"type": type_of(kind), "budget": 1.0})
    assert line.startswith(f"{WHERE}.budget: unknown key; allowed: ")
    assert line.split("allowed: ")[1].split(", ") == list(kind.model_fields)


@pytest.mark.parametrize("given_type", [None, 3, "magic", "Skills", ""])
def test_an_unknown_type_is_refused_with_those_that_there_are(given_type: Any) -> None:
    line = refusal({"type": given_type})
    assert line.split("allowed: ")[1].split(", ") == sorted(type_of(kind) for kind in ALL)


@pytest.mark.parametrize(
    "station",
    [
        (338_000.0, 394_000.0, ""),
        (-1.0, 394_000.0, "Baltic"),
        (338_000.0, 2e6, "Baltic"),
        (338_000.0, math.nan, "Baltic"),
        (338_000.0, 394_000.0),
        ("here", 394_000.0, "Baltic"),
    ],
)
def test_a_station_that_is_on_no_map_is_refused(station: tuple[Any, ...]) -> None:
    assert "new_stations" in refusal({"type": "transport", "new_stations": [station]})


# Months -------------------------------------------------------------------------------------------------


def test_a_policy_does_not_end_before_it_starts(kind: type[Policy]) -> None:
    table = {"type": type_of(kind), "start": "2022-01"}
    assert refusal({**table, "end": "2021-12"}) == f"{WHERE}: end must not be before start (2022-01)"
    assert load_policy({**table, "end": "2022-01"}, WHERE).end == "2022-01", "one month is allowed"


@pytest.mark.parametrize("key", ["start", "end"])
@pytest.mark.parametrize("month", ["2021-13", "2021-4", "April 2021", "", 202104, "1999-01", "2061-01"])
def test_months_are_months(key: str, month: Any) -> None:
    assert refusal({"type": "skills", key: month}).startswith(f"{WHERE}.{key}: ")


def test_a_policy_is_frozen(kind: type[Policy]) -> None:
    policy = kind()
    with pytest.raises(ValidationError):
        policy.strength = 0.5


# There and back -----------------------------------------------------------------------------------------


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy with any dials that are allowed."""
    kind = draw(st.sampled_from(ALL))
    values: dict[str, Any] = {name: draw(st.floats(low, high)) for name, (low, high) in ranges(kind).items()}
    values["start"] = f"{draw(st.integers(2010, 2030))}-{draw(st.integers(1, 12)):02d}"
    values["end"] = draw(st.none() | st.integers(2031, 2060).map(lambda year: f"{year}-06"))
    if kind is Transport:
        place = st.tuples(st.floats(1.0, 6e5), st.floats(1.0, 1.2e6), st.text(min_size=1, max_size=9))
        values["new_stations"] = tuple(draw(st.lists(place, max_size=3)))
    return kind(**values)


@given(policy=policies())
def test_a_policy_survives_json_and_pickle(policy: Policy) -> None:
    text = policy.model_dump_json()
    assert type(policy).model_validate_json(text) == policy
    assert load_policy(json.loads(text), WHERE) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_the_same_type_may_come_twice_with_other_targets(tmp_path: Path) -> None:
    file = tmp_path / "twice.toml"
    file.write_text(
        'months = 6\n[[policies]]\ntype = "skills"\ntargeting = 1.0\nbrokerage_places = 0.0\n'
        '[[policies]]\ntype = "skills"\nstart = "2022-01"\nclassroom_places = 0.0\n',
        encoding="utf-8",
    )
    found = load_scenario(file).policies
    assert found == (
        Skills(targeting=1.0, brokerage_places=0.0),
        Skills(start="2022-01", classroom_places=0.0),
    )


# Levers -------------------------------------------------------------------------------------------------


def test_each_policy_moves_levers_of_its_own_and_more_so_with_more_strength(run: Run) -> None:
    economy = run()
    moved: dict[type[Policy], set[str]] = {}
    for kind in ALL:
        sizes = []
        for strength in (0.0, 0.5, 1.0):
            levers = Levers()
            kind(strength=strength).move(levers, economy)
            state = levers.state() | vars(levers.travel)
            rest = Levers().state() | vars(TravelConditions())
            sizes.append({name: abs(float((state[name] - rest[name]).sum())) if name == "course_places"
                          else abs(state[name] - rest[name])
                          for name in state if name not in ("travel", "new_stations")})  # fmt: skip
        nothing, half, full = sizes
        assert not any(nothing.values())
        moved[kind] = {name for name, size in full.items() if size > 0}
        assert moved[kind]
        assert all(0 < half[name] < full[name] for name in moved[kind])
    names = [name for levers_of_kind in moved.values() for name in levers_of_kind]
    assert len(names) == len(set(names)), "no two types move the same lever"


# Policies of others -------------------------------------------------------------------------------------


#: A policy that a package outside this project might bring.
MODULE_OF_OTHERS = """
from typing import ClassVar, Literal

from policies import Policy
from policies.policy import dial
from simulation.travel import TravelConditions


class FreeBuses(Policy):
    title: ClassVar[str] = "Free buses"
    heading: ClassVar[str] = "free buses"

    type: Literal["free_buses"] = "free_buses"
    share: float = dial(1.0, 0.0, 1.0, "share of the fare", "assumed", "fares that riders no longer pay")

    def move(self, levers, economy):
        levers.travel = TravelConditions(bus_fare_factor=1.0 - self.strength * self.share)

    def cost(self, economy):
        economy.order(self.heading, "transport", self.strength * self.share * 1e6)
"""


def test_a_subclass_with_a_type_of_its_own_is_known_at_once(
    own_registry: dict[str, type[Policy]], make_economy: Run
) -> None:
    class ExtraPlaces(Policy):
        """Courses for everybody."""

        title: ClassVar[str] = "Extra places"
        heading: ClassVar[str] = "extra places"

        type: Literal["extra_places"] = "extra_places"
        places: float = dial(5_000.0, 0.0, 10_000.0, "places a month", "assumed", "extra adult courses")

        def move(self, levers: Levers, economy: Economy) -> None:
            levers.course_places[1] += self.strength * self.places

        def cost(self, economy: Economy) -> None:
            economy.order(self.heading, "education", self.strength * self.places * 1_000.0)

    assert registry()["extra_places"] is ExtraPlaces
    assert registry().keys() == {*map(type_of, ALL), "extra_places"}
    policy = load_policy({"type": "extra_places", "places": 8_000}, WHERE)
    assert isinstance(policy, ExtraPlaces)
    assert "less than or equal to 10000" in refusal({"type": "extra_places", "places": 20_000})
    months = {"months": 4, "policies": (policy.model_copy(update={"start": "2020-06"}),)}
    economy, plain = make_economy(**months).run(), make_economy(months=4).run()
    learners = economy.indicators["course_participants"] - plain.indicators["course_participants"]
    assert (learners[:2] == 0).all()
    assert (learners[2:] > 0).all()
    paid = 8_000 * 1_000 / 1_000 * 100
    assert [economy.ledger.headings[month] for month in range(4)] == [{}, {}, *[{"extra places": paid}] * 2]
    idle = (policy.model_copy(update={"start": "2020-06", "strength": 0.0}),)
    assert make_economy(months=4, policies=idle).run().digest() == plain.digest()


def install(folder: Path, entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a package on the path, as an installer would leave it."""
    (folder / "free_buses_of_others.py").write_text(MODULE_OF_OTHERS, encoding="utf-8")
    info = folder / "free_buses_of_others-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: free-buses-of-others\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[commonweal.policies]\n{entry}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "free_buses_of_others", raising=False)


def test_a_policy_of_another_package_is_found_through_its_entry_point(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    own_registry: dict[str, type[Policy]],
    make_economy: Run,
) -> None:
    assert "free_buses" not in registry()
    install(tmp_path, "free_buses = free_buses_of_others:FreeBuses", monkeypatch)
    policy = load_policy({"type": "free_buses", "start": "2020-04"}, WHERE)
    assert type(policy).__name__ == "FreeBuses"
    assert registry()["free_buses"] is type(policy)
    economy, plain = make_economy(months=2, policies=(policy,)).run(), make_economy(months=2).run()
    assert economy.travel_costs.money.sum() < plain.travel_costs.money.sum()
    assert economy.ledger.headings[1] == {"free buses": 100_000}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "free_buses = free_buses_of_others:TravelConditions",
            "entry point free_buses: must name a subclass of policies.Policy",
        ),
        (
            "free_buses = free_buses_of_others:FreeBus",
            "entry point free_buses: free_buses_of_others:FreeBus cannot be loaded (AttributeError: module "
            "'free_buses_of_others' has no attribute 'FreeBus')",
        ),
        (
            "free_buses = no_such_module:FreeBuses",
            "entry point free_buses: no_such_module:FreeBuses cannot be loaded (ModuleNotFoundError: No module named "
            "'no_such_module')",
        ),
        (
            "buses = free_buses_of_others:FreeBuses",
            "entry point buses: must have the policy's type as its name, 'free_buses'",
        ),
    ],
    ids=["no policy", "no such name", "no such module", "another name"],
)
def test_an_entry_point_that_will_not_do_is_refused_in_one_line(
    entry: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    own_registry: dict[str, type[Policy]],
) -> None:
    install(tmp_path, entry, monkeypatch)
    with pytest.raises(ScenarioError) as caught:
        load_policy({"type": "free_buses"}, WHERE)
    assert str(caught.value) == message

"""Channels of a policy: effects lost and alone, what is left over, and what is put in before anyone reacts."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.channel_arms import Bundle, arms_of_bundles, off_name, only_name, whole_name
from experiments.channel_tables import channel_table, left_over_table, moved, put_in_table
from experiments.channel_words import channel_sentences
from experiments.channels_study import ChannelsStudy
from experiments.cli import main
from experiments.comparison import NO_EFFECT, RAISES
from experiments.designs import BASELINE, channels_design
from experiments.direct_effects import direct_effects, months_at_work
from experiments.errors import InputError
from experiments.outcomes import HEADLINE
from policies import FairEmploymentCharter, ProgressiveProcurement, Skills, Transport
from simulation import Economy, Scenario
from tests.experiments.fake_runs import FakeRuns

NAMES = ["gva", "inactivity_rate"]
TRANSPORT = Bundle("transport", "Transport", (("transport", Transport()),))
ALONE = {"fare": 10.0, "frequency": 20.0, "reliability": 0.0, "cost": 5.0}


def planted(noise: float = 0.01, together: float = 7.0) -> dict[str, np.ndarray]:
    """Value added by arm: channels add up, but fares and frequency do some more together; inactivity never moves."""
    rng = np.random.default_rng(3)
    luck = rng.normal(0.0, 50.0, 8)

    def value(on: set[str]) -> np.ndarray:
        effect = sum(ALONE[name] for name in on) + (together if {"fare", "frequency"} <= on else 0.0)
        gva = 30_000.0 + luck + effect + rng.normal(0.0, noise, 8)
        return np.stack([gva, 0.25 + 0.0 * luck])

    every = set(ALONE)
    found = {BASELINE: value(set()), whole_name(TRANSPORT): value(every)}
    for channel in TRANSPORT.channels():
        found[off_name(TRANSPORT, channel)] = value(every - {channel.name})
        found[only_name(TRANSPORT, channel)] = value({channel.name})
    return found


def test_channels_that_have_nothing_to_do_are_left_out() -> None:
    assert [channel.name for channel in TRANSPORT.channels()] == list(ALONE)
    policy = Transport(without=("fare",), cycle_speed=0.1)
    left = Bundle("mine", "Mine", (("transport", policy),)).channels()
    assert [channel.name for channel in left] == ["frequency", "reliability", "cycling", "cost"]


def test_arms_switch_off_what_they_say() -> None:
    arms = {arm.name: arm.scenario.policies for arm in arms_of_bundles(Scenario(), (TRANSPORT,))}
    assert arms[BASELINE] == ()
    assert arms["transport"] == (Transport(),)
    assert arms["transport without fare"] == (Transport(without=("fare",)),)
    assert arms["transport only fare"] == (
        Transport(without=("frequency", "reliability", "cycling", "stations", "cost")),
    )


def test_policies_of_a_file_are_one_bundle(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    path.write_text(
        'name = "two"\n[[policies]]\ntype = "skills"\nwithout = ["lock_in"]\n[[policies]]\ntype = "transport"\n'
    )
    base, (bundle,) = channels_design(path)
    assert base.policies == ()
    labels = [channel.label for channel in bundle.channels()]
    assert "skills.targeting" in labels
    assert "skills.lock_in" not in labels
    first = bundle.channels()[0]
    assert [policy.without for policy in bundle.without(first)] == [("classroom", "lock_in"), ()]
    assert bundle.only(first)[1].without == tuple(Transport.channels)
    path.write_text('name = "none"\n')
    with pytest.raises(InputError, match="none has a channel"):
        channels_design(path)


def test_planted_channels_are_found() -> None:
    table = channel_table([TRANSPORT], NAMES, planted()).set_index(["channel", "outcome"])
    assert table.loc[("fare", "gva"), "whole"] == pytest.approx(42.0, abs=0.1)
    assert table.loc[("fare", "gva"), "lost"] == pytest.approx(17.0, abs=0.1)
    assert table.loc[("fare", "gva"), "alone"] == pytest.approx(10.0, abs=0.1)
    assert table.loc[("fare", "gva"), "alone_verdict"] == RAISES
    assert table.loc[("reliability", "gva"), "lost_verdict"] == NO_EFFECT
    assert set(table.xs("inactivity_rate", level="outcome")["lost"]) == {0.0}
    left = left_over_table([TRANSPORT], NAMES, planted()).set_index("outcome")
    assert left.loc["gva", "left_over"] == pytest.approx(7.0, abs=0.1)
    assert left.loc["gva", "lost_twice"] == pytest.approx(7.0, abs=0.1)
    assert left.loc["inactivity_rate", "left_over_verdict"] == NO_EFFECT
    seen = moved(table.reset_index())
    assert set(seen["channel"]) == {"fare", "frequency", "cost"}


def test_what_is_put_in_is_told_apart_only_where_the_whole_is_detectable() -> None:
    values = planted()
    direct = np.stack([np.full(8, 10.5), np.zeros(8)])
    table = put_in_table([TRANSPORT], NAMES, values, lambda _: direct).set_index("outcome")
    assert table.loc["gva", "direct"] == pytest.approx(10.5)
    assert table.loc["gva", "emergent"] == pytest.approx(31.5, abs=0.1)
    assert table.loc["gva", "share_emergent"] == pytest.approx(0.75, abs=0.01)
    assert math.isnan(table.loc["inactivity_rate", "share_emergent"])
    unknown = put_in_table([TRANSPORT], NAMES, values, lambda _: np.full((2, 8), np.nan))
    assert unknown.empty


def words(direct: float, noise: float = 0.01) -> str:
    values = planted(noise)
    channels = channel_table([TRANSPORT], NAMES, values)
    tables = {
        "put_in": put_in_table([TRANSPORT], NAMES, values, lambda _: np.stack([np.full(8, direct), np.zeros(8)])),
        "channels": channels,
        "left_over": left_over_table([TRANSPORT], NAMES, values),
    }
    return "\n".join(channel_sentences(tables, {"transport": "Transport"}))


@pytest.mark.parametrize(
    ("direct", "expected"),
    [
        (0.0, "no row touches it directly, so all of it emerges"),
        (10.5, "of which +£10.5m is put in directly and +£31.5m emerges, 75% of the whole."),
        (42.0, "is put in directly, and what emerges beside it is not detectable"),
        (84.0, "reactions undo part of what is put in"),
        (-42.0, "what is put in goes the other way"),
    ],
)
def test_sentences_say_where_an_effect_comes_from(direct: float, expected: str) -> None:
    assert expected in words(direct)


def test_sentences_name_channels_and_what_they_do_together() -> None:
    text = words(0.0)
    assert "is lost without fare" in text
    assert "comes with nothing but frequency" in text
    assert "without reliability" not in text
    assert "transport on gross value added a year" in text
    assert "16 differences of channels were looked at and 6 are detectable" in text


def test_where_nothing_is_detectable_nothing_is_claimed() -> None:
    text = words(0.0, noise=5_000.0)
    assert "no detectable effect" in text
    assert "is lost without" not in text


# Direct effects -----------------------------------------------------------------------------------------

SMALL = Scenario(scale=500, seed=7, months=14)


def test_outcomes_that_no_row_touches_get_nothing_and_costs_are_no_effect() -> None:
    found = direct_effects(SMALL.with_(policies=(Transport(start="2020-04"),)), (2, 13))
    assert set(found) == set(HEADLINE)
    assert found["employment_rate"] == 0.0
    assert math.isnan(found["public_policy_cost"])


def test_places_within_reach_are_those_that_the_first_month_shows() -> None:
    """In the month in which buses get better hardly any job has moved, so the indicator shows the direct effect."""
    policy = Transport(start="2020-04")
    found = direct_effects(SMALL.with_(policies=(policy,)), (0, 0))
    with_it, without = (Economy(SMALL.with_(policies=p, months=1)).run() for p in ((policy,), ()))
    shown = with_it.indicators["reachable_jobs_no_car"].iloc[0] - without.indicators["reachable_jobs_no_car"].iloc[0]
    assert found["reachable_jobs_no_car"] > 0.0
    assert found["reachable_jobs_no_car"] == pytest.approx(shown, rel=0.05)


def test_orders_that_move_are_counted_as_far_as_they_have_been_tendered() -> None:
    policy = ProgressiveProcurement(start="2020-04")
    scenario = SMALL.with_(policies=(policy,))
    early, late = direct_effects(scenario, (0, 8)), direct_effects(scenario, (40, 51))
    assert 0.0 < early["gva"] < late["gva"]
    assert 0.1 < late["anchor_local_share"] < 0.6
    idle = ProgressiveProcurement(start="2020-04", scope=0.0, bidder_support=0.0, lot_splitting=0.0)
    nothing = direct_effects(SMALL.with_(policies=(idle,)), (40, 51))
    assert nothing["gva"] == nothing["anchor_local_share"] == 0.0


def test_only_courses_that_lead_to_a_qualification_are_counted() -> None:
    scenario = SMALL.with_(scale=200)
    window = (60, 71)
    found = direct_effects(scenario.with_(policies=(Skills(start="2020-04"),)), window)["qualified_nvq3_and_above"]
    assert 0.001 < found < 0.03
    idle = Skills(start="2020-04", without=("classroom", "apprenticeship", "targeting", "completion_support"))
    assert direct_effects(scenario.with_(policies=(idle,)), window)["qualified_nvq3_and_above"] == 0.0


def test_the_charters_direct_effect_is_what_members_pledge() -> None:
    charter = FairEmploymentCharter(start="2020-04", outreach=0.2)
    scenario = SMALL.with_(assumptions={"charter_uptake_log_odds": 0.0}, force=True)
    found = direct_effects(scenario.with_(policies=(charter,)), (12, 13))
    assert -0.25 < found["share_below_real_living_wage"] < -0.02
    assert -0.15 < found["insecure_share"] < -0.005
    assert math.isnan(found["in_work_poverty_rate"])
    unpaid = charter.model_copy(update={"without": ("pay_floor",)})
    found = direct_effects(scenario.with_(policies=(unpaid,)), (12, 13))
    assert found["share_below_real_living_wage"] == found["hourly_pay_p25"] == 0.0
    assert found["insecure_share"] < 0.0
    assert found["in_work_poverty_rate"] == 0.0


def test_months_at_work_end_with_the_policy() -> None:
    policy = Skills(start="2020-06", end="2020-09")
    assert [months_at_work(SMALL, [policy], month) for month in (1, 2, 4, 5, 11)] == [0, 1, 3, 4, 4]
    assert months_at_work(SMALL, [policy], 6, delay=3) == 2


# The study ----------------------------------------------------------------------------------------------


def test_every_arm_runs_under_every_seed_and_the_record_makes_the_study_again() -> None:
    study = ChannelsStudy(SMALL, (TRANSPORT,), (7, 8))
    assert len(study.scenarios()) == 2 * (2 + 2 * len(ALONE))
    assert ChannelsStudy.from_record("here", json.loads(json.dumps(study.record()))) == study
    with pytest.raises(InputError, match="different names"):
        ChannelsStudy(SMALL, (TRANSPORT, TRANSPORT), (7,))
    with pytest.raises(InputError, match="allowed is a manifest"):
        ChannelsStudy.from_record("here", {"base": {}})


def test_value_added_in_what_is_ordered_is_direct() -> None:
    study = ChannelsStudy(SMALL, (TRANSPORT,), (7, 8))

    def formula(scenario: Scenario) -> dict[str, float]:
        paid = any(policy.works("cost") for policy in scenario.policies)  # type: ignore[attr-defined]
        return {"gva": 100.0 * scenario.seed + 40.0 * paid, "policy_value_added": 2.0 * paid}

    table = study.analyse(FakeRuns(formula))["put_in"].set_index("outcome")  # type: ignore[arg-type]
    assert table.loc["gva", "whole"] == pytest.approx(40.0)
    assert table.loc["gva", "direct"] == pytest.approx(24.0)
    assert table.loc["gva", "share_emergent"] == pytest.approx(0.4)


@pytest.mark.slow
def test_channels_from_the_command_to_the_page_and_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.toml").write_text(
        'name = "one"\nscale = 1000\nmonths = 4\nburn_in = 2\n[[policies]]\ntype = "transport"\nstart = "2020-04"\n'
    )
    out = tmp_path / "out"
    options = ["--seeds", "2", "--workers", "0", "--out", str(out), "--json"]
    assert main(["channels", str(tmp_path / "one.toml"), *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["failed"] == []
    table = pd.read_csv(out / "channels.csv")
    assert set(table["channel"]) == set(ALONE)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "put-in-or-emergent" in page
    assert "channels-map" in page
    assert main(["reproduce", str(out), "--workers", "0"]) == 0

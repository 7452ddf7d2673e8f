"""The calibrated ensemble of the region pack: members differ, none is ruled out, and the best are the defaults."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.calibration import RULED_OUT
from experiments.calibration_study import ENOUGH, CalibrationStudy, usual_space
from experiments.ensemble import ENSEMBLE, members_of
from experiments.laboratory import Execution, perform
from experiments.variations import parse
from simulation import Scenario
from simulation.region import Region

#: As `commonweal calibrate` runs trials where nothing else is asked for.
SEEDS = (7, 8, 9)
BASE = Scenario(scale=200, months=60)


@pytest.fixture(scope="module")
def members(lcr: Region) -> pd.DataFrame:
    """Values by member, best first, and assumption."""
    return lcr.tables["ensemble"].pivot(index="member", columns="assumption", values="value")


def test_there_are_enough_members_and_no_two_alike(members: pd.DataFrame) -> None:
    assert len(members) >= ENOUGH
    assert not members.duplicated().any()
    assert not members.isna().any(axis=None), "each member says all"


def test_members_say_what_was_calibrated_within_its_range(lcr: Region, members: pd.DataFrame) -> None:
    assert set(members.columns) == set(usual_space(lcr))
    ranges = lcr.assumptions.loc[members.columns]
    assert (members >= ranges["low"]).all(axis=None)
    assert (members <= ranges["high"]).all(axis=None)


def test_the_defaults_are_the_best_member(lcr: Region, members: pd.DataFrame) -> None:
    table = lcr.tables["ensemble"]
    by_member = table.groupby("member")["distance"]
    assert (by_member.nunique() == 1).all()
    assert by_member.first().is_monotonic_increasing
    best = members.iloc[0]
    assert best.to_dict() == lcr.assumptions.loc[best.index, "value"].astype(float).to_dict()
    first = members_of(lcr, ENSEMBLE, 2, 0)[1][0]
    assert {name: first[name] for name in best.index} == best.to_dict()


@pytest.mark.slow
def test_the_best_and_the_last_member_are_not_ruled_out(lcr: Region, members: pd.DataFrame) -> None:
    """Run anew, with the distances that the pack says."""
    points = tuple(members.iloc[k].to_dict() for k in (0, -1))
    study = CalibrationStudy(BASE, parse(BASE, usual_space(lcr)), SEEDS, points)
    found = study.analyse(perform(study.scenarios(), Execution(workers=0), measured=True))["trials"]
    assert (found["worst"] <= RULED_OUT).all()
    said = lcr.tables["ensemble"].groupby("member")["distance"].first()
    assert found["distance"].tolist() == pytest.approx([said.iloc[0], said.iloc[-1]], abs=6e-4)

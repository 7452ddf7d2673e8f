"""Sweeps and sensitivity of the model itself, small, from runs to sentences."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.conductor import conduct
from experiments.discovery import discover
from experiments.indices import MORRIS
from experiments.laboratory import Execution
from experiments.points import EFFECT, WITH, WITHOUT
from experiments.sensitivity_study import SensitivityStudy, used_assumptions
from experiments.sweep_study import GRID, SweepStudy
from experiments.variations import parse
from policies import Transport
from simulation import Scenario
from simulation.region import Region

BASE = Scenario(scale=1000, months=3, burn_in=1, policies=(Transport(start="2020-04"),))


@pytest.mark.slow
def test_a_sweep_of_the_model(lcr: Region) -> None:
    texts = ["transport.fare_cut=0:1:2", "applications_per_month=1.5,3.5"]
    study = SweepStudy(BASE, parse(BASE, texts), GRID, (1, 2))
    findings = conduct(study, Execution(workers=0))
    assert findings.failures == ()
    tables = findings.tables
    # Points share their runs without policies where they share their assumptions.
    digests = {record["digest"] for record in findings.manifest["runs"]}
    assert len(digests) == 4 * 2 + 2 * 2
    cost = tables["responses"]
    cost = cost[(cost["outcome"] == "public_policy_cost") & (cost["measure"] == EFFECT)].set_index("point")["mean"]
    revenue = lcr.assumption_values()["bus_fare_revenue"]
    # Fares forgone are the whole of the difference: from no cut to free buses, £m a month.
    assert cost[2] - cost[0] == pytest.approx(revenue / 12.0, rel=0.01)
    assert set(tables["outcomes"]["arm"]) == {WITH, WITHOUT}
    assert study.sentences(tables)
    for draw in study.drawings(tables).values():
        assert "transport.fare_cut" in draw().svg
    assert discover(tables["points"], tables["responses"], "employment_rate")["summary"]["cases"].item() == 4


@pytest.mark.slow
def test_a_screening_of_the_model(lcr: Region) -> None:
    plain = BASE.with_(policies=())
    names = ["separation_base_rate", "applications_per_month", "station_cost"]
    study = SensitivityStudy(plain, parse(plain, names), MORRIS, ("separations", "jobs"), (1, 2), 3)
    findings = conduct(study, Execution(workers=0))
    found = findings.tables["indices"].set_index(["outcome", "assumption"])
    # Separations rise with their own rate, and no station is built that could cost anything.
    assert found.loc[("separations", "separation_base_rate"), "rank"] == 1
    assert found.loc[("separations", "separation_base_rate"), "mu"] > 0.0
    assert found.loc[("separations", "station_cost"), "mu_star"] == 0.0
    assert np.isfinite(findings.tables["noise"]["noise_share"]).all()
    assert SensitivityStudy.from_record("manifest.json", findings.manifest["design"]) == study


@pytest.mark.slow
def test_defaults_to_vary_are_those_that_the_model_reads(lcr: Region) -> None:
    from experiments.records import run_scenario

    used = used_assumptions(lcr, run_scenario(BASE.with_(months=1)).assumptions)
    assert len(used) >= 12
    assert "separation_base_rate" in used

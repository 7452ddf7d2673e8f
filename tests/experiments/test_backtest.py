"""The back-test: scores by hand, the pack's official figures, and a small run from end to end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import experiments
from experiments import Execution, backtest_study
from experiments.backtest_model import HOURLY, over_seeds, year_of_run
from experiments.backtest_scores import (
    BETTER,
    EMPLOYMENT,
    EVEN,
    INACTIVITY,
    MODEL,
    NAIVE,
    NO_CHANGE,
    OPENING,
    PAY,
    QUANTITIES,
    REGION,
    TREND,
    WORSE,
    YEARS,
    contests,
    errors,
    in_opening_prices,
    naive_forecasts,
    regional,
    scores,
    trend,
)
from experiments.backtest_study import BacktestStudy, scored
from experiments.cli import main
from experiments.errors import InputError
from policies import Transport
from simulation import Scenario
from simulation.region import Region
from tests.experiments.fake_runs import FakeRuns

PRICES = {2018: 100.0, 2019: 102.0, 2021: 101.0, 2022: 202.0}


def history(**changes: float) -> pd.DataFrame:
    """Two authorities; prices double in 2022. Changes are by "Place_year_quantity"."""
    values: dict[tuple[str, int, str], float] = {}
    for name, rate in (("North", 0.60), ("South", 0.70)):
        for year in PRICES:
            values[name, year, EMPLOYMENT] = rate + 0.01 * (year - 2018)
            values[name, year, INACTIVITY] = 0.30
            values[name, year, PAY] = 400.0 * PRICES[year] / 101.0
            values[name, year, "employees"] = 1000.0 if name == "North" else 3000.0
    for year in PRICES:
        values[REGION, year, EMPLOYMENT] = 0.65 + 0.01 * (year - 2018)
        values[REGION, year, INACTIVITY] = 0.30 - 0.002 * (year - 2018)
        values["national", year, "consumer_prices"] = PRICES[year]
    values[REGION, 2016, EMPLOYMENT] = 0.61
    for key, value in changes.items():
        name, year_text, quantity = key.split("_", 2)
        values[name, int(year_text), quantity] = value
    rows = [(name, year, quantity, value) for (name, year, quantity), value in values.items()]
    table = pd.DataFrame(rows, columns=["authority", "year", "quantity", "value"])
    return table.assign(low=table["value"] * 0.95, high=table["value"] * 1.05)


# Scores by hand -----------------------------------------------------------------------------------------


def test_pay_is_put_into_the_prices_of_the_opening_state() -> None:
    real = in_opening_prices(history()).set_index(["authority", "year", "quantity"])
    # Pay that keeps pace with prices is the same in each year; its limits are deflated with it.
    for year in PRICES:
        assert real.loc[("North", year, PAY), "value"] == pytest.approx(400.0)
        assert real.loc[("North", year, PAY), "high"] == pytest.approx(420.0)
    assert real.loc[("North", 2022, EMPLOYMENT), "value"] == pytest.approx(0.64)
    assert "consumer_prices" not in real.index.get_level_values("quantity")
    table = history()
    with pytest.raises(KeyError, match="prices of"):
        in_opening_prices(table[~((table["quantity"] == "consumer_prices") & (table["year"] == 2022))])


def test_the_trend_is_that_before_the_forecast_or_else_of_the_two_opening_years() -> None:
    real = in_opening_prices(history(North_2019_median_weekly_pay=440.0 * 102.0 / 101.0))
    assert trend(real, EMPLOYMENT) == (pytest.approx(0.02), (2016, 2018))
    assert trend(real, INACTIVITY) == (pytest.approx(-0.002), (2018, 2019))
    # Weighted by employees: (440 + 3 * 400) / 4 = 410 over 400.
    assert regional(real, PAY)[2019] == pytest.approx(410.0)
    assert trend(real, PAY) == (pytest.approx(1.025), (2018, 2019))


def test_naive_forecasts_by_hand() -> None:
    real = in_opening_prices(history(North_2019_median_weekly_pay=440.0 * 102.0 / 101.0))
    found = naive_forecasts(real, ("North", "South"))
    assert len(found) == 2 * len(QUANTITIES) * len(YEARS) * len(NAIVE)
    said = found.set_index(["authority", "quantity", "year", "forecaster"])["forecast"]
    assert said["North", EMPLOYMENT, 2022, NO_CHANGE] == pytest.approx(0.60)
    assert said["North", EMPLOYMENT, 2022, TREND] == pytest.approx(0.60 + 4 * 0.02)
    assert said["North", EMPLOYMENT, 2022, OPENING] == pytest.approx(0.605)
    assert said["South", PAY, 2021, NO_CHANGE] == pytest.approx(400.0)
    assert said["South", PAY, 2021, TREND] == pytest.approx(400.0 * 1.025**3)
    assert said["North", PAY, 2021, OPENING] == pytest.approx(420.0)


def said(model: dict[str, float], naive: float) -> pd.DataFrame:
    """Forecasts of employment in 2021 and 2022 and of all else, by authority for the model."""
    rows = [
        (name, quantity, year, who, 0.65 + (model[name] if who == MODEL else naive))
        for name in model
        for quantity in QUANTITIES
        for year in YEARS
        for who in (MODEL, *NAIVE)
    ]
    return pd.DataFrame(rows, columns=["authority", "quantity", "year", "forecaster", "forecast"])


def flat(names: tuple[str, ...]) -> pd.DataFrame:
    rows = [(name, year, quantity, 0.65, 0.63, 0.67) for name in names for quantity in QUANTITIES for year in YEARS]
    return pd.DataFrame(rows, columns=["authority", "year", "quantity", "value", "low", "high"])


def test_errors_and_mean_absolute_errors_by_hand() -> None:
    table = errors(said({"North": 0.01, "South": -0.03}, 0.015), flat(("North", "South")))
    mine = table[(table["quantity"] == EMPLOYMENT) & (table["forecaster"] == MODEL) & (table["year"] == 2021)]
    assert mine["error"].tolist() == pytest.approx([0.01, -0.03])
    assert mine["within"].tolist() == [True, False]
    rows = scores(table).set_index(["quantity", "years", "forecaster"])
    row = rows.loc[(EMPLOYMENT, "2021 and 2022", MODEL)]
    assert row["mean_absolute_error"] == pytest.approx(0.02)
    assert row["mean_error"] == pytest.approx(-0.01)
    assert row["within"] == pytest.approx(0.5)
    assert (row["cases"], bool(row["nearest"])) == (4, False)
    assert bool(rows.loc[(EMPLOYMENT, "2021 and 2022", NO_CHANGE), "nearest"])


@pytest.mark.parametrize(
    ("model", "naive", "verdict"),
    [
        ({"A": 0.010, "B": -0.011, "C": 0.012}, 0.05, BETTER),
        ({"A": 0.050, "B": -0.051, "C": 0.052}, 0.01, WORSE),
        ({"A": 0.001, "B": -0.030, "C": 0.015}, 0.02, EVEN),
    ],
)
def test_a_contest_is_paired_by_authority(model: dict[str, float], naive: float, verdict: str) -> None:
    rows = contests(errors(said(model, naive), flat(tuple(model))))
    row = rows[(rows["quantity"] == PAY) & (rows["years"] == "2021 and 2022") & (rows["rival"] == TREND)].iloc[0]
    gaps = np.array([abs(value) - naive for value in model.values()])
    assert row["difference"] == pytest.approx(gaps.mean())
    assert row["high"] - row["difference"] == pytest.approx(4.302653 * gaps.std(ddof=1) / np.sqrt(3), rel=1e-5)
    assert (row["verdict"], row["authorities"]) == (verdict, 3)


# The model's forecasts ----------------------------------------------------------------------------------


def breakdowns(year: int, hourly: float, rate: float) -> pd.DataFrame:
    rows = []
    for k, month in enumerate(("03", "06", "09", "12")):
        for name in ("North", "South"):
            rows.append((f"{year}-{month}", "authority", name, EMPLOYMENT, rate + 0.01 * k))
            rows.append((f"{year}-{month}", "authority", name, INACTIVITY, 0.25))
            rows.append((f"{year}-{month}", "authority", name, HOURLY, hourly + k))
    rows.append((f"{year}-12", "sex", "male", EMPLOYMENT, 9.0))
    rows.append((f"{year - 1}-12", "authority", "North", EMPLOYMENT, 9.0))
    return pd.DataFrame(rows, columns=["month", "dimension", "group", "outcome", "value"])


def test_rates_are_means_of_quarters_and_pay_grows_from_the_opening_to_march() -> None:
    opening = {"North": (400.0, 10.0), "South": (500.0, 20.0)}
    found = year_of_run(breakdowns(2021, 11.0, 0.6), 2021, opening).set_index(["authority", "quantity"])["value"]
    assert found["North", EMPLOYMENT] == pytest.approx(0.615)
    assert found["North", PAY] == pytest.approx(440.0)
    assert found["South", PAY] == pytest.approx(275.0)


def test_seeds_give_a_mean_and_its_interval() -> None:
    table = pd.DataFrame(
        [("North", PAY, 2021, seed, value) for seed, value in ((1, 400.0), (2, 410.0), (3, 420.0))],
        columns=["authority", "quantity", "year", "seed", "value"],
    )
    row = over_seeds(table).iloc[0]
    assert (row["forecast"], row["seeds"]) == (pytest.approx(410.0), 3)
    assert row["forecast_high"] - row["forecast"] == pytest.approx(4.302653 * 10.0 / np.sqrt(3), rel=1e-5)


# The study ----------------------------------------------------------------------------------------------


def test_runs_start_at_the_end_of_2018_without_policies() -> None:
    made = BacktestStudy(Scenario(scale=1000, policies=(Transport(),)), (1, 2))
    runs = made.scenarios()
    assert {run.start for run in runs} == {"2019-01"}
    assert sorted({run.months for run in runs}) == [12, 36, 48]
    assert [run.calendar(run.months - 1) for run in runs[::2]] == ["2019-12", "2021-12", "2022-12"]
    assert all(run.policies == () and run.shocks == () for run in runs)
    assert BacktestStudy.from_record("manifest.json", json.loads(json.dumps(made.record()))) == made


def test_sentences_tell_losses_and_what_cannot_be_known(monkeypatch: pytest.MonkeyPatch, lcr: Region) -> None:
    names = lcr.authority_names

    class Runs(FakeRuns):
        def result(self, scenario: Scenario) -> Any:
            year = int(scenario.calendar(scenario.months - 1)[:4])
            parts = [breakdowns(year, 11.0, 0.5).query("group == 'North'").assign(group=name) for name in names]
            return SimpleNamespace(breakdowns=pd.concat(parts, ignore_index=True))

    monkeypatch.setattr(backtest_study, "opening_pay", lambda _: dict.fromkeys(names, (440.0, 10.0)))
    made = BacktestStudy(Scenario(scale=1000), (1, 2))
    tables = made.analyse(Runs(lambda _: {}))
    lines = made.sentences(tables)
    assert "mean of 2018 and 2019" in lines[0]
    assert lines[1].endswith(
        "it loses for the employment rate; there is no telling for the inactivity rate and median weekly pay."
    )
    employment = lines[2]
    assert employment.startswith("The employment rate, mean absolute error over 2021 and 2022, nearest first: ")
    assert "The model loses to no change from 2018, the region's trend of 2016 to 2018 and the mean" in employment
    assert any("too low in 12 of 12 cases" in line for line in lines)
    assert "pandemic" in lines[-1]
    assert "prices rose 15% from 2018 to 2022" in lines[-1]
    svg = made.drawings(tables)["beside"]().svg
    assert svg == made.drawings(tables)["beside"]().svg
    for text in ("Knowsley", "2022", "Inactivity rate"):
        assert text in svg


def test_official_figures_are_whole_and_agree_with_the_opening_state(lcr: Region) -> None:
    table = lcr.table("history")
    assert table["source"].str.len().min() > 10
    values = table.set_index(["authority", "year", "quantity"])["value"]
    for name in lcr.authority_names:
        for year in (2018, *YEARS):
            for quantity in (*QUANTITIES, "employees"):
                assert values[name, year, quantity] > 0.0
        row = lcr.labour_market.set_index("authority").loc[name]
        opening = (values[name, 2018, EMPLOYMENT] + values[name, 2019, EMPLOYMENT]) / 2.0
        assert float(row["employed"] / row["pop16_64"]) == pytest.approx(opening, abs=0.004)
        pay = (values[name, 2018, PAY] + values[name, 2019, PAY]) / 2.0
        assert float(lcr.pay.set_index("authority").loc[name, "median_weekly_pounds"]) == pytest.approx(pay, abs=0.01)
    known = table.dropna(subset=["low", "high"])
    assert (known["low"] < known["value"]).all()
    assert (known["value"] < known["high"]).all()


def test_a_pack_without_official_figures_is_refused_in_one_line(
    tmp_path: Path, lcr: Region, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(lcr.path, pack)
    (pack / "history.csv").unlink()
    assert main(["backtest", "--region", str(pack), "--out", str(tmp_path / "out")]) == 2
    assert f"region: {pack} has no history.csv" in capsys.readouterr().err


def test_a_table_that_lacks_figures_is_refused_in_one_line() -> None:
    model = pd.DataFrame([("North", PAY, 2021, MODEL, 400.0)], columns=["authority", "quantity", "year", "forecaster",
                         "forecast"])  # fmt: skip
    table = history()
    with pytest.raises(InputError, match=r"^history\.csv: lacks"):
        scored(model, table[table["year"] != 2018], ("North", "South"))


@pytest.mark.slow
def test_the_command_writes_a_folder_that_comes_out_the_same_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "backtest"
    assert main(["backtest", "--scale", "1000", "--seeds", "2", "--workers", "0", "--out", str(out), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert set(record["tables"]) == {"scores", "contests", "errors", "forecasts", "trends"}
    rows = pd.DataFrame(record["tables"]["errors"])
    assert len(rows) == 6 * len(QUANTITIES) * len(YEARS) * (1 + len(NAIVE))
    mine = rows[rows["forecaster"] == MODEL].groupby("quantity")["forecast"].agg(["min", "max"])
    # Whatever the luck of so small a sample, forecasts are of this world.
    assert 0.5 < mine.loc[EMPLOYMENT, "min"] < mine.loc[EMPLOYMENT, "max"] < 0.9
    assert 0.1 < mine.loc[INACTIVITY, "min"] < mine.loc[INACTIVITY, "max"] < 0.4
    assert 300.0 < mine.loc[PAY, "min"] < mine.loc[PAY, "max"] < 650.0
    assert {item.name for item in out.iterdir()} >= {"report.html", "manifest.json", "errors.csv", "scores.csv"}
    assert main(["reproduce", str(out), "--workers", "0"]) == 0
    found = experiments.backtest(scale=1000, seeds=2, execution=Execution(workers=0))
    assert found.sentences == record["sentences"]

"""Shocks: what the model does when exports fall or a large employer closes, and that nothing is exactly nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from agents.organisation_fields import Kind, Ownership
from agents.person_fields import Status
from policies import load_scenario
from simulation.economy import Economy
from simulation.scenario import Scenario, ScenarioError
from simulation.shocks import ClosureShock, DemandShock, by_staff, export_factor, struck_employers
from simulation.spending import export_demand

Factory = Callable[..., Economy]
Contradictions = Callable[[Economy], list[str]]
START = "2020-07"


def demand(size: float, months: int = 6, start: str = START) -> DemandShock:
    return DemandShock(start=start, months=months, size=size)


# Input ------------------------------------------------------------------------------------------------


def test_a_file_may_have_shocks(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[shocks]]\ntype = "demand"\nstart = "2021-04"\nmonths = 12\nsize = -0.10\n'
        '[[shocks]]\ntype = "closure"\nstart = "2021-04"\nrank = 2\n'
    )
    assert load_scenario(path).shocks == (
        DemandShock(start="2021-04", months=12, size=-0.1),
        ClosureShock(start="2021-04", rank=2),
    )
    assert Scenario().shocks == ()


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ('type = "magic"\nstart = "2021-04"', "shocks[0].type", "'magic' is not a shock; allowed: demand, closure"),
        ('start = "2021-04"', "shocks[0].type", "None is not a shock; allowed: demand, closure"),
        ('type = "demand"\nstart = "2021-04"', "shocks[0].size", "Field required"),
        ('type = "demand"\nstart = "2021-04"\nsize = -1.5', "shocks[0].size", "greater than or equal to -1"),
        ('type = "demand"\nstart = "2021-04"\nsize = nan', "shocks[0].size", "finite number"),
        (
            'type = "demand"\nstart = "2021-04"\nsize = 0.1\nmonths = 0',
            "shocks[0].months",
            "greater than or equal to 1",
        ),
        ('type = "demand"\nstart = "2021-13"\nsize = 0.1', "shocks[0].start", 'a month such as "2020-04"'),
        ('type = "demand"\nstart = "2020-03"\nsize = 0.1', "shocks[0].start", "allowed is from 2020-04 on"),
        ('type = "closure"\nstart = "2021-04"\nrank = 0', "shocks[0].rank", "greater than or equal to 1"),
        ('type = "closure"\nstart = "2021-04"\nrank = 1.5', "shocks[0].rank", "valid integer"),
        ('type = "closure"\nstart = "2021-04"\nsize = 1', "shocks[0].size", "unknown key; allowed: type, start, rank"),
    ],
)
def test_bad_shocks_get_one_line_with_file_key_and_what_is_allowed(
    tmp_path: Path, text: str, key: str, allowed: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"[[shocks]]\n{text}\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: {key}: ")
    assert allowed in message
    assert "\n" not in message


@pytest.mark.parametrize("shocks", [3, [3], {"type": "demand"}])
def test_shocks_are_a_list_of_tables(shocks: Any) -> None:
    with pytest.raises(ValidationError, match=r"allowed is a (list of )?\[\[shocks\]\] table"):
        Scenario(shocks=shocks)


# Demand -----------------------------------------------------------------------------------------------


def test_exports_are_multiplied_while_a_shock_lasts_and_shocks_multiply(make_economy: Factory) -> None:
    economy = make_economy(shocks=(demand(-0.25, months=3), demand(0.5, months=1, start="2020-08")))
    seen = []
    for month in range(8):
        economy.month = month
        seen.append(export_factor(economy))
    assert seen == [1.0, 1.0, 1.0, 0.75, 0.75 * 1.5, 0.75, 1.0, 1.0]
    economy.month = 0
    plain = export_demand(economy)
    economy.month = 3
    np.testing.assert_allclose(export_demand(economy), 0.75 * plain, rtol=1e-12)


def test_a_shock_of_size_zero_changes_not_one_bit(make_economy: Factory) -> None:
    nothing = make_economy(months=8, shocks=(demand(0.0),)).run()
    assert nothing.digest() == make_economy(months=8).run().digest()


def test_nothing_moves_before_the_shock(make_economy: Factory) -> None:
    shocked = make_economy(months=3, shocks=(demand(-0.5), ClosureShock(start=START))).run()
    assert shocked.digest() == make_economy(months=3).run().digest()


#: Points of unemployment for each percent of output lost: 0.4 to 0.5 in the UK (ONS 2011), within a factor of two as
#: for other flows; the loss of output is that of the last quarter of the shock.
OKUN = (0.2, 1.0)
#: Months after the end of a shock until half of the jobs are back. After 2008 UK employment took some four years to
#: regain its level, but from a shock that lingered; one that ends by itself should be quicker. Assumed.
HALF_WITHIN = (2, 24)
#: Value added lost per pound of exports lost, at its greatest in the year of the shock. One pound of exports holds 40
#: to 60 pence of value added here and a composite regional multiplier is 1.3 to 1.7; firms keep staff for a while.
#: All assumed.
LOSS_PER_POUND = (0.25, 1.3)


@pytest.fixture(scope="module")
def downturn(make_economy: Factory) -> dict[float, Any]:
    """Paths of three seeds by size of a year's fall of exports, from month 3, over three years."""
    runs = {}
    for size in (0.0, -0.1, -0.3):
        parts = []
        for seed in (7, 8, 9):
            economy = make_economy(scale=500, seed=seed, months=40, shocks=(demand(size, months=12),)).run()
            assert economy.ledger.closures[-1].month == 39
            parts.append(economy.indicators)
        runs[size] = sum(parts) / len(parts)
    return runs


@pytest.mark.slow
def test_the_economy_bends_as_expected_and_further_for_more(downturn: dict[float, Any]) -> None:
    effect = {size: downturn[size] - downturn[0.0] for size in (-0.1, -0.3)}
    year = {size: path.iloc[3:15].mean() for size, path in effect.items()}
    for size in (-0.1, -0.3):
        assert year[size]["gva"] < 0.0
        assert year[size]["jobs"] < 0.0
        assert year[size]["fiscal_balance"] < 0.0
    assert year[-0.3]["unemployment_rate"] > 0.002
    for outcome in ("gva", "jobs", "fiscal_balance"):
        assert year[-0.3][outcome] < 1.5 * year[-0.1][outcome]


@pytest.mark.slow
def test_unemployment_rises_with_the_loss_of_output_as_published(downturn: dict[float, Any]) -> None:
    effect, level = downturn[-0.3] - downturn[0.0], downturn[0.0]["gva"]
    quarter = slice(12, 15)
    lost = -100.0 * effect["gva"].iloc[quarter].mean() / level.iloc[quarter].mean()
    points = 100.0 * effect["unemployment_rate"].iloc[quarter].mean()
    lowest, highest = OKUN
    assert lowest < points / lost < highest


@pytest.mark.slow
def test_jobs_recover_at_a_plausible_speed(downturn: dict[float, Any]) -> None:
    effect = (downturn[-0.3] - downturn[0.0])["jobs"].rolling(3).mean()
    # The shock is over with month 14.
    deepest = effect.iloc[3:18].min()
    back = np.flatnonzero(effect.iloc[15:].to_numpy() > 0.5 * deepest)
    soonest, latest = HALF_WITHIN
    assert soonest <= back[0] + 1 <= latest


@pytest.mark.slow
def test_output_falls_by_no_more_than_the_exports_and_what_hangs_on_them(make_economy: Factory) -> None:
    plain = make_economy(scale=500, months=9)
    shocked = make_economy(scale=500, months=9, shocks=(demand(-0.3),))
    exports = []
    for _ in range(9):
        plain.step()
        shocked.step()
        exports.append(float(export_demand(plain).sum() - export_demand(shocked).sum()) * 500 * 12 / 1e6)
    lost = -(shocked.indicators - plain.indicators)["gva"].iloc[3:9].mean()
    lowest, highest = LOSS_PER_POUND
    assert lowest * np.mean(exports[3:8]) < lost < highest * np.mean(exports[3:8])


# Closure ----------------------------------------------------------------------------------------------


def test_employers_stand_in_line_by_staff_and_uid(make_economy: Factory) -> None:
    economy = make_economy(scale=100, months=2)
    orgs = economy.organisations
    line = by_staff(economy)
    assert (orgs.kind[line] == Kind.FIRM).all()
    assert not (orgs.ownership[line] == Ownership.SOCIAL).any()
    alone = line[orgs.weight[line] < 1.5]
    np.testing.assert_array_equal(line[: alone.size], alone)
    staff = orgs.headcount[alone] + orgs.outside_workers[alone]
    assert (np.diff(staff) <= 0).all()
    ties = np.diff(staff) == 0
    assert ties.any()
    assert (orgs.uid[alone][1:][ties] > orgs.uid[alone][:-1][ties]).all()
    # The largest private employers of the region have one to two thousand staff in Business Counts' terms.
    assert 1000 <= staff[0] * 100 <= 5000


def closed(economy: Economy, plain: Economy) -> int:
    """Row, in the other economy, of the one employer that only this one lacks."""
    orgs, others = economy.organisations, plain.organisations
    (row,) = np.flatnonzero(others.alive & ~np.isin(others.uid, orgs.uid[orgs.alive]))
    return int(row)


def test_the_employer_closes_with_all_its_staff_and_the_ledger_closes(
    make_economy: Factory, contradictions: Contradictions
) -> None:
    fields: dict[str, Any] = {"scale": 100, "months": 5}
    plain = make_economy(**fields).run(3)
    row = by_staff(plain)[0]
    staff = int(plain.organisations.headcount[row] + plain.organisations.outside_workers[row])
    assert 10 <= staff <= 50
    plain.step()
    economy = make_economy(**fields, shocks=(ClosureShock(start=START),)).run(4)
    assert closed(economy, plain) == row
    effect = (economy.indicators - plain.indicators).iloc[3]
    # Until the shock both runs are one, so that the first difference is what the closure did in a month.
    assert effect["businesses"] == pytest.approx(-1.0)
    assert effect["business_deaths"] == pytest.approx(1.0)
    assert -1.2 < effect["jobs"] / (100.0 * staff) < -0.4, "most find no other work at once"
    assert 0.0 < effect["unemployment_rate"] < 0.005
    assert effect["gva"] < 0.0, "nobody works there any more"
    assert not contradictions(economy)
    economy.step()
    assert all(gap == 0 for closure in economy.ledger.closures for gap in closure.discrepancy.values())


def test_staff_of_a_closed_employer_seek_work(make_economy: Factory) -> None:
    fields: dict[str, Any] = {"scale": 100, "months": 4}
    economy = make_economy(**fields).run(3)
    row = by_staff(economy)[1]
    people = economy.persons.uid[economy.persons.employer == row]
    assert people.size >= 5
    economy = make_economy(**fields, shocks=(ClosureShock(start=START, rank=2),)).run(4)
    persons = economy.persons
    mine = np.flatnonzero(np.isin(persons.uid, people) & persons.alive)
    assert not (persons.employer[mine] == row).any()
    seeking, elsewhere = persons.status[mine] == Status.UNEMPLOYED, persons.employer[mine] >= 0
    # They are told before the market meets, so that some start elsewhere in the same month.
    assert seeking.mean() > 0.5
    assert (seeking | elsewhere).mean() > 0.8


def test_two_closures_of_one_month_take_two_employers(make_economy: Factory) -> None:
    shocks = tuple(ClosureShock(start="2020-04", rank=rank) for rank in (1, 2, 2))
    economy = make_economy(shocks=shocks)
    assert struck_employers(economy).tolist() == sorted(by_staff(economy)[:2].tolist())
    economy.month = 1
    assert struck_employers(economy).size == 0

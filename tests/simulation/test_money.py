"""Production, pay, spending and profit: who earns what, where it is spent, and where the surplus goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.household import adult_equivalents
from agents.household_fields import Tenure
from agents.organisation_fields import Kind, Ownership
from agents.person_fields import Status
from simulation import benefits, budget, earnings, household_spending, ownership, production, spending
from simulation.accounts import Flow, Sector
from simulation.economy import Economy
from simulation.entitlements import ABLE, entitlements
from simulation.pence import to_pence
from simulation.tax_benefit import Rule, employee_ni, income_tax

Factory = Callable[..., Economy]
EARNED = (Flow.WAGES, Flow.OUTSIDE_WAGES, Flow.DRAWINGS)
BENEFITS = (
    Flow.UNIVERSAL_CREDIT, Flow.STATE_PENSION, Flow.CHILD_BENEFIT, Flow.DISABILITY_BENEFIT, Flow.STUDENT_SUPPORT,
    Flow.PENSION_INCOME,
)  # fmt: skip
HOME = Sector.HOUSEHOLDS


# Pay ----------------------------------------------------------------------------------------------------


def test_income_is_pay_benefits_and_dividends_less_tax(opening: Economy) -> None:
    """To the penny, over all households, in the last month before month 0."""
    ledger = opening.ledger
    income = ledger.received(Flow.DIVIDENDS, month=-2, sector=HOME)
    income += sum(ledger.received(flow, month=-1, sector=HOME) for flow in (*EARNED, *BENEFITS))
    deducted = (Flow.INCOME_TAX, Flow.EMPLOYEE_NI, Flow.COUNCIL_TAX)
    income -= sum(ledger.paid(flow, month=-1, sector=HOME) for flow in deducted)
    assert opening.households.income.sum() == income


def test_gross_and_net_pay_agree_with_the_ledger(opening: Economy) -> None:
    persons, ledger = opening.persons, opening.ledger
    assert persons.gross_pay.sum() == sum(ledger.received(flow, month=-1, sector=HOME) for flow in EARNED)
    taken = sum(ledger.paid(flow, month=-1, sector=HOME) for flow in (Flow.INCOME_TAX, Flow.EMPLOYEE_NI))
    assert persons.net_pay.sum() == persons.gross_pay.sum() - taken
    assert (persons.net_pay <= persons.gross_pay).all()
    assert (persons.gross_pay[persons.employer < 0] == 0).all()
    staff = np.flatnonzero(persons.status == Status.EMPLOYEE)
    monthly = persons.wage[staff] * persons.hours[staff].astype(float) * 52 / 12
    assert persons.gross_pay[staff] == pytest.approx(monthly, abs=0.51)


def test_employers_bear_wages_and_national_insurance(opening: Economy) -> None:
    orgs, ledger = opening.organisations, opening.ledger
    inside = [sector for sector in Sector if sector not in (Sector.HOUSEHOLDS, Sector.GOVERNMENT, Sector.REST_OF_WORLD)]
    bill = sum(
        ledger.paid(flow, month=-1, sector=sector)
        for flow in (Flow.WAGES, Flow.INCOMMUTER_WAGES, Flow.EMPLOYER_NI)
        for sector in inside
    )
    assert orgs.wage_bill.sum() == bill
    assert (orgs.wage_bill[orgs.kind == Kind.OUTSIDE] == 0).all()


def test_benefits_go_to_those_they_are_for(opening: Economy) -> None:
    persons, ledger, rules = opening.persons, opening.ledger, opening.rules
    weeks = 52 / 12
    pensioners = int((persons.status == Status.PENSIONER).sum())
    assert ledger.paid(Flow.STATE_PENSION, month=-1) == pytest.approx(
        pensioners * rules[Rule.STATE_PENSION] * weeks * 100, abs=pensioners
    )
    children = persons.status == Status.CHILD
    first = np.unique(persons.household[children]).size
    weekly = first * rules[Rule.CHILD_BENEFIT_FIRST] + (children.sum() - first) * rules[Rule.CHILD_BENEFIT_NEXT]
    assert ledger.paid(Flow.CHILD_BENEFIT, month=-1) == pytest.approx(weekly * weeks * 100, abs=int(children.sum()))
    assert ledger.paid(Flow.UNIVERSAL_CREDIT, month=-1) > 0
    claims = opening.on_credit[opening.households.rows()]
    assert 0.05 < claims.mean() < 0.6
    decile = opening.region.neighbourhood_decile[opening.households.neighbourhood[opening.households.rows()]]
    assert claims[decile <= 2].mean() > claims[decile >= 5].mean()


def test_a_household_counts_one_then_halves_and_thirds(opening: Economy) -> None:
    persons, homes = opening.persons, opening.households
    older = np.bincount(persons.household[persons.alive & (persons.age_months >= 168)], minlength=homes.n_rows)
    younger = np.bincount(persons.household[persons.alive & (persons.age_months < 168)], minlength=homes.n_rows)
    expected = 1.0 + 0.5 * (older - 1) + 0.3 * younger
    found = [adult_equivalents(homes.people[row], homes.under_14[row]) for row in homes.rows()]
    assert found == pytest.approx(expected[homes.alive])


def test_benefits_are_those_of_each_person_and_the_first_child_brings_more(economy: Economy) -> None:
    """The pass over persons and that over homes against a plain form of both; nobody claims credit."""
    persons, rules = economy.persons, economy.rules
    rules[Rule.UC_TAKE_UP] = 0.0
    budget.keep_units(economy)
    change = np.zeros(economy.households.n_rows, np.int64)
    traits = entitlements(economy)
    totals = benefits.support_persons(economy, traits, change)
    child_benefit, credit = benefits.support_homes(economy, traits, change)
    weeks = 52 / 12
    alive = np.flatnonzero(persons.alive)
    expected = np.zeros(economy.households.n_rows, np.int64)
    kinds = dict.fromkeys(("state", "private", "disabled", "student", "child"), 0)
    may = np.zeros(persons.n_rows, dtype=bool)
    parents: set[int] = set()
    take_up = economy.draws.uniform(benefits.DISABILITY, 0, persons.uid) < rules[Rule.DISABILITY_TAKE_UP]
    luck = economy.draws.exponential(benefits.PENSION, 0, persons.uid)
    for row in alive.tolist():
        home, status, age = int(persons.household[row]), int(persons.status[row]), int(persons.age_months[row])
        paid = dict.fromkeys(kinds, 0.0)
        if status == Status.PENSIONER:
            paid["state"] = rules[Rule.STATE_PENSION] * weeks
        if status in (Status.PENSIONER, Status.RETIRED):
            paid["private"] = rules[Rule.PRIVATE_PENSION] * luck[row]
        if status == Status.CHILD:
            first = home not in parents
            paid["child"] = rules[Rule.CHILD_BENEFIT_FIRST if first else Rule.CHILD_BENEFIT_NEXT] * weeks
            parents.add(home)
        elif persons.disability[row] and take_up[row]:
            paid["disabled"] = rules[Rule.DISABILITY_BENEFIT] * weeks
        if persons.study_months[row] > 0 and age >= 216:
            paid["student"] = rules[Rule.STUDENT_SUPPORT]
        for kind, pounds in paid.items():
            kinds[kind] += int(to_pence(pounds))
            expected[home] += int(to_pence(pounds))
        if 216 <= age < 780 and persons.study_months[row] == 0:
            may[row] = True
    assert [*totals[:4].tolist(), child_benefit] == list(kinds.values())
    assert totals[4] == credit == 0
    assert (change == expected).all()
    assert ((traits[alive] & ABLE > 0) == may[alive]).all()


def test_take_home_pay_is_the_wage_less_tax_person_by_person(economy: Economy) -> None:
    persons, orgs, homes = economy.persons, economy.organisations, economy.households
    change = np.zeros(homes.n_rows, np.int64)
    received, _ = earnings.pay_for_work(economy, change)
    staff = np.flatnonzero(persons.status == Status.EMPLOYEE)
    gross = earnings.monthly_earnings(economy, staff)
    assert (persons.gross_pay[staff] == gross).all()
    tax = [income_tax(pence / 100.0 * 12.0, economy.rules) / 12.0 for pence in gross.tolist()]
    ni = [employee_ni(pence / 100.0 * 12.0, economy.rules, False) / 12.0 for pence in gross.tolist()]
    assert (persons.net_pay[staff] == gross - to_pence(tax) - to_pence(ni)).all()
    mine = np.zeros(homes.n_rows, np.int64)
    np.add.at(mine, persons.household[persons.alive], persons.net_pay[persons.alive])
    assert (change == mine).all()
    inside = orgs.kind[persons.employer[staff]] != Kind.OUTSIDE
    wages = {flow: np.sum(pence) for flow, _, pence in received}
    assert wages[Flow.WAGES] == gross[inside].sum()
    assert wages[Flow.OUTSIDE_WAGES] == gross[~inside].sum()


def test_council_tax_is_reduced_for_those_on_credit_and_not_asked_of_students(opening: Economy) -> None:
    homes, rules = opening.households, opening.rules
    rows = homes.rows()
    full = rules[Rule.COUNCIL_TAX]
    bill = np.where(opening.on_credit[rows], full * (1 - rules[Rule.COUNCIL_TAX_REDUCTION]), full)
    bill[homes.student[rows] > 0] = 0.0
    paid = opening.ledger.paid(Flow.COUNCIL_TAX, month=-1)
    assert paid <= bill.sum() * 100 + rows.size
    assert paid >= 0.9 * bill.sum() * 100, "few have nothing to pay it from"
    assert opening.ledger.received(Flow.COUNCIL_TAX, month=-1, sector=Sector.ANCHORS) == paid


def test_anchors_are_funded_for_what_they_are_to_spend(two_years: Economy) -> None:
    orgs = two_years.organisations
    rows = [anchor.row for anchor in two_years.anchors]
    budgets = np.array([anchor.monthly_budget(two_years.scale, two_years.growth).sum() for anchor in two_years.anchors])
    outlay = budgets + orgs.wage_bill[rows] / 100.0
    assert (orgs.cash[rows] / 100.0 >= -0.01 * outlay.sum()).all()
    assert two_years.ledger.paid(Flow.GRANT) > 0


# Spending -----------------------------------------------------------------------------------------------


def test_households_spend_what_they_chose_and_have(economy: Economy) -> None:
    homes, ledger = economy.households, economy.ledger
    production.produce_and_pay(economy)
    spending.spend(economy)
    ledger.close_month()
    rows = homes.rows()
    assert (homes.cash[rows] >= 0).all()
    spent = ledger.paid(Flow.CONSUMPTION) + ledger.paid(Flow.ONLINE_CONSUMPTION)
    assert homes.spending.sum() == spent > 0
    local = ledger.paid(Flow.CONSUMPTION) / spent
    assert 0.2 < local < 0.95
    assert local <= (economy.structure.household_shares * economy.local_factor).sum() + 1e-9
    rate = economy.rules[Rule.VAT_RATE]
    assert ledger.paid(Flow.VAT) == pytest.approx(rate * ledger.paid(Flow.CONSUMPTION), rel=1e-3)


def test_the_better_off_spend_more(opening: Economy) -> None:
    homes = opening.households
    rows = homes.rows()
    rows = rows[np.argsort(homes.expected_income[rows], kind="stable")]
    poor, rich = rows[: rows.size // 5], rows[-rows.size // 5 :]
    assert homes.spending[rich].mean() > 1.5 * homes.spending[poor].mean()


def test_rents_go_to_landlords_and_interest_out_of_the_region(economy: Economy) -> None:
    homes, ledger = economy.households, economy.ledger
    homes.cash[:] = np.maximum(homes.cash, 10**6)
    outlays = household_spending.Outlays(economy)
    household_spending.pay_rents(economy, outlays)
    outlays.post(economy)
    due = homes.housing_cost
    social, private = due[homes.tenure == Tenure.SOCIAL_RENT].sum(), due[homes.tenure == Tenure.PRIVATE_RENT].sum()
    credits = ledger._credits[Flow.RENT]
    assert credits[Sector.ANCHORS] == social > 0
    assert credits.sum() == social + private
    assert ledger._credits[Flow.MORTGAGE_INTEREST, Sector.REST_OF_WORLD] == due[homes.tenure == Tenure.MORTGAGED].sum()


def test_no_firm_sells_more_than_it_can_make(two_years: Economy) -> None:
    orgs = two_years.organisations
    old = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.born < two_years.month - 1))
    # Headcounts have not moved since the firms sold: entry and exit come after, and leave other firms' staff alone.
    most = two_years.capacity() * (1 + two_years.assumptions["overtime"]) * orgs.price
    partners = orgs.demand[old] <= most[old] * (1 + 1e-9)
    assert partners.mean() > 0.97, "but for those that lost staff to start-ups in the same month"
    assert (orgs.unmet >= -1e-6).all()


def test_a_dearer_firm_sells_less_at_home_and_abroad(economy: Economy) -> None:
    orgs = economy.organisations
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    budget = np.where(economy.households.alive, 100_000, 0)
    before = household_spending.consumer_demand(economy, budget), spending.export_demand(economy)
    row = int(firms[np.argmax(before[0][firms] * before[1][firms])])
    orgs.price[row] *= 1.1
    after = household_spending.consumer_demand(economy, budget), spending.export_demand(economy)
    for one, other in zip(before, after, strict=True):
        assert other[row] < one[row]
    rivals = firms[(orgs.industry[firms] == orgs.industry[row]) & (firms != row) & (before[0][firms] > 0)]
    assert (after[0][rivals] >= before[0][rivals]).all()
    assert after[0].sum() == pytest.approx(before[0].sum()), "households spend the same, elsewhere"
    orgs.price[firms] *= 1.1
    assert spending.export_demand(economy).sum() < before[1].sum(), "a dear region exports less"


def test_household_demand_is_the_budget_by_industry(economy: Economy) -> None:
    orgs = economy.organisations
    budget = np.where(economy.households.alive, 100_000, 0)
    demand = household_spending.consumer_demand(economy, budget)
    count = economy.structure.count
    found = np.bincount(np.minimum(orgs.industry, count - 1), demand, minlength=count)
    wanted = budget.sum() / 100 * economy.structure.household_shares * economy.local_factor
    served = found > 0
    assert found[served] == pytest.approx(wanted[served])
    assert (demand[orgs.kind != Kind.FIRM] == 0).all()


def test_shops_near_home_draw_more(economy: Economy) -> None:
    orgs, homes, region = economy.organisations, economy.households, economy.region
    near_liverpool = region.neighbourhood_authority[homes.neighbourhood] == 2
    zone_authority = region.zone_authority[orgs.zone]
    share = []
    for mine in (near_liverpool, ~near_liverpool):
        demand = household_spending.consumer_demand(economy, np.where(homes.alive & mine, 100_000, 0))
        share.append(demand[zone_authority == 2].sum() / demand.sum())
    assert share[0] > share[1] + 0.2


def test_rationing_meets_what_can_be_made(economy: Economy) -> None:
    n = economy.organisations.n_rows
    most = economy.capacity() * (1 + economy.assumptions["overtime"]) * economy.organisations.price
    nothing = np.zeros(n)
    firm = (economy.organisations.kind == Kind.FIRM) & economy.organisations.alive
    demand = spending.Demand(np.where(firm, 4 * most, 0.0), *[nothing] * 5)
    assert spending.ration(economy, demand.total())[firm] == pytest.approx(0.25)
    demand = spending.Demand(np.where(firm, 0.5 * most, 0.0), *[nothing] * 5)
    assert (spending.ration(economy, demand.total()) == 1.0).all()


def test_commuters_pay_for_their_journeys(two_years: Economy) -> None:
    ledger = two_years.ledger
    fares = ledger.flows().loc["COMMUTING"]
    assert fares["HOUSEHOLDS"] < 0
    assert fares["REST_OF_WORLD"] > 0, "fuel and parking leave the region"
    assert fares[["LOCAL_FIRMS", "EXTERNAL_FIRMS", "SOCIAL_FIRMS"]].sum() > 0, "fares stay with operators"


# Profit and ownership -----------------------------------------------------------------------------------


def test_profit_is_sales_and_support_less_costs_and_tax(opening: Economy) -> None:
    orgs, persons = opening.organisations, opening.persons
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    before_tax = orgs.sales[firms] + orgs.support[firms] - orgs.costs[firms]
    managed = np.isin(firms, persons.employer[persons.status == Status.SELF_EMPLOYED])
    assert (orgs.profit[firms[managed]] == before_tax[managed]).all(), "proprietors are taxed on their drawings"
    tax = before_tax[~managed] - orgs.profit[firms[~managed]]
    rate = opening.rules[Rule.CORPORATION_TAX_RATE]
    assert tax == pytest.approx(rate * np.maximum(before_tax[~managed], 0), abs=0.51)
    assert tax.sum() == opening.ledger.paid(Flow.CORPORATION_TAX, month=-1)
    rates = opening.ledger.paid(Flow.BUSINESS_RATES, month=-1)
    assert rates == pytest.approx(opening.rules[Rule.BUSINESS_RATES] * orgs.sales[firms].sum(), abs=firms.size)


def test_dividends_reach_owners_here_or_elsewhere(economy: Economy) -> None:
    orgs, homes = economy.organisations, economy.households
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    homes.dividends = 0
    orgs.cash[firms] += 10**8
    orgs.to_invest = 0.0
    before = homes.cash.copy()
    ownership.pay_dividends(economy)
    flows = economy.ledger._credits[Flow.DIVIDENDS]
    assert flows[HOME] == homes.dividends.sum() == (homes.cash - before).sum() > 0
    owners = np.unique(orgs.owner[firms[orgs.ownership[firms] == Ownership.LOCAL]])
    assert set(np.flatnonzero(homes.dividends)) <= set(owners)
    assert flows[Sector.REST_OF_WORLD] > 0
    assert economy.ledger._debits[Flow.DIVIDENDS, Sector.SOCIAL_FIRMS] == 0
    social = firms[orgs.ownership[firms] == Ownership.SOCIAL]
    assert (orgs.to_invest[social] > 0).all(), "social enterprises invest theirs here"
    assert (np.delete(orgs.to_invest, social) == 0).all()


@pytest.mark.parametrize(
    ("kind", "sector"), [(Ownership.LOCAL, HOME), (Ownership.SOCIAL, Sector.ANCHORS),
                         (Ownership.EXTERNAL, Sector.REST_OF_WORLD)]
)  # fmt: skip
def test_what_is_left_of_a_closed_firm_goes_to_its_owner(economy: Economy, kind: Ownership, sector: Sector) -> None:
    orgs, persons = economy.organisations, economy.persons
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.ownership == kind))
    rich, poor = firms[np.argsort(orgs.cash[firms])][[-1, 0]]
    orgs.cash[rich] = 12_345
    orgs.cash[poor] = -678
    economy.ledger._month = None
    economy.ledger.restate()
    economy.ledger.open_month(0)
    staff = np.flatnonzero(np.isin(persons.employer, (rich, poor)))
    assert staff.size > 0
    ownership.wind_up(economy, np.array([rich, poor]))
    assert (persons.employer[staff] == -1).all()
    assert (persons.status[staff] == Status.UNEMPLOYED).all()
    assert not orgs.alive[[rich, poor]].any()
    assert not np.isin(economy.supply.suppliers, (rich, poor)).any()
    assert set(economy.ledger.close_month().discrepancy.values()) == {0}
    assert economy.ledger.received(Flow.LIQUIDATION, sector=sector) == economy.ledger.paid(Flow.LIQUIDATION) == 12_345
    assert economy.ledger.paid(Flow.DEBT_WRITE_OFF) == 678


def test_firms_close_when_their_debts_last_or_nobody_is_left(economy: Economy) -> None:
    orgs = economy.organisations
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    doomed, empty = firms[:3], firms[3:5]
    uids = orgs.uid[np.concatenate([doomed, empty])].copy()
    orgs.loss_months[doomed] = int(economy.assumptions["insolvency_months"])
    for row in empty.tolist():
        people = np.flatnonzero(economy.persons.employer == row)
        ownership.leave_job(economy, people)
        ownership.set_status(economy, people, int(Status.UNEMPLOYED))
        orgs.outside_workers[row] = 0
    ownership.close_firms(economy)
    assert not np.isin(uids, orgs.uid[orgs.alive]).any()
    assert economy.counts["business_deaths"] > 0


def test_founders_bring_a_firm_of_their_own_into_being(make_economy: Factory) -> None:
    economy = make_economy(scale=500, assumptions={"founding_rate": 1.0}, force=True)
    economy._open_month()
    orgs, persons, homes = economy.organisations, economy.persons, economy.households
    known = orgs.uid[orgs.alive]
    people = len(persons)
    ownership.start_firms(economy)
    new = np.flatnonzero(orgs.alive & ~np.isin(orgs.uid, known))
    assert new.size > 5
    assert (orgs.kind[new] == Kind.FIRM).all()
    assert (orgs.born[new] == economy.month).all()
    assert (orgs.headcount[new] >= 1).all()
    assert (orgs.cash[new] >= 0).all()
    assert (orgs.age_months[new] == 0).all()
    local = new[orgs.ownership[new] == Ownership.LOCAL]
    owners = orgs.owner[local]
    assert homes.alive[owners].all()
    for firm, home in zip(local.tolist(), owners.tolist(), strict=True):
        at_work = np.flatnonzero(persons.employer == firm)
        assert (persons.status[at_work] == Status.SELF_EMPLOYED).all()
        assert home in persons.household[at_work]
    assert (np.bincount(persons.employer[persons.employer >= 0], minlength=orgs.n_rows) == orgs.headcount).all()
    assert len(persons) == people
    assert economy.counts["business_births"] == orgs.weight[new].sum()
    economy.ledger.close_month()
    assert economy.ledger.paid(Flow.START_UP_CAPITAL) == orgs.cash[new].sum()
    assert (homes.cash[homes.rows()] >= 0).all()
    assert (economy.supply.suppliers[new] >= 0).any(axis=1).all(), "and it has suppliers"


def test_survival_counts_the_cohort_a_firm_was_born_in(economy: Economy) -> None:
    orgs = economy.organisations
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))[:3]
    orgs.born[firms] = [5, 5, -1000]
    orgs.age_months[firms] = [10, 40, 10]
    ownership.note_survival(economy, firms)
    assert economy.cohort_closed == {5: orgs.weight[firms[0]]}, "old firms and those of before the run do not count"


def test_firms_are_founded_at_their_rates_by_those_who_may(economy: Economy) -> None:
    persons, a = economy.persons, economy.assumptions
    ownership.founders(economy)
    rate = np.linspace(0.0, 0.2, 50).reshape(10, 5)
    able = persons.alive & (persons.age_months >= 216) & (persons.age_months < 780) & (persons.study_months == 0)
    able &= np.isin(persons.status, (Status.EMPLOYEE, Status.UNEMPLOYED, Status.DISCOURAGED))
    times, months = np.zeros(persons.n_rows), 60
    persons.next_idea = -1
    for month in range(1, months + 1):
        economy.month = month
        found = ownership._founders(economy, rate, 0.25)
        assert (np.diff(found) > 0).all()
        assert able[found].all()
        assert (persons.next_idea[persons.alive] > month).all()
        times[found] += 1
    for status in (Status.EMPLOYEE, Status.UNEMPLOYED):
        group = able & (persons.status == status)
        expected = months * rate[status, persons.qualification[group]].sum()
        assert abs(times[group].sum() - expected) < 5 * np.sqrt(expected)
    # Rates above the chance that months were drawn from have them drawn anew.
    chance = economy._idea_chance
    assert 1.25 * ownership.founding_rates(economy).max() <= chance
    economy._idea_chance = chance / 16
    ownership.founders(economy)
    assert economy._idea_chance == chance
    rates = ownership.founding_rates(economy)
    factor = a["founding_factor_out_of_work"]
    assert rates[Status.UNEMPLOYED] == pytest.approx(factor * rates[Status.EMPLOYEE])
    assert (np.diff(rates[Status.EMPLOYEE]) > 0).all() == (a["founding_response_to_skill"] > 0)


def test_no_friend_is_partner_twice() -> None:
    status = np.array([Status.EMPLOYEE, Status.UNEMPLOYED, Status.CHILD, Status.UNEMPLOYED], dtype=np.int8)
    study = np.array([0, 0, 0, 5], dtype=np.int16)
    friends = np.array([[-1, 2, 1], [1, 3, 0], [0, 1, -1], [3, -1, -1]], dtype=np.int32)
    assert ownership._partners(friends, status, study).tolist() == [1, 0, -1, -1]

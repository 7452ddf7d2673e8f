"""Money flows, interactions, shares put in and the check of targets say what known numbers say."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import money_flows as money
from experiments.answer_numbers import Effect
from experiments.answers import answer
from experiments.comparison import LOWERS, Arm, Comparison
from experiments.interactions import bundles_of, interaction_sentences, interactions
from experiments.opening_check import check_sentences, opening_check
from experiments.outcomes import outcome
from experiments.put_in import put_in, put_in_sentences
from experiments.records import PAID, PLEDGES, RECEIVED, run_scenario
from experiments.report_drawings import drawings
from experiments.where_most import where_most
from policies import FairEmploymentCharter, Skills, Transport
from simulation.accounts import Flow
from simulation.economy import Economy
from simulation.region import Region
from simulation.scenario import Scenario
from tests.experiments.full_report import PAYMENTS, payment_rows, with_everything
from tests.experiments.test_report import FOLDER, HOSTILE, Page, synthetic

TITLES = {"baseline": "Baseline", "charter": "Fair Employment Charter", HOSTILE: HOSTILE}


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return synthetic()


@pytest.fixture(scope="module")
def page(full_report: str) -> Page:
    return Page(full_report)


# --- money flows --------------------------------------------------------------------------------------


def test_every_penny_of_the_pound_is_followed() -> None:
    links = money.pound_of(PAYMENTS)
    assert links is not None
    first = {target: pence for (source, target), pence in links.items() if source == money.ANCHORS}
    assert first[money.OWN_STAFF] == pytest.approx(40.0)
    assert first[money.AWAY] == pytest.approx(35.0)
    ends = {target: pence for (source, target), pence in links.items() if source == money.ALL}
    # Of 20p at local firms, whose revenue less value added tax is 100: 50 wages and drawings, 10 profit, 15 suppliers.
    assert ends == pytest.approx(
        {money.WAGES: 50.0, money.PROFIT: 2.0, money.NEXT: 3.0, money.TAX: 6.0, money.KEPT: 1.0, money.OUTSIDE: 38.0}
    )
    assert money.pound_of({}) is None


def test_firms_that_spend_more_than_they_earn_keep_nothing_and_no_penny_is_made() -> None:
    links = money.pound_of(PAYMENTS | {(PAID, "local_firms", "imports"): 60.0})
    assert links is not None
    ends = [pence for (source, _), pence in links.items() if source == money.ALL]
    assert sum(ends) == pytest.approx(100.0)
    assert links[money.ALL, money.KEPT] == 0.0


def test_a_change_of_where_the_pound_goes_is_told_and_none_where_there_is_none(comparison: Comparison) -> None:
    rows = payment_rows(comparison, {"charter": 15.0})
    table = money.money_flows(comparison.arms, comparison.seeds, rows)
    assert money.moving_arms(table[table["arm"] == "charter"]) == ["charter"]
    still = table.assign(verdict=table["verdict"].where(table["arm"] == "charter", "no detectable effect"))
    sentences = money.money_sentences(still, TITLES)
    assert sentences[0].startswith("Of a pound that anchor institutions spend, 50p goes to wages here, 2p to profit")
    assert "more" in sentences[1]
    assert "less" in sentences[1]
    assert "leaves the region" in sentences[1]
    assert sentences[2] == f"{HOSTILE}: no detectable change of where the pound goes."


def test_runs_record_the_final_years_payments_as_the_ledger_has_them(two_years: Economy) -> None:
    found = two_years.recorder.payments().set_index(["flow", "sector"])
    paid = sum(two_years.ledger.paid(Flow.WAGES, month) for month in range(12, 24))
    wages = found.xs("wages", level="flow")
    assert wages["paid"].sum() == pytest.approx(paid * two_years.scale / 100.0)
    assert found["paid"].sum() == pytest.approx(found["received"].sum())


# --- interactions -------------------------------------------------------------------------------------


def four_arms() -> tuple[Arm, ...]:
    base = Scenario(scale=500, months=12)
    one, two = Skills(), Transport()
    policies = {"baseline": (), "skills": (one,), "transport": (two,), "both": (one, two)}
    return tuple(Arm(name, name.title(), base.with_(name=name, policies=each)) for name, each in policies.items())


def indicators(extra: float, luck: float) -> pd.DataFrame:
    """Inactivity under which skills take 2 points off, transport 1, and both together `extra` more."""
    rng, level = np.random.default_rng(3), {"baseline": 0.0, "skills": -0.02, "transport": -0.01, "both": -0.03 + extra}
    rows = []
    for name, shift in level.items():
        for seed in range(6):
            for month in range(12):
                value = 0.25 + 0.01 * seed + shift + luck * rng.normal()
                rows.append((name, seed, f"2020-{month + 1:02d}", value))
    return pd.DataFrame(rows, columns=["arm", "seed", "month", "inactivity_rate"])


def test_a_bundle_is_known_by_its_policies() -> None:
    arms = four_arms()
    assert [(arm.name, [part.name for part in parts]) for arm, parts in bundles_of(arms)] == [
        ("both", ["skills", "transport"])
    ]
    other = dataclasses.replace(arms[1], scenario=arms[1].scenario.with_(policies=(Skills(strength=0.5),)))
    assert bundles_of((arms[0], other, *arms[2:])) == []


@pytest.mark.parametrize(
    ("extra", "words"), [(-0.01, "the policies help each other"), (0.01, "the policies crowd each other out")]
)
def test_what_a_bundle_does_beyond_the_sum_is_paired_by_seed(extra: float, words: str) -> None:
    table = interactions(four_arms(), range(6), indicators(extra, 1e-4))
    row = table.iloc[0]
    assert row["bundle"] == pytest.approx(-0.03 + extra, abs=1e-3)
    assert row["sum_of_parts"] == pytest.approx(-0.03, abs=1e-3)
    assert row["low"] < extra < row["high"] or row["effect"] == pytest.approx(extra, abs=1e-4)
    (sentence,) = interaction_sentences(table, {"both": "Both"})
    assert sentence.startswith("Both, on the share of working-age people who are inactive: ")
    assert words in sentence


def test_effects_that_add_up_are_said_to() -> None:
    table = interactions(four_arms(), range(6), indicators(0.0, 1e-3))
    (sentence,) = interaction_sentences(table, {"both": "Both"})
    assert sentence == "Both: no detectable interaction on inactivity; effects add up as far as this design can tell."
    lone = interactions(four_arms(), [0], indicators(-0.01, 0.0))
    assert interaction_sentences(lone, {"both": "Both"}) == [
        "Both: one seed gives no interval, so no interaction is claimed."
    ]


# --- put in -------------------------------------------------------------------------------------------


def test_the_charters_pledges_are_put_in_and_the_rest_arises() -> None:
    base = Scenario(scale=1000, months=12)
    arms = (
        Arm("baseline", "Baseline", base),
        Arm("charter", "Charter", base.with_(policies=(FairEmploymentCharter(),))),
    )
    rows, kept = [], []
    for arm, effect in zip(arms, (0.0, -0.04), strict=True):
        for seed in (1, 2, 3):
            value = 0.3 + 0.01 * seed + effect + (0.001 * seed if effect else 0.0)
            rows += [(arm.name, seed, f"2020-{month + 1:02d}", value) for month in range(12)]
            if effect:
                kept.append((arm.name, seed, "2020-12", PLEDGES, "members", "share_below_real_living_wage", -0.019))
    names = ["arm", "seed", "month"]
    table = put_in(
        arms,
        (1, 2, 3),
        pd.DataFrame(rows, columns=[*names, "share_below_real_living_wage"]),
        pd.DataFrame(kept, columns=[*names, "dimension", "group", "outcome", "value"]),
    )
    row = table.iloc[0]
    assert row["direct"] == pytest.approx(-0.019)
    assert row["share_emergent"] == pytest.approx(0.5)
    assert put_in_sentences(table, {"charter": "Charter"}) == [
        "Charter: put in directly is 50% of the change of the share of employees below the real Living Wage."
    ]
    assert put_in_sentences(table.assign(share_emergent=np.nan), {}) == [
        "No effect that could be taken apart is detectable, so no share is told."
    ]
    assert "no dial or assumption puts any of it in" in put_in_sentences(table.assign(direct=0.0), {"charter": "C"})[0]


def test_a_run_with_the_charter_records_what_its_pledges_do(lcr: Region) -> None:
    scenario = Scenario(
        scale=1000, months=14, burn_in=2, policies=(FairEmploymentCharter(start="2020-04", outreach=0.2),)
    )
    rows = run_scenario(scenario).breakdowns
    kept = rows[rows["dimension"] == PLEDGES].set_index("outcome")["value"]
    assert kept["insecure_share"] <= 0.0
    assert kept["share_below_real_living_wage"] < 0.0
    plain = run_scenario(scenario.with_(policies=()))
    assert not (plain.breakdowns["dimension"] == PLEDGES).any()
    assert {PAID, RECEIVED} <= set(plain.breakdowns["dimension"])
    targets, checks = opening_check(lcr, [plain])
    opening = targets[targets["when"] == "opening"]
    assert opening["pass"].notna().all()
    assert targets.loc[targets["when"] == "panel", "pass"].isna().all()
    sentences = check_sentences(targets, checks, 1000)
    met = int(opening.loc[opening["role"] == "held_out", "pass"].sum())
    assert any(f"these runs meet {met} " in text and "held out" in text for text in sentences)
    assert check_sentences(pd.DataFrame(), pd.DataFrame(), 1000) == []


# --- where --------------------------------------------------------------------------------------------


def by_decile(comparison: Comparison, gains: dict[int, float], luck: float) -> Comparison:
    """The comparison with an effect on inactivity by decile under the charter."""
    rng, rows = np.random.default_rng(5), []
    for arm in comparison.arms:
        for seed in comparison.seeds:
            for decile in range(1, 11):
                gain = gains.get(decile, -0.001) if arm.name == "charter" else 0.0
                value = 0.3 - 0.01 * decile + gain + luck * rng.normal()
                rows.append((arm.name, seed, "2024-03", "imd_decile", str(decile), "inactivity_rate", value))
    return dataclasses.replace(comparison, breakdowns=pd.DataFrame(rows, columns=comparison.breakdowns.columns))


LED = Effect(outcome("inactivity_rate"), -0.004, -0.006, -0.002, 0.003, LOWERS)


def test_where_an_effect_is_greatest_is_told_where_that_is_detectable(comparison: Comparison) -> None:
    arm = comparison.policy_arms[0]
    sharp = by_decile(comparison, {1: -0.02, 2: -0.02}, 1e-4)
    assert where_most(sharp, arm, LED) == "most in the two most deprived tenths"
    assert where_most(by_decile(comparison, {10: -0.02}, 1e-4), arm, LED) == "most in the least deprived tenth"
    # The same pattern, drowned in luck; and one that is no block of tenths.
    assert where_most(by_decile(comparison, {1: -0.02, 2: -0.02}, 0.05), arm, LED) == ""
    assert where_most(by_decile(comparison, {5: -0.02}, 1e-4), arm, LED) == ""


def test_the_answer_opens_with_policy_effect_year_and_where(comparison: Comparison) -> None:
    moved = comparison.effects.copy()
    mine = (moved["arm"] == "charter") & (moved["outcome"] == "inactivity_rate") & (moved["window"] == "final year")
    moved.loc[mine, ["effect", "low", "high", "detectable"]] = -0.0104, -0.0121, -0.0083, 0.003
    moved.loc[mine, "verdict"] = LOWERS
    found = dataclasses.replace(by_decile(comparison, {1: -0.03, 2: -0.03}, 1e-4), effects=moved)
    assert answer(found, comparison.policy_arms[0]).sentences[0] == (
        "With the Fair Employment Charter, inactivity falls by 1.0 points (0.8 to 1.2) by 2024; "
        "most in the two most deprived tenths."
    )


# --- the page -----------------------------------------------------------------------------------------


def test_the_sections_come_in_the_order_in_which_people_ask(page: Page) -> None:
    order = [attrs["id"] for tag, attrs in page.tags if tag == "h2"]
    assert order == [
        "answer", "compared", "effects", "paths", "groups", "where", "flows", "together", "money", "who", "put-in",
        "sure", "assumptions", "check", "cautions", "again",
    ]  # fmt: skip


def test_a_hostile_name_is_text_in_every_section(page: Page, full_report: str) -> None:
    assert "<script" not in full_report.lower()
    assert not page.all("script")
    for section in ("flows", "together", "money", "who"):
        part = full_report[full_report.index(f'<section aria-labelledby="{section}">') :]
        assert HOSTILE in Page(part[: part.index("</section>")]).text, section


def test_the_new_sections_show_what_was_worked_out(page: Page) -> None:
    assert "Of 4 targets held out of the fitting, these runs meet 3 (75%)." in page.text
    assert "put in directly is 75% of the change of the share of employees below the real Living Wage" in page.text
    assert "commonweal factorial" in page.text
    assert "commonweal channels" in page.text
    assert "docs/validation.md" in page.text
    assert "£12.5m" in page.text


def test_every_picture_of_the_page_can_be_made_alone(comparison: Comparison, page: Page) -> None:
    names = set(drawings(with_everything(comparison)))
    assert {"money-baseline", "money-1", "money-2", "sex-inactivity_rate", "disability-inactivity_rate"} <= names
    assert "ethnicity-median_hourly_pay" in names
    words = page.text
    for name in names:
        assert f"commonweal figure {Path(FOLDER)} {name}" in words

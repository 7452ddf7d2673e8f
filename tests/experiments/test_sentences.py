"""Sentences say what the numbers say, and claim nothing that was not detected."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from experiments.answer_numbers import Effect, Money, mean_interval
from experiments.comparison import LOWERS, NO_EFFECT, NO_INTERVAL, RAISES
from experiments.outcomes import outcome
from experiments.phrases import listed, pounds
from experiments.sentences import MOST_TOLD, cost_sentences, effect_sentences, movement, reversal_sentence

NAN = float("nan")
#: More outcomes of which more is better than one paragraph tells.
SURE = (
    "employment_rate", "anchor_local_share", "job_finding_rate", "hourly_pay_p25", "hourly_pay_median",
    "household_local_share",
)  # fmt: skip


def effect(name: str, size: float, half: float, verdict: str, detectable: float | None = None) -> Effect:
    return Effect(
        outcome(name), size, size - half, size + half, half * 1.4 if detectable is None else detectable, verdict
    )


LOW_PAY = effect("share_below_real_living_wage", -0.021, 0.003, LOWERS)
PAY = effect("hourly_pay_median", 0.123, 0.041, RAISES)
STILL = effect("inactivity_rate", -0.001, 0.004, NO_EFFECT)
HARM = effect("unemployment_rate", 0.003, 0.002, RAISES)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (LOW_PAY, "falls by 2.1 points (1.8 to 2.4)"),
        (HARM, "rises by 0.30 points (0.10 to 0.50)"),
        (PAY, "rises by 12p (8p to 16p)"),
        (effect("hourly_pay_p25", 1.5, 0.25, RAISES), "rises by £1.50 (£1.25 to £1.75)"),
        (effect("community_wealth_per_head", 1234.0, 100.0, RAISES), "rises by £1,234 (£1,134 to £1,334)"),
        (effect("gva", -340.0, 20.0, LOWERS), "falls by £340m (£320m to £360m)"),
        (effect("businesses", -1500.0, 500.0, LOWERS), "falls by 1,500 (1,000 to 2,000)"),
        (effect("mean_commute_minutes", -1.25, 0.5, LOWERS), "falls by 1.2 minutes (0.8 to 1.8)"),
        (effect("tax_revenue", 2.5, 0.5, RAISES), "rises by £2.5m a month (£2.0m to £3.0m)"),
        (effect("wealth_gini", -0.012, 0.002, LOWERS), "falls by 0.012 (0.010 to 0.014)"),
    ],
)
def test_a_movement_is_told_in_the_unit_of_its_outcome(given: Effect, expected: str) -> None:
    assert movement(given) == expected


def told(effects: list[Effect], where: str = "") -> list[str]:
    return effect_sentences(effects, "the Charter", "2030", where)


def test_the_first_sentence_names_policy_effect_interval_year_and_where() -> None:
    main = effect("inactivity_rate", -0.004, 0.002, LOWERS)
    assert told([main, PAY], "most in the two most deprived tenths") == [
        "With the Charter, inactivity falls by 0.40 points (0.20 to 0.60) by 2030; "
        "most in the two most deprived tenths.",
        "Median hourly pay rises by 12p (8p to 16p).",
    ]


def test_better_worse_and_still_are_told_apart() -> None:
    lead, better, worse, still = told([STILL, HARM, PAY, LOW_PAY])
    assert lead == (
        "With the Charter, the share of employees below the real Living Wage falls by 2.1 points (1.8 to 2.4) by 2030."
    )
    assert better == "Median hourly pay rises by 12p (8p to 16p)."
    assert worse == "The unemployment rate gets worse: it rises by 0.30 points (0.10 to 0.50)."
    assert still == "No detectable effect on inactivity."


def test_a_fall_of_what_should_rise_gets_worse() -> None:
    (sentence,) = told([effect("employment_rate", -0.02, 0.005, LOWERS)])
    assert sentence == "With the Charter, employment gets worse: it falls by 2.0 points (1.5 to 2.5) by 2030."


def test_a_harm_to_the_main_outcome_leads() -> None:
    lead, better = told([PAY, effect("inactivity_rate", 0.01, 0.002, RAISES)])
    assert lead == "With the Charter, inactivity gets worse: it rises by 1.0 points (0.8 to 1.2) by 2030."
    assert better == "Median hourly pay rises by 12p (8p to 16p)."


@pytest.mark.parametrize(
    "wrong",
    [
        effect("inactivity_rate", -0.01, 0.011, LOWERS, detectable=0.0),
        effect("inactivity_rate", -0.01, 0.005, LOWERS, detectable=0.011),
        effect("inactivity_rate", 0.01, 0.005, LOWERS, detectable=0.001),
    ],
)
def test_a_verdict_that_its_interval_or_size_does_not_bear_out_is_no_claim(wrong: Effect) -> None:
    assert told([wrong]) == ["With the Charter, no detectable effect on inactivity by 2030."]


def test_what_is_neither_good_nor_bad_is_not_called_better_or_worse() -> None:
    text = " ".join(told([effect("inactivity_student", 0.02, 0.005, RAISES)]))
    assert "rises by 2.0 points" in text
    assert "better" not in text
    assert "worse" not in text


def test_an_undetected_effect_is_never_claimed_however_large() -> None:
    large = effect("inactivity_rate", -0.3, 0.4, NO_EFFECT)
    text = " ".join(told([large, PAY]))
    assert "No detectable effect on inactivity" in text
    assert "30 points" not in text
    assert "30.0" not in text
    assert "falls" not in text


def test_nothing_detected_at_all_says_so_in_one_sentence() -> None:
    names = ("inactivity_rate", "employment_rate", "gva")
    (sentence,) = told([effect(name, 0.001, 0.1, NO_EFFECT) for name in names])
    assert sentence == (
        "With the Charter, no detectable effect on any of the 3 headline outcomes by 2030, inactivity included."
    )


def test_one_seed_claims_nothing() -> None:
    lone = [Effect(outcome(name), -0.02, NAN, NAN, NAN, NO_INTERVAL) for name in ("inactivity_rate", "employment_rate")]
    (sentence,) = told(lone)
    assert "no effect is claimed" in sentence
    assert not any(word in sentence for word in ("falls", "rises", "better", "worse"))


def test_every_harm_is_told_even_among_many_gains() -> None:
    gains = [effect(name, 0.02, 0.001, RAISES) for name in (*SURE, "survival_three_years")]
    harms = [effect(name, 0.02, 0.01, RAISES) for name in ("unemployment_rate", "insecure_share", "inactivity_rate")]
    sentences = told(gains + harms)
    assert sentences[1].count("rises by") == MOST_TOLD
    assert sum("gets worse" in sentence for sentence in sentences) == len(harms)
    assert sum(sentence.startswith("Also better: ") for sentence in sentences) == 1


def test_the_main_outcome_is_told_where_surer_ones_crowd_it_out() -> None:
    sure = [effect(name, 0.02, 0.0001, RAISES) for name in SURE]
    main = effect("inactivity_rate", -0.01, 0.007, LOWERS)
    assert told([*sure, main])[0] == "With the Charter, inactivity falls by 1.0 points (0.3 to 1.7) by 2030."


def test_an_effect_that_turned_round_is_told() -> None:
    early = [effect("employment_rate", -0.01, 0.002, LOWERS), PAY]
    late = [effect("employment_rate", 0.02, 0.002, RAISES), PAY]
    sentence = reversal_sentence(early, late)
    assert sentence is not None
    assert "other way round: the share of working-age people in work falls by 1.0 points" in sentence
    assert "pay" not in sentence
    assert reversal_sentence([effect("employment_rate", -0.01, 0.02, NO_EFFECT)], late) is None


def test_cost_stands_beside_the_effect() -> None:
    cost = Money(3.2e6, 3.0e6, 3.4e6, 10)
    premium = Money(2.0e6, 1.5e6, 2.5e6, 10)
    better = Money(9.0e6, 8.0e6, 10.0e6, 10)
    assert cost_sentences(cost, premium, better, 1.6e6) == [
        "It costs the public purse £3.2m a year (£3.0m to £3.4m), or £2.00 for each resident.",
        "Anchor institutions pay £2.0m a year (£1.5m to £2.5m) more for what they buy.",
        "With taxes and benefits counted, the public purse is £9.0m a year (£8.0m to £10.0m) better off.",
    ]


def test_a_loss_of_the_purse_is_called_worse_off() -> None:
    sentences = cost_sentences(Money(3.2e6, 3.2e6, 3.2e6, 10), None, Money(-9.0e6, -10.0e6, -8.0e6, 10), 0.0)
    assert sentences == [
        "It costs the public purse £3.2m a year.",
        "With taxes and benefits counted, the public purse is £9.0m a year (£8.0m to £10.0m) worse off.",
    ]


def test_money_that_is_not_detectable_is_not_claimed() -> None:
    # The interval excludes zero, but the sum is smaller than what the design can detect.
    weak = Money(1.1e6, 0.1e6, 2.1e6, 10)
    sentences = cost_sentences(Money(3.0e6, 2.9e6, 3.1e6, 10), weak, weak, 0.0)
    assert len(sentences) == 2
    assert "no detectable change in the public purse" in sentences[1]


def test_without_a_policy_there_is_no_cost() -> None:
    assert cost_sentences(None, None, None, 1e6) == []
    assert cost_sentences(Money(0.0, 0.0, 0.0, 5), None, None, 1e6) == ["It costs the public purse nothing."]


@pytest.mark.parametrize(
    ("value", "text"),
    [(12.34e6, "£12.3m"), (-450_400.0, "-£450,000"), (180e6, "£180m"), (0.0, "£0"), (NAN, "n/a"), (1.0e6, "£1.0m")],
)
def test_public_money_is_readable(value: float, text: str) -> None:
    assert pounds(value) == text


def test_lists_read_as_lists() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_the_interval_of_a_mean_is_students() -> None:
    values = np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]])
    mean, low, high = mean_interval(values)
    expected = stats.t.interval(0.95, 2, loc=3.0, scale=stats.sem(values[:, 0]))
    assert mean.tolist() == [3.0, 5.0]
    assert (low[0], high[0]) == pytest.approx(expected)
    assert low[1] == high[1] == 5.0
    assert math.isnan(mean_interval(values[:1])[1][0])

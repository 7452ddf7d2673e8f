"""What scale may change and what it may not: rates agree between one in 100 and one in 20 within sampling error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulation.economy import Economy

COARSE, FINE = 100, 20
COARSE_SEEDS, FINE_SEEDS = 12, 3
MONTHS = 12
#: Rates and shares of persons, which sampling leaves unbiased; what thin markets bias is in docs/performance.md.
RATES = (
    "employment_rate", "unemployment_rate", "inactivity_rate", "inactivity_long_term_sick", "inactivity_carer",
    "self_employment_share", "limiting_health_share", "qualified_nvq3_and_above", "share_below_real_living_wage",
    "insecure_share", "in_work_poverty_rate", "car_commute_share",
)  # fmt: skip
#: Standard errors by which a difference may miss; one in 2,000 would by chance, over a dozen rates one in 180.
TOLERANCE = 3.5


def final_values(scale: int, seeds: int) -> pd.DataFrame:
    """Rates in the last month, one row a seed."""
    rows = [Economy(scale=scale, seed=seed, months=MONTHS).run().indicators.iloc[-1] for seed in range(seeds)]
    return pd.DataFrame(rows)[list(RATES)].astype(float)


@pytest.fixture(scope="module")
def by_scale() -> tuple[pd.DataFrame, pd.DataFrame]:
    return final_values(COARSE, COARSE_SEEDS), final_values(FINE, FINE_SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES)
def test_rates_agree_between_scales(rate, by_scale):
    coarse, fine = by_scale
    spread = float(coarse[rate].std())
    # A sample five times as large varies by a fifth of the variance.
    error = spread * np.sqrt(1.0 / COARSE_SEEDS + FINE / COARSE / FINE_SEEDS)
    gap = float(fine[rate].mean() - coarse[rate].mean())
    assert abs(gap) <= TOLERANCE * error, f"{gap:+.4f} is {gap / error:+.1f} standard errors of {error:.4f}"
    assert error < 0.01, "a test with so wide an error could not fail"

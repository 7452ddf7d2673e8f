"""How a person values an adult course."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def enrolment_value(
    gain: Floats, years_left: Floats, lost: Floats, luck: Floats, discount: float, effort: float
) -> Floats:
    """Worth of a course: discounted gain in pay less what is lost on the way (Becker 1964).

    Args:
        gain: Expected gain in pay, pounds a month, shape (n,).
        years_left: Years to the end of working age, shape (n,).
        lost: Earnings or chances of work forgone while learning, pounds in all, shape (n,).
        luck: Standard logistic draws for what is not observed, shape (n,).
        discount: Yearly discount rate of households.
        effort: Cost of effort, pounds in all; also the scale of what is not observed.
    """
    factor = (1.0 - (1.0 + discount) ** -np.maximum(years_left, 0.0)) / discount
    return 12.0 * gain * factor - lost - effort + effort * luck

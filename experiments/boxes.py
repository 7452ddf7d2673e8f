"""Boxes of cases that fail, by PRIM and by CART of the EMA Workbench."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

PRIM, CART = "prim", "cart"
METHODS = (PRIM, CART)
#: Least part of the cases in a box, as in the EMA Workbench; and the splits of a tree that can still be read.
LEAST_MASS, MOST_SPLITS = 0.05, 4
#: A limit of PRIM with a quasi-p value above this is dropped (Bryant and Lempert 2010).
QUASI_P = 0.05
NO_LIMITS = (-np.inf, np.inf)


@dataclass(frozen=True)
class Box:
    """A box.

    Attributes:
        limits: Low and high, by dial that it restricts; infinite at an end where it does not.
        quasi_p: By restricted dial, the chance that its less sure limit is luck, where the method gives it.
    """

    limits: Mapping[str, tuple[float, float]]
    quasi_p: Mapping[str, float] = field(default_factory=dict)


def inside(x: pd.DataFrame, box: Box) -> Mask:
    """Which cases lie in a box, limits included, shape (cases,)."""
    here = np.ones(len(x), dtype=bool)
    for name, (low, high) in box.limits.items():
        values = x[name].to_numpy(dtype=np.float64)
        here &= (values >= low) & (values <= high)
    return here


def draw_boxes(x: pd.DataFrame, fails: Mask, method: str) -> list[Box]:
    """Boxes in which failures are more common than elsewhere, the one with most failures first.

    Args:
        x: Dials as floats, a row for each case.
        fails: Whether a case fails, shape (cases,); some do and some do not.
        method: `PRIM`, which gives one box at most, or `CART`.

    Returns:
        Boxes; they may be drawn round chance, which held-out cases must tell.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the import speaks of packages that are not installed
        logging.getLogger("ema_workbench").setLevel(logging.ERROR)
        return _prim(x, fails) if method == PRIM else _cart(x, fails)


def _prim(x: pd.DataFrame, fails: Mask) -> list[Box]:
    """The box of the peeling trajectory that goes best with failing.

    Limits whose quasi-p value is above `QUASI_P` are dropped, the least sure first, and the others tested anew.
    """
    from ema_workbench.analysis import prim

    # With a threshold on density the library returns the whole space; we choose from the trajectory ourselves.
    found = prim.Prim(x, fails.astype(np.int64), threshold=1e-9, mass_min=LEAST_MASS).find_box()
    trajectory = found.peeling_trajectory
    # Cases that fail in the box, cases in it, and all of each.
    k, n = (trajectory[name].to_numpy(dtype=np.float64) for name in ("k", "n"))
    best = int(_association(k, n, float(fails.sum()), float(len(fails))).argmax())
    limits = _restricted(x, found.box_lims[best])
    while limits:
        p = {(name, end): _quasi_p(x, fails, limits, name, end) for name, end in _ends(limits)}
        name, end = worst = max(p, key=lambda key: p[key])
        if p[worst] <= QUASI_P:
            return [Box(limits, {name: max(p.get((name, end), 0.0) for end in (0, 1)) for name in limits})]
        limits = _without(limits, name, end)
    return []


def _association(hit: Floats, inside: Floats, failures: float, cases: float) -> Floats:
    """Correlation of lying in a box with failing (phi, or Matthews 1975), which weighs coverage against density.

    Unlike their harmonic mean it does not favour the whole space where most cases fail.
    """
    spread = inside * (cases - inside) * failures * (cases - failures)
    return np.where(spread > 0.0, (hit * cases - inside * failures) / np.sqrt(np.maximum(spread, 1e-300)), 0.0)


def _restricted(x: pd.DataFrame, limits: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Limits that cut cases off, from a box of the EMA Workbench (rows low and high); infinite where one does not."""
    found = {}
    for name in limits.columns:
        low, high = float(limits[name].iloc[0]), float(limits[name].iloc[1])
        ends = (low if low > float(x[name].min()) else -np.inf, high if high < float(x[name].max()) else np.inf)
        if ends != NO_LIMITS:
            found[str(name)] = ends
    return found


def _ends(limits: Mapping[str, tuple[float, float]]) -> list[tuple[str, int]]:
    """Dial and end, 0 for low and 1 for high, of every limit."""
    return [(name, end) for name, ends in limits.items() for end in (0, 1) if np.isfinite(ends[end])]


def _without(limits: Mapping[str, tuple[float, float]], name: str, end: int) -> dict[str, tuple[float, float]]:
    """Limits without one of them."""
    low, high = limits[name]
    left = (-np.inf, high) if end == 0 else (low, np.inf)
    return {
        other: left if other == name else ends for other, ends in limits.items() if (other, left) != (name, NO_LIMITS)
    }


def _quasi_p(x: pd.DataFrame, fails: Mask, limits: Mapping[str, tuple[float, float]], name: str, end: int) -> float:
    """Chance of at least as many failures in the box had one of its limits no meaning.

    The one-sided binomial test of Bryant and Lempert 2010: the rate is that of the box without the limit.
    """
    from scipy.stats import binomtest

    here, wider = inside(x, Box(limits)), inside(x, Box(_without(limits, name, end)))
    rate = float(fails[wider].mean())
    return float(binomtest(int(fails[here].sum()), int(here.sum()), rate, alternative="greater").pvalue)


def _cart(x: pd.DataFrame, fails: Mask) -> list[Box]:
    """Leaves of a shallow tree in which most cases fail."""
    from ema_workbench.analysis import cart
    from sklearn.tree import DecisionTreeClassifier  # type: ignore[import-untyped]

    tree: Any = cart.CART(x, fails.astype(np.int64), mass_min=LEAST_MASS)
    # The library's own tree draws lots between equal splits; ours is the same each time, and shallow enough to read.
    tree.clf = DecisionTreeClassifier(
        min_samples_leaf=max(int(LEAST_MASS * len(x)), 1), max_leaf_nodes=MOST_SPLITS + 1, random_state=0
    )
    tree.clf.fit(x.to_numpy(), fails)
    if tree.clf.tree_.node_count == 1:
        return []
    base = float(fails.mean())
    boxes = []
    for limits in tree.boxes:
        box = Box(_restricted(x, limits))
        here = inside(x, box)
        if here.any() and float(fails[here].mean()) > max(0.5, base):
            boxes.append(box)
    return sorted(boxes, key=lambda box: -int(fails[inside(x, box)].sum()))

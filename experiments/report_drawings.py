"""Which pictures a comparison has: each by the name under which `commonweal figure` makes it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from experiments.comparison import Comparison
from experiments.drawing import Picture
from experiments.maps import Map, map_picture
from experiments.outcomes import HEADLINE
from experiments.pictures import effect_picture, group_picture, path_picture, paths
from experiments.report_tables import groups_of
from simulation.region import Region, RegionError, load_region

#: Outcomes by group that get pictures by authority; the tables have them all.
BY_AUTHORITY = ("inactivity_rate", "median_hourly_pay", "household_wealth_per_head", "reachable_jobs_no_car")
#: Outcomes of the public purse, shown beside the cost table.
PURSE = ("public_policy_cost", "tax_revenue", "benefit_spending", "fiscal_balance")

Draw = Callable[[], Picture]


def drawings(comparison: Comparison) -> dict[str, Draw]:
    """What draws each picture of a comparison, by name, in the order of the report."""
    lines = paths(comparison)
    shown = [name for name in HEADLINE if name in lines.values]
    found: dict[str, Draw] = {}
    for name in _with_effects(comparison, shown):
        found[f"effect-{name}"] = partial(effect_picture, comparison, name)
    for name in shown:
        found[f"path-{name}"] = partial(path_picture, comparison, lines, name)
    found |= _by_group(comparison, "imd_decile", None, "IMD decile (1 is the most deprived)")
    found |= _by_group(comparison, "authority", BY_AUTHORITY, "Authority")
    if (drawn := _map(comparison)) is not None:
        found["map"] = lambda: drawn.picture
    for name in _with_effects(comparison, PURSE):
        found[f"purse-{name}"] = partial(effect_picture, comparison, name, prefix="purse")
    return found


def region_of(comparison: Comparison) -> Region | None:
    """The region pack of the runs, None where it is no longer there or has changed since."""
    try:
        region = load_region(comparison.baseline.scenario.region)
    except (RegionError, OSError):
        return None
    known = comparison.manifest.get("region", {}).get("hash", region.hash)
    return region if known == region.hash else None


def _map(comparison: Comparison) -> Map | None:
    region = region_of(comparison)
    return None if region is None else map_picture(comparison, region)


def _with_effects(comparison: Comparison, names: Sequence[str]) -> list[str]:
    known = set(comparison.effects["outcome"])
    return [name for name in names if name in known]


def _by_group(comparison: Comparison, dimension: str, names: Sequence[str] | None, label: str) -> dict[str, Draw]:
    frame = comparison.group_effects
    known = list(dict.fromkeys(frame.loc[frame["dimension"] == dimension, "outcome"]))
    groups = groups_of(comparison, dimension)
    return {
        f"{dimension.replace('_', '-')}-{name}": partial(group_picture, comparison, dimension, name, groups, label)
        for name in known
        if names is None or name in names
    }

"""Which pictures a comparison has: each by the name under which `commonweal figure` makes it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from experiments.comparison import Arm, Comparison
from experiments.drawing import Picture
from experiments.maps import EffectMap, Map, effect_map, map_picture, mapped_outcome
from experiments.money_flow_pictures import money_picture
from experiments.outcomes import HEADLINE
from experiments.pictures import effect_picture, group_picture, path_picture, paths
from experiments.report_tables import groups_of
from simulation.region import Region, RegionError, load_region

#: Outcomes by group that get pictures by authority; the tables have them all.
BY_AUTHORITY = ("inactivity_rate", "median_hourly_pay", "household_wealth_per_head", "reachable_jobs_no_car")
#: Outcomes by sex, disability and ethnicity that get pictures.
BY_PERSON = ("inactivity_rate", "employment_rate", "insecure_share", "median_hourly_pay")
#: Dimensions of persons with the name of their axis.
PERSONS = {"sex": "Sex", "disability": "Disability", "ethnicity": "Ethnicity"}
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
    for dimension, label in PERSONS.items():
        found |= _by_group(comparison, dimension, BY_PERSON, label)
    found |= _maps(comparison)
    found |= _flows(comparison)
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


def effect_map_arms(comparison: Comparison) -> list[tuple[str, Arm]]:
    """Policies that have a map of their effect, by the name of the picture."""
    return [
        (f"map-effect-{k}", arm)
        for k, arm in enumerate(comparison.policy_arms, start=1)
        if mapped_outcome(comparison, arm) is not None
    ]


def _maps(comparison: Comparison) -> dict[str, Draw]:
    region, table = region_of(comparison), comparison.breakdowns
    if region is None or not table.loc[table["dimension"] == "neighbourhood", "group"].isin(
        set(region.neighbourhoods["id"])
    ).any():  # fmt: skip
        return {}
    found: dict[str, Draw] = {"map": partial(_picture_of, map_picture, comparison, region)}
    for name, arm in effect_map_arms(comparison):
        found[name] = partial(_picture_of, effect_map, comparison, region, arm, name)
    return found


def _picture_of(draw: Callable[..., Map | EffectMap | None], *given: object) -> Picture:
    drawn = draw(*given)
    assert drawn is not None
    return drawn.picture


def _flows(comparison: Comparison) -> dict[str, Draw]:
    """Where an anchor's pound goes, without policies and under each."""
    table = comparison.money_flows
    if table.empty:
        return {}
    first = str(table["arm"].iloc[0])
    base = comparison.baseline.title
    found: dict[str, Draw] = {
        "money-baseline": partial(money_picture, table, first, base, "money-baseline", "baseline")
    }
    for k, arm in enumerate(comparison.policy_arms, start=1):
        if (table["arm"] == arm.name).any():
            found[f"money-{k}"] = partial(money_picture, table, arm.name, arm.title, f"money-{k}", "policy")
    return found


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

"""Lay out synthetic neighbourhoods from official counts and a list of settlements.

Official statistics say how many neighbourhoods of each deprivation decile an authority has, and how many
people live in them. A list of settlements says roughly where in the authority its poorer and richer parts
lie. From the two this module makes one row per neighbourhood, deterministically: no random numbers are drawn.

The result is a file of the region pack, so that a run reads data and not this code:

    python -m simulation.place_synthesis simulation/regions/lcr
"""

from __future__ import annotations

import math
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["largest_remainder", "synthesise_neighbourhoods", "write_neighbourhoods"]

GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))
"""Angle between successive points of a sunflower spiral, radians (Vogel 1979)."""
GOLDEN_RATIO_CONJUGATE = (math.sqrt(5.0) - 1.0) / 2.0
"""Step of the low-discrepancy sequence that mixes deciles between settlements (the golden ratio less one)."""
SOURCE = "synthesised from neighbourhood_counts.csv, settlements.csv and authorities.csv"


def largest_remainder(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Share out a whole number in proportion to weights.

    Args:
        weights: Non-negative weights, shape ``[n]``, not all zero.
        total: The whole number to share out.

    Returns:
        Whole numbers, shape ``[n]``, that sum to ``total`` exactly. Ties go to the earlier place.
    """
    exact = weights / weights.sum() * total
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return np.asarray(whole)


def _sites(settlements: pd.DataFrame, mixing: float) -> pd.DataFrame:
    """Return one row per site in an authority, from the most deprived to the least.

    A site's score is the place of its settlement on a scale from 0 (most deprived) to 1, plus a spread of at
    most ``mixing`` either way: this is what puts a few richer neighbourhoods in poor settlements and the
    reverse.
    """
    settlements = settlements.sort_values("deprivation_rank", kind="stable")
    total = int(settlements["neighbourhoods"].sum())
    rows = []
    before = 0
    places: list[Any] = list(settlements.itertuples())
    for place in places:
        middle = (before + place.neighbourhoods / 2.0) / total
        for k in range(place.neighbourhoods):
            spread = (2.0 * (((before + k + 1) * GOLDEN_RATIO_CONJUGATE) % 1.0) - 1.0) * mixing
            rows.append(
                (
                    place.name,
                    place.easting_m,
                    place.northing_m,
                    place.radius_m,
                    place.neighbourhoods,
                    middle + spread,
                )
            )
        before += place.neighbourhoods
    sites = pd.DataFrame(rows, columns=["settlement", "easting_m", "northing_m", "radius_m", "size", "score"])
    return sites.sort_values("score", kind="stable", ignore_index=True)


def synthesise_neighbourhoods(
    counts: pd.DataFrame, settlements: pd.DataFrame, authorities: pd.DataFrame, mixing: float
) -> pd.DataFrame:
    """Make the neighbourhoods of a region.

    In each authority, neighbourhoods in order of decile fill the sites of its settlements in order of
    deprivation. Within a settlement they lie on a sunflower spiral, the more deprived nearer its centre. The
    people of an authority and decile are spread evenly over its neighbourhoods, then scaled to the
    authority's official total, in whole people.

    Args:
        counts: ``authority, imd_decile, neighbourhoods, population_2015, working_age_2015``.
        settlements: ``authority, name, easting_m, northing_m, radius_m, deprivation_rank, neighbourhoods``.
        authorities: Authorities in order, with ``name, population_2019`` and the age bands from 16 to 64.
        mixing: From 0 (sorted strictly by settlement) to 1 (no pattern).

    Returns:
        The table ``neighbourhoods.csv``.

    Raises:
        ValueError: If an authority's settlements do not hold as many neighbourhoods as its counts say.
    """
    frames = []
    governed: list[Any] = list(authorities.itertuples())
    for authority in governed:
        own = counts[(counts["authority"] == authority.name) & (counts["neighbourhoods"] > 0)].sort_values("imd_decile")
        sites = _sites(settlements[settlements["authority"] == authority.name], mixing)
        number = int(own["neighbourhoods"].sum())
        if len(sites) != number:
            raise ValueError(
                "settlements.csv, column neighbourhoods: the settlements of "
                f"{authority.name} hold {len(sites)}; neighbourhood_counts.csv has {number}"
            )
        repeat = own["neighbourhoods"].to_numpy()
        per_person = np.repeat((own["population_2015"] / own["neighbourhoods"]).to_numpy(np.float64), repeat)
        per_worker = np.repeat((own["working_age_2015"] / own["neighbourhoods"]).to_numpy(np.float64), repeat)
        working_age = authority.age_16_24 + authority.age_25_34 + authority.age_35_49 + authority.age_50_64
        rows = sites.assign(
            authority=authority.name,
            imd_decile=np.repeat(own["imd_decile"].to_numpy(), repeat),
            population=largest_remainder(per_person, int(authority.population_2019)),
            working_age=largest_remainder(per_worker, int(working_age)),
        )
        step = rows.groupby("settlement", sort=False).cumcount().to_numpy()
        radius = rows["radius_m"].to_numpy() * np.sqrt((step + 0.5) / rows["size"].to_numpy())
        angle = step * GOLDEN_ANGLE
        rows["easting_m"] = np.rint(rows["easting_m"] + radius * np.cos(angle)).astype(np.int64)
        rows["northing_m"] = np.rint(rows["northing_m"] + radius * np.sin(angle)).astype(np.int64)
        rank = settlements[settlements["authority"] == authority.name].set_index("name")["deprivation_rank"]
        rows = rows.assign(rank=rows["settlement"].map(rank), step=step).sort_values(
            ["rank", "step"], ignore_index=True
        )
        slug = authority.name.replace(" ", "-")
        rows["id"] = [f"N-{slug}-{k + 1:03d}" for k in range(len(rows))]
        frames.append(rows)
    table = pd.concat(frames, ignore_index=True).assign(source=SOURCE)
    columns = "id authority settlement imd_decile population working_age easting_m northing_m source"
    return table[columns.split()]


def write_neighbourhoods(folder: str | Path) -> pd.DataFrame:
    """Write ``neighbourhoods.csv`` of a pack from its own counts, settlements and authorities.

    Args:
        folder: The region pack.

    Returns:
        The table written.
    """
    folder = Path(folder)
    with (folder / "region.toml").open("rb") as file:
        mixing = float(tomllib.load(file)["places"]["mixing"])
    table = synthesise_neighbourhoods(
        pd.read_csv(folder / "neighbourhood_counts.csv"),
        pd.read_csv(folder / "settlements.csv"),
        pd.read_csv(folder / "authorities.csv"),
        mixing,
    )
    table.to_csv(folder / "neighbourhoods.csv", index=False, lineterminator="\n")
    return table


if __name__ == "__main__":
    print(f"{len(write_neighbourhoods(sys.argv[1]))} neighbourhoods written")

"""The economy's tables: industries, anchors, rules and assumptions, borrowed and scaled where they are absolute."""

from __future__ import annotations

import pandas as pd

from experiments.region_build.choice import Choice, borrowed
from experiments.region_build.frames import Column, Frame
from experiments.region_build.national import FALLBACK
from experiments.region_build.students import STUDENTS, student_factor
from simulation.business import filled_jobs
from simulation.region import Region

__all__ = ["Sizes", "anchors", "assumptions", "sectors", "sizes_of", "taken_whole"]

#: Tables that are taken as they are. Rules of taxes and benefits are national; the rest are the pack's own assumptions.
WHOLE = ("anchor_jobs", "anchor_procurement", "enterprise_sizes", "io_coefficients", "tax_benefit")
#: Assumptions that are amounts of the region, and by what they are scaled.
SCALED = {
    "branch_plants": "jobs",
    "unregistered_businesses": "enterprises",
    "region_share_of_national_jobs": "jobs",
    "bus_operating_cost": "people",
    "bus_fare_revenue": "people",
    "bus_priority_cost": "people",
    "cycle_network_cost": "people",
}


class Sizes:
    """How large the new region is beside the pack to borrow from.

    Attributes:
        people: Ratio of people.
        jobs: Ratio of jobs outside anchors.
        enterprises: Ratio of registered enterprises.
    """

    def __init__(self, people: float, jobs: float, enterprises: float) -> None:
        self.people, self.jobs, self.enterprises = people, jobs, enterprises

    def of(self, what: str) -> float:
        """Return a ratio by name."""
        return {"people": self.people, "jobs": self.jobs, "enterprises": self.enterprises}[what]


def taken_whole(like: Region) -> dict[str, Frame]:
    """Tables that are taken from the pack to borrow from as they are."""
    tables = {}
    for name in WHOLE:
        table = like.table(name)
        notes = [
            borrowed(like, text)
            if name != "tax_benefit" or str(text).startswith("assumed")
            else f"{FALLBACK}: as in the pack {like.name} ({text})"
            for text in table["source"]
        ]
        tables[name] = table.assign(source=notes)
    return tables


def anchors(choice: Choice, zones: Frame, people: Column) -> Frame:
    """Anchor institutions: those of authorities that both packs have; for others one a type, scaled by people."""
    like, twins = choice.like, choice.twins()
    theirs = like.anchors
    own = {twin: name for name, twin in twins.items()}
    kept = theirs[theirs["authority"].isin(own)]
    parts = [
        kept.assign(authority=kept["authority"].map(own), source=[borrowed(like, text) for text in kept["source"]])
    ]
    all_people = float(like.authorities["population_2019"].sum())
    total = theirs.groupby("type", sort=False)[["headcount", "procurement"]].sum()
    for name in choice.names:
        if name in twins:
            continue
        mine = zones[zones["authority"] == name]
        ratio = float(people[name]) / all_people
        hospital = mine.loc[mine["kind"] == "hospital", "id"]
        made = pd.DataFrame(
            {
                "id": [f"A-{mine['id'].iloc[0].removeprefix('Z-')}-{kind.replace('_', '-')}" for kind in total.index],
                "name": [f"{name}: {str(kind).replace('_', ' ')}" for kind in total.index],
                "type": total.index,
                "authority": name,
                "zone": [
                    hospital.iloc[0] if kind == "nhs" and len(hospital) else mine["id"].iloc[0] for kind in total.index
                ],
                "headcount": [max(round(value * ratio), 1) for value in total["headcount"]],
                "procurement": [round(value * ratio) for value in total["procurement"]],
                "source": borrowed(like, "staff and procurement by type", "scaled by people"),
            }
        )
        parts.append(made)
    return pd.concat(parts, ignore_index=True)


def sizes_of(choice: Choice, tables: dict[str, Frame]) -> Sizes:
    """Compare the new region with the pack to borrow from.

    Args:
        choice: The authorities.
        tables: The new tables: authorities, commuting, incommuting, labour_market, enterprises, anchors.
    """
    like = choice.like
    jobs = (
        _jobs(tables["commuting"], tables["labour_market"], tables["incommuting"])
        - tables["anchors"]["headcount"].sum()
    )
    their_jobs = float(filled_jobs(like).sum()) - float(like.anchors["headcount"].sum())
    people = tables["authorities"]["population_2019"].sum() / like.authorities["population_2019"].sum()
    enterprises = tables["enterprises"]["count"].sum() / like.enterprises["count"].sum()
    # Anchors may be many beside few jobs; industries keep some in any case.
    return Sizes(float(people), max(float(jobs) / their_jobs, 0.1 * float(people)), float(enterprises))


def _jobs(commuting: Frame, labour: Frame, coming: Frame) -> float:
    """Jobs that residents and commuters fill, as the model counts them."""
    within = commuting[commuting["destination"] != "outside"]
    residents = within["share"] * within["origin"].map(labour.set_index("authority")["employed"])
    here = residents.groupby(within["destination"]).sum()
    travellers = within.groupby("destination")["commuters"].sum().clip(lower=1.0)
    return float((here * (1.0 + coming.set_index("authority")["commuters"] / travellers)).sum())


def sectors(like: Region, sizes: Sizes) -> Frame:
    """Industries: the table sectors.csv, jobs scaled."""
    table = like.sectors.copy()
    jobs = [_same_or_scaled(value, sizes.jobs, 0) for value in table["jobs"]]
    how = "jobs scaled by those outside anchors" if sizes.jobs != 1.0 else ""
    return table.assign(
        jobs=[max(value, 1) for value in jobs], source=[borrowed(like, text, how) for text in table["source"]]
    )


def _same_or_scaled(value: float, ratio: float, digits: int | None = None) -> float:
    return value if ratio == 1.0 else round(value * ratio, digits) if digits else float(f"{value * ratio:.6g}")


def assumptions(choice: Choice, sizes: Sizes, youth: Column) -> Frame:
    """Assumptions: as they are, but for amounts of the region, which are scaled.

    Args:
        choice: The authorities.
        sizes: How large the region is.
        youth: People of 16 to 24 by authority.
    """
    like = choice.like
    table: Frame = like.table("assumptions")
    factors = {name: sizes.of(what) for name, what in SCALED.items()}
    factors[STUDENTS] = student_factor(choice, youth)
    notes = []
    for row, name in enumerate(table["name"]):
        factor = factors.get(str(name), 1.0)
        for column in ("low", "value", "high"):
            table.loc[row, column] = _same_or_scaled(float(table.at[row, column]), factor)
        if name == "region_share_of_national_jobs":
            for column in ("low", "value", "high"):
                table.loc[row, column] = min(float(table.at[row, column]), 1.0)
        what = SCALED.get(str(name), "authority and people of 16 to 24")
        notes.append(borrowed(like, str(table.at[row, "source"]), f"scaled by {what}" if factor != 1.0 else ""))
    # All stand in one file, so that no topic is left to tell.
    return table.drop(columns="topic").assign(source=notes)

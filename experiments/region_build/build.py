"""A whole region pack, written to a folder or not at all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.errors import InputError
from experiments.folders import MANIFEST, check_target, whole_folder, write_json
from experiments.region_build import economy, people, places, sites, targets, work
from experiments.region_build.choice import Choice, choose
from experiments.region_build.frames import Frame
from experiments.region_build.official_files import KINDS, Sources, find_sources
from experiments.region_build.students import core_of
from simulation.region import Region, check_region, load_region
from simulation.region_schema import AGE_BANDS, TABLES

__all__ = ["Built", "build_region"]

KIND = "region pack"
"""What the manifest of a pack says it is."""
FILES = ("region.toml", *(f"{table.name}.csv" for table in TABLES))
"""Files that a pack may consist of, beside its manifest."""
_PARTS = ("source_people", "source_homes")


@dataclass(frozen=True)
class Built:
    """A pack that was built.

    Attributes:
        folder: Where it is.
        authorities: Names of its authorities.
        neighbourhoods: How many LSOAs it has.
        used: Official files that were read, by kind.
        missing: Kinds of official files that were not there, whose figures fall back.
        unused: Files of the folder that were not recognised.
    """

    folder: Path
    authorities: tuple[str, ...]
    neighbourhoods: int
    used: dict[str, list[str]]
    missing: list[str]
    unused: list[str]


def build_region(
    out: str | Path,
    sources: str | Path,
    authorities: Sequence[str],
    *,
    name: str | None = None,
    title: str | None = None,
    like: str | Path = "lcr",
) -> Built:
    """Make a region pack of English local authorities from official files.

    Args:
        out: Folder of the pack; a pack that was built there before is replaced.
        sources: Folder of official files.
        authorities: Their codes or names, as in the Indices of Deprivation 2019.
        name: Short name of the region; None takes that of the folder.
        title: Name for people; None lists the authorities.
        like: Pack to borrow from, a name or a folder.

    Returns:
        What was built and from what.

    Raises:
        InputError: An official file or an option is wrong. Nothing is written then.
        RegionError: The pack to borrow from is wrong.
    """
    out = Path(out)
    _check_out(out)
    lender = load_region(like)
    found = find_sources(Path(sources))
    table = found.read("deprivation")[0]
    choice = choose(authorities, table, lender)
    name = name if name is not None else re.sub(r"\W+", "_", out.absolute().name).strip("_").lower()
    if not re.fullmatch(r"[\w-]+", name):
        raise InputError(f"--name: {name!r} is not allowed; allowed are letters, digits, - and _")
    title = title if title is not None else ", ".join(choice.names)
    if not title.strip():
        raise InputError("--title: it is empty; allowed is a text")
    tables = _tables(choice, found, places.read_lsoas(choice, found, table))
    built = _summary(out, choice, found, len(tables["neighbourhoods"]))
    with whole_folder(out, option="OUT", also=FILES) as folder:
        _write(folder, tables, _settings(name, title, lender))
        write_json(folder / MANIFEST, _manifest(choice, found))
        problems = check_region(folder)
        if problems:
            raise InputError(f"{found.folder}: the pack made of these files is not good: {problems[0]}")
    return built


def _check_out(out: Path) -> None:
    """A folder of other results is no place for a pack, though they are ours."""
    check_target(out, option="OUT", also=FILES)
    manifest = out / MANIFEST
    if manifest.is_file() and json.loads(manifest.read_text(encoding="utf-8")).get("kind") != KIND:
        raise InputError(
            f"{out}: OUT: holds other results of ours; allowed is a folder that is new or holds a pack built here"
        )


def _tables(choice: Choice, sources: Sources, lsoas: places.Lsoas) -> dict[str, Frame]:
    """All tables of the pack by name."""
    like = choice.like
    tables: dict[str, Frame] = {"neighbourhood_counts": places.neighbourhood_counts(choice, lsoas)}
    residents = people.people_of_authorities(choice, sources, tables["neighbourhood_counts"].pipe(_one_a_place, lsoas))
    points = _points(sources)
    centre = places.centres(choice, residents, points)
    tables["neighbourhoods"] = places.neighbourhoods(choice, lsoas, residents, centre, points)
    figures = people.read_survey(choice, sources)
    tables["labour_market"] = people.labour_market(choice, residents, figures)
    tables["qualifications"] = people.qualifications(choice, figures)
    tables["pay"] = people.pay(choice)
    tables["inactivity_reasons"] = people.inactivity_reasons(choice)
    flows = work.read_flows(choice, sources, tables["labour_market"].set_index("authority")["employed"])
    tables["commuting"], tables["incommuting"] = work.commuting_tables(choice, flows)
    number = residents.set_index("name")["population_2019"]
    tables["enterprises"] = work.enterprises(choice, sources, number)
    tables["business_demography"] = work.business_demography(choice, number)
    youth = residents.set_index("name")["age_16_24"]
    tables |= sites.lay_out(choice, centre, number, flows, points, core_of(choice, youth))
    tables["anchors"] = economy.anchors(choice, tables["zones"], number)
    tables["authorities"] = _authorities(residents, centre, flows)
    sizes = economy.sizes_of(choice, tables)
    tables["sectors"] = economy.sectors(like, sizes)
    tables["assumptions"] = economy.assumptions(choice, sizes, youth)
    tables |= economy.taken_whole(like)
    tables["targets"] = targets.targets(tables)
    tables["authorities"] = tables["authorities"].drop(columns=list(_PARTS))
    return tables


def _one_a_place(counts: Frame, lsoas: places.Lsoas) -> Frame:
    """A row for each LSOA, with its people of mid-2015, nought where they are not given."""
    return lsoas.frame[["authority"]].assign(population_2015=lsoas.frame["people"].fillna(0.0))


def _points(sources: Sources) -> Frame:
    """Points of centroids.csv by code: easting, northing, area_km2 where given; empty without the file."""
    if "centroids" not in sources:
        return pd.DataFrame(columns=["easting", "northing"])
    table = sources.read("centroids")[0]
    table.once(["code"])
    found = pd.DataFrame(
        {"easting": table.numbers("easting", high=1e6), "northing": table.numbers("northing", high=1.3e6)}
    )
    if "area_km2" in table:
        found["area_km2"] = table.numbers("area_km2", blank=True)
    return found.set_axis(pd.Index(table.frame["code"]))


def _authorities(residents: Frame, centre: Frame, flows: work.Flows) -> Frame:
    """The table authorities.csv, with the parts of its source beside it."""
    table = residents.join(centre, on="name")
    table["workplace_commuters_2021"] = [round(flows.inside[name].sum()) for name in table["name"]]
    parts = ("people: " + table["source_people"], "households and cars: " + table["source_homes"])
    places_of = "centre and area: " + table["where"]
    table["source"] = parts[0] + "; " + parts[1] + "; " + places_of + f"; workplaces: {flows.source}"
    columns = ["code", "name", "easting_m", "northing_m", "area_km2", "population_2019", *AGE_BANDS]
    columns += ["households", "share_no_car", "workplace_commuters_2021", "source", *_PARTS]
    return table[columns]


def _settings(name: str, title: str, like: Region) -> str:
    """The text of region.toml."""
    lines = [f"# Region pack made by `commonweal region build`. See docs/region_build.md and {MANIFEST}."]
    source = f"official files named in {MANIFEST}; industries and working age as in the pack {like.name}"
    settings = like.settings
    values = {
        "name": name,
        "title": title,
        "base_year": settings["base_year"],
        "currency": settings["currency"],
        "crs": settings["crs"],
        "working_age": settings["working_age"],
        "sectors": settings["sectors"],
        "source": source,
    }
    # JSON's texts, numbers and lists are TOML's too.
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _write(folder: Path, tables: dict[str, Frame], settings: str) -> None:
    known = {table.name for table in TABLES}
    assert set(tables) <= known, set(tables) - known
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    (folder / "region.toml").write_text(settings, encoding="utf-8")


def _summary(out: Path, choice: Choice, sources: Sources, neighbourhoods: int) -> Built:
    used = {KINDS[kind].title: [path.name for path in paths] for kind, paths in sources.files.items()}
    estimates = {"population", "population_series"} & set(sources.files)
    absent = [kind for kind in KINDS if kind not in sources and not (estimates and kind.startswith("population"))]
    missing = [KINDS[kind].title for kind in absent if kind != "population_series"]
    return Built(out, choice.names, neighbourhoods, used, missing, [path.name for path in sources.unused])


def _manifest(choice: Choice, sources: Sources) -> dict[str, object]:
    """What the pack was made of: the same files give the same pack."""
    files = {path.name: path for paths in sources.files.values() for path in paths}
    return {
        "program": "commonweal",
        "kind": KIND,
        "authorities": dict(zip(choice.codes, choice.names, strict=True)),
        "like": {"name": choice.like.name, "hash": choice.like.hash},
        "sources": {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())},
    }

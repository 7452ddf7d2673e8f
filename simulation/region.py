"""Region packs: a folder of CSV and TOML files, read and checked whole.

A pack describes one place: its authorities, neighbourhoods, employment sites, public transport, economy, and
the assumptions made about it. :func:`load_region` reads one; :func:`check_region` lists all that is wrong
with one. What a pack must hold is in :mod:`simulation.region_schema`; how its files are read and checked, in
:mod:`simulation.region_files`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.region_files import hash_pack, read_pack
from simulation.region_schema import OUTSIDE

__all__ = ["Region", "RegionError", "check_region", "load_region", "region_names"]

BUILT_IN = Path(__file__).parent / "regions"
"""Folder of the packs that come with the package."""


class RegionError(ValueError):
    """A region pack is wrong.

    Attributes:
        problems: Every problem found, one line each; the message is the first.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = list(problems)
        more = len(self.problems) - 1
        super().__init__(self.problems[0] + (f" (and {more} more; see check_region)" if more else ""))

    def __reduce__(self) -> tuple[type[RegionError], tuple[list[str]]]:
        return type(self), (self.problems,)


@dataclass(frozen=True, eq=False)
class Region:
    """A region, as its pack describes it. Treat every table as read-only; arrays are.

    Attributes:
        name: Short name, as in ``region.toml``.
        title: Name for people.
        base_year: Year of the prices and of the population.
        path: The folder it was read from.
        hash: SHA-256, in hexadecimal, over the sorted file names and their contents.
        settings: All of ``region.toml``.
        tables: Every CSV file, by name without ``.csv``; the files ``assumptions*.csv`` are one table.
    """

    name: str
    title: str
    base_year: int
    path: Path
    hash: str
    settings: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    def __repr__(self) -> str:
        size = f"{self.n_neighbourhoods} neighbourhoods, {self.n_zones} zones"
        return f"Region({self.name!r}, {size}, {self.hash[:12]})"

    def table(self, name: str) -> pd.DataFrame:
        """Return a copy of one table.

        Args:
            name: File name without ``.csv``.

        Raises:
            KeyError: If the pack has no such file.
        """
        if name not in self.tables:
            raise KeyError(f"the region {self.name} has no table {name}; it has {', '.join(sorted(self.tables))}")
        return self.tables[name].copy()

    # Tables -------------------------------------------------------------------------------------------

    @property
    def authorities(self) -> pd.DataFrame:
        """Authorities, in order."""
        return self.tables["authorities"]

    @property
    def neighbourhoods(self) -> pd.DataFrame:
        """Neighbourhoods: authority, decile, people, coordinates."""
        return self.tables["neighbourhoods"]

    @property
    def zones(self) -> pd.DataFrame:
        """Employment sites and shopping centres."""
        return self.tables["zones"]

    @property
    def stops(self) -> pd.DataFrame:
        """Stations and bus hubs."""
        return self.tables["stops"]

    @property
    def lines(self) -> pd.DataFrame:
        """Bus and rail lines, each with its stops in order."""
        return self.tables["lines"]

    @property
    def sectors(self) -> pd.DataFrame:
        """Sectors of the economy."""
        return self.tables["sectors"]

    @property
    def enterprises(self) -> pd.DataFrame:
        """Registered enterprises by authority, sector and size."""
        return self.tables["enterprises"]

    @property
    def anchors(self) -> pd.DataFrame:
        """Anchor institutions."""
        return self.tables["anchors"]

    @property
    def labour_market(self) -> pd.DataFrame:
        """People of working age by economic status."""
        return self.tables["labour_market"]

    @property
    def qualifications(self) -> pd.DataFrame:
        """People of working age by qualification."""
        return self.tables["qualifications"]

    @property
    def commuting(self) -> pd.DataFrame:
        """Commuting between authorities."""
        return self.tables["commuting"]

    @property
    def pay(self) -> pd.DataFrame:
        """Weekly pay by authority."""
        return self.tables["pay"]

    @property
    def inactivity_reasons(self) -> pd.DataFrame:
        """Reasons for inactivity."""
        return self.tables["inactivity_reasons"]

    @property
    def io_coefficients(self) -> pd.DataFrame:
        """Purchases per pound of output, before regionalising."""
        return self.tables["io_coefficients"]

    @property
    def tax_benefit(self) -> pd.DataFrame:
        """Dated rates and amounts of taxes and benefits."""
        return self.tables["tax_benefit"]

    @property
    def targets(self) -> pd.DataFrame:
        """What validation compares the model with."""
        return self.tables["targets"]

    @cached_property
    def assumptions(self) -> pd.DataFrame:
        """Assumptions by name: ``value, low, high, unit, source, note``, and ``topic``, after the file."""
        return self.tables["assumptions"].set_index("name")

    def assumption_values(self) -> dict[str, float]:
        """Return the central value of every assumption by name."""
        table = self.tables["assumptions"]
        return dict(zip(table["name"].tolist(), table["value"].tolist(), strict=True))

    # Names and indices --------------------------------------------------------------------------------

    @property
    def n_authorities(self) -> int:
        """Number of authorities."""
        return len(self.authorities)

    @property
    def n_neighbourhoods(self) -> int:
        """Number of neighbourhoods."""
        return len(self.neighbourhoods)

    @property
    def n_zones(self) -> int:
        """Number of zones, those outside the region included."""
        return len(self.zones)

    @cached_property
    def authority_names(self) -> tuple[str, ...]:
        """Names of the authorities, in order."""
        return tuple(self.authorities["name"])

    @cached_property
    def authority_index(self) -> dict[str, int]:
        """Index of each authority by name; ``outside`` is -1."""
        return {name: k for k, name in enumerate(self.authority_names)} | {OUTSIDE: -1}

    @cached_property
    def sector_ids(self) -> tuple[str, ...]:
        """Sectors, in order."""
        return tuple(self.settings["sectors"])

    @cached_property
    def zone_index(self) -> dict[str, int]:
        """Index of each zone by id."""
        return {zone: k for k, zone in enumerate(self.zones["id"])}

    # Columns as arrays --------------------------------------------------------------------------------

    @cached_property
    def neighbourhood_authority(self) -> NDArray[np.int8]:
        """Authority of each neighbourhood, shape ``[n]``."""
        return _frozen(self.neighbourhoods["authority"].map(self.authority_index).to_numpy(np.int8))

    @cached_property
    def neighbourhood_decile(self) -> NDArray[np.int8]:
        """Deprivation decile of each neighbourhood, 1 the most deprived, shape ``[n]``."""
        return _frozen(self.neighbourhoods["imd_decile"].to_numpy(np.int8))

    @cached_property
    def neighbourhood_population(self) -> NDArray[np.int32]:
        """People of each neighbourhood, shape ``[n]``."""
        return _frozen(self.neighbourhoods["population"].to_numpy(np.int32))

    @cached_property
    def neighbourhood_working_age(self) -> NDArray[np.int32]:
        """People of working age of each neighbourhood, shape ``[n]``."""
        return _frozen(self.neighbourhoods["working_age"].to_numpy(np.int32))

    @cached_property
    def neighbourhood_xy(self) -> NDArray[np.float64]:
        """Easting and northing of each neighbourhood, metres, shape ``[n, 2]``."""
        return _frozen(self.neighbourhoods[["easting_m", "northing_m"]].to_numpy(np.float64))

    @cached_property
    def zone_authority(self) -> NDArray[np.int8]:
        """Authority of each zone, -1 outside the region, shape ``[z]``."""
        return _frozen(self.zones["authority"].map(self.authority_index).to_numpy(np.int8))

    @cached_property
    def zone_kind(self) -> tuple[str, ...]:
        """Kind of each zone."""
        return tuple(self.zones["kind"])

    @cached_property
    def zone_xy(self) -> NDArray[np.float64]:
        """Easting and northing of each zone, metres, shape ``[z, 2]``."""
        return _frozen(self.zones[["easting_m", "northing_m"]].to_numpy(np.float64))

    @cached_property
    def zone_job_weight(self) -> NDArray[np.float64]:
        """Share of its authority's jobs in each zone, shape ``[z]``."""
        return _frozen(self.zones["job_weight"].to_numpy(np.float64))

    @cached_property
    def zone_retail_weight(self) -> NDArray[np.float64]:
        """Pull of each zone on shoppers, no unit, shape ``[z]``."""
        return _frozen(self.zones["retail_weight"].to_numpy(np.float64))

    def zone_jobs_share(self) -> NDArray[np.float64]:
        """Return each zone's share of the region's workplaces, shape ``[z]``; nought outside the region."""
        jobs = self.authorities["workplace_commuters_2021"].to_numpy(np.float64)
        shares = np.append(jobs / jobs.sum(), 0.0)
        return np.asarray(self.zone_job_weight * shares[self.zone_authority])

    def local_zones(self, authority: int) -> NDArray[np.int64]:
        """Return the indices of the zones of kind ``local`` in one authority.

        Args:
            authority: Index of the authority.
        """
        local = np.array([kind == "local" for kind in self.zone_kind])
        return np.flatnonzero(local & (self.zone_authority == authority))


def region_names() -> list[str]:
    """Return the names of the built-in packs."""
    return sorted(folder.name for folder in BUILT_IN.iterdir() if (folder / "region.toml").is_file())


def load_region(name_or_path: str | Path) -> Region:
    """Read a region pack.

    Args:
        name_or_path: Name of a built-in pack (``"lcr"``), or a path to a folder.

    Returns:
        The region, checked.

    Raises:
        RegionError: If anything in the pack is wrong. The message names file, row and column.
    """
    folder = _folder(name_or_path)
    return _load(folder, hash_pack(folder))


@lru_cache(maxsize=4)
def _load(folder: Path, digest: str) -> Region:
    """Read a pack once in a process, as long as its files stay as they are."""
    settings, tables, problems = read_pack(folder)
    if problems:
        raise RegionError(problems)
    return Region(
        name=settings["name"],
        title=settings["title"],
        base_year=settings["base_year"],
        path=folder,
        hash=digest,
        settings=settings,
        tables=tables,
    )


def check_region(path: str | Path) -> list[str]:
    """List all that is wrong with a region pack.

    Args:
        path: A folder, or the name of a built-in pack.

    Returns:
        One line per problem, ``file, row, column: what is wrong; what is allowed``. Rows are numbered as a
        spreadsheet shows them: the headings are row 1. An empty list means that the pack is good.
    """
    try:
        folder = _folder(path)
    except RegionError as error:
        return error.problems
    return read_pack(folder)[2]


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array that cannot be written to."""
    array = np.ascontiguousarray(array)
    if not array.flags.owndata:
        array = array.copy()
    array.setflags(write=False)
    return array


def _folder(name_or_path: str | Path) -> Path:
    """Find the folder of a pack. A bare word that names a built-in pack means that pack."""
    text = str(name_or_path)
    built_in = BUILT_IN / text if re.fullmatch(r"\w+", text) else None
    if built_in is not None and (built_in / "region.toml").is_file():
        return built_in
    folder = Path(name_or_path)
    if not folder.is_dir():
        raise RegionError([f"{text}: no such region; give a folder, or one of {', '.join(region_names())}"])
    if not (folder / "region.toml").is_file():
        raise RegionError(["region.toml: the file is missing; every region pack has one"])
    return folder

"""Region packs: a folder of CSV and TOML files, read and checked whole.

A pack describes one place: its authorities, neighbourhoods, employment sites, public transport, economy, and
the assumptions made about it. :func:`load_region` reads one; :func:`check_region` lists all that is wrong
with one. What a pack must hold is in :mod:`simulation.region_schema`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.region_schema import AGE_BANDS, OUTSIDE, SETTINGS, TABLES, Column, Table

__all__ = ["Region", "RegionError", "check_region", "load_region", "region_names"]

BUILT_IN = Path(__file__).parent / "regions"
"""Folder of the packs that come with the package."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_MONTH_LENGTH = len("2019-04")
_ROW_TOLERANCE = 1e-6
"""How far from one the shares of a row may sum."""
_MOST_NAMED = 8
"""How many allowed values an error message lists before it says how many more there are."""


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
        """Assumptions by name: ``value, low, high, unit, source, note``."""
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
    return _load(folder, _hash(folder))


@lru_cache(maxsize=4)
def _load(folder: Path, digest: str) -> Region:
    """Read a pack once in a process, as long as its files stay as they are."""
    settings, tables, problems = _read(folder)
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
    return _read(folder)[2]


# Reading ----------------------------------------------------------------------------------------------


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


def _pack_files(folder: Path) -> list[Path]:
    """Return the files of a pack: its CSV and TOML, sorted by name, hidden files left out."""
    files = (path for path in folder.iterdir() if path.suffix in (".csv", ".toml") and not path.name.startswith("."))
    return sorted((path for path in files if path.is_file()), key=lambda path: path.name)


def _hash(folder: Path) -> str:
    """Return the SHA-256 of the names and contents of a pack's files."""
    digest = hashlib.sha256()
    for path in _pack_files(folder):
        for part in (path.name.encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, pd.DataFrame], list[str]]:
    """Read and check a whole pack: its settings, its tables and its problems."""
    settings, problems = _read_settings(folder / "region.toml")
    files = {path.stem: path for path in _pack_files(folder) if path.suffix == ".csv"}
    sheets: dict[str, _Sheet] = {}
    schema = {table.name: table for table in TABLES}
    for table in TABLES:
        if table.name == "assumptions":
            names = sorted(name for name in files if name.startswith("assumptions"))
        else:
            names = [name for name in (table.name,) if name in files]
        if not names and table.required:
            problems.append(f"{table.name}.csv: the file is missing; every region pack has one")
        for name in names:
            sheets[name] = _Sheet(files[name], table)
    for name, path in files.items():
        if name not in sheets:
            sheets[name] = _Sheet(path, None)
    for sheet in sheets.values():
        sheet.read()
    for sheet in sheets.values():
        sheet.refer(sheets, settings)
    _check_assumption_names(sheets)
    if not problems and not any(sheet.problems for sheet in sheets.values()):
        _check_across(sheets, settings)
    order = {name: k for k, name in enumerate(schema)}
    for name in sorted(sheets, key=lambda name: (order.get(name, len(order)), name)):
        problems.extend(sheets[name].problems)
    tables = {name: sheet.frame() for name, sheet in sheets.items()} if not problems else {}
    parts = [tables.pop(name) for name in sorted(tables) if name.startswith("assumptions")]
    if parts:
        tables["assumptions"] = pd.concat(parts, ignore_index=True)
    return settings, tables, problems


def _read_settings(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Read and check region.toml."""
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return {}, [f"region.toml: not a TOML file ({error}); it must be TOML in UTF-8"]
    problems = []
    for setting in SETTINGS:
        value: Any = settings
        for part in setting.name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        needed = f"{_SETTING_KINDS[setting.kind]} is needed"
        if value is None:
            if not setting.optional:
                problems.append(f"region.toml, key {setting.name}: it is missing; {needed}")
        elif not _setting_fits(setting.kind, value):
            problems.append(f"region.toml, key {setting.name}: {value!r} is not allowed; {needed}")
    return settings, problems


_SETTING_KINDS = {
    "text": "a text that is not empty",
    "int": "a whole number",
    "two ints": "a list of two whole numbers, the lower first",
    "texts": "a list of different texts",
    "share": "a number from 0 to 1",
}


def _setting_fits(kind: str, value: Any) -> bool:
    """Whether a value of region.toml is of a kind."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if kind == "text":
        return isinstance(value, str) and bool(value.strip())
    if kind == "int":
        return whole
    if kind == "two ints":
        return (
            isinstance(value, list)
            and len(value) == 2
            and all(type(v) is int for v in value)
            and 0 <= value[0] <= value[1]
        )
    if kind == "texts":
        good = isinstance(value, list) and value and all(isinstance(v, str) and v.strip() for v in value)
        return bool(good) and len(set(value)) == len(value)
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


class _Sheet:
    """One CSV file while it is being checked."""

    def __init__(self, path: Path, table: Table | None) -> None:
        self.file = path.name
        self.path = path
        self.schema = table
        self.problems: list[str] = []
        self.header: list[str] = []
        self.rows: list[int] = []
        self.cells: dict[str, list[str]] = {}
        self.values: dict[str, list[Any]] = {}

    def problem(self, row: int | None, column: str | None, what: str, allowed: str) -> None:
        """Note a problem at a row (1 for the headings) and column."""
        place = self.file + (f", row {row}" if row is not None else "") + (f", column {column}" if column else "")
        self.problems.append(f"{place}: {what}; {allowed}")

    def frame(self) -> pd.DataFrame:
        """Return the checked values as a table."""
        return pd.DataFrame({name: self.values[name] for name in self.header if name in self.values})

    def read(self) -> None:
        """Read the file and check each column by itself."""
        if not self._split():
            return
        columns = self._columns()
        before = len(self.problems)
        for column in columns:
            self._column(column)
        if self.schema is None or len(self.problems) > before:
            return
        self._unique(self.schema.unique)
        for share in self.schema.shares:
            self._share(share.column, share.by, share.total, share.tolerance)
        self._ordered(self.schema.ordered)
        self._row_shares(self.schema.row_shares)

    def _split(self) -> bool:
        """Cut the file into cells. Returns whether it could be."""
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.path.read_bytes()[: error.start].count(b"\n") + 1
            self.problem(line, None, "it is not UTF-8 text", "save the file as UTF-8")
            return False
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            self.problem(
                None,
                None,
                f"it is not a CSV file ({error})",
                "cells are separated by commas, quotes come in pairs",
            )
            return False
        if not records or not any(cell.strip() for cell in records[0]):
            self.problem(1, None, "there are no headings", "row 1 holds the names of the columns")
            return False
        self.header = [cell.strip() for cell in records[0]]
        for name in sorted({name for name in self.header if self.header.count(name) > 1}):
            self.problem(1, name, "the heading comes twice", "each column has its own name")
            return False
        self.cells = {name: [] for name in self.header}
        for row, record in enumerate(records[1:], start=2):
            if not any(cell.strip() for cell in record):
                continue
            if len(record) != len(self.header):
                self.problem(row, None, f"it has {len(record)} cells", f"row 1 has {len(self.header)} headings")
                return False
            self.rows.append(row)
            for name, cell in zip(self.header, record, strict=True):
                self.cells[name].append(cell.strip())
        if not self.rows and not (self.schema is not None and self.schema.empty):
            self.problem(2, None, "there are no rows", "the file must hold at least one")
            return False
        return True

    def _columns(self) -> list[Column]:
        """Compare the headings with the schema. Returns the columns that can be checked."""
        if self.schema is None:
            if "source" not in self.header:
                self.problem(1, "source", "the column is missing", "every row says where it comes from, or assumed")
            return [_guess(name, self.cells[name]) for name in self.header]
        known = {column.name: column for column in self.schema.columns}
        for column in self.schema.columns:
            if column.name not in self.header and not column.optional:
                self.problem(1, column.name, "the column is missing", f"the columns are {', '.join(known)}")
        columns = [known[name] for name in self.header if name in known]
        for name in self.header:
            if name in known:
                continue
            if self.schema.extra:
                columns.append(_guess(name, self.cells[name]))
            else:
                self.problem(1, name or "(no heading)", "the column is unknown", f"the columns are {', '.join(known)}")
        return columns

    def _column(self, column: Column) -> None:
        """Check the cells of one column and keep their values."""
        values: list[Any] = []
        seen: dict[Any, int] = {}
        good = True
        for row, cell in zip(self.rows, self.cells[column.name], strict=True):
            try:
                value = _value(column, cell)
            except _BadCellError as bad:
                self.problem(row, column.name, bad.what, bad.allowed)
                good = False
                continue
            if column.unique and value in seen:
                self.problem(row, column.name, f"{value} was in row {seen[value]} already", "each value comes once")
                good = False
            seen.setdefault(value, row)
            values.append(value)
        if good:
            self.values[column.name] = values

    def _unique(self, columns: tuple[str, ...]) -> None:
        if not columns:
            return
        seen: dict[tuple[Any, ...], int] = {}
        for k, row in enumerate(self.rows):
            key = tuple(self.values[name][k] for name in columns)
            if key in seen:
                what = f"{', '.join(map(str, key))} was in row {seen[key]} already"
                self.problem(row, columns[-1], what, f"{' and '.join(columns)} together come once")
            seen.setdefault(key, row)

    def _share(self, column: str, by: str, total: float, tolerance: float) -> None:
        first: dict[Any, int] = {}
        parts: dict[Any, list[float]] = {}
        for k, row in enumerate(self.rows):
            key = self.values[by][k] if by else ""
            first.setdefault(key, row)
            parts.setdefault(key, []).append(self.values[column][k])
        for key, numbers in parts.items():
            found = math.fsum(numbers)
            if abs(found - total) > tolerance:
                whose = f" of {key}" if by else ""
                self.problem(first[key], column, f"the values{whose} sum to {found:.6g}", f"they must sum to {total:g}")

    def _ordered(self, columns: tuple[str, ...]) -> None:
        for k, row in enumerate(self.rows):
            for left, right in pairwise(columns):
                if self.values[left][k] > self.values[right][k]:
                    what = f"{self.values[right][k]:g} is below {left} {self.values[left][k]:g}"
                    self.problem(row, right, what, f"the order is {' <= '.join(columns)}")
                    break

    def _row_shares(self, columns: tuple[str, ...]) -> None:
        for k, row in enumerate(self.rows if columns else []):
            found = math.fsum(self.values[name][k] for name in columns)
            if abs(found - 1.0) > _ROW_TOLERANCE:
                what = f"{', '.join(columns)} sum to {found:.6g}"
                self.problem(row, columns[0], what, "they must sum to 1")

    def refer(self, sheets: Mapping[str, _Sheet], settings: Mapping[str, Any]) -> None:
        """Check the values that must be found in another file."""
        if self.schema is None:
            return
        for column in self.schema.columns:
            if not column.refers or column.name not in self.values:
                continue
            found = _referred(column.refers, sheets, settings)
            if found is None:
                continue
            if not found:
                file = f"{column.refers.partition('.')[0]}.csv"
                what = f"{self.values[column.name][0]} should be in {file}, which is missing"
                self.problem(self.rows[0], column.name, what, f"add {file} or leave out {self.file}")
                continue
            allowed = [*found, *column.also]
            known = set(allowed)
            for row, value in zip(self.rows, self.values[column.name], strict=True):
                parts = value.split() if column.kind == "ids" else [value]
                for part in parts:
                    if part not in known and not (column.blank and part == ""):
                        what = f"{part} is not in {column.refers.replace('.', '.csv, column ', 1)}"
                        if column.refers == "settings.sectors":
                            what = f"{part} is not in region.toml, key sectors"
                        self.problem(row, column.name, what, f"allowed are {_listed(allowed)}")
                        break
        for name in self.schema.complete:
            column = next(column for column in self.schema.columns if column.name == name)
            found = _referred(column.refers, sheets, settings)
            if found is None or name not in self.values:
                continue
            for value in found:
                if value not in self.values[name]:
                    self.problem(None, name, f"there is no row for {value}", f"each of {column.refers} has one")


class _BadCellError(Exception):
    """A cell that will not do."""

    def __init__(self, what: str, allowed: str) -> None:
        super().__init__(what)
        self.what = what
        self.allowed = allowed


def _value(column: Column, cell: str) -> Any:
    """Turn a cell into its value, or say what is wrong with it."""
    if cell == "":
        if column.blank:
            return float("nan") if column.kind in ("int", "number") else ""
        raise _BadCellError("the cell is empty", _allowed(column))
    if column.kind in ("int", "number"):
        return _number(column, cell)
    if column.kind == "date":
        try:
            if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", cell, re.ASCII):
                raise ValueError
            date.fromisoformat(cell if len(cell) > _MONTH_LENGTH else f"{cell}-01")
        except ValueError:
            raise _BadCellError(f"{cell} is not a date", _allowed(column)) from None
    if column.kind == "ids" and len(cell.split()) < 2:
        raise _BadCellError(f"{cell} is only one", "at least two, separated by spaces")
    if column.allowed and cell not in column.allowed:
        raise _BadCellError(f"{cell} is unknown", _allowed(column))
    return cell


def _number(column: Column, cell: str) -> int | float:
    """Turn a cell into a finite number inside its range."""
    if column.kind == "int" and _INTEGER.fullmatch(cell):
        value: int | float = int(cell)
        if abs(value) >= 2**63:
            raise _BadCellError(f"{cell} is too large", _allowed(column))
    elif column.kind == "number" and _NUMBER.fullmatch(cell):
        value = float(cell)
        if not math.isfinite(value):
            raise _BadCellError(f"{cell} is too large", _allowed(column))
    else:
        raise _BadCellError(
            f"{cell} is not a {'whole number' if column.kind == 'int' else 'finite number'}", _allowed(column)
        )
    if column.low is not None and value < column.low:
        raise _BadCellError(f"{cell} is too small", _allowed(column))
    if column.above is not None and value <= column.above:
        raise _BadCellError(f"{cell} is too small", _allowed(column))
    if column.high is not None and value > column.high:
        raise _BadCellError(f"{cell} is too large", _allowed(column))
    return value


def _allowed(column: Column) -> str:
    """Say in words what a column allows."""
    if column.allowed:
        return f"allowed are {_listed(column.allowed)}"
    if column.kind == "date":
        return "a date is written as 2019-04 or 2019-04-06"
    if column.kind not in ("int", "number"):
        return "a text is needed"
    noun = "a whole number" if column.kind == "int" else "a finite number"
    limits = [
        text
        for text in (
            f"at least {column.low:g}" if column.low is not None else "",
            f"above {column.above:g}" if column.above is not None else "",
            f"at most {column.high:g}" if column.high is not None else "",
        )
        if text
    ]
    return f"{noun}{' ' if limits else ''}{' and '.join(limits)} is needed"


def _listed(names: Iterable[str]) -> str:
    """Name the first few of many."""
    names = list(dict.fromkeys(names))
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _guess(name: str, cells: list[str]) -> Column:
    """Describe a column that no schema describes: numbers if every cell that is filled is one, else text."""
    filled = [cell for cell in cells if cell]
    blank = len(filled) < len(cells) and name != "source"
    numeric = filled and all(
        _NUMBER.fullmatch(cell) or cell.lower().lstrip("+-") in ("nan", "inf", "infinity") for cell in filled
    )
    if numeric and all(_INTEGER.fullmatch(cell) for cell in filled) and not blank:
        return Column(name, "int")
    return Column(name, "number" if numeric else "text", blank=blank)


def _referred(refers: str, sheets: Mapping[str, _Sheet], settings: Mapping[str, Any]) -> list[str] | None:
    """Return the values a column refers to, in order and each once; None if they could not be read."""
    table, column = refers.split(".")
    if table == "settings":
        values = settings.get(column)
        return list(values) if isinstance(values, list) else None
    if table not in sheets:
        return None if any(known.name == table and known.required for known in TABLES) else []
    values = sheets[table].values.get(column)
    return None if values is None else list(dict.fromkeys(values))


def _check_assumption_names(sheets: Mapping[str, _Sheet]) -> None:
    """No assumption may be in two files."""
    seen: dict[str, tuple[str, int]] = {}
    for name in sorted(name for name in sheets if name.startswith("assumptions")):
        sheet = sheets[name]
        for row, value in zip(sheet.rows, sheet.values.get("name", []), strict=False):
            if value in seen and seen[value][0] != sheet.file:
                there, line = seen[value]
                sheet.problem(row, "name", f"{value} was in {there}, row {line} already", "each assumption comes once")
            seen.setdefault(value, (sheet.file, row))


def _check_across(sheets: Mapping[str, _Sheet], settings: Mapping[str, Any]) -> None:
    """Check what several columns or files must agree on. Runs only if each file is good by itself."""
    sectors = sheets["sectors"]
    for row, found, needed in zip(sectors.rows, sectors.values["id"], settings["sectors"], strict=True):
        if found != needed:
            sectors.problem(row, "id", f"{found} is out of order", f"region.toml, key sectors, has {needed} here")
            break
    for check in (
        _people_by_age,
        _people_by_neighbourhood,
        _stops_differ,
        _barriers_are_lines,
        _anchors_at_home,
        _inputs,
    ):
        check(sheets)


def _people_by_age(sheets: Mapping[str, _Sheet]) -> None:
    sheet = sheets.get("authorities")
    if sheet is None:
        return
    for k, row in enumerate(sheet.rows):
        total = sum(sheet.values[band][k] for band in AGE_BANDS)
        if total != sheet.values["population_2019"][k]:
            what = f"{sheet.values['population_2019'][k]} is not the sum of the age bands, {total}"
            sheet.problem(row, "population_2019", what, "the two must be equal")


def _people_by_neighbourhood(sheets: Mapping[str, _Sheet]) -> None:
    sheet, authorities = sheets.get("neighbourhoods"), sheets.get("authorities")
    if sheet is None or authorities is None:
        return
    official = {
        "population": dict(zip(authorities.values["name"], authorities.values["population_2019"], strict=True)),
        "working_age": {
            name: sum(authorities.values[band][k] for band in AGE_BANDS[1:-1])
            for k, name in enumerate(authorities.values["name"])
        },
    }
    for k, row in enumerate(sheet.rows):
        if sheet.values["working_age"][k] > sheet.values["population"][k]:
            people = sheet.values["population"][k]
            what = f"{sheet.values['working_age'][k]} is more than its population, {people}"
            sheet.problem(row, "working_age", what, "those of working age are part of the population")
    for column, totals in official.items():
        for name, total in totals.items():
            own = [k for k, value in enumerate(sheet.values["authority"]) if value == name]
            found = sum(sheet.values[column][k] for k in own)
            if found != total:
                what = f"the values of {name} sum to {found}"
                sheet.problem(sheet.rows[own[0]], column, what, f"they must sum to {total}, as in authorities.csv")


def _stops_differ(sheets: Mapping[str, _Sheet]) -> None:
    """A line may not call twice running at one stop."""
    sheet = sheets.get("lines")
    if sheet is None:
        return
    for row, stops in zip(sheet.rows, sheet.values["stops"], strict=True):
        parts = stops.split()
        for left, right in pairwise(parts):
            if left == right:
                sheet.problem(row, "stops", f"{left} comes twice running", "consecutive stops differ")
                break


def _barriers_are_lines(sheets: Mapping[str, _Sheet]) -> None:
    """A barrier is a line, so it has two points at least."""
    sheet = sheets.get("barriers")
    if sheet is None:
        return
    for name, row in _firsts(sheet.values["barrier"], sheet.rows):
        if sheet.values["barrier"].count(name) < 2:
            sheet.problem(row, "barrier", f"{name} has one point", "a barrier has two or more")


def _anchors_at_home(sheets: Mapping[str, _Sheet]) -> None:
    """An anchor's zone lies in its authority."""
    sheet, zones = sheets["anchors"], sheets["zones"].values
    home = dict(zip(zones["id"], zones["authority"], strict=True))
    columns = (sheet.values["zone"], sheet.values["authority"])
    for row, zone, authority in zip(sheet.rows, *columns, strict=True):
        if home[zone] != authority:
            sheet.problem(row, "zone", f"{zone} is in {home[zone]}", f"a zone of {authority} is needed")


def _inputs(sheets: Mapping[str, _Sheet]) -> None:
    """What a sector buys and the value it adds are parts of its output."""
    sheet, sectors = sheets["io_coefficients"], sheets["sectors"].values
    added = dict(zip(sectors["id"], sectors["value_added_share"], strict=True))
    for user, row in _firsts(sheet.values["user"], sheet.rows):
        columns = zip(sheet.values["user"], sheet.values["coefficient"], strict=True)
        found = math.fsum(number for name, number in columns if name == user) + added[user]
        if found > 1.0 + _ROW_TOLERANCE:
            what = f"the values of {user} and its value added sum to {found:.6g}"
            sheet.problem(row, "coefficient", what, "they may not exceed 1")


def _firsts(values: list[Any], rows: list[int]) -> Iterator[tuple[Any, int]]:
    """Yield each different value with the row where it first comes."""
    seen: set[Any] = set()
    for value, row in zip(values, rows, strict=True):
        if value not in seen:
            seen.add(value)
            yield value, row

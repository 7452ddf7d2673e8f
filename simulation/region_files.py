"""The files of a region pack: which they are, their hash, and all of them read and checked."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

from simulation.region_checks import check_across, check_assumption_names
from simulation.region_schema import SETTINGS, TABLES
from simulation.region_sheet import Sheet


def _pack_files(folder: Path) -> list[Path]:
    """Return the files of a pack: its CSV and TOML, sorted by name, hidden files left out."""
    files = (path for path in folder.iterdir() if path.suffix in (".csv", ".toml") and not path.name.startswith("."))
    return sorted((path for path in files if path.is_file()), key=lambda path: path.name)


def hash_pack(folder: Path) -> str:
    """Return the SHA-256 of the names and contents of a pack's files."""
    digest = hashlib.sha256()
    for path in _pack_files(folder):
        for part in (path.name.encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def read_pack(folder: Path) -> tuple[dict[str, Any], dict[str, pd.DataFrame], list[str]]:
    """Read and check a whole pack.

    Args:
        folder: Folder of the pack, which holds ``region.toml``.

    Returns:
        All of ``region.toml``; every table by name without ``.csv``, none if anything is wrong; and all that is
        wrong, one line per problem.
    """
    settings, problems = _read_settings(folder / "region.toml")
    files = {path.stem: path for path in _pack_files(folder) if path.suffix == ".csv"}
    sheets: dict[str, Sheet] = {}
    schema = {table.name: table for table in TABLES}
    for table in TABLES:
        if table.name == "assumptions":
            names = sorted(name for name in files if name.startswith("assumptions"))
        else:
            names = [name for name in (table.name,) if name in files]
        if not names and table.required:
            problems.append(f"{table.name}.csv: the file is missing; every region pack has one")
        for name in names:
            sheets[name] = Sheet(files[name], table)
    for name, path in files.items():
        if name not in sheets:
            sheets[name] = Sheet(path, None)
    for sheet in sheets.values():
        sheet.read()
    for sheet in sheets.values():
        sheet.refer(sheets, settings)
    check_assumption_names(sheets)
    if not problems and not any(sheet.problems for sheet in sheets.values()):
        check_across(sheets, settings)
    order = {name: k for k, name in enumerate(schema)}
    for name in sorted(sheets, key=lambda name: (order.get(name, len(order)), name)):
        problems.extend(sheets[name].problems)
    tables = {name: sheet.frame() for name, sheet in sheets.items()} if not problems else {}
    # What a row is about, as its file's name says after `assumptions_`.
    parts = [
        tables.pop(name).assign(topic=name.removeprefix("assumptions").removeprefix("_"))
        for name in sorted(tables)
        if name.startswith("assumptions")
    ]
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

"""What the files of a region pack must agree on: each is good by itself, are they good together?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from simulation.region_schema import AGE_BANDS
from simulation.region_sheet import ROW_TOLERANCE, Sheet


def check_assumption_names(sheets: Mapping[str, Sheet]) -> None:
    """No assumption may be in two files."""
    seen: dict[str, tuple[str, int]] = {}
    for name in sorted(name for name in sheets if name.startswith("assumptions")):
        sheet = sheets[name]
        for row, value in zip(sheet.rows, sheet.values.get("name", []), strict=False):
            if value in seen and seen[value][0] != sheet.file:
                there, line = seen[value]
                sheet.problem(row, "name", f"{value} was in {there}, row {line} already", "each assumption comes once")
            seen.setdefault(value, (sheet.file, row))


def check_across(sheets: Mapping[str, Sheet], settings: Mapping[str, Any]) -> None:
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


def _people_by_age(sheets: Mapping[str, Sheet]) -> None:
    sheet = sheets.get("authorities")
    if sheet is None:
        return
    for k, row in enumerate(sheet.rows):
        total = sum(sheet.values[band][k] for band in AGE_BANDS)
        if total != sheet.values["population_2019"][k]:
            what = f"{sheet.values['population_2019'][k]} is not the sum of the age bands, {total}"
            sheet.problem(row, "population_2019", what, "the two must be equal")


def _people_by_neighbourhood(sheets: Mapping[str, Sheet]) -> None:
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


def _stops_differ(sheets: Mapping[str, Sheet]) -> None:
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


def _barriers_are_lines(sheets: Mapping[str, Sheet]) -> None:
    """A barrier is a line, so it has two points at least."""
    sheet = sheets.get("barriers")
    if sheet is None:
        return
    for name, row in _firsts(sheet.values["barrier"], sheet.rows):
        if sheet.values["barrier"].count(name) < 2:
            sheet.problem(row, "barrier", f"{name} has one point", "a barrier has two or more")


def _anchors_at_home(sheets: Mapping[str, Sheet]) -> None:
    """An anchor's zone lies in its authority."""
    sheet, zones = sheets["anchors"], sheets["zones"].values
    home = dict(zip(zones["id"], zones["authority"], strict=True))
    columns = (sheet.values["zone"], sheet.values["authority"])
    for row, zone, authority in zip(sheet.rows, *columns, strict=True):
        if home[zone] != authority:
            sheet.problem(row, "zone", f"{zone} is in {home[zone]}", f"a zone of {authority} is needed")


def _inputs(sheets: Mapping[str, Sheet]) -> None:
    """What a sector buys and the value it adds are parts of its output."""
    sheet, sectors = sheets["io_coefficients"], sheets["sectors"].values
    added = dict(zip(sectors["id"], sectors["value_added_share"], strict=True))
    for user, row in _firsts(sheet.values["user"], sheet.rows):
        columns = zip(sheet.values["user"], sheet.values["coefficient"], strict=True)
        found = math.fsum(number for name, number in columns if name == user) + added[user]
        if found > 1.0 + ROW_TOLERANCE:
            what = f"the values of {user} and its value added sum to {found:.6g}"
            sheet.problem(row, "coefficient", what, "they may not exceed 1")


def _firsts(values: list[Any], rows: list[int]) -> Iterator[tuple[Any, int]]:
    """Yield each different value with the row where it first comes."""
    seen: set[Any] = set()
    for value, row in zip(values, rows, strict=True):
        if value not in seen:
            seen.add(value)
            yield value, row

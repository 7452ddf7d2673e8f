"""The authorities of the new region, and how rows of official files are matched to them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.errors import InputError
from experiments.region_build.frames import Column
from experiments.region_build.reading import OfficialTable
from simulation.region import Region

__all__ = ["MOST_AUTHORITIES", "Choice", "borrowed", "choose", "own_rows"]

MOST_AUTHORITIES = 100
"""Authorities of one region: the model keeps their index in eight bits."""


@dataclass(frozen=True)
class Choice:
    """What is built.

    Attributes:
        codes: Codes of the authorities, in order.
        names: Their names.
        like: The pack to borrow from.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    like: Region

    def find(self, codes: Column, names: Column | None = None) -> Column:
        """Name of the authority that each row is about, by code or else by name; nan for others."""
        found = codes.map(dict(zip(self.codes, self.names, strict=True)))
        if names is not None:
            by_name = {_key(name): name for name in self.names}
            found = found.fillna(names.map(_key).map(by_name))
        return found

    def twins(self) -> dict[str, str]:
        """Name in the pack to borrow from of each authority that it has too."""
        rows = self.find(self.like.authorities["code"], self.like.authorities["name"])
        pairs = zip(rows, self.like.authorities["name"], strict=True)
        return {str(own): str(twin) for own, twin in pairs if isinstance(own, str)}


def _key(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


def choose(wanted: Sequence[str], table: OfficialTable, like: Region) -> Choice:
    """Find the authorities that were asked for, by code or name.

    Args:
        wanted: Codes or names.
        table: The Indices of Deprivation: code, name.
        like: The pack to borrow from.

    Raises:
        InputError: An authority is unknown or comes twice, or they are too many.
    """
    known = table.frame.drop_duplicates("code")[["code", "name"]]
    by_key = {_key(name): code for code, name in zip(known["code"], known["name"], strict=True)}
    name_of = dict(zip(known["code"], known["name"], strict=True))
    codes: list[str] = []
    for word in wanted:
        code = word.strip() if word.strip() in name_of else by_key.get(_key(word))
        if code is None:
            near = difflib.get_close_matches(word, [*name_of.values(), *name_of], n=3, cutoff=0.5)
            hint = ", ".join(near or sorted(name_of.values())[:3])
            raise InputError(f"--authority: {word} is not in {table.file}; allowed is a code or name there, as {hint}")
        if code in codes:
            raise InputError(f"--authority: {word} comes twice; each authority comes once")
        codes.append(code)
    if not 1 <= len(codes) <= MOST_AUTHORITIES:
        raise InputError(f"--authority: {len(codes)} authorities; allowed is 1 to {MOST_AUTHORITIES}")
    for code in codes:
        if not name_of[code] or name_of[code].lower() in ("outside", "region"):
            row = int(known.index[known["code"] == code][0])
            raise table.refuse(row, "name", f"{name_of[code] or 'the cell'} is no name", "the name of an authority")
    return Choice(tuple(codes), tuple(name_of[code] for code in codes), like)


def own_rows(choice: Choice, table: OfficialTable) -> OfficialTable:
    """Keep the rows of the chosen authorities, with a column `authority`.

    Args:
        choice: The authorities.
        table: A table with `code` and perhaps `name`.

    Raises:
        InputError: An authority has no row: a file covers all or is left out.
    """
    names = table.frame["name"] if "name" in table else None
    authority = choice.find(table.frame["code"], names)
    kept = table.keep(authority.notna())
    kept = OfficialTable(kept.file, kept.frame.assign(authority=authority[authority.notna()]), kept.headings)
    for code, name in zip(choice.codes, choice.names, strict=True):
        if name not in set(kept.frame["authority"]):
            raise table.refuse(
                None, "code", f"no row of {name} ({code})", "a file holds all chosen authorities, or is left out"
            )
    return kept


def borrowed(like: Region, source: str, how: str = "") -> str:
    """The source of a row that comes from the pack to borrow from.

    Args:
        like: That pack.
        source: What it gives as its source.
        how: What was done with it, such as "scaled by population".
    """
    return f"assumed: taken from the pack {like.name}{', ' if how else ''}{how} ({source})"

"""Any table or picture of a study alone: from its manifest, through its runs, to the bytes of one file."""

from __future__ import annotations

from typing import Any

from experiments.conductor import Findings
from experiments.errors import InputError
from experiments.tables import table_file


def figure_names(findings: Findings) -> list[str]:
    """Names of all tables and pictures of a study."""
    return [*findings.tables, *findings.study.drawings(findings.tables), *findings.study.images(findings.tables)]


def check_name(name: str, manifest: dict[str, Any]) -> None:
    """Make sure that a study has a figure, before its runs are done.

    Args:
        name: Which one.
        manifest: What was written of the study; where it names no pictures, any may be there.

    Raises:
        InputError: There is none of that name.
    """
    pictures, tables = manifest.get("pictures"), manifest["tables"]
    if pictures and name not in [*tables, *pictures]:
        raise _unknown(name, [*tables, *pictures])


def _unknown(name: str, names: list[str]) -> InputError:
    return InputError(f"figure: {name!r}; allowed: {', '.join(names)}")


def figure(findings: Findings, name: str) -> tuple[str, bytes]:
    """A table or picture of a study.

    Args:
        findings: What the study found.
        name: Which one.

    Returns:
        Ending and content of its file: ".csv" or ".parquet", ".svg", ".png".

    Raises:
        InputError: There is none of that name.
    """
    if name in findings.tables:
        return table_file(name, findings.tables[name])
    drawings = findings.study.drawings(findings.tables)
    if name in drawings:
        return ".svg", f"{drawings[name]().svg}\n".encode()
    images = findings.study.images(findings.tables)
    if name in images:
        return ".png", images[name]()
    raise _unknown(name, figure_names(findings))

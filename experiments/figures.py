"""Any table or picture of a study alone: from its manifest, through its runs, to the bytes of one file."""

from __future__ import annotations

from experiments.conductor import Findings
from experiments.errors import InputError
from experiments.tables import table_file


def figure_names(findings: Findings) -> list[str]:
    """Names of all tables and pictures of a study."""
    return [*findings.tables, *findings.study.drawings(findings.tables), *findings.study.images(findings.tables)]


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
    raise InputError(f"figure: {name!r}; allowed: {', '.join(figure_names(findings))}")

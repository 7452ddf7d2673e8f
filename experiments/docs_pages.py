"""Pages of the documentation that are made from the model itself: data with sources, dials, commands, notebooks."""

from __future__ import annotations

import csv
import html
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from agents.code_version import ROOT
from experiments import listing
from experiments.replays import EVIDENCE
from simulation.region import Region, load_region

#: Notebooks, beside the other examples.
NOTEBOOKS = ROOT / "examples"
#: Top of a page whose tables need the room of the table of contents.
WIDE = "---\nhide: [toc]\n---"
#: What each file of assumptions is about, by the end of its name.
SUBJECTS = {
    "firms": "Firms",
    "labour": "Labour market",
    "policies": "Policies",
    "population": "Population",
    "spending": "Spending",
    "travel": "Travel",
}


def pages(region: str = "lcr") -> dict[str, str]:
    """Every made page.

    Args:
        region: Pack whose data is told of.

    Returns:
        Markdown by the page's path in the site.
    """
    pack = load_region(region)
    made = {
        "evidence/assumptions.md": assumptions_page(pack),
        "evidence/targets.md": targets_page(pack),
        "evidence/sources.md": sources_page(pack),
        "reference/dials.md": dials_page(),
        "reference/commands.md": commands_page(),
    }
    made |= {f"notebooks/{path.stem}.md": notebook_page(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
    return made


# --- the region pack's data -------------------------------------------------------------------------


def assumptions_page(region: Region) -> str:
    """Every assumption with its range, unit and source, and whether calibration searches over it."""
    rows = {row["name"]: row for row in listing.assumptions(region)}
    searched = region.tables["calibration"].set_index("assumption") if "calibration" in region.tables else None
    parts = [
        "# Assumptions",
        f"The {len(rows)} assumptions of {_cell(region.title)}, as the files `assumptions_*.csv` of the region pack "
        "have them; `commonweal assumptions` prints the same. A scenario may set each within its low and high. "
        "*assumed* means that no source was found. [Sensitivity and ensembles](../laboratory.md#designs) vary these.",
    ]
    for path in sorted(region.path.glob("assumptions*.csv")):
        subject = path.stem.removeprefix("assumptions").removeprefix("_")
        parts += [
            f"## {SUBJECTS.get(subject, subject.capitalize() or 'Assumptions')}",
            table(
                ("name", "value", "low", "high", "unit", "source", "note"),
                (
                    (
                        _code(name), *(_number(rows[name][key]) for key in ("value", "low", "high")),
                        *(rows[name][key] for key in ("unit", "source", "note")),
                    )
                    for name in _names(path)
                ),
            ),
        ]  # fmt: skip
    if searched is not None:
        parts += [
            "## What calibration searches over",
            "The rows of `calibration.csv`; [the laboratory](../laboratory.md#evidence) says how.",
            table(
                ("assumption", "why", "source"),
                ((_code(name), row["why"], row["source"]) for name, row in searched.to_dict(orient="index").items()),
            ),
        ]
    return _page(parts)


def targets_page(region: Region) -> str:
    """Every target with its half-width and source, those that are fitted apart from those held out."""
    targets = region.tables["targets"]
    parts = [
        WIDE,
        "# Targets",
        f"The {len(targets)} figures of `targets.csv` that `commonweal validate` holds the baseline against; "
        "[validation](../validation.md) has the answer. A target is met within its half-width and two standard errors "
        "of sampling. *Fitted* are those that something was set with; *held out*, those that nothing was set with.",
    ]
    columns = ("id", "when", "target", "half_width", "unit", "source", "why")
    for role, title in (("fit", "Fitted"), ("held_out", "Held out")):
        chosen = targets[targets["role"] == role].to_dict(orient="records")
        rows = ((_code(row["id"]), *(_text(row.get(name)) for name in columns[1:])) for row in chosen)
        head = ("target", "when", "figure", "half-width", "unit", "source", "why it is missed, if it is")
        parts += [f"## {title} ({len(chosen)})", table(head, rows)]
    return _page(parts)


def sources_page(region: Region) -> str:
    """Every source with the rows that rest on it, and the published evidence that policies are put beside."""
    where: dict[str, dict[str, int]] = {}
    for name, frame in region.tables.items():
        if "source" in frame.columns:
            for source in frame["source"].astype(str):
                files = where.setdefault(source, {})
                files[name] = files.get(name, 0) + 1
    rows = (
        (source, ", ".join(f"{_code(name)} ({count})" for name, count in sorted(files.items())))
        for source, files in sorted(where.items(), key=lambda item: item[0].casefold())
    )
    evidence = (
        (row.replay, row.label, row.unit, f"{row.published:g}", f"{row.low:g} to {row.high:g}", row.source, row.status)
        for row in EVIDENCE
    )
    return _page(
        [
            WIDE,
            "# Sources and evidence",
            "## Published evidence on policies",
            "Figures that no policy was set with, beside which `commonweal replay` puts the model; "
            "[validation](../validation.md) has the answer. The status says whether the figure was *seen* in its "
            "source, *derived* from it, or *assumed*.",
            table(("replay", "what", "unit", "published", "range", "source", "status"), evidence),
            "## Sources of the region pack",
            f"Where the rows of {_cell(region.title)} come from, and how many rows of which table.",
            table(("source", "tables (rows)"), rows),
        ]
    )


# --- what can be set and asked ----------------------------------------------------------------------


def dials_page() -> str:
    """Every policy with its dials and channels."""
    parts = [
        "# Policies and their dials",
        "What `commonweal policies` lists. Every policy has `start`, `end` and `without` besides. "
        "[Channels](../laboratory.md#designs) are the ways in which a policy works; `without` switches them off.",
    ]
    for policy in listing.policies():
        dials = (
            (
                _code(dial["name"]), _text(dial["default"]),
                "" if dial["low"] is None else f"{dial['low']:g} to {dial['high']:g}",
                dial["unit"], dial["source"], dial["description"],
            )
            for dial in policy["dials"]
        )  # fmt: skip
        parts += [
            f"## {policy['title']}",
            f'`type = "{policy["type"]}"`. {_cell(policy["description"])}',
            table(("dial", "value", "range", "unit", "source", "what it does"), dials),
        ]
        if policy["channels"]:
            channels = ((_code(channel["name"]), channel["description"]) for channel in policy["channels"])
            parts.append(table(("channel", "what it does"), channels))
    return _page(parts)


def commands_page() -> str:
    """Every command with its arguments and options."""
    import typer

    from experiments.cli import app

    parts = ["# Commands", "What `commonweal COMMAND --help` says."]
    for name, command in commands(typer.main.get_command(app)):
        parts += [f"## commonweal {name}", _cell((command.help or "").strip().partition("\n")[0])]
        rows = []
        for parameter in command.params:
            option = ", ".join(parameter.opts) if parameter.param_type_name == "option" else parameter.metavar
            rows.append((_code(option or parameter.name), getattr(parameter, "help", None) or ""))
        parts.append(table(("argument or option", "what"), rows))
    return _page(parts)


def commands(group: Any, before: str = "") -> Iterable[tuple[str, Any]]:
    """Commands of a group by their words, those of groups within it too.

    Args:
        group: A group of commands, as Typer makes it.
        before: Words of the groups that it is in.

    Yields:
        The words after `commonweal`, and the command.
    """
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


# --- notebooks --------------------------------------------------------------------------------------


def notebook_page(path: Path) -> str:
    """A notebook as a page: its text, and its code in blocks.

    Args:
        path: The notebook.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        parts.append(f"```python\n{text}\n```" if cell["cell_type"] == "code" else text)
    parts.insert(1, f"This page is the notebook `examples/{path.name}`, which can be run cell by cell.")
    return _page(parts)


# --- Markdown ---------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table in Markdown; cells that are made by `_code` keep their marks, all others are plain text."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell if isinstance(cell, _Code) else _cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


class _Code(str):
    """Text that is Markdown already."""


def _code(text: Any) -> _Code:
    return _Code(f"`{str(text).replace('|', chr(92) + '|')}`")


def _cell(text: Any) -> str:
    """Plain text that Markdown takes for nothing else."""
    plain = html.escape(" ".join(str(text).split()), quote=False)
    for mark in "\\`*_[]|":
        plain = plain.replace(mark, f"\\{mark}")
    return plain


def _number(value: float) -> str:
    return f"{value:.6g}"


def _text(value: Any) -> str:
    """A value as a person would write it; nothing where there is none."""
    if isinstance(value, float):
        return "" if value != value else _number(value)
    return "" if value is None else str(value)


def _names(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["name"] for row in csv.DictReader(file)]


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"

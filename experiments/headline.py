"""The table of headline effects for a page in Markdown, made from a study so that no number is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.comparison import FINAL_YEAR, LOWERS, RAISES
from experiments.conductor import Findings
from experiments.ensemble import SOURCES, EnsembleStudy
from experiments.errors import InputError
from experiments.folders import write_whole
from experiments.outcomes import outcome
from experiments.report_cells import interval_text, signed

#: Outcomes of the table, which has to fit a page; the study has all.
SHOWN = (
    "inactivity_rate", "employment_rate", "unemployment_rate", "hourly_pay_median", "share_below_real_living_wage",
    "in_work_poverty_rate", "community_wealth_per_head", "gva", "public_policy_cost",
)  # fmt: skip
#: Lines between which the table of a page stands.
BEGIN, END = "<!-- headline effects: begin -->", "<!-- headline effects: end -->"


def headline_table(findings: Findings, where: str) -> str:
    """Headline effects in the final year with both kinds of uncertainty apart, as Markdown.

    Args:
        findings: Of an ensemble of assumptions.
        where: Its folder, for the message.

    Returns:
        A row for each outcome and a column for each policy, each cell with the effect, its interval by luck alone and
        that by luck and assumptions; effects that cannot be told from nothing under other assumptions are in brackets.

    Raises:
        InputError: It is another study.
    """
    study = findings.study
    if not isinstance(study, EnsembleStudy):
        raise InputError(f"{where}: allowed is a folder that `commonweal compare --assumptions ensemble` wrote")
    effects = findings.tables["effects"]
    final = effects[effects["window"] == FINAL_YEAR].set_index(["outcome", "arm"])
    arms = study.arms[1:]
    lines = ["| | " + " | ".join(arm.title for arm in arms) + " |", "|---|" + "---|" * len(arms)]
    for name in SHOWN:
        cells = [_cell(name, final.xs((name, arm.name))) for arm in arms if (name, arm.name) in final.index]
        if len(cells) == len(arms):
            lines.append(f"| {outcome(name).label} | " + " | ".join(cells) + " |")
    scenario, members = study.arms[0].scenario, len(findings.tables["members"])
    source = SOURCES[study.source].format(members=members)
    note = (
        f"Final year of {scenario.months} months, scale {scenario.scale}, {len(study.seeds)} seeds, {source}. First "
        "interval: luck; second: luck and assumptions. In brackets: no detectable effect once assumptions are "
        "uncertain."
    )
    return "\n".join([*lines, "", note])


def _cell(name: str, row: Any) -> str:
    item = outcome(name)
    parts = [
        interval_text(item, float(row[low]), float(row[high]))
        for low, high in (("seed_low", "seed_high"), ("low", "high"))
    ]
    text = " ".join([signed(item.change(float(row["effect"]))), *(part for part in parts if part)])
    return text if row["verdict"] in (RAISES, LOWERS) else f"[{text}]"


def put_into(page: Path, table: str) -> None:
    """Put a table between the two lines of a page that mark its place.

    Raises:
        InputError: The page has no such place, or cannot be written.
    """
    try:
        text = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{page}: --into: cannot be read ({error}); allowed is a page in Markdown") from None
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(f"{page}: --into: allowed is a page with the lines {BEGIN} and {END}")
    write_whole(page, f"{before}{BEGIN}\n\n{table}\n\n{END}{after}".encode())

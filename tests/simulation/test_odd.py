"""The description after the ODD protocol keeps up with the code: what is there is named, what is named is there."""

from __future__ import annotations

import ast
import csv
import io
import re
import tokenize
from functools import lru_cache
from pathlib import Path

import pytest

from agents.columns import COMMON_FIELDS
from agents.household_fields import HOUSEHOLD_FIELDS
from agents.organisation_fields import ORGANISATION_FIELDS
from agents.person_fields import PERSON_FIELDS
from policies import registry
from policies.policy import Policy
from simulation.accounts import Flow
from simulation.economy import Economy
from simulation.indicators import LEVELS, REASONS
from simulation.levers import Levers
from simulation.procurement import CONTRACT_FIELDS
from simulation.recorder import headline_names
from simulation.region import Region
from simulation.travel import TravelConditions

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "simulation" / "regions" / "lcr"
STOREYS = ("agents", "simulation", "policies")
#: Files that say nothing about the model: how it is compiled, kept and versioned.
PLUMBING = {
    "agents/code_version.py", "agents/compiling.py", "agents/kernel_cache.py", "agents/memory.py",
}  # fmt: skip
#: Modules whose public functions are decisions of agents.
DECISIONS = ("anchor", "firm", "household", "learning", "pay", "person")
#: The eleven design concepts of the protocol (Grimm et al. 2020).
CONCEPTS = (
    "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing", "Interaction",
    "Stochasticity", "Collectives", "Observation",
)  # fmt: skip
WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: Commands of the command line, in code type, are not names of the model.
COMMAND = re.compile(r"^commonweal\b")


def pages() -> dict[str, str]:
    """Text of every page of the description by path from the root."""
    found = [ROOT / "docs" / "odd.md", *sorted((ROOT / "docs" / "odd").glob("*.md"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in found}


def formulas(text: str) -> list[str]:
    """Blocks of formulas of a page."""
    return FENCE.findall(text)


def code_spans(text: str) -> list[str]:
    """What stands in code type in the prose of a page, line breaks as spaces."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", FENCE.sub("", text))]


@lru_cache(maxsize=1)
def named() -> frozenset[str]:
    """All words in code type and in formulas."""
    return frozenset(
        word
        for text in pages().values()
        for part in (*code_spans(text), *formulas(text))
        for word in WORD.findall(part)
    )


@lru_cache(maxsize=1)
def spans() -> frozenset[str]:
    """All that stands in code type in prose."""
    return frozenset(span for text in pages().values() for span in code_spans(text))


def names_in(path: Path) -> set[str]:
    """Names of a Python file, and its texts that could be names; comments and docstrings do not count."""
    found = set()
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.NAME:
            found.add(token.string)
        elif token.type == tokenize.STRING and re.fullmatch(r"[\"']\w+[\"']", token.string):
            found.add(token.string[1:-1])
    return found


def pack_names() -> set[str]:
    """Headings of the pack's files, and the names that their rows carry."""
    found = set()
    for path in PACK.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        found |= set(rows[0])
        found |= {row[key] for row in rows for key in ("name", "quantity", "id") if key in row}
    return found


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """All names of the model: of its code and its pack, and those that the code puts together."""
    together = {f"inactivity_{reason}" for reason in REASONS} | {f"qualification_{level}" for level in LEVELS}
    files = [path for storey in STOREYS for path in (ROOT / storey).glob("*.py")]
    return frozenset(together.union(pack_names(), *(names_in(path) for path in files)))


def is_file(span: str) -> bool:
    """Whether a path is that of a file or folder: from the root, in the pack, or beside the economy's files."""
    return any((base / span).exists() for base in (ROOT, PACK, ROOT / "simulation"))


def unknown(text: str) -> list[str]:
    """Names in code type, and names with an underscore in formulas, that the model does not have."""
    wrong = []
    for span in code_spans(text):
        if COMMAND.match(span):
            continue
        if "/" in span or re.search(r"\.(py|csv|toml)$", span):
            wrong += [] if is_file(span) else [span]
        else:
            wrong += [word for word in WORD.findall(span) if word not in known()]
    words = {word for block in formulas(text) for word in WORD.findall(block) if "_" in word}
    return wrong + sorted(words - known())


def missing(names: set[str]) -> list[str]:
    """Those of some names that the description does not name."""
    return sorted(names - named())


@pytest.mark.parametrize("page", pages())
def test_whatever_is_named_exists(page: str) -> None:
    assert unknown(pages()[page]) == []


def test_a_name_that_is_gone_is_found_out() -> None:
    text = (
        "By `expect_demand` in `agents/firm.py`, `no_such_row` in `gone.py`.\n\n```text\nx = other_row × demand\n```\n"
    )
    assert unknown(text) == ["no_such_row", "gone.py", "other_row"]


def test_every_assumption_row_is_named(lcr: Region) -> None:
    assert missing(set(lcr.assumptions.index)) == []
    assert missing({"a_row_that_is_new"}) == ["a_row_that_is_new"]


def test_every_rule_of_taxes_and_benefits_is_named(lcr: Region) -> None:
    assert missing({str(name) for name in lcr.tax_benefit["name"]}) == []


def test_every_column_is_named() -> None:
    fields = (*COMMON_FIELDS, *PERSON_FIELDS, *HOUSEHOLD_FIELDS, *ORGANISATION_FIELDS, *CONTRACT_FIELDS)
    assert missing({field.name for field in fields}) == []


def test_every_file_is_named() -> None:
    files = {path.relative_to(ROOT).as_posix() for storey in STOREYS for path in (ROOT / storey).glob("*.py")}
    files -= {path for path in files if path.endswith("__init__.py")}
    assert files >= PLUMBING
    # The schedule gives files of the economy by their last part.
    shown = {span if "/" in span else f"simulation/{span}" for span in spans()}
    assert sorted(files - PLUMBING - shown) == []


def test_every_decision_of_an_agent_is_named() -> None:
    decisions = set()
    for module in DECISIONS:
        tree = ast.parse((ROOT / "agents" / f"{module}.py").read_text(encoding="utf-8"))
        decisions |= {item.name for item in tree.body if isinstance(item, ast.FunctionDef)}
    assert len(decisions) > 10
    assert missing(decisions) == []


def test_every_lever_and_every_dial_is_named() -> None:
    assert missing(set(Levers.__dataclass_fields__) | set(TravelConditions.__dataclass_fields__)) == []
    built_in = [kind for kind in registry().values() if kind.__module__.startswith("policies.")]
    assert missing({dial for kind in built_in for dial in set(kind.model_fields) - set(Policy.model_fields)}) == []


def test_every_flow_and_every_indicator_is_named_and_counted(opening: Economy) -> None:
    indicators = headline_names(opening)
    assert missing({flow.name for flow in Flow} | set(indicators)) == []
    assert f"{len(Flow)} flows" in pages()["docs/odd/measures.md"]
    assert f"{len(indicators)} headline indicators" in pages()["docs/odd.md"]


def test_all_design_concepts_are_there() -> None:
    assert [concept for concept in CONCEPTS if f"### {concept}\n" not in pages()["docs/odd.md"]] == []


def test_links_between_pages_lead_somewhere() -> None:
    texts, lost = pages(), []
    for page, text in texts.items():
        for link, mark in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", text):
            there = ((ROOT / page).parent / link).resolve() if link else ROOT / page
            headings = (
                re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE) if there.is_file() else []
            )
            marks = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            lost += [] if there.is_file() and (not mark or mark in marks) else [f"{page}: {link}#{mark}"]
    assert lost == []

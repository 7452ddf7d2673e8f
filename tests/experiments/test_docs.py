"""The documentation site: built without a warning, every link leads somewhere, every number has its source."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
import typer

from experiments import listing
from experiments.cli import app
from experiments.designs import check_scenario
from experiments.docs_pages import commands, pages, table
from policies import load_scenario
from simulation.region import Region

ROOT = Path(__file__).parents[2]
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))

pytestmark = pytest.mark.slow


@dataclass
class Page:
    """What a page of the site says, as far as these tests ask.

    Attributes:
        anchors: What a link may lead to within the page.
        links: Where its links lead.
        fetched: What a browser fetches to show it.
        rows: Cells of the rows of its tables.
    """

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads a page."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        if tag in ("script", "img", "iframe") and "src" in given:
            self.page.fetched.append(given["src"])
        if tag == "link" and given.get("rel") not in ("prev", "next", "canonical"):
            self.page.fetched.append(given["href"])
        if tag == "tr":
            self.page.rows.append([])
        if tag in ("td", "th"):
            self._cell = True
            self.page.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.page.rows[-1][-1] += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    place = tmp_path_factory.mktemp("site")
    ran = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(place)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "WARNING" not in ran.stdout + ran.stderr
    return place


@pytest.fixture(scope="module")
def site(folder: Path) -> dict[str, Page]:
    """Its pages by path; that of errors is left out, since its links begin at a server's root."""
    found = {}
    for path in sorted(folder.rglob("*.html")):
        if path.name != "404.html":
            reader = Reader()
            reader.feed(path.read_text(encoding="utf-8"))
            found[path.relative_to(folder).as_posix()] = reader.page
    return found


def is_elsewhere(link: str) -> bool:
    return re.match(r"[a-z]+:|//", link) is not None


def test_every_link_within_the_site_leads_somewhere(folder: Path, site: dict[str, Page]) -> None:
    broken = []
    for path, page in site.items():
        for link in page.links + page.fetched:
            if is_elsewhere(link):
                continue
            to, anchor = urldefrag(link)
            target = (folder / path).parent / unquote(to) if to else folder / path
            # "." is the home page of the site's logo.
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                broken.append(f"{path}: {link}")
            elif anchor and unquote(anchor) not in site[target.resolve().relative_to(folder).as_posix()].anchors:
                broken.append(f"{path}: {link} (no such anchor)")
    assert broken == []
    assert sum(len(page.links) for page in site.values()) > 1000


def test_the_site_asks_the_network_for_nothing(folder: Path, site: dict[str, Page]) -> None:
    assert {path: [link for link in page.fetched if is_elsewhere(link)] for path, page in site.items()} == {
        path: [] for path in site
    }
    for style in folder.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", style.read_text(encoding="utf-8")), style
    assert (folder / "search" / "search_index.js").is_file(), "search works without a server"


def cell(text: object) -> str:
    return " ".join(str(text).split())


def test_every_assumption_is_there_with_its_source(site: dict[str, Page], lcr: Region) -> None:
    found = {row[0]: row for row in site["evidence/assumptions.html"].rows if len(row) == 7}
    wanted = listing.assumptions(lcr)
    assert len(wanted) > 100
    assert found.keys() - {"name"} == {row["name"] for row in wanted}
    for row in wanted:
        name, value, low, high, unit, source, note = found[row["name"]]
        assert [float(value), float(low), float(high)] == pytest.approx([row["value"], row["low"], row["high"]])
        assert source == cell(row["source"])
        assert source
        assert (unit, note) == (cell(row["unit"]), cell(row["note"])), name


def test_every_target_is_there_with_its_source(site: dict[str, Page], lcr: Region) -> None:
    found = {row[0]: row for row in site["evidence/targets.html"].rows}
    for row in lcr.tables["targets"].to_dict(orient="records"):
        assert found[row["id"]][5] == cell(row["source"])
        assert float(found[row["id"]][2]) == pytest.approx(row["target"], rel=1e-5)


def test_every_source_of_the_pack_is_listed(site: dict[str, Page], lcr: Region) -> None:
    found = {row[0] for row in site["evidence/sources.html"].rows if len(row) == 2}
    wanted = {cell(source) for frame in lcr.tables.values() if "source" in frame for source in frame["source"]}
    assert found == wanted | {"source"}


def test_every_dial_and_channel_is_there_with_its_source(site: dict[str, Page]) -> None:
    rows = site["reference/dials.html"].rows
    for policy in listing.policies():
        for dial in policy["dials"]:
            assert any(row[0] == dial["name"] and cell(row[4]) == cell(dial["source"]) for row in rows if len(row) == 6)
        for channel in policy["channels"]:
            assert [channel["name"], cell(channel["description"])] in rows


def test_the_reference_has_what_scripts_import(site: dict[str, Page]) -> None:
    anchors = {anchor for path, page in site.items() if path.startswith("reference/") for anchor in page.anchors}
    wanted = {
        "agents.firm.Firm", "agents.firm.Firm.wanted_headcount", "agents.household.Household",
        "simulation.economy.Economy.step", "simulation.economy.Economy.adopt", "simulation.scenario.Scenario",
        "policies.policy.Policy.move", "policies.skills.Skills", "experiments.api.compare", "experiments.api.sweep",
        "commonweal-run", "commonweal-region-build",
    }  # fmt: skip
    assert wanted <= anchors


def test_every_notebook_is_a_page(site: dict[str, Page]) -> None:
    names = {path.stem for path in (ROOT / "examples").glob("*.ipynb")}
    assert len(names) == 4
    assert {f"notebooks/{name}.html" for name in names} <= site.keys()
    assert {f"notebooks/{name}.md" for name in names} <= pages().keys()


def written(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["tutorial.md", "laboratory.md", *(f"how-to/{page.name}" for page in HOW_TO)])
def test_commands_that_a_page_shows_are_commands(name: str) -> None:
    """Those in blocks of their own: the command is there, and has each option that is given to it."""
    options = {
        command: {option for parameter in found.params for option in parameter.opts}
        for command, found in commands(typer.main.get_command(app))
    }
    shown = re.findall(r"^(?: {4})?commonweal (region \w+|\w+)(.*)$", written(name), re.MULTILINE)
    for command, rest in shown:
        assert command in options
        assert set(re.findall(r"--[a-z-]+", rest)) <= options[command], f"commonweal {command}{rest}"


def test_the_scenario_that_is_shown_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", written("how-to/scenario.md"), re.MULTILINE | re.DOTALL)
    (tmp_path / "shown.toml").write_text(text, encoding="utf-8")
    scenario = load_scenario(tmp_path / "shown.toml")
    check_scenario("shown.toml", scenario)
    assert scenario.policies


def test_cells_are_plain_text_whatever_they_hold() -> None:
    made = table(("a", "b"), [("x | y", "<b> *z* [w](u) `v`\nnext")])
    assert made.splitlines()[2] == r"| x \| y | &lt;b&gt; \*z\* \[w\](u) \`v\` next |"

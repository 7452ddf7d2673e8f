"""The report of a comparison: one HTML page that needs nothing else, neither network nor scripts."""

from __future__ import annotations

import shlex
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from experiments import report_tables as tables
from experiments import report_topics as topics
from experiments.answers import answers
from experiments.appraisal_words import appraisal_sentences
from experiments.boundaries import Boundaries, has_official_codes
from experiments.comparison import FINAL_YEAR, THIRD_YEAR, Comparison
from experiments.designs import default_design
from experiments.drawing import Picture, line_styles
from experiments.effects import POWER, by_chance, windows
from experiments.interactions import interaction_sentences
from experiments.maps import PEOPLE_PER_DOT, PEOPLE_PER_EFFECT, effect_map, map_picture
from experiments.money_flows import money_sentences, moving_arms
from experiments.opening_check import check_sentences
from experiments.outcomes import HEADLINE, outcome
from experiments.phrases import calendar, listed
from experiments.pictures import MONTHLY
from experiments.put_in import put_in_sentences
from experiments.report_cells import size_text
from experiments.report_drawings import PERSONS, drawings, effect_map_arms, region_of
from experiments.report_tables import DIMENSIONS
from simulation.region import Region
from simulation.scenario import ScenarioError


def report_page(comparison: Comparison, folder: Path, boundaries: Boundaries | None = None) -> str:
    """The report of a comparison.

    Args:
        comparison: The comparison.
        folder: Its folder as people know it, for the commands on the page.
        boundaries: Of the region's neighbourhoods, for the maps; None draws dots.

    Returns:
        The page as HTML.
    """
    return environment().get_template("report.html.j2").render(context(comparison, folder, boundaries))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Where the templates of all pages are."""
    return Environment(
        loader=PackageLoader("experiments"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def context(comparison: Comparison, folder: Path, boundaries: Boundaries | None = None) -> dict[str, Any]:
    """All that the page shows, worked out beforehand."""
    region = region_of(comparison)
    scenario = comparison.baseline.scenario
    months = sorted({str(month) for month in comparison.indicators["month"]})
    draws = drawings(comparison)
    # Captions of maps say more than a picture does: they are made apart.
    drawn = {name: draw() for name, draw in draws.items() if not name.startswith("map")}
    others = tables.other_outcomes(comparison)
    findings = [(arm.title, tables.winners_and_losers(comparison, arm)) for arm in comparison.policy_arms]
    tests, chance = _tests_by_chance(comparison)
    return {
        "title": f"{region.title if region else scenario.region}: what the policies do",
        "region": region.title if region else scenario.region,
        "answers": answers(comparison),
        "one_seed": len(comparison.seeds) == 1,
        "seeds": comparison.seeds,
        "scenario": scenario,
        "months": len(months),
        "first": calendar(months[0]),
        "last": calendar(months[-1]),
        "final_year": _window(comparison, FINAL_YEAR),
        "third_year": _window(comparison, THIRD_YEAR),
        "arms": comparison.arms,
        "styles": line_styles(comparison.arms),
        "arm_table": tables.arm_table(comparison),
        "dial_table": tables.dial_table(comparison),
        "folder": shlex.quote(str(folder)),
        "effect_pictures": _beginning(drawn, "effect-"),
        "effect_tables": [
            (
                arm.title,
                tables.effect_table(comparison, arm, HEADLINE, f"{arm.title}: effects on the headline outcomes"),
                tables.effect_table(comparison, arm, others, f"{arm.title}: effects on the other outcomes"),
            )
            for arm in comparison.policy_arms
        ],
        "step": "quarter" if len(months) > MONTHLY else "month",
        "path_pictures": _beginning(drawn, "path-"),
        "decile_pictures": _beginning(drawn, "imd-decile-"),
        "authority_pictures": _beginning(drawn, "authority-"),
        "group_tables": [
            (DIMENSIONS[name], table)
            for name in DIMENSIONS
            if (table := tables.group_table(comparison, name)) is not None
        ],
        "person_pictures": [(f"By {label.lower()}", _beginning(drawn, f"{name}-")) for name, label in PERSONS.items()],
        **_maps(comparison, region, boundaries),
        **_topics(comparison, drawn),
        "cost_table": tables.cost_table(comparison),
        "purse_pictures": _beginning(drawn, "purse-"),
        "findings": findings,
        "tests": tests,
        "chance": chance,
        "ratio_table": tables.ratio_table(comparison),
        "power": round(100 * POWER),
        "example": _example(comparison),
        "assumption_table": tables.assumption_table(comparison),
        "assumed": tables.count_sources(comparison, "assumed"),
        "calibrated": tables.count_sources(comparison, "calibrated"),
        "command": command(comparison),
        "digest_table": tables.digest_table(comparison),
        "provenance": provenance_lines(comparison.manifest),
        "failed": comparison.manifest.get("failed", []),
    }


def _maps(comparison: Comparison, region: Region | None, boundaries: Boundaries | None) -> dict[str, Any]:
    """The maps, with what their captions say."""
    base = map_picture(comparison, region, boundaries=boundaries) if region else None
    found, still = [], []
    if region is not None and base is not None:
        named = {arm.name: name for name, arm in effect_map_arms(comparison)}
        for arm in comparison.policy_arms:
            name = named.get(arm.name)
            drawn = effect_map(comparison, region, arm, name, boundaries) if name else None
            if drawn is None:
                still.append(arm.title)
            else:
                found.append(drawn)
    return {
        "map": base,
        "effect_maps": found,
        "unmapped": listed(still) if still else "",
        "people_per_dot": PEOPLE_PER_DOT,
        "people_per_effect": PEOPLE_PER_EFFECT,
        "real_places": region is not None and has_official_codes(region),
        "boundaries": boundaries,
    }


def _topics(comparison: Comparison, drawn: dict[str, Picture]) -> dict[str, Any]:
    """Money flows, interactions, appraisal, what is put in, and the check of targets."""
    titles = {arm.name: arm.title for arm in comparison.arms}
    appraised = {"appraisal": comparison.appraisal, "distribution": comparison.distribution}
    return {
        "money_words": money_sentences(comparison.money_flows, titles),
        "money_table": topics.money_table(comparison),
        **_money_pictures(comparison, drawn),
        "interaction_words": interaction_sentences(comparison.interactions, titles),
        "interaction_table": topics.interaction_table(comparison),
        "appraisal_words": [] if comparison.appraisal.empty else appraisal_sentences(appraised, titles),
        "appraisal_table": topics.appraisal_table(comparison),
        "income_table": topics.income_table(comparison),
        "put_in_words": put_in_sentences(comparison.put_in, titles),
        "put_in_table": topics.put_in_table(comparison),
        "check_words": check_sentences(comparison.targets, comparison.checks, comparison.baseline.scenario.scale),
        "target_table": topics.target_table(comparison),
        "missed_table": topics.missed_table(comparison),
        "checks_table": topics.check_table(comparison),
    }


def _money_pictures(comparison: Comparison, drawn: dict[str, Picture]) -> dict[str, list[Picture]]:
    """Where the pound goes without policies and where they change it detectably, and all others."""
    moves = set(moving_arms(comparison.money_flows))
    names = {f"money-{k}": arm.name for k, arm in enumerate(comparison.policy_arms, start=1)}
    shown: list[Picture] = []
    others: list[Picture] = []
    for picture in _beginning(drawn, "money-"):
        (shown if names.get(picture.name) in {None, *moves} else others).append(picture)
    return {"money_pictures": shown, "money_others": others}


def _window(comparison: Comparison, window: str) -> list[str]:
    """The calendar of a window, one text for each different one among the policy arms."""
    found = []
    for arm in comparison.policy_arms:
        if window in (own := windows(arm)):
            first, last = (calendar(arm.scenario.calendar(month)) for month in own[window])
            found.append(f"{first} to {last}")
    return list(dict.fromkeys(found))


def _beginning(drawn: dict[str, Picture], prefix: str) -> list[Picture]:
    return [picture for name, picture in drawn.items() if name.startswith(prefix)]


def _tests_by_chance(comparison: Comparison) -> tuple[int, float]:
    """How many effects by group were looked at, and how many would be called detectable if there were none."""
    frame = comparison.group_effects
    # Groups in which no run differs from another have no luck to be fooled by.
    frame = frame[frame["dimension"].isin(list(DIMENSIONS)) & (frame["detectable"] > 0.0)]
    return len(frame), by_chance(frame)


def _example(comparison: Comparison) -> str | None:
    """The least detectable effect on the first headline outcome of the first policy that has one, in words."""
    frame = comparison.effects
    rows = frame[(frame["outcome"] == HEADLINE[0]) & (frame["window"] == FINAL_YEAR) & (frame["detectable"] > 0.0)]
    if rows.empty:
        return None
    item = outcome(HEADLINE[0])
    title = next(arm.title for arm in comparison.arms if arm.name == rows["arm"].iloc[0])
    return f"“{item.label}” under “{title}”, it is {size_text(item, float(rows['detectable'].iloc[0]))}"


def command(comparison: Comparison) -> str:
    """The command that runs this comparison again."""
    scenario = comparison.baseline.scenario
    # Seeds left out since a run failed were asked for too.
    seeds = {*comparison.seeds, *(run["seed"] for run in comparison.manifest.get("failed", ()))}
    options = f"--scale {scenario.scale} --months {scenario.months} --seeds {len(seeds)}"
    try:
        usual = default_design(scale=scenario.scale, months=scenario.months)
        same = comparison.arms == usual and min(seeds) == usual[0].scenario.seed
    except ScenarioError:
        same = False
    if same:
        return f"commonweal compare {options}"
    files = " ".join(shlex.quote(f"{arm.name}.toml") for arm in comparison.policy_arms)
    return f"commonweal compare {files} {options}"


def provenance_lines(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """What the results depend on, as names and values, shortened; what the manifest lacks is left out."""
    code, region = manifest.get("code", {}), manifest.get("region", {})
    lines = []
    if commit := code.get("commit"):
        changed = ", with changes that are not committed" if commit.get("dirty") else ""
        lines.append(("Commit", f"{str(commit.get('hash', ''))[: tables.DIGEST]}{changed}"))
    if code.get("hash"):
        lines.append(("Code", f"SHA-256 {str(code['hash'])[: tables.DIGEST]}"))
    if region.get("hash"):
        lines.append(("Region pack", f"{region.get('name', '')}, SHA-256 {str(region['hash'])[: tables.DIGEST]}"))
    if manifest.get("started"):
        lines.append(("Run", f"{manifest['started']} to {manifest.get('finished', '')}"))
    versions = manifest.get("versions", {})
    if versions:
        lines.append(("Versions", listed([f"{name} {number}" for name, number in versions.items()])))
    return lines

"""Folders of studies: `manifest.json`, a file per table, and the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from experiments import provenance
from experiments.comparison_study import ComparisonStudy, assumption_rows, comparison_of
from experiments.conductor import YEAR, Findings, study_of
from experiments.errors import InputError
from experiments.figures import figure_names
from experiments.folders import MANIFEST, REPORT, whole_folder, write_json, write_whole
from experiments.manifests import read_manifest
from experiments.scenario_records import scenario_to
from experiments.tables import parquet_bytes, read_tables, write_tables

if TYPE_CHECKING:
    from experiments.records import RunResult
    from simulation import Economy


def write_run(result: RunResult, economy: Economy, folder: Path, started: str) -> None:
    """Write the records of one run.

    Args:
        result: Its records.
        economy: The economy that ran, for its ledger and region.
        folder: Where; see `whole_folder`.
        started: When it began.

    Raises:
        InputError: The folder holds something else.
    """
    record = provenance.manifest("run", economy.region, started)
    record["scenario"] = scenario_to(result.scenario)
    record["digest"] = result.digest
    record["means"] = result.indicators.tail(YEAR).drop(columns="month").mean().dropna().to_dict()
    record["months_closed"] = result.months_closed
    record["payments_pence"] = result.payments
    record["discrepancy_pence"] = result.discrepancy
    record["headings_pounds"] = result.headings
    record["assumptions"] = assumption_rows(economy.region, result.scenario, result.assumptions)
    with whole_folder(folder) as place:
        for name in ("indicators", "breakdowns"):
            (place / f"{name}.parquet").write_bytes(parquet_bytes(getattr(result, name)))
        economy.ledger.flows().to_csv(place / "flows.csv", index_label="flow", lineterminator="\n")
        write_json(place / MANIFEST, record)


def write_findings(findings: Findings, folder: Path, *, report: bool = True) -> None:
    """Write what a study found, with its page.

    Args:
        findings: What it found.
        folder: Where; see `whole_folder`.
        report: Whether to write the page too.

    Raises:
        InputError: The folder holds something else, or cannot be written.
    """
    with whole_folder(folder) as place:
        manifest = {**findings.manifest, "files": write_tables(findings.tables, place)}
        if report:
            (place / REPORT).write_bytes(page_bytes(findings, folder))
            manifest["pictures"] = [name for name in figure_names(findings) if name not in findings.tables]
        write_json(place / MANIFEST, manifest)


def page_bytes(findings: Findings, folder: Path, boundaries: Path | None = None, key: str | None = None) -> bytes:
    """The page of a study.

    Args:
        findings: What it found.
        folder: Its folder as people know it, for the commands on the page.
        boundaries: GeoJSON with boundaries of neighbourhoods for the maps of a comparison.
        key: Property in it that holds their codes; None takes the one that fits best.

    Raises:
        InputError: The study has no maps, or the boundaries are not those of its region.
    """
    if type(findings.study) is ComparisonStudy:
        from experiments.boundaries import read_boundaries
        from experiments.report import report_page
        from experiments.report_drawings import region_of

        comparison, read = comparison_of(findings), None
        if boundaries is not None:
            region = region_of(comparison)
            if region is None:
                raise InputError("--boundaries: the runs' region pack has changed or is gone; allowed is the same")
            read = read_boundaries(boundaries, region, key)
        return report_page(comparison, folder, read).encode()
    if boundaries is not None:
        raise InputError(f"--boundaries: a {findings.study.kind} has no maps; allowed is a comparison")
    from experiments.page import study_page

    return study_page(findings, folder).encode()


def load_findings(folder: str | Path) -> Findings:
    """Read back what a study found.

    Args:
        folder: As written by `write_findings`.

    Raises:
        InputError: A file is missing or not ours.
    """
    path, manifest = read_manifest(folder)
    study = study_of(str(path), manifest)
    files = manifest.get("files", {})
    if {Path(name).stem for name in files} != set(manifest["tables"]):
        raise InputError(f"{path}: tables: are not those of `files`; allowed is a manifest as `commonweal` wrote it")
    return Findings(study, read_tables(manifest["tables"], path.parent, files), manifest)


def replace_page(folder: Path, boundaries: Path | None = None, key: str | None = None) -> Path:
    """Write the page of a study anew into its folder, whole or not at all.

    Args:
        folder: The folder, or the manifest in it.
        boundaries: See `page_bytes`.
        key: Likewise.

    Returns:
        The page's path.
    """
    place = read_manifest(folder)[0].parent
    path = place / REPORT
    write_whole(path, page_bytes(load_findings(place), place, boundaries, key), "DIR")
    return path

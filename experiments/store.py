"""Results on disk: a folder is written whole under another name, then takes its place."""

from __future__ import annotations

import json
import math
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments import provenance
from experiments.compare import assumption_rows
from experiments.comparison import Arm, Comparison
from experiments.errors import InputError
from policies.policy import load_policy, make_scenario
from simulation.scenario import ScenarioError

if TYPE_CHECKING:
    from experiments.runner import RunResult
    from simulation import Economy

MANIFEST = "manifest.json"
REPORT = "report.html"
#: Tables of a comparison that are for reading as well as for machines.
CSV_TABLES = ("effects", "group_effects", "costs", "assumptions")
#: The larger ones.
PARQUET_TABLES = ("indicators", "breakdowns")


def check_target(folder: Path) -> None:
    """Make sure that results may be written to a folder, before work is spent on them.

    Raises:
        InputError: The folder holds something that is not our results, or cannot be there.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder}: --out: allowed is a folder that is new, empty, or holds earlier results")
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder):
        raise InputError(
            f"{folder}: --out: holds files but no {MANIFEST} of ours, so it is left alone; allowed is another folder"
        )
    parent = next(place for place in folder.absolute().parents if place.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise InputError(f"{folder}: --out: {parent} cannot be written to; allowed is a folder where files can be made")


def _is_ours(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["program"] == "commonweal")
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A new folder to write into, which takes the place of `target` when all went well.

    Args:
        target: Where the results go; earlier results there are replaced only at the end.

    Yields:
        The folder to write into. After an exception it is gone and `target` is as it was.

    Raises:
        InputError: See `check_target`.
    """
    check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    key = uuid.uuid4().hex[:12]
    fresh, old = (target.parent / f".{target.name}.{word}-{key}" for word in ("new", "old"))
    fresh.mkdir()
    try:
        yield fresh
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_json(path: Path, data: Any) -> None:
    """Write plain data as JSON that any reader accepts: what is not a number becomes null."""
    path.write_text(json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def write_json_file(path: Path, data: Any) -> None:
    """Write plain data as a JSON file, whole or not at all.

    Raises:
        InputError: The file cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
    try:
        write_json(fresh, data)
        fresh.replace(path)
    except OSError as error:
        raise InputError(
            f"{path}: --out: cannot be written ({error.strerror}); allowed is a file in a folder"
        ) from None
    finally:
        fresh.unlink(missing_ok=True)


def plain(data: Any) -> Any:
    """Data of dictionaries, lists, texts and finite numbers only."""
    if isinstance(data, pd.DataFrame):
        return plain(data.to_dict(orient="records"))
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [plain(value) for value in data]
    if hasattr(data, "item"):
        return plain(data.item())
    return None if isinstance(data, float) and not math.isfinite(data) else data


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
    record["scenario"] = provenance.scenario_record(result.scenario)
    record["digest"] = result.digest
    record["months_closed"] = result.months_closed
    record["payments_pence"] = result.payments
    record["discrepancy_pence"] = result.discrepancy
    record["headings_pounds"] = result.headings
    record["assumptions"] = assumption_rows(economy.region, result.scenario, result.assumptions)
    with whole_folder(folder) as place:
        for name in PARQUET_TABLES:
            getattr(result, name).to_parquet(place / f"{name}.parquet", index=False)
        economy.ledger.flows().to_csv(place / "flows.csv", index_label="flow", lineterminator="\n")
        write_json(place / MANIFEST, record)


def write_comparison(comparison: Comparison, folder: Path, *, report: bool = True) -> None:
    """Write a comparison with its report.

    Args:
        comparison: What to write.
        folder: Where; see `whole_folder`.
        report: Whether to write the report too.

    Raises:
        InputError: The folder holds something else.
    """
    with whole_folder(folder) as place:
        for name in CSV_TABLES:
            getattr(comparison, name).to_csv(place / f"{name}.csv", index=False, lineterminator="\n")
        for name in PARQUET_TABLES:
            getattr(comparison, name).to_parquet(place / f"{name}.parquet", index=False)
        write_json(place / MANIFEST, comparison.manifest)
        if report:
            from experiments.report import write_report

            write_report(comparison, place / REPORT)


def load_comparison(folder: str | Path) -> Comparison:
    """Read a comparison back.

    Args:
        folder: As written by `write_comparison`.

    Raises:
        InputError: A file is missing or not ours.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["program"] != "commonweal" or manifest["kind"] != "comparison":
            raise KeyError("kind")
        arms = tuple(_arm(folder, record) for record in manifest["arms"])
        seeds = tuple(int(seed) for seed in manifest["seeds"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise InputError(f"{folder}: {MANIFEST}: allowed is a folder that `commonweal compare` wrote") from None
    tables: dict[str, pd.DataFrame] = {}
    for name in (*CSV_TABLES, *PARQUET_TABLES):
        path = folder / f"{name}.{'csv' if name in CSV_TABLES else 'parquet'}"
        try:
            tables[name] = _read_csv(path) if name in CSV_TABLES else pd.read_parquet(path)
        except (OSError, ValueError):
            raise InputError(f"{path}: cannot be read; allowed is a folder that `commonweal compare` wrote") from None
    return Comparison(arms=arms, seeds=seeds, manifest=manifest, **tables)


def _read_csv(path: Path) -> pd.DataFrame:
    """A table as it was written: groups stay texts where they look like numbers, an empty note an empty text."""
    table = pd.read_csv(path, dtype={"group": str, "note": str})
    return table.fillna({"note": ""}) if "note" in table else table


def _arm(folder: Path, record: dict[str, Any]) -> Arm:
    where = f"{folder / MANIFEST}: arms.{record['name']}"
    fields = dict(record["scenario"])
    policies = tuple(load_policy(item, f"{where}.policies") for item in fields.pop("policies"))
    return Arm(record["name"], record["title"], make_scenario(where, **fields, policies=policies))


def replace_report(comparison: Comparison, folder: Path) -> Path:
    """Write the report of a comparison anew into its folder, whole or not at all.

    Returns:
        Its path.
    """
    from experiments.report import write_report

    path = folder / REPORT
    fresh = folder / f".{REPORT}.{uuid.uuid4().hex[:12]}"
    try:
        write_report(comparison, fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return path

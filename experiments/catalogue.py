"""What a store holds, as tables that can be filtered, exported and asked in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.errors import InputError
from experiments.folders import beside, plain, unwritable_file, write_whole
from experiments.run_file import DamagedFileError, facts
from experiments.store import RunStore
from experiments.tables import csv_bytes
from policies.policy import registry

if TYPE_CHECKING:
    import duckdb

#: Columns of the table of runs.
COLUMNS = (
    "key", "scenario", "policies", "assumptions", "seed", "scale", "months", "start", "region", "digest", "version",
    "seconds", "finished",
)  # fmt: skip
FAILURE_COLUMNS = ("key", "scenario", "seed", "error", "version", "when")
#: Letters of a key that a list shows.
SHORT_KEY = 12
#: View of all values of all runs.
RECORDS = """
CREATE VIEW records AS
SELECT regexp_extract(filename, '([0-9a-f]{{64}})[.]parquet$', 1) AS key, month, dimension, "group", outcome, value
FROM read_parquet([{files}], filename = true)
"""


def run_table(store: RunStore) -> tuple[pd.DataFrame, list[str]]:
    """The runs of a store.

    Args:
        store: The store.

    Returns:
        A row per run with `COLUMNS`, ordered by scenario and seed, and a line for each file that is damaged.
        `policies` names each with the dials that are not at their default.
    """
    log = {line.get("key"): line for line in store.log()}
    rows, damaged = [], []
    for path in store.files():
        try:
            record = facts(path).record
        except DamagedFileError as error:
            damaged.append(f"{path}: damaged ({error}); it is run again when it is needed")
            continue
        scenario, noted = record["scenario"], log.get(record["key"], {})
        rows.append(
            {
                "key": record["key"],
                "scenario": str(noted.get("scenario", "")),
                "policies": "; ".join(policy_text(policy) for policy in scenario["policies"]),
                "assumptions": json.dumps(scenario["assumptions"], sort_keys=True) if scenario["assumptions"] else "",
                **{name: scenario[name] for name in ("seed", "scale", "months", "start", "region")},
                "digest": record["digest"],
                "version": record["code"],
                "seconds": _number(noted.get("seconds")),
                "finished": str(noted.get("finished", "")),
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(["scenario", "policies", "assumptions", "seed", "key"], ignore_index=True), damaged


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def policy_text(record: dict[str, Any]) -> str:
    """A policy in a few words: its type and the dials that are not at their default."""
    kind = registry().get(record["type"])
    usual = kind.model_validate({"type": record["type"]}).model_dump(mode="json") if kind else {}
    changed = {name: value for name, value in record.items() if name != "type" and usual.get(name) != value}
    dials = ", ".join(f"{name}={value}" for name, value in changed.items())
    return f"{record['type']}({dials})" if dials else str(record["type"])


def failure_table(store: RunStore) -> pd.DataFrame:
    """Runs that failed and have not been done since, with `FAILURE_COLUMNS`."""
    rows = [
        (
            line["key"], line["scenario"]["name"], line["scenario"]["seed"], line["error"], line["code"], line["when"],
        )
        for line in store.failures()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=FAILURE_COLUMNS)


def connect(store: RunStore, runs: pd.DataFrame, database: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the table `runs` and, where there are any, the view `records` of all their values.

    Args:
        store: The store.
        runs: Its runs, as `run_table` gives them; the view holds the values of these.
        database: File to make; None keeps it in memory.

    Returns:
        The connection, for the caller to close.
    """
    import duckdb

    connection = duckdb.connect(str(database) if database else ":memory:")
    connection.register("frame", runs)
    connection.execute("CREATE TABLE runs AS SELECT * FROM frame")
    connection.unregister("frame")
    keys = set(runs["key"])
    files = [str(path.resolve()) for path in store.files() if path.stem in keys]
    if files:
        quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in files)
        connection.execute(RECORDS.format(files=quoted))
    return connection


def ask(store: RunStore, runs: pd.DataFrame, query: str, option: str) -> pd.DataFrame:
    """The answer to a question in SQL, of `runs` and `records`.

    Args:
        store: The store.
        runs: Its runs.
        query: The question.
        option: Option that it came from, for the message.

    Raises:
        InputError: DuckDB does not understand it, or it does more than ask.
    """
    import duckdb

    allowed = "allowed is one SELECT of `runs` and `records`"
    connection = connect(store, runs)
    try:
        statements = connection.extract_statements(query)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise InputError(f"{option}: {query!r}; {allowed}")
        _shut(connection, store)
        return connection.execute(statements[0]).df()
    except InputError:
        raise
    except (duckdb.Error, ValueError, OverflowError) as error:
        raise InputError(f"{option}: {(str(error) or query).splitlines()[0]}; {allowed}") from None
    finally:
        connection.close()


def _shut(connection: duckdb.DuckDBPyConnection, store: RunStore) -> None:
    """Leave a question nothing to read but the runs of the store."""
    folder = str((store.folder / "runs").resolve()).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{folder}/']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def filtered(store: RunStore, runs: pd.DataFrame, where: str | None) -> pd.DataFrame:
    """Runs for which a condition holds, such as "scale = 100 and seed < 10"."""
    if where is None:
        return runs
    return ask(store, runs, f"SELECT * FROM runs WHERE ({where}\n)", "--where")


def make_database(store: RunStore, runs: pd.DataFrame, path: Path) -> None:
    """Write a DuckDB database with `runs` and `records`, whole or not at all.

    Raises:
        InputError: The file cannot be written.
    """
    import duckdb

    fresh = beside(path, "new")
    try:
        connect(store, runs, fresh).close()
        fresh.replace(path)
    except OSError as error:
        raise unwritable_file(path, "--duckdb", error) from None
    except duckdb.Error as error:
        raise InputError(f"{path}: --duckdb: cannot be written ({str(error).splitlines()[0]})") from None
    finally:
        with suppress(OSError):
            fresh.unlink()


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, whole or not at all."""
    write_whole(path, csv_bytes(table), "--csv")


def cells(table: pd.DataFrame, columns: Sequence[str]) -> list[list[str]]:
    """Rows of a table as texts, keys shortened."""
    rows = table[list(columns)].itertuples(index=False, name=None)
    return [[_cell(column, value) for column, value in zip(columns, row, strict=True)] for row in rows]


def _cell(column: str, value: Any) -> str:
    """A value as text, whatever DuckDB made of it; empty where there is none."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    return value[:SHORT_KEY] if column == "key" and isinstance(value, str) else str(plain(value))

"""Commands that look at results and make them again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments import output
from experiments.cli_options import (
    Cluster,
    Json,
    Manifest,
    Results,
    StoreOption,
    Workers,
    conduct_with_bar,
    how,
    load_model,
    raise_failures,
)
from experiments.errors import InputError
from experiments.folders import STORE

DIFFERENT = 1
#: Columns of runs that a list shows; files have all.
SHOWN = ["key", "scenario", "policies", "assumptions", "seed", "scale", "months", "version", "seconds", "finished"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (results, report, figure, headline, reproduce):
        app.command()(command)


def results(
    store: StoreOption = STORE,
    where: Annotated[
        str | None, typer.Option(metavar="CONDITION", help="Only runs for which it holds: scale = 100 and seed < 10.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="List the runs that failed.")] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the table as CSV.")] = None,
    sql: Annotated[
        str | None, typer.Option(metavar="QUERY", help="Ask in SQL: table runs, view records of all their values.")
    ] = None,
    duckdb: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a DuckDB database with both.")] = None,
    json: Json = False,
) -> None:
    """List the runs of a store; filter, export or ask them in SQL."""
    if failed and (where is not None or sql is not None):
        raise InputError("--failed: not with --where or --sql, which ask of runs that were done")
    load_model()
    from experiments import catalogue
    from experiments.store import RunStore

    if not (store / "store.json").exists():
        raise InputError(f"{store}: --store: holds no store; allowed is a folder in which a command kept its runs")
    held = RunStore(store)
    runs, damaged = catalogue.run_table(held)
    for line in damaged:
        output.complain(line)
    runs = catalogue.filtered(held, runs, where)
    if duckdb is not None:
        catalogue.make_database(held, runs, duckdb)
    table = catalogue.failure_table(held) if failed else runs
    if sql is not None:
        table = catalogue.ask(held, runs, sql, "--sql")
    if csv is not None:
        catalogue.write_csv(table, csv)
    if json:
        output.say_json(table)
        return
    for path in (duckdb, csv):
        if path is not None:
            output.say(f"Written: {path}")
    if csv is None and duckdb is None:
        shown = SHOWN if sql is None and not failed else list(table.columns)
        output.show(f"{len(table)} of {store}", shown, catalogue.cells(table, shown))


def report(
    folder: Results,
    boundaries: Annotated[
        Path | None,
        typer.Option(metavar="FILE.geojson", help="Boundaries of the neighbourhoods, for the maps of a comparison."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="PROPERTY", help="Property that holds their codes. Default: what fits best.")
    ] = None,
    json: Json = False,
) -> None:
    """Write the report of a study anew."""
    if key is not None and boundaries is None:
        raise InputError("--key: is of --boundaries; allowed is both")
    load_model()
    from experiments.study_files import replace_page

    path = replace_page(folder, boundaries, key)
    if json:
        output.say_json({"report": str(path)})
    else:
        output.say(f"Report in {path}")


def figure(
    manifest: Manifest,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Table or picture.", show_default=False)],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write it to. Default: NAME here.")] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: StoreOption = STORE,
    json: Json = False,
) -> None:
    """Make one table or picture of a study alone, from its runs; those that the store lacks are done again."""
    load_model()
    from experiments.conductor import study_of
    from experiments.figures import check_name
    from experiments.figures import figure as make
    from experiments.folders import check_file, write_whole
    from experiments.manifests import read_manifest

    path, record = read_manifest(manifest)
    study = study_of(str(path), record)
    check_name(name, record)
    check_file(out or Path(name))
    findings = conduct_with_bar(study, how(workers, cluster, store), silent=json)
    raise_failures(findings, path.parent)
    suffix, content = make(findings, name)
    place = out or Path(f"{name}{suffix}")
    write_whole(place, content)
    if json:
        output.say_json({"figure": name, "file": str(place)})
    else:
        output.say(f"{name} in {place}")


def headline(
    folder: Results,
    into: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Page in Markdown in which to replace the table.")
    ] = None,
    json: Json = False,
) -> None:
    """Print the headline effects of an ensemble as a table in Markdown, both kinds of uncertainty apart."""
    load_model()
    from experiments.headline import headline_table, put_into
    from experiments.study_files import load_findings

    table = headline_table(load_findings(folder), str(folder))
    if into is not None:
        put_into(into, table)
    if json:
        output.say_json({"table": table, "file": None if into is None else str(into)})
    else:
        output.say(table if into is None else f"Written: {into}")


def reproduce(
    manifest: Manifest,
    workers: Workers = None,
    cluster: Cluster = None,
    json: Json = False,
) -> int:
    """Run a manifest again, every run anew, and say whether all is identical, or what differs and by how much."""
    load_model()
    from experiments import printing
    from experiments.manifests import read_manifest
    from experiments.reproduction import reproduce as again

    path, record = read_manifest(manifest)
    with output.working("Running it again", silent=json):
        found = again(str(path), record, how(workers, cluster, None))
    if json:
        output.say_json(printing.reproduction_record(found))
    else:
        for line in printing.reproduction_lines(found):
            output.say(line)
    return 0 if found.identical else DIFFERENT

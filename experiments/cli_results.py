"""Commands that look at results and make them again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments import output
from experiments.cli_options import (
    STORE,
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

DIFFERENT = 1


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (report, figure, reproduce):
        app.command()(command)


def report(folder: Results, json: Json = False) -> None:
    """Write the report of a study anew."""
    load_model()
    from experiments.study_files import replace_page

    path = replace_page(folder)
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
    from experiments.figures import figure as make
    from experiments.folders import write_whole
    from experiments.study_files import read_manifest

    path, record = read_manifest(manifest)
    findings = conduct_with_bar(study_of(str(path), record), how(workers, cluster, store), silent=json)
    raise_failures(findings, path.parent)
    suffix, content = make(findings, name)
    place = out or Path(f"{name}{suffix}")
    write_whole(place, content)
    if json:
        output.say_json({"figure": name, "file": str(place)})
    else:
        output.say(f"{name} in {place}")


def reproduce(
    manifest: Manifest,
    workers: Workers = None,
    cluster: Cluster = None,
    json: Json = False,
) -> int:
    """Run a manifest again, every run anew, and say whether all is identical, or what differs and by how much."""
    load_model()
    from experiments import printing
    from experiments.reproduction import reproduce as again
    from experiments.study_files import read_manifest

    path, record = read_manifest(manifest)
    with output.working("Running it again", silent=json):
        found = again(str(path), record, how(workers, cluster, None))
    if json:
        output.say_json(printing.reproduction_record(found))
    else:
        printing.show_reproduction(found)
    return 0 if found.identical else DIFFERENT

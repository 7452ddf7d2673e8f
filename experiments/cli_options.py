"""Options that commands share, and how a study is conducted from the command line."""

from __future__ import annotations

import gc
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments import output
from experiments.folders import STORE_VARIABLE

if TYPE_CHECKING:
    from experiments.conductor import Findings
    from experiments.laboratory import Execution
    from experiments.study import Study
    from simulation.scenario import Scenario

File = Annotated[Path, typer.Argument(metavar="SCENARIO.toml", help="A scenario file.", show_default=False)]
Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[SCENARIO.toml ...]", help="Scenarios to compare with the first without its policies."),
]
Results = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a study.", show_default=False)]
Manifest = Annotated[
    Path, typer.Argument(metavar="MANIFEST", help="A manifest.json, or the folder it is in.", show_default=False)
]
Scale = Annotated[int | None, typer.Option(help="Real units that one simulated unit stands for, 1 to 1000.")]
Seed = Annotated[int | None, typer.Option(help="Seed of all random draws.")]
Seeds = Annotated[int | None, typer.Option(metavar="N", help="Seeds. Default: 10.")]
Months = Annotated[int | None, typer.Option(help="Months to run.")]
Workers = Annotated[
    int | None, typer.Option(help="Worker processes; 0 runs all in this one. Default: one a processor.")
]
Cluster = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler to use, such as tcp://host:8786, or slurm.")
]
StoreOption = Annotated[
    Path,
    typer.Option(
        "--store", metavar="DIR", envvar=STORE_VARIABLE, help="Store of runs; what it holds is not run again."
    ),
]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DIAL",
        help="Assumption or POLICY.DIAL, over its range; or DIAL=LOW:HIGH, DIAL=LOW:HIGH:POINTS, DIAL=A,B. Repeat it.",
    ),
]
OutFolder = Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the results to.")]
SampleSeed = Annotated[int, typer.Option(help="Seed of the points of the design.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RegionOption = Annotated[str, typer.Option("--region", metavar="NAME|DIR", help="Built-in region pack, or a folder.")]
#: Rows of a table above which JSON output leaves it to its file.
MOST_JSON_ROWS = 5000


@lru_cache(maxsize=1)
def load_model() -> None:
    """Import the model, once; the collector of garbage would go through all of it again and again as it grows."""
    collects = gc.isenabled()
    gc.disable()
    try:
        # Mesa looks through all modules for whoever imports it, and for whoever imports that: it comes first.
        import mesa  # noqa: F401

        from experiments import printing  # noqa: F401
        from experiments.startup import announce_compiling

        announce_compiling()
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def ready(path: Path, scale: int | None, seed: int | None, months: int | None) -> Scenario:
    """A scenario from its file, checked."""
    load_model()
    from experiments.designs import check_scenario
    from policies import load_scenario

    scenario = load_scenario(path, scale=scale, seed=seed, months=months)
    check_scenario(str(path), scenario)
    return scenario


def of_options(**fields: Any) -> Scenario:
    """A scenario without policies from options alone, checked; None leaves the default."""
    from experiments.designs import check_scenario
    from policies.policy import make_scenario

    scenario = make_scenario("options", **{name: value for name, value in fields.items() if value is not None})
    check_scenario("options", scenario)
    return scenario


def warn_of_idle_policies(scenario: Scenario) -> None:
    """Say which policies start too late to do anything."""
    from experiments.designs import idle_policies

    for line in idle_policies([scenario]):
        output.complain(line)


def how(workers: int | None, cluster: str | None, store: Path | None) -> Execution:
    """Where runs are done and kept."""
    from experiments.laboratory import Execution

    return Execution(workers=workers, cluster=cluster, store=store, notice=output.complain)


def check_out(out: Path, execution: Execution) -> None:
    """Make sure, before any run is done, that results may be written to a folder, and beside it where runs fail.

    Raises:
        InputError: They may not.
    """
    from experiments.folders import check_target

    for folder in (out, incomplete_of(out)):
        check_target(folder, store=execution.store)


def incomplete_of(out: Path) -> Path:
    """Where results go that are not whole: what is not whole never takes the place of what is."""
    return out.parent / f"{out.name}-incomplete"


def conduct_with_bar(study: Study, execution: Execution, *, silent: bool) -> Findings:
    """Conduct a study, with a progress bar."""
    from dataclasses import replace

    from experiments.conductor import conduct

    with output.progress_bar("Runs", len(study.scenarios()), silent=silent) as advance:
        return conduct(study, replace(execution, progress=advance))


def keep_findings(findings: Findings, out: Path, *, silent: bool) -> Path:
    """Write what a study found; where runs failed, beside its folder, so that what is whole stays.

    Returns:
        Where it is.
    """
    from experiments.errors import InputError
    from experiments.study_files import write_findings

    incomplete = incomplete_of(out)
    place = incomplete if findings.failures else out
    try:
        with output.working("Drawing the report", silent=silent):
            write_findings(findings, place)
    except Exception as error:
        if not isinstance(error, InputError):
            write_findings(findings, incomplete, report=False)
            output.complain(f"The report failed; the tables are kept in {incomplete}")
        raise
    return place


def tell_findings(findings: Findings, place: Path, *, json: bool) -> None:
    """Print the answer of a study and where its page is; as JSON, its tables too."""
    from experiments.folders import REPORT

    sentences = findings.study.sentences(findings.tables)
    if json:
        tables = {name: table for name, table in findings.tables.items() if len(table) <= MOST_JSON_ROWS}
        record = {"out": str(place), "report": str(place / REPORT), "sentences": sentences, "tables": tables}
        output.say_json(record | {"failed": findings.manifest["failed"]})
        return
    for sentence in sentences:
        output.say(sentence)
    output.say(f"Report in {place / REPORT}")


def finish(study: Study, execution: Execution, out: Path, *, json: bool) -> None:
    """Conduct a study, write its folder and tell its answer.

    Raises:
        InputError: The folder holds something else, or the study's input is wrong.
        RunsFailedError: Runs failed; what the others say is kept.
    """
    check_out(out, execution)
    findings = conduct_with_bar(study, execution, silent=json)
    place = keep_findings(findings, out, silent=json)
    tell_findings(findings, place, json=json)
    raise_failures(findings, place)


def raise_failures(findings: Findings, place: Path) -> None:
    """End with the runs that failed, when there are any.

    Raises:
        RunsFailedError: There are.
    """
    from experiments.conductor import failure_message

    if findings.failures:
        raise failure_message(findings.failures, str(place))

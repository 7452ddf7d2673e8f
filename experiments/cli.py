"""The command line. Exit codes: 0 done, 2 the input was wrong (one line says what is allowed), 1 a fault of ours."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from experiments import cli_dashboard, cli_evidence, cli_inspect, cli_results, cli_studies, output
from experiments.cli_options import (
    File,
    Json,
    Months,
    RegionOption,
    Scale,
    Seed,
    ready,
    warn_of_idle_policies,
)
from experiments.cli_region import region_app
from experiments.errors import InputError, RunsFailedError

# Commands import what they need when they run, so that `commonweal --help` answers at once.

DONE, FAULT, BAD_INPUT = 0, 1, 2

app = typer.Typer(
    help="Commonweal: what policies do to work, pay and community wealth in a region.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(region_app, name="region")
cli_studies.register(app)
cli_results.register(app)
cli_evidence.register(app)
cli_inspect.register(app)
cli_dashboard.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after `commonweal`; None takes those of the process.

    Returns:
        The exit code.
    """
    try:
        result = typer.main.get_command(app).main(
            args=None if arguments is None else list(arguments), prog_name="commonweal", standalone_mode=False
        )
        return result if isinstance(result, int) else DONE
    except BrokenPipeError:
        # Whoever read our output has read enough; keep Python from complaining about it at exit.
        sys.stdout = None  # type: ignore[assignment]
        return DONE
    except Exception as error:
        return _explain(error)


def _explain(error: Exception) -> int:
    """Say what went wrong, and choose the exit code."""
    # Typer's own usage errors differ in class between versions but not in these two attributes.
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        output.complain(f"commonweal: {error.format_message()}".replace("\n", " "))
        return int(error.exit_code)
    if isinstance(error, RunsFailedError):
        output.complain(f"commonweal: {error}")
        return FAULT
    if isinstance(error, InputError) or _from_model(error):
        output.complain(" ".join(str(error).split("\n")))
        return BAD_INPUT
    output.complain(f"commonweal: a fault of ours: {type(error).__name__}: {error}")
    output.complain("".join(traceback.format_exception(error)))
    return FAULT


def _from_model(error: Exception) -> bool:
    """Whether the simulation refused its input."""
    from simulation.region import RegionError
    from simulation.scenario import ScenarioError

    return isinstance(error, (RegionError, ScenarioError))


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            output.say(f"commonweal {version('commonweal')}")
        except PackageNotFoundError:
            output.say("commonweal, not installed")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Commonweal: what policies do to work, pay and community wealth in a region."""


@app.command()
def run(
    file: File,
    scale: Scale = None,
    seed: Seed = None,
    months: Months = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write the records to.")] = None,
    json: Json = False,
) -> None:
    """Run one scenario; print how the ledger closed, the headline indicators and the digest."""
    scenario = ready(file, scale, seed, months)
    from experiments import printing, provenance
    from experiments.folders import check_target
    from experiments.records import collect
    from experiments.study_files import write_run
    from simulation import Economy

    if out is not None:
        check_target(out)
    started, began = provenance.now(), time.perf_counter()
    with output.progress_bar("Months", scenario.months, silent=json) as advance:
        economy = Economy(scenario)
        for _ in range(scenario.months):
            economy.step()
            advance()
    result, seconds = collect(economy), time.perf_counter() - began
    if out is not None:
        write_run(result, economy, out, started)
    warn_of_idle_policies(scenario)
    if json:
        output.say_json(printing.run_record(result, seconds, out))
        return
    printing.show_run(result)
    if out is not None:
        output.say(f"Records in {out}")


@app.command()
def policies(json: Json = False) -> None:
    """List the policies with their dials: value, range, unit and source."""
    from experiments import listing, printing

    found = listing.policies()
    if json:
        output.say_json(found)
    else:
        printing.show_policies(found)


@app.command()
def assumptions(region: RegionOption = "lcr", json: Json = False) -> None:
    """List the assumptions of a region pack: value, range, unit and source."""
    from experiments import listing, printing
    from simulation.region import load_region

    found = listing.assumptions(load_region(region))
    if json:
        output.say_json(found)
    else:
        printing.show_assumptions(found, region)


@app.command()
def digest(file: File, scale: Scale = None, seed: Seed = None, months: Months = None, json: Json = False) -> None:
    """Run one scenario and print the SHA-256 of everything it recorded."""
    scenario = ready(file, scale, seed, months)
    from simulation import Economy

    found = Economy(scenario).run().digest()
    if json:
        output.say_json({"scenario": scenario.name, "seed": scenario.seed, "digest": found})
    else:
        sys.stdout.write(f"{found}\n")


@app.command()
def bench(
    repeats: Annotated[int, typer.Option(metavar="N", help="Months to time at each scale, 1 to 400.")] = 12,
    seed: Seed = None,
    finest: Annotated[int, typer.Option(help="Finest scale, 1 to 100; the yardsticks are measured there.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the whole commands, which take minutes.")] = False,
    json: Json = False,
) -> None:
    """Time a month beside an empty Mesa step, a Starsim step and a copy of all state; print the ratios."""
    for option, value, high in (("--repeats", repeats, 400), ("--finest", finest, 100)):
        if not 1 <= value <= high:
            raise InputError(f"options: {option}: {value}; allowed is 1 to {high}")
    from experiments import bench as benchmark
    from experiments.bench_table import show_bench
    from policies.policy import make_scenario

    chosen = make_scenario("options", **({} if seed is None else {"seed": seed})).seed
    scales = (*(scale for scale in benchmark.SCALES if scale > finest), finest)
    with output.working("Measuring", silent=json):
        result = benchmark.bench(repeats, chosen, scales=scales, commands=not quick)
    if json:
        output.say_json(result)
    else:
        show_bench(result)


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write it to.")] = None,
    region: RegionOption = "lcr",
    json: Json = False,
) -> None:
    """Print the JSON Schema of scenario files, with which editors complete them."""
    from experiments.folders import json_bytes, write_whole
    from experiments.listing import scenario_schema
    from simulation.region import load_region

    found = scenario_schema(load_region(region))
    if out is None or json:
        output.say_json(found)
    if out is not None:
        write_whole(out, json_bytes(found))
        if not json:
            output.say(f"Schema in {out}")

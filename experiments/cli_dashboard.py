"""The command that serves the dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments import output
from experiments.cli_options import RegionOption, Scale, StoreOption, load_model, of_options, ready
from experiments.errors import InputError
from experiments.folders import STORE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(dashboard)


def dashboard(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[SCENARIO.toml]", help="Scenario to begin with.", show_default=False),
    ] = None,
    region: RegionOption = "lcr",
    scale: Scale = None,
    port: Annotated[int, typer.Option(help="Port, 0 for any that is free.")] = 8765,
    host: Annotated[
        str, typer.Option(help="Address to bind to; others than this machine's let others in.")
    ] = "127.0.0.1",
    store: StoreOption = STORE,
    results: Annotated[Path, typer.Option(metavar="DIR", help="Folder whose studies can be opened.")] = Path("results"),
) -> None:
    """Serve a page on which policies are tuned and watched at work, month by month, beside the baseline."""
    if file is not None and region != "lcr":
        raise InputError("options: --region: not with a scenario file, which names its own")
    load_model()
    scenario = of_options(region=region, scale=scale) if file is None else ready(file, scale, None, None)
    if file is None:
        # Whoever opens the page finds something to run.
        scenario = scenario.with_(name="my scenario")
    from experiments.dashboard.serve import Options, serve
    from experiments.dashboard.stored import Stored
    from experiments.startup import compile_kernels

    compile_kernels()
    serve(Options(scenario, Stored(results, store)), host, port, lambda address: output.say(f"Dashboard at {address}"))

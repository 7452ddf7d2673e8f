"""Commands on region packs: check one, and build one from official files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments import output
from experiments.cli_options import Json

__all__ = ["region_app"]

region_app = typer.Typer(help="Region packs.", no_args_is_help=True)


@region_app.command("check")
def region_check(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder of the pack.", show_default=False)],
    json: Json = False,
) -> int:
    """List all that is wrong with a region pack, one line each."""
    from simulation.region import check_region

    problems = check_region(folder)
    if json:
        output.say_json({"pack": folder, "problems": problems})
    elif problems:
        output.complain("\n".join(problems))
    else:
        output.say(f"{folder}: no problems")
    return 2 if problems else 0


@region_app.command("build")
def region_build(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the new pack.", show_default=False)],
    sources: Annotated[Path, typer.Option(metavar="DIR", help="Folder of official files (CSV).", show_default=False)],
    authority: Annotated[
        list[str],
        typer.Option(metavar="CODE|NAME", help="A local authority of England. Repeat it.", show_default=False),
    ],
    name: Annotated[str | None, typer.Option(help="Short name of the region. Default: that of the folder.")] = None,
    title: Annotated[str | None, typer.Option(help="Name for people. Default: the authorities.")] = None,
    like: Annotated[
        str, typer.Option(metavar="NAME|DIR", help="Pack to borrow from what no official file has.")
    ] = "lcr",
    json: Json = False,
) -> None:
    """Make a region pack of local authorities from official files; docs/region_build.md says which."""
    from dataclasses import asdict

    from experiments.region_build import build_region

    built = build_region(out, sources, authority, name=name, title=title, like=like)
    if json:
        output.say_json(asdict(built) | {"folder": str(built.folder)})
        return
    output.say(f"{len(built.authorities)} authorities, {built.neighbourhoods} neighbourhoods in {built.folder}")
    for what, files in built.used.items():
        output.say(f"From {', '.join(files)}: {what}")
    if built.missing:
        output.say(f"Not there, so taken from the pack {like} or national: {'; '.join(built.missing)}")
    for file in built.unused:
        output.complain(f"{file}: not recognised as an official file (CSV), so not used")

"""Opening states on disk, so that the same population is synthesised once.

What an economy is at month 0, travel costs included, follows from the region pack, the scenario without its
policies, shocks and months, and the code. A file is keyed by all of these, and by the versions and processor on which
last bits depend. Reading one at any scale is quicker than synthesis, so all scales are kept: the newest, up to 2 GiB
in all (one at scale 100 takes 9 MB, at scale 1 some 400 MB).

Files lie in ``$XDG_CACHE_HOME/commonweal/populations`` or ``~/.cache/commonweal/populations``. The variable
``COMMONWEAL_CACHE`` names another folder, or says ``off``. They hold arrays and a description, never code; one that
is damaged or not ours is written anew. A subclass of `Economy` may synthesise otherwise, so only `Economy` itself
is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from agents.code_version import computer_hash, source_hash
from simulation import opening
from simulation.snapshot import Reader, Writer

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Variable that names the folder, or says "off".
SETTING = "COMMONWEAL_CACHE"
#: Bytes that all files together may take; the newest file is kept whatever it takes.
MOST_BYTES = 2 << 30
#: Fields of a scenario that the opening state does not depend on.
LATER = {"name", "policies", "shocks", "months", "force"}
#: Attributes of an economy that are made before its population, or are the same for every population.
SURROUNDINGS = ("scenario", "region", "assumptions", "draws", "structure", "network")
#: Attributes that are no part of the opening state: the surroundings, what policies and users bring, and agents,
#: which are made anew.
LEFT_OUT = {*SURROUNDINGS, "levers", "adopted", "anchors", "recorder", "datacollector"}


def folder() -> Path | None:
    """Folder of the opening states; None where they are not kept."""
    chosen = os.environ.get(SETTING, "")
    if chosen.lower() == "off":
        return None
    if chosen:
        return Path(chosen) / "populations"
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "commonweal" / "populations"
    except RuntimeError:  # no home
        return None


def key_of(economy: Economy) -> str:
    """What the opening state follows from, as one hash."""
    scenario = {name: value for name, value in economy.scenario.model_dump(exclude=LATER).items() if name != "region"}
    scenario["assumptions"] = dict(economy.assumptions)
    parts = [economy.region.hash, scenario, source_hash(("agents", "simulation")), computer_hash()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def restore(economy: Economy) -> bool:
    """Give an economy the opening state that is kept for it.

    Args:
        economy: An economy with its surroundings and no population yet.

    Returns:
        Whether there was one.
    """
    path = _path(economy)
    if path is None or not path.is_file():
        return False
    try:
        state, used = _read(path, economy)
    except Exception:
        # Whatever is wrong with the file, the state can be made anew.
        return False
    for name, value in state.items():
        setattr(economy, name, value)
    economy.assumptions.used.update(used)
    opening.add_anchors(economy)
    _touch(path)
    return True


def keep(economy: Economy) -> None:
    """Keep the opening state of an economy, if the disk allows.

    Args:
        economy: An economy at month 0.
    """
    path = _path(economy)
    if path is None:
        return
    fresh = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:12]}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as file:
            _write(file, economy)
        # Whole or not at all, also where another process writes the same.
        os.replace(fresh, path)
        _make_room(path)
    except Exception:
        # A full disk, or state that cannot be described: the run goes on without.
        with suppress(OSError):
            fresh.unlink()


def state_of(economy: Economy) -> dict[str, Any]:
    """Attributes of an economy that are its opening state."""
    left_out = LEFT_OUT | set(vars(mesa.Model(seed=0)))
    return {name: value for name, value in vars(economy).items() if name not in left_out}


def _outside(economy: Economy) -> dict[str, Any]:
    return {"economy": economy} | {name: getattr(economy, name) for name in SURROUNDINGS}


def _write(file: Any, economy: Economy) -> None:
    writer = Writer(_outside(economy))
    described = writer.describe(state_of(economy))
    text = json.dumps([described, sorted(economy.assumptions.used)]).encode()
    arrays = {f"a{k}": array for k, array in enumerate(writer.arrays)}
    np.savez(file, allow_pickle=False, description=np.frombuffer(text, np.uint8), **arrays)


def _read(path: Path, economy: Economy) -> tuple[dict[str, Any], list[str]]:
    with np.load(path, allow_pickle=False) as file:
        described, used = json.loads(file["description"].tobytes())
        arrays = [file[f"a{k}"] for k in range(len(file.files) - 1)]
    return Reader(arrays, _outside(economy)).make(described), used


def _path(economy: Economy) -> Path | None:
    place = folder() if type(economy).__module__ == "simulation.economy" else None
    return None if place is None else place / f"{key_of(economy)}.npz"


def _touch(path: Path) -> None:
    """Note that the file was used, for the newest are kept longest."""
    with suppress(OSError):
        os.utime(path)


def _make_room(newest: Path) -> None:
    """Remove the files that were used longest ago until the rest take no more than they may."""
    found = []
    for path in newest.parent.iterdir():
        try:
            status = path.stat()
        except OSError:  # another process was quicker
            continue
        found.append((path != newest, -status.st_mtime, path, status.st_size))
    taken = 0
    for _, _, path, size in sorted(found):
        taken += size
        if taken > MOST_BYTES and path != newest:
            path.unlink(missing_ok=True)

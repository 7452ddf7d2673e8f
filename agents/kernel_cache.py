"""Where compiled kernels are kept, chosen before the first of them is loaded.

Numba keeps them beside the source. Where the packages cannot be written to, as in a system-wide install, they go to
the user's cache folder, in a folder for each version of the source, and where there is none that can be written to,
to one for temporary files. Without this Numba would refuse to load a kernel that it has nowhere to keep.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from numba.core import config

from agents.code_version import ROOT, source_hash

#: Packages that have kernels.
PACKAGES = ("agents", "simulation")
SETTING = "NUMBA_CACHE_DIR"


def choose_folder() -> None:
    """Leave Numba's choice where it can be written to, else choose for it, in this process and those it starts."""
    chosen = os.environ.get(SETTING)
    if all(writable(folder) for folder in ([Path(chosen)] if chosen else [ROOT / name for name in PACKAGES])):
        return
    folder = fallback()
    os.environ[SETTING] = config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]


def fallback() -> Path:
    """A folder for kernels outside the packages: the user's, or else a temporary one."""
    for base in (user_folder(), temporary_folder()):
        if base is not None and writable(base / source_hash(PACKAGES)[:16]):
            return base / source_hash(PACKAGES)[:16]
    return Path(tempfile.mkdtemp(prefix="commonweal-"))


def user_folder() -> Path | None:
    """Folder of kernels in the user's cache; None for a user without a home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "commonweal" / "kernels"
    except RuntimeError:
        return None


def temporary_folder() -> Path | None:
    """A lasting folder among the temporary files, if it is ours alone: what others put there would be run."""
    if not hasattr(os, "getuid"):
        return Path(tempfile.gettempdir()) / "commonweal-kernels"
    folder = Path(tempfile.gettempdir()) / f"commonweal-kernels-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return None
    ours = status.st_uid == os.getuid() and not status.st_mode & 0o077 and not folder.is_symlink()
    return folder if ours else None


def writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or in its `__pycache__` if it is a package; Numba asks the same way."""
    place = folder / "__pycache__" if (folder / "__init__.py").exists() else folder
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False

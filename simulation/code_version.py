"""Versions of what makes a result: the model's source, the packages that compute, the processor."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import llvmlite.binding as llvm
import numba
import numpy as np

#: Folder that holds the packages of the model.
ROOT = Path(__file__).resolve().parent.parent


@lru_cache(maxsize=4)
def source_hash(packages: tuple[str, ...]) -> str:
    """SHA-256 over the names and contents of the Python files of some packages.

    Args:
        packages: Names of folders beside `simulation`.
    """
    digest = hashlib.sha256()
    for path in sorted(path for name in packages for path in (ROOT / name).rglob("*.py")):
        _add(digest, (path.relative_to(ROOT).as_posix().encode(), path.read_bytes()))
    return digest.hexdigest()


@lru_cache(maxsize=1)
def computer_hash() -> str:
    """SHA-256 over the versions of Python, NumPy and Numba and the processor: by these last bits may differ."""
    digest = hashlib.sha256()
    parts = (platform.python_version(), platform.machine(), np.__version__, numba.__version__, llvm.get_host_cpu_name())
    _add(digest, (part.encode() for part in parts))
    return digest.hexdigest()


def _add(digest: hashlib._Hash, parts: Iterable[bytes]) -> None:
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)

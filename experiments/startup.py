"""What happens before the first run after an install: the kernels are compiled, and people are told."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from numba.core import config, event

from agents.code_version import ROOT, computer_hash, source_hash
from agents.compiling import COMPILING, ours
from agents.kernel_cache import PACKAGES
from experiments.output import complain

#: About how long it takes to compile all kernels on one core.
SECONDS = 40
#: Seconds of compiling after which people are told: a kernel or two of somebody's own take less.
PATIENCE = 1.0


class _Announcer(event.Listener):  # type: ignore[misc]
    """Says once that kernels are being compiled, when it takes more than a moment."""

    def __init__(self) -> None:
        self._depth = 0
        self._spent = self._began = 0.0
        self.told = False

    def on_start(self, event: Any) -> None:
        self._depth += ours(event)
        if self._depth == 1 and ours(event):
            self._began = time.perf_counter()
        if self._depth and not self.told and self._spent + time.perf_counter() - self._began > PATIENCE:
            self.told = True
            complain(f"Compiling the model's kernels, once (about {SECONDS} seconds)")

    def on_end(self, event: Any) -> None:
        if self._depth == 1 and ours(event):
            self._spent += time.perf_counter() - self._began
        self._depth -= ours(event)


@lru_cache(maxsize=1)
def announce_compiling() -> None:
    """From now on, say so on standard error when the kernels have to be compiled."""
    event.register(COMPILING, _Announcer())  # type: ignore[no-untyped-call]


def compile_kernels() -> None:
    """Compile all kernels, where that has not been done: before workers start, which would each do it."""
    stamp = _stamp()
    if stamp.exists():
        return
    from experiments.designs import default_design
    from simulation import Economy

    announce_compiling()
    # A small run in which every policy acts, and a month whose outcomes are broken down by group.
    Economy(default_design(scale=1000, months=14)[-1].scenario).run()
    with suppress(OSError):
        stamp.touch()


def _stamp() -> Path:
    """A file that says that kernels of this source have been compiled on this computer."""
    chosen: str = config.CACHE_DIR  # type: ignore[attr-defined]
    folder = Path(chosen or ROOT / "simulation" / "__pycache__")
    return folder / f"compiled-{source_hash(PACKAGES)[:16]}-{computer_hash()[:16]}"


if __name__ == "__main__":
    compile_kernels()

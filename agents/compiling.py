"""How kernels of the model are compiled: without what they do not need, and while the collector of garbage waits.

A compiler makes millions of small objects that refer to each other, and a collector that looks through all
of them time and again takes a seventh of the time. Nor is any kernel called from C, for which Numba would
compile each a second way in. All kernels have the same options: what they share is then compiled once.
"""

from __future__ import annotations

import gc
from typing import Any

from numba.core import event
from numba.extending import register_jitable

from agents.kernel_cache import PACKAGES

#: Decorator of what only kernels call: compiled once for all of them, whether arguments are constants or not.
within_kernels: Any = register_jitable
#: Event of a kernel being compiled; one that is loaded from disk is none.
COMPILING = "numba:compile"
#: New objects after which garbage is collected while a kernel is compiled: some 50 megabytes of them.
MANY = 200_000


def ours(event: Any) -> bool:
    """Whether it is a kernel of the model that is compiled."""
    kernel = event.data["dispatcher"].py_func
    return str(kernel.__module__).split(".")[0] in PACKAGES


class _Plain(event.Listener):  # type: ignore[misc]
    """Leaves out what only callers in C would need of a kernel of the model."""

    def on_start(self, event: Any) -> None:
        if ours(event):
            event.data["dispatcher"].targetoptions["no_cfunc_wrapper"] = True

    def on_end(self, event: Any) -> None:
        """Nothing is left to do."""


class _PatientCollector(event.Listener):  # type: ignore[misc]
    """Lets garbage pile up while a kernel of the model is compiled, and leaves the collector as it was."""

    def __init__(self) -> None:
        self._depth = 0
        self._before = gc.get_threshold()

    def on_start(self, event: Any) -> None:
        if ours(event):
            if self._depth == 0:
                self._before = gc.get_threshold()
                # A collector that is off, or waits for longer already, is left alone.
                if 0 < self._before[0] < MANY:
                    gc.set_threshold(MANY, *self._before[1:])
            self._depth += 1

    def on_end(self, event: Any) -> None:
        if ours(event):
            self._depth -= 1
            if self._depth == 0:
                gc.set_threshold(*self._before)


def compile_lightly() -> None:
    """Have kernels of the model compiled so from now on."""
    event.register(COMPILING, _Plain())  # type: ignore[no-untyped-call]
    event.register(COMPILING, _PatientCollector())  # type: ignore[no-untyped-call]

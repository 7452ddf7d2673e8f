"""Storey 4: experiments ask questions of the economy.

The functions of `experiments.api` are here too: `experiments.compare(...)` does what `commonweal compare` does.
"""

from __future__ import annotations

from typing import Any

_API = (
    "Execution", "Results", "appraise", "backtest", "channels", "compare", "discover", "factorial", "reproduce",
    "sensitivity", "shock", "sweep",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    # Imported when asked for: the command line must not wait for the whole laboratory.
    if name not in _API:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from experiments import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_API])

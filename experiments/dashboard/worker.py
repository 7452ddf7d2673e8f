"""Two economies that take their months together, in a thread of their own.

A thread and not a process: at scale 100 kernels are so short that another thread waits for some hundredths of a second
at most (`benchmarks/dashboard_latency.py` measures what a person waits), and what is asked of an economy while it rests
needs no copy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from experiments.dashboard.frames import Frame, frame_of
from experiments.records import failure
from simulation import Economy, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

Pair = tuple[Scenario, Scenario]


class Phase(Enum):
    """Where a run is."""

    BUILDING = "building"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether no month follows."""
        return self in (Phase.FINISHED, Phase.CANCELLED, Phase.FAILED)


@dataclass
class Progress:
    """What a run has given so far. Lists only grow, and what is in them does not change.

    Attributes:
        pair: The scenario that is compared with, and the one that is compared.
        phase: Where the run is.
        rows: Headline indicators of both sides, by month.
        frames: What both sides show at the end of the last month; None before there is any.
        digests: SHA-256 of each side's run, once it is finished.
        error: Why it failed, in one line.
        computed: When the last month was done, seconds since the epoch.
    """

    pair: Pair
    phase: Phase = Phase.BUILDING
    rows: list[tuple[dict[str, float], dict[str, float]]] = field(default_factory=list)
    frames: tuple[Frame, Frame] | None = None
    digests: tuple[str, str] | None = None
    error: str = ""
    computed: float = 0.0

    @property
    def months(self) -> int:
        """Months done."""
        return len(self.rows)

    @property
    def wanted(self) -> int:
        """Months to do."""
        return self.pair[0].months


class Worker:
    """Runs a pair of scenarios.

    Args:
        pair: The scenario that is compared with, and the one that is compared.
        on_change: Called from the thread after every month and change of phase.
        paused: Whether to wait before month 0.
    """

    def __init__(self, pair: Pair, on_change: Callable[[], None], *, paused: bool = False) -> None:
        self.progress = Progress(pair)
        self._on_change = on_change
        self._economies: tuple[Economy, ...] = ()
        #: Held while a month runs; whoever looks at the economies takes it.
        self._resting = threading.Lock()
        self._told = threading.Condition()
        #: Months that may still be run, None for all.
        self._allowed: int | None = 0 if paused else None
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="dashboard run", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    # --- controls, from any thread ---

    def resume(self) -> None:
        """Run on to the end."""
        self._tell(None)

    def pause(self) -> None:
        """Stop after the month that is running."""
        self._tell(0)

    def step(self) -> None:
        """Run one month, then wait."""
        with self._told:
            self._allowed = 1 if self._allowed is None else self._allowed + 1
            self._told.notify_all()

    def cancel(self, wait: float = 0.0) -> None:
        """End after the month that is running.

        Args:
            wait: Seconds to wait for that.
        """
        with self._told:
            self._stop = True
            self._told.notify_all()
        if wait and self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(wait)

    @property
    def alive(self) -> bool:
        """Whether the thread is still there."""
        return self._thread.is_alive()

    @contextmanager
    def at_rest(self, side: int) -> Iterator[Economy | None]:
        """An economy between two months, for looking at; None before it is built."""
        with self._resting:
            yield self._economies[side] if self._economies else None

    @contextmanager
    def standing_still(self, side: int) -> Iterator[Economy]:
        """An economy, after the first month, while its run is looked back on; no month passes meanwhile.

        Where none is to come, others may look at it all the same.
        """
        if self.progress.phase.over:
            yield self._economies[side]
        else:
            with self._resting:
                yield self._economies[side]

    def _tell(self, allowed: int | None) -> None:
        with self._told:
            self._allowed = allowed
            self._told.notify_all()

    # --- the thread ---

    def _run(self) -> None:
        progress = self.progress
        try:
            self._on_change()
            with self._resting:
                self._economies = tuple(Economy(scenario) for scenario in progress.pair)
            while progress.months < progress.wanted and self._may_go_on():
                self._month()
            if self._stop and progress.months < progress.wanted:
                progress.phase = Phase.CANCELLED
            else:
                with self._resting:
                    progress.digests = (self._economies[0].digest(), self._economies[1].digest())
                progress.phase = Phase.FINISHED
        except Exception as error:  # whatever a policy of somebody's own raises is shown, and the page lives on
            progress.error = str(failure(progress.pair[1], error))
            progress.phase = Phase.FAILED
        self._on_change()

    def _month(self) -> None:
        progress = self.progress
        with self._resting:
            for economy in self._economies:
                economy.step()
            one, other = self._economies
            progress.frames = frame_of(one), frame_of(other)
        progress.computed = time.time()
        progress.rows.append((_latest(one), _latest(other)))
        self._on_change()

    def _may_go_on(self) -> bool:
        """Wait for leave to run a month; False once the run is cancelled."""
        with self._told:
            waits = self._allowed == 0 and not self._stop
        # Whoever is told may want the lock.
        if waits:
            self._show(Phase.PAUSED)
        with self._told:
            self._told.wait_for(lambda: self._allowed != 0 or self._stop)
            if self._stop:
                return False
            if self._allowed is not None:
                self._allowed -= 1
        self._show(Phase.RUNNING)
        return True

    def _show(self, phase: Phase) -> None:
        if self.progress.phase is not phase:
            self.progress.phase = phase
            self._on_change()


def _latest(economy: Economy) -> dict[str, float]:
    """Headline indicators of the month that has just closed."""
    return {name: float(values[-1]) for name, values in economy.datacollector.model_vars.items()}

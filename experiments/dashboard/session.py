"""What one browser tab has: its draft, its run, and what it looks at. Nothing here knows how it is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from experiments.dashboard.draft import Draft, DraftError
from experiments.dashboard.frames import MAPPED
from experiments.dashboard.story import story_of
from experiments.dashboard.toml_text import scenario_toml
from experiments.dashboard.worker import Pair, Phase, Worker
from experiments.designs import check_scenario
from experiments.errors import InputError
from experiments.outcomes import HEADLINE
from policies.policy import parse_scenario
from simulation.region import Region, RegionError, load_region
from simulation.scenario import Scenario, ScenarioError

#: Outcomes whose paths are shown until others are chosen.
FIRST_SHOWN = (
    "inactivity_rate", "employment_rate", "hourly_pay_median", "share_below_real_living_wage", "insecure_share",
    "public_policy_cost",
)  # fmt: skip
#: Bytes of a scenario file above which it is none.
LARGEST_FILE = 1_000_000


class Session:
    """One tab.

    Args:
        scenario: Where its form begins.
        on_change: Called, from any thread, when there is something new to show.

    Attributes:
        draft: What has been typed.
        worker: The run; None before the first.
        message: What to tell about the last thing that was asked for; empty if all is well.
        shown: Outcomes whose paths are shown, in the catalogue's order.
        main: Outcome that the answer is about.
        mapped: Outcome on the map.
        map_view: `reference`, `compared` or `difference`.
        pooled: Whether the map pools neighbourhoods with their neighbours.
        place: Neighbourhood that is inspected; None for none.
        inspected_side: Side in which it is, 0 or 1.
        story: What became of a person or an employer there, with `title`; `busy` until it is known; None for nobody.
    """

    def __init__(self, scenario: Scenario, on_change: Callable[[], None]) -> None:
        self._began = scenario
        self._on_change = on_change
        self.draft = Draft(scenario)
        self.worker: Worker | None = None
        self.message = ""
        self.shown: tuple[str, ...] = FIRST_SHOWN
        self.main = "share_below_real_living_wage"
        self.mapped = MAPPED[0]
        self.map_view = "difference"
        self.pooled = True
        self.place: int | None = None
        self.inspected_side = 1
        self.story: dict[str, Any] | None = None
        self._region: tuple[str, Region | None] | None = None
        self._compared: tuple[tuple[Draft, int, Worker], bool] | None = None

    @property
    def phase(self) -> Phase | None:
        """Where the run is; None before the first."""
        return self.worker.progress.phase if self.worker else None

    @property
    def busy(self) -> bool:
        """Whether there is a run that is not over."""
        return self.phase is not None and not self.phase.over

    @property
    def region(self) -> Region | None:
        """Region pack of the run or, before the first, of the form; None where it cannot be read."""
        name = self.worker.progress.pair[0].region if self.worker else self.draft.kept["region"]
        if self._region is None or self._region[0] != name:
            try:
                self._region = name, load_region(name)  # goes through all files of the pack
            except RegionError:
                self._region = name, None
        return self._region[1]

    @property
    def stale(self) -> bool:
        """Whether the form says something else than the run."""
        if self.worker is None:
            return False
        # Asked for every month, and dearer than a month.
        asked = self.draft, self.draft.revision, self.worker
        if self._compared is None or self._compared[0] != asked:
            try:
                differs = self.draft.pair() != self.worker.progress.pair
            except DraftError:
                differs = True
            self._compared = asked, differs
        return self._compared[1]

    # --- controls ---

    def run(self) -> None:
        """Run to the end: go on where a run waits, else begin one."""
        if self.worker and self.busy:
            self.worker.resume()
        else:
            self._begin(paused=False)

    def step(self) -> None:
        """Run one month, then wait."""
        if not (self.worker and self.busy):
            self._begin(paused=True)
        if self.worker and self.busy:
            self.worker.step()

    def pause(self) -> None:
        """Wait after the month that is running."""
        if self.worker:
            self.worker.pause()

    def cancel(self) -> None:
        """End the run after the month that is running; what it gave stays."""
        if self.worker:
            self.worker.cancel()

    def reset(self) -> None:
        """Drop the run and what it gave; what was typed stays."""
        self.cancel()
        self.worker = None
        self.message = ""
        self.place = self.story = None
        self._on_change()

    def start_over(self) -> None:
        """Drop the run and what was typed."""
        self.draft = Draft(self._began)
        self.reset()

    def close(self) -> None:
        """The tab is gone: end its run."""
        self._on_change = _nobody
        self.cancel()

    def _begin(self, *, paused: bool) -> None:
        self.message = ""
        try:
            pair = self.draft.pair()
        except DraftError:
            self.message = "Some fields are not right; the lines beside them say what is allowed."
            return
        self._launch(pair, paused=paused)

    def _launch(self, pair: Pair, *, paused: bool) -> None:
        self.cancel()
        # A run that was dropped has nothing to say any more.
        worker = Worker(pair, lambda: self._heard(worker), paused=paused)
        self.worker, self.story = worker, None
        worker.start()

    def _heard(self, worker: Worker) -> None:
        if worker is self.worker:
            self._on_change()

    # --- files ---

    def open_text(self, name: str, content: bytes, side: str = "a") -> None:
        """Take a scenario file into a side; where it is wrong, say so and change nothing."""
        try:
            if len(content) > LARGEST_FILE:
                raise InputError(f"{name}: is larger than any scenario; allowed is a scenario file")
            scenario = parse_scenario(content.decode("utf-8"), name)
            check_scenario(name, scenario)
            self.open_scenario(scenario, side)
        except UnicodeDecodeError:
            self.message = f"{name}: not valid TOML (it is no text)"
        except (InputError, ScenarioError) as error:
            self.message = str(error)

    def open_scenario(self, scenario: Scenario, side: str = "a") -> None:
        """Take a scenario into a side."""
        self.draft.open(scenario, side)
        if side == "b":
            self.draft.compare("b")
        self.message = ""

    def file_of(self, side: str) -> str:
        """The scenario of a side as a file; of what is typed, not of what was run.

        Raises:
            DraftError: A field is wrong.
        """
        return scenario_toml(self.draft.scenario(side))

    # --- what is looked at ---

    def show(self, name: str, on: bool) -> None:
        """Show an outcome's path, or hide it."""
        chosen = {*self.shown, name} if on else set(self.shown) - {name}
        self.shown = tuple(item for item in HEADLINE if item in chosen)

    def inspect(self, place: int | None, side: int) -> None:
        """Look at a neighbourhood on one side; None for none."""
        self.place, self.inspected_side, self.story = place, side, None

    def look_back(self, kind: str, uid: str, title: str) -> None:
        """Find out what became of a person or an employer; the run waits meanwhile, and the page does not."""
        worker, side = self.worker, self.inspected_side
        if worker is None or not worker.progress.rows:
            return
        asked: dict[str, Any] = {"uid": uid, "title": title, "busy": True, "lines": [], "head": [], "rows": []}
        self.story = asked

        def tell() -> None:
            try:
                with worker.standing_still(side) as economy:
                    told = story_of(economy, kind, int(uid))
            except (ScenarioError, ValueError) as error:
                told = {"lines": [str(error)]}
            if self.story is asked:
                self.story = {**asked, **told, "busy": False}
                self._on_change()

        threading.Thread(target=tell, name="dashboard story", daemon=True).start()


def _nobody() -> None:
    """Nobody listens any more."""

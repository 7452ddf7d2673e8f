"""The page: a session for each tab, and the parts that show it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

from experiments.dashboard import inspect, map, views
from experiments.dashboard.draft import DraftError
from experiments.dashboard.serve import OPTIONS
from experiments.dashboard.session import Session
from experiments.errors import InputError

PARTS = Path(__file__).parent / "parts"
#: Seconds between two pictures of a run: what comes sooner is shown with the next.
BETWEEN = 0.05
#: Seconds for which a run rests after a picture, so that it is sent at once.
GIVE_WAY = 0.04

Event = Callable[[Any], None] | None


@solara.component_vue(str(PARTS / "form.vue"))
def FormPart(  # noqa: N802
    form: dict[str, Any], busy: bool, message: str, file: dict[str, Any], event_put: Event = None,
    event_turn: Event = None, event_restore: Event = None, event_against: Event = None, event_open: Event = None,
    event_save: Event = None, event_start_over: Event = None,
) -> None:  # fmt: skip
    """Settings and policies."""


@solara.component_vue(str(PARTS / "run.vue"))
def RunPart(status: dict[str, Any], event_act: Event = None) -> None:  # noqa: N802
    """Controls, progress and the answer."""


@solara.component_vue(str(PARTS / "paths.vue"))
def PathsPart(  # noqa: N802
    paths: dict[str, Any], event_show: Event = None, event_main: Event = None
) -> None:
    """Paths of outcomes."""


@solara.component_vue(str(PARTS / "map.vue"))
def MapPart(  # noqa: N802
    points: dict[str, Any], map: dict[str, Any], network: dict[str, Any], event_choose: Event = None
) -> None:
    """The map of neighbourhoods, and the travel network over it."""


@solara.component_vue(str(PARTS / "spread.vue"))
def SpreadPart(spread: dict[str, Any]) -> None:  # noqa: N802
    """Distributions and networks."""


@solara.component_vue(str(PARTS / "inspect.vue"))
def InspectPart(  # noqa: N802
    found: dict[str, Any], story: dict[str, Any] | None, names: list[str], places: list[str],
    event_choose: Event = None, event_look_back: Event = None,
) -> None:  # fmt: skip
    """Households and employers of a neighbourhood, and what became of one."""


@solara.component_vue(str(PARTS / "stored.vue"))
def StoredPart(stored: dict[str, Any], event_open: Event = None, event_list: Event = None) -> None:  # noqa: N802
    """Studies and runs of earlier commands."""


class Pace:
    """Passes on what a run says, no more often than a screen can follow, the last word always.

    Args:
        show: Draws the page anew.
    """

    def __init__(self, show: Callable[[], None]) -> None:
        self._show = show
        self._last = 0.0
        self._later: threading.Timer | None = None
        self._lock = threading.Lock()

    def __call__(self) -> None:
        """There is something new."""
        with self._lock:
            if self._later is not None:
                return
            wait = self._last + BETWEEN - time.monotonic()
            if wait > 0.0:
                self._later = threading.Timer(wait, self._now)
                self._later.daemon = True
                self._later.start()
                return
        self._now()

    def _now(self) -> None:
        with self._lock:
            self._later, self._last = None, time.monotonic()
        self._show()
        # The server's thread sends what was drawn, in several steps, each of which would wait for a kernel to end.
        time.sleep(GIVE_WAY)


@solara.component
def Page() -> None:  # noqa: N802
    """One tab."""
    _, draw = solara.use_state(0)
    count = solara.use_ref(0)
    file, give = solara.use_state({"name": "", "text": "", "number": 0})
    stored, list_stored = solara.use_state({"studies": [], "runs": [], "listed": False})

    def again() -> None:
        count.current += 1
        draw(count.current)

    session = solara.use_memo(lambda: Session(OPTIONS[0].scenario, Pace(again)), [])
    solara.use_effect(lambda: session.close, [])

    def doing(act: Callable[[Any], Any]) -> Callable[[Any], None]:
        def handle(data: Any) -> None:
            try:
                act(data)
            except (InputError, KeyError) as error:
                session.message = str(error)
            again()

        return handle

    def do(what: str) -> None:
        controls = {
            "run": session.run, "pause": session.pause, "step": session.step, "cancel": session.cancel,
            "reset": session.reset,
        }  # fmt: skip
        controls[what]()

    def save(side: str) -> None:
        try:
            text = session.file_of(side)
        except DraftError:
            session.message = "Some fields are not right; the lines beside them say what is allowed."
            return
        give({"name": f"scenario-{side}.toml", "text": text, "number": file["number"] + 1})

    def look(data: dict[str, Any]) -> None:
        for name in ("mapped", "map_view", "pooled"):
            if name in data:
                setattr(session, name, data[name])
        if "place" in data or "inspected_side" in data:
            session.inspect(data.get("place", session.place), data.get("inspected_side", session.inspected_side))

    def open_stored(data: dict[str, str]) -> None:
        session.open_scenario(OPTIONS[0].stored.scenario(data["key"]), data["side"])

    def refresh(_: Any) -> None:
        list_stored({"studies": OPTIONS[0].stored.studies(), "runs": OPTIONS[0].stored.runs(), "listed": True})

    form = solara.use_memo(lambda: views.form(session), [session.draft, session.draft.revision, session.region])
    status, region = views.status(session), session.region
    network = solara.use_memo(lambda: _network(session), [session.worker, status["done"] > 0, status["busy"]])
    found = solara.use_memo(
        lambda: _found(session), [session.worker, session.place, session.inspected_side, status["done"]]
    )
    where = map.points(region) if region else {}
    paths = views.paths(session)
    with solara.Div(classes=["cw"]):
        with solara.Div(classes=["cw-side"]):
            FormPart(
                form=form, busy=session.busy, message=session.message, file=file,
                event_put=doing(lambda data: session.draft.set(data["key"], str(data["text"]))),
                event_turn=doing(lambda data: session.draft.switch(data["side"], data["position"], data["on"])),
                event_restore=doing(lambda data: session.draft.restore(data["side"], data["position"])),
                event_against=doing(lambda name: session.draft.compare(name)),
                event_open=doing(lambda d: session.open_text(d["name"], d["text"].encode("utf-8"), d["side"])),
                event_save=doing(save), event_start_over=doing(lambda _: session.start_over()),
            )  # fmt: skip
        with solara.Div(classes=["cw-main"]):
            RunPart(status=status, event_act=doing(do))
            PathsPart(
                paths=paths, event_show=doing(lambda data: session.show(data["name"], data["on"])),
                event_main=doing(lambda name: setattr(session, "main", name)),
            )  # fmt: skip
            shown = {name: value for name, value in where.items() if name != "origin"}
            with solara.Div(classes=["cw-two"]):
                MapPart(points=shown, map=map.map_of(session), network=network, event_choose=doing(look))
                InspectPart(
                    found=found, story=session.story, names=paths["names"], places=where.get("names", []),
                    event_choose=doing(look),
                    event_look_back=doing(lambda data: session.look_back(data["kind"], data["uid"], data["title"])),
                )  # fmt: skip
            SpreadPart(spread=views.spread(session))
            StoredPart(stored=stored, event_open=doing(open_stored), event_list=refresh)


def _network(session: Session) -> dict[str, Any]:
    """The travel network of the compared side, when a run begins and when it is over: too dear for every month."""
    if session.worker is None or not session.worker.progress.rows:
        return {}
    with session.worker.at_rest(1) as economy:
        return map.network_of(economy) if economy else {}


def _found(session: Session) -> dict[str, Any]:
    """What is inspected, as of the last month."""
    empty = {"place": session.place, "side": session.inspected_side, "ready": False}
    if session.worker is None or session.place is None:
        return empty
    with session.worker.at_rest(session.inspected_side) as economy:
        if economy is None:
            return empty
        return empty | inspect.rows_of(economy, session.place) | {"ready": True}

"""The session as plain data for the page: texts, numbers and short lists, and no names of the model's own."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.dashboard.answer import answer
from experiments.dashboard.draft import SETTINGS, SIDES, Entry, Spec, kinds, specs
from experiments.dashboard.frames import CUSTOMER_BINS, MOST_MINUTES, PAY_BINS, WEALTH_BINS
from experiments.dashboard.session import Session
from experiments.dashboard.worker import Phase, Progress
from experiments.drawing import scale
from experiments.outcomes import HEADLINE, outcome

#: What stands where the answer will.
BEFORE = "Switch on the policies that you ask about, set their dials, and press Run: the answer comes here."
#: What the page says of a phase.
PHASES = {
    None: "No run yet",
    Phase.BUILDING: "Setting up the region",
    Phase.RUNNING: "Running",
    Phase.PAUSED: "Paused",
    Phase.FINISHED: "Finished",
    Phase.CANCELLED: "Cancelled",
    Phase.FAILED: "Failed",
}


def form(session: Session) -> dict[str, Any]:
    """The form: settings, the policies of both sides, and what is wrong beside its field."""
    draft = session.draft
    problems = draft.problems()
    kept = draft.kept
    extra = [f"{len(kept['shocks'])} shocks"] * bool(kept["shocks"])
    extra += [f"{len(kept['assumptions'])} changed assumptions"] * bool(kept["assumptions"])
    return {
        "against": draft.against,
        "settings": [
            {"key": key, "label": label, "help": text, "value": draft.settings[key], "error": problems.get(key, "")}
            for key, (label, text) in SETTINGS.items()
        ],
        "region": session.region.title if session.region else kept["region"],
        "region_error": problems.get("region", ""),
        "kept": f"From the file, kept in both: {' and '.join(extra)}." if extra else "",
        "sides": [
            {
                "key": side,
                "name": draft.sides[side].name,
                "error": problems.get(f"{side}.name", ""),
                "policies": [
                    _policy(side, position, entry, problems) for position, entry in enumerate(draft.sides[side].entries)
                ],
            }
            for side in SIDES
        ],
        "wrong": len(problems),
    }


def _policy(side: str, position: int, entry: Entry, problems: dict[str, str]) -> dict[str, Any]:
    model = kinds()[entry.kind]
    prefix = f"{side}.{position}"
    own = {key: why for key, why in problems.items() if key.startswith(f"{prefix}.")}
    return {
        "key": prefix,
        "position": position,
        "title": model.title,
        "text": (model.__doc__ or "").strip().partition("\n")[0],
        "on": entry.on,
        "wrong": len(own),
        "fields": [_field(prefix, spec, entry, own) for spec in specs(entry.kind)],
    }


def _field(prefix: str, spec: Spec, entry: Entry, problems: dict[str, str]) -> dict[str, Any]:
    key, text = f"{prefix}.{spec.name}", entry.texts[spec.name]
    ends = f"{spec.low:g} to {spec.high:g}" if spec.step else ""
    about = ", ".join(part for part in (ends, spec.unit) if part)
    return {
        "key": key,
        "name": spec.name,
        "label": spec.label,
        "form": spec.form,
        "value": text,
        "low": spec.low,
        "high": spec.high,
        "step": spec.step,
        "range": about,
        "help": spec.text,
        "source": spec.source,
        "changed": text != spec.default,
        "default": spec.default,
        "options": [{"name": name, "text": why, "off": f'"{name}"' in text, "error": ""} for name, why in spec.options],
        "error": problems.get(key, ""),
    }


def status(session: Session) -> dict[str, Any]:
    """Where the run is, and the answer so far."""
    progress = session.worker.progress if session.worker else None
    phase = session.phase
    sides = _names(progress) if progress else ["", ""]
    digests = progress.digests if progress else None
    return {
        "phase": phase.value if phase else "none",
        "text": PHASES[phase],
        "done": progress.months if progress else 0,
        "wanted": progress.wanted if progress else 0,
        "month": progress.pair[0].calendar(progress.months - 1) if progress and progress.rows else "",
        "computed": progress.computed if progress else 0.0,
        "busy": session.busy,
        "stale": session.stale,
        "message": session.message or (progress.error if progress else ""),
        "answer": answer(progress, session.main) if progress else BEFORE,
        "digests": [{"name": name, "digest": text} for name, text in zip(sides, digests, strict=True)]
        if digests
        else [],
        "names": sides,
    }


def _names(progress: Progress) -> list[str]:
    reference, compared = progress.pair
    return [reference.name if reference.policies else "Baseline", compared.name]


def paths(session: Session) -> dict[str, Any]:
    """Paths of the chosen outcomes on both sides."""
    progress = session.worker.progress if session.worker else None
    rows = list(progress.rows) if progress else []
    charts = []
    for name in session.shown:
        item = outcome(name)
        factor, unit = scale(item)
        lines = [[_number(row[side].get(name, math.nan) * factor) for row in rows] for side in (0, 1)]
        last = [row.get(name, math.nan) for row in rows[-1]] if rows else [math.nan, math.nan]
        charts.append(
            {
                "name": name,
                "label": item.label,
                "unit": "%" if unit == "percentage points" else "" if unit in item.label else unit,
                "points": unit == "percentage points",
                "lines": lines,
                "last": [item.text(value) for value in last],
                "change": item.change(last[1] - last[0]),
            }
        )
    scenario = progress.pair[0] if progress else None
    return {
        "charts": charts,
        "wanted": progress.wanted if progress else 0,
        "months": [scenario.calendar(k) for k in range(0, progress.wanted)] if scenario and progress else [],
        "names": _names(progress) if progress else ["Baseline", "Policies"],
        "choices": [{"name": name, "label": outcome(name).label, "on": name in session.shown} for name in HEADLINE],
        "main": session.main,
    }


def spread(session: Session) -> dict[str, Any]:
    """Distributions of pay and wealth, and degrees and journeys of the networks, on both sides."""
    progress = session.worker.progress if session.worker else None
    frames = progress.frames if progress else None
    customers = ["0", *(f"{a + 1}-{b}" if b > a + 1 else str(b) for a, b in pairwise(CUSTOMER_BINS))]
    friends = 0 if frames is None else frames[0].friends.size
    bars = {
        "pay": ("Hourly pay of employees", "£ an hour", [f"£{k}" for k in PAY_BINS], "employees"),
        "wealth": ("Money that households hold", "£", [_short(k) for k in WEALTH_BINS], "households"),
        "friends": ("Social network: friends each", "friends", [str(k) for k in range(friends)], "working-age people"),
        "customers": (
            "Supply network: customers of a firm", "customers", [*customers, f"{CUSTOMER_BINS[-1]}+"], "firms",
        ),
        "journeys": (
            "Travel network: cost of the journey to work", "minutes, time and money together",
            [str(k) for k in range(0, MOST_MINUTES + 1, 10)], "those who work in the region",
        ),
    }  # fmt: skip
    return {
        "names": _names(progress) if progress else ["Baseline", "Policies"],
        "charts": [
            {
                "name": name, "label": label, "unit": unit, "bars": labels, "who": who,
                "sides": [_numbers(getattr(frame, name) * 100.0) for frame in frames] if frames else [],
            }
            for name, (label, unit, labels, who) in bars.items()
        ],
    }  # fmt: skip


def _short(pounds: int) -> str:
    return f"£{pounds // 1000}k" if pounds >= 1000 else f"£{pounds}"


def _number(value: float) -> float | None:
    """A number in few digits, None for none, as JSON wants it."""
    return float(f"{value:.5g}") if math.isfinite(value) else None


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [_number(float(value)) for value in values]

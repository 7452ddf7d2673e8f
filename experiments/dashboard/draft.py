"""What a person has typed into the page, as typed, and the scenarios that it makes.

Everything is text until it is asked for: a field that is wrong keeps what was typed, with a line that says what is
allowed, and the rest stays usable.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from experiments.dashboard.toml_text import toml_value
from experiments.designs import BASELINE, check_scenario
from experiments.errors import InputError
from policies import Policy
from policies.policy import registry
from simulation.scenario import Scenario, ScenarioError

#: Settings of a scenario that both sides share, as they are asked for.
SETTINGS = {
    "scale": ("Scale", "one simulated person stands for so many real ones, 1 to 1000; 1000 is quickest"),
    "months": ("Months", "how long to run, 1 to 480"),
    "seed": ("Seed", "number of the draw of luck; both scenarios share it"),
    "start": ("First month", "year and month, such as 2020-04"),
}
#: What the page does not show of a scenario, but keeps.
KEPT = ("region", "burn_in", "shocks", "assumptions", "force")
SIDES = ("a", "b")


class DraftError(InputError):
    """The draft makes no scenario; the lines beside the fields say why."""


@dataclass(frozen=True)
class Spec:
    """A field of a policy, as it is asked for.

    Attributes:
        name: Name in scenario files.
        form: `number`, `text`, `channels` (a choice of several) or `toml` (anything else).
        low: Least allowed number, if it is one and has a limit.
        high: Greatest allowed number.
        unit: Unit in plain words.
        text: What it does.
        source: Where the default comes from.
        default: The default as typed.
        options: The choices of `channels`, with what each does.
    """

    name: str
    form: str
    low: float | None
    high: float | None
    unit: str
    text: str
    source: str
    default: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """Name for people."""
        return self.name.replace("_", " ").capitalize()

    @property
    def step(self) -> float | None:
        """A hundredth of the range, None where it has no two ends."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 100.0


@dataclass
class Entry:
    """One policy on one side: whether it is on, and its fields as typed."""

    kind: str
    on: bool
    texts: dict[str, str]


@dataclass
class Side:
    """One scenario: its name and its policies."""

    name: str
    entries: list[Entry] = field(default_factory=list)


class Draft:
    """Settings and policies of two scenarios, as typed.

    Args:
        scenario: Where to begin; its policies are those of A.
    """

    def __init__(self, scenario: Scenario) -> None:
        #: Compare A with `baseline`, which is A without its policies, or with `b`.
        self.against = BASELINE
        #: Changes so far, for whoever keeps what follows from the draft.
        self.revision = 0
        self._found: tuple[int, dict[str, str]] | None = None
        self.sides = {"a": Side(""), "b": Side("B")}
        self.open(scenario, "a")
        self.sides["b"].entries = _entries(())

    def open(self, scenario: Scenario, side: str) -> None:
        """Take a scenario into a side; its settings become those of both."""
        entries = _entries(scenario.policies)
        self.revision += 1
        self.kept: dict[str, Any] = {name: getattr(scenario, name) for name in KEPT}
        self.settings = {name: str(getattr(scenario, name)) for name in SETTINGS}
        self.sides[side] = Side(scenario.name, entries)

    # --- changes ---

    def compare(self, against: str) -> None:
        """Compare A with `baseline` or with `b`."""
        self.against = "b" if against == "b" else BASELINE
        self.revision += 1

    def set(self, key: str, text: str) -> None:
        """Write into a field.

        Args:
            key: A setting such as `scale`, a name such as `a.name`, or a field of a policy such as `a.0.fare_cut`.
            text: As typed.

        Raises:
            KeyError: There is no such field.
        """
        self.revision += 1
        side, _, rest = key.partition(".")
        place, _, name = rest.partition(".")
        if not rest and side in self.settings:
            self.settings[side] = text
        elif rest == "name":
            self.sides[side].name = text
        else:
            entry = self._entry(side, place)
            if name not in entry.texts:
                raise KeyError(key)
            entry.texts[name] = text

    def switch(self, side: str, position: int, on: bool) -> None:
        """Switch a policy on or off; what was typed into it stays."""
        self.revision += 1
        self._entry(side, str(position)).on = on

    def restore(self, side: str, position: int) -> None:
        """Give a policy's fields their defaults."""
        self.revision += 1
        entry = self._entry(side, str(position))
        entry.texts = {spec.name: spec.default for spec in specs(entry.kind)}

    def _entry(self, side: str, position: str) -> Entry:
        try:
            return self.sides[side].entries[int(position)]
        except (ValueError, IndexError):
            raise KeyError(f"{side}.{position}") from None

    # --- what it makes ---

    def problems(self) -> dict[str, str]:
        """What is wrong, by field; nothing if both scenarios can run."""
        found = self._found
        if found is None or found[0] != self.revision:
            found = self._found = self.revision, dict(self._problems())
        return dict(found[1])

    def _problems(self) -> Iterator[tuple[str, str]]:
        shared = self._shared()
        yield from shared
        for side in self._asked():
            for position, entry in enumerate(self.sides[side].entries):
                if entry.on:
                    yield from ((f"{side}.{position}.{name}", why) for name, why in _policy(entry)[1].items())
            if not 1 <= len(self.sides[side].name) <= 120:
                yield f"{side}.name", "allowed is a name of 1 to 120 characters"

    def _shared(self) -> list[tuple[str, str]]:
        fields: dict[str, Any] = {"start": self.settings["start"].strip(), **self.kept}
        wrong = []
        for name in ("scale", "months", "seed"):
            try:
                fields[name] = int(self.settings[name])
            except ValueError:
                wrong.append((name, "allowed is a whole number"))
        try:
            scenario = Scenario(**fields)
            if not wrong:
                check_scenario("region", scenario)
        except ValidationError as error:
            wrong += [_place(item, "months", SETTINGS) for item in error.errors()]
        except (InputError, ScenarioError) as error:
            wrong.append(("region", str(error)))
        return list({name: (name, why) for name, why in reversed(wrong)}.values())

    def _asked(self) -> tuple[str, ...]:
        return SIDES if self.against == "b" else ("a",)

    def scenario(self, side: str) -> Scenario:
        """The scenario of a side.

        Raises:
            DraftError: A field of it is wrong.
        """
        own = {key: why for key, why in self.problems().items() if "." not in key or key.startswith(f"{side}.")}
        if own:
            key, why = next(iter(own.items()))
            raise DraftError(f"{key}: {why}")
        fields: dict[str, Any] = {name: int(self.settings[name]) for name in ("scale", "months", "seed")}
        made = [_policy(entry)[0] for entry in self.sides[side].entries if entry.on]
        fields["policies"] = tuple(policy for policy in made if policy is not None)
        return Scenario(name=self.sides[side].name, start=self.settings["start"].strip(), **fields, **self.kept)

    def pair(self) -> tuple[Scenario, Scenario]:
        """The scenario that is compared with, and the one that is compared.

        Raises:
            DraftError: A field is wrong.
        """
        a = self.scenario("a")
        return (a, self.scenario("b")) if self.against == "b" else (a.with_(name=BASELINE, policies=()), a)


@lru_cache(maxsize=1)
def kinds() -> dict[str, type[Policy]]:
    """All types of policies; what is installed does not change while the page is open."""
    return registry()


@lru_cache(maxsize=64)
def specs(kind: str) -> tuple[Spec, ...]:
    """The fields of a type of policy: its dials, then what all policies have."""
    model = kinds()[kind]
    own = [name for name in model.model_fields if name not in Policy.model_fields]
    return tuple(_spec(model, name) for name in (*own, "strength", "start", "end", "without"))


def _spec(model: type[Policy], name: str) -> Spec:
    info = model.model_fields[name]
    ends: dict[str, float] = {}
    for limit in info.metadata:
        for key in ("ge", "gt", "le", "lt"):
            if getattr(limit, key, None) is not None:
                ends[key[0]] = float(getattr(limit, key))
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    form = "number" if info.annotation in (int, float) else "text" if name in ("start", "end") else "toml"
    options = tuple(model.channels.items()) if name == "without" else ()
    return Spec(
        name, "channels" if name == "without" else form, ends.get("g"), ends.get("l"), str(extra.get("unit", "")),
        info.description or "", str(extra.get("source", "")), _typed(form, info.get_default(call_default_factory=True)),
        options,
    )  # fmt: skip


def _typed(form: str, value: Any) -> str:
    """A value as somebody would type it."""
    if value is None:
        return ""
    if form == "number":
        return f"{value:.12g}"
    return str(value) if form == "text" else toml_value(value)


def _entries(policies: tuple[Any, ...]) -> list[Entry]:
    """An entry for each policy that is on, in their order, which is part of a run; the rest are off."""
    found = []
    for policy in policies:
        kind = str(getattr(policy, "type", ""))
        if kind not in kinds():
            raise InputError(f"policies: {type(policy).__name__}: allowed are policies that scenario files can name")
        found.append(
            Entry(kind, True, {spec.name: _typed(spec.form, getattr(policy, spec.name)) for spec in specs(kind)})
        )
    there = {entry.kind for entry in found}
    rest = [kind for kind in kinds() if kind not in there]
    return found + [Entry(kind, False, {spec.name: spec.default for spec in specs(kind)}) for kind in rest]


def _policy(entry: Entry) -> tuple[Policy | None, dict[str, str]]:
    """The policy of an entry, or what is wrong with it, by field."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for spec in specs(entry.kind):
        text = entry.texts[spec.name].strip()
        try:
            if spec.form == "number":
                values[spec.name] = float(text)
            elif spec.form == "text":
                values[spec.name] = text or None
            else:
                values[spec.name] = tomllib.loads(f"value = {text}")["value"]
        except ValueError:
            wrong[spec.name] = f"allowed is a number, such as {spec.default}" if spec.form == "number" else (
                f"not valid TOML; allowed is a value such as {spec.default}"
            )  # fmt: skip
    try:
        return kinds()[entry.kind](**values), wrong
    except ValidationError as error:
        ends = {spec.name: f"allowed is {spec.low:g} to {spec.high:g}" for spec in specs(entry.kind) if spec.step}
        for item in error.errors():
            name, why = _place(item, "end", values)
            wrong.setdefault(name, ends.get(name, why))
    return None, wrong


def _place(problem: Any, otherwise: str, known: Any) -> tuple[str, str]:
    """The field that a refusal of pydantic is about, and what is allowed there."""
    name = str(problem["loc"][0]) if problem["loc"] else otherwise
    why = str(problem["msg"]).removeprefix("Value error, ").removeprefix(f"{otherwise}: ")
    why = why.replace("Input should be", "allowed is").replace("valid string", "month, such as 2021-04")
    return (name if name in known else otherwise), why

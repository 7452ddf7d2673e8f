"""The base of all policies, the registry, and the reader of scenario files.

A policy is a pydantic model: its fields are its dials. It acts only through the economy's levers
and pays every pound through the ledger under its own cost heading. Packages outside this project
add theirs through the entry-point group ``commonweal.policies``.
"""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from simulation.levers import Levers, PolicyBase
from simulation.months import month_number
from simulation.scenario import Scenario, ScenarioError, first_problem

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Entry-point group of policies that other packages bring.
ENTRY_POINTS = "commonweal.policies"

#: Channel of every built-in policy by which its money goes out; it is switched off in one place for all.
COST = "cost"

_REGISTRY: dict[str, type[Policy]] = {}


def dial(default: float, low: float, high: float, unit: str, source: str, description: str) -> Any:
    """A field that is a dial, with its range, unit and source.

    Args:
        default: Value where the scenario names none.
        low: Least allowed value.
        high: Greatest allowed value.
        unit: Unit in plain words.
        source: Where the default comes from, or `assumed`.
        description: What the dial does.
    """
    return Field(
        default=default, ge=low, le=high, description=description, json_schema_extra={"unit": unit, "source": source}
    )


class Policy(PolicyBase):
    """Base of all policies.

    Subclasses give `type` a fixed default, declare their dials as fields, move levers in `move` and
    pay in `cost`. Neither is called outside the policy's months.

    A policy works through channels: ways in which its assumptions get into the economy. `channels` says of each in one
    sentence what it does and which dial or assumption row puts it in; `without` switches some off, so that what
    each is for can be measured. A channel that is off costs what it cost before, unless `cost` is off too. With all
    of them off the run is the baseline, bit for bit.

    Attributes:
        channels: What each channel does, by short name.
        type: Name in scenario files.
        start: First month, "YYYY-MM".
        end: Last month, or None for as long as the run lasts.
        strength: Multiplies every lever and cost; 0 is exactly the baseline.
        without: Channels that are switched off, in the order of `channels`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)
    title: ClassVar[str] = "Policy"
    heading: ClassVar[str] = "policy"
    channels: ClassVar[Mapping[str, str]] = {}

    type: str
    start: str = Field(default="2021-04", description='first month, such as "2021-04"')
    end: str | None = Field(default=None, description="last month; none for as long as the run lasts")
    strength: float = Field(default=1.0, ge=0.0, le=2.0, description="0 is exactly the baseline")
    without: tuple[str, ...] = Field(default=(), description="channels to switch off")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        default = cls.model_fields["type"].default
        # A subclass that keeps its parent's type is a variant for scripts; scenario files still mean the parent.
        if isinstance(default, str) and "type" in inspect.get_annotations(cls):
            _REGISTRY[default] = cls

    @field_validator("start", "end")
    @classmethod
    def _is_a_month(cls, value: str | None) -> str | None:
        if value is not None:
            month_number(value)
        return value

    @field_validator("without")
    @classmethod
    def _are_channels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in cls.channels:
                allowed = f"channels: {', '.join(cls.channels)}" if cls.channels else "nothing: it has no channels"
                raise ValueError(f"{name!r} is no channel; allowed are {allowed}")
        # Equal choices are equal policies, so that their runs are kept once.
        return tuple(name for name in cls.channels if name in value)

    @model_validator(mode="after")
    def _ends_after_start(self) -> Policy:
        if self.end is not None and month_number(self.end) < month_number(self.start):
            raise ValueError(f"end must not be before start ({self.start})")
        return self

    def prepare(self, economy: Economy) -> None:
        """Called once before month 0; nothing by default."""

    def step(self, economy: Economy) -> None:
        """Move levers and pay, when the month lies within the policy's months."""
        month = economy.month
        first = economy.scenario.month_of(self.start)
        last = economy.scenario.month_of(self.end) if self.end is not None else month
        if first <= month <= last and self.strength > 0.0:
            self.move(economy.levers, economy)
            if self.works(COST):
                self.cost(economy)

    def works(self, channel: str) -> bool:
        """Whether a channel is on."""
        return channel not in self.without

    def idle_channels(self) -> tuple[str, ...]:
        """Channels that the dials leave with nothing to do; none by default."""
        return ()

    def move(self, levers: Levers, economy: Economy) -> None:
        """Move the levers for this month."""
        raise NotImplementedError

    def cost(self, economy: Economy) -> None:
        """Pay this month's cost through the ledger; nothing by default."""


def registry() -> dict[str, type[Policy]]:
    """All known policies by type, built-in first, then those that other packages bring.

    Raises:
        ScenarioError: An entry point of another package cannot be loaded, is no policy, or is not named after its type.
    """
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda item: item.name):
        if point.name not in _REGISTRY:
            _REGISTRY[point.name] = _of_another_package(point)
    return dict(_REGISTRY)


def _of_another_package(point: EntryPoint) -> type[Policy]:
    try:
        found = point.load()
    except Exception as error:
        # Whatever is wrong in somebody's file, they are told which file and why.
        why = f"{type(error).__name__}: {error}".replace("\n", " ")
        raise ScenarioError(f"entry point {point.name}: {point.value} cannot be loaded ({why})") from error
    if not (isinstance(found, type) and issubclass(found, Policy)):
        raise ScenarioError(f"entry point {point.name}: must name a subclass of policies.Policy")
    kind = found.model_fields["type"].default
    if kind != point.name:
        raise ScenarioError(f"entry point {point.name}: must have the policy's type as its name, {kind!r}")
    return found


def load_policy(data: dict[str, Any], where: str) -> Policy:
    """A policy from its table in a scenario file.

    Args:
        data: The table, with its `type`.
        where: File and position, for the message.

    Raises:
        ScenarioError: Unknown type, unknown dial or a value that is not allowed.
    """
    known = registry()
    kind = data.get("type")
    if not isinstance(kind, str) or kind not in known:
        raise ScenarioError(f"{where}.type: {kind!r} is not a policy; allowed: {', '.join(sorted(known))}")
    try:
        return known[kind](**data)
    except ValidationError as error:
        key, allowed = first_problem(error)
        if allowed == "unknown key":
            allowed = f"unknown key; allowed: {', '.join(known[kind].model_fields)}"
        key = "" if key == "the file" else f".{key}"
        raise ScenarioError(f"{where}{key}: {allowed}") from None


def load_scenario(path: str | Path, **overrides: Any) -> Scenario:
    """Read a scenario from a TOML file.

    Args:
        path: The file.
        **overrides: Fields to replace, for instance `seed` or `scale`; None leaves the file's value.

    Raises:
        ScenarioError: In one line, the file, the key and what is allowed.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not valid TOML ({error})") from None
    return parse_scenario(text, str(path), **overrides)


def parse_scenario(text: str, where: str, **overrides: Any) -> Scenario:
    """Read a scenario from the text of a TOML file.

    Args:
        text: What the file holds.
        where: Its name, for messages.
        **overrides: As for `load_scenario`.

    Raises:
        ScenarioError: In one line, the file, the key and what is allowed.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{where}: not valid TOML ({error})") from None
    data.update({key: value for key, value in overrides.items() if value is not None})
    tables = data.pop("policies", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ScenarioError(f"{where}: policies: allowed is a list of [[policies]] tables")
    policies = tuple(load_policy(table, f"{where}: policies[{i}]") for i, table in enumerate(tables))
    return make_scenario(where, **data, policies=policies)


def make_scenario(where: str, **fields: Any) -> Scenario:
    """A scenario from its fields, with a one-line error.

    Raises:
        ScenarioError: A field is unknown or not allowed.
    """
    try:
        return Scenario(**fields)
    except ValidationError as error:
        key, allowed = first_problem(error)
        if allowed == "unknown key":
            allowed = f"unknown key; allowed: {', '.join(Scenario.model_fields)}"
        raise ScenarioError(f"{where}: {key}: {allowed}") from None

"""Scenarios: everything that a run depends on, frozen, with one clear line for bad input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationError,
    field_validator,
    model_validator,
)

from simulation.levers import PolicyBase
from simulation.months import LAST_MONTH, month_name, month_number
from simulation.shocks import Shock, shock_from


class ScenarioError(ValueError):
    """Bad scenario input, in one line: file, key, what is allowed."""


class Scenario(BaseModel):
    """One run of the economy: where, how large, how long, with which policies and assumptions.

    Attributes:
        name: Name shown in reports.
        region: Built-in region pack, or a path to one.
        scale: Real units that one simulated unit stands for, 1 to 1000.
        seed: Seed of all random draws.
        start: First month, "YYYY-MM".
        months: Months to run.
        burn_in: Months from synthesis to month 0, at most 24.
        policies: Policies to switch on.
        shocks: What befalls the region from outside.
        assumptions: Overrides of assumption rows by name.
        force: Allow overrides outside the row's low and high.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="baseline", min_length=1, max_length=120)
    region: str = Field(default="lcr", min_length=1)
    scale: int = Field(default=100, ge=1, le=1000, strict=True)
    seed: int = Field(default=7, ge=0, lt=2**53, strict=True)
    start: str = "2020-04"
    months: int = Field(default=120, ge=1, le=480, strict=True)
    burn_in: int = Field(default=12, ge=1, le=24, strict=True)
    policies: tuple[SerializeAsAny[PolicyBase], ...] = ()
    shocks: tuple[Shock, ...] = ()
    assumptions: Mapping[str, float] = Field(default_factory=dict)
    force: bool = False

    @field_validator("start")
    @classmethod
    def _start_is_a_month(cls, value: str) -> str:
        month_number(value)
        return value

    @field_validator("assumptions")
    @classmethod
    def _overrides_are_finite(cls, value: Mapping[str, float]) -> Mapping[str, float]:
        for name, number in value.items():
            if not abs(number) < float("inf"):
                raise ValueError(f"{name} must be a finite number")
        return dict(value)

    @field_validator("shocks", mode="before")
    @classmethod
    def _shocks_from_tables(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise ValueError("allowed is a list of [[shocks]] tables")
        return tuple(_shock(k, item) for k, item in enumerate(value))

    @field_validator("scale", "seed", "months", "burn_in", mode="before")
    @classmethod
    def _plain_integers(cls, value: Any) -> Any:
        # Mesa's batch runs hand on NumPy's integers.
        return int(value) if isinstance(value, np.integer) else value

    @model_validator(mode="after")
    def _ends_within_the_calendar(self) -> Scenario:
        if month_number(self.start) + self.months - 1 > month_number(LAST_MONTH):
            raise ValueError(f"months: the last month must not be after {LAST_MONTH}")
        return self

    @model_validator(mode="after")
    def _shocks_strike_within_the_run(self) -> Scenario:
        for k, shock in enumerate(self.shocks):
            if self.month_of(shock.start) < 0:
                raise ValueError(
                    f"shocks[{k}].start: {shock.start}; allowed is from {self.start} on, where the run starts"
                )
        return self

    def month_of(self, text: str) -> int:
        """Tick of a calendar month, 0 for the first month of the run."""
        return month_number(text) - month_number(self.start)

    def calendar(self, month: int) -> str:
        """Calendar month of a tick."""
        return month_name(month_number(self.start) + month)

    def with_(self, **changes: Any) -> Scenario:
        """A validated copy with some fields changed."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**fields, **changes})


def _shock(position: int, item: Any) -> Any:
    if isinstance(item, BaseModel):
        return item
    if not isinstance(item, Mapping):
        raise ValueError(f"shocks[{position}]: {item!r}; allowed is a [[shocks]] table")
    try:
        return shock_from(item)
    except ValueError as error:
        raise ValueError(f"shocks[{position}]{error}") from None


def first_problem(error: ValidationError) -> tuple[str, str]:
    """The first key that pydantic refused, and what is allowed there."""
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"]) or "the file"
    allowed = problem["msg"].removeprefix("Value error, ")
    # A message about one of several shocks names its own key.
    if allowed.startswith("shocks["):
        key, _, allowed = allowed.partition(": ")
    if problem["type"] == "extra_forbidden":
        allowed = "unknown key"
    return key, allowed

"""What can be varied, by name: assumptions of the region pack and dials of a scenario's policies.

An assumption goes by its name; a dial of a policy by `POLICY.DIAL`, such as `transport.fare_cut`. Where a scenario
has several policies of a type, `policies[0].fare_cut` says which one, counted as in messages about scenario files.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from experiments.errors import InputError
from simulation.levers import PolicyBase
from simulation.region import load_region
from simulation.scenario import Scenario, first_problem

Floats = NDArray[np.float64]

#: The option that names what is varied, for messages.
OPTION = "--vary"
#: Names that a message about an unknown name offers.
MOST_OFFERED = 5


@dataclass(frozen=True)
class Dial:
    """Something that can be varied.

    Attributes:
        name: As in tables and on the command line.
        default: Value in the scenario.
        low: Least allowed value; minus infinity where there is none.
        high: Greatest allowed value.
        integer: Whether only whole numbers are allowed.
        unit: Unit in plain words; may be empty.
        policy: Position of its policy in the scenario; None for an assumption.
        field: Name within the policy, or of the assumption.
    """

    name: str
    default: float
    low: float
    high: float
    integer: bool
    unit: str
    policy: int | None
    field: str


def all_dials(scenario: Scenario) -> dict[str, Dial]:
    """Everything in a scenario that can be varied, policies first, then assumptions in the pack's order.

    Args:
        scenario: The scenario.

    Returns:
        Dials by name. Under `force` an assumption has no limits.
    """
    found: dict[str, Dial] = {}
    kinds = [_kind(policy) for policy in scenario.policies]
    for position, policy in enumerate(scenario.policies):
        alone = kinds.count(kinds[position]) == 1
        prefix = kinds[position] if alone else f"policies[{position}]"
        for dial in _policy_dials(policy, position, prefix):
            found[dial.name] = dial
    rows = load_region(scenario.region).assumptions
    columns = (rows.index, rows["value"], rows["low"], rows["high"], rows["unit"])
    for name, value, low, high, unit in zip(*(column.tolist() for column in columns), strict=True):
        ends = (-math.inf, math.inf) if scenario.force else (float(low), float(high))
        default = float(scenario.assumptions.get(name, value))
        found[name] = Dial(name, default, *ends, False, str(unit), None, name)
    return found


def _kind(policy: PolicyBase) -> str:
    return str(getattr(policy, "type", type(policy).__name__))


def _policy_dials(policy: PolicyBase, position: int, prefix: str) -> list[Dial]:
    """Numbers among a policy's fields; start, end and lists are none."""
    dials = []
    for name, field in type(policy).model_fields.items():
        if field.annotation not in (int, float):
            continue
        ends = {"ge": -math.inf, "gt": -math.inf, "le": math.inf, "lt": math.inf}
        for limit in field.metadata:
            for key in ends:
                if getattr(limit, key, None) is not None:
                    ends[key] = float(getattr(limit, key))
        extra = field.json_schema_extra
        unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        low, high = max(ends["ge"], ends["gt"]), min(ends["le"], ends["lt"])
        default = float(getattr(policy, name))
        dials.append(Dial(f"{prefix}.{name}", default, low, high, field.annotation is int, unit, position, name))
    return dials


def find_dial(known: Mapping[str, Dial], name: str, where: str = OPTION) -> Dial:
    """A dial by its name.

    Args:
        known: As `all_dials` gives them.
        name: As typed; `policies[0].fare_cut` also where `transport.fare_cut` would do.
        where: Option or file, for the message.

    Raises:
        InputError: There is none of that name, or several.
    """
    if name in known:
        return known[name]
    prefix, _, field = name.rpartition(".")
    mine = [dial for dial in known.values() if dial.policy is not None and dial.field == field]
    for dial in mine:
        if prefix == f"policies[{dial.policy}]":
            return dial
    several = [dial.name for dial in mine if dial.name.startswith("policies[")]
    if prefix and several:
        raise InputError(f"{where}: {name}: unknown or several; allowed: {', '.join(several)}")
    near = [dial.name for dial in mine] or near_names(name, known)
    rest = "`commonweal assumptions` lists assumptions; POLICY.DIAL is a dial of a policy in the scenario"
    raise InputError(f"{where}: {name}: unknown; allowed: {', '.join(near) or 'other names'} ({rest})")


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Names that are like a mistyped one, or hold it, the nearest first."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=MOST_OFFERED, cutoff=0.6)
    near += [other for other in names if len(name) > 2 and name in other and other not in near]
    return near[:MOST_OFFERED]


def check_value(dial: Dial, value: float, where: str = OPTION) -> float:
    """Make sure that a dial may have a value.

    Raises:
        InputError: It lies outside the dial's range, or is no whole number where only those are allowed.
    """
    if not (math.isfinite(value) and dial.low <= value <= dial.high):
        raise InputError(f"{where}: {dial.name}: {value:g} is outside; allowed is {_range(dial)}")
    if dial.integer and value != round(value):
        raise InputError(f"{where}: {dial.name}: {value:g} is not whole; allowed is a whole number, {_range(dial)}")
    return value


def _range(dial: Dial) -> str:
    if math.isinf(dial.low) and math.isinf(dial.high):
        return "any number"
    if math.isinf(dial.high):
        return f"{dial.low:g} or more"
    return f"{dial.high:g} or less" if math.isinf(dial.low) else f"{dial.low:g} to {dial.high:g}"


def apply(scenario: Scenario, values: Mapping[str, float], where: str = OPTION) -> Scenario:
    """A scenario with some dials set.

    Args:
        scenario: The scenario.
        values: Values by name.
        where: Option or file, for messages.

    Raises:
        InputError: A name is unknown or a value is not allowed.
    """
    known = all_dials(scenario)
    dials = [find_dial(known, name, where) for name in values]
    return set_dials(scenario, dials, list(values.values()), where)


def set_dials(scenario: Scenario, dials: Sequence[Dial], values: Sequence[float], where: str = OPTION) -> Scenario:
    """A scenario with dials set that were found before, for many points of one design.

    Args:
        scenario: The scenario that the dials were found in.
        dials: The dials.
        values: Their values, in the same order.
        where: Option or file, for messages.

    Raises:
        InputError: A value is not allowed.
    """
    assumptions, changes = dict(scenario.assumptions), dict[int, dict[str, Any]]()
    for dial, raw in zip(dials, values, strict=True):
        value = check_value(dial, float(raw), where)
        if dial.policy is None:
            assumptions[dial.field] = value
        elif dial.policy < len(scenario.policies):  # a scenario without its policies has no dials of theirs
            changes.setdefault(dial.policy, {})[dial.field] = round(value) if dial.integer else value
    policies = tuple(
        _changed(policy, changes[position], where) if position in changes else policy
        for position, policy in enumerate(scenario.policies)
    )
    return scenario.with_(assumptions=assumptions, policies=policies)


def _changed(policy: PolicyBase, values: Mapping[str, Any], where: str) -> PolicyBase:
    fields = {name: getattr(policy, name) for name in type(policy).model_fields}
    try:
        return type(policy)(**{**fields, **values})
    except ValidationError as error:
        key, allowed = first_problem(error)
        raise InputError(f"{where}: {_kind(policy)}.{key}: {allowed}") from None

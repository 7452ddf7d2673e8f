"""A scenario as the TOML that the command line reads: what is shared is what was run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from experiments.scenario_records import scenario_to
from simulation.scenario import Scenario


def scenario_toml(scenario: Scenario) -> str:
    """A scenario file, defaults included, that `policies.load_scenario` reads back as the same scenario."""
    record = scenario_to(scenario)
    tables = {name: record.pop(name) for name in ("policies", "shocks")}
    assumptions = record.pop("assumptions")
    parts = [_lines(record)]
    if assumptions:
        parts.append("[assumptions]\n" + _lines(assumptions))
    parts += [f"[[{name}]]\n{_lines(item)}" for name, items in tables.items() for item in items]
    return "\n".join(parts)


def toml_value(value: Any) -> str:
    """A value in TOML, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # TOML's strings are JSON's, except that it wants the delete character escaped too.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{toml_value(str(key))} = {toml_value(item)}' for key, item in value.items())} }}"
    return repr(value)


def _lines(table: Mapping[str, Any]) -> str:
    """A line for each value; TOML has no word for nothing, so that what is none is left out."""
    return "".join(f"{_key(name)} = {toml_value(value)}\n" for name, value in table.items() if value is not None)


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else toml_value(name)

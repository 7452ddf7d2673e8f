"""What can be set: policies with their dials, assumptions, and the JSON Schema of scenario files."""

from __future__ import annotations

from typing import Any

from policies import registry
from simulation.region import Region
from simulation.scenario import Scenario
from simulation.shocks import KINDS as SHOCKS

#: Fields that every policy has besides its dials.
COMMON = ("type", "start", "end", "strength", "without")
SCHEMA_DIALECT = "http://json-schema.org/draft-07/schema#"
SCHEMA_FILE = "scenario.schema.json"
MONTH = r"^20[1-6]\d-(0[1-9]|1[0-2])$"


def policies() -> list[dict[str, Any]]:
    """Every known policy with its dials.

    Returns:
        For each policy its type, title, description, dials and channels; for each dial its name, default, low, high,
        unit, source and description; for each channel its name and description.
    """
    found = []
    for name, kind in registry().items():
        properties = kind.model_json_schema()["properties"]
        dials = [
            {
                "name": dial,
                "default": field.get("default"),
                "low": field.get("minimum"),
                "high": field.get("maximum"),
                "unit": field.get("unit", ""),
                "source": field.get("source", ""),
                "description": field.get("description", ""),
            }
            for dial, field in properties.items()
            if dial not in ("type", "start", "end", "without")
        ]
        # Strength is the one dial that all share; the policy's own come first.
        dials.sort(key=lambda dial: dial["name"] in COMMON)
        found.append(
            {
                "type": name,
                "title": kind.title,
                "description": _first_line(kind),
                "dials": dials,
                "channels": [{"name": name, "description": text} for name, text in kind.channels.items()],
            }
        )
    return found


def assumptions(region: Region) -> list[dict[str, Any]]:
    """Assumption rows of a region pack: name, value, low, high, unit, source, note."""
    table = region.assumptions.reset_index()[["name", "value", "low", "high", "unit", "source", "note"]]
    return [{str(key): value for key, value in row.items()} for row in table.to_dict(orient="records")]


def scenario_schema(region: Region) -> dict[str, Any]:
    """JSON Schema of scenario files, with which an editor completes and checks them.

    Args:
        region: Pack whose assumptions are named; those of other packs are allowed too.

    Returns:
        The schema: one alternative for each policy and each shock, told apart by `type`.
    """
    schema = Scenario.model_json_schema()
    schema.pop("$defs", None)
    definitions: dict[str, Any] = {}
    alternatives = []
    for name, kind in registry().items():
        part = kind.model_json_schema(ref_template="#/definitions/{model}")
        definitions.update(part.pop("$defs", {}))
        part["description"] = _first_line(kind)
        part["properties"]["type"] = {"const": name, "description": "type of policy"}
        part["properties"]["end"] = {"type": "string", "description": part["properties"]["end"]["description"]}
        for month in ("start", "end"):
            part["properties"][month]["pattern"] = MONTH
        part["properties"]["without"] |= {"items": {"enum": list(kind.channels)}, "uniqueItems": True}
        part["required"] = ["type"]
        definitions[name] = part
        alternatives.append({"$ref": f"#/definitions/{name}"})
    properties = schema["properties"]
    properties["policies"] = {
        "type": "array",
        "description": "policies to switch on; the same type may come twice",
        "items": {"oneOf": alternatives},
    }
    properties["shocks"] = {
        "type": "array",
        "description": "what befalls the region from outside, from the first month on",
        "items": {"oneOf": [{"$ref": f"#/definitions/{name}_shock"} for name in SHOCKS]},
    }
    definitions |= {f"{name}_shock": _shock_schema(name) for name in SHOCKS}
    properties["assumptions"] = {
        "type": "object",
        "description": "overrides of assumptions by name, within low and high unless force = true",
        "properties": {
            row["name"]: {
                "type": "number",
                "description": f"{row['unit']}; {row['low']:g} to {row['high']:g}, {row['value']:g} in {region.name}",
            }
            for row in assumptions(region)
        },
        "additionalProperties": {"type": "number"},
    }
    properties["start"]["pattern"] = MONTH
    descriptions = _described(Scenario.__doc__ or "")
    for name, field in properties.items():
        field.setdefault("description", descriptions.get(name, ""))
    return {
        "$schema": SCHEMA_DIALECT,
        "title": "Commonweal scenario",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "definitions": definitions,
    }


def _shock_schema(name: str) -> dict[str, Any]:
    part = SHOCKS[name].model_json_schema()
    part["description"] = _first_line(SHOCKS[name])
    part["properties"]["type"] = {"const": name, "description": "type of shock"}
    part["properties"]["start"]["pattern"] = MONTH
    part["required"] = ["type", *part["required"]]
    return part


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]


def _described(docstring: str) -> dict[str, str]:
    """Descriptions by attribute, from the Attributes of a Google docstring."""
    _, _, block = docstring.partition("Attributes:")
    pairs = (line.strip().partition(": ") for line in block.splitlines() if ": " in line)
    return {name: text for name, _, text in pairs}

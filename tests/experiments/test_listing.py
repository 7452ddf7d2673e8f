"""What can be set: dials, assumptions and the schema of scenario files."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from experiments.listing import SCHEMA_FILE, assumptions, policies, scenario_schema
from policies import Policy, load_scenario, registry
from simulation.region import load_region

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.toml"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return scenario_schema(load_region("lcr"))


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether a value is what the parts of JSON Schema that the scenario schema uses allow."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        return fits(value, root["definitions"][name], root)
    if "oneOf" in schema:
        return sum(fits(value, part, root) for part in schema["oneOf"]) == 1
    if "const" in schema:
        return bool(value == schema["const"])
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
    kind = schema["type"]
    if not isinstance(value, kinds[kind]) or (kind in ("integer", "number") and isinstance(value, bool)):
        return False
    if kind == "object":
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        return set(schema.get("required", ())) <= set(value) and all(
            fits(part, known[key], root)
            if key in known
            else (rest is not False and (rest is True or fits(part, rest, root)))
            for key, part in value.items()
        )
    if kind == "array":
        return all(fits(part, schema["items"], root) for part in value)
    if kind == "string":
        return re.search(schema.get("pattern", ""), value) is not None and len(value) >= schema.get("minLength", 0)
    return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_examples_load_and_fit_the_schema(path: Path, schema: dict[str, Any]) -> None:
    scenario = load_scenario(path)
    assert scenario.name == path.stem
    assert fits(tomllib.loads(path.read_text(encoding="utf-8")), schema, schema)
    assert path.read_text(encoding="utf-8").startswith(f"#:schema ./{SCHEMA_FILE}\n")


def test_there_are_examples_of_every_built_in_policy() -> None:
    used = {policy.type for path in FILES for policy in load_scenario(path).policies if isinstance(policy, Policy)}
    assert used == set(registry())


@pytest.mark.parametrize(
    "text",
    [
        'nme = "x"',
        "scale = 0",
        "scale = 1.5",
        'start = "2020-13"',
        '[[policies]]\ntype = "magic"',
        '[[policies]]\ntype = "skills"\noutreach = 0.1',
        '[[policies]]\ntype = "skills"\nclassroom_places = -1',
        '[[policies]]\nstart = "2021-04"',
    ],
)
def test_schema_refuses_what_the_reader_refuses(text: str, schema: dict[str, Any]) -> None:
    assert not fits(tomllib.loads(text), schema, schema)


def test_committed_schema_is_up_to_date(schema: dict[str, Any]) -> None:
    committed = json.loads((EXAMPLES / SCHEMA_FILE).read_text(encoding="utf-8"))
    current = copy.deepcopy(schema)
    for each in (committed, current):
        # Values and ranges of assumptions move with the pack; their names must not go missing.
        named = each["properties"]["assumptions"].pop("properties")
        each["properties"]["assumptions"]["names"] = sorted(named)
    assert committed == current, "write it anew with `commonweal schema --out examples/scenario.schema.json`"


def test_every_dial_has_a_unit_a_range_and_a_source() -> None:
    found = {policy["type"]: policy for policy in policies()}
    assert set(found) == set(registry())
    for policy in found.values():
        assert policy["description"]
        for dial in policy["dials"]:
            if dial["name"] in ("strength", "new_stations"):
                continue
            assert dial["low"] <= dial["default"] <= dial["high"], dial
            assert dial["unit"], dial
            assert dial["source"], dial
            assert dial["description"], dial


def test_assumptions_are_the_rows_of_the_pack() -> None:
    region = load_region("lcr")
    rows = assumptions(region)
    assert {row["name"]: row["value"] for row in rows} == region.assumption_values()
    assert all(row["source"] for row in rows)

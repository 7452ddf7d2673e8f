"""Boundaries from GeoJSON are joined by area code, and what does not fit is refused in one line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.boundaries import has_official_codes, read_boundaries
from experiments.errors import InputError
from experiments.maps import BETTER, effect_map, local_effects, map_picture, mapped_outcome
from experiments.outcomes import outcome
from simulation.region import Region
from tests.experiments.test_report import synthetic


def square(region: Region, row: int, half: float = 300.0) -> list[list[float]]:
    x, y = (float(value) for value in region.neighbourhood_xy[row])
    return [[x + dx * half, y + dy * half] for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]


def collection(region: Region, key: str = "LSOA21CD", rows: range = range(989), **other: Any) -> dict[str, Any]:
    ids = region.neighbourhoods["id"]
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"place {row}", key: str(ids.iloc[row]), **other},
            "geometry": {"type": "Polygon", "coordinates": [square(region, row)]},
        }
        for row in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_areas_are_joined_by_the_property_that_fits(tmp_path: Path, lcr: Region) -> None:
    found = read_boundaries(written(tmp_path / "a.geojson", collection(lcr, rows=range(100, 300))), lcr)
    assert found.missing == lcr.n_neighbourhoods - 200
    assert not found.rings[0]
    assert found.rings[100][0][:4].mean(axis=0) == pytest.approx(lcr.neighbourhood_xy[100])
    named = read_boundaries(tmp_path / "a.geojson", lcr, "LSOA21CD")
    assert named.missing == found.missing


def test_degrees_are_drawn_in_true_proportion(tmp_path: Path, lcr: Region) -> None:
    content = collection(lcr, rows=range(2))
    for feature in content["features"]:
        ring = [[-3.0, 53.0], [-2.99, 53.0], [-2.99, 53.01], [-3.0, 53.01], [-3.0, 53.0]]
        feature["geometry"] = {"type": "MultiPolygon", "coordinates": [[ring]]}
    ring = read_boundaries(written(tmp_path / "a.geojson", content), lcr).rings[0][0]
    width, height = ring.max(axis=0) - ring.min(axis=0)
    assert width / height == pytest.approx(np.cos(np.radians(53.0)), rel=1e-3)


@pytest.mark.parametrize(
    ("content", "key", "words"),
    [
        ("{", None, "is no JSON; allowed is a GeoJSON feature collection of polygons"),
        ({"type": "FeatureCollection", "features": []}, None, "has no features"),
        ("codes", None, "no code is one of a neighbourhood of region lcr; allowed are codes such as"),
        ("codes", "area", "--key area: no code is one of a neighbourhood of region lcr"),
        ("codes", "other", "--key: no area has 'other'; allowed: area"),
        ("points", None, "geometry: 'Point' with coordinates of another form; allowed are Polygon and MultiPolygon"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, lcr: Region, content: Any, key: str | None, words: str) -> None:
    if content == "codes":
        content = {"type": "FeatureCollection", "features": [{"properties": {"area": "E01000001"}}]}
    if content == "points":
        content = collection(lcr, rows=range(1))
        content["features"][0]["geometry"] = {"type": "Point", "coordinates": [1.0, 2.0]}
    path = written(tmp_path / "b.geojson", content)
    with pytest.raises(InputError) as caught:
        read_boundaries(path, lcr, key)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_synthetic_pack_says_that_its_areas_are_not_real(tmp_path: Path, lcr: Region) -> None:
    assert not has_official_codes(lcr)
    path = written(tmp_path / "c.geojson", {"features": [{"properties": {"code": "E01006512"}}]})
    with pytest.raises(InputError, match="its neighbourhoods are synthetic and have no official boundary"):
        read_boundaries(path, lcr)
    with pytest.raises(InputError, match="No such file"):
        read_boundaries(tmp_path / "none.geojson", lcr)


def test_a_map_draws_areas_where_there_are_boundaries(tmp_path: Path, lcr: Region) -> None:
    boundaries = read_boundaries(written(tmp_path / "a.geojson", collection(lcr)), lcr)
    dots, areas = (map_picture(synthetic(), lcr, boundaries=given) for given in (None, boundaries))
    assert dots is not None
    assert areas is not None
    assert "10 km" in dots.picture.svg
    assert "10 km" not in areas.picture.svg
    assert dots.known == areas.known


def test_an_effect_is_mapped_where_it_is_and_nowhere_else(lcr: Region) -> None:
    found = synthetic()
    arm, table = found.policy_arms[0], found.breakdowns.copy()
    effects = found.effects.copy()
    name = "inactivity_rate"
    lead = (effects["arm"] == arm.name) & (effects["outcome"] == name)
    effects.loc[lead, ["effect", "low", "high", "detectable"]] = -0.02, -0.03, -0.01, 0.014
    effects.loc[lead, "verdict"] = "lowers"
    place = lcr.neighbourhoods.set_index("id")["authority"].reindex(table["group"]).to_numpy()
    moved = (table["arm"] == arm.name) & (table["outcome"] == name) & (place == "Wirral")
    assert moved.any()
    table.loc[moved, "value"] -= 0.05
    found = dataclasses.replace(found, breakdowns=table, effects=effects)
    assert mapped_outcome(found, arm) == outcome(name)
    wirral = lcr.neighbourhood_authority == list(lcr.authority_names).index("Wirral")
    local = local_effects(found, lcr, arm, name)
    assert (local.loc[wirral, "verdict"] == "lowers").all()
    assert local.loc[wirral, "effect"].to_numpy() == pytest.approx(-0.05, abs=0.005)
    assert local.loc[~wirral, "effect"].abs().max() < 0.005
    drawn = effect_map(found, lcr, arm, "map-effect-1")
    assert drawn is not None
    assert drawn.found >= int(wirral.sum())
    assert any(colour in drawn.picture.svg for colour in BETTER)
    assert mapped_outcome(synthetic(), arm) is None
    assert effect_map(synthetic(), lcr, arm, "map-effect-1") is None

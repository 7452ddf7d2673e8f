"""Boundaries of neighbourhoods from a user's GeoJSON, joined to a region pack by area code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.errors import InputError
from simulation.region import Region

Floats = NDArray[np.float64]

#: Greatest part of the map's width that a boundary may be off by: finer is not seen, and makes the page heavy.
FINENESS = 1.0 / 1200.0


@dataclass(frozen=True)
class Boundaries:
    """Rings of neighbourhoods, in a plane in which distances are true near the middle.

    Attributes:
        rings: By neighbourhood, in the pack's order: its rings, outer and inner, each of shape (points, 2); none where
            the file has no area of its code.
        missing: Neighbourhoods that the file has no area for.
        source: Name of the file.
    """

    rings: tuple[tuple[Floats, ...], ...]
    missing: int
    source: str


def read_boundaries(path: Path, region: Region, key: str | None = None) -> Boundaries:
    """Read boundaries.

    Args:
        path: A GeoJSON feature collection of polygons.
        region: Pack whose neighbourhoods they are.
        key: Property that holds the code of an area; None takes the one that fits best.

    Raises:
        InputError: The file is not that, lacks the property, or its codes are not those of the pack.
    """
    features = _features(path)
    codes = {str(code): row for row, code in enumerate(region.neighbourhoods["id"])}
    key = key or _best_key(features, codes)
    found: dict[int, list[Floats]] = {}
    for feature in features:
        properties = feature.get("properties") or {}
        if key is not None and str(properties.get(key)) in codes:
            found.setdefault(codes[str(properties[key])], []).extend(_rings(path, feature))
    if not found:
        _refuse(path, region, features, key)
    degrees = all(np.abs(ring).max() <= 180.0 for rings in found.values() for ring in rings)
    if degrees:
        middle = np.mean([ring[:, 1].mean() for rings in found.values() for ring in rings])
        stretch = np.array([np.cos(np.radians(middle)), 1.0])
        found = {row: [ring * stretch for ring in rings] for row, rings in found.items()}
    everything = np.concatenate([ring for rings in found.values() for ring in rings])
    least = FINENESS * float((everything.max(axis=0) - everything.min(axis=0)).max())
    rings = tuple(tuple(_thinned(ring, least) for ring in found.get(row, ())) for row in range(region.n_neighbourhoods))
    return Boundaries(rings, region.n_neighbourhoods - len(found), path.name)


def _features(path: Path) -> list[dict[str, Any]]:
    wanted = "allowed is a GeoJSON feature collection of polygons"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: --boundaries: {error.strerror or 'cannot be read'}; {wanted}") from None
    except ValueError:
        raise InputError(f"{path}: --boundaries: is no JSON; {wanted}") from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features) or not features:
        raise InputError(f"{path}: --boundaries: has no features; {wanted}")
    return features


def _best_key(features: list[dict[str, Any]], codes: dict[str, int]) -> str | None:
    """The property that most often holds a code of the pack; the first among equals."""
    hits: dict[str, int] = {}
    for feature in features:
        for name, value in (feature.get("properties") or {}).items():
            hits[name] = hits.get(name, 0) + (str(value) in codes)
    return max(hits, key=lambda name: hits[name]) if any(hits.values()) else None


def _refuse(path: Path, region: Region, features: list[dict[str, Any]], key: str | None) -> None:
    """Say why no area fits.

    Raises:
        InputError: Always.
    """
    properties = features[0].get("properties") or {}
    if key is not None and not any(key in (feature.get("properties") or {}) for feature in features):
        raise InputError(f"{path}: --key: no area has {key!r}; allowed: {', '.join(map(str, properties)) or 'none'}")
    example = region.neighbourhoods["id"].iloc[0]
    hint = "" if has_official_codes(region) else (
        "; its neighbourhoods are synthetic and have no official boundary: "
        "`commonweal region build` makes a pack of real ones"
    )  # fmt: skip
    raise InputError(
        f"{path}: {f'--key {key}' if key else '--boundaries'}: no code is one of a neighbourhood of region "
        f"{region.name}; allowed are codes such as {example}{hint}"
    )


def has_official_codes(region: Region) -> bool:
    """Whether the neighbourhoods of a pack go by codes of the Office for National Statistics, such as E01006512."""
    return bool(region.neighbourhoods["id"].astype(str).str.fullmatch(r"[EWSN]\d{8}").all())


def _rings(path: Path, feature: dict[str, Any]) -> list[Floats]:
    geometry: Any = feature.get("geometry") or {}
    kind, content = geometry.get("type"), geometry.get("coordinates")
    try:
        polygons: Any = {"Polygon": [content], "MultiPolygon": content}[kind]
        rings = [np.array([point[:2] for point in ring], dtype=np.float64) for polygon in polygons for ring in polygon]
        if not rings or not all(ring.ndim == 2 and len(ring) >= 4 and np.isfinite(ring).all() for ring in rings):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"{path}: --boundaries: geometry: {kind!r} with coordinates of another form; "
            "allowed are Polygon and MultiPolygon"
        ) from None
    return rings


def _thinned(ring: Floats, least: float) -> Floats:
    """A ring without points that are nearer than `least` to the last one kept."""
    kept = [0]
    for k in range(1, len(ring) - 1):
        if np.abs(ring[k] - ring[kept[-1]]).max() >= least:
            kept.append(k)
    return ring[[*kept, len(ring) - 1]] if len(kept) >= 3 else ring

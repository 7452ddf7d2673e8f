"""Manifests as they are read back: what they must hold is checked once, here, whoever edited them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.errors import InputError
from experiments.folders import MANIFEST


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)


class _Region(_Part):
    name: str
    title: str
    hash: str


class _Code(_Part):
    hash: str
    commit: dict[str, Any] | None = None


class _Run(_Part):
    arm: str
    seed: int
    digest: str
    means: dict[str, float] = {}


class _Failed(_Part):
    arm: str
    seed: int
    error: str
    traceback: str


class _Manifest(_Part):
    started: str
    finished: str
    region: _Region
    code: _Code
    versions: dict[str, str]


class _RunManifest(_Manifest):
    scenario: dict[str, Any]
    digest: str
    means: dict[str, float] = {}


class _StudyManifest(_Manifest):
    design: dict[str, Any]
    tables: list[Annotated[str, Field(pattern=r"^[\w-]+$")]]
    files: dict[str, str] = {}
    pictures: list[str] = []
    runs: list[_Run]
    failed: list[_Failed]


def read_manifest(path: str | Path) -> tuple[Path, dict[str, Any]]:
    """A manifest.

    Args:
        path: Its file, or the folder that it is in.

    Returns:
        Its file and what it says.

    Raises:
        InputError: There is none, it is not ours, or it is not as it was written.
    """
    path = Path(path)
    path = path / MANIFEST if path.is_dir() else path
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["program"] != "commonweal":
            raise KeyError("program")
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path}: allowed is a manifest, or a folder, that `commonweal` wrote") from None
    from experiments.conductor import study_kinds

    kind, kinds = manifest.get("kind"), ("run", *study_kinds())
    if kind not in kinds:
        raise InputError(f"{path}: kind: {kind!r}; allowed is a manifest of one of: {', '.join(kinds)}")
    try:
        (_RunManifest if kind == "run" else _StudyManifest).model_validate(manifest)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {key}: {first['msg']}; allowed is a manifest as `commonweal` wrote it") from None
    return path, manifest

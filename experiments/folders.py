"""Files and folders of results: written whole under another name, then they take their place."""

from __future__ import annotations

import json
import math
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.errors import InputError

MANIFEST = "manifest.json"
REPORT = "report.html"
#: Store of runs where none is named, and the environment variable that names one.
STORE, STORE_VARIABLE = Path("results/store"), "COMMONWEAL_STORE"


def check_target(folder: Path, option: str = "--out") -> None:
    """Make sure that results may be written to a folder, before work is spent on them.

    Args:
        folder: Where the results go.
        option: What named it on the command line, for the message.

    Raises:
        InputError: The folder holds something that is not our results, or cannot be there.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder}: {option}: allowed is a folder that is new, empty, or holds earlier results")
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder):
        raise InputError(
            f"{folder}: {option}: holds files but no {MANIFEST} of ours, so it is left alone; allowed is another folder"
        )
    parent = next(place for place in folder.absolute().parents if place.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise InputError(
            f"{folder}: {option}: {parent} cannot be written to; allowed is a folder where files can be made"
        )


def _is_ours(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["program"] == "commonweal")
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextmanager
def whole_folder(target: Path, option: str = "--out") -> Iterator[Path]:
    """A new folder to write into, which takes the place of `target` when all went well.

    Args:
        target: Where the results go; earlier results there are replaced only at the end.
        option: What named it on the command line, for the message.

    Yields:
        The folder to write into. After an exception it is gone and `target` is as it was.

    Raises:
        InputError: See `check_target`; or the disk is full.
    """
    check_target(target, option)
    target.parent.mkdir(parents=True, exist_ok=True)
    key = uuid.uuid4().hex[:12]
    fresh, old = (target.parent / f".{target.name}.{word}-{key}" for word in ("new", "old"))
    fresh.mkdir()
    try:
        yield fresh
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    except BaseException as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if old.exists() and not target.exists():
            old.rename(target)
        if isinstance(error, OSError):
            raise InputError(
                f"{target}: {option}: cannot be written ({error.strerror}); allowed is a folder with room for it"
            ) from None
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_json(path: Path, data: Any) -> None:
    """Write plain data as JSON that any reader accepts: what is not a number becomes null."""
    path.write_bytes(json_bytes(data))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        InputError: The file cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        raise InputError(
            f"{path}: --out: cannot be written ({error.strerror}); allowed is a file in a folder"
        ) from None
    finally:
        fresh.unlink(missing_ok=True)


def json_bytes(data: Any) -> bytes:
    """Plain data as indented JSON in UTF-8; what is not a number becomes null."""
    return (json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def plain(data: Any) -> Any:
    """Data of dictionaries, lists, texts and finite numbers only."""
    if hasattr(data, "to_dict"):  # a table; asked like this so that the command line need not wait for pandas
        return plain(data.to_dict(orient="records"))
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [plain(value) for value in data]
    if hasattr(data, "item"):
        return plain(data.item())
    return None if isinstance(data, float) and not math.isfinite(data) else data

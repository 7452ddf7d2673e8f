"""Files and folders of results: written whole under another name, then they take their place."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from experiments.errors import InputError

MANIFEST = "manifest.json"
REPORT = "report.html"
#: Tables of a single run, which has no page.
RUN_TABLES = ("indicators", "breakdowns", "flows")
#: Store of runs where none is named, and the environment variable that names one.
STORE, STORE_VARIABLE = Path("results/store"), "COMMONWEAL_STORE"


def check_target(folder: Path, option: str = "--out", *, store: Path | None = None, also: Collection[str] = ()) -> None:
    """Make sure that results may be written to a folder, before work is spent on them.

    Args:
        folder: Where the results go.
        option: What named it on the command line, for the message.
        store: Store of the runs; results that took the place of a folder round it would take it away.
        also: Files that earlier results may hold beside those that their manifest names.

    Raises:
        InputError: The folder holds something that is not our results, or cannot be there.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder}: {option}: allowed is a folder that is new, empty, or holds earlier results")
    target = _resolved(folder, option)
    if target in (here := Path.cwd(), *here.parents):
        raise InputError(f"{folder}: {option}: is the working directory or round it; allowed is another folder")
    if store is not None and target in (where := _resolved(store, "--store"), *where.parents):
        raise InputError(f"{folder}: {option}: the store {store} lies in it; allowed is another folder")
    _check_entries(target, folder, option, also)
    _check_room(target, folder, option)


def _resolved(folder: Path, option: str) -> Path:
    """The absolute path of a folder, which has a name even where what was typed has none, such as `.`."""
    try:
        return folder.resolve()
    except (OSError, RuntimeError, ValueError):
        raise InputError(f"{folder}: {option}: is no path; allowed is a folder") from None


def _check_entries(target: Path, folder: Path, option: str, also: Collection[str]) -> None:
    """Nothing that a folder holds may be lost but earlier results."""
    entries = sorted(target.iterdir()) if target.is_dir() else []
    if not entries:
        return
    known = _files_of(target / MANIFEST)
    if known is None:
        raise InputError(
            f"{folder}: {option}: holds files but no {MANIFEST} of ours, so it is left alone; allowed is another folder"
        )
    for entry in entries:
        if entry.name not in known | set(also) or not entry.is_file():
            raise InputError(
                f"{folder}: {option}: holds {entry.name}, which its {MANIFEST} does not name, so it is left alone; "
                "allowed is another folder"
            )


def _files_of(path: Path) -> set[str] | None:
    """Names of the files that results consist of; None where their manifest is not ours."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["program"] != "commonweal":
            return None
        names = RUN_TABLES if manifest.get("kind") == "run" else manifest.get("tables", ())
        return {MANIFEST, REPORT} | {f"{name}{suffix}" for name in names for suffix in (".csv", ".parquet")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _check_room(target: Path, folder: Path, option: str) -> None:
    """The folder, and those above it that are missing, can be made: tried with names as long as theirs will be."""
    missing = [target, *(place for place in target.parents if not place.exists())]
    parent = missing[-1].parent
    try:
        for place in missing:
            trial = beside(parent / place.name, "new")
            trial.mkdir()
            trial.rmdir()
    except OSError as error:
        raise InputError(
            f"{folder}: {option}: {parent} cannot be written to ({error.strerror}); "
            "allowed is a folder where files can be made"
        ) from None


def beside(path: Path, word: str) -> Path:
    """A name that nobody has, for what is to take the place of a path or has had it."""
    return path.parent / f".{path.name}.{word}-{uuid.uuid4().hex[:12]}"


@contextmanager
def whole_folder(target: Path, option: str = "--out", *, also: Collection[str] = ()) -> Iterator[Path]:
    """A new folder to write into, which takes the place of `target` when all went well.

    Args:
        target: Where the results go; earlier results there are replaced only at the end.
        option: What named it on the command line, for the message.
        also: As in `check_target`.

    Yields:
        The folder to write into. After an exception it is gone and `target` is as it was.

    Raises:
        InputError: See `check_target`; or the disk is full.
    """
    check_target(target, option, also=also)
    place = _resolved(target, option)
    fresh, old = beside(place, "new"), beside(place, "old")
    try:
        fresh.mkdir(parents=True)
        yield fresh
        # What came there since is not lost either.
        _check_entries(place, target, option, also)
        if place.exists():
            place.rename(old)
        fresh.rename(place)
    except BaseException as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if old.exists() and not place.exists():
            old.rename(place)
        if isinstance(error, OSError):
            raise InputError(
                f"{target}: {option}: cannot be written ({error.strerror}); allowed is a folder with room for it"
            ) from None
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_json(path: Path, data: Any) -> None:
    """Write plain data as JSON that any reader accepts: what is not a number becomes null."""
    path.write_bytes(json_bytes(data))


def check_file(path: Path, option: str = "--out") -> None:
    """Make sure that a file can be written, before work is spent on it.

    Raises:
        InputError: It cannot.
    """
    fresh = beside(path, "new")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        fresh.touch()
    except OSError as error:
        raise unwritable_file(path, option, error) from None
    finally:
        with suppress(OSError):
            fresh.unlink()


def write_whole(path: Path, content: bytes, option: str = "--out") -> None:
    """Write a file, whole or not at all.

    Args:
        path: The file.
        content: What it is to hold.
        option: What named it on the command line, for the message.

    Raises:
        InputError: The file cannot be written.
    """
    fresh = beside(path, "new")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        raise unwritable_file(path, option, error) from None
    finally:
        with suppress(OSError):
            fresh.unlink()


def unwritable_file(path: Path, option: str, error: OSError) -> InputError:
    """The line that says that a file cannot be written."""
    return InputError(f"{path}: {option}: cannot be written ({error.strerror}); allowed is a file in a folder")


def json_bytes(data: Any) -> bytes:
    """Plain data as indented JSON in UTF-8; what is not a number becomes null."""
    return (json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def plain(data: Any) -> Any:
    """Data of dictionaries, lists, texts and finite numbers only; what is none of these becomes its text."""
    if hasattr(data, "to_dict"):  # a table; asked like this so that the command line need not wait for pandas
        return plain(data.astype(object).where(data.notna(), None).to_dict(orient="records"))
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [plain(value) for value in data]
    if hasattr(data, "tolist"):
        return plain(data.tolist())
    if data is None or isinstance(data, (str, bool, int)):
        return data
    if isinstance(data, (bytes, bytearray)):
        return data.hex()
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    return str(data)

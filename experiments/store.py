"""The store of runs: one Parquet file per run, found by its key, so that no run is done twice.

A store is a folder:

    store.json                            what it is, and the form of its files
    runs/VERSION/KK/KEY.parquet           a run; VERSION is that of the model, KK the key's first letters
    failures/KEY.json                     the last failure of a run that has not been done since
    damaged/                              files that were found not whole, set aside
    incoming/                             files being written, which nobody reads
    log.jsonl                             a line for each run that was put in

A run is written to `incoming` and renamed, so whoever looks finds all of it or none. Any number of commands may
share a store.
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from experiments import provenance
from experiments.errors import InputError
from experiments.folders import json_bytes
from experiments.records import RunFailure, RunResult
from experiments.run_file import DamagedFileError, decode, facts
from experiments.run_key import model_version
from experiments.scenario_records import scenario_to

#: Form of the folder.
FORM = 1
#: Texts that the record of a failure holds.
FAILURE_TEXTS = ("key", "error", "traceback", "when", "code")
#: Seconds after which a file that is still being written has been given up.
STALE = 3600.0


class RunStore:
    """A store of runs.

    Args:
        folder: Its folder, made when it is not there.

    Raises:
        InputError: The folder is something else, is of a form that this version does not know, or cannot be written.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            self._open()
        except OSError as error:
            raise self._unwritable(error) from None

    def _open(self) -> None:
        marker = self.folder / "store.json"
        # A command that makes the same store at this moment has made `incoming` first.
        others = {path.name for path in self.folder.iterdir()} - {"incoming"} if self.folder.is_dir() else set()
        if others and not marker.exists():
            raise InputError(f"{self.folder}: --store: holds files but no store; allowed is another folder")
        if not marker.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._incoming().mkdir(exist_ok=True)
            record = {
                "program": "commonweal",
                "kind": "store",
                "form": FORM,
                "made": provenance.now(),
                "versions": provenance.versions(),
            }
            self._write(marker, json_bytes(record))
        self._check_marker(marker)
        self._incoming().mkdir(exist_ok=True)
        for path in self._incoming().iterdir():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > STALE:
                    path.unlink()

    def _check_marker(self, marker: Path) -> None:
        try:
            record = json.loads(marker.read_text(encoding="utf-8"))
            known = record["program"] == "commonweal" and record["kind"] == "store"
            form = record["form"]
        except (ValueError, KeyError, TypeError):
            known, form = False, None
        if not known:
            raise InputError(f"{marker}: not of ours; allowed for --store is a store, or a folder that is new or empty")
        if form != FORM:
            raise InputError(
                f"{marker}: form: {form!r} was written by another version of Commonweal; allowed is {FORM}; "
                "use that version, or another folder"
            )

    # --- runs -------------------------------------------------------------------------------------------

    def path(self, key: str) -> Path:
        """Where the run of a key is, or will be."""
        return self.folder / "runs" / model_version() / key[:2] / f"{key}.parquet"

    def __contains__(self, key: str) -> bool:
        return self.path(key).exists()

    def content(self, key: str) -> bytes:
        """The file of a run, whole.

        Raises:
            KeyError: There is none.
        """
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None
        except OSError as error:
            raise InputError(
                f"{self.path(key)}: cannot be read ({error.strerror}); allowed is the file of a run, or none"
            ) from None

    def read(self, key: str) -> RunResult:
        """The records of a run.

        Raises:
            KeyError: There is none.
            DamagedFileError: Its file is not whole.
        """
        return decode(self.content(key))

    def check(self, key: str) -> str | None:
        """Why the file of a run cannot be used, None where it can.

        Raises:
            KeyError: There is none.
        """
        return self._damage(self.content(key), key)

    def _damage(self, content: bytes, key: str) -> str | None:
        try:
            decode(content)
            found = facts(content).key
        except DamagedFileError as error:
            return str(error)
        return None if found == key else "it holds another run"

    def put(self, key: str, content: bytes, label: dict[str, Any]) -> None:
        """Keep the file of a run, and note it in the log.

        Args:
            key: Its key.
            content: The file.
            label: What the log says of it, such as its seed.

        Raises:
            InputError: The store cannot be written to.
        """
        path = self.path(key)
        if path.exists():
            return  # another command was faster; equal keys have equal files
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, content)
            self._failure(key).unlink(missing_ok=True)
            self._note(
                {"key": key, **label, "finished": provenance.now(), "by": f"{socket.gethostname()}:{os.getpid()}"}
            )
        except OSError as error:
            raise self._unwritable(error) from None

    def set_aside(self, key: str) -> Path | None:
        """Take a damaged file out of the way, to where it can be looked at.

        Returns:
            Its new place; None where another command was faster and has taken it away, or has done the run since.

        Raises:
            InputError: The store cannot be written to.
        """
        place = self.folder / "damaged" / f"{key}.{uuid.uuid4().hex[:8]}.parquet"
        try:
            place.parent.mkdir(exist_ok=True)
            self.path(key).rename(place)
            if self._damage(place.read_bytes(), key) is not None:
                return place
            place.rename(self.path(key))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unwritable(error) from None
        return None

    # --- failures ---------------------------------------------------------------------------------------

    def put_failure(self, key: str, failure: RunFailure) -> None:
        """Note that a run failed, with its traceback."""
        record = {
            "key": key,
            "scenario": scenario_to(failure.scenario),
            "error": failure.error,
            "traceback": failure.traceback,
            "when": provenance.now(),
            "code": model_version(),
        }
        try:
            self._failure(key).parent.mkdir(exist_ok=True)
            self._write(self._failure(key), json_bytes(record))
        except OSError as error:
            raise self._unwritable(error) from None

    def failures(self) -> list[dict[str, Any]]:
        """Runs that failed and have not been done since: key, scenario, error, traceback, when, code."""
        found = []
        for path in sorted((self.folder / "failures").glob("*.json")):
            try:
                line = json.loads(path.read_bytes())
                texts = [line["scenario"]["name"], *(line[name] for name in FAILURE_TEXTS)]
                whole = all(isinstance(text, str) for text in texts) and isinstance(line["scenario"]["seed"], int)
            except (OSError, ValueError, LookupError, TypeError):
                whole = False  # a failure that nobody can read is no reason to fail
            if whole:
                found.append(line)
        return found

    def _failure(self, key: str) -> Path:
        return self.folder / "failures" / f"{key}.json"

    # --- what there is ----------------------------------------------------------------------------------

    def versions(self) -> list[str]:
        """Versions of the model that runs are of."""
        return sorted(path.name for path in (self.folder / "runs").glob("*") if path.is_dir())

    def files(self, version: str = "*") -> Iterator[Path]:
        """Files of runs, of a version of the model or of all, in order of their paths."""
        return iter(sorted((self.folder / "runs").glob(f"{version}/*/*.parquet")))

    def log(self) -> list[dict[str, Any]]:
        """Lines of the log, oldest first; a line that was cut short, or is no record, is left out."""
        try:
            lines = (self.folder / "log.jsonl").read_bytes().splitlines()
        except OSError:
            return []
        found = []
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and isinstance(record.get("key"), str):
                found.append(record)
        return found

    # --- writing ----------------------------------------------------------------------------------------

    def _incoming(self) -> Path:
        return self.folder / "incoming"

    def _write(self, path: Path, content: bytes) -> None:
        fresh = self._incoming() / f"{path.name}.{uuid.uuid4().hex[:12]}"
        try:
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    def _note(self, record: dict[str, Any]) -> None:
        # One write to a file opened for appending: lines of two commands do not mix.
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode()
        handle = os.open(self.folder / "log.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(
            f"{self.folder}: --store: cannot be written ({error.strerror}); what it holds is kept; "
            "allowed is a folder with room where files can be made"
        )

"""The first run after an install compiles the kernels and says so; an install that is read-only runs too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agents import kernel_cache
from experiments import startup

ROOT = Path(startup.__file__).parent.parent
SAID = "Compiling the model's kernels, once (about 40 seconds)\n"
#: Stands for a folder that cannot be written to, also for a superuser, who may write anywhere.
READ_ONLY = """
import os, tempfile
real = tempfile.TemporaryFile
def refuse(*arguments, dir=None, **options):
    if any(str(dir).startswith(place) for place in os.environ["READ_ONLY"].split(os.pathsep)):
        raise PermissionError(13, "Permission denied", str(dir))
    return real(*arguments, dir=dir, **options)
tempfile.TemporaryFile = refuse
"""


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run some code in a new process."""
    plain = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env=plain | environment, capture_output=True, text=True, check=False, timeout=300
    )


# --- where kernels are kept -------------------------------------------------------------------------

#: Draws from a kernel, and says where it is kept.
DRAW = """
import sys
sys.path.insert(0, sys.argv[1] if len(sys.argv) > 1 else ".")
from simulation.randomness import Draws, _uniforms
Draws(1).uniform(300, 0, [1, 2, 3])
print(_uniforms._cache.cache_path, sum(_uniforms.stats.cache_hits.values()))
"""


def kept(done: subprocess.CompletedProcess[str]) -> tuple[Path, int]:
    """Where the kernel is kept, and whether it was loaded from there."""
    assert done.returncode == 0, done.stderr
    place, hits = done.stdout.rsplit(maxsplit=1)
    return Path(place), int(hits)


@pytest.mark.slow
def test_a_read_only_install_keeps_kernels_in_the_users_cache(tmp_path: Path) -> None:
    places = {"READ_ONLY": str(ROOT), "XDG_CACHE_HOME": str(tmp_path)}
    folder, hits = kept(python(READ_ONLY + DRAW, **places))
    assert folder.is_relative_to(tmp_path / "commonweal" / "kernels")
    assert hits == 0
    assert kept(python(READ_ONLY + DRAW, **places)) == (folder, 1), "the second start loads them"


@pytest.mark.slow
def test_without_a_place_at_home_kernels_go_to_a_temporary_folder(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    temporary.mkdir()
    places = {
        "READ_ONLY": f"{ROOT}{os.pathsep}{home}", "HOME": str(home), "XDG_CACHE_HOME": str(home),
        "TMPDIR": str(temporary),
    }  # fmt: skip
    folder, _ = kept(python(READ_ONLY + DRAW, **places))
    assert folder.is_relative_to(temporary)
    assert kept(python(READ_ONLY + DRAW, **places)) == (folder, 1)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="a superuser may write anywhere")
def test_packages_without_leave_to_write(tmp_path: Path) -> None:
    for name in ("agents", "simulation"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [tmp_path, *tmp_path.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        place, cache = str(tmp_path), tmp_path.parent / "cache"
        folder, _ = kept(python(DRAW.replace('"."', repr(place)), XDG_CACHE_HOME=str(cache)))
        assert folder.is_relative_to(cache)
    finally:
        for path in [tmp_path, *tmp_path.rglob("*")]:
            path.chmod(0o755)


def test_a_folder_that_can_be_written_to_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_cache, "writable", lambda folder: True)
    for chosen in (None, str(tmp_path)):
        if chosen:
            monkeypatch.setenv(kernel_cache.SETTING, chosen)
        else:
            monkeypatch.delenv(kernel_cache.SETTING, raising=False)
        kernel_cache.choose_folder()
        assert os.environ.get(kernel_cache.SETTING) == chosen


def test_what_others_may_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels are code: whoever can write there could have anything run."""
    monkeypatch.setattr(kernel_cache.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = kernel_cache.temporary_folder()
    assert folder is not None
    if hasattr(os, "getuid"):
        folder.chmod(0o777)
        assert kernel_cache.temporary_folder() is None
        folder.rmdir()
        folder.symlink_to(tmp_path)
        assert kernel_cache.temporary_folder() is None


# --- what people are told ---------------------------------------------------------------------------


def compiled(announcer: Any, module: str) -> None:
    """A kernel is compiled, which takes no time."""
    event = SimpleNamespace(data={"dispatcher": SimpleNamespace(py_func=SimpleNamespace(__module__=module))})
    announcer.on_start(event)
    announcer.on_end(event)


def test_people_are_told_once_and_only_of_our_kernels(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    announcer = startup._Announcer()
    compiled(announcer, "simulation.search")
    assert capsys.readouterr().err == "", "one kernel is soon compiled"
    monkeypatch.setattr(startup, "PATIENCE", -1.0)
    compiled(announcer, "elsewhere.kernels")
    assert capsys.readouterr().err == ""
    compiled(announcer, "simulation.search")
    compiled(announcer, "agents.person")
    assert capsys.readouterr().err == SAID


RUN = """
import sys
from experiments.cli import main
sys.exit(main(["digest", "examples/all_four.toml", "--scale", "1000", "--months", "1"]))
"""


@pytest.mark.slow
def test_the_first_run_says_that_it_compiles_and_the_second_does_not(tmp_path: Path) -> None:
    first = python(RUN, NUMBA_CACHE_DIR=str(tmp_path))
    assert (first.returncode, first.stderr) == (0, SAID)
    second = python(RUN, NUMBA_CACHE_DIR=str(tmp_path))
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout == first.stdout


def test_kernels_are_compiled_before_workers_start_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    class Counted:
        def __init__(self, scenario: Any) -> None:
            self.scenario = scenario

        def run(self) -> None:
            runs.append(self.scenario)

    monkeypatch.setattr(startup.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("simulation.Economy", Counted)
    startup.compile_kernels()
    startup.compile_kernels()
    assert [len(scenario.policies) for scenario in runs] == [4]


# --- a start without what it does not need ----------------------------------------------------------


def test_a_run_loads_no_statistics_pictures_or_clusters() -> None:
    code = RUN.replace('"digest"', '"run"').replace("sys.exit(", "code = (") + (
        "\nneedless = ('scipy.stats', 'matplotlib', 'seaborn', 'dask', 'distributed', 'jinja2')"
        "\nsys.exit(code or ','.join(name for name in needless if name in sys.modules) or 0)"
    )
    done = python(code)
    assert done.returncode == 0, done.stderr

"""Freed memory is kept for the next array, where the allocator is one that can be told to."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from agents import memory

ROOT = Path(__file__).parents[2]

#: Page faults of a kind of work of which every round frees what it took, after the first rounds.
PROBE = """
import resource
import numpy as np
import agents

def work():
    first, second = np.zeros(2_000_000), np.empty(3_000_000, np.int32)
    second[:] = first[0] + 1
    return (first + 1.0).sum() + second.sum()

for _ in range(3):
    work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")


def faults(**environment: str) -> int:
    settled = {name: value for name, value in os.environ.items() if name not in (*memory.SETTINGS, "GLIBC_TUNABLES")}
    settled |= {"PYTHONPATH": str(ROOT)} | environment
    run = subprocess.run([sys.executable, "-c", PROBE], env=settled, capture_output=True, text=True, check=True)
    return int(run.stdout)


@glibc
def test_memory_that_is_freed_is_not_fetched_anew() -> None:
    assert faults() < 10


@glibc
def test_the_environment_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*memory.SETTINGS, "GLIBC_TUNABLES"):
        monkeypatch.setenv(name, "131072")
        assert not memory.keep_freed_memory()
        monkeypatch.delenv(name)


def test_other_allocators_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("", ""))
    assert not memory.keep_freed_memory()

"""Kernels of the model are compiled without a way in from C, and while the collector of garbage waits."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from agents import compiling


def compile_of(module: str) -> Any:
    """The event of a kernel of a module being compiled."""
    return SimpleNamespace(
        data={"dispatcher": SimpleNamespace(py_func=SimpleNamespace(__module__=module), targetoptions={})}
    )


@pytest.fixture(autouse=True)
def _collector_as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_it_waits_until_the_outermost_kernel_is_done() -> None:
    gc.set_threshold(500, 7, 9)
    collector, kernel, inner = compiling._PatientCollector(), compile_of("simulation.search"), compile_of("agents.pay")
    collector.on_start(kernel)
    assert gc.get_threshold() == (compiling.MANY, 7, 9)
    collector.on_start(inner)
    collector.on_end(inner)
    assert gc.get_threshold()[0] == compiling.MANY
    collector.on_end(kernel)
    assert gc.get_threshold() == (500, 7, 9)


@pytest.mark.parametrize(
    ("module", "threshold"), [("numpy.kernels", 500), ("simulation.search", 0), ("simulation.search", 10**6)]
)
def test_kernels_of_others_and_a_collector_that_is_off_or_slower_are_left_alone(module: str, threshold: int) -> None:
    gc.set_threshold(threshold)
    collector = compiling._PatientCollector()
    collector.on_start(compile_of(module))
    assert gc.get_threshold()[0] == threshold
    collector.on_end(compile_of(module))
    assert gc.get_threshold()[0] == threshold


def test_only_kernels_of_the_model_do_without_a_way_in_from_c() -> None:
    kernel, other = compile_of("simulation.search"), compile_of("numpy.kernels")
    for each in (kernel, other):
        compiling._Plain().on_start(each)
    assert kernel.data["dispatcher"].targetoptions == {"no_cfunc_wrapper": True}
    assert other.data["dispatcher"].targetoptions == {}

"""Names for tables and columns where pandas' type stubs cannot say what a cell chosen by its label is."""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["Column", "Frame"]

Frame: TypeAlias = Any
"""A `pandas.DataFrame`, or a row of one."""
Column: TypeAlias = Any
"""A `pandas.Series`."""

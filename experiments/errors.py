"""What can go wrong in an experiment: bad input is the user's to mend, all else is a fault of ours."""

from __future__ import annotations


class InputError(ValueError):
    """Bad input, in one line: file or option, key, what is allowed."""


class RunsFailedError(RuntimeError):
    """Some runs of a design failed; the message names them."""

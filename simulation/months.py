"""Calendar months as texts and as numbers."""

from __future__ import annotations

import re

#: The first month that the built-in parameters cover.
FIRST_MONTH = "2010-01"
LAST_MONTH = "2060-12"
_MONTH = re.compile(r"^(20[1-6]\d)-(0[1-9]|1[0-2])$")


def month_number(text: str) -> int:
    """Months since January of year 0 of a "YYYY-MM" month.

    Raises:
        ValueError: The text is not a month between 2010-01 and 2060-12.
    """
    match = _MONTH.match(text) if isinstance(text, str) else None
    if match is None or not FIRST_MONTH <= text <= LAST_MONTH:
        raise ValueError(f'a month such as "2020-04", from {FIRST_MONTH} to {LAST_MONTH}')
    return int(match.group(1)) * 12 + int(match.group(2)) - 1


def month_name(number: int) -> str:
    """The "YYYY-MM" text of a month number, the inverse of `month_number`."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"

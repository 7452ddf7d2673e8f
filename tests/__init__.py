"""Tests of the four storeys, and `tests.reference`: two phases of the month once more, for readers."""

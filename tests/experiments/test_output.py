"""What commands print: tables that fit where they are read, progress with the time left, quiet when piped."""

from __future__ import annotations

import io
import sys

import pytest

from experiments import output

#: The widest usual table: outcomes by five arms.
HEAD = ("outcome", "Fair Employment Charter", "Progressive procurement", "Skills", "Transport", "All four together")
ROWS = [("Employees below the real Living Wage", *["no detectable effect"] * 4, "+£1,234m"), ("[red]GVA", *"12345")]


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


def in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[Terminal, Terminal]:
    """Put a terminal of 80 columns in place of standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    return out, err


def test_a_table_fits_a_terminal_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = in_a_terminal(monkeypatch)
    output.show("Effects", HEAD, ROWS)
    text = streams[0].getvalue()
    assert "\x1b[1m" in text, "headings are bold"
    plain = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert max(map(len, plain.splitlines())) <= 80
    # Cells are folded between words: those of every cell are there in full.
    words = {word for line in plain.splitlines() for word in line.replace("│", " ").split()}
    assert words >= {"Employees", "Living", "Wage", "detectable", "effect", "+£1,234m", "[red]GVA"}


def test_a_table_that_is_piped_is_wide_and_plain(capsys: pytest.CaptureFixture[str]) -> None:
    output.show("Effects", HEAD, ROWS)
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert sum("no detectable effect" in line for line in text.splitlines()) == 1, "one line a row"


def test_progress_in_a_terminal_says_how_far_and_how_long_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = in_a_terminal(monkeypatch)
    with output.progress_bar("Runs", 4) as advance:
        for _ in range(3):
            advance()
    out, err = (stream.getvalue() for stream in streams)
    assert out == "", "what is printed can be piped while progress shows"
    for word in ("Runs", "3/4", "left"):
        assert word in err
    with output.working("Drawing the report"):
        pass
    assert "Drawing the report" in streams[1].getvalue()


def test_progress_is_quiet_when_asked_and_when_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = in_a_terminal(monkeypatch)
    with output.progress_bar("Runs", 2, silent=True) as advance, output.working("Drawing", silent=True):
        advance()
    assert streams[1].getvalue() == ""
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with output.progress_bar("Runs", 2) as advance, output.working("Drawing"):
        advance()
    assert pipe.getvalue() == ""

"""How pictures look, and how they become inline SVG."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
import seaborn as sns
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from experiments.comparison import Arm
from experiments.outcomes import Outcome, Unit

INK = "#222222"
GREY = "#595959"
#: Dashes that tell lines apart without their colours.
DASHES = ((), (5, 1.5), (1.5, 1.2), (6, 1.5, 1.5, 1.5), (3, 1), (8, 2, 1, 2, 1, 2))

_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "commonweal",
    # Names come from users: a dollar sign in one is no formula.
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": "#8c8c8c",
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": "#e3e3e3",
    "path.simplify": True,
}


@dataclass(frozen=True)
class Picture:
    """A picture ready for a page.

    Attributes:
        title: Short title.
        svg: The picture, safe to put into HTML as it is.
        name: What `commonweal figure` calls it.
    """

    title: str
    svg: Markup
    name: str = ""


@dataclass(frozen=True)
class LineStyle:
    """How an arm is drawn wherever it appears.

    Attributes:
        colour: As "#rrggbb".
        dashes: Lengths on and off, empty for a solid line.
    """

    colour: str
    dashes: tuple[float, ...]


def line_styles(arms: Sequence[Arm]) -> dict[str, LineStyle]:
    """A style for each arm, the baseline in black; colours are safe for the colour-blind."""
    # Yellow is too faint on white for a line.
    colours = [colour for k, colour in enumerate(sns.color_palette("colorblind").as_hex()) if k != 8]
    styles = {arms[0].name: LineStyle(INK, ())}
    for k, arm in enumerate(arms[1:]):
        styles[arm.name] = LineStyle(str(colours[k % len(colours)]), DASHES[k % len(DASHES)])
    return styles


@contextmanager
def styled() -> Iterator[None]:
    """The look of all pictures, for as long as the context lasts."""
    look: Any = {**sns.axes_style("whitegrid"), **_STYLE}
    with matplotlib.rc_context(look):
        yield


def blank_figure(width: float, height: float) -> Figure:
    """A transparent figure, sizes in inches."""
    figure = Figure(figsize=(width, height))
    figure.patch.set_alpha(0.0)
    return figure


def wrapped(title: str, width: int = 18) -> str:
    """A name over at most two lines."""
    lines = textwrap.wrap(title, width) or [title]
    return "\n".join(lines[:2]) + (" …" if len(lines) > 2 else "")


def to_svg(figure: Figure, key: str, alt: str) -> Markup:
    """The figure as an inline SVG element with a text alternative.

    Args:
        figure: What to draw.
        key: Unique on the page; its elements' names begin with it.
        alt: Text alternative.
    """
    buffer = io.StringIO()
    FigureCanvasSVG(figure)
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    # Names of elements must be unique on a page, and most are never referred to.
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text))
    text = re.sub(r' id="([^"]*)"', lambda found: f' id="{key}-{found[1]}"' if found[1] in used else "", text)
    text = re.sub(r'(url\(#|href="#)', rf"\g<1>{key}-", text)
    # A hundredth of a point is finer than any screen.
    text = re.sub(r' (d|x|y|points|transform)="[^"]*"', lambda found: _rounded(found[0]), text)
    text = re.sub(r"\n\s*", "\n", text)
    label = escape(alt)
    head, rest = text.split(">", 1)
    head = re.sub(r' (?:width|height)="[^"]*pt"', "", head)
    return Markup(f'{head} role="img" aria-label="{label}"><title>{label}</title>{rest}')


def _rounded(text: str) -> str:
    return re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), text)


def scale(item: Outcome) -> tuple[float, str]:
    """Factor and name of the unit in which an axis shows an outcome's differences."""
    return {
        Unit.SHARE: (100.0, "percentage points"),
        Unit.POUNDS_AND_PENCE: (1.0, "£"),
        Unit.POUNDS: (1.0, "£"),
        Unit.MILLIONS: (1.0, "£m"),
        Unit.MILLIONS_A_MONTH: (1.0, "£m a month"),
        Unit.COUNT: (1.0, "number"),
        Unit.RATIO: (1.0, "ratio"),
        Unit.MINUTES: (1.0, "minutes"),
        Unit.PENCE: (1.0, "pence"),
    }[item.unit]


def plain_ticks(axis: Any, most: int) -> None:
    """Few ticks, with thousands separated and no offset."""
    axis.set_major_locator(MaxNLocator(most, min_n_ticks=2))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−")))


def heat_cells(ax: Axes, strength: NDArray[np.float64], full: float) -> None:
    """Draw a table of cells, blue above zero and orange below.

    Args:
        ax: Where.
        strength: What colours each cell, shape (lines, columns); not a number leaves it white.
        full: Strength at which a colour is at its deepest.
    """
    colours = sns.diverging_palette(38, 250, s=85, l=62, center="light", as_cmap=True)
    ax.imshow(strength, cmap=colours, vmin=-full, vmax=full, aspect="auto")
    ax.grid(False)

"""The picture of the back-test: official figures with their intervals, and what each forecaster said."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from experiments.backtest_scores import MODEL, NAIVE, PAY, QUANTITIES, YEARS
from experiments.drawing import GREY, INK, Picture, blank_figure, plain_ticks, styled, to_svg
from experiments.tables import Tables

TITLES = ("Employment rate, %", "Inactivity rate, %", "Median weekly pay, £ of 2018-2019")
#: Marker and colour of each forecaster, safe for the colour-blind.
STYLES: dict[str, tuple[str, str]] = {
    MODEL: ("o", "#0173b2"),
    **dict(zip(NAIVE, (("s", "#de8f05"), ("^", "#cc78bc"), ("D", "#029e73")), strict=True)),
}
WIDTH, HEIGHT = 10.2, 2.5


def forecasts_picture(tables: Tables) -> Picture:
    """Official figures and forecasts: a row for each quantity, a panel for each year, authorities along it."""
    errors = tables["errors"]
    authorities = list(dict.fromkeys(errors["authority"]))
    x = np.arange(len(authorities), dtype=np.float64)
    high, words = HEIGHT * len(QUANTITIES) + 0.4, []
    with styled():
        figure: Figure = blank_figure(WIDTH, high)
        handles: list[Any] = []
        for row, (quantity, title) in enumerate(zip(QUANTITIES, TITLES, strict=True)):
            factor = 1.0 if quantity == PAY else 100.0
            shared = None
            for column, year in enumerate(YEARS):
                foot = (HEIGHT * (len(QUANTITIES) - 1 - row) + 0.6) / high
                box = (0.06 + column * 0.315, foot, 0.28, (HEIGHT - 1.05) / high)
                ax = figure.add_axes(box, sharey=shared)
                shared = shared or ax
                mine = errors[(errors["quantity"] == quantity) & (errors["year"] == year)]
                known = mine[mine["forecaster"] == MODEL].set_index("authority").loc[authorities]
                middle, low, top = (
                    factor * known[key].to_numpy(dtype=np.float64) for key in ("official", "low", "high")
                )
                handles = [ax.errorbar(x - 0.3, middle, [middle - low, top - middle], fmt="_", color=INK, ms=9, lw=1.2)]
                for k, (who, (marker, colour)) in enumerate(STYLES.items()):
                    values = mine[mine["forecaster"] == who].set_index("authority").loc[authorities, "forecast"]
                    handles += ax.plot(
                        x - 0.12 + 0.14 * k, factor * values.to_numpy(dtype=np.float64), marker, color=colour, ms=4.5,
                        mfc=colour if who == MODEL else "white", ls="none",
                    )  # fmt: skip
                ax.set_title(f"{title}, {year}" if column == 0 else str(year), fontsize=9)
                ax.set_xticks(x, authorities, rotation=30, ha="right", fontsize=7, rotation_mode="anchor")
                ax.tick_params(axis="y", labelsize=7)
                plain_ticks(ax.yaxis, 5)
                for name in authorities:
                    words.append(
                        f"{name} {year} {title}: official {factor * known.loc[name, 'official']:.1f}, "
                        f"model {factor * known.loc[name, 'forecast']:.1f}."
                    )
        figure.legend(
            handles, ["official, 95% interval", *STYLES], loc="upper left", ncol=5, frameon=False, fontsize=8,
            bbox_to_anchor=(0.0, 1.0), labelcolor=GREY,
        )  # fmt: skip
        title = "Forecasts from the end of 2018 beside official figures"
        return Picture(title, to_svg(figure, "backtest", f"{title}. {' '.join(words)}"))

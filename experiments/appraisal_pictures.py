"""Pictures of an appraisal: worth with and without weights, the cost-effectiveness plane, acceptability curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.comparison import Arm
from experiments.drawing import INK, Picture, blank_figure, line_styles, plain_ticks, styled, to_svg, wrapped

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 7.6
MEASURES = ("net present social value", "net present social value, weighed by income")


def worth_picture(appraisal: pd.DataFrame, arms: Sequence[Arm]) -> Picture:
    """Net present social value of each policy, without weights (full) and weighed by income (hollow).

    Args:
        appraisal: Table of measures.
        arms: The baseline, then the policies.
    """
    styles, words = line_styles(arms), []
    with styled():
        height = 1.1 + 0.55 * (len(arms) - 1)
        figure = blank_figure(WIDTH, height)
        ax = figure.add_axes((0.24, 0.62 / height, 0.72, 1.0 - 1.05 / height))
        for place, arm in enumerate(arms[1:]):
            for measure, shift in zip(MEASURES, (-0.14, 0.14), strict=True):
                row = appraisal[(appraisal["arm"] == arm.name) & (appraisal["measure"] == measure)].iloc[0]
                colour, face = styles[arm.name].colour, "white" if shift > 0 else styles[arm.name].colour
                ends = np.array([row["low"], row["high"]], dtype=np.float64)
                if np.isfinite(ends).all():
                    ax.plot(ends, [place + shift] * 2, color=colour, lw=1.6)
                ax.plot([row["value"]], [place + shift], "o", ms=5.5, mfc=face, mec=colour, mew=1.4)
                words.append(f"{arm.title}, {measure}: £{row['value']:,.0f}m")
        ax.axvline(0.0, color=INK, lw=1.0, zorder=1)
        ax.set_yticks(range(len(arms) - 1), [wrapped(arm.title) for arm in arms[1:]])
        ax.set_ylim(len(arms) - 1.5, -0.5)
        ax.grid(False, axis="y")
        plain_ticks(ax.xaxis, 5)
        ax.set_xlabel("£m, present value over the run; full: plain, hollow: weighed by income; bars: 95% intervals")
        ax.set_title("Net present social value")
        svg = to_svg(figure, "npsv", "; ".join(words))
    return Picture("Net present social value", svg, "npsv")


def plane_picture(plane: pd.DataFrame, arms: Sequence[Arm]) -> Picture:
    """The cost-effectiveness plane: what each seed says of cost and of people out of inactivity, means in full.

    Args:
        plane: Table of pairs.
        arms: The baseline, then the policies.
    """
    styles, words = line_styles(arms), []
    with styled():
        figure = blank_figure(WIDTH, 4.6)
        ax = figure.add_axes((0.12, 0.13, 0.84, 0.78))
        for arm in arms[1:]:
            own, colour = plane[plane["arm"] == arm.name], styles[arm.name].colour
            ax.plot(own["effect"], own["cost"], "o", ms=3.5, mfc="none", mec=colour, alpha=0.7)
            ax.plot([own["effect"].mean()], [own["cost"].mean()], "D", ms=8, color=colour, label=arm.title)
            words.append(f"{arm.title}: {own['effect'].mean():,.0f} person-years for £{own['cost'].mean():,.0f}m")
        ax.axhline(0.0, color=INK, lw=1.0, zorder=1)
        ax.axvline(0.0, color=INK, lw=1.0, zorder=1)
        ax.margins(0.12)
        for x, y, text in ((0.99, 0.985, "more people, at a cost"), (0.01, 0.985, "fewer people, at a cost")):
            ax.text(
                x, y, text, transform=ax.transAxes, ha="right" if x > 0.5 else "left", va="top", size=8, color="#595959"
            )
        plain_ticks(ax.xaxis, 6)
        plain_ticks(ax.yaxis, 5)
        ax.set_xlabel("person-years out of inactivity, discounted")
        ax.set_ylabel("cost, £m, present value")
        ax.set_title("Cost and effect by seed; diamonds are means")
        ax.legend(loc="best", fontsize=8, framealpha=0.9)
        svg = to_svg(figure, "plane-seeds", "; ".join(words))
    return Picture("Cost-effectiveness plane", svg, "plane-seeds")


def acceptability_picture(curves: pd.DataFrame, arms: Sequence[Arm]) -> Picture:
    """How sure it is that each policy is worth its cost, by what a person-year out of inactivity is worth.

    Args:
        curves: Table of probabilities.
        arms: The baseline, then the policies.
    """
    styles, words = line_styles(arms), []
    with styled():
        figure = blank_figure(WIDTH, 3.6)
        ax = figure.add_axes((0.1, 0.16, 0.86, 0.72))
        for arm in arms[1:]:
            own = curves[curves["arm"] == arm.name]
            (line,) = ax.plot(
                own["willingness_to_pay"] / 1000.0,
                own["probability"],
                color=styles[arm.name].colour,
                lw=1.8,
                label=arm.title,
            )
            if styles[arm.name].dashes:
                line.set_dashes(styles[arm.name].dashes)
            words.append(f"{arm.title}: {100 * own['probability'].iloc[-1]:.0f}% at the most")
        ax.set_ylim(-0.03, 1.03)
        plain_ticks(ax.xaxis, 6)
        ax.set_xlabel("worth of a person-year out of inactivity, £ thousand")
        ax.set_ylabel("probability")
        ax.set_title("How sure it is that the policy is worth its cost")
        ax.legend(loc="best", fontsize=8, framealpha=0.9)
        svg = to_svg(figure, "acceptability-curves", "; ".join(words))
    return Picture("Acceptability", svg, "acceptability-curves")

"""What the back-test says in sentences: where the model is nearer, where it loses, and what it cannot know."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from experiments.backtest_scores import (
    BETTER,
    EMPLOYMENT,
    EVEN,
    INACTIVITY,
    MODEL,
    NAIVE,
    NO_CHANGE,
    OPENING,
    PAY,
    QUANTITIES,
    TREND,
    UNSEEN,
    WORSE,
)
from experiments.phrases import capital, listed

NAMES = {EMPLOYMENT: "the employment rate", INACTIVITY: "the inactivity rate", PAY: "median weekly pay"}
PROPER = "2021 and 2022"


def size(quantity: str, value: float) -> str:
    """An error without its sign."""
    return f"£{abs(value):.1f}" if quantity == PAY else f"{100 * abs(value):.1f} points"


def forecaster(name: str, spans: Mapping[str, tuple[int, int]], quantity: str) -> str:
    """A forecaster in a sentence."""
    first, last = spans[quantity]
    return {
        MODEL: "the model",
        NO_CHANGE: "no change from 2018",
        TREND: f"the region's trend of {first} to {last}",
        OPENING: "the mean of 2018 and 2019 kept",
    }[name]


def backtest_sentences(
    errors: pd.DataFrame,
    scores: pd.DataFrame,
    contests: pd.DataFrame,
    spans: Mapping[str, tuple[int, int]],
    rise: float,
) -> list[str]:
    """The answer.

    Args:
        errors: The table `errors`.
        scores: The table `scores`.
        contests: The table `contests`.
        spans: First and last year of the regional trend, by quantity.
        rise: Rise of consumer prices from 2018 to 2022, a share.
    """
    lines = [
        "The model starts from the mean of 2018 and 2019, whose middle is taken to be the end of 2018. It knows half "
        "of 2019, so that 2021 and 2022 are the test proper; no figure of employment, inactivity or weekly pay of "
        "those years went into it."
    ]
    lines.append(_added(contests))
    lines += [_scored(scores, contests, spans, quantity) for quantity in QUANTITIES]
    lines += [_leaning(errors, quantity) for quantity in QUANTITIES]
    lines.append(_losses(errors))
    mine = errors[(errors["forecaster"] == MODEL) & errors["year"].isin(UNSEEN)]
    lines.append(
        f"The official figures are surveys: {int(mine['within'].sum())} of {len(mine)} forecasts of the model for "
        f"{PROPER} lie within their 95% intervals."
    )
    lines.append(
        "What the model cannot know: the pandemic, which it runs as though it had not come, with furlough and all that "
        f"followed; and inflation: prices rose {100 * rise:.0f}% from 2018 to 2022, and pay is compared in the prices "
        "of 2018 and 2019, in which the model lets it grow by its assumed trend."
    )
    return lines


def _added(contests: pd.DataFrame) -> str:
    """What the model's month adds to the state that it starts from."""
    rows = contests[(contests["years"] == PROPER) & (contests["rival"] == OPENING)]
    verdicts = dict(zip(rows["quantity"], rows["verdict"], strict=True))
    parts = [
        f"{text} for {listed([NAMES[quantity] for quantity in QUANTITIES if verdicts[quantity] == verdict])}"
        for verdict, text in ((BETTER, "it gains"), (WORSE, "it loses"), (EVEN, "there is no telling"))
        if verdict in verdicts.values()
    ]
    return (
        "Whether the model's dynamics are worth having is its contest with its own opening state kept as it is, "
        f"{PROPER}: {'; '.join(parts)}."
    )


def _scored(scores: pd.DataFrame, contests: pd.DataFrame, spans: Mapping[str, tuple[int, int]], quantity: str) -> str:
    mine = scores[(scores["quantity"] == quantity) & (scores["years"] == PROPER)]
    off = dict(zip(mine["forecaster"], mine["mean_absolute_error"], strict=True))
    order = sorted(off, key=lambda who: off[who])
    parts = [f"{forecaster(who, spans, quantity)} {size(quantity, off[who])}" for who in order]
    text = f"{capital(NAMES[quantity])}, mean absolute error over {PROPER}, nearest first: {', '.join(parts)}."
    rows = contests[(contests["quantity"] == quantity) & (contests["years"] == PROPER)]
    verdicts = dict(zip(rows["rival"], rows["verdict"], strict=True))
    beaten, lost, even = (
        [forecaster(rival, spans, quantity) for rival in NAIVE if verdicts[rival] == verdict]
        for verdict in (BETTER, WORSE, EVEN)
    )
    if beaten:
        text += f" The model is nearer than {listed(beaten)} by more than the spread over authorities."
    if lost:
        text += f" The model loses to {listed(lost)} by more than the spread over authorities."
    if even:
        text += f" Between the model and {listed(even)} the spread over authorities leaves no winner."
    return text


def _leaning(errors: pd.DataFrame, quantity: str) -> str:
    mine = errors[(errors["quantity"] == quantity) & (errors["forecaster"] == MODEL) & errors["year"].isin(UNSEEN)]
    mean, high = float(mine["error"].mean()), int((mine["error"] > 0.0).sum())
    way = "too high" if mean > 0.0 else "too low"
    share = high if mean > 0.0 else len(mine) - high
    return (
        f"Over {PROPER} the model's forecasts of {NAMES[quantity]} are {way} by {size(quantity, mean)} on average, and "
        f"{way} in {share} of {len(mine)} cases."
    )


def _losses(errors: pd.DataFrame) -> str:
    """How often the model is the farthest of all, and its worst miss in units of the official half-width."""
    keys = ["authority", "quantity", "year"]
    table = errors.assign(size=errors["error"].abs())
    wide = table.pivot_table(index=keys, columns="forecaster", values="size")
    worst, best = (
        int((wide[MODEL] > wide[list(NAIVE)].max(axis=1)).sum()),
        int((wide[MODEL] < wide[list(NAIVE)].min(axis=1)).sum()),
    )
    mine = table[table["forecaster"] == MODEL].assign(
        ratio=lambda rows: rows["size"] / ((rows["high"] - rows["low"]) / 2.0)
    )
    row = mine.iloc[int(mine["ratio"].to_numpy().argmax())]
    quantity = str(row["quantity"])
    way = "too high" if row["error"] > 0.0 else "too low"
    return (
        f"Of {len(wide)} single figures the model is the nearest of the four in {best} and the farthest in {worst}; "
        f"its worst miss beside the survey's uncertainty is {NAMES[quantity]} of {row['authority']} in {row['year']}, "
        f"{way} by {size(quantity, float(row['error']))}."
    )

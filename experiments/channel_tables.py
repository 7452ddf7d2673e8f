"""What a study of channels is worked out to: effects lost and effects alone, what is left over, what is put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.channel_arms import Bundle, off_name, only_name, whole_name
from experiments.comparison import LOWERS, RAISES
from experiments.designs import BASELINE
from experiments.effects import paired_statistics

Floats = NDArray[np.float64]

#: Statistics of each difference that tables keep.
KEPT = ("low", "high", "detectable", "verdict")
#: Part of an outcome below which a sum of differences is rounding.
ROUNDING = 1e-12
#: Values of arms by name, each of shape (outcomes, seeds).
Values = Mapping[str, Floats]


def difference(found: Floats, sizes: Floats) -> pd.DataFrame:
    """Statistics of within-seed differences.

    Args:
        found: Differences, shape (outcomes, seeds).
        sizes: Greatest size of each outcome, shape (outcomes,): what is rounding beside it is nothing.
    """
    clean = np.where(np.abs(found) <= ROUNDING * sizes[:, None], 0.0, found)
    return paired_statistics(np.zeros_like(clean), clean)


def channel_table(bundles: Sequence[Bundle], outcomes: Sequence[str], values: Values) -> pd.DataFrame:
    """A row per bundle, channel and outcome: the whole effect, what is lost without the channel, what it does alone.

    `lost` is the whole less the effect without the channel; `alone` the effect with no other channel. Each has its
    95% interval, the least effect that the design could have detected, and a verdict.

    Args:
        bundles: The bundles.
        outcomes: Names of the outcomes.
        values: Means of each arm, shape (outcomes, seeds).
    """
    sizes = sizes_of(values)
    base, parts = values[BASELINE], []
    for bundle in bundles:
        whole = values[whole_name(bundle)]
        effect = difference(whole - base, sizes)
        for channel in bundle.channels():
            table = pd.DataFrame({"policy": bundle.name, "channel": channel.label, "outcome": list(outcomes)})
            table["seeds"] = effect["seeds"]
            measures = {
                "whole": effect,
                "lost": difference(whole - values[off_name(bundle, channel)], sizes),
                "alone": difference(values[only_name(bundle, channel)] - base, sizes),
            }
            for name, found in measures.items():
                table[name] = found["effect"]
                for column in KEPT:
                    table[f"{name}_{column}"] = found[column]
            parts.append(table)
    return pd.concat(parts, ignore_index=True)


def moved(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of `channel_table` in which something is detectable of the channel itself."""
    told = table["lost_verdict"].isin([RAISES, LOWERS]) | table["alone_verdict"].isin([RAISES, LOWERS])
    columns = ["policy", "channel", "outcome", "whole"]
    columns += [f"{name}{end}" for name in ("lost", "alone") for end in ("", "_low", "_high", "_verdict")]
    return table.loc[told, columns].reset_index(drop=True)


def left_over_table(bundles: Sequence[Bundle], outcomes: Sequence[str], values: Values) -> pd.DataFrame:
    """A row per bundle and outcome: what channels do together beyond the sum of what each does alone.

    `left_over` is the whole less the sum of the channels alone; where it differs from 0 channels need or hinder one
    another. `lost_twice` is the sum of what is lost less the whole: what several channels are each needed for.

    Args:
        bundles: The bundles.
        outcomes: Names of the outcomes.
        values: Means of each arm, shape (outcomes, seeds).
    """
    sizes = sizes_of(values)
    base, parts = values[BASELINE], []
    for bundle in bundles:
        whole = values[whole_name(bundle)] - base
        channels = bundle.channels()
        alone = sum(values[only_name(bundle, channel)] - base for channel in channels)
        lost = sum(values[whole_name(bundle)] - values[off_name(bundle, channel)] for channel in channels)
        table = pd.DataFrame({"policy": bundle.name, "outcome": list(outcomes)})
        table["whole"] = difference(whole, sizes)["effect"]
        table["sum_alone"] = difference(np.asarray(alone), sizes)["effect"]
        for name, rest in (("left_over", whole - alone), ("lost_twice", lost - whole)):
            found = difference(np.asarray(rest), sizes)
            table[name] = found["effect"]
            for column in ("low", "high", "verdict"):
                table[f"{name}_{column}"] = found[column]
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def put_in_table(
    bundles: Sequence[Bundle],
    outcomes: Sequence[str],
    values: Values,
    direct: Callable[[Bundle], Floats],
) -> pd.DataFrame:
    """A row per bundle and outcome: the whole effect, what is put in directly, and what emerges.

    `emergent` is the whole less the direct effect (see `experiments.direct_effects`) within each seed;
    `share_emergent` is 1 less direct over whole, told only where the whole is detectable. It may be negative, where
    reactions undo part of what is put in, or above 1, where the direct effect goes the other way.

    Args:
        bundles: The bundles.
        outcomes: Names of the outcomes.
        values: Means of each arm, shape (outcomes, seeds).
        direct: Direct effects of a bundle, shape (outcomes, seeds); not a number where none is told.
    """
    sizes = sizes_of(values)
    parts = [
        put_in_rows(bundle.name, outcomes, values[whole_name(bundle)] - values[BASELINE], direct(bundle), sizes)
        for bundle in bundles
    ]
    stacked: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return stacked


def put_in_rows(name: str, outcomes: Sequence[str], total: Floats, put_in: Floats, sizes: Floats) -> pd.DataFrame:
    """The rows of `put_in_table` of one policy; outcomes of which no direct effect is told have none.

    Args:
        name: The policy.
        outcomes: Names of the outcomes.
        total: Its effects, shape (outcomes, seeds).
        put_in: Its direct effects, shape (outcomes, seeds); not a number where none is told.
        sizes: Greatest size of each outcome, shape (outcomes,).
    """
    table = pd.DataFrame({"policy": name, "outcome": list(outcomes)})
    measures = {
        "whole": difference(total, sizes),
        "direct": difference(put_in, sizes),
        "emergent": difference(total - put_in, sizes),
    }
    for measure, found in measures.items():
        table[measure] = found["effect"]
        for column in ("low", "high", "verdict"):
            table[f"{measure}_{column}"] = found[column]
    detected = table["whole_verdict"].isin([RAISES, LOWERS]).to_numpy()
    whole, part = (table[measure].to_numpy(dtype=np.float64) for measure in ("whole", "direct"))
    share = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=share, where=detected)
    table["share_emergent"] = 1.0 - share
    told: pd.DataFrame = table[np.isfinite(part)]
    return told


def sizes_of(values: Values) -> Floats:
    """Greatest size of each outcome over arms and seeds, shape (outcomes,)."""
    sizes: Floats = np.abs(np.nan_to_num(np.stack(list(values.values())))).max(axis=(0, 2))
    return sizes

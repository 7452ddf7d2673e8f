"""Plain sentences from numbers; none claims an effect that was not detected."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from experiments.answer_numbers import Effect, Money
from experiments.comparison import NO_INTERVAL, RAISES
from experiments.phrases import amounts, capital, listed, phrase, pounds, short, subject

#: Effects told with their numbers in one sentence; the others are named and left to the table.
MOST_TOLD = 5
#: Outcomes without a detectable effect that are named; the table has them all.
MOST_NAMED = 6
#: The outcome that the paragraph for each policy is mainly about, told first wherever it moves.
MAIN = "inactivity_rate"


def movement(effect: Effect) -> str:
    """How an outcome moves, such as "falls by 2.1 points (1.8 to 2.4)"."""
    up = effect.verdict == RAISES
    sign = 1.0 if up else -1.0
    ends = sorted((sign * effect.low, sign * effect.high))
    size, low, high = amounts(effect.outcome, (effect.effect, *ends))
    low, high = (("-" if end < 0.0 else "") + text for end, text in zip(ends, (low, high), strict=True))
    return f"{'rises' if up else 'falls'} by {size} ({low} to {high})"


def told(effects: Iterable[Effect]) -> list[Effect]:
    """The effects that a paragraph tells with numbers: the surest ones and the main outcome, in their order."""
    moved = list(effects)

    def sureness(effect: Effect) -> tuple[bool, float]:
        return effect.outcome.name == MAIN, abs(effect.effect) / max(effect.detectable, 1e-12)

    chosen = sorted(moved, key=sureness, reverse=True)[:MOST_TOLD]
    return [effect for effect in moved if effect in chosen]


def leading(effects: Sequence[Effect]) -> Effect | None:
    """The effect that a paragraph opens with: on the main outcome, else the surest gain, else the surest; or None."""
    moved = [effect for effect in effects if effect.moved]

    def rank(effect: Effect) -> tuple[bool, int, float]:
        return effect.outcome.name == MAIN, effect.worth, abs(effect.effect) / max(effect.detectable, 1e-12)

    return max(moved, key=rank, default=None)


def lead_sentence(effect: Effect, name: str, year: str, where: str = "") -> str:
    """What a policy does above all.

    Args:
        effect: A detectable effect.
        name: The policy, as after "with".
        year: Year in which the final year ends.
        where: Where it does most, such as "most in the two most deprived tenths"; empty where that is not known.
    """
    what = f"{subject(effect.outcome)} gets worse: it" if effect.worth == -1 else subject(effect.outcome)
    return f"With {name}, {what} {movement(effect)} by {year}{f'; {where}' if where else ''}."


def effect_sentences(effects: Sequence[Effect], name: str, year: str, where: str = "") -> list[str]:
    """What a policy does above all, what else moved for the better, what got worse, what did not move.

    Args:
        effects: Effects on the outcomes that are looked at, in their order.
        name: The policy, as after "with".
        year: Year in which the final year ends.
        where: Where the effect that leads is greatest, see `lead_sentence`.
    """
    if effects and all(effect.verdict == NO_INTERVAL for effect in effects):
        return [
            "One seed gives no interval, so no effect is claimed; the tables show how this one run differs "
            "from the baseline."
        ]
    first = leading(effects)
    out = [lead_sentence(first, name, year, where)] if first else []
    for worth, more in ((1, "Also better"), (0, "Also changed")):
        moved = [effect for effect in effects if effect.moved and effect.worth == worth and effect is not first]
        shown = told(moved)
        if shown:
            out.append(f"{listed([f'{phrase(e.outcome)} {movement(e)}' for e in shown])}.")
        if rest := [short(effect.outcome) for effect in moved if effect not in shown]:
            out.append(f"{more}: {listed(rest)}.")
    # Every harm is told with its size, however many there are.
    worse = [effect for effect in effects if effect.worth == -1 and effect is not first]
    out += [f"{phrase(effect.outcome)} gets worse: it {movement(effect)}." for effect in worse]
    still = [short(effect.outcome) for effect in effects if not effect.moved]
    if still and not out:
        out.append(nothing_sentence(still, name, year))
    elif still:
        out.append(no_effect_sentence(still))
    return [capital(sentence) for sentence in out]


def nothing_sentence(names: Sequence[str], name: str, year: str) -> str:
    """That a policy has no detectable effect on anything that was looked at."""
    what = names[0] if len(names) == 1 else f"any of the {len(names)} headline outcomes by {year}, {names[0]} included"
    return f"With {name}, no detectable effect on {what}{f' by {year}' if len(names) == 1 else ''}."


def no_effect_sentence(names: Sequence[str]) -> str:
    """That nothing detectable happened to some outcomes, the first of them by name."""
    if len(names) > MOST_NAMED + 1:
        return f"No detectable effect on {', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} others."
    return f"No detectable effect on {listed(names)}."


def reversal_sentence(early: Sequence[Effect], late: Sequence[Effect]) -> str | None:
    """Outcomes that moved the other way in the third year; None where there are none."""
    before = {effect.outcome.name: effect for effect in early if effect.moved}
    turned = [
        f"{phrase(effect.outcome)} {movement(before[effect.outcome.name])}"
        for effect in late
        if effect.moved and effect.outcome.name in before and before[effect.outcome.name].verdict != effect.verdict
    ]
    return f"In the third year it is the other way round: {listed(turned)}." if turned else None


def interval(money: Money) -> str:
    """The interval of a sum in brackets with a space before, empty where there is none or it has no width."""
    low, high = pounds(money.low), pounds(money.high)
    return f" ({low} to {high})" if math.isfinite(money.low) and low != high else ""


def cost_sentences(cost: Money | None, anchors: Money | None, balance: Money | None, residents: float) -> list[str]:
    """What a policy costs the public purse, anchors, and the fiscal balance.

    Args:
        cost: Public cost a year, None where there is no policy.
        anchors: Premium that anchors pay.
        balance: Change of the fiscal balance.
        residents: People among whom the cost is shared out.
    """
    if cost is None:
        return []
    out = []
    if cost.mean == 0.0:
        out.append("It costs the public purse nothing.")
    else:
        each = f", or £{cost.mean / residents:,.2f} for each resident" if residents > 0.0 else ""
        out.append(f"It costs the public purse {pounds(cost.mean)} a year{interval(cost)}{each}.")
    if anchors is not None and anchors.known_sign:
        more, size = "more" if anchors.mean > 0 else "less", anchors.size
        out.append(f"Anchor institutions pay {pounds(size.mean)} a year{interval(size)} {more} for what they buy.")
    if balance is not None and math.isfinite(balance.low):
        if balance.known_sign:
            better, size = "better" if balance.mean > 0 else "worse", balance.size
            out.append(
                f"With taxes and benefits counted, the public purse is {pounds(size.mean)} a year{interval(size)} "
                f"{better} off."
            )
        elif cost.mean != 0.0:
            out.append("With taxes and benefits counted, no detectable change in the public purse.")
    return out

"""The answer of a comparison: a paragraph for each policy, for a reader who reads nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.answer_numbers import COST, effects_of, money_borne_by, population, public_cost
from experiments.comparison import ANCHORS, BALANCE, FINAL_YEAR, THIRD_YEAR, Arm, Comparison
from experiments.effects import windows
from experiments.outcomes import HEADLINE
from experiments.phrases import policy_name
from experiments.sentences import cost_sentences, effect_sentences, leading, reversal_sentence
from experiments.where_most import where_most


@dataclass(frozen=True)
class Answer:
    """What a comparison says about one policy."""

    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The paragraph."""
        return " ".join(self.sentences)


def answer(comparison: Comparison, arm: Arm) -> Answer:
    """The short paragraph on one policy arm.

    Args:
        comparison: The comparison.
        arm: One of its policy arms.
    """
    shown = [name for name in HEADLINE if name != COST]
    late, early = (
        sorted(
            (effect for effect in effects_of(comparison, arm.name, window) if effect.outcome.name in shown),
            key=lambda effect: shown.index(effect.outcome.name),
        )
        for window in (FINAL_YEAR, THIRD_YEAR)
    )
    year = arm.scenario.calendar(windows(arm)[FINAL_YEAR][1])[:4]
    first = leading(late)
    where = where_most(comparison, arm, first) if first else ""
    sentences = effect_sentences(late, policy_name(arm.title), year, where)
    if turned := reversal_sentence(early, late):
        sentences.append(turned)
    sentences += cost_sentences(
        public_cost(comparison, arm),
        money_borne_by(comparison, arm, ANCHORS),
        money_borne_by(comparison, arm, BALANCE),
        population(comparison),
    )
    return Answer(arm.title, tuple(sentences))


def answers(comparison: Comparison) -> list[Answer]:
    """A paragraph for each policy arm, in their order."""
    return [answer(comparison, arm) for arm in comparison.policy_arms]

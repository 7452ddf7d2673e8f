"""The arms of a study of channels: policies in full, without each channel, and with each channel alone."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.comparison import Arm
from experiments.designs import BASELINE
from experiments.errors import InputError
from policies.policy import Policy
from simulation.scenario import Scenario


@dataclass(frozen=True)
class Channel:
    """A channel of a policy in a bundle.

    Attributes:
        label: Name in tables: the channel's, or `POLICY.CHANNEL` where the bundle has several policies.
        policy: Position of the policy in the bundle.
        name: Name within the policy.
        text: What it does.
    """

    label: str
    policy: int
    name: str
    text: str


@dataclass(frozen=True)
class Bundle:
    """Policies whose joint effect is taken apart; mostly one.

    Attributes:
        name: Short name.
        title: Name for people.
        policies: Short name and policy.
    """

    name: str
    title: str
    policies: tuple[tuple[str, Policy], ...]

    def channels(self) -> list[Channel]:
        """Channels that are on and whose dials leave them something to do."""
        several = len(self.policies) > 1
        return [
            Channel(f"{short}.{name}" if several else name, position, name, text)
            for position, (short, policy) in enumerate(self.policies)
            for name, text in policy.channels.items()
            if name not in (*policy.without, *policy.idle_channels())
        ]

    def in_full(self) -> tuple[Policy, ...]:
        """The policies as they are."""
        return tuple(policy for _, policy in self.policies)

    def without(self, channel: Channel) -> tuple[Policy, ...]:
        """The policies with one channel off."""
        return tuple(
            _switched(policy, {*policy.without, channel.name}) if position == channel.policy else policy
            for position, policy in enumerate(self.in_full())
        )

    def only(self, channel: Channel) -> tuple[Policy, ...]:
        """The policies with every channel off but one."""
        return tuple(
            _switched(policy, set(policy.channels) - ({channel.name} if position == channel.policy else set()))
            for position, policy in enumerate(self.in_full())
        )


def _switched(policy: Policy, off: set[str]) -> Policy:
    fields = {name: getattr(policy, name) for name in type(policy).model_fields}
    return type(policy)(**{**fields, "without": tuple(off)})


def bundle_of(scenario: Scenario, policies: tuple[tuple[str, Policy], ...]) -> Bundle:
    """The policies of a scenario as one bundle.

    Raises:
        InputError: There is no policy, or none has a channel.
    """
    title = " + ".join(policy.title for _, policy in policies)
    found = Bundle("_".join(name for name, _ in policies), title, policies)
    if not found.channels():
        raise InputError(f"{scenario.name}: policies: none has a channel that is on; allowed is at least one")
    return found


def whole_name(bundle: Bundle) -> str:
    """Name of the arm with all channels."""
    return bundle.name


def off_name(bundle: Bundle, channel: Channel) -> str:
    """Name of the arm without a channel."""
    return f"{bundle.name} without {channel.label}"


def only_name(bundle: Bundle, channel: Channel) -> str:
    """Name of the arm with a channel alone."""
    return f"{bundle.name} only {channel.label}"


def arms_of_bundles(base: Scenario, bundles: tuple[Bundle, ...]) -> tuple[Arm, ...]:
    """The baseline, then for each bundle its whole, each channel off, and each channel alone."""
    found = [Arm(BASELINE, "Baseline", base.with_(name=BASELINE))]

    def add(name: str, policies: tuple[Policy, ...]) -> None:
        found.append(Arm(name, name, base.with_(name=name, policies=policies)))

    for bundle in bundles:
        add(whole_name(bundle), bundle.in_full())
        for channel in bundle.channels():
            add(off_name(bundle, channel), bundle.without(channel))
            add(only_name(bundle, channel), bundle.only(channel))
    return tuple(found)

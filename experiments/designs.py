"""Designs: which scenarios a comparison runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.comparison import Arm
from experiments.errors import InputError
from policies import FairEmploymentCharter, Policy, ProgressiveProcurement, Skills, Transport, load_scenario
from policies.policy import make_scenario
from simulation.assumptions import Assumptions
from simulation.region import Region, RegionError, load_region
from simulation.scenario import Scenario, ScenarioError

if TYPE_CHECKING:
    from experiments.channel_arms import Bundle

#: Policies of the default comparison, at their default dials.
DEFAULT_POLICIES: dict[str, Policy] = {
    "charter": FairEmploymentCharter(),
    "procurement": ProgressiveProcurement(),
    "skills": Skills(),
    "transport": Transport(),
}
#: Seeds of the default comparison.
DEFAULT_SEEDS = 10
#: Seeds that a comparison may have.
MOST_SEEDS = 1000
BASELINE = "baseline"


def default_design(**fields: Any) -> tuple[Arm, ...]:
    """The baseline, each built-in policy alone, and all together.

    Args:
        **fields: Fields of the scenario that replace the defaults, such as `scale`; None leaves the default.

    Raises:
        ScenarioError: A field is not allowed.
    """
    base = make_scenario("options", **{name: value for name, value in fields.items() if value is not None})
    together = tuple(DEFAULT_POLICIES.values())
    return (
        Arm(BASELINE, "Baseline", base.with_(name=BASELINE)),
        *(
            Arm(name, policy.title, base.with_(name=name, policies=(policy,)))
            for name, policy in DEFAULT_POLICIES.items()
        ),
        Arm("all_four", "All four together", base.with_(name="all_four", policies=together)),
    )


def design_from_files(paths: Sequence[str | Path], **fields: Any) -> tuple[Arm, ...]:
    """The first file's scenario without its policies as the baseline, and each file as an arm.

    A file without policies is the baseline itself and makes no arm.

    Args:
        paths: Scenario files.
        **fields: Fields that replace those of every file; None leaves what the file says.

    Raises:
        ScenarioError: A file is wrong.
        InputError: The files differ in more than their policies, share a name, have no policies at all, or
            name a region pack that is wrong.
    """
    return design_from([(str(path), load_scenario(path, **fields)) for path in paths])


def design_from(scenarios: Sequence[tuple[str, Scenario]]) -> tuple[Arm, ...]:
    """The first scenario without its policies as the baseline, and each one as an arm.

    Args:
        scenarios: Where each comes from, for messages, and the scenario.

    Raises:
        InputError: As `design_from_files`.
        ScenarioError: As `design_from_files`.
    """
    first = scenarios[0][1]
    arms = [Arm(BASELINE, "Baseline", first.with_(name=BASELINE, policies=()))]
    for path, scenario in scenarios:
        check_scenario(path, scenario)
        _same_but_for_policies(path, scenario, first)
        if not scenario.policies:
            continue
        if any(arm.name == scenario.name for arm in arms):
            raise InputError(
                f"{path}: name: {scenario.name!r} is taken; each compared scenario needs a name of its own"
            )
        arms.append(Arm(scenario.name, scenario.name, scenario))
    if len(arms) == 1:
        raise InputError(f"{scenarios[0][0]}: policies: at least one compared scenario needs a policy")
    return tuple(arms)


def factorial_design(path: str | Path | None, **fields: Any) -> tuple[Scenario, tuple[tuple[str, Policy], ...]]:
    """The scenario without policies, and the policies whose combinations are run, by short name.

    Args:
        path: Scenario file with the policies; None takes those of the default comparison.
        **fields: Fields of the scenario that replace the defaults or the file's; None leaves them.

    Raises:
        ScenarioError: The file is wrong.
    """
    if path is None:
        return default_design(**fields)[0].scenario, tuple(DEFAULT_POLICIES.items())
    return policies_apart(load_scenario(path, **fields))


def channels_design(path: str | Path | None, **fields: Any) -> tuple[Scenario, tuple[Bundle, ...]]:
    """The scenario without policies, and the bundles of policies whose channels are looked at.

    Args:
        path: Scenario file, whose policies are one bundle; None takes each policy of the default comparison alone.
        **fields: Fields of the scenario that replace the defaults or the file's; None leaves them.

    Raises:
        InputError: The file's policies have no channel that is on.
        ScenarioError: The file is wrong.
    """
    from experiments.channel_arms import Bundle, bundle_of

    base, policies = factorial_design(path, **fields)
    if path is None:
        return base, tuple(Bundle(name, policy.title, ((name, policy),)) for name, policy in policies)
    return base, (bundle_of(base, policies),)


def policies_apart(scenario: Scenario) -> tuple[Scenario, tuple[tuple[str, Policy], ...]]:
    """A scenario without its policies, and these by short name."""
    found: dict[str, Policy] = {}
    for policy in scenario.policies:
        assert isinstance(policy, Policy)
        same = sum(type(other) is type(policy) for other in found.values())
        found[f"{policy.type}_{same + 1}" if same else policy.type] = policy
    return scenario.with_(policies=()), tuple(found.items())


def check_scenario(where: str, scenario: Scenario) -> Region:
    """Make sure that a scenario can run, before it does.

    Args:
        where: File that it came from, for the message.
        scenario: The scenario.

    Returns:
        Its region pack.

    Raises:
        InputError: The region pack is wrong.
        ScenarioError: An assumption is unknown or out of range.
    """
    try:
        region = load_region(scenario.region)
        Assumptions(region, scenario)
    except RegionError as error:
        raise InputError(f"{where}: region: {error}") from None
    except ScenarioError as error:
        raise ScenarioError(str(error).replace(f"{scenario.name}: ", f"{where}: ", 1)) from None
    return region


def idle_policies(scenarios: Iterable[Scenario]) -> list[str]:
    """Policies and shocks that start after the last month of their run, a line each: the run says nothing of them."""
    scenarios = list(scenarios)
    found = [
        f"policies.start: {policy.type} starts {policy.start}, after the last month, "
        f"{scenario.calendar(scenario.months - 1)}; it does nothing here"
        for scenario in scenarios
        for policy in scenario.policies
        if isinstance(policy, Policy) and scenario.month_of(policy.start) >= scenario.months
    ]
    found += [
        f"shocks.start: {shock.type} strikes {shock.start}, after the last month, "
        f"{scenario.calendar(scenario.months - 1)}; it does nothing here"
        for scenario in scenarios
        for shock in scenario.shocks
        if scenario.month_of(shock.start) >= scenario.months
    ]
    return list(dict.fromkeys(found))


def _same_but_for_policies(path: str, scenario: Scenario, first: Scenario) -> None:
    for key in Scenario.model_fields:
        if key not in ("name", "seed", "policies") and getattr(scenario, key) != getattr(first, key):
            # Shocks as Python writes them would be no line to read.
            needed = "those of" if key == "shocks" else f"{getattr(first, key)!r}, as in"
            raise InputError(f"{path}: {key}: must be {needed} the first file; only policies differ")


def seeds_from(first: int, count: int) -> tuple[int, ...]:
    """Seeds that follow one another.

    Raises:
        InputError: The count is not between 1 and `MOST_SEEDS`.
    """
    if not 1 <= count <= MOST_SEEDS:
        raise InputError(f"--seeds: allowed is 1 to {MOST_SEEDS}")
    if first + count > 2**53:
        raise InputError(f"--seeds: seeds {first} and on; allowed is below 2**53")
    return tuple(range(first, first + count))

"""Search and matching: who applies where, and whom firms take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.applications import PRIORITY, choose, worth_applying
from simulation.gains import GAIN_GRID
from simulation.randomness import Draws
from simulation.search import MOST_APPLICATIONS, look_for_posts, prospects, reach_of
from simulation.tax_benefit import Rule

ZONES, PLACES = 5, 4
SEEDS = st.integers(0, 2**32)
Applications = list[tuple[int, int, int]]


class World:
    """Searchers in four places and posts in five zones, without taxes; fields are what the kernels take."""

    def __init__(self, seed: int, searchers: int = 40, posts: int = 30) -> None:
        rng = np.random.default_rng(seed)
        self.seed = np.uint64(seed)
        self.uid = rng.integers(1, 2**63, searchers).astype(np.uint64)
        self.home = rng.integers(0, PLACES, searchers)
        self.car = rng.integers(0, 2, searchers).astype(np.int8)
        self.qualification = rng.integers(0, 5, searchers).astype(np.int8)
        self.experience = rng.uniform(0, 300, searchers).astype(np.int16)
        self.ability = rng.normal(0.0, 0.1, searchers).astype(np.float32)
        self.taste = rng.normal(size=searchers).astype(np.float32)
        self.months_out = rng.integers(0, 24, searchers).astype(np.int16)
        self.age_months = np.full(searchers, 480, dtype=np.int16)
        # The present job, of those who have one: 35 hours next door.
        self.employer = np.full(searchers, -1, dtype=np.int32)
        self.wage = np.full(searchers, 900, dtype=np.int32)
        self.intensity = np.full(searchers, 2.5)
        self.ties = np.full((searchers, 3), -1, dtype=np.int32)
        self.joined, self.befriended = np.full(searchers, -1024, dtype=np.int16), np.zeros(searchers, dtype=np.int16)
        self.employer_of = np.full(searchers, -1, dtype=np.int32)
        self.rules = np.zeros(len(Rule))
        self.rules[Rule.WAGE_FLOOR_25] = 8.70
        self.referral_chance, self.skip_level = 0.0, 1
        self.org = np.sort(rng.integers(0, 8, posts))
        self.zone = rng.integers(0, ZONES, posts)
        self.level = rng.integers(0, 5, posts)
        self.hours = np.full(posts, 35.0)
        self.post_uid = rng.integers(1, 2**63, posts).astype(np.uint64)
        minutes = rng.uniform(5, 80, (2, PLACES, ZONES))
        self.generalised = minutes
        self.weight = np.exp(-0.04 * minutes).astype(np.float32)
        self.reach_scale = 3.0
        self.effort, self.switch_gain = 0.5, 60.0

    def applications(self, who: np.ndarray | None = None) -> Applications:
        """Who applies for which post, and whether through a friend; `who` limits the searchers."""
        who = np.arange(self.uid.size) if who is None else who
        n, n_posts, flat = self.uid.size, self.org.size, np.zeros(self.org.size)
        zone_posts = np.bincount(self.zone, minlength=ZONES)
        org_posts = np.bincount(self.org, minlength=8)
        car, home = self.car[who], self.home[who]
        within, share = prospects(self.weight, zone_posts, self.reach_scale)
        post, person, referred = look_for_posts(
            self.seed, 3, who, self.uid[who], car, home, self.qualification[who], self.intensity[who], within, share,
            np.cumsum(zone_posts) - zone_posts, zone_posts, np.lexsort((self.post_uid, self.zone)), self.level,
            self.skip_level, self.ties, self.joined, self.befriended, self.employer_of,
            np.searchsorted(self.org, np.arange(8)), org_posts, self.referral_chance,
        )  # fmt: skip
        # No taxes or benefits, and everybody alone: a job adds what it pays.
        none, flag = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int8)
        pence = np.zeros(n, dtype=np.int64)
        budgets = (
            (none, flag + np.int8(1), self.age_months, none - 1, flag, flag, flag, flag, pence),
            (none - 1, none - 1, flag.astype(np.int16), flag, pence, pence),
            1.0,
            self.rules,
        )
        apply = worth_applying(
            post, person, who, car, home,
            (
                self.age_months, self.experience, self.ability, self.taste, self.months_out, self.employer, self.wage,
                np.full(n, 35.0, dtype=np.float32), np.ones(n, dtype=np.int8),
                np.zeros(8, dtype=np.int16),
            ),
            (self.zone, self.level, self.hours, np.ones(n_posts, dtype=np.int64), flat, flat, flat),
            self.generalised, budgets, GAIN_GRID, GAIN_GRID, self.rules, 900.0 * np.exp(0.1 * np.arange(5)), 0.085,
            60.0, self.effort, self.switch_gain, 8.0,
        )  # fmt: skip
        found = (column[apply].tolist() for column in (post, who[person], referred))
        return list(zip(*found, strict=True))

    def choose(self, applications: Applications, noise: float = 1.0, **changes: Any) -> np.ndarray:
        """Position of the person hired for each post, or -1."""
        columns = [np.array(column, dtype=np.int64) for column in zip(*applications, strict=True)]
        post, person, referred = columns if columns else [np.zeros(0, dtype=np.int64)] * 3
        people = {"qualification": self.qualification, "experience": self.experience, "months_out": self.months_out}
        people.update(changes)
        turn = np.argsort(Draws(int(self.seed)).uniform(PRIORITY, 3, self.post_uid))
        return choose(
            self.seed, 3, post, person, referred, self.post_uid, self.level, turn, self.uid,
            *people.values(), 0.6, 0.03, noise,
        )  # fmt: skip


# Who applies ------------------------------------------------------------------------------------------


def test_who_can_reach_nothing_applies_only_through_a_friend() -> None:
    world = World(1)
    world.weight[:] = 0.0
    assert world.applications() == []
    # Friends work for employer 0; everybody asks.
    world.ties[:] = 7
    world.employer_of[7] = 0
    world.org[:3] = 0
    world.level[:] = 0
    world.referral_chance = 1.0
    found = world.applications()
    assert found
    assert all(referred == 1 for _, _, referred in found)
    assert {world.org[post] for post, _, _ in found} == {0}
    assert len({person for _, person, _ in found}) == len(found), "one word each"


def test_who_has_come_to_live_in_the_row_of_a_friend_since_is_a_stranger() -> None:
    world = World(1)
    world.weight[:] = 0.0
    world.referral_chance = 1.0
    world.ties[:] = 7
    world.employer_of[7] = world.org[0]
    for joined, known in ((-1024, True), (0, True), (1, False)):
        world.joined[7] = joined
        assert (len(world.applications()) > 0) == known


def test_a_friend_without_work_or_whose_employer_seeks_nobody_is_no_help() -> None:
    world = World(1)
    world.weight[:] = 0.0
    world.referral_chance = 1.0
    world.ties[:] = 7
    assert world.applications() == []
    world.employer_of[7] = 5
    world.org[world.org == 5] = 6
    world.org.sort()
    assert world.applications() == []


@settings(max_examples=30)
@given(SEEDS, st.floats(1.1, 20))
def test_better_reach_never_means_fewer_applications(seed: int, factor: float) -> None:
    """When all posts come nearer alike, everyone makes at least the applications that they made before."""
    world = World(seed)
    world.weight *= np.float32(0.02)
    before = world.applications()
    world.weight *= np.float32(factor)
    after = world.applications()
    assert len(after) >= len(before)
    counts = [np.bincount([person for _, person, _ in found], minlength=40) for found in (before, after)]
    assert (counts[1] >= counts[0]).all()


def test_more_reach_means_more_applications_until_it_saturates() -> None:
    world = World(2, searchers=4000)
    original, counts = world.weight.copy(), []
    for factor in (0.02, 0.1, 0.5, 2.5):
        world.weight = original * np.float32(factor)
        counts.append(len(world.applications()))
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] / 4
    steps = np.diff(counts) / np.diff([0.02, 0.1, 0.5, 2.5])
    assert (np.diff(steps) < 0).all()


@settings(max_examples=30)
@given(SEEDS, st.integers(0, 2))
def test_employers_look_at_nobody_too_far_below_the_level(seed: int, stretch: int) -> None:
    world = World(seed)
    world.skip_level = stretch
    world.ties[:] = 7
    world.employer_of[7] = world.org[0]
    world.referral_chance = 1.0
    found = world.applications()
    assert found
    assert all(world.level[post] <= world.qualification[person] + stretch for post, person, _ in found)


@settings(max_examples=20)
@given(SEEDS)
def test_nobody_applies_more_often_than_there_is_time_for(seed: int) -> None:
    world = World(seed)
    world.intensity[:] = 50.0
    world.ties[:] = 7
    world.employer_of[7] = world.org[0]
    world.referral_chance = 1.0
    counts = np.bincount([person for _, person, _ in world.applications()])
    assert counts.max() <= MOST_APPLICATIONS + 1


@settings(max_examples=20)
@given(SEEDS, st.lists(st.integers(0, 39), min_size=1, max_size=39, unique=True))
def test_a_searchers_applications_do_not_depend_on_who_else_searches(seed: int, some: list[int]) -> None:
    world = World(seed)
    together = [found for found in world.applications() if found[1] in some]
    alone = world.applications(np.array(sorted(some)))
    assert sorted(alone) == sorted(together)


def test_nearer_zones_are_tried_more_often() -> None:
    world = World(3, searchers=20_000, posts=50)
    world.zone = np.arange(50) % ZONES
    world.level[:] = 0
    world.effort = 0.0
    world.home[:], world.car[:] = 0, 0
    tried = np.bincount([world.zone[post] for post, _, _ in world.applications()], minlength=ZONES)
    expected = world.weight[0, 0] / world.weight[0, 0].sum()
    assert tried / tried.sum() == pytest.approx(expected, abs=0.02)


def test_only_jobs_worth_taking_are_applied_for() -> None:
    world = World(4)
    assert world.applications()
    world.effort = 1e3
    assert world.applications() == [], "an hour of work costs more than it brings"


def test_those_in_work_move_only_for_enough_of_a_gain() -> None:
    world = World(4)
    free = world.applications()
    # All work in zone 0, so far away that anything nearer is better.
    world.employer[:] = 0
    world.generalised[:, :, 0] = 1e9
    far = world.applications()
    assert len(far) >= len([post for post, _, _ in free if world.zone[post] != 0])
    world = World(4)
    world.employer[:], world.wage[:] = 0, 1_300
    some = world.applications()
    assert 0 < len(some) < len(free)
    world.switch_gain = 400.0
    assert len(world.applications()) < len(some)
    world.wage[:] = 10**6
    assert world.applications() == []


def test_reach_is_the_sum_of_posts_discounted_by_the_journey() -> None:
    weight = np.array([[1.0, 0.5], [0.25, 0.0]], dtype=np.float32)
    assert reach_of(weight, np.array([4.0, 10.0])).tolist() == [9.0, 1.0]


# Whom firms take ----------------------------------------------------------------------------------------


@given(SEEDS, st.lists(st.tuples(st.integers(0, 29), st.integers(0, 39), st.integers(0, 1)), max_size=80))
def test_posts_and_people_are_matched_one_to_one(seed: int, applications: Applications) -> None:
    hired = World(seed).choose(applications)
    assert hired.shape == (30,)
    people = hired[hired >= 0]
    assert np.unique(people).size == people.size, "nobody is hired twice"
    pairs = {(post, person) for post, person, _ in applications}
    assert all((post, person) in pairs for post, person in enumerate(hired) if person >= 0), "only who applied"
    taken = set(people.tolist())
    for post in np.flatnonzero(hired < 0):
        assert {person for applied, person in pairs if applied == post} <= taken, "no free applicant is turned away"


def best_of_two(**changes: Any) -> int:
    """Which of two otherwise equal applicants for one post is hired, without luck."""
    world = World(1, searchers=2, posts=1)
    world.level[:] = 2
    people: dict[str, Any] = {
        "qualification": np.array([2, 2]), "experience": np.full(2, 60.0), "months_out": np.full(2, 6.0)
    }  # fmt: skip
    referred = changes.pop("referred", (0, 0))
    for name, pair in changes.items():
        people[name] = np.array(pair, dtype=people[name].dtype)
    return int(world.choose([(0, 0, referred[0]), (0, 1, referred[1])], noise=0.0, **people)[0])


def test_firms_prefer_qualified_experienced_recommended_and_recently_employed_people() -> None:
    for first, second in ((0, 1), (1, 0)):
        pair = (first, second)
        winner = 0 if first > second else 1
        assert best_of_two(qualification=(1 + first, 1 + second)) == winner
        assert best_of_two(experience=(60.0 * first, 60.0 * second)) == winner
        assert best_of_two(referred=pair) == winner
        assert best_of_two(months_out=(12.0 * second, 12.0 * first)) == winner
    assert best_of_two(qualification=(4, 3)) == 0, "of equals by what counts, the first"


def test_luck_lets_the_weaker_win_at_times() -> None:
    wins = 0
    for seed in range(400):
        world = World(seed, searchers=2, posts=1)
        world.level[:], world.qualification[:] = 2, [3, 2]
        world.experience[:], world.months_out[:] = 60.0, 6.0
        wins += int(world.choose([(0, 0, 0), (0, 1, 0)])[0] == 0)
    assert 200 < wins < 300, "an advantage of 0.25 on a logistic scale of one, for two draws"

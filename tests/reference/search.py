"""How posts and people find each other: seekers look, apply, and employers choose."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.person import WEEKS_PER_MONTH, job_value, reservation_value
from agents.person_fields import Mode
from tests.reference import benefits
from tests.reference.draws import For

if TYPE_CHECKING:
    from tests.reference.agents import Organisation, Person, Post
    from tests.reference.economy import ReferenceEconomy

#: Most applications that one person makes in a month, besides one by word of a friend.
MOST_APPLICATIONS = 8
#: Days at work a month.
WORK_DAYS = 19.0
#: Kinds of course that bear on search.
CLASSROOM, BROKERAGE = 1, 4
#: Journeys of this many minutes and more cannot be made.
NO_WAY = 1e5


class Vacancies:
    """The open posts of the month, by place and by employer.

    Args:
        economy: The economy.
        posts: Posts open to residents.
    """

    def __init__(self, economy: ReferenceEconomy, posts: list[Post]) -> None:
        self.in_zone: list[list[Post]] = [[] for _ in economy.posts_by_zone]
        self.of: dict[Organisation, list[Post]] = {}
        for post in posts:
            self.in_zone[post.zone].append(post)
            self.of.setdefault(post.employer, []).append(post)
        for here in self.in_zone:
            here.sort(key=lambda post: post.uid)


@dataclass(eq=False)
class Application:
    """One person's application for one post."""

    seeker: JobSeeker
    post: Post
    referred: bool


class JobSeeker:
    """A person in search of a job, or of a better one.

    Args:
        economy: The economy.
        person: Who seeks.
    """

    def __init__(self, economy: ReferenceEconomy, person: Person) -> None:
        self.economy = economy
        self.person = person
        self.works = person.employer is not None
        self.months_out = 0.0 if self.works else float(person.status_months)
        self.brokered = person.course_kind == BROKERAGE
        # A broker vouches for those who have been out of work for long.
        relief = economy.assumptions["brokerage_duration_relief"] if self.brokered else 0.0
        self.months_that_count = self.months_out * (1.0 - relief)
        self.gain = benefits.GainFromWork(person, economy.rules)
        self.least_pay = benefits.minimum_wage(person.age_months, economy.rules)
        self.effort = self.search_effort()
        self.value_now = self.value_of_present_job() if self.works else 0.0

    def search_effort(self) -> float:
        """Applications a month where there is plenty; less beside a course, more with a broker's help."""
        a = self.economy.assumptions
        effort = 1.0 if self.works else a["applications_per_month"]
        if self.person.course_kind == CLASSROOM:
            effort *= 1.0 - a["course_lock_in"] * self.share_locked_in()
        if self.brokered:
            effort *= 1.0 + a["brokerage_search_boost"]
        if self.person.joined == self.economy.month:
            effort *= a["arrival_search_factor"]
        return effort

    def share_locked_in(self) -> float:
        """Share of classroom places whose learners have less time to search; a policy may free those it pays for."""
        levers = self.economy.levers
        if levers.unlocked_places <= 0.0:
            return 1.0
        every = self.economy.assumptions["baseline_places_classroom"] + levers.course_places[CLASSROOM]
        return 1.0 - min(levers.unlocked_places / every, 1.0)

    def applications(self, vacancies: Vacancies) -> Iterator[Application]:
        """Look at posts in reach, hear of one from a friend, and apply for those worth having."""
        in_reach = self.posts_in_reach(vacancies)
        for look in range(self.looks(in_reach[-1])):
            post = self.spot(vacancies, in_reach, look)
            if post is not None and self.would_take(post):
                yield Application(self, post, referred=False)
        post = self.hear_from_friend(vacancies)
        if post is not None and self.would_take(post):
            yield Application(self, post, referred=True)

    def posts_in_reach(self, vacancies: Vacancies) -> list[float]:
        """Posts from the first zone up to each zone, each post counted by how near it is."""
        home = self.person.household
        nearness = self.economy.travel.search_nearness[home.car, home.neighbourhood].tolist()
        total, so_far = 0.0, []
        for near, here in zip(nearness, vacancies.in_zone, strict=True):
            total += near * len(here)
            so_far.append(total)
        return so_far

    def looks(self, in_reach: float) -> int:
        """Posts that the seeker looks at: fewer where fewer are in reach."""
        plenty = self.economy.reference_reach * self.economy.assumptions["search_saturation"]
        wanted = self.effort * (1.0 - math.exp(-in_reach / plenty))
        return min(int(wanted + self.person.chance(For.SEARCH)), MOST_APPLICATIONS)

    def spot(self, vacancies: Vacancies, in_reach: list[float], look: int) -> Post | None:
        """A post that catches the eye: a zone by its posts and nearness, then any post there."""
        mark = self.person.chance(For.SEARCH, 2 * look + 1) * in_reach[-1]
        zone = min(bisect_right(in_reach, mark), len(in_reach) - 1)
        while zone > 0 and not vacancies.in_zone[zone]:
            zone -= 1
        here = vacancies.in_zone[zone]
        if not here:
            return None
        return here[int(self.person.chance(For.SEARCH, 2 * look + 2) * len(here))]

    def hear_from_friend(self, vacancies: Vacancies) -> Post | None:
        """A post at a friend's workplace, if the friend speaks of one."""
        speaks = self.economy.assumptions["referral_chance"] * min(self.effort, 1.0)
        if self.person.chance(For.REFERRAL) >= speaks:
            return None
        friends = self.person.friends
        friend = friends[int(self.person.chance(For.REFERRAL, 1) * len(friends))]
        if friend is None or friend.employer is None:
            return None
        posts = vacancies.of.get(friend.employer)
        return posts[int(self.person.chance(For.REFERRAL, 2) * len(posts))] if posts else None

    def would_take(self, post: Post) -> bool:
        """Whether a post is within the seeker's qualification and worth more than what there is now."""
        a, person = self.economy.assumptions, self.person
        if post.level > person.qualification + int(a["hiring_stretch_levels"]):
            return False
        personal = post.employer.wage_effect + post.luck + person.ability
        wage = self.economy.hourly_offer(person, post.employer, post.level, personal)
        wage = max(wage, self.least_pay, post.minimum)
        value = self.value_of(wage, post.hours, post.zone, post.secure)
        if self.works:
            return value >= self.value_now + a["job_switch_gain"]
        return value >= reservation_value.py_func(post.hours, a["effort_cost_per_hour"], person.taste, self.months_out)

    def value_of_present_job(self) -> float:
        """Worth of the job that the seeker has, pounds a month."""
        person = self.person
        return self.value_of(person.wage, person.hours, person.employer.zone, person.secure)

    def value_of(self, wage: float, hours: float, zone: int, secure: bool) -> float:
        """Worth of a job: the gain over no work, less the way there, more if it is secure; pounds a month."""
        a = self.economy.assumptions
        gain = self.gain.at(wage * hours * WEEKS_PER_MONTH / 100.0)
        minutes = self.economy.minutes(self.person.household, zone)
        travel = 2.0 * WORK_DAYS * minutes * a["travel_value_of_time"] / 60.0
        return job_value.py_func(gain, travel, int(secure), a["value_of_secure_job"])


def apply(economy: ReferenceEconomy, persons: list[Person], posts: list[Post]) -> dict[Post, list[Application]]:
    """Applications for each post, in the order in which they come in."""
    vacancies = Vacancies(economy, posts)
    received: dict[Post, list[Application]] = {post: [] for post in posts}
    for person in persons:
        for application in JobSeeker(economy, person).applications(vacancies):
            received[application.post].append(application)
            economy.counts["applications"] += 1
    return received


def choose(economy: ReferenceEconomy, received: dict[Post, list[Application]]) -> dict[Post, Person]:
    """Employers choose in the order of a draw; each takes the best applicant who is still free."""
    hired: dict[Post, Person] = {}
    taken: set[Person] = set()
    for post in sorted(received, key=lambda post: economy.luck.uniform(For.PRIORITY, post.uid)):
        free = [application for application in received[post] if application.seeker.person not in taken]
        if free:
            hired[post] = post.employer.choose(free).seeker.person
            taken.add(hired[post])
    return hired


def usual_mode(economy: ReferenceEconomy, person: Person) -> int:
    """The mode of travel to work that a person likes best, all told; without any way, by car."""
    a, home, zone = economy.assumptions, person.household, person.employer.zone
    liking = {}
    for mode, name in ((Mode.CAR, "car"), (Mode.TRANSIT, "transit"), (Mode.ACTIVE, "active")):
        minutes = float(economy.travel.minutes_by_mode[mode, home.neighbourhood, zone])
        liking[mode] = a[f"mode_constant_{name}"] - a["mode_cost_weight"] * minutes
        if mode == Mode.CAR and not home.car:
            liking[mode] = -1e9
        taste = min(max(person.lasting_luck(For.HOURS, 10 + mode), 1e-12), 1.0 - 1e-12)
        liking[mode] -= math.log(-math.log(taste))
    best = max(liking, key=lambda mode: liking[mode])
    can_be_made = economy.travel.minutes_by_mode[best, home.neighbourhood, zone] < NO_WAY
    return int(best if can_be_made else Mode.CAR)

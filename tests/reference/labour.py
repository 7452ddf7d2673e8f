"""The labour market, agent by agent: jobs end, people decide whether to seek work, posts are filled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agents.person import LEAST_GAIN, WEEKS_PER_MONTH, logistic, participation_index, separation_hazard
from agents.person_fields import Status
from simulation.levers import CharterTerm
from simulation.skills import BROKERAGE
from tests.reference import benefits, search
from tests.reference.agents import OutsideEmployer, Post, single
from tests.reference.draws import For, Occasion

if TYPE_CHECKING:
    from tests.reference.agents import Organisation, Person
    from tests.reference.economy import ReferenceEconomy

#: Group of students among those whose inclination to take part was measured; the others are combinations.
STUDENTS = 8


def form_benefit_units(economy: ReferenceEconomy) -> None:
    """Who shares benefits, and what each unit earns, as things now stand."""
    for household in economy.households:
        benefits.form_benefit_units(household, economy.growth)


# --- jobs end ---------------------------------------------------------------------------------------


def separate(economy: ReferenceEconomy) -> None:
    """Some leave their job of their own or by chance, fewer where pay and security are better."""
    for person in economy.persons:
        if person.is_employee and person.meets(Occasion.LEAVE, chance_of_leaving(economy, person)):
            person.leave_job()
            person.become(Status.UNEMPLOYED)
            economy.counts["separations"] += 1
    for employer in economy.organisations:
        commuters_in_leave(economy, employer)


def chance_of_leaving(economy: ReferenceEconomy, person: Person) -> float:
    """Monthly chance that an employee's job ends for other reasons than lack of work."""
    a = economy.assumptions
    market = economy.hourly_offer(person, person.employer, person.job_level, person.ability)
    relative_pay = math.log(max(person.wage, 1) / market)
    return separation_hazard.py_func(
        a["separation_base_rate"],
        person.tenure,
        person.secure,
        relative_pay,
        a["separation_wage_elasticity"],
        a["separation_insecure_factor"],
    )


def commuters_in_leave(economy: ReferenceEconomy, employer: Organisation) -> None:
    """Workers who commute in leave as often as residents did of late."""
    chance = economy.turnover * economy.assumptions["incommuter_separation_factor"]
    luck = [economy.luck.uniform(For.OUTSIDE, employer.uid + k, 1) for k in range(employer.outside_workers)]
    employer.outside_workers -= sum(draw < chance for draw in luck)


def lay_off(economy: ReferenceEconomy) -> None:
    """Employers dismiss the workers that they no longer want: newer ones first, with some luck."""
    for person in economy.persons:
        if person.is_employee:
            person.employer.staff.append(person)
    for employer in economy.organisations:
        too_many = employer.workers - employer.target_headcount
        if not employer.in_region or too_many <= 0:
            continue
        # Commuters and residents share the cuts in proportion.
        commuters = too_many * employer.outside_workers // employer.workers
        employer.outside_workers -= commuters
        newest = sorted(employer.staff, key=standing)
        for person in newest[: too_many - commuters]:
            person.leave_job()
            person.become(Status.UNEMPLOYED)
            economy.counts["layoffs"] += 1


def standing(person: Person) -> tuple[float, int]:
    """How safe a worker is when the employer cuts posts: years of tenure and luck."""
    return person.tenure / 12.0 + 4.0 * person.chance(For.LAYOFF), person.uid


# --- who takes part ---------------------------------------------------------------------------------


def people_who_think_again(economy: ReferenceEconomy) -> list[Person]:
    """Those of working age for whom the month brings an occasion to, as things stand at its start."""
    return [
        person
        for person in economy.persons
        if person.of_working_age
        and person.status != Status.SELF_EMPLOYED
        and person.meets(Occasion.THINK, chance_to_think_again(economy, person))
    ]


def reconsider(economy: ReferenceEconomy, undecided: list[Person]) -> None:
    """These think again whether to work or look for work."""
    for person in undecided:
        decide_whether_to_work(economy, person)


def chance_to_think_again(economy: ReferenceEconomy, person: Person) -> float:
    """Monthly chance that a person reviews whether to work, by status; a broker brings it up more often."""
    a = economy.assumptions
    by_status = {
        Status.EMPLOYEE: "reconsider_rate_employees",
        Status.UNEMPLOYED: "reconsider_rate_unemployed",
        Status.RETIRED: "reconsider_rate_retired",
    }
    rate = a[by_status.get(Status(person.status), "reconsider_rate")]
    return max(rate, a["brokerage_review_rate"]) if person.course_kind == BROKERAGE else rate


def decide_whether_to_work(economy: ReferenceEconomy, person: Person) -> None:
    """Take part, or fall back on one's reason not to."""
    sharpness = economy.assumptions["participation_sharpness"]
    inclined = logistic.py_func(sharpness * inclination(economy, person))
    if person.chance(For.DECISION, 1) < inclined:
        if person.employer is None:
            person.become(Status.UNEMPLOYED)
        return
    # What people live on is settled before they give up their job.
    if person.employer is not None:
        person.leave_job()
        economy.counts["quits"] += 1
    person.become(reason_for_inactivity(person))


def inclination(economy: ReferenceEconomy, person: Person) -> float:
    """How far the gain from work, reach and taste speak for taking part."""
    a = economy.assumptions
    gain = benefits.GainFromWork(person, economy.rules).at(typical_earnings(economy, person))
    gain = max(gain, LEAST_GAIN) / (economy.reference_gain * economy.growth)
    reach = economy.reach[person.household.car][person.household.neighbourhood]
    reach = max(reach, economy.reference_reach * 1e-3) / economy.reference_reach
    return participation_index.py_func(
        economy.group_logit[participation_group(person)],
        person.taste,
        gain,
        reach,
        a["participation_gain_weight"],
        a["participation_reach_weight"],
    )


def typical_earnings(economy: ReferenceEconomy, person: Person) -> float:
    """Pounds a month that a person can expect of a typical job."""
    hours = economy.assumptions["typical_hours_carers" if person.caring > 0 else "typical_hours"]
    skill = math.exp(economy.experience_return * math.sqrt(person.experience / 12.0) + person.ability)
    return economy.pay_base[min(person.qualification, 3)] * skill * hours * WEEKS_PER_MONTH / 100.0


def participation_group(person: Person) -> int:
    """Group whose inclination was measured at the start: students, or by health, caring and age."""
    if person.study_months > 0:
        return STUDENTS
    return 4 * person.health + 2 * person.caring + (person.age_months >= 55 * 12)


def reason_for_inactivity(person: Person) -> Status:
    """Main reason of somebody who does not seek work."""
    if person.study_months > 0:
        return Status.STUDENT
    if person.health > 0:
        return Status.LONG_TERM_SICK
    if person.caring > 0:
        return Status.CARER
    if person.age_months >= 60 * 12:
        return Status.RETIRED
    return Status.DISCOURAGED


# --- posts ------------------------------------------------------------------------------------------


def advertise(economy: ReferenceEconomy) -> list[Post]:
    """Each employer advertises a post for every worker whom it wants and lacks."""
    posts = []
    for employer in economy.organisations:
        employer.vacancies = posts_wanted(economy, employer)
        posts += [describe_post(economy, employer, nth) for nth in range(employer.vacancies)]
    economy.posts_by_zone = [0.0] * len(economy.posts_by_zone)
    for post in posts:
        economy.posts_by_zone[post.zone] += 1.0
    return posts


def posts_wanted(economy: ReferenceEconomy, employer: Organisation) -> int:
    """Posts that an employer advertises this month."""
    if employer.in_region:
        return max(employer.target_headcount - employer.workers, 0)
    # Employers beyond the region advertise a steady flow, and more where they have lost residents.
    a = economy.assumptions
    short = max(employer.target_headcount - employer.headcount, 0)
    flow = employer.target_headcount * a["outside_vacancy_rate"] + short * a["outside_refill_rate"]
    return math.floor(flow + employer.chance(For.POST, 9))


def describe_post(economy: ReferenceEconomy, employer: Organisation, nth: int) -> Post:
    """What the post asks for and offers, drawn from the jobs of its industry."""
    a, luck, table = economy.assumptions, economy.luck, economy.structure
    uid = luck.identity(For.POST, employer.uid + nth)
    industry = employer.industry
    draw = luck.uniform(For.POST, uid, 1)
    level = min(sum(draw >= share for share in table.level_cdf[industry]), 4)
    part_time = luck.uniform(For.HOURS, uid) < table.part_time_share[industry][level]
    risk = table.insecure_share[industry] * (a["insecure_new_job_factor"] if level <= 2 else 1.0)
    insecure = luck.uniform(For.SECURE, uid) < risk
    member, has = employer.accredited > 0, economy.levers.charter_has
    return Post(
        employer=employer,
        uid=uid,
        level=level,
        hours=a["hours_part_time"] if part_time else a["hours_full_time"],
        secure=(member and has(CharterTerm.SECURITY)) or not insecure,
        luck=a["wage_match_sd"] * luck.normal(For.POST, uid, 2) - a["part_time_pay_gap"] * part_time,
        minimum=economy.real_living_wage if member and has(CharterTerm.PAY_FLOOR) else 0.0,
    )


# --- posts are filled -------------------------------------------------------------------------------


def fill(economy: ReferenceEconomy, posts: list[Post]) -> None:
    """Seekers apply, employers choose, jobs start; some posts go to people from outside the region."""
    seekers = job_seekers(economy)
    filled: set[Post] = set()
    if seekers and posts:
        reserved = {post for post in posts if is_reserved(economy, post)}
        applications = search.apply(economy, seekers, [post for post in posts if post not in reserved])
        hired = search.choose(economy, applications)
        for post, person in hired.items():
            start_job(economy, person, post)
        left = [post for post in posts if post not in reserved and post not in hired]
        from_outside = reserved | {post for post in left if is_filled_late(economy, post)}
        for post in from_outside:
            post.employer.outside_workers += 1
        filled = set(hired) | from_outside
    note_unfilled(economy, posts, filled)


def job_seekers(economy: ReferenceEconomy) -> list[Person]:
    """The unemployed, and employees who look for something better."""
    unemployed = [person for person in economy.persons if person.status == Status.UNEMPLOYED]
    economy.counts["seekers"] += len(unemployed)
    rate = economy.assumptions["on_the_job_search_rate"]
    return unemployed + [p for p in economy.persons if p.is_employee and p.meets(Occasion.LOOK, rate)]


def is_reserved(economy: ReferenceEconomy, post: Post) -> bool:
    """Whether the post goes to somebody who commutes in: the region's border is open."""
    if isinstance(post.employer, OutsideEmployer):
        return False
    return economy.luck.uniform(For.OUTSIDE, post.uid) < economy.outside_hire_share[max(post.employer.authority, 0)]


def is_filled_late(economy: ReferenceEconomy, post: Post) -> bool:
    """Whether a post that no resident took goes to somebody from outside."""
    late = economy.luck.uniform(For.OUTSIDE, post.uid, 2) < economy.assumptions["outside_fill_rate"]
    return post.employer.in_region and late


def start_job(economy: ReferenceEconomy, person: Person, post: Post) -> None:
    """A person leaves the former job, if there is one, and starts the new one at the pay on offer."""
    economy.counts["hires_from_unemployment"] += person.status == Status.UNEMPLOYED
    if person.employer is not None:
        economy.counts["job_moves"] += 1
        person.leave_job()
    person.start_job(post)
    wage = economy.hourly_offer(person, post.employer, post.level, post.employer.wage_effect + person.match)
    wage = max(wage, benefits.minimum_wage(person.age_months, economy.rules), post.minimum)
    person.wage = math.ceil(wage)
    person.mode = search.usual_mode(economy, person)


def note_unfilled(economy: ReferenceEconomy, posts: list[Post], filled: set[Post]) -> None:
    """Employers take note of how long their posts stand open."""
    unfilled = [post for post in posts if post not in filled]
    still_open = {post.employer for post in unfilled}
    for employer in economy.organisations:
        months = employer.vacancy_months
        employer.vacancy_months = single(months + 1.0 if employer in still_open else months * 0.5)
    economy.counts["unfilled"] += len(unfilled)
    economy.counts["posts"] += len(posts)


# --- what people and employers remember -------------------------------------------------------------


def note_turnover(economy: ReferenceEconomy) -> None:
    """Share of employees who left this month other than by lay-off, smoothed over a year."""
    leavers = sum(employer.leavers for employer in economy.organisations if employer.in_region)
    staff = sum(person.is_employee and person.employer.in_region for person in economy.persons)
    share = (leavers - economy.counts["layoffs"]) / max(staff, 1)
    economy.turnover += (share - economy.turnover) / 12.0


def remember_reach(economy: ReferenceEconomy) -> None:
    """People form their view of what is in reach from the vacancies of recent months."""
    weight = economy.assumptions["reach_memory"]
    economy.smoothed_posts = [
        (1.0 - weight) * before + weight * now
        for before, now in zip(economy.smoothed_posts, economy.posts_by_zone, strict=True)
    ]
    for car in (0, 1):
        for neighbourhood in range(len(economy.reach[car])):
            nearness = economy.travel.search_nearness[car, neighbourhood].tolist()
            total = 0.0
            for near, posts in zip(nearness, economy.smoothed_posts, strict=True):
                total += near * posts
            economy.reach[car][neighbourhood] = total

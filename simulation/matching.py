"""Who works where at the first month: jobs and workers matched through the travel network.

Commuting between authorities follows the census; within an authority zones attract by posts and
repel by generalised travel cost (a constrained gravity model, Wilson 1971); within a zone workers
and posts meet at random, better qualified ones where the jobs ask for more. All employed residents
take the pattern of those who travel to a workplace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.organisation_fields import Kind, Ownership
from agents.person_fields import Status
from simulation.households import draw_owners
from simulation.labour_market import offered_wages, usual_mode
from simulation.ledger import Ledger
from simulation.randomness import Purpose
from simulation.settlement import BEGINNING, ascending, take_top

if TYPE_CHECKING:
    from simulation.economy import Economy

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
S = Purpose.SYNTHESIS


def match_jobs(economy: Economy) -> None:
    """Give every employed person an employer, and every employer its posts."""
    seat_proprietors(economy)
    destination = destinations(economy)
    fill_posts(economy, destination)
    give_terms(economy)
    give_owners(economy)


def seat_proprietors(economy: Economy) -> None:
    """The self-employed own and work in the small local firms of their authority."""
    persons, orgs, region = economy.persons, economy.organisations, economy.region
    home = region.neighbourhood_authority[economy.households.neighbourhood[persons.household]]
    alone = persons.status == Status.SELF_EMPLOYED
    real_size = orgs.target_headcount * economy.scale / np.maximum(orgs.weight, 1e-9)
    small = (orgs.kind == Kind.FIRM) & (orgs.ownership == Ownership.LOCAL) & (real_size < 10)
    for k in range(region.n_authorities):
        people = np.flatnonzero(alone & (home == k))
        firms = np.flatnonzero(small & (orgs.authority == k))
        if people.size == 0 or firms.size == 0:
            continue
        people = people[ascending(economy.draws.uniform(S, BEGINNING, persons.uid[people], 60))]
        # One owner each first, then partners in the larger ones.
        firms = firms[np.argsort(economy.draws.uniform(S, BEGINNING, orgs.uid[firms], 60), kind="stable")]
        seats = np.concatenate([firms, np.repeat(firms, np.maximum(orgs.target_headcount[firms] - 1, 0)), firms, firms])
        seats = np.concatenate([seats, np.resize(firms, max(people.size - seats.size, 0))])[: people.size]
        persons.employer[people] = seats
        taken = np.bincount(seats, minlength=orgs.n_rows)
        orgs.headcount[:] += taken.astype(np.int32)
        orgs.target_headcount[:] = np.maximum(orgs.target_headcount, orgs.headcount)


def destinations(economy: Economy) -> Ints:
    """Zone of work of every employee row, -1 for others, shape (persons,)."""
    persons, households, orgs, region = economy.persons, economy.households, economy.organisations, economy.region
    table = region.tables["commuting"]
    posts = np.maximum(orgs.target_headcount - orgs.headcount, 0)
    posts[orgs.kind == Kind.OUTSIDE] = 0
    zone_posts = np.bincount(orgs.zone, posts, minlength=region.n_zones)
    outside = region.zone_authority < 0
    zone_posts[outside] = region.zone_job_weight[outside] * 1e4
    home = households.neighbourhood[persons.household].astype(np.int64)
    authority = region.neighbourhood_authority[home]
    result = np.full(persons.n_rows, -1, dtype=np.int64)
    going = np.full(persons.n_rows, -1, dtype=np.int64)
    employee = persons.status == Status.EMPLOYEE
    # Persons of one neighbourhood, with a car or without, see the same zones: one row of pulls for each.
    vantage = households.car[persons.household].astype(np.int64) * region.n_neighbourhoods + home
    weight = np.exp(-economy.assumptions["commute_decay_per_minute"] * economy.travel_generalised)
    weight = weight.reshape(2 * region.n_neighbourhoods, region.n_zones)
    zones_of = [np.flatnonzero(region.zone_authority == d) for d in range(region.n_authorities)]
    zones_of.append(np.flatnonzero(outside))
    attraction = np.stack([(weight[:, zones] * zone_posts[zones]).sum(axis=1) for zones in zones_of], axis=1)
    attraction = np.log(np.maximum(attraction, 1e-12))
    for origin, name in enumerate(region.authority_names):
        people = np.flatnonzero(employee & (authority == origin))
        if people.size == 0:
            continue
        mine = table[table["origin"] == name].set_index("destination")["share"]
        order = [*region.authority_names, "outside"]
        # The self-employed, who work where they live, are part of the census's commuters.
        proprietors = np.count_nonzero((persons.status == Status.SELF_EMPLOYED) & (authority == origin))
        wanted = mine.loc[order].to_numpy(dtype=np.float64) * (people.size + proprietors)
        wanted[origin] = max(wanted[origin] - proprietors, 0.0)
        counts = Ledger.allocate(people.size, np.asarray(wanted, dtype=np.float64))
        # Those who live nearer to a destination are likelier to be the ones who commute there.
        pull = 0.7 * (attraction - attraction[vantage[people]].mean(axis=0))
        chosen = assign_by_quota(economy, people, pull, vantage[people], counts, first_draw=70)
        for d in range(len(order)):
            going[people[chosen == d]] = d
    # Within an authority zones fill in proportion to their posts, and the nearer home the likelier.
    for d, zones in enumerate(zones_of):
        group = np.flatnonzero(going == d)
        if group.size == 0 or zones.size == 0:
            continue
        pull = np.log(np.maximum(weight[:, zones], 1e-12))
        counts = Ledger.allocate(group.size, np.maximum(zone_posts[zones].astype(np.float64), 1e-3))
        result[group] = zones[assign_by_quota(economy, group, pull, vantage[group], counts, first_draw=200)]
    return result


def assign_by_quota(economy: Economy, people: Ints, pull: Floats, vantage: Ints, counts: Ints, first_draw: int) -> Ints:
    """Destination of each person so that counts hold exactly: rarest destinations choose first.

    Args:
        economy: The economy.
        people: Rows of persons, shape (n,).
        pull: Log weight of each destination from each vantage point, shape (vantage points, destinations).
        vantage: Vantage point of each person, shape (n,).
        counts: Persons wanted at each destination, summing to n.
        first_draw: Index of the first of the draws that stand for what is not observed.
    """
    uid = economy.persons.uid[people]
    order = np.argsort(counts, kind="stable")
    chosen = np.full(people.size, order[-1])
    free = np.arange(people.size)
    for d in order[:-1].tolist():
        u = economy.draws.uniform(S, BEGINNING, uid[free], first_draw + d)
        noise = -np.log(-np.log(np.clip(u, 1e-12, 1 - 1e-12)))
        best = take_top(pull[vantage[free], d] + noise, int(counts[d]))
        chosen[free[best]] = d
        free = free[~best]
    return chosen


def fill_posts(economy: Economy, destination: Ints) -> None:
    """Seat employees in organisations of their zone; what is left open goes to commuters from outside."""
    persons, orgs, region = economy.persons, economy.organisations, economy.region
    fit = industry_level(economy)
    for zone in range(region.n_zones):
        people = np.flatnonzero(destination == zone)
        if people.size == 0:
            continue
        here = np.flatnonzero((orgs.zone == zone) & orgs.alive)
        if here.size == 0:
            here = np.flatnonzero(orgs.authority == region.zone_authority[zone])
        free = np.maximum(orgs.target_headcount[here] - orgs.headcount[here], 0).astype(np.float64)
        if region.zone_authority[zone] < 0:
            seats = Ledger.allocate(people.size, np.ones(here.size))
        else:
            seats = Ledger.allocate(people.size, free if free.sum() > 0 else np.ones(here.size))
        # Sort both sides by level with a good deal of luck: sorting is real but far from perfect.
        luck = economy.draws.uniform(S, BEGINNING, persons.uid[people], 63)
        people = people[ascending(persons.qualification[people] + 4.0 * luck)]
        employer_luck = economy.draws.uniform(S, BEGINNING, orgs.uid[here], 63)
        order = np.argsort(fit[np.minimum(orgs.industry[here], 12)] + 1.0 * employer_luck, kind="stable")
        persons.employer[people] = np.repeat(here[order], seats[order])
        orgs.headcount[here] += seats.astype(np.int32)
    inside = orgs.kind != Kind.OUTSIDE
    short = np.where(inside, np.maximum(orgs.target_headcount - orgs.headcount, 0), 0).astype(np.float64)
    arrivals = incommuters(economy)
    for k in range(region.n_authorities):
        here = np.flatnonzero(inside & (orgs.authority == k))
        # Posts that residents leave open attract the commuters; large employers draw them anyway.
        pull = short[here] + 0.1 * orgs.headcount[here]
        orgs.outside_workers[here] = Ledger.allocate(int(arrivals[k]), pull)
    orgs.target_headcount[:] = orgs.headcount + orgs.outside_workers
    idle = np.flatnonzero((orgs.target_headcount == 0) & inside & orgs.alive)
    # A firm that found nobody closes before it opens; an anchor stays as a buyer.
    orgs.remove(idle[orgs.kind[idle] == Kind.FIRM])


def incommuters(economy: Economy) -> Ints:
    """Workers who commute in by authority, in simulated persons: the census's ratio to residents' jobs."""
    orgs, region = economy.organisations, economy.region
    table = region.tables["commuting"]
    within = table[table["destination"] != "outside"].groupby("destination")["commuters"].sum()
    coming = region.tables["incommuting"].set_index("authority")["commuters"]
    out = np.zeros(region.n_authorities, dtype=np.int64)
    for k, name in enumerate(region.authority_names):
        residents = orgs.headcount[(orgs.authority == k) & (orgs.kind != Kind.OUTSIDE)].sum()
        out[k] = round(float(residents) * float(coming[name]) / float(within[name]))
    return out


def industry_level(economy: Economy) -> Floats:
    """Mean level that jobs of each industry ask for, shape (13,)."""
    steps = 1.0 - economy.structure.level_cdf
    return np.asarray(steps[:, :4].sum(axis=1))


def give_terms(economy: Economy) -> None:
    """Level, hours, security, tenure and mode of travel of every job."""
    persons, orgs, a = economy.persons, economy.organisations, economy.assumptions
    workers = np.flatnonzero(persons.employer >= 0)
    uid = persons.uid[workers]
    industry = orgs.industry[persons.employer[workers]].astype(np.int64)
    level = (economy.draws.uniform(S, BEGINNING, uid, 64)[:, None] >= economy.structure.level_cdf[industry]).sum(axis=1)
    # A job above the worker's qualification is rare; most of those cases are jobs at the worker's level.
    qualification = persons.qualification[workers]
    stretch = economy.draws.uniform(S, BEGINNING, uid, 65) < a["job_above_qualification_share"]
    up = economy.draws.uniform(S, BEGINNING, uid, 69) < a["job_at_qualification_share"]
    level = np.where(up, np.maximum(level, qualification), level)
    persons.job_level[workers] = np.clip(np.where(stretch, level, np.minimum(level, qualification)), 0, 4)
    share = economy.structure.part_time_share[industry, persons.job_level[workers]]
    pull = share * np.where(persons.sex[workers] == 1, 1.2, 0.35)
    pull = np.where(persons.study_months[workers] > 0, 0.95, np.where(persons.caring[workers] > 0, 0.8, pull))
    part_time = economy.draws.uniform(S, BEGINNING, uid, 66) < pull
    persons.hours[workers] = np.where(part_time, a["hours_part_time"], a["hours_full_time"])
    employee = persons.status[workers] == Status.EMPLOYEE
    risk = economy.structure.insecure_share[industry] * np.where(persons.age_months[workers] < 300, 2.0, 0.85)
    insecure = economy.draws.uniform(S, BEGINNING, uid, 67) < risk
    persons.secure[workers] = np.where(employee & insecure, 0, 1)
    years = np.maximum(persons.age_months[workers] - 192, 1)
    tenure = economy.draws.exponential(S, BEGINNING, uid, 68) * a["mean_tenure_months"]
    persons.tenure[workers] = np.minimum(tenure, years).astype(np.int16)
    persons.mode[workers] = usual_mode(economy, workers)


def give_luck(economy: Economy, rows: Ints) -> None:
    """How well each employee is matched, in log points of pay; part-time jobs pay less."""
    persons, a = economy.persons, economy.assumptions
    part_time = persons.hours[rows] <= a["hours_part_time"]
    luck = a["wage_match_sd"] * economy.draws.normal(S, BEGINNING, persons.uid[rows], 80)
    persons.match[rows] = persons.ability[rows] + luck - a["part_time_pay_gap"] * part_time


def opening_wages(economy: Economy, rows: Ints) -> NDArray[np.int32]:
    """Hourly pay of employees in pence: what the employer offers, never under the legal floor, shape (n,)."""
    persons = economy.persons
    return offered_wages(
        economy, rows, persons.employer[rows].astype(np.int64), persons.job_level[rows].astype(np.int64)
    )


def give_owners(economy: Economy) -> None:
    """Each local firm belongs to the household of a proprietor, or of a better-off resident."""
    persons, orgs = economy.persons, economy.organisations
    local = np.flatnonzero((orgs.ownership == Ownership.LOCAL) & orgs.alive)
    alone = np.flatnonzero(persons.status == Status.SELF_EMPLOYED)
    alone = alone[np.argsort(persons.uid[alone], kind="stable")[::-1]]
    orgs.owner[persons.employer[alone]] = persons.household[alone]
    orgs.owner[orgs.ownership != Ownership.LOCAL] = -1
    missing = local[orgs.owner[local] < 0]
    orgs.owner[missing] = draw_owners(economy, orgs.uid[missing], BEGINNING)

"""Whom people who come of age or arrive get to know (McPherson, Smith-Lovin and Cook 2001)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tests.reference.draws import For

if TYPE_CHECKING:
    from tests.reference.agents import Person
    from tests.reference.economy import ReferenceEconomy


def welcome_newcomers(economy: ReferenceEconomy) -> None:
    """People of working age who know nobody make friends: neighbours, people like them, or anyone."""
    newcomers = [p for p in economy.persons if p.of_working_age and all(friend is None for friend in p.friends)]
    if not newcomers:
        return
    adults = sorted((p for p in economy.persons if p.of_working_age), key=lambda person: person.uid)
    neighbours: defaultdict[object, list[Person]] = defaultdict(list)
    alike: defaultdict[object, list[Person]] = defaultdict(list)
    for person in adults:
        neighbours[neighbourhood(person)].append(person)
        alike[likeness(economy, person)].append(person)
    near, like = economy.assumptions["social_share_neighbours"], economy.assumptions["social_share_alike"]
    for person in newcomers:
        for k in range(len(person.friends)):
            circle = person.chance(For.CIRCLE, k)
            if circle < near:
                candidates = neighbours[neighbourhood(person)]
            elif circle < near + like:
                candidates = alike[likeness(economy, person)]
            else:
                candidates = adults
            person.friends[k] = pick_friend(person, candidates, k)


def neighbourhood(person: Person) -> int:
    """Where a person lives."""
    return int(person.household.neighbourhood)


def likeness(economy: ReferenceEconomy, person: Person) -> tuple[int, int]:
    """Authority and qualification: people of the same are alike."""
    return economy.authority_of[neighbourhood(person)], person.qualification


def pick_friend(person: Person, candidates: list[Person], k: int) -> Person | None:
    """One of the candidates; nobody is a friend of their own."""
    if not candidates:
        return None
    friend = candidates[int(person.chance(For.FRIEND, k) * len(candidates))]
    return None if friend is person else friend

"""An explanation in words."""

from __future__ import annotations

from agents.person_fields import EMPLOYED, INACTIVE, Status
from simulation.explain_record import GONE_ELSEWHERE, OTHER_CHOSEN, Constraint, Explanation, PersonState

#: How statuses are called.
STATUS_WORDS = {
    Status.CHILD: "under 16",
    Status.EMPLOYEE: "employed",
    Status.SELF_EMPLOYED: "self-employed",
    Status.UNEMPLOYED: "unemployed",
    Status.LONG_TERM_SICK: "out of work with ill health",
    Status.CARER: "out of work and caring",
    Status.STUDENT: "a student",
    Status.RETIRED: "retired early",
    Status.DISCOURAGED: "out of work and not looking",
    Status.PENSIONER: "of pension age",
}

#: What each constraint means for whoever looks for work.
LOOKING = {
    Constraint.VACANCIES: "no employer had a post open to residents",
    Constraint.REACH: "too few vacancies were within reach to come across one",
    Constraint.COURSE: "a course took the time to search",
    Constraint.CHANCE: "no vacancy came up, though some were within reach",
    Constraint.QUALIFICATION: "what came up asked for a higher qualification",
    Constraint.TRAVEL: "the job that came nearest was too far to be worth it",
    Constraint.BENEFITS: "the job that came nearest would have cost too much in benefits",
    Constraint.PAY: "the job that came nearest paid too little to be accepted",
    Constraint.PRESENT_JOB: "nothing was enough better than the present job",
    Constraint.COMPETITION: "employers chose other applicants",
}
#: What each constraint means for whoever does not.
NOT_LOOKING = {
    Constraint.HEALTH: "a condition that limits work",
    Constraint.CARING: "caring for others",
    Constraint.STUDY: "initial education",
    Constraint.AGE: "being 55 or over",
    Constraint.TASTE: "being less inclined to work than most",
    Constraint.BENEFITS: "the benefits that a job would cost",
    Constraint.REACH: "few vacancies within reach",
    Constraint.QUALIFICATION: "the pay to be expected without a skilled qualification",
}
#: Why a post was not applied for, after "of them".
_LEFT = {
    Constraint.QUALIFICATION: "asked for too high a qualification",
    Constraint.TRAVEL: "too far",
    Constraint.BENEFITS: "not worth the benefits lost",
    Constraint.PAY: "paid too little",
    Constraint.PRESENT_JOB: "no better than the present job",
}


def months(count: int) -> str:
    """A number of months in words."""
    return {0: "less than a month", 1: "1 month"}.get(count, f"{count} months")


def sentence(found: Explanation) -> str:
    """What happened and why, in a few short sentences."""
    parts = [_opening(found)]
    if found.looked:
        parts += [_search(found), _result(found)]
    elif found.market is not None and found.market.status in INACTIVE:
        parts.append(_staying_out(found))
    elif found.market is not None and found.market.status in EMPLOYED:
        parts.append("Did not look for another job.")
    return " ".join([*parts, *_later(found)])


def _opening(found: Explanation) -> str:
    before, now = found.before, found.market
    if before is None:
        return f"{found.month}: came to the region this month, or was born."
    who = f"{found.month}: {STATUS_WORDS[before.status]}, aged {int(before.years)}, in {before.neighbourhood}"
    who += f", for {months(before.status_months)}." if before.status in (*INACTIVE, Status.UNEMPLOYED) else "."
    if now is None or now.status == before.status:
        return who
    if before.status in EMPLOYED and now.status == Status.UNEMPLOYED:
        return f"{who} The job ended."
    if before.status in EMPLOYED:
        return f"{who} Gave up the job and was {STATUS_WORDS[now.status]}."
    if now.status == Status.UNEMPLOYED:
        return f"{who} Began to look for work."
    return f"{who} Was then {STATUS_WORDS[now.status]}."


def _search(found: Explanation) -> str:
    offers = found.offers
    if offers.empty:
        return f"Looked for work among {found.vacancies:,} vacancies in the region and came across none."
    by_friend = int((offers["heard"] != "travel").sum())
    text = f"Looked for {_kind(found.market)} and came across {len(offers)} of {found.vacancies:,} vacancies"
    text += f", {by_friend} through a friend" if by_friend else ""
    left = offers.loc[~offers["applied"], "outcome"].value_counts(sort=False)
    text += "".join(f"; {n} {_LEFT[Constraint(str(outcome))]}" for outcome, n in left.items())
    return f"{text}; applied for {int(offers['applied'].sum()) or 'none'}."


def _kind(state: PersonState | None) -> str:
    return "another job" if state is not None and state.status in EMPLOYED else "work"


def _result(found: Explanation) -> str:
    if found.taken is not None:
        job = found.taken
        contract = "a secure" if job["secure"] else "an insecure"
        rivals = int(job["applicants"]) - 1
        over = f", chosen over {rivals} other{'s' * (rivals > 1)}" if rivals and job["rank"] == 1 else ""
        return (
            f"Took {contract} job in {job['industry'].replace('_', ' ')} at {job['place']}, {job['hours']:.0f} hours "
            f"at £{job['pay']:.2f}{over}."
        )
    assert found.constraint is not None
    text = f"Found nothing: {LOOKING[found.constraint]}"
    if found.constraint == Constraint.COMPETITION:
        lost = found.offers[found.offers["outcome"].isin((OTHER_CHOSEN, GONE_ELSEWHERE))]
        ranks = [f"{row.rank} of {row.applicants}" for row in lost.itertuples()]
        text += f" (came {', '.join(ranks)} in the employer's liking)"
    return f"{text}."


def _staying_out(found: Explanation) -> str:
    bound = found.constraint
    if bound == Constraint.RETIREMENT:
        return "Did not look for work: stopped for good and has not thought again; if asked, would look."
    if bound == Constraint.HABIT:
        return "Did not look for work: has not thought again this month; if asked, would look."
    assert bound is not None
    text = "Thought about it and did not look for work" if found.asked else "Did not look for work, nor would if asked"
    alone = found.what_if[bound.value]
    if alone:
        others = [NOT_LOOKING[Constraint(name)] for name, flips in found.what_if.items() if flips and name != bound]
        also = f" (or without {' or '.join(others)})" if others else ""
        return f"{text}; would without {NOT_LOOKING[bound]}{also}."
    return f"{text}; no one thing alone would change that, most would do the lack of {NOT_LOOKING[bound]}."


def _later(found: Explanation) -> list[str]:
    now, after = found.market, found.after
    if after is None:
        return ["Died or left the region." if now is None else "Was gone at the end of the month."]
    if found.taken is not None and after.status == Status.UNEMPLOYED:
        return ["Then the new employer closed."]
    if now is None or after.status == now.status:
        return []
    if after.status == Status.SELF_EMPLOYED:
        return ["Then founded or joined a firm."]
    if after.status == Status.UNEMPLOYED:
        return ["Then the employer closed."]
    return []

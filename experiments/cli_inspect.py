"""The command that looks at one person or one firm."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments import output
from experiments.cli_options import File, Json, Scale, Seed, ready
from experiments.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from simulation import Economy
    from simulation.explain_record import Explanation, PersonState
    from simulation.scenario import Scenario

#: Columns of offers and histories that are printed; `--json` has all.
OFFERS = (
    "industry", "place", "heard", "level", "hours", "pay", "minutes", "worth", "least", "outcome", "applicants", "rank",
)  # fmt: skip
FIRM = (
    "headcount", "outside_workers", "wanted", "vacancies", "hires", "leavers", "pay_premium", "demand", "contracts",
    "profit", "balance", "closed",
)  # fmt: skip
PERSON = ("status", "months", "industry", "place", "pay", "hours", "seen", "applied", "taken", "constraint")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    file: File,
    person: Annotated[int | None, typer.Option(metavar="UID", help="Uid of a person.")] = None,
    firm: Annotated[int | None, typer.Option(metavar="UID", help="Uid of an employer.")] = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Month to explain.")] = None,
    scale: Scale = None,
    seed: Seed = None,
    json: Json = False,
) -> None:
    """Say why a person found work in a month, or did not; without --month, their history, or that of a firm.

    With --month alone: some persons whose month is worth an explanation.
    """
    if person is not None and firm is not None:
        raise InputError("options: --person, --firm: allowed is one of them")
    if firm is not None and month is not None:
        raise InputError("options: --month: allowed is none with --firm, whose history has all months")
    if person is None and firm is None and month is None:
        raise InputError("options: allowed are --month, --person, both, or --firm")
    for option, uid in (("--person", person), ("--firm", firm)):
        if uid is not None and not 0 <= uid < 2**64:
            raise InputError(f"options: {option}: {uid}; allowed is a uid, 0 to {2**64 - 1}")
    economy = _run(ready(file, scale, seed, None), month, silent=json)
    if person is not None and month is not None:
        found = economy.explain(person, month)
        output.say_json(explanation_record(found)) if json else _show_explanation(found)
    elif month is not None:
        _tell_suggestions(economy, month, json=json)
    else:
        _tell_history(economy, person, firm, json=json)


def _run(scenario: Scenario, month: str | None, *, silent: bool) -> Economy:
    """An economy run to the end of a month of its scenario, or of the scenario."""
    from simulation import Economy

    count = scenario.months
    if month is not None:
        allowed = f"{scenario.calendar(0)} to {scenario.calendar(count - 1)}"
        try:
            tick = scenario.month_of(month)
        except ValueError:
            tick = -1
        if not 0 <= tick < scenario.months:
            raise InputError(f"options: --month: {month}; allowed is {allowed}")
        count = tick + 1
    economy = Economy(scenario)
    with output.progress_bar("Months", count, silent=silent) as advance:
        for _ in range(count):
            economy.step()
            advance()
    return economy


# --- as plain data ----------------------------------------------------------------------------------


def _state(state: PersonState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    record = asdict(state) | {"status": state.status.name.lower()}
    return record | {"employer": None if state.employer is None else str(state.employer)}


def explanation_record(found: Explanation) -> dict[str, Any]:
    """An explanation as plain data; uids are texts, since not every reader of JSON keeps 64 bits."""
    offers = _records(found.offers, ("employer", "winner"))
    taken = [offer for offer in offers if offer["outcome"] == "taken"]
    states = {name: _state(getattr(found, name)) for name in ("before", "market", "after")}
    plain = ("month", "looked", "asked", "takes_part", "vacancies", "reach", "constraint", "sentence")
    record = {"person": str(found.person)} | {name: getattr(found, name) for name in plain}
    return (
        record
        | states
        | {
            "what_if": dict(found.what_if),
            "offers": offers,
            "taken": taken[0] if taken else None,
        }
    )


def _records(table: pd.DataFrame, uids: tuple[str, ...]) -> list[dict[str, Any]]:
    texts = {name: table[name].map(lambda uid: str(uid) if uid else None) for name in uids if name in table}
    return [{str(name): value for name, value in row.items()} for row in table.assign(**texts).to_dict("records")]


# --- as it is printed -------------------------------------------------------------------------------


def _cell(value: Any) -> str:
    if isinstance(value, float):
        if value != value:  # not a number: nothing to say
            return ""
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value).replace("_", " ")


def _show_table(title: str, table: pd.DataFrame, columns: tuple[str, ...], *, index: bool = False) -> None:
    names = ((table.index.name or "",) if index else ()) + columns
    rows = [
        [*([str(at)] if index else []), *(_cell(row[name]) for name in columns)]
        for at, row in zip(table.index, table.to_dict("records"), strict=True)
    ]
    numbers = [k for k, name in enumerate(names) if name in table and table[name].dtype.kind in "iuf"]
    output.show(title, [str(name).replace("_", " ") for name in names], rows, right=numbers)


def _show_explanation(found: Explanation) -> None:
    output.say(found.sentence)
    if not found.offers.empty:
        _show_table("Posts seen (pay £ an hour; worth and least £ a month)", found.offers, OFFERS)
    if found.what_if:
        would = [name for name, flips in found.what_if.items() if flips]
        output.say(f"Would take part with one of these lifted: {', '.join(would) or 'none'}")
    bound = "none" if found.constraint is None else found.constraint.value
    output.say(f"What bound: {bound}")


def _tell_suggestions(economy: Economy, month: str, *, json: bool) -> None:
    from simulation.explain_who import people_to_explain

    found = people_to_explain(economy, month)
    if json:
        output.say_json({"month": month, "persons": _records(found, ("person",))})
    else:
        _show_table(f"Persons worth asking about in {month}, with --person", found, ("person", "why"))


def _tell_history(economy: Economy, person: int | None, firm: int | None, *, json: bool) -> None:
    table = economy.history(person=person, firm=firm)
    uid = person if person is not None else firm
    kind, columns = ("person", PERSON) if person is not None else ("firm", FIRM)
    if json:
        named = table.reset_index().astype({"month": str})
        output.say_json({kind: str(uid), "months": _records(named, ("employer",))})
    else:
        _show_table(f"History of {kind} {uid} (money in £, one simulated unit)", table, columns, index=True)

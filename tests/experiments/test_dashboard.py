"""The dashboard without a browser: what is typed, what runs, what is told of it, and the command that serves it."""

from __future__ import annotations

import socket
import time
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.person_fields import Status
from experiments.cli import main
from experiments.comparison_study import ComparisonStudy
from experiments.conductor import conduct
from experiments.dashboard import inspect, map, serve, views
from experiments.dashboard.answer import answer
from experiments.dashboard.draft import Draft, specs
from experiments.dashboard.frames import MAPPED, frame_of
from experiments.dashboard.serve import BUNDLE, _kept_files, _readable
from experiments.dashboard.session import Session
from experiments.dashboard.stored import Stored
from experiments.dashboard.story import FIRM, PERSON, story_of
from experiments.dashboard.toml_text import scenario_toml
from experiments.dashboard.worker import Phase
from experiments.designs import design_from
from experiments.errors import InputError
from experiments.laboratory import Execution
from experiments.records import run_scenario
from experiments.study_files import write_findings
from policies import FairEmploymentCharter, Skills, Transport
from policies.policy import parse_scenario, registry
from simulation import Economy, Scenario

SMALL = Scenario(name="mine", scale=1000, months=3, policies=(FairEmploymentCharter(start="2020-04", outreach=0.2),))
SCRIPT = "<script>alert(1)</script>"


def until(holds, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "took too long"
        time.sleep(0.005)


def session_of(scenario: Scenario = SMALL) -> Session:
    return Session(scenario, lambda: None)


# --- what is typed ---


def test_every_dial_of_every_policy_is_a_field_with_its_range() -> None:
    for kind, model in registry().items():
        fields = {spec.name: spec for spec in specs(kind)}
        assert set(fields) == set(model.model_fields) - {"type"}
        for spec in fields.values():
            assert spec.text, (kind, spec.name)
            if spec.form == "number":
                assert spec.low is not None
                assert spec.high is not None


def test_a_scenario_comes_out_of_the_form_as_it_went_in() -> None:
    odd = Scenario(
        name='a "quoted" \\ name\x7f\n' + SCRIPT, scale=500, seed=11, burn_in=3, months=30, start="2021-01",
        assumptions={"trend_growth": 0.012},
        shocks=({"type": "demand", "start": "2021-02", "months": 3, "size": -0.1},),
        policies=(
            Transport(new_stations=((334000.0, 390000.0, "Here"),), end="2022-01", start="2021-02"),
            Skills(without=("cost",)), Skills(start="2022-06"),
        ),
    )  # fmt: skip
    assert Draft(odd).scenario("a") == odd
    assert parse_scenario(scenario_toml(odd), "x.toml") == odd


def test_baseline_is_a_without_its_policies_and_shares_its_seed() -> None:
    draft = Draft(SMALL)
    reference, compared = draft.pair()
    assert compared == SMALL
    assert reference == SMALL.with_(name="baseline", policies=())


def test_b_has_policies_and_a_name_of_its_own() -> None:
    draft = Draft(SMALL)
    draft.compare("b")
    draft.switch("b", [entry.kind for entry in draft.sides["b"].entries].index("skills"), True)
    draft.set("b.name", "other")
    a, b = draft.pair()
    assert a == SMALL
    assert b == SMALL.with_(name="other", policies=(Skills(),))


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("scale", "many", "whole number"),
        ("scale", "0", "greater than or equal to 1"),
        ("months", "9999", "480"),
        ("seed", "1.5", "whole number"),
        ("start", "spring", "month"),
        ("a.name", "", "1 to 120"),
        ("a.0.outreach", "7", "0 to 0.2"),
        ("a.0.outreach", "", "a number"),
        ("a.0.outreach", "nan", "0 to 0.2"),
        ("a.0.start", "2021-13", "month"),
        ("a.0.end", "2010-01", "before start"),
        ("a.0.without", '["nothing"]', "pay_floor"),
        ("a.0.without", "[", "TOML"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_stays_as_typed(key: str, text: str, told: str) -> None:
    session = session_of()
    session.draft.set(key, text)
    assert list(session.draft.problems()) == [key]
    assert told in session.draft.problems()[key]
    form = views.form(session)
    fields = [*form["settings"], *form["sides"][0]["policies"][0]["fields"]]
    name = {"a.name": form["sides"][0] | {"value": form["sides"][0]["name"]}}
    shown = name.get(key) or next(field for field in fields if field["key"] == key)
    assert shown["value"] == text
    assert told in shown["error"]
    session.run()
    assert session.worker is None
    assert "not right" in session.message


def test_what_is_wrong_with_a_policy_that_is_off_stops_nothing() -> None:
    draft = Draft(SMALL)
    draft.set("a.0.outreach", "7")
    draft.switch("a", 0, False)
    assert draft.problems() == {}
    draft.restore("a", 0)
    draft.switch("a", 0, True)
    assert draft.scenario("a").policies == (FairEmploymentCharter(),)


def test_unknown_fields_are_refused() -> None:
    draft = Draft(SMALL)
    for key in ("scal", "a.9.outreach", "a.0.magic", "a.x.outreach"):
        with pytest.raises(KeyError):
            draft.set(key, "1")


# --- files ---


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"scale = ", "not valid TOML"),
        (b"\xff\xfe", "no text"),
        (b"scal = 3", "unknown key"),
        (b'region = "atlantis"', "region"),
        (b"[assumptions]\nmagic = 1", "magic"),
        (b" " * 1_000_001, "larger"),
    ],
)
def test_a_bad_file_changes_nothing(content: bytes, told: str) -> None:
    session = session_of()
    session.open_text("bad.toml", content)
    assert session.message.startswith("bad.toml")
    assert told in session.message
    assert "\n" not in session.message
    assert session.draft.scenario("a") == SMALL


def test_a_file_opened_as_b_is_compared() -> None:
    session = session_of()
    session.open_text("b.toml", scenario_toml(SMALL.with_(name="b", policies=(Skills(),))).encode(), "b")
    assert session.message == ""
    assert [scenario.name for scenario in session.draft.pair()] == ["mine", "b"]


# --- runs ---


@pytest.fixture(scope="module")
def finished() -> Session:
    session = session_of(SMALL.with_(months=14, name=SCRIPT))
    session.run()
    until(lambda: session.phase is not None and session.phase.over)
    return session


def test_a_finished_run_has_the_digests_of_the_command_line(finished: Session) -> None:
    progress = finished.worker.progress
    assert (progress.phase, progress.error, progress.months) == (Phase.FINISHED, "", 14)
    again = parse_scenario(finished.file_of("a"), "shared.toml")
    assert progress.digests[1] == run_scenario(again).digest
    assert progress.digests[0] != progress.digests[1]


def test_frames_agree_with_the_indicators(finished: Session) -> None:
    progress = finished.worker.progress
    for frame, row in zip(progress.frames, progress.rows[-1], strict=True):
        for k, name in enumerate(MAPPED[:-1]):
            assert frame.sums[k].sum() / frame.bases[k].sum() == pytest.approx(row[name]), name
        for shares in (frame.pay, frame.wealth, frame.friends, frame.customers, frame.journeys):
            assert shares.sum() == pytest.approx(1.0)


def test_the_answer_claims_no_more_than_one_seed_can_tell(finished: Session) -> None:
    text = answer(finished.worker.progress, "share_below_real_living_wage")
    assert "lower with Fair Employment Charter than without" in text
    assert "One seed: no interval" in text
    assert "\n" not in text


def test_the_answer_tells_of_runs_that_are_the_same(finished: Session) -> None:
    for policies, told in (((), "same run"), ((Skills(start="2030-01"),), "until January 2030")):
        session = session_of(SMALL.with_(months=1, policies=policies))
        session.run()
        until(lambda one=session: one.phase.over)
        assert told in answer(session.worker.progress, "gva")


def test_the_map_has_a_class_for_each_neighbourhood(finished: Session) -> None:
    n = finished.region.n_neighbourhoods
    seen = set()
    finished.mapped = "share_below_real_living_wage"
    for view in map.VIEWS:
        for pooled in (True, False):
            finished.map_view, finished.pooled = view, pooled
            drawn = map.map_of(finished)
            assert len(drawn["classes"]) == n
            assert sum(item["count"] for item in drawn["legend"]) == n - drawn["classes"].count(map.UNKNOWN)
            seen.add(drawn["classes"])
    assert len(seen) == 6
    assert "chance" in map.map_of(finished)["note"]


def test_what_is_inspected_are_rows_of_the_economy(finished: Session) -> None:
    with finished.worker.at_rest(1) as economy:
        place = int(economy.households.neighbourhood[economy.households.rows()[0]])
        found = inspect.rows_of(economy, place)
        homes = economy.households
        uids = {str(int(uid)) for uid in homes.uid[homes.alive & (homes.neighbourhood == place)]}
    assert found["n_households"] == len(uids)
    assert {card["uid"] for card in found["households"]} <= uids
    assert all(card["people"] for card in found["households"])


def test_what_became_of_somebody_is_told_from_the_first_month_to_the_last(finished: Session) -> None:
    with finished.worker.standing_still(1) as economy:
        persons = economy.persons
        row = int(np.flatnonzero((persons.status == Status.UNEMPLOYED) & persons.alive)[0])
        uid = int(persons.uid[row])
        told, past = story_of(economy, PERSON, uid), economy.history(person=uid)
    assert told["lines"] == [economy.explain(uid, 13).sentence]
    changes = (past[["status", "employer"]] != past[["status", "employer"]].shift()).any(axis=1)
    assert len(told["rows"]) == int(changes.sum())
    first, last = told["rows"][0][0], told["rows"][-1]
    assert first.startswith("Apr 2020")
    assert last[0].endswith("May 2021")
    assert last[1].startswith("unemployed")


def test_what_became_of_an_employer_is_told_year_by_year(finished: Session) -> None:
    with finished.worker.standing_still(0) as economy:
        orgs = economy.organisations
        row = int(np.flatnonzero(orgs.alive & (orgs.headcount > 20))[0])
        uid, workers = int(orgs.uid[row]), int(orgs.headcount[row] + orgs.outside_workers[row])
        told = story_of(economy, FIRM, uid)
    assert [line[0] for line in told["rows"]] == ["Mar 2021", "May 2021"]
    assert told["rows"][-1][1] == f"{workers} workers"
    assert told["lines"] == []


def test_a_story_comes_while_the_page_goes_on_and_is_dropped_with_its_place(finished: Session) -> None:
    with finished.worker.standing_still(1) as economy:
        uid = str(int(economy.persons.uid[economy.persons.rows()[0]]))
    finished.look_back(PERSON, uid, "Somebody")
    assert finished.story is not None
    assert finished.story["busy"]
    until(lambda: finished.story is not None and not finished.story["busy"])
    assert finished.story["rows"]
    finished.look_back(PERSON, "1", "Nobody")
    until(lambda: finished.story is not None and not finished.story["busy"])
    assert "there never was one" in finished.story["lines"][0] or "nobody of this uid" in finished.story["lines"][0]
    finished.inspect(3, 1)
    assert finished.story is None


def test_the_network_is_drawn_within_the_map(finished: Session) -> None:
    with finished.worker.at_rest(1) as economy:
        drawn = map.network_of(economy)
    assert len(drawn["stations"]) == len([1 for kind in economy.region.stops["kind"] if kind == "station"])
    assert drawn["lines"]["rail"]
    assert drawn["lines"]["bus"]


def test_pause_step_resume_and_cancel() -> None:
    session = session_of(SMALL.with_(months=40))
    session.step()
    until(lambda: session.phase is Phase.PAUSED and session.worker.progress.months == 1)
    session.step()
    until(lambda: session.phase is Phase.PAUSED and session.worker.progress.months == 2)
    session.run()
    until(lambda: session.worker.progress.months > 3)
    session.pause()
    until(lambda: session.phase is Phase.PAUSED)
    months = session.worker.progress.months
    assert months < 40
    assert not session.stale
    session.draft.set("a.0.outreach", "0.1")
    assert session.stale
    session.cancel()
    until(lambda: session.phase is Phase.CANCELLED and not session.worker.alive)
    assert session.worker.progress.months == months
    assert session.worker.progress.digests is None
    session.reset()
    assert (session.worker, session.phase) == (None, None)


def test_two_sessions_at_once_give_what_each_gives_alone() -> None:
    scenarios = [SMALL.with_(seed=seed) for seed in (3, 4)]
    sessions = [session_of(scenario) for scenario in scenarios]
    for session in sessions:
        session.run()
    until(lambda: all(session.phase.over for session in sessions))
    for session, scenario in zip(sessions, scenarios, strict=True):
        assert session.worker.progress.digests[1] == Economy(scenario).run().digest()


def test_a_closed_session_ends_its_run_and_says_nothing_more() -> None:
    heard: list[float] = []
    session = Session(SMALL.with_(months=400), lambda: heard.append(time.monotonic()))
    session.run()
    until(lambda: session.worker.progress.months > 0)
    session.close()
    until(lambda: not session.worker.alive)
    assert session.worker.progress.months < 400
    count = len(heard)
    time.sleep(0.02)
    assert len(heard) == count


def test_a_run_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: FairEmploymentCharter, levers: object, economy: object) -> None:
        raise RuntimeError("no levers today")

    monkeypatch.setattr(FairEmploymentCharter, "move", broken)
    session = session_of()
    session.run()
    until(lambda: session.phase is Phase.FAILED)
    assert "no levers today" in views.status(session)["message"]


def test_frames_are_copies(make_economy) -> None:
    economy = make_economy()
    before = frame_of(economy)
    kept = before.sums.copy()
    economy.run(2)
    assert np.array_equal(before.sums, kept)


# --- stored results and the server ---


def test_studies_are_listed_and_nothing_else_is_served(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "report.html").write_text("secret")
    stored = Stored(tmp_path, tmp_path / "store")
    assert stored.studies() == []
    assert stored.runs() == []
    assert stored.page("secret") is None
    assert stored.page("../secret") is None


def test_studies_and_runs_of_earlier_commands_can_be_opened(tmp_path: Path) -> None:
    arms = design_from([("mine.toml", SMALL.with_(months=1))])
    stored = Stored(tmp_path / "results", tmp_path / "store")
    findings = conduct(ComparisonStudy(arms, (1, 2)), Execution(workers=0, store=stored.store))
    write_findings(findings, stored.results / "one", report=False)
    assert stored.studies() == []
    (stored.results / "one" / "report.html").write_text("a page")
    assert [study["name"] for study in stored.studies()] == ["one"]
    assert stored.page("one") == stored.results / "one" / "report.html"
    assert stored.page("../results/one") is None
    opened = {stored.scenario(run["key"]).name for run in stored.runs()}
    assert opened == {"baseline", "mine"}
    with pytest.raises(InputError, match="holds no run"):
        stored.scenario("0" * 64)


def test_the_files_that_solaras_page_asks_for_are_here() -> None:
    solara = pytest.importorskip("solara.server.server")
    page = (Path(solara.__file__).parent / "templates" / "solara.html.j2").read_text(encoding="utf-8")
    kept = _kept_files()
    bundle = next(kept.glob(f"{BUNDLE}*"))
    assert bundle.name in page
    assert (bundle / "dist" / "solara-vuetify-app8.min.js").is_file()
    assert (kept / "requirejs@2.3.6" / "require.js").is_file()


def test_a_solara_without_its_files_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(serve, "distribution", missing)
    with pytest.raises(InputError, match="allowed is one with the package solara-assets of its version"):
        _kept_files()


def test_solaras_page_can_be_read_by_all() -> None:
    solara = pytest.importorskip("solara.server.server")
    page = (Path(solara.__file__).parent / "templates" / "solara.html.j2").read_text(encoding="utf-8")
    served = _readable(page.encode())
    assert b'<html lang="en-GB">' in served
    assert b"user-scalable=no" not in served
    assert b"/dashboard.css" in served


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "70000"], "--port: 70000; allowed is 0 to 65535"),
        (["--host", "256.0.0.1"], "cannot be used"),
        (["missing.toml"], "missing.toml: cannot be read"),
        (["--scale", "0"], "scale"),
        (["--region", "atlantis"], "region"),
    ],
)
def test_bad_options_get_one_line(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", *arguments]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_port_that_is_taken_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert main(["dashboard", "--port", str(other.getsockname()[1])]) == 2
    assert "cannot be used (Address already in use)" in capsys.readouterr().err

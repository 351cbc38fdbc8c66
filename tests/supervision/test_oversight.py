"""Where cases are stuck and who passes what on, against a slow count of the same rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from statistics import mean, median
from typing import Any

import pytest

from city_brain.cases.lifecycle import PLACES, RESTS
from city_brain.cases.model import Look
from city_brain.settings import Settings
from city_brain.start import open_city
from city_brain.storage.city import City
from city_brain.supervision import queries
from city_brain.supervision.measures import LATENESS_H
from city_brain.supervision.score import WEIGHTS
from tests.deliveries import MANAGER
from tests.supervision.conftest import NOW, START, Walked
from tests.supervision.recount import Row, rows_of

pytestmark = pytest.mark.slow
LOOK = Look(NOW)
SINCE = NOW - timedelta(days=40)


def table(city: City, name: str) -> list[Row]:
    with city.read() as cursor:
        answer = cursor._cursor.execute(f"FROM {name}")
        return [dict(zip([column[0] for column in answer.description], row, strict=True)) for row in answer.fetchall()]


def waits(row: Row) -> float:
    return (NOW - row["step_at"]).total_seconds()


def test_funnel(simulated: Walked) -> None:
    cases, _ = rows_of(simulated.city)
    found = queries.funnel(simulated.city, LOOK)
    assert found["step"].to_list() == [place.step for place in PLACES if place.step not in RESTS]
    assert found["of"].to_list() == [place.of for place in PLACES if place.step not in RESTS]
    limits = {place.step: place.limit.seconds for place in PLACES if place.limit and not place.limit.works}
    for row in found.itertuples():
        here = [case for case in cases if case["step"] == row.step]
        late = [case for case in here if (case["step_due_at"] or case["step_at"] + timedelta(seconds=limits.get(row.step, 1e9))) < NOW]
        overdue = [case for case in here if row.step != "evaluate" and case["due_at"] and case["due_at"] < NOW and not case["exempt"]]
        assert (row.cases, row.late, row.overdue) == (len(here), len(late), len(overdue))
        if here:
            assert row.waiting_s == pytest.approx(median(map(waits, here)))
            assert row.longest_s == pytest.approx(max(map(waits, here)))
    assert found["late"].sum() > 5 < found["overdue"].sum()


def test_funnel_in_playback(simulated: Walked) -> None:
    at = START + timedelta(hours=1)
    found = queries.funnel(simulated.city, Look(at, at)).set_index("step")
    assert found.loc["file", "late"] >= 1, "slow filing: its clock of half an hour is known from its step"


def test_overdue(simulated: Walked) -> None:
    found = queries.overdue(simulated.city, LOOK)
    slow: Counter[tuple[str, int]] = Counter()
    for case in table(simulated.city, "open_case"):
        if case["due_at"] and case["due_at"] < NOW and not case["exempt"]:
            late_h = (NOW - case["due_at"]).total_seconds() / 3600
            slow[case["holder"], sum(late_h >= hours for hours in LATENESS_H)] += 1
    assert {(row.holder, row.lateness): row.cases for row in found.itertuples()} == dict(slow)
    assert len({lateness for _, lateness in slow}) >= 3
    assert found.groupby("holder", sort=False)["cases"].sum().is_monotonic_decreasing


@pytest.mark.parametrize("order", ["ratio", "waiting_s"])
def test_stuck(simulated: Walked, order: Any) -> None:
    cases, stays = rows_of(simulated.city)
    found = queries.stuck(simulated.city, LOOK, 25, order=order)
    recent = NOW - timedelta(days=30)
    in_step, in_kind = defaultdict(list), defaultdict(list)
    for stay in stays:
        if recent <= stay["to_at"] <= NOW:
            in_step[stay["step"]].append((stay["to_at"] - stay["from_at"]).total_seconds())
    for case in cases:
        if case["closed_at"] and case["closed_at"] >= recent and case["handled_at"] and case["dispatched_at"]:
            in_kind[case["kind"]].append((case["handled_at"] - case["dispatched_at"]).total_seconds())
    waiting = []
    for case in table(simulated.city, "open_case"):
        if case["step"] != "suspended":
            of_kind = in_kind[case["kind"]] if case["step"] == "handle" else ()
            usual = median(of_kind if len(of_kind) >= 10 else in_step[case["step"]])
            waiting.append((waits(case) / usual if order == "ratio" else waits(case), case["case_id"]))
    assert set(found["case_id"]) == {case_id for _, case_id in sorted(waiting)[-25:]}
    assert found[order].is_monotonic_decreasing
    assert "suspended" not in set(found["step"])
    for row in found.itertuples():
        assert row.ratio == pytest.approx(row.waiting_s / row.usual_s)


def test_pairs_and_their_rows(simulated: Walked) -> None:
    city = simulated.city
    passes = [row for row in table(city, "passing") if row["passed_at"] <= NOW]
    slow = defaultdict(list)
    for row in passes:
        slow[row["from_department"], row["to_department"]].append(row)
    found = queries.pairs(city, LOOK, SINCE, NOW + timedelta(days=1))
    assert {(row.from_department, row.to_department) for row in found.itertuples()} == slow.keys()
    assert found["passes"].is_monotonic_decreasing
    for row in found.itertuples():
        rows = slow[row.from_department, row.to_department]
        assert (row.passes, row.cases) == (len(rows), len({one["case_id"] for one in rows}))
        assert row.comes_back == sum(one["comes_back"] for one in rows)
        assert (row.lost_s, row.lost_total_s) == pytest.approx((median(one["lost_s"] for one in rows), sum(one["lost_s"] for one in rows)))
        shown = queries.pair_rows(city, LOOK, SINCE, NOW + timedelta(days=1), row.from_department, row.to_department)
        assert Counter(shown["case_id"]) == Counter(one["case_id"] for one in rows)
        assert shown["lost_s"].is_monotonic_decreasing
    assert {"case_id", "kind", "address", "state", "holder", "received_at", "passed_at", "ruled", "comes_back"} <= set(shown.columns)


def test_passing(simulated: Walked) -> None:
    city = simulated.city
    cases, _ = rows_of(city)
    since, until = START - timedelta(days=3), START + timedelta(days=2)
    hops = [case["hops"] for case in cases if case["dispatched_at"] and since <= case["dispatched_at"] < until]
    passes = [row for row in table(city, "passing") if since <= row["passed_at"] < until]
    found = queries.passing(city, LOOK, since, until)
    assert (found["dispatched"], found["passed_on"]) == (len(hops), sum(one > 0 for one in hops))
    assert found["hops"] == pytest.approx(mean(hops)) and found["low"] < found["hops"] < found["high"]
    assert (found["passes"], found["cases"]) == (len(passes), len({row["case_id"] for row in passes}))
    assert found["back_and_forth"] == len({row["case_id"] for row in passes if row["comes_back"]}) > 0
    assert found["lost_s"] == pytest.approx(sum(row["lost_s"] for row in passes))
    measure = queries.indicators(city, LOOK, since, until, measures=["hops"]).iloc[0]
    assert (measure["value"], measure["denominator"]) == (found["hops"], found["dispatched"])


def test_disputes(simulated: Walked) -> None:
    city = simulated.city
    waiting, ruled = (queries.disputes(city, LOOK, ruled=done) for done in (False, True))
    rows = table(city, "dispute")
    assert len(waiting) + len(ruled) == len(rows)
    one = waiting[waiting["case_id"].str.endswith("in-dispute")].iloc[0]
    assert (one["department"], one["instead"], one["reason"], one["ruled_at"] is not None) == ("roads", "water", "pipes", True)
    assert one["due_at"] > one["asked_at"]
    other = ruled[ruled["case_id"].str.endswith("disputed")].iloc[0]
    assert (other["verdict"], other["ruled_department"], other["ruled_by"]) == ("reassigned", "water", MANAGER.signature)
    assert ruled["ruled_at"].is_monotonic_decreasing
    lately = queries.disputes(city, LOOK, ruled=True, since=START)
    assert len(lately) == sum(row["ruled_at"] is not None and row["ruled_at"] >= START for row in rows) < len(ruled)
    before = other["ruled_at"].to_pydatetime() - timedelta(minutes=1)
    then = queries.disputes(city, Look(before, before), ruled=False)
    assert then[then["case_id"] == other["case_id"]]["verdict"].isna().all() and other["case_id"] in set(then["case_id"])


def test_weights_are_the_usual_ones_until_somebody_sets_them(simulated: Walked) -> None:
    assert queries.weights(simulated.city) == WEIGHTS


def test_an_empty_city(settings: Settings) -> None:
    city = open_city(settings)
    for look in (LOOK, Look(NOW, NOW)):
        assert (queries.funnel(city, look)["cases"] == 0).all()
        assert queries.overdue(city, look).empty and queries.stuck(city, look).empty
        assert queries.pairs(city, look, SINCE, NOW).empty and queries.pair_rows(city, look, SINCE, NOW, "a", "b").empty
        assert queries.disputes(city, look, ruled=True).empty and queries.disputes(city, look, ruled=False).empty
        found = queries.passing(city, look, SINCE, NOW)
        assert found["dispatched"] == found["passes"] == found["lost_s"] == 0 and found["hops"] != found["hops"]
    city.close()

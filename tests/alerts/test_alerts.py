"""Alerts on a real city: what each rule finds, who may do what, cases made of them, how right they were, the record replayed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from city_brain import clock
from city_brain.alerts import queries
from city_brain.alerts.actions import advance, evaluate, make_case, raise_alert, set_rule, take_readings
from city_brain.alerts.model import Raised, Reading, Scope
from city_brain.cases import actions as cases
from city_brain.cases.model import Look
from city_brain.cases.queries import case
from city_brain.errors import Fault, NotAllowed, NotFound, Stale
from city_brain.incidents.actions import end_demo, report, take_delivery
from city_brain.incidents.queries import source
from city_brain.risk import actions as risk
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests import foreseen
from tests.deliveries import DAY, DISPATCHER, INSPECTOR, MANAGER, OFFICER, PLACE, SOURCE, delivery, matter, row

NOW = DAY + timedelta(days=40)
SENSORS = Actor("gauges", Role.SYSTEM)
CLUSTER = Raised(
    "cluster", 9, Scope.CELL, "1000:0:-2", "matter-06010", expected=2.5, district="江岸区", lon=114.31, lat=30.59,
    cell_x=0, cell_y=-2, edge_m=1000,
)  # fmt: skip


@pytest.fixture
def here(city: City, settings: Settings) -> City:
    """Forty days of a lamp out now and then, each day somewhere else."""
    rows = [row(day, reported_at=DAY + timedelta(days=day), lon=114.3 + day * 0.01) for day in range(1, 40)]
    take_delivery(city, delivery(settings.batches, rows), operator("test"), place=PLACE)
    return city


def reported(city: City, times: Sequence[datetime], first: int = 1000, **more: Any) -> None:
    for number, at in enumerate(times, start=first):
        with clock.held(at):
            report(city, SOURCE, matter(number, reported_at=at, **more), operator("test"))


def burst(city: City, cases: int, at: datetime = NOW, **more: Any) -> None:
    """So many reports of one kind at one place, a minute apart, the last at a moment."""
    reported(city, [at - timedelta(minutes=minute) for minute in reversed(range(cases))], **more)


def desk(city: City, at: datetime = NOW) -> list[dict[str, Any]]:
    return queries.desk(city, Look(at)).to_dict("records")


def the_one(city: City, at: datetime = NOW) -> dict[str, Any]:
    (found,) = desk(city, at)
    return found


def cluster(city: City, at: datetime = NOW, **more: Any) -> str:
    """A raised cluster; gives its number."""
    raise_alert(city, replace(CLUSTER, **more), moment=at)
    return str(next(row["alert_id"] for row in desk(city, at) if row["place"] == more.get("place", CLUSTER.place)))


# -- rules ------------------------------------------------------------------------------------------


def test_nothing_is_raised_in_an_empty_city(city: City) -> None:
    before = city.version
    assert evaluate(city, NOW) == 0 and desk(city) == [] and city.version == before


def test_a_surge_is_raised_once_and_is_over_a_day_later(here: City) -> None:
    burst(here, 7)
    assert evaluate(here, NOW) == 1
    found = the_one(here)
    assert (found["rule"], found["kind"], found["state"], found["observed"], found["repeats"]) == ("surge", "matter-06010", "raised", 7, 1)
    assert found["expected"] == pytest.approx(0.5 / 28 * 7 / 1, rel=0.3)
    assert queries.behind(here, Look(NOW), found)["case_id"].tolist() == [f"H-{number}" for number in reversed(range(1000, 1007))]
    before = here.version
    assert evaluate(here, NOW + timedelta(minutes=1)) == 0
    assert here.version == before, "a look that changes nothing leaves nothing"
    burst(here, 2, NOW + timedelta(hours=1), first=2000)
    evaluate(here, NOW + timedelta(hours=1))
    again = the_one(here, NOW + timedelta(hours=1))
    assert (again["observed"], again["repeats"]) == (9, 2)
    over = NOW + timedelta(hours=26)
    assert evaluate(here, over) == 0
    assert (the_one(here, over)["state"], the_one(here, over)["over_at"].to_pydatetime()) == ("cleared", over)


def test_six_reports_all_over_the_city_are_no_surge(here: City) -> None:
    for number in range(6):
        burst(here, 1, NOW - timedelta(minutes=number), first=3000 + number, lon=114.2 + number * 0.05)
    assert evaluate(here, NOW) == 0


def test_a_busy_day_of_the_whole_city_is_no_surge_of_a_place(here: City, settings: Settings) -> None:
    """What is usual grows with the city: where everything is twenty times busier, a place of its share is not special."""
    usual = [
        row(100 + number, reported_at=NOW - timedelta(days=1 + number % 28, minutes=number), lon=114.3 + number % 9 * 0.02)
        for number in range(28 * 9)
    ]
    today = [row(900 + number, reported_at=NOW - timedelta(minutes=5 * number), lon=114.3 + number % 9 * 0.02) for number in range(9 * 20)]
    take_delivery(here, delivery(settings.batches, [*usual, *today]), operator("test"))
    assert evaluate(here, NOW) == 0


def test_a_source_is_missed_by_its_own_gaps(here: City) -> None:
    times = [NOW + timedelta(minutes=10 * number) for number in range(40)]
    reported(here, times, lon=None, lat=None)
    last = times[-1]
    assert evaluate(here, last + timedelta(minutes=29)) == 0
    assert evaluate(here, last + timedelta(minutes=31)) == 1
    silent = last + timedelta(minutes=31)
    found = the_one(here, silent)
    assert (found["rule"], found["place"], found["unit"]) == ("silent", "hotline", "minutes")
    assert (found["observed"], found["threshold"]) == (pytest.approx(31), pytest.approx(30))
    reported(here, [silent + timedelta(minutes=1)], first=5000, lon=None, lat=None)
    evaluate(here, silent + timedelta(minutes=2))
    assert the_one(here, silent + timedelta(minutes=2))["state"] == "cleared"


def test_a_slow_source_is_given_its_time(here: City) -> None:
    times = [NOW + timedelta(hours=2 * number) for number in range(40)]
    reported(here, times, lon=None, lat=None)
    assert evaluate(here, times[-1] + timedelta(hours=3)) == 0
    assert evaluate(here, times[-1] + timedelta(hours=4, minutes=1)) == 1


def test_a_reading_over_its_limit(here: City) -> None:
    at = NOW - timedelta(minutes=1)
    with clock.held(NOW):
        take_readings(here, [Reading("S-1", 9, "cm", at, 114.3, 30.6), Reading("S-2", 40, "%", at), Reading("S-3", 18, "cm", at)], SENSORS)
    assert evaluate(here, NOW) == 1
    assert (the_one(here)["place"], the_one(here)["severity"], queries.watches(here, NOW)["reading"]) == ("S-3", "high", True)
    with clock.held(NOW + timedelta(minutes=5)):
        take_readings(here, [Reading("S-3", 2, "cm", NOW + timedelta(minutes=5))], SENSORS)
    evaluate(here, NOW + timedelta(minutes=5))
    assert the_one(here, NOW + timedelta(minutes=5))["state"] == "cleared"


def test_a_reading_that_is_none_is_refused(here: City) -> None:
    for wrong in (Reading("", 1, "cm", NOW), Reading("S", float("inf"), "cm", NOW), Reading("S", 1, "cm", NOW.replace(tzinfo=None))):
        with clock.held(NOW), pytest.raises(Fault, match="reading_"):
            take_readings(here, [wrong], SENSORS)
    with clock.held(NOW), pytest.raises(Fault, match="reading_time"):
        take_readings(here, [Reading("S", 1, "cm", NOW + timedelta(hours=1))], SENSORS)


def test_a_queue_over_its_capacity(here: City) -> None:
    set_rule(here, "queue", MANAGER, threshold=3, times=0, severity="high", enabled=True, reason="night shift")
    reported(here, [NOW - timedelta(minutes=number) for number in range(4)], lon=None, lat=None)
    assert evaluate(here, NOW) == 1
    found = the_one(here)
    assert (found["rule"], found["place"], found["observed"], found["threshold"], found["severity"]) == (
        "queue",
        "acceptance",
        4,
        3,
        "high",
    )


def test_forecasts_are_silent_where_there_are_none(here: City) -> None:
    assert queries.watches(here, NOW)["forecast"] is False
    assert evaluate(here, NOW) == 0


def test_more_than_was_forecast(here: City) -> None:
    """Six cases on the first half day: of 70 forecast for the week they are usual, of one for the day they are not."""
    burst(here, 6, NOW + timedelta(hours=4))
    set_rule(here, "surge", MANAGER, threshold=1000, times=3, severity="low", enabled=True, reason="looked at elsewhere")
    at, found = NOW + timedelta(hours=4), case(here, Look(NOW + timedelta(hours=4)), "H-1000")
    x, y, kind = found["cell_x"], found["cell_y"], "matter-06010"
    with clock.held(NOW - timedelta(days=1)):
        risk.issue(here, foreseen.made(NOW.date() - timedelta(days=1), foreseen.cell(x, y, 70, kind=kind)))
    assert queries.watches(here, NOW)["forecast"] is True
    assert evaluate(here, at) == 0
    with clock.held(NOW - timedelta(hours=2)):
        risk.issue(here, foreseen.made(NOW.date(), foreseen.cell(x, y, 70, kind=kind), foreseen.cell(x, y, 1, kind=kind, days=1)))
    assert evaluate(here, at) == 1, "the shorter one counts"
    found = the_one(here, at)
    assert (found["rule"], found["observed"], found["cell_x"], found["edge_m"]) == ("forecast", 6, x, 250)
    assert found["expected"] == pytest.approx(0.5), "twelve hours on the clock of the city"
    assert len(queries.behind(here, Look(at), found)) == 6


# -- what other code raises -----------------------------------------------------------------------


def test_a_raised_alert_is_counted_again_and_no_other_one(here: City) -> None:
    first = cluster(here)
    raise_alert(here, CLUSTER, moment=NOW + timedelta(minutes=5))
    found = the_one(here, NOW + timedelta(minutes=5))
    assert (found["alert_id"], found["repeats"]) == (first, 2)
    cluster(here, place="1000:1:-2", cell_x=1)
    near = desk(here, NOW + timedelta(minutes=5))
    assert {row["group_id"] for row in near} == {first} and [row["others"] for row in near] == [1, 1]


def test_only_the_system_raises_alerts_and_a_rule_that_is_off_none(here: City) -> None:
    with pytest.raises(NotAllowed):
        raise_alert(here, CLUSTER, actor=OFFICER)
    with pytest.raises(NotFound):
        raise_alert(here, replace(CLUSTER, rule="nonsense"))
    with pytest.raises(Fault, match="alert_value"):
        raise_alert(here, replace(CLUSTER, observed=float("nan")))
    set_rule(here, "cluster", MANAGER, threshold=5, times=0, severity="medium", enabled=False, reason="tuned elsewhere")
    raise_alert(here, CLUSTER, moment=NOW)
    assert desk(here) == []


# -- people -----------------------------------------------------------------------------------------


def test_an_alert_is_answered_with_a_name(here: City) -> None:
    number = cluster(here)
    with clock.held(NOW + timedelta(minutes=3)):
        advance(here, number, "acknowledge", OFFICER)
        found = queries.one(here, Look(clock.now()), number)
        assert (found["state"], found["held_by"], found["answered_at"]) == ("acknowledged", OFFICER.signature, clock.now())
        with pytest.raises(Stale) as late:
            advance(here, number, "acknowledge", DISPATCHER)
        assert "make_case" in str(late.value.values["alert_moves"])
    assert queries.one(here, Look(NOW), number)["state"] == "raised", "as it stood then"
    assert [row["move"] for row in queries.history(here, Look(NOW + timedelta(hours=1)), number)] == ["raise", "acknowledge"]


def test_a_shelf_ends_by_itself(here: City) -> None:
    number, until = cluster(here), NOW + timedelta(hours=2)
    with clock.held(NOW):
        advance(here, number, "shelve", OFFICER, {"until": until.isoformat(), "reason": "street works"})
    evaluate(here, until - timedelta(seconds=1))
    assert queries.one(here, Look(until), number)["state"] == "shelved"
    evaluate(here, until)
    assert queries.one(here, Look(until), number)["state"] == "raised"
    assert queries.counts(here, Look(until))["calls"] == 1, "what comes back calls again"


@pytest.mark.parametrize("role", [Role.LEADER, Role.DEPARTMENT, Role.INSPECTOR, Role.ADMINISTRATOR])
def test_who_is_not_at_the_desk_decides_nothing(here: City, role: Role) -> None:
    number, person = cluster(here), Actor("X", role, department="roads")
    for move, fields in (("acknowledge", {}), ("dismiss", {"judgement": "false", "reason": "x"})):
        with clock.held(NOW), pytest.raises(NotAllowed):
            advance(here, number, move, person, fields)
    with clock.held(NOW), pytest.raises(NotAllowed):
        make_case(here, number, person, {"kind": "06010"})
    assert the_one(here)["state"] == "raised"


def test_nobody_acts_in_the_past(here: City) -> None:
    number, past = cluster(here), replace(OFFICER, playback=True)
    calm = {"threshold": 9, "times": 2, "severity": "high", "enabled": True, "reason": "summer"}
    acts: list[Callable[[], object]] = [
        lambda: advance(here, number, "acknowledge", past), lambda: make_case(here, number, past, {"kind": "06010"}),
        lambda: set_rule(here, "surge", replace(MANAGER, playback=True), **calm),
    ]  # fmt: skip
    before = here.record_sequence
    for act in acts:
        with pytest.raises(NotAllowed, match="playback"):
            act()
    assert here.record_sequence == before, "and no case is left behind"


def test_an_alert_that_is_not_there_is_named(here: City) -> None:
    with pytest.raises(NotFound, match="nonsense"):
        advance(here, "nonsense", "acknowledge", OFFICER)
    with pytest.raises(NotFound, match="nonsense"):
        queries.one(here, Look(NOW), "nonsense")


@pytest.mark.parametrize("role", list(Role))
def test_rules_are_set_by_those_who_may(here: City, role: Role) -> None:
    def act() -> int:
        return set_rule(here, "surge", Actor("X", role), threshold=9, times=2, severity="high", enabled=True, reason="summer")

    if role in (Role.MANAGER, Role.ADMINISTRATOR):
        act()
        assert queries.rules_in_force(here)["surge"].threshold == 9
        assert [row["reason"] for row in queries.settings(here)] == ["summer"]
    else:
        with pytest.raises(NotAllowed):
            act()
        assert queries.settings(here) == []


# -- cases ------------------------------------------------------------------------------------------


def made(city: City, number: str, at: datetime = NOW) -> str:
    with clock.held(at):
        return make_case(city, number, OFFICER, {"kind": "06010", "text": "nine in one place"}, department="sanitation")


def test_an_alert_becomes_a_case_with_a_link_on_both_sides(here: City) -> None:
    number = cluster(here)
    case_id = made(here, number)
    look = Look(NOW)
    found, alert = case(here, look, case_id), queries.one(here, look, number)
    assert (found["kind"], found["department"], found["district"], found["lon"], found["channel"]) == (
        "matter-06010", "sanitation", "江岸区", 114.31, "rule",
    )  # fmt: skip
    assert source(here, found["source"]).title_en == "Raised by a rule"
    assert (alert["state"], alert["case_id"], alert["case_step"]) == ("case_made", case_id, "collect")
    of_case = queries.of_case(here, look, case_id)
    assert of_case is not None and of_case["alert_id"] == number
    assert queries.of_case(here, look, "H-1") is None
    with pytest.raises(Stale):
        made(here, number)


def test_two_at_once_make_one_case(here: City) -> None:
    """Whoever reports it first: the report of an alert has one number, and the link of a crash in between is made the next time."""
    number = cluster(here)
    with clock.held(NOW):
        first = make_case(here, number, OFFICER, {"kind": "06010"})
        with pytest.raises(Stale):
            make_case(here, number, DISPATCHER, {"kind": "06011"})
    with here.read() as cursor:
        assert cursor.one("cases.totals")["cases"] == 40  # type: ignore[index]
    assert first == f"A-{number}"


def test_a_case_made_of_an_alert_raises_none_itself(here: City) -> None:
    burst(here, 7)
    evaluate(here, NOW)
    made(here, the_one(here)["alert_id"])
    assert evaluate(here, NOW + timedelta(minutes=1)) == 0
    assert the_one(here, NOW + timedelta(minutes=1))["repeats"] == 1


def test_how_right_a_rule_was(here: City) -> None:
    """Judged by people, or by what became of the cases: two right, two false, one nobody knows, one undecided case."""
    numbers = [cluster(here, place=f"1000:{9 * x}:0", cell_x=9 * x) for x in range(6)]
    with clock.held(NOW):
        advance(here, numbers[0], "dismiss", OFFICER, {"judgement": "true", "reason": "seen"})
        advance(here, numbers[1], "dismiss", MANAGER, {"judgement": "false", "reason": "nothing there"})
    accepted, rejected, _ = (made(here, number) for number in numbers[2:5])
    with clock.held(NOW + timedelta(minutes=1)):
        cases.advance(here, accepted, "accept", OFFICER)
        cases.advance(here, rejected, "reject", OFFICER, {"reason": "unfounded"})
    found = queries.precision(here, Look(NOW + timedelta(hours=1))).set_index("rule").loc["cluster"]
    assert found[["raised", "judged", "correct", "cases"]].tolist() == [6, 4, 2, 3]
    assert (found["low"], found["high"]) == (pytest.approx(0.150, abs=0.001), pytest.approx(0.850, abs=0.001)), "Wilson, by hand"
    nothing = queries.precision(here, Look(NOW)).set_index("rule").loc["ears"]
    assert nothing["judged"] == 0 and nothing["share"] != nothing["share"]


# -- the desk and the record ---------------------------------------------------------------------------


def test_the_order_of_the_desk(here: City) -> None:
    old, new = cluster(here, NOW), cluster(here, NOW + timedelta(minutes=5), place="1000:50:0", cell_x=50)
    newest = cluster(here, NOW + timedelta(minutes=6), place="1000:90:0", cell_x=90)
    with clock.held(NOW + timedelta(minutes=7)):
        advance(here, newest, "acknowledge", OFFICER)
    assert [row["alert_id"] for row in desk(here, NOW + timedelta(minutes=8))] == [new, old, newest]
    counts = queries.counts(here, Look(NOW + timedelta(minutes=8)))
    assert (counts["raised"], counts["acknowledged"], counts["calls"], counts["lately"]) == (2, 1, 3, 3)
    assert counts["answered_s"] == 60
    load = queries.load(here, Look(NOW + timedelta(minutes=8)))
    assert load["calls"].tolist() == [3] and load["bucket"].iloc[0] == NOW


def test_a_replay_of_the_record_gives_the_same_alerts(here: City) -> None:
    burst(here, 7)
    evaluate(here, NOW)
    number = cluster(here)
    with clock.held(NOW):
        take_readings(here, [Reading("S-3", 18, "cm", NOW, 114.3, 30.6, "江岸区")], SENSORS)
        set_rule(here, "ears", MANAGER, threshold=4, times=0, severity="low", enabled=True, reason="noisy")
        advance(here, number, "shelve", OFFICER, {"until": (NOW + timedelta(hours=1)).isoformat(), "reason": "works"})
        made(here, number)
    evaluate(here, NOW)
    evaluate(here, NOW + timedelta(hours=30))

    def rows() -> list[list[Any]]:
        with here.read() as cursor:
            return [cursor.rows(f"alerts.{name}", moment=NOW + timedelta(days=2)) for name in ("settings", "standing")] + [
                [queries.history(here, Look(NOW + timedelta(days=2)), row["alert_id"]) for row in desk(here, NOW + timedelta(days=2))]
            ]

    before = rows()
    assert len(desk(here, NOW + timedelta(days=2))) == 3
    here.rebuild()
    assert rows() == before


def test_the_alerts_of_a_demo_leave_with_it(city: City, settings: Settings) -> None:
    simulated = replace(SOURCE, name="simulated_wuhan", simulated=True)
    town = replace(PLACE, simulated=True, town="wuhan")
    take_delivery(city, delivery(settings.batches, [row(1)], source=simulated), operator("test"), place=town)
    number = cluster(city)
    case_id = made(city, number)
    end_demo(city, operator("test"))
    assert desk(city) == []
    with pytest.raises(NotFound):
        case(city, Look(NOW), case_id)


def test_an_inspector_may_report_but_not_decide(here: City) -> None:
    with clock.held(NOW), pytest.raises(NotAllowed, match="alert_role"):
        make_case(here, cluster(here), INSPECTOR, {"kind": "06010"})

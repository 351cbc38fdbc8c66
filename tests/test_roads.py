"""Travel times from a road server that is really asked over HTTP: well, slow, wrong, away; and the estimate that stands in for it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from city_brain import roads
from city_brain.analytics.dispatch.travel import RIGHT_OF_WAY, START_S, estimated
from city_brain.errors import Fault
from city_brain.roads import Roads, Silent, Travel, Way
from city_brain.settings import from_environment
from tests.road_server import Answer, Server, table

HERE, LON, LAT = (114.30, 30.60), 114.30 + np.arange(40) * 0.01, np.full(40, 30.6)


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


def test_without_a_server_everything_is_estimated() -> None:
    found = Roads("").to(LON, LAT, *HERE, hour=10)
    metres, seconds = estimated(LON, LAT, *HERE, hour=10)
    assert (found.way, found.silent) == (Way.ESTIMATE, None)
    assert np.array_equal(found.seconds, seconds) and np.array_equal(found.metres, metres)


def test_the_nearest_are_asked_for_and_the_others_stretched(server: Server) -> None:
    found = Roads(server.url).to(LON, LAT, *HERE, hour=2)
    guess = estimated(LON, LAT, *HERE, hour=2)[1]
    assert found.way is Way.OSRM and len(server.asked) == 1
    assert server.asked[0].count(";") == 25 + 24, "25 teams and the place, 25 sources"
    assert found.seconds[0] == START_S + 100 and found.metres[1] == 2000 and np.isnan(found.seconds[3]), "no way is no way"
    assert np.allclose(found.seconds[30:] / guess[30:], found.seconds[30] / guess[30]) and found.seconds[30] != guess[30]
    assert found.by_road.tolist() == [True] * 25 + [False] * 15


def test_traffic_stretches_and_right_of_way_shortens(server: Server) -> None:
    calm, rush, urgent = (Roads(server.url).to(LON, LAT, *HERE, hour=hour, urgent=pressing).seconds[0] - START_S
                          for hour, pressing in ((2, False), (18, False), (2, True)))  # fmt: skip
    assert rush == pytest.approx(100 * roads.OFF_PEAK_KMH / 21) and urgent == pytest.approx(100 / RIGHT_OF_WAY) and calm == 100


def test_only_those_that_are_wanted_are_asked_for(server: Server) -> None:
    wanted = np.arange(40) >= 38
    found = Roads(server.url).to(LON, LAT, *HERE, hour=2, wanted=wanted)
    assert server.asked[0].count(";") == 2 + 1 and found.seconds[38] == START_S + 100
    assert Roads(server.url).to(LON, LAT, *HERE, hour=2, wanted=np.zeros(40, bool)).way is Way.ESTIMATE and len(server.asked) == 1


def late(points: list[str], query: dict[str, list[str]]) -> tuple[int, bytes]:
    time.sleep(2 * roads.LIMIT_S)
    return table(points, query)


def rows(value: object) -> Answer:
    return lambda points, query: (200, json.dumps({"code": "Ok", "durations": value, "distances": value}).encode())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (late, Silent.SLOW), (lambda *_: (500, b"{}"), Silent.REFUSES), (lambda *_: (400, b'{"code": "TooBig"}'), Silent.REFUSES),
        (lambda *_: (502, b"<html>"), Silent.REFUSES), (lambda *_: (200, b"<html>"), Silent.GARBLED),
        (lambda *_: (200, b"[1]"), Silent.GARBLED), (lambda *_: (200, b"[" * 200_000), Silent.GARBLED),
        (lambda *_: (200, b" " * 2 * roads.MOST_BYTES), Silent.GARBLED), (rows([[1e999]] * 25), Silent.GARBLED),
        (rows([[1.0]]), Silent.GARBLED), (rows([["far"]] * 25), Silent.GARBLED), (rows([[-1.0]] * 25), Silent.GARBLED),
        (rows([[]] * 25), Silent.GARBLED), (rows(None), Silent.GARBLED),
    ],
)  # fmt: skip
def test_a_server_that_does_not_help_is_left_alone_for_a_while(server: Server, answer: Answer, why: Silent) -> None:
    server.answer, asking = answer, Roads(server.url)
    began = time.monotonic()
    first = asking.to(LON, LAT, *HERE, hour=10)
    assert time.monotonic() - began < roads.LIMIT_S + 0.3
    again = asking.to(LON, LAT, *HERE, hour=10)
    assert (first.way, first.silent, len(server.asked)) == (Way.ESTIMATE, why, 1)
    assert (again.silent, again.since) == (why, first.since) and first.since is not None
    assert np.array_equal(first.seconds, estimated(LON, LAT, *HERE, hour=10)[1])


def until(asking: Roads, *, well: bool) -> Travel:
    """Ask as a desk does that draws again and again, till the server is found well or not."""
    ends = time.monotonic() + 10
    while ((found := asking.to(LON, LAT, *HERE, hour=10)).way is Way.OSRM) != well:
        assert time.monotonic() < ends, found
        time.sleep(0.02)
    return found


def test_it_is_asked_again_later_and_what_was_is_forgotten(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roads, "REST_S", 0.0)
    asking = Roads(server.url)
    server.answer = lambda *_: (500, b"{}")
    first, second = (asking.to(LON, LAT, *HERE, hour=10) for _ in range(2))
    assert first.since == second.since
    server.answer = table
    until(asking, well=True)
    server.answer = lambda *_: (500, b"{}")
    assert until(asking, well=False).since != first.since


def test_nobody_waits_twice_for_a_slow_server_and_one_asks_for_all(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roads, "REST_S", 0.0)
    server.answer, asking = late, Roads(server.url)
    asking.to(LON, LAT, *HERE, hour=10)
    time.sleep(2 * roads.LIMIT_S)  # the rest is over: the desk draws again, in many sessions
    before, took = len(server.asked), list[float]()

    def draws() -> None:
        began = time.monotonic()
        assert asking.to(LON, LAT, *HERE, hour=10).silent is Silent.SLOW
        took.append(time.monotonic() - began)

    sessions = [threading.Thread(target=draws) for _ in range(12)]
    for one in sessions:
        one.start()
    for one in sessions:
        one.join()
    time.sleep(roads.LIMIT_S / 2)  # what was asked beside them has arrived
    assert len(took) == 12 and max(took) < roads.LIMIT_S / 2 and len(server.asked) - before == 1
    server.answer = table
    until(asking, well=True)


@contextmanager
def dripping(*parts: bytes) -> Iterator[str]:
    """A server that lets go of its answer bit by bit, each within the time that an HTTP client waits for one."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            taken, _ = listening.accept()
            with taken:
                taken.recv(65536)
                try:
                    for part in parts:
                        taken.sendall(part)
                        time.sleep(0.3)
                except OSError:  # who asked has gone
                    return

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize(
    "parts", [[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", *[b" "] * 9], [b"HTTP/1.1 200 OK\r\n", *[b"A: b\r\n"] * 9]]
)
def test_an_answer_that_drips_is_slow(parts: list[bytes]) -> None:
    with dripping(*parts) as url:
        began = time.monotonic()
        assert Roads(url).to(LON, LAT, *HERE, hour=10).silent is Silent.SLOW
        assert time.monotonic() - began < roads.LIMIT_S + 0.3


def no_way(points: list[str], query: dict[str, list[str]]) -> tuple[int, bytes]:
    return rows([[None]] * (len(points) - 1))(points, query)


def elsewhere(points: list[str], query: dict[str, list[str]]) -> tuple[int, bytes]:
    """A server with the map of another region takes every point to the same end of a road."""
    told, far = json.loads(table(points, query)[1]), {"distance": 4_200_000.0, "location": [13.4, 52.5]}
    nothing = [[0]] * (len(points) - 1)
    return 200, json.dumps(told | {"durations": nothing, "distances": nothing, "sources": [far] * 25, "destinations": [far]}).encode()


@pytest.mark.parametrize("code", [*roads.UNKNOWN_PLACE, "null", "elsewhere"])
def test_a_place_without_roads_is_estimated_and_the_next_one_asked_for(server: Server, code: str) -> None:
    asking = Roads(server.url)
    server.answer = {"null": no_way, "elsewhere": elsewhere}.get(code, lambda *_: (400, json.dumps({"code": code}).encode()))
    found = asking.to(LON, LAT, *HERE, hour=10)
    assert (found.way, found.silent, found.since) == (Way.ESTIMATE, Silent.NO_ROAD, None) and not found.by_road.any()
    assert np.array_equal(found.seconds, estimated(LON, LAT, *HERE, hour=10)[1]), "somebody can be proposed"
    server.answer = table
    assert asking.to(LON, LAT, *HERE, hour=10).way is Way.OSRM


def test_a_team_beyond_the_servers_map_is_estimated_among_the_others(server: Server) -> None:
    def answer(points: list[str], query: dict[str, list[str]]) -> tuple[int, bytes]:
        told = json.loads(table(points, query)[1])
        beyond = [{"distance": 30_000.0 if place == 1 else 4.0} for place in range(25)]
        return 200, json.dumps(told | {"sources": beyond, "destinations": [{"distance": 12.5}]}).encode()

    server.answer = answer
    found = Roads(server.url).to(LON, LAT, *HERE, hour=2)
    assert found.by_road[:3].tolist() == [True, False, True] and found.seconds[1] != START_S + 200 and np.isfinite(found.seconds[1])


def test_a_server_that_is_away_costs_little() -> None:
    began = time.monotonic()
    assert Roads("http://127.0.0.1:9").to(LON, LAT, *HERE, hour=10).silent is Silent.AWAY
    assert time.monotonic() - began < roads.LIMIT_S + 0.5


@pytest.mark.parametrize("value", ["roads", "ftp://a:1", "http://", "http://a b", "http://user@host"])
def test_an_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(Fault, match="CITY_BRAIN_OSRM"):
        from_environment({"CITY_BRAIN_OSRM": value})
    assert from_environment({"CITY_BRAIN_OSRM": "http://roads.intranet:5000/osrm"}).osrm == "http://roads.intranet:5000/osrm"

"""Travel times from a road server that is really asked over HTTP: well, slow, wrong, away; and the estimate that stands in for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from city_brain import roads
from city_brain.analytics.dispatch.travel import RIGHT_OF_WAY, START_S, estimated
from city_brain.errors import Fault
from city_brain.roads import Roads, Silent, Way
from city_brain.settings import from_environment

HERE, LON, LAT = (114.30, 30.60), 114.30 + np.arange(40) * 0.01, np.full(40, 30.6)
Answer = Callable[[list[str], dict[str, list[str]]], tuple[int, bytes]]


class Server:
    """A road server in OSRM's shape: what it answers can be changed, what it was asked is kept."""

    def __init__(self) -> None:
        self.answer: Answer = table
        self.asked: list[str] = []
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mine.asked.append(self.path)
                parts = urlsplit(self.path)
                status, body = mine.answer(parts.path.rpartition("/")[2].split(";"), parse_qs(parts.query))
                try:
                    self.send_response(status)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:  # who asked has gone
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def table(points: list[str], query: dict[str, list[str]]) -> tuple[int, bytes]:
    """Every way takes 100 s and 1 km more than the one before; the fourth is none."""
    assert query["annotations"] == ["duration,distance"] and query["destinations"] == [str(len(points) - 1)]
    sources = [int(one) for one in query["sources"][0].split(";")]
    seconds = [[None] if place == 3 else [100.0 * (place + 1)] for place in sources]
    return 200, json.dumps({"code": "Ok", "durations": seconds, "distances": [[one and one * 10] for (one,) in seconds]}).encode()


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


def test_traffic_stretches_and_right_of_way_shortens(server: Server) -> None:
    calm, rush, urgent = (Roads(server.url).to(LON, LAT, *HERE, hour=hour, urgent=pressing).seconds[0] - START_S
                          for hour, pressing in ((2, False), (18, False), (2, True)))  # fmt: skip
    assert rush == pytest.approx(100 * roads.OFF_PEAK_KMH / 21) and urgent == pytest.approx(100 / RIGHT_OF_WAY) and calm == 100


def test_only_those_that_are_wanted_are_asked_for(server: Server) -> None:
    wanted = np.arange(40) >= 38
    found = Roads(server.url).to(LON, LAT, *HERE, hour=2, wanted=wanted)
    assert server.asked[0].count(";") == 2 + 1 and found.seconds[38] == START_S + 100
    assert Roads(server.url).to(LON, LAT, *HERE, hour=2, wanted=np.zeros(40, bool)).way is Way.OSRM and len(server.asked) == 1


def late(points: list[str], query: dict[str, list[str]]) -> tuple[int, bytes]:
    time.sleep(2 * roads.LIMIT_S)
    return table(points, query)


def rows(value: object) -> Answer:
    return lambda points, query: (200, json.dumps({"code": "Ok", "durations": value, "distances": value}).encode())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (late, Silent.SLOW), (lambda *_: (500, b"{}"), Silent.REFUSES), (lambda *_: (400, b'{"code": "TooBig"}'), Silent.REFUSES),
        (lambda *_: (200, b'{"code": "NoTable"}'), Silent.REFUSES), (lambda *_: (200, b"<html>"), Silent.GARBLED),
        (lambda *_: (200, b"[1]"), Silent.GARBLED), (rows([[1.0]]), Silent.GARBLED), (rows([["far"]] * 25), Silent.GARBLED),
        (rows([[-1.0]] * 25), Silent.GARBLED), (rows([[]] * 25), Silent.GARBLED), (rows(None), Silent.GARBLED),
    ],
)  # fmt: skip
def test_a_server_that_does_not_help_is_left_alone_for_a_while(server: Server, answer: Answer, why: Silent) -> None:
    server.answer, asking = answer, Roads(server.url)
    began = time.monotonic()
    first = asking.to(LON, LAT, *HERE, hour=10)
    assert time.monotonic() - began < roads.LIMIT_S + 0.7
    again = asking.to(LON, LAT, *HERE, hour=10)
    assert (first.way, first.silent, len(server.asked)) == (Way.ESTIMATE, why, 1)
    assert (again.silent, again.since) == (why, first.since) and first.since is not None
    assert np.array_equal(first.seconds, estimated(LON, LAT, *HERE, hour=10)[1])


def test_it_is_asked_again_later_and_what_was_is_forgotten(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roads, "REST_S", 0.0)
    asking = Roads(server.url)
    server.answer = lambda *_: (500, b"{}")
    first, second = (asking.to(LON, LAT, *HERE, hour=10) for _ in range(2))
    assert first.since == second.since
    server.answer = table
    assert asking.to(LON, LAT, *HERE, hour=10).way is Way.OSRM
    server.answer = lambda *_: (500, b"{}")
    assert asking.to(LON, LAT, *HERE, hour=10).since != first.since


def test_a_server_that_is_away_costs_little() -> None:
    began = time.monotonic()
    assert Roads("http://127.0.0.1:9").to(LON, LAT, *HERE, hour=10).silent is Silent.AWAY
    assert time.monotonic() - began < roads.LIMIT_S + 0.5


@pytest.mark.parametrize("value", ["roads", "ftp://a:1", "http://", "http://a b", "http://user@host"])
def test_an_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(Fault, match="CITY_BRAIN_OSRM"):
        from_environment({"CITY_BRAIN_OSRM": value})
    assert from_environment({"CITY_BRAIN_OSRM": "http://roads.intranet:5000/osrm"}).osrm == "http://roads.intranet:5000/osrm"

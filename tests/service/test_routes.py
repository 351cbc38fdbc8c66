"""Health and the command route: what a neighbour and the command line meet."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from city_brain.service.routes import routes
from city_brain.settings import Settings
from city_brain.start import Home

TOKEN = "a-token-of-this-run"


@pytest.fixture
def opened(settings: Settings) -> Iterator[Home]:
    home = Home(settings)
    home.open("test")
    yield home
    home.close()


def client(home: Home) -> TestClient:
    return TestClient(Starlette(routes=[*routes(home, TOKEN)]))


def asked(home: Home, command: str, token: str = TOKEN, **given: object) -> list[dict[str, object]]:
    body = {"command": command, "given": given, "user": "tester"}
    answer = client(home).post("/api/command", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.text.splitlines()]


def test_health_of_an_open_city(opened: Home) -> None:
    answer = client(opened).get("/api/health")
    assert answer.status_code == 200
    assert {"status", "version", "database", "last_arrival", "clock"} <= answer.json().keys()
    assert answer.json()["clock"]["mode"] == "live"


def test_health_is_503_while_the_database_does_not_answer(settings: Settings) -> None:
    answer = client(Home(settings)).get("/api/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "opening"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_no_command_without_the_token(opened: Home, header: dict[str, str]) -> None:
    answer = client(opened).post("/api/command", json={"command": "status", "given": {}, "user": "x"}, headers=header)
    assert answer.status_code == 401
    assert opened.city.version == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"command": "status"}', b'{"command": "status", "given": 3, "user": "x"}'])
def test_a_malformed_command_is_400(opened: Home, body: bytes) -> None:
    answer = client(opened).post("/api/command", content=body, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 400


def test_a_command_is_answered(opened: Home) -> None:
    told = asked(opened, "status")
    assert told[-1]["answer"]["cases"] == 0  # type: ignore[index]


def test_a_fault_comes_with_key_and_values(opened: Home) -> None:
    told = asked(opened, "load", target="/there/is/nothing.csv")
    assert told[-1]["kind"] == "Fault" or told[-1]["kind"] == "NotFound"
    assert "nothing.csv" in str(told[-1]["values"])


def test_an_unknown_command_is_a_fault(opened: Home) -> None:
    assert asked(opened, "drop everything")[-1]["fault"] == "no_command"

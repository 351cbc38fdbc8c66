"""Health, the command route and the pictures: what a neighbour, the command line and a browser meet."""

from __future__ import annotations

import hashlib
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


PICTURE = b"\xff\xd8 what is in it is looked at when it is kept"
CHECKSUM = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def pictured(opened: Home) -> Home:
    """A home with a picture of a case, and another that no case has."""
    opened.city.keep(b"nobody's", ".jpg")
    with opened.city.read() as cursor:
        cursor.run("evidence.keep", given=[{"checksum": opened.city.keep(PICTURE, ".jpg"), "case_id": "H-1", "sequence": 1}])
    return opened


def test_a_picture_of_a_case_is_shown_and_is_nothing_but_a_picture(pictured: Home) -> None:
    answer = client(pictured).get(f"/evidence/{CHECKSUM}.jpg")
    assert (answer.status_code, answer.content) == (200, PICTURE)
    headers = {
        "content-type": "image/jpeg",
        "content-length": str(len(PICTURE)),
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "content-disposition": f'inline; filename="{CHECKSUM}.jpg"',
        "cache-control": "private, max-age=86400, immutable",
        "cross-origin-resource-policy": "same-origin",
    }
    assert dict(answer.headers) == headers
    assert client(pictured).post(f"/evidence/{CHECKSUM}.jpg").status_code == 405


NOBODYS, OTHER = hashlib.sha256(b"nobody's").hexdigest(), "0" * 64


@pytest.mark.parametrize(
    "name",
    [
        f"{NOBODYS}.jpg", f"{OTHER}.jpg", CHECKSUM, f"{CHECKSUM}.parquet", f"{CHECKSUM}.JPG", f"{CHECKSUM.upper()}.jpg",
        f"{CHECKSUM}.jpg.jpg", f"{CHECKSUM}.jpg/", f"x/{CHECKSUM}.jpg", f"{CHECKSUM}.jpg%00", "%ff.jpg",
        "%ed%a0%80.jpg", "", ".jpg", "*.jpg", "%2e%2e/journal.sqlite", "..%2fjournal.sqlite", f"..%2fbatches%2f{CHECKSUM}.jpg",
        "%2fetc%2fpasswd",
    ],
)  # fmt: skip
def test_nothing_else_can_be_had_as_a_picture(pictured: Home, name: str) -> None:
    answer = client(pictured).get(f"/evidence/{name}")
    assert answer.status_code == 404
    assert answer.json() == {"fault": "no_picture", "values": {}}
    assert answer.headers["cache-control"] == "no-store"


def test_rows_of_a_file_are_no_picture(pictured: Home) -> None:
    """Even a kept file of another kind that has the name of a picture's row."""
    rows = hashlib.sha256(b"rows").hexdigest()
    (pictured.settings.batches / f"{rows}.parquet").write_bytes(b"rows")
    assert client(pictured).get(f"/evidence/{rows}.jpg").status_code == 404
    assert client(pictured).get(f"/evidence/{rows}.parquet").status_code == 404


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_picture_that_is_not_what_was_kept_is_not_shown(pictured: Home, harm: str) -> None:
    file = pictured.settings.batches / f"{CHECKSUM}.jpg"
    file.unlink() if harm == "gone" else file.write_bytes(b"<script>")
    answer = client(pictured).get(f"/evidence/{CHECKSUM}.jpg")
    assert answer.status_code == 503
    assert (answer.json()["fault"], answer.json()["values"]["file"]) == (f"kept_file_{harm}", file.name)


def test_no_picture_while_the_city_is_being_opened(settings: Settings) -> None:
    assert client(Home(settings)).get(f"/evidence/{CHECKSUM}.jpg").status_code == 503

"""The command line as a person types it, in a process of its own, with no console running."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from city_brain.settings import ROOT

pytestmark = pytest.mark.slow
ROWS = "id,created,closed,type,address,latitude,longitude\n" + "".join(
    f"{n},2026-03-0{1 + n % 7} 10:{n:02d},,Pothole,{n} Main St,{42.3 + n * 0.0007:.5f},{-71.06 - n * 0.0005:.5f}\n" for n in range(40)
)


@pytest.fixture
def command(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Run ``python -m city_brain …`` on a home of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CITY_BRAIN_")}
    environment |= {"CITY_BRAIN_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}

    def run(*words: str, language: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "city_brain", *words],
            cwd=ROOT,
            env=environment | {"LC_ALL": language},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_a_file_goes_in_and_status_says_so(command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "calls.csv"
    file.write_text(ROWS + "x,whenever,,Pothole,1 Main St,42.3,-71.06\n")
    told = command("load", str(file), "--timezone", "America/New_York", "--city", "Boston")
    assert told.returncode == 0, told.stderr
    assert "41 rows read = 40 taken + 0 already known (0 updated) + 1 in quarantine" in told.stdout
    again = command("load", str(file), "--timezone", "America/New_York")
    assert "Nothing new: nothing was recorded." in again.stdout
    status = json.loads(command("status", "--json").stdout)
    assert (status["city"], status["cases"], status["open"]) == ("Boston", 40, 40)
    assert status["record_sequence"] == status["picture_sequence"]
    source = status["sources"][0]
    assert source["read"] == source["taken"] + source["known"] + source["quarantined"] == 41
    assert {"name", "read", "taken", "known", "quarantined", "located", "last_arrival"} <= source.keys()
    _mends(command, tmp_path)
    _survives(command, tmp_path)


def _mends(command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    waiting = tmp_path / "waiting.csv"
    assert command("quarantine", "export", str(waiting)).returncode == 0
    waiting.write_text(waiting.read_text(encoding="utf-8-sig").replace("whenever", "2026-03-04 12:00"), encoding="utf-8")
    assert "1 taken" in command("quarantine", "retry", "--file", str(waiting)).stdout
    assert "Nothing waits" in command("quarantine", "list").stdout


def _survives(command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    before = json.loads(command("status", "--json").stdout)
    assert command("rebuild").returncode == 0
    assert command("verify").returncode == 0
    assert command("backup", str(tmp_path / "kept.tar.gz")).returncode == 0
    assert command("backup", str(tmp_path / "kept.tar.gz")).returncode == 1, "a backup never overwrites"
    assert command("restore", str(tmp_path / "kept.tar.gz")).returncode == 0
    after = json.loads(command("status", "--json").stdout)
    for name in ("clock", "notices"):
        before.pop(name), after.pop(name)
    assert before == after


@pytest.mark.parametrize(
    "words", [(), ("load",), ("status",), ("quarantine",), ("quarantine", "retry"), ("demo",), ("verify",), ("restore",)]
)
def test_help_teaches(command, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    told = command(*words, "--help")
    assert told.returncode == 0
    assert len(told.stdout.splitlines()) > 5


def test_a_fault_is_said_in_the_language_of_the_user(command) -> None:  # type: ignore[no-untyped-def]
    told = command("load", "/there/is/nothing.csv", language="zh_CN.UTF-8")
    assert told.returncode == 1
    assert "找不到文件" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_console_that_ended_without_saying_so_is_no_obstacle(command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    home = tmp_path / "home"
    home.mkdir()
    (home / "console.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "process": 2**22 + 17, "token": "x"}))
    told = command("status", "--json")
    assert told.returncode == 0, told.stderr
    assert "has ended without saying so" in told.stderr
    assert not (home / "console.json").exists()


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b'{"kind": "06010", "place": "\xff", "text": "x"}', 2, "UTF-8"), (b"[1, 2", 2, "JSON"), (None, 2, "无法读取文件"),
        (b'{"kind": "06010", "place": "\\udcff", "text": "x"}', 1, "UTF-8"), (b'{"kind": "06010", "place": ["a"]}', 1, "必须是文字"),
        (b'{"kind": "06010", "place": "a", "reported_at": "2026-05-04 08:00"}', 1, "没有时区"),
        (b'{"kind": "06010", "place": " "}', 1, "place"),
    ],
    ids=["bytes", "list", "no file", "surrogate", "no text", "no zone", "blank"],
)  # fmt: skip
def test_a_report_that_is_none_is_refused_in_the_words_of_the_user(  # type: ignore[no-untyped-def]
    command, tmp_path: Path, content: bytes | None, code: int, says: str
) -> None:
    file = tmp_path / "report.json"
    if content is not None:
        file.write_bytes(content)
    told = command("report", str(file), language="zh_CN.UTF-8")
    assert (told.returncode, says in told.stderr, "Traceback" in told.stderr) == (code, True, False), told.stderr


def test_bytes_that_are_no_text_are_refused(command) -> None:  # type: ignore[no-untyped-def]
    told = command("move", "R-1", "reject", "--as", "watch_officer", "--field", "reason=\udcff")
    assert (told.returncode, told.stderr.strip()) == (1, "What was given is no text in UTF-8.")

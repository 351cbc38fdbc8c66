"""A process that takes reports as fast as it can is killed, again and again: nothing it acknowledged is ever lost."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from city_brain.settings import ROOT, Settings
from city_brain.start import open_city
from city_brain.storage.city import City

KILLS = 20
PROGRAM = """
import itertools, os, sys, threading
from datetime import UTC, datetime
from pathlib import Path

from city_brain.incidents.actions import report
from city_brain.incidents.model import Source
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.start import open_city

source = Source("hotline", "热线", "Hotline", "H", "open311", "UTC", "wgs84")
city = open_city(Settings(home=Path(sys.argv[1]), demo="off"))
print("open", flush=True)

def take(thread):
    for number in itertools.count():
        matter = {"external_id": f"{sys.argv[2]}-{thread}-{number}", "reported_at": datetime.now(UTC), "description": "路灯不亮" * 20}
        os.write(1, (report(city, source, matter, operator("test")) + "\\n").encode())

for thread in range(1, 4):
    threading.Thread(target=take, args=(thread,), daemon=True).start()
take(0)
"""


def run_and_kill(home: Path, round_number: int, after_s: float, *, opened: bool) -> list[str]:
    """Case numbers that a process acknowledged before it was killed, some time after its start or after it had opened the home."""
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home), str(round_number)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    said = child.stdout.readline() if opened else ""
    time.sleep(after_s)
    child.kill()
    more, wrong = child.communicate()
    assert "Traceback" not in wrong, wrong
    said += more
    return said[: said.rfind("\n") + 1].split()[1:]


def stored(city: City) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """How often each case stands in the journal, in the picture's copies and among its cases."""
    in_journal = Counter(event.payload["case_id"] for page in city.journal.read() for event in page)
    with city.read() as cursor:
        copies = Counter(row["stream"].removeprefix("case:") for row in cursor.rows("record.copies", after=0, size=1_000_000))
        cases = Counter(row["case_id"] for row in cursor.rows("incidents.numbers"))
    return in_journal, copies, cases


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    home, chance, acknowledged = tmp_path / "home", random.Random(20261122), set[str]()
    for round_number in range(KILLS):
        opened = round_number % 4 != 3  # every fourth is killed at any moment, perhaps while it opens the home
        after_s = chance.uniform(0.0, 0.35) if opened else chance.uniform(0.5, 2.0)
        acknowledged |= set(run_and_kill(home, round_number, after_s, opened=opened))
        city = open_city(Settings(home=home, demo="off"))
        in_journal, copies, cases = stored(city)
        assert acknowledged <= in_journal.keys()
        assert in_journal == copies == cases
        assert set(in_journal.values()) <= {1}
        assert city.journal.first_bad() is None
        assert {notice.key for notice in city.notices} <= {"replayed"}
        city.close()
    assert len(acknowledged) > KILLS

"""The scripted day, through the browser: each move by the person whose move it is, every figure of supervision right afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, TimeoutError, expect

from city_brain.ui.supervision.asked import COARSE_S
from tests.e2e.conftest import Console, console_of, settled

COVER = {"kind": "01002", "place": "解放大道 12 号", "text": "井盖破损，有人绊倒", "lon": 114.3, "lat": 30.6, "district": "江岸区"}
LONG_AGO = "id,created,closed,type,address,latitude,longitude\n" + "".join(
    f"{n},2024-03-0{1 + n % 7} 10:{n:02d},2024-03-0{2 + n % 7} 10:{n:02d},路灯不亮,{n} 号,{30.5 + n / 1e3:.4f},{114.3 - n / 1e3:.4f}\n"
    for n in range(20)
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console over a city in which nothing has happened for two years."""
    folder = tmp_path_factory.mktemp("office")
    with console_of(folder / "home", CITY_BRAIN_DEMO="off") as running:
        (folder / "old.csv").write_text(LONG_AGO, encoding="utf-8")
        loaded = running.command("load", str(folder / "old.csv"), "--city", "武汉", "--timezone", "Asia/Shanghai")
        assert loaded.returncode == 0, loaded.stderr
        yield running


def told(office: Console, *words: str) -> dict[str, object]:
    answer = office.command(*words, "--json")
    assert answer.returncode == 0, answer.stderr
    return dict(json.loads(answer.stdout))


def reported(office: Console, folder: Path, name: str) -> str:
    file = folder / f"{name}.json"
    file.write_text(json.dumps(COVER | {"id": name}, ensure_ascii=False), encoding="utf-8")
    return str(told(office, "report", str(file))["case"])


class Person:
    """Somebody at a case file, in their role."""

    def __init__(self, page: Page, case: str) -> None:
        self.page, self.case = page, case

    def take(self, move: str, label: str = "", *, menu: str = "", **fields: str | Path) -> None:
        """Click a move (in a menu, by its label), fill its form if it has one, and wait until its button is gone."""
        page, key = self.page, f"case-{self.case}-{move}"
        has_form, button = bool(menu), page.locator(f".st-key-case-{self.case}-{menu} button").first
        if menu:
            button.click()
            page.get_by_text(label, exact=False).last.click()
        else:
            button = page.locator(f".st-key-{key} button")
            has_form = "…" in button.inner_text()
            button.click()
        form = page.locator(f".st-key-{key}-do button")
        if has_form:
            try:
                form.wait_for(state="visible", timeout=10_000)
            except TimeoutError:  # on a busy machine the first click can fall between two runs of the page
                button.click()
                form.wait_for(state="visible")
        for name, value in fields.items():
            self._fill(page, f".st-key-{key}-{name}", value)
        if has_form:
            form.click()
        expect(page.get_by_test_id("stToast").filter(has_text=self.case).last).to_be_visible(timeout=15_000)
        settled(page)
        assert not page.locator(f".st-key-{key}-do").count(), "the form has gone with the move"

    def leave(self) -> None:
        """Close the page: one that stays open goes on refreshing itself."""
        self.page.close()

    @staticmethod
    def _fill(page: Page, place: str, value: str | Path) -> None:
        field = page.locator(place)
        field.locator("label").first.wait_for(state="visible")
        selects = field.get_by_role("combobox")
        if isinstance(value, Path):
            field.locator("input[type=file]").set_input_files(value)
            expect(page.get_by_text(value.name)).to_be_visible()
        elif field.locator("textarea").count():
            field.locator("textarea").fill(value)
        elif selects.count():
            if value not in selects.input_value():  # else it was proposed already
                selects.click()
                selects.fill(value)
                page.get_by_role("option").filter(has_text=value).first.click()
        else:
            field.get_by_text(value, exact=True).click()


def counted(page: Page, text: str) -> None:
    """Supervision is counted up to a moment that all readers share: what was done a second ago is there when the next one comes."""
    until = time.monotonic() + 2 * COARSE_S
    while not page.get_by_text(text).count():
        assert time.monotonic() < until, page.locator("main, section").first.inner_text()
        page.wait_for_timeout(3000)
        page.reload()
        settled(page)
    expect(page.get_by_text(text).first).to_be_visible()


def test_the_scripted_day(office: Console, open_page: Callable[..., Page], tmp_path: Path) -> None:
    case, twin = reported(office, tmp_path, "a"), reported(office, tmp_path, "b")
    picture = tmp_path / "after.png"
    Image.new("RGB", (640, 480), "grey").save(picture)

    def does(role: str, move: str, label: str = "", *, number: str = case, of: str = "", menu: str = "", **fields: str | Path) -> None:
        dept = f"&dept={of}" if of else ""
        person = Person(open_page(f"case_file?case={number}&role={role}{dept}&lang=en", at=office), number)
        person.take(move, label, menu=menu, **fields)
        person.leave()

    does("watch_officer", "accept")
    does("watch_officer", "merge", "Merge as duplicate", number=twin, menu="back", into=case)
    does("watch_officer", "file")
    does("dispatcher", "dispatch", department="Road and Bridge")
    does("department", "dispute", label="Not ours", of="roads", menu="back", instead="Water and Drainage", reason="a sewer cover")
    does("manager", "reassign", department="Water and Drainage", reason="the cover is theirs")
    does("department", "finish", of="water", outcome="cover replaced")
    does("dispatcher", "report_back")
    does("inspector", "rework", kind="Work not good enough", reason="it is loose")
    does("department", "finish", of="water", outcome="fixed tight", answer="bolted", pictures=picture)
    does("dispatcher", "report_back")
    does("inspector", "close", note="firm now")
    does("watch_officer", "call_back", reached="Yes", solved="Yes", satisfied="Yes")
    does("manager", "evaluate", grade="Fair")

    found = told(office, "case", case)
    assert (found["step"], found["reports"], found["hops"], found["reworks"], found["grade"]) == ("archived", 2, 1, 1, "fair")
    assert [event["move"] for event in found["events"]] == [  # type: ignore[index, union-attr]
        "report", "accept", "join", "file", "dispatch", "dispute", "reassign", "finish", "report_back", "rework", "finish", "report_back",
        "close", "call_back", "evaluate",
    ]  # fmt: skip
    page = open_page(f"case_file?case={case}&role=manager&lang=en", at=office)
    shown = page.locator("img[src*='/media/'], img[src*='/evidence/']")
    expect(shown.first).to_be_visible()
    measured = {row["measure"]: (row["numerator"], row["denominator"]) for row in told(office, "indicators")["indicators"]}  # type: ignore[attr-defined, index]
    assert (measured["rework"], measured["dispatch_right"], measured["hops"], measured["satisfied"]) == ((1, 1), (0, 1), (1, 1), (1, 1))
    page = open_page("supervision?view=passing&role=manager&lang=en", at=office)
    counted(page, "Road and Bridge")
    counted(page, "Water and Drainage")
    verified = office.command("verify")
    assert verified.returncode == 0, verified.stdout

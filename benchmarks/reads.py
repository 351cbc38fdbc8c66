"""What is measured: each page's reads, as the pages ask them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks.build import END
from city_brain.cases import queries as cases
from city_brain.cases.model import Look, Wanted
from city_brain.incidents import queries as incidents
from city_brain.storage.city import City
from city_brain.supervision import queries as supervision

NOW, PAST = Look(END), Look(END - timedelta(days=400), END - timedelta(days=400))
ALL = Wanted()
MIDNIGHT, MONTH = END.replace(hour=0), END - timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Read:
    """One measured read: `goal_ms` is what its p95 should stay below at ten million cases."""

    name: str
    goal_ms: int
    ask: Callable[[City, int], Any]
    """Gets the city and the number of the run, which chooses the case or the filter."""


def case_number(cases_in_all: int, run: int) -> str:
    """A case somewhere in the record."""
    return f"BEN-{(run * 7919 + 13) * 104729 % cases_in_all + 1:09}"


def reads(size: int) -> tuple[Read, ...]:
    """Every measured read of a city of so many cases."""

    def file(city: City, look: Look, run: int) -> None:
        found = cases.case(city, look, case_number(size if look is NOW else size // 2, run))
        cases.history(city, look, found["case_id"])
        cases.same_place(city, look, found)

    def figures(city: City, look: Look) -> None:
        moment = look.moment
        cases.steps(city, look)
        cases.stocks(city, look, [moment - timedelta(days=1)])
        for week in range(5):
            cases.between(city, look, MIDNIGHT - timedelta(days=7 * week), moment - timedelta(days=7 * week))

    def district(run: int) -> Wanted:
        return Wanted(districts=(f"d{run % 13}",))

    fortnight = [END - timedelta(days=day) for day in range(14)]
    return (
        Read("map: points", 100, lambda city, run: cases.points(city, NOW, ALL)),
        Read("map: points of a district", 100, lambda city, run: cases.points(city, NOW, district(run))),
        Read("map: marks", 100, lambda city, run: cases.marks(city, NOW, ALL)),
        Read("map: queue", 100, lambda city, run: cases.queue(city, NOW, ALL)),
        Read("map: choices of the filters", 100, lambda city, run: cases.choices(city, NOW)),
        Read("map: cells of 90 days", 100, lambda city, run: cases.cells(city, NOW, ALL, days=90)),
        Read("board: page 1", 100, lambda city, run: cases.board(city, NOW, ALL, finished=False, size=50, skip=0)),
        Read("board: page 100", 100, lambda city, run: cases.board(city, NOW, ALL, finished=False, size=50, skip=4950)),
        Read("board: count", 100, lambda city, run: cases.count(city, NOW, ALL, finished=False)),
        Read("board: words", 100, lambda city, run: cases.board(city, NOW, Wanted(words="病虫"), finished=False, size=50, skip=0)),
        Read("board, finished: page 1", 100, lambda city, run: cases.board(city, NOW, ALL, finished=True, size=50, skip=0)),
        Read("board, finished: page 100", 100, lambda city, run: cases.board(city, NOW, ALL, finished=True, size=50, skip=4950)),
        Read("board, finished: count", 100, lambda city, run: cases.count(city, NOW, ALL, finished=True)),
        Read("board, finished: words, 90 days", 100, lambda city, run: _words(city)),
        Read("file: case", 100, lambda city, run: cases.case(city, NOW, case_number(size, run))),
        Read("file: history", 100, lambda city, run: cases.history(city, NOW, case_number(size, run))),
        Read("file: all of it", 100, lambda city, run: file(city, NOW, run)),
        Read("overview: steps", 200, lambda city, run: cases.steps(city, NOW)),
        Read("overview: figures", 200, lambda city, run: figures(city, NOW)),
        Read("overview: hours of a day", 200, lambda city, run: cases.hours(city, NOW, END - timedelta(days=1))),
        Read("overview: stocks of a fortnight", 200, lambda city, run: cases.stocks(city, NOW, fortnight)),
        Read("overview: kinds of a day", 200, lambda city, run: cases.top_kinds(city, NOW, END - timedelta(days=1))),
        Read("overview: closing by district", 200, lambda city, run: cases.district_closing(city, NOW)),
        Read("overview: newest", 200, lambda city, run: cases.newest(city, NOW)),
        Read("supervision: indicators of 30 days", 200, lambda city, run: supervision.indicators(city, NOW, MONTH, END)),
        Read("supervision: by department", 200, lambda city, run: supervision.indicators(city, NOW, MONTH, END, by="department")),
        Read("supervision: funnel", 200, lambda city, run: supervision.funnel(city, NOW)),
        Read("supervision: overdue", 200, lambda city, run: supervision.overdue(city, NOW)),
        Read("supervision: stuck", 200, lambda city, run: supervision.stuck(city, NOW)),
        Read("supervision: pairs", 200, lambda city, run: supervision.pairs(city, NOW, MONTH, END)),
        Read("supervision: disputes", 200, lambda city, run: supervision.disputes(city, NOW, ruled=True, since=MONTH)),
        Read("supervision: rows of a figure", 200, lambda city, run: _rows_of_a_figure(city)),
        Read("data: sources", 200, lambda city, run: incidents.sources(city)),
        Read("everywhere: totals", 100, lambda city, run: cases.totals(city)),
        Read("playback: period", 200, lambda city, run: cases.period(city)),
        Read("as of: points", 200, lambda city, run: cases.points(city, PAST, ALL)),
        Read("as of: marks", 200, lambda city, run: cases.marks(city, PAST, ALL)),
        Read("as of: queue", 200, lambda city, run: cases.queue(city, PAST, ALL)),
        Read("as of: cells of 90 days", 200, lambda city, run: cases.cells(city, PAST, ALL, days=90)),
        Read("as of: board, page 1", 200, lambda city, run: cases.board(city, PAST, ALL, finished=False, size=50, skip=0)),
        Read("as of: file, all of it", 200, lambda city, run: file(city, PAST, run)),
        Read("as of: figures", 200, lambda city, run: figures(city, PAST)),
        Read("as of: closing by district", 200, lambda city, run: cases.district_closing(city, PAST)),
    )


def _rows_of_a_figure(city: City) -> Any:
    return supervision.rows(city, NOW, MONTH, END, measure="handled_in_time", part="denominator", size=50, skip=0)


def _words(city: City) -> Any:
    return cases.board(city, NOW, Wanted(words="病虫", since=END - timedelta(days=90)), finished=True, size=50, skip=0)

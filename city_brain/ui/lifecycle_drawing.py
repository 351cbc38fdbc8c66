"""The lifecycle of a case as a drawing, made from its tables: a step or a move added there is drawn here without a change.

The seven steps stand in a row with where a closed case rests at its end; moves to the next step run above it, ways back below it. Above the
row hang the places beside the steps, as cards that name every move into and out of them. Below everything stand the ways out, as bars under
the steps in which they can be taken, and beside them what is done without changing the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from city_brain.cases.lifecycle import MOVES, PLACE, PLACES, RESTS, SEVEN, UNFINISHED, Move, Step
from city_brain.text import Text
from city_brain.ui.strokes import Pieces, box, length, line, numbered, said

PITCH, BOX, TALL = 163, 138, 56
"""From step to step, width and height of a box, in units of the drawing: about one pixel on a screen of 1366."""
RISE, LANE = 20, 40
"""From the boxes to the first line of arrows, and from one line to the next."""
LINE, INSIDE = 17, 13
"""From one line of words to the next, and from the edge of a card to its words."""
BAR, BARS = 34, 42
"""Height of a bar of the ways out, and from one to the next."""
AISLE = 22
"""Room left of the first bar, for what leads back to the first step."""

ROW: tuple[Step, ...] = (*SEVEN, *dict.fromkeys(move.target for move in MOVES if move.target in RESTS and not move.back))
OUT: tuple[Step, ...] = tuple(step for step in RESTS if step not in ROW)
"""Rests below the row."""
BESIDE: tuple[Step, ...] = tuple(place.step for place in PLACES if place.step not in (*ROW, *OUT))
"""Places beside the steps."""


@dataclass(frozen=True, slots=True)
class _Back:
    """A way back: from which places of the row to which, and its line counted from the row."""

    move: Move
    feet: tuple[int, ...]
    end: int
    lane: int


@dataclass(frozen=True, slots=True)
class _Card:
    """A place beside a step: where it hangs, where it is joined to the row, and its lines of words."""

    step: Step
    x: float
    wide: float
    joints: tuple[tuple[int, bool], ...]  # where a line goes down to the row, and whether it only comes up from there
    lines: tuple[tuple[Move, Pieces], ...]


def drawing(text: Text) -> str:
    """The lifecycle as one inline SVG with a title and a description: HTML without an empty line, for there Markdown ends a block of it."""
    onward, back, cards = _onward(), _backs(), _cards(text)
    tall = 34 + LINE * max((len(card.lines) for card in cards), default=0)
    below = [len(moves) for start, moves in onward.items() for card in cards if card.x < _middle(start) + PITCH / 2 < card.x + card.wide]
    gap = RISE + 31 * max(below, default=1) + 11
    top = 1 + max(tall + gap if cards else 0, RISE + 31 * max(map(len, onward.values()), default=0) + 6)
    foot = top + TALL
    zone = foot + RISE + LANE * (max((run.lane for run in back), default=-1) + 1) + 6
    parts = [_step_on(start, moves, top, text) for start, moves in onward.items()] + [_way_back(run, foot, text) for run in back]
    parts += [_step(step, _left(place), top, text) for place, step in enumerate(ROW)]
    parts += [_card(card, top - gap - tall, tall, top, text) for card in cards]
    outs, low, right = _ways_out(foot, zone, text)
    stays, lowest = _stays(right + 30, zone, text) if right < _left(5) else _stays(AISLE, low, text)
    wide = PITCH * (len(ROW) - 1) + BOX + 2
    head = f"<title>{escape(text('about.lifecycle_alt'))}</title><desc>{escape(description(text))}</desc>"
    return (
        f'<div class="cb-life" style="overflow-x:auto"><svg viewBox="-1 0 {wide} {max(low, lowest):g}" role="img" font-family="inherit" '
        f'style="display:block;width:100%;min-width:{wide - 40}px;max-width:1680px;margin:0 auto">'
        f"{head}{''.join(parts)}{outs}{stays}</svg></div>"
    )


def description(text: Text) -> str:
    """One sentence for each move, for those who do not see the drawing."""
    return " ".join(_told(move, text) for move in MOVES)


def _told(move: Move, text: Text) -> str:
    """A move in a sentence, with what must be filled."""
    sources = text("list.or").join(text(f"step.{source}") for source in move.sources)
    values = {"move": text(f"move.{move.name}"), "source": sources, "role": text(f"role.{move.role}")}
    told = text("about.move_told", target=text(f"step.{move.target}"), **values) if move.target else text("about.move_stays", **values)
    fields = " · ".join(text(f"field.{field}") for field in move.requires)
    return told + (f" ({text('about.requires', fields=fields)})" if fields else "")


def holder(step: Step, text: Text) -> str:
    """Who holds a case in a step and who brings it on, in words; nothing where it rests."""
    place = PLACE[step]
    if place.holder is None:
        return text("about.rests")
    return text(f"post.{place.holder}") + (f" · {text('about.judged', role=text(f'role.{place.judge}'))}" if place.judge else "")


def _onward() -> dict[int, list[Move]]:
    """Moves to the next step, by the place of the row from which they start."""
    found: dict[int, list[Move]] = {}
    for start, (here, there) in enumerate(pairwise(ROW)):
        if moves := [move for move in MOVES if here in move.sources and move.target is there]:
            found[start] = moves
    return found


def _backs() -> list[_Back]:
    """Each way back within the row on the nearest line where it meets no other; short ones first."""
    runs = []
    for move, end in ((move, ROW.index(move.target)) for move in MOVES if move.target in ROW):
        feet = tuple(place for source in move.sources if source in ROW and (place := ROW.index(source)) > end)
        if feet:
            runs.append((move, feet, end))
    taken: list[list[tuple[int, int]]] = []
    found = []
    for move, feet, end in sorted(runs, key=lambda run: max(run[1]) - run[2]):
        lane = next((number for number, spans in enumerate(taken) if all(max(feet) <= a or end >= b for a, b in spans)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((end, max(feet)))
        found.append(_Back(move, feet, end, lane))
    return found


def _cards(text: Text) -> list[_Card]:
    """The places beside the steps. One hangs left above its step; of two, one left and one right. None reaches into the one before."""
    found: list[_Card] = []
    for step in BESIDE:
        here = ROW.index(PLACE[step].of)
        siblings = [other for other in BESIDE if PLACE[other].of is PLACE[step].of]
        second = siblings.index(step) > 0
        joint = _middle(here) + (0 if len(siblings) == 1 else 26 if second else -26)
        free = max((card.x + card.wide + 8 for card in found), default=1.0)
        room = _left(len(ROW)) if second else joint + 32 - free
        lines = tuple((move, pieces) for move in MOVES for pieces in _lines(move, step, room - 2 * INSIDE, text))
        wide = 2 * INSIDE + max(length(pieces) for pieces in (_heading(step, text), *(pieces for _, pieces in lines)))
        x = max(free, joint - 18 if second else joint + 32 - wide)
        others = {ROW.index(source) for move, _ in lines if move.target is step for source in move.sources if source in ROW} - {here}
        joints = ((joint, False), *((_middle(place), True) for place in sorted(others) if x < _middle(place) < x + wide))
        found.append(_Card(step, x, wide, joints, lines))
    return found


def _lines(move: Move, step: Step, room: float, text: Text) -> list[Pieces]:
    """A move of a card: up into it, down to its step, or to another one. That is named, unless a bar below shows the same move."""
    if move.target is None or (step not in move.sources and move.target is not step):
        return []
    sign = "↑" if move.target is step else "↓" if move.target is PLACE[step].of else "→"
    pieces = [("sign", sign), *_named(move, text)]
    if sign != "→" or any(source in ROW for source in move.sources):
        return [pieces]
    target = ("sign", f"→ {text(f'step.{move.target}')}")
    return [[*pieces, target]] if length([*pieces, target]) <= room else [pieces, [("sign", "\u2003"), target]]


def _heading(step: Step, text: Text) -> Pieces:
    return [("step", text(f"step.{step}")), ("role", holder(step, text))]


def _named(move: Move, text: Text) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("name", text(f"move.{move.name}")), ("role", text(f"role.{move.role}"))


def _left(place: int) -> int:
    return place * PITCH


def _middle(place: int) -> int:
    return place * PITCH + BOX // 2


def _drawn(move: Move, inner: str, text: Text) -> str:
    """What belongs to a move; a pointer resting on it is told all of it."""
    return f'<g data-move="{move.name}"><title>{escape(_told(move, text))}</title>{inner}</g>'


def _step_on(start: int, moves: list[Move], edge: int, text: Text) -> str:
    """The arrow to the next step, with every move that takes it."""
    left, right, high, bend = _middle(start) + 46, _middle(start + 1) - 46, edge - RISE, 8
    path = f"M{left} {edge}V{high + bend}Q{left} {high} {left + bend} {high}H{right - bend}Q{right} {high} {right} {high + bend}V{edge - 6}"
    parts = [line(path, back=False, tip=f"M{right} {edge}l-5 -9h10z")]
    for number, move in enumerate(reversed(moves)):
        name, role = _named(move, text)
        x, y = (left + right) / 2, high - 6 - 31 * number
        parts.append(_drawn(move, said(x, y - 15, [name], "middle") + said(x, y, [role], "middle"), text))
    return "".join(parts)


def _way_back(run: _Back, edge: int, text: Text) -> str:
    """A line out of one box or several, below the row, and up into an earlier one. Short ones leave and arrive further from the middle."""
    aside, low, bend = 46 - 16 * run.lane, edge + RISE + LANE * run.lane, 8
    feet, end = [_middle(foot) - aside for foot in run.feet], _middle(run.end) + aside
    path = "".join(f"M{foot} {edge}V{low - bend}Q{foot} {low} {foot - bend} {low}" for foot in feet)
    path += f"M{max(feet) - bend} {low}H{end + bend}Q{end} {low} {end} {low - bend}V{edge + 6}"
    name, role = _named(run.move, text)
    words = said(end + 6, low + 15, [name]) + said(end + 6, low + 30, [role])
    return _drawn(run.move, line(path, back=True, tip=f"M{end} {edge}l-5 9h10z") + words, text)


def _card(card: _Card, y: float, tall: float, edge: int, text: Text) -> str:
    """A place beside its step, with the lines that join them."""
    parts = [box(card.x, y, card.wide, tall, edge="accent"), said(card.x + INSIDE, y + 22, _heading(card.step, text))]
    for x, only_up in card.joints:
        down, start = ("", edge) if only_up else (f"M{x} {edge}l-5 -9h10z", edge - 6)
        parts.append(line(f"M{x} {start}V{y + tall + 6:g}", back=False, tip=f"M{x} {y + tall:g}l-5 9h10z{down}"))
    for number, (move, pieces) in enumerate(card.lines):
        parts.append(_drawn(move, said(card.x + INSIDE, y + 41 + LINE * number, pieces), text))
    return f'<g data-step="{card.step}">{"".join(parts)}</g>'


def _ways_out(edge: int, y: float, text: Text) -> tuple[str, float, float]:
    """Bars under the steps in which a way out can be taken, and where it leads; how far down and to the right it all reaches."""
    ways: dict[Step, dict[Move, list[int]]] = {}
    for move in MOVES:
        for place in (ROW.index(source) for source in move.sources if source in ROW):
            if move.target in OUT or (move.target in ROW and ROW.index(move.target) > place + 1):
                ways.setdefault(move.target, {}).setdefault(move, []).append(place)
    x = _left(1 + max((place for bars in ways.values() for places in bars.values() for place in places), default=0))
    parts, rests = [said(AISLE, y + 15, [("role", text("about.ways_out"))])], list[float]()
    low = y + 26
    for target in sorted(ways, key=lambda step: (step in OUT, list(Step).index(step))):
        middle, right = low + BAR / 2, 0
        for move, first, last in ((move, *span) for move, places in ways[target].items() for span in _stretches(places)):
            left = _left(first) + (0 if first else AISLE)
            parts.append(line(f"M{right} {middle:g}H{left}", back=move.back) if right else "")
            right = _left(last) + BOX
            parts.append(_bar(move, left, right, low, text))
        parts.append(line(f"M{right} {middle:g}H{x - 6}", back=move.back, tip=f"M{x} {middle:g}l-9 -5v10z"))
        parts.append(_step(target, x, low, text, tall=BAR))
        rests += [middle] if target in OUT else []
        low += BARS
    for number, move in enumerate(move for move in MOVES if any(source in OUT for source in move.sources)):
        low += 18
        parts.append(_taken_up(move, x + BOX, rests, low, edge, number, text))
    return "".join(parts), low + 8, x + BOX


def _stretches(places: Iterable[int]) -> list[tuple[int, int]]:
    """Places of the row as stretches without a gap: first and last of each."""
    found: list[tuple[int, int]] = []
    for place in sorted(places):
        first = found.pop()[0] if found and found[-1][1] == place - 1 else place
        found.append((first, place))
    return found


def _bar(move: Move, left: int, right: int, y: float, text: Text) -> str:
    name, role = _named(move, text)
    fits = length([name, role]) + 20 <= right - left
    words = said(left + 10, y + 22, [name, role]) if fits else said(left + 10, y + 15, [name]) + said(left + 10, y + 29, [role])
    return _drawn(move, box(left, y, right - left, BAR, ground="raised", round_=4) + words, text)


def _taken_up(move: Move, right: int, rests: Sequence[float], low: float, edge: int, number: int, text: Text) -> str:
    """From the rests below round everything and up into the row."""
    x, end, bend = right + 16 + 8 * number, _left(ROW.index(move.target)) + 9 + 8 * number, 8  # type: ignore[arg-type]
    path = "".join(f"M{right} {rest:g}H{x}" for rest in rests) + f"M{x} {min(rests):g}V{low - bend:g}"
    path += f"Q{x} {low:g} {x - bend} {low:g}H{end + bend}Q{end} {low:g} {end} {low - bend:g}V{edge + 6}"
    return _drawn(move, line(path, back=True, tip=f"M{end} {edge}l-5 9h10z") + said(AISLE, low - 6, _named(move, text)), text)


def _stays(x: float, y: float, text: Text) -> tuple[str, float]:
    """What is done without changing the step, by the steps in which it can be; how far down it reaches."""
    groups: dict[tuple[Step, ...], list[Move]] = {}
    for move in MOVES:
        if move.target is None:
            groups.setdefault(move.sources, []).append(move)
    parts, low, end = [said(x, y + 15, [("role", text("about.stays"))])], y + 38, _left(len(ROW) - 1) + BOX
    for steps, moves in groups.items():
        where = text("about.unfinished") if steps == UNFINISHED else text("list.or").join(text(f"step.{step}") for step in steps)
        parts.append(said(x, low, [("sign", where)]))
        at, low = x, low + LINE
        for move in moves:
            long = length(_named(move, text))
            if at > x and at + long > end:
                at, low = x, low + LINE
            parts.append(_drawn(move, said(at, low, _named(move, text)), text))
            at += long + 18
        low += LINE + 7
    return "".join(parts), low - LINE + 2


def _step(step: Step, x: int, y: float, text: Text, *, tall: int = TALL) -> str:
    """A step with its number and holder, or a rest: rounder, without a number. A low box says its name alone."""
    rests, high = step in RESTS, tall == TALL
    shape = box(x, y, BOX, tall, edge="muted", round_=tall / 2) if rests else box(x, y, BOX, tall, ground="raised", edge="accent")
    first, (start, anchor) = y + (25 if high else 22), (x + BOX / 2, "middle") if rests else (x + 35, "start")
    words = said(start, first, [("step", text(f"step.{step}"))], anchor)
    words += said(start, y + 44, [("role", holder(step, text))], anchor) if high else ""
    return f'<g data-step="{step}">{shape}{"" if rests else numbered(x + 19, first - 5, SEVEN.index(step) + 1)}{words}</g>'

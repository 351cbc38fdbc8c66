"""The lifecycle of a case as a drawing, made from its table: a step or move added there is drawn here without a change.

The seven steps stand in a row with where a finished case rests at its end. Forward moves run above
the row, ways back below it; a way back that ends a case leads straight down.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from city_brain.cases.lifecycle import HOLDERS, MOVES, SEVEN, Move, Step
from city_brain.text import Text

PITCH, BOX, TALL = 163, 134, 56
"""From step to step, width and height of a box, in units of the drawing: about one pixel on a screen of 1366."""
LANE, RISE = 38, 20
"""From one line of arrows to the next, and from the boxes to the first."""
BESIDE = 24
"""How far from the middle of a box its arrows leave and arrive, so that coming and going are apart."""
FALL = 62
"""Height of the arrow to a rest below the row."""
RESTS = tuple(step for step in Step if step not in SEVEN)
BELOW = {move.target: move.source for move in MOVES if move.back and move.target in RESTS}
"""Rests below the row, and the step each stands under."""
ROW: tuple[Step, ...] = (*SEVEN, *(step for step in RESTS if step not in BELOW))


@dataclass(frozen=True, slots=True)
class _Run:
    """An arrow beside the row: from and to as places in it, and its line counted from the row."""

    move: Move
    start: int
    end: int
    lane: int


def drawing(text: Text) -> str:
    """The lifecycle as one inline SVG with a title and a description, coloured by the ``--cb-…`` variables.

    Returns
    -------
    str
        HTML without an empty line (Markdown ends a block of HTML there); every word in it is escaped.
    """
    ahead, back = (_runs([move for move in MOVES if move.back is way and move.target not in BELOW]) for way in (False, True))
    top = RISE + 36 + LANE * max((run.lane for run in ahead), default=0)
    foot = top + TALL + max(RISE + 40 + LANE * max((run.lane for run in back), default=0), FALL + TALL + 2 if BELOW else 0)
    parts = [_arrow(run, top, text) for run in ahead] + [_arrow(run, top + TALL, text) for run in back]
    parts += [_box(step, place * PITCH, top, text) for place, step in enumerate(ROW)]
    for move in MOVES:
        if move.target in BELOW:
            parts += [_fall(move, top + TALL, text), _box(move.target, ROW.index(move.source) * PITCH, top + TALL + FALL, text)]
    wide = PITCH * (len(ROW) - 1) + BOX + 2
    head = f"<title>{escape(text('about.lifecycle_alt'))}</title><desc>{escape(description(text))}</desc>"
    return (
        f'<div class="cb-life" style="overflow-x:auto"><svg viewBox="-1 0 {wide} {foot}" role="img" font-family="inherit" '
        f'style="display:block;width:100%;min-width:{wide - 40}px;max-width:1680px;margin:0 auto">{head}{"".join(parts)}</svg></div>'
    )


def description(text: Text) -> str:
    """One sentence for each move, for those who do not see the drawing."""
    return " ".join(_told(move, text) for move in MOVES)


def _told(move: Move, text: Text) -> str:
    """A move in a sentence, with what must be filled."""
    ends = {"source": text(f"step.{move.source}"), "target": text(f"step.{move.target}")}
    told = text("about.move_told", move=_name(move, text), role=text(f"role.{move.role}"), **ends)
    fields = " · ".join(text(f"field.{field}") for field in move.requires)
    return told + (f" ({text('about.requires', fields=fields)})" if fields else "")


def holder(step: Step, text: Text) -> str:
    """Who holds a case in a step, in words; nothing where it rests."""
    if step in RESTS:
        return text("about.rests")
    return text(f"post.{HOLDERS[step]}") if step in HOLDERS else text("role.department")


def _name(move: Move, text: Text) -> str:
    return text(f"move.{move.name}")


def _runs(moves: list[Move]) -> list[_Run]:
    """Each move on the nearest line where it meets no other; short ones first."""
    taken: list[list[tuple[int, int]]] = []
    found = []
    for move in sorted(moves, key=lambda move: abs(ROW.index(move.target) - ROW.index(move.source))):
        start, end = ROW.index(move.source), ROW.index(move.target)
        left, right = min(start, end), max(start, end)
        lane = next((number for number, spans in enumerate(taken) if all(right <= a or left >= b for a, b in spans)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((left, right))
        found.append(_Run(move, start, end, lane))
    return found


def _middle(place: int) -> int:
    return place * PITCH + BOX // 2


def _arrow(run: _Run, edge: int, text: Text) -> str:
    """A line out of one box and into another, from the edge `edge` of the row, with the move and who takes it."""
    side = 1 if run.end > run.start else -1
    away = 1 if run.move.back else -1
    left, right = _middle(run.start) + side * BESIDE, _middle(run.end) - side * BESIDE
    line, bend = edge + away * (RISE + LANE * run.lane), 8
    path = (f"M{left} {edge}V{line - away * bend}Q{left} {line} {left + side * bend} {line}H{right - side * bend}"
            f"Q{right} {line} {right} {line - away * bend}V{edge + away * 6}")  # fmt: skip
    name, role = (line + 16, line + 31) if run.move.back else (line - 21, line - 6)
    words = _said(run.move, (left + right) // 2, name, role, "middle", text)
    return _drawn(run.move, path, f"M{right} {edge}l-5 {away * 9}h10z", words, _told(run.move, text))


def _fall(move: Move, edge: int, text: Text) -> str:
    """The way down to a rest below the row."""
    x, y = _middle(ROW.index(move.source)), edge + FALL
    words = _said(move, x + 12, edge + 26, edge + 41, "start", text)
    return _drawn(move, f"M{x} {edge}V{y - 6}", f"M{x} {y}l-5 -9h10z", words, _told(move, text))


def _drawn(move: Move, path: str, tip: str, words: str, told: str) -> str:
    """An arrow with its words; `told` is what a pointer resting on it is told."""
    ink, dashes = ("var(--cb-muted)", ' stroke-dasharray="5 4"') if move.back else ("var(--cb-accent)", "")
    line = f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="1.8"{dashes}/><path d="{tip}" fill="{ink}"/>'
    return f'<g data-move="{move.name}"><title>{escape(told)}</title>{line}{words}</g>'


def _said(move: Move, x: int, name: int, role: int, anchor: str, text: Text) -> str:
    first = f'<text x="{x}" y="{name}" font-size="13.5" font-weight="600" fill="var(--cb-text)">{escape(_name(move, text))}</text>'
    second = f'<text x="{x}" y="{role}" font-size="12.5" fill="var(--cb-muted)">{escape(text(f"role.{move.role}"))}</text>'
    return f'<g text-anchor="{anchor}">{first}{second}</g>'


def _box(step: Step, x: int, y: int, text: Text) -> str:
    """A step with its number and holder, or a rest: rounder, without a number."""
    rests = step in RESTS
    ground, edge = ("none", "var(--cb-muted)") if rests else ("var(--cb-raised)", "var(--cb-accent)")
    size = f'width="{BOX}" height="{TALL}" rx="{TALL // 2 if rests else 6}"'
    shape = f'<rect x="{x}" y="{y}" {size} fill="{ground}" stroke="{edge}" stroke-width="1.4"/>'
    number, at, anchor = "", x + BOX // 2, "middle"
    if not rests:
        at, anchor = x + 36, "start"
        digit = (
            f'<text x="{x + 19}" y="{y + 24.6}" font-size="13" font-weight="600" fill="var(--cb-on-accent)">{SEVEN.index(step) + 1}</text>'
        )
        number = f'<circle cx="{x + 19}" cy="{y + 20}" r="10.5" fill="var(--cb-accent)"/><g text-anchor="middle">{digit}</g>'
    words = (f'<text x="{at}" y="{y + 25}" font-size="14.5" font-weight="600" fill="var(--cb-text)">{escape(text(f"step.{step}"))}</text>'
             f'<text x="{at}" y="{y + 44}" font-size="12.5" fill="var(--cb-muted)">{escape(holder(step, text))}</text>')  # fmt: skip
    return f'<g data-step="{step}">{shape}{number}<g text-anchor="{anchor}">{words}</g></g>'

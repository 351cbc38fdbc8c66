"""The lifecycle told: as rows, as a Mermaid diagram, as Markdown tables. Everything is read from its tables."""

from __future__ import annotations

from typing import Any

from city_brain.cases.lifecycle import MOVES, PHASES, PLACES, RESTS, Clock, choices


def steps() -> list[dict[str, Any]]:
    """One row per step: step, group (open, working, done), of (which of the seven), holder, limit, rest."""
    return [
        {
            "step": place.step, "group": place.phase, "of": place.of, "holder": place.holder,
            "limit": str(place.limit) if place.limit else None, "rest": place.step in RESTS,
        }
        for place in PLACES
    ]  # fmt: skip


def moves() -> list[dict[str, Any]]:
    """One row per move and source: move, source, target, their groups, role, required and optional fields, choices, clock, needs, back."""
    return [
        {
            "move": move.name, "source": source, "target": move.leads(source), "role": move.role,
            "source_group": PHASES[source], "target_group": PHASES[move.leads(source)],
            "required": list(move.requires), "optional": list(move.takes),
            "choices": {field: list(found) for field in (*move.requires, *move.takes) if (found := choices(move, field))},
            "clock": move.clock, "needs": list(move.needs), "back": move.back, "send_back": bool(move.kinds),
        }
        for move in MOVES for source in move.sources
    ]  # fmt: skip


def as_mermaid() -> str:
    """The table as a Mermaid state diagram: the moves that lead to another step."""
    lines = ["stateDiagram-v2", "    [*] --> collect"]
    lines += [
        f"    {source} --> {move.target}: {move.name} ({move.role})" for move in MOVES for source in move.sources if move.target is not None
    ]
    return "\n".join([*lines, *(f"    {step} --> [*]" for step in RESTS)])


def as_markdown() -> str:
    """The moves as a Markdown table."""
    lines = ["| move | from | to | role | must be filled | may be filled | the limit | needs |", "|---|---|---|---|---|---|---|---|"]
    for move in MOVES:
        name, target = f"`{move.name}`{' (way back)' if move.back else ''}", move.target or "stays"
        required = ", ".join(f"kind ({' / '.join(move.kinds)})" if field == "kind" else field for field in move.requires)
        clock = "–" if move.clock is Clock.KEEPS else move.clock
        cells = (name, ", ".join(move.sources), target, move.role, required, ", ".join(move.takes), clock, ", ".join(move.needs))
        lines.append("| " + " | ".join(str(cell) or "–" for cell in cells) + " |")
    return "\n".join(lines)


def steps_as_markdown() -> str:
    """The steps as a Markdown table."""
    lines = ["| step | phase | of the seven | held by | at most |", "|---|---|---|---|---|"]
    lines += [
        f"| `{place.step}` | {place.phase} | {place.of} | {place.holder or '–'} | {_length(place.limit) if place.limit else '–'} |"
        for place in PLACES
    ]
    return "\n".join(lines)


def _length(limit: object) -> str:
    return str(limit).replace("_", " ")

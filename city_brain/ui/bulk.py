"""One move with several cases of the board: choose, see what will happen, do it, and hear what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import actions, routing
from city_brain.cases.lifecycle import MOVES, Move
from city_brain.cases.standing import Standing
from city_brain.errors import Fault
from city_brain.responsibility import queries as responsibility
from city_brain.storage.city import City
from city_brain.ui import case_buttons, case_story, move_forms, tables
from city_brain.ui.labels import Labels
from city_brain.ui.move_forms import PROPOSED, Asked
from city_brain.ui.session import Viewer

MOST = 200
"""Cases at a time."""
CHUNK = 5
"""Cases between two steps of the progress bar."""
_NOT_FOR_MANY = ("rule", "pictures")
"""Fields that belong to one case: each of several is filed under its ordinary rule."""
_ON, _FRAME, _SEEN, _DONE = "bulk-on", "bulk-frame", "bulk-seen", "bulk-done"
Row = dict[str, Any]


def may(viewer: Viewer) -> bool:
    """Whether the reader can move cases at all, now."""
    return not viewer.playback and any(move.role is viewer.actor.role for move in MOVES)


def is_on(viewer: Viewer) -> bool:
    """Whether several cases are being chosen."""
    return may(viewer) and bool(st.session_state.get(_ON))


def switch(viewer: Viewer) -> None:
    """The switch between opening one case and choosing several."""
    if may(viewer):
        st.toggle(viewer.text("bulk.switch"), key=_ON, on_change=_fresh)


def _fresh() -> None:
    """What was chosen, seen and done before is over; the table is read again."""
    for name in (_FRAME, _SEEN, _DONE):
        st.session_state.pop(name, None)
    st.session_state["bulk-round"] = st.session_state.get("bulk-round", 0) + 1


def show(city: City, viewer: Viewer, labels: Labels, signature: str, rows: Callable[[], pd.DataFrame]) -> None:
    """The bar and the table. The rows stay as they were read while somebody chooses among them: a later change is told as such."""
    text = viewer.text
    signature = f"{signature} {viewer.actor.role} {viewer.actor.department}"
    kept = st.session_state.get(_FRAME)
    if kept is None or kept[0] != signature:
        kept = (signature, rows(), viewer.look.moment)
        st.session_state[_FRAME] = kept
        st.session_state["bulk-round"] = st.session_state.get("bulk-round", 0) + 1
    cases, bar = kept[1], st.container(key="panel-bulk")
    shown = tables.in_words(cases, viewer, labels)
    late = tables.step_late(cases, viewer.look.moment)
    key = f"bulk-rows-{st.session_state['bulk-round']}-{text.language}"
    height = min(620, 38 + tables.ROW * len(cases))
    picked = tables.draw_many(key, shown, cases, columns=tables.configuration(text), height=height, late=late)
    with bar:
        chosen = cases[cases["case_id"].isin(picked)]
        records = chosen.astype(object).where(chosen.notna(), None).to_dict("records")
        _bar(city, viewer, labels, records, text.moment(kept[2], "second"))


def _bar(city: City, viewer: Viewer, labels: Labels, chosen: list[Row], read_at: str) -> None:
    text = viewer.text
    if not chosen:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":gray[{text('bulk.choose', most=MOST, at=read_at)}]")
            st.button(text("bulk.read_again"), key="bulk-again", type="tertiary", icon=":material/refresh:", on_click=_fresh)
        return
    fitting = _fitting(viewer, chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown(f"**{text('bulk.chosen', cases=len(chosen))}** :small[:gray[{text('bulk.as_of', at=read_at)}]]")
        name = st.selectbox(
            text("bulk.move"), list(fitting), key=f"bulk-move-{text.language}", index=None, placeholder=text("bulk.move"), width=300,
            label_visibility="collapsed", format_func=lambda name: _offered(viewer, name, fitting[name], len(chosen)),
        )  # fmt: skip
    if not fitting:
        st.markdown(f":gray[{text('bulk.nothing_fits')}]")
    if name in fitting:
        _move(city, viewer, labels, next(move for move in MOVES if move.name == name), chosen)


def _fitting(viewer: Viewer, chosen: list[Row]) -> dict[str, int]:
    """The moves that are possible with at least one of the chosen cases → with how many."""
    found: Counter[str] = Counter()
    for row in chosen:
        found.update(move.name for move in case_buttons.possible(Standing.of(row), viewer.actor, viewer.look.moment))
    return {move.name: found[move.name] for move in MOVES if move.name in found}


def _offered(viewer: Viewer, name: str, cases: int, of: int) -> str:
    label = viewer.text(f"move.{name}")
    return label if cases == of else viewer.text("bulk.for_some", move=label, cases=cases, of=of)


def _move(city: City, viewer: Viewer, labels: Labels, move: Move, cases: list[Row]) -> None:
    """The fields of the move, what it would do with each case, and doing it."""
    text, asked = viewer.text, Asked(city, viewer, labels, move, f"bulk-{move.name}")
    answers = ["answer"] if move.forward and any(case["unanswered"] == case["step"] for case in cases) else []
    fields = [*(name for name in asked.fields if name not in _NOT_FOR_MANY), *answers]
    move_forms.show(asked, fields)
    plan = _plan(city, move_forms.values(asked.key, fields), cases)
    signature = repr((move.name, viewer.actor, text.language, [(step.case_id, step.seen, step.given) for step in plan]))
    seen: list[Row] | None = st.session_state[_SEEN][1] if st.session_state.get(_SEEN, ("",))[0] == signature else None
    fine = sum(row["fine"] for row in seen) if seen else 0
    with st.container(horizontal=True, vertical_alignment="center"):
        look = st.button(text("bulk.preview"), key="bulk-preview", icon=":material/visibility:", type="secondary" if fine else "primary")
        do = st.button(text("bulk.do", cases=fine or len(cases)), key="bulk-do", type="primary" if fine else "secondary", disabled=not fine)
        hint = text("bulk.will", fine=fine, refused=len(cases) - fine) if seen else text("bulk.preview_first")
        st.markdown(f":small[:gray[{hint}]]")
    if look:
        st.session_state[_SEEN] = (signature, [_foreseen(city, viewer, labels, move, step) for step in plan])
        st.rerun()
    if do:
        _do(city, viewer, move, plan)
        st.rerun()
    if seen:
        _table(viewer, seen, "bulk-foreseen")


@dataclass(frozen=True, slots=True)
class Planned:
    """What one of several cases is given, and how it stood when it was chosen."""

    case_id: str
    seen: int
    case: Row
    given: dict[str, str]


def _plan(city: City, filled: dict[str, str], cases: list[Row]) -> list[Planned]:
    """Each case with the same fields, or each with the department that is proposed for it; where none is, it lacks one."""
    if filled.get("department") != PROPOSED:
        return [Planned(case["case_id"], case["sequence"], case, filled) for case in cases]
    rules, plain = responsibility.in_force(city), {name: value for name, value in filled.items() if name != "department"}
    plan = []
    for case in cases:
        kind, code = case["category_kind"], case["category_code"]
        source_type = None if code else case["kind"]
        found = routing.propose(rules, kind=kind, code=code, source_type=source_type, district=case["district"]).department
        plan.append(Planned(case["case_id"], case["sequence"], case, plain | ({"department": found} if found else {})))
    return plan


def _foreseen(city: City, viewer: Viewer, labels: Labels, move: Move, step: Planned) -> Row:
    """What the move will do with a case, or why it will not."""
    before = {"case": step.case_id, "kind": labels.kind(step.case["kind"])}
    try:
        after = actions.foresee(city, step.case_id, move.name, viewer.actor, step.given)
    except Fault as fault:
        return before | {"fine": False, "what": viewer.text.fault(fault), "holder": "", "clock": ""}
    way = labels.step(step.case["step"]) + ("" if after.step == step.case["step"] else f" → {labels.step(after.step)}")
    clock = case_story.deadline(viewer, step.case["due_at"], after.due_at)
    return before | {"fine": True, "what": way, "holder": labels.holder(after.holder), "clock": clock}


def _do(city: City, viewer: Viewer, move: Move, plan: list[Planned]) -> None:
    """Take the move, a few cases at a time, so that its progress is seen and what is done is known even when the page is left."""
    text, told = viewer.text, list[Row]()
    bar, name = st.progress(0.0), text(f"move.{move.name}")
    st.session_state[_DONE] = (name, told)
    for start in range(0, len(plan), CHUNK):
        part = plan[start : start + CHUNK]
        for given in {repr(step.given): step.given for step in part}.values():
            cases = [(step.case_id, step.seen) for step in part if step.given == given]
            results = actions.advance_all(city, cases, move.name, viewer.actor, given)
            told += [{"case": case_id, "fine": fault is None, "what": text.fault(fault) if fault else name} for case_id, fault in results]
        bar.progress(min(1.0, (start + len(part)) / len(plan)), text=text("bulk.progress", done=start + len(part), cases=len(plan)))
    for name in (_FRAME, _SEEN):
        st.session_state.pop(name, None)


def results(viewer: Viewer) -> None:
    """What became of each case of the last run, until somebody has read it."""
    text, last = viewer.text, st.session_state.get(_DONE)
    if last is None:
        return
    name, told = last
    fine = sum(row["fine"] for row in told)
    with st.container(key="panel-bulk-done"):
        with st.container(horizontal=True, vertical_alignment="center"):
            badge = f":green-badge[✓ {text('bulk.done', cases=fine)}]"
            refused = f" :orange-badge[✕ {text('bulk.refused', cases=len(told) - fine)}]" if fine < len(told) else ""
            st.markdown(f"**{name}** {badge}{refused}")
            st.button(text("bulk.read"), key="bulk-read", on_click=lambda: st.session_state.pop(_DONE, None), type="tertiary")
        _table(viewer, sorted(told, key=lambda row: row["fine"]), "bulk-results")


def _table(viewer: Viewer, rows: list[Row], key: str) -> None:
    """One row for each case: ✓ or ✕, and what happens or why not."""
    text = viewer.text
    shown = pd.DataFrame(rows)
    shown.insert(0, "mark", ["✓" if fine else "✕" for fine in shown.pop("fine")])
    shown = shown.loc[:, [bool((shown[name] != "").any()) for name in shown]]
    columns = {
        "mark": st.column_config.TextColumn("", width=36),
        "case": st.column_config.TextColumn(text("column.case"), width=150),
        "kind": st.column_config.TextColumn(text("column.kind"), width=150),
        "what": st.column_config.TextColumn(text("bulk.what"), width=520),
        "holder": st.column_config.TextColumn(text("column.holder"), width=170),
        "clock": st.column_config.TextColumn(text("bulk.clock"), width=230),
    }
    with st.container(key=key):
        st.dataframe(
            shown, hide_index=True, row_height=tables.ROW, height=min(260, 38 + tables.ROW * len(shown)), column_config=columns
        )  # fmt: skip

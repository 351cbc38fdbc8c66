"""The form of a move: its fields as widgets, from the lifecycle table, and what was filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import evidence, filing_rules, lifecycle, queries, timeline
from city_brain.cases.actions import MOST_PICTURES
from city_brain.cases.lifecycle import LONGEST_SUSPENSION_DAYS, Move, Need, Step
from city_brain.errors import Fault
from city_brain.responsibility import queries as responsibility
from city_brain.storage.city import City
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer

WORDS = ("reason", "outcome", "note", "answer")
"""Fields that are written freely."""
PROPOSED = "proposed"
"""Instead of a department, for several cases: to each the one that is proposed for it."""
PICTURES = ("jpg", "jpeg", "png", "webp")
_MEGABYTES = evidence.MOST_BYTES // 1024**2


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form is about: a move, and the case (or several, then none in particular)."""

    city: City
    viewer: Viewer
    labels: Labels
    move: Move
    key: str
    """Keys of its widgets begin so."""
    found: dict[str, Any] | None = None
    acts: Sequence[Mapping[str, Any]] = ()

    @property
    def unanswered(self) -> bool:
        """Whether the move has to answer a send-back."""
        return self.found is not None and self.found["unanswered"] == self.found["step"]

    @property
    def required(self) -> tuple[str, ...]:
        """Fields that must be filled."""
        return lifecycle.required(self.move, unanswered=self.unanswered)

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields that the form shows: what must be filled first."""
        return (*self.required, *(name for name in self.move.takes if name not in self.required))


def show(asked: Asked, fields: Sequence[str]) -> None:
    """The widgets of some fields: what is chosen on the left, what is written on the right."""
    chosen, written = [name for name in fields if name not in WORDS], [name for name in fields if name in WORDS]
    columns = st.columns(2)
    for place, name in [*((0, name) for name in chosen), *((bool(chosen) or number % 2, name) for number, name in enumerate(written))]:
        with columns[place]:
            label = asked.viewer.text(f"field.{name}") + (" \\*" if name in asked.required else "")
            _WIDGETS.get(name, _choice)(asked, name, label)


def values(key: str, fields: Sequence[str]) -> dict[str, str]:
    """What was filled in, pictures left aside."""
    filled: dict[str, str] = {}
    for name in fields:
        value = st.session_state.get(f"{key}-{name}")
        if value and name != "pictures":
            filled[name] = value.isoformat() if isinstance(value, date) else str(value)
    return filled


def kept_pictures(key: str, city: City, viewer: Viewer) -> dict[str, str]:
    """Keep the pictures of a form: the field that names them, empty without any.

    Raises
    ------
    Fault
        One of them is none; which one is said.
    """
    given = st.session_state.get(f"{key}-pictures") or []
    if len(given) > MOST_PICTURES:
        raise Fault("pictures_many", most=MOST_PICTURES)
    kept = []
    for file in given:
        try:
            kept.append(city.keep(evidence.prepared(file.getvalue()), evidence.SUFFIX))
        except Fault as fault:
            raise Fault("picture_named", file=file.name, why=viewer.text.fault(fault)) from fault
    return {"pictures": " ".join(kept)} if kept else {}


def _words(asked: Asked, name: str, label: str) -> None:
    st.text_area(label, key=f"{asked.key}-{name}", max_chars=1000, height=88)


def _choice(asked: Asked, name: str, label: str) -> None:
    st.segmented_control(
        label, lifecycle.choices(asked.move, name), key=f"{asked.key}-{name}", format_func=asked.labels.choice, width="stretch", wrap=True,
    )  # fmt: skip


def _department(asked: Asked, name: str, label: str) -> None:
    """Departments, the proposed one chosen already, with the reason in words."""
    text, labels, found = asked.viewer.text, asked.labels, asked.found
    options, proposed, why = labels.departments(), None, ""
    if found is None:
        options = [PROPOSED, *options] if asked.move.name == "dispatch" else options
        proposed = PROPOSED if PROPOSED in options else None
    else:
        proposed, why = _proposed(asked)
        if Need.OTHER_DEPARTMENT in asked.move.needs:
            options = [option for option in options if option != found["department"]]
    st.selectbox(
        label, options, key=f"{asked.key}-{name}", index=options.index(proposed) if proposed in options else None,
        placeholder=text("moves.choose"),
        format_func=lambda option: text("bulk.proposed") if option == PROPOSED else labels.of("department", option),
    )  # fmt: skip
    if why:
        st.markdown(f":small[:gray[{why}]]")


def _proposed(asked: Asked) -> tuple[str | None, str]:
    """The department to choose already, and why. A ruling starts from the one that the dispute names."""
    text, labels, found = asked.viewer.text, asked.labels, asked.found or {}
    dispute = timeline.last_act(asked.acts, "dispute") if found["step"] == Step.DISPUTE else None
    if dispute and "instead" in dispute["fields"]:
        disputed = dispute["fields"]["instead"]
        return disputed, text("moves.named_in_dispute", department=escaped(labels.of("department", disputed)))
    proposal, counted = responsibility.proposal(asked.city, found)
    if proposal.department is None:
        return None, text("proposed.gap")
    why = [text(f"proposed.{proposal.reason}", department=escaped(labels.of("department", proposal.department)))]
    if counted["of"]:
        why.append(text("proposed.right", right=counted["right"], of=counted["of"]))
    if proposal.helpers:
        helpers = text("list.or").join(labels.of("department", helper) for helper in proposal.helpers)
        why.append(text("proposed.helpers", departments=escaped(helpers)))
    return proposal.department, ("" if text.language == "zh_CN" else " ").join(why)


def _into(asked: Asked, name: str, label: str) -> None:
    """The case it is merged into: neighbours to choose from, any number to write."""
    text, labels, found = asked.viewer.text, asked.labels, asked.found
    near = queries.unfinished_near(asked.city, asked.viewer.look, found) if found else pd.DataFrame({"case_id": []})
    told = {}
    for row in near.itertuples():
        far = text("file.metres", metres=row.distance_m) if pd.notna(row.distance_m) else text("moves.same_address")
        kind = text("moves.same_kind") if found and row.kind == found["kind"] else labels.kind(row.kind)
        told[row.case_id] = " · ".join([row.case_id, far, kind, labels.step(row.step), text.moment(row.reported_at.to_pydatetime())])
    st.selectbox(
        label, list(told), index=None, key=f"{asked.key}-{name}", accept_new_options=True, placeholder=text("moves.into_hint"),
        format_func=lambda case_id: told.get(case_id, case_id),
    )  # fmt: skip
    if found and not told:
        st.markdown(f":small[:gray[{text('moves.none_near')}]]")


def _rule(asked: Asked, name: str, label: str) -> None:
    """The filing rules of the category: condition, limit, and when it may be closed."""
    text, found = asked.viewer.text, asked.found or {}
    rules = {rule.rule: rule for rule in filing_rules.rules_of(found.get("category_kind"), found.get("category_code"))}
    told = {rule.rule: text.pick(rule.condition_zh, rule.condition_en) for rule in rules.values()}
    beside = [
        text("moves.rule", limit=asked.labels.limit(rule.limit), closing=text.pick(rule.closing_zh, rule.closing_en))
        for rule in rules.values()
    ]
    st.radio(label, list(told), key=f"{asked.key}-{name}", format_func=told.__getitem__, captions=beside)


def _until(asked: Asked, name: str, label: str) -> None:
    here = asked.viewer.look.moment.astimezone(asked.viewer.text.zone).date()
    st.date_input(
        label, value=None, min_value=here + timedelta(days=1), max_value=here + timedelta(days=LONGEST_SUSPENSION_DAYS),
        key=f"{asked.key}-{name}", format="YYYY-MM-DD",
    )  # fmt: skip


def _pictures(asked: Asked, name: str, label: str) -> None:
    text = asked.viewer.text
    st.html(f"<style>:root{{--cb-upload:'{text('moves.upload')}'}}</style>")  # the widget's own words are English alone
    st.file_uploader(label, type=PICTURES, accept_multiple_files=True, key=f"{asked.key}-{name}", max_upload_size=_MEGABYTES)
    hint = text("moves.pictures", formats="JPEG, PNG, WebP", most=MOST_PICTURES, megabytes=_MEGABYTES)
    st.markdown(f":small[:gray[{hint}]]")


_WIDGETS: dict[str, Callable[[Asked, str, str], None]] = {
    **dict.fromkeys(WORDS, _words), "department": _department, "instead": _department, "into": _into, "rule": _rule, "until": _until,
    "pictures": _pictures,
}  # fmt: skip
"""How a field is asked for; whatever is not here is one of a few values."""

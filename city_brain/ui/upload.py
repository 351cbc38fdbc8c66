"""Data in by hand: choose, look at what was understood, correct it, take it in, read the report."""

from __future__ import annotations

import secrets
import shutil
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import orjson
import pandas as pd
import streamlit as st

from city_brain.errors import Fault
from city_brain.intake import outlines
from city_brain.intake.load import Loaded, Wishes, load_one, take
from city_brain.intake.normalise import Prepared, prepare
from city_brain.intake.profiles import FIELDS, Profile, names, save_profile
from city_brain.intake.recognise import Guess
from city_brain.roles import GRANTED, Right, require
from city_brain.storage.city import City
from city_brain.text import Text
from city_brain.ui import cached, faults, first_screen, session, tables
from city_brain.ui.labels import escaped
from city_brain.ui.session import Viewer

_waiting: OrderedDict[str, Prepared] = OrderedDict()
"""Files looked at and not yet taken in, by a token that their session holds; the oldest give way."""
MOST_WAITING = 8
DATUMS = ("wgs84", "gcj02", "bd09")
PREVIEW = (
    "external_id",
    "reported_at",
    "closed_at",
    "due_at",
    "status",
    "source_type",
    "department",
    "district",
    "street",
    "community",
    "address",
    "lon",
    "lat",
    "location_quality",
)


def show(city: City, viewer: Viewer) -> None:
    """The panel: who may, the way in, the preview, the report."""
    text = viewer.text
    with st.container(key="panel-upload"):
        st.markdown(f"**{text('upload.title')}** :small[:gray[{text('upload.note')}]]")
        if viewer.playback or viewer.actor.role not in GRANTED[Right.LOAD]:
            roles = text("list.or").join(text(f"role.{role}") for role in sorted(GRANTED[Right.LOAD]) if role != "system")
            st.markdown(f":gray[{text('moves.playback') if viewer.playback else text('upload.not_you', roles=roles)}]")
            return
        _way_in(city, viewer)
        token = st.session_state.get("upload-token")
        prepared = _waiting.get(token) if token else None
        if prepared is not None:
            _preview(city, viewer, prepared)
        elif st.session_state.get("upload-headers"):
            _mapping(viewer, st.session_state["upload-headers"], {}, {}, "own")
        report = st.session_state.get("upload-report")
        if report:
            _report(city, viewer, report)


def _way_in(city: City, viewer: Viewer) -> None:
    text = viewer.text
    given = st.file_uploader(text("upload.file"), key="upload-file", label_visibility="collapsed")
    address = st.text_input(
        text("upload.address"), key="upload-address", placeholder=text("upload.address_hint"), label_visibility="collapsed"
    )
    with st.expander(text("upload.wishes"), expanded=bool(st.session_state.pop("upload-asked", False))):
        columns = st.columns(2)
        profile = columns[0].selectbox(
            text("upload.profile"),
            ["", "auto", *names(session.settings())],
            key="upload-profile",
            format_func=lambda name: name or text("upload.recognise"),
        )
        zone = columns[1].selectbox(
            text("upload.timezone"),
            ["", *sorted(available_timezones())],
            key="upload-timezone",
            format_func=lambda name: name or text("upload.recognise"),
        )
        datum = columns[0].selectbox(
            text("upload.datum"),
            ["", *DATUMS],
            key="upload-datum",
            accept_new_options=True,
            format_func=lambda name: name or text("upload.recognise"),
            help=text("upload.datum_help"),
        )
        place = columns[1].text_input(text("upload.city"), key="upload-city", placeholder=text("upload.recognise"))
    wishes = Wishes(profile=profile or None, city=place or None, datum=datum or None, timezone=zone or None)
    if not st.button(text("upload.look"), key="upload-look", type="primary", disabled=given is None and not address):
        return
    for name in ("upload-report", "upload-token", "upload-headers"):
        st.session_state.pop(name, None)
    with faults.shown():
        target = address.strip() if given is None else _kept(given.name, given.getvalue())
        if outlines.read(target) is not None:
            session_report(load_one(city, session.settings(), target, viewer.actor, wishes, lambda *_: None))
        else:
            _look(viewer, target, wishes, None)


def _kept(name: str, content: bytes) -> str:
    """Keep an uploaded file in a folder of its own; its (cleaned) name stays, for a source is known by it."""
    folder = session.settings().home / "uploads" / secrets.token_hex(8)
    folder.mkdir(parents=True)
    safe = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name.rsplit("/", 1)[-1])[-80:].lstrip(".")
    file = folder / (safe or "file")
    file.write_bytes(content)
    return str(file)


def _look(viewer: Viewer, target: str, wishes: Wishes, profile: Profile | None) -> None:
    """Read and normalise a file, with its progress; what was understood waits for its person."""
    text, settings = viewer.text, session.settings()
    bar = st.progress(0.0, text=text("stage.read"))

    def tell(stage: str, done: int, total: int | None) -> None:
        bar.progress(min(1.0, done / total) if total else 0.0, text=text("upload.progress", stage=text(f"stage.{stage}"), done=done))

    settings.batches.mkdir(parents=True, exist_ok=True)
    try:
        prepared = prepare(
            target,
            settings=settings,
            folder=settings.batches,
            profile=profile or wishes.profile,
            city=wishes.city,
            datum=wishes.datum,
            timezone=wishes.timezone,
            progress=tell,
        )
    except Fault as fault:
        st.session_state["upload-asked"] = True  # what is missing can be said there
        if fault.key == "no_time_column":
            st.session_state["upload-headers"] = str(fault.values["headers"]).split(", ")
            _remember(target, wishes)
        raise
    finally:
        bar.empty()
    token = secrets.token_hex(8)
    _waiting[token] = prepared
    while len(_waiting) > MOST_WAITING:
        _waiting.popitem(last=False)
    st.session_state["upload-token"] = token
    st.session_state.pop("upload-headers", None)
    _remember(target, wishes)


def _remember(target: str, wishes: Wishes) -> None:
    st.session_state["upload-target"] = target
    st.session_state["upload-wishes"] = [wishes.profile, wishes.city, wishes.datum, wishes.timezone]


def _preview(city: City, viewer: Viewer, prepared: Prepared) -> None:
    """What was understood, before anything is recorded."""
    text, spec = viewer.text, prepared.source
    st.markdown(f"##### {text('upload.preview')}")
    counts = st.columns(3)
    for column, (name, value) in zip(
        counts, {"read": prepared.read, "usable": prepared.taken, "rejected": len(prepared.rejected)}.items(), strict=True
    ):
        column.metric(text(f"upload.{name}"), text.number(value))
    known = spec.profile if prepared.proposal is None else text("upload.proposed")
    st.markdown(
        f":gray[{text('upload.profile')}] {escaped(known)} &nbsp; :gray[{text('upload.timezone')}] {escaped(spec.timezone)} &nbsp; "
        f":gray[{text('upload.datum')}] {escaped(spec.datum)} &nbsp; "
        f":gray[{text('upload.city')}] {escaped(text.pick(spec.city_zh, spec.city_en)) or '—'} &nbsp; "
        f":gray[{text('upload.date_order')}] {text(f'upload.date_order.{prepared.reading.date_order}')}"
    )
    for name, rows in prepared.quality.items():
        if rows and name != "point":
            st.markdown(f":orange[▲] {text('upload.quality', rows=rows, quality=text(f'location.{name}'))}")
    for name, rows in prepared.flags.items():
        st.markdown(f":gray[●] {text('upload.flag', rows=rows, flag=text(f'flag.{name}'))}")
    _rejected(viewer, prepared)
    _mapping_of(viewer, prepared)
    rows = _sample(viewer, prepared)
    st.dataframe(rows, hide_index=True, height=220, row_height=tables.ROW)
    if viewer.simulated:
        st.warning(text("upload.ends_demo"))
    elif (
        viewer.named
        and (spec.city_zh or spec.city_en)
        and spec.city_en != viewer.named["name_en"]
        and spec.city_zh != viewer.named["name_zh"]
    ):
        here, there = text.pick(viewer.named["name_zh"], viewer.named["name_en"]), text.pick(spec.city_zh, spec.city_en)
        st.warning(text("upload.other_city", here=here, there=there))
    with st.container(horizontal=True):
        st.button(text("upload.take"), key="upload-take", type="primary", on_click=_take)
        st.button(text("upload.forget"), key="upload-forget", on_click=_forget)


def _sample(viewer: Viewer, prepared: Prepared) -> pd.DataFrame:
    """The first rows as they will be recorded, times in the source's own zone."""
    text = Text(viewer.text.language, prepared.source.timezone)

    def shown(name: str, value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            return text.moment(value)
        if name == "location_quality":
            return text(f"location.{value}")
        return text(f"board.{'open' if value == 'open' else 'done'}") if name == "status" else str(value)

    rows = [{text(f"preview.{name}"): shown(name, row.get(name)) for name in PREVIEW} for row in prepared.preview]
    return pd.DataFrame(rows)


def _rejected(viewer: Viewer, prepared: Prepared) -> None:
    text, by_reason = viewer.text, dict[str, list[Any]]()
    for row in prepared.rejected:
        by_reason.setdefault(str(row.reason), []).append(row)
    for reason, rows in by_reason.items():
        first = rows[0]
        example = text(f"quarantine.{reason}", **first.values)
        st.markdown(
            ":violet[⊗] "
            + text("upload.rejected_by", rows=len(rows), reason=text(f"reason.{reason}"), row=first.row_number, example=escaped(example))
        )


def _mapping(viewer: Viewer, offered: list[str], chosen: dict[str, str], guesses: dict[str, Guess], name: str) -> None:
    """Which column is what, field by field, to be corrected and kept under a name.

    Parameters
    ----------
    offered, chosen
        The file's columns, and the one each field is read from now.
    guesses
        What was proposed, with confidence and reasons, where the file was recognised by itself.
    """
    text, options = viewer.text, ["", *offered]
    with st.expander(text("upload.mapping"), expanded=not chosen), st.form("upload-mapping", border=False):
        columns = st.columns(2)
        for place, field in enumerate(FIELDS):
            guess = guesses.get(field)
            sure = f" · {text.percent(guess.confidence)}" if guess and guess.column else ""
            why = " ".join(text(f"auto.why.{reason.key}", **reason.values) for reason in guess.why) if guess else None
            columns[place % 2].selectbox(
                text(f"field.{field}") + sure,
                options,
                index=options.index(chosen[field]) if chosen.get(field) in options else 0,
                key=f"map-{field}",
                help=why or None,
                format_func=lambda option: option or text("upload.no_column"),
            )
        st.text_input(text("upload.profile_name"), key="map-name", value=name, max_chars=40)
        st.form_submit_button(text("upload.use_mapping"), on_click=_correct)


def _mapping_of(viewer: Viewer, prepared: Prepared) -> None:
    """The mapping of a file that could be read: as it was proposed, or as its profile has it."""
    guesses = {guess.field: guess for guess in prepared.proposal.guesses} if prepared.proposal else {}
    used = {field: columns[0] for field, columns in prepared.profile.columns.items() if columns}
    offered = dict.fromkeys(column for columns in prepared.profile.columns.values() for column in columns)
    offered |= dict.fromkeys(other for guess in guesses.values() for other, _ in guess.alternatives)
    for row in prepared.preview:
        offered |= dict.fromkeys(orjson.loads(str(row.get("attributes") or "{}")))
    name = prepared.source.name if prepared.proposal else f"{prepared.profile.name}_own"
    _mapping(viewer, list(offered), used, guesses, name)


@faults.told
def _correct() -> None:
    require(session.viewer().actor, Right.LOAD)
    prepared = _waiting.get(st.session_state.get("upload-token", ""))
    columns = {field: (st.session_state[f"map-{field}"],) for field in FIELDS if st.session_state.get(f"map-{field}")}
    typed = st.session_state["map-name"].strip().lower()
    name = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in typed) or "own"
    headers = tuple(column for (column,) in columns.values())
    profile = replace(
        prepared.profile if prepared else Profile(name=name),
        name=name,
        columns=columns,
        recognised_by=(headers,) if len(headers) > 2 else (),
    )
    save_profile(session.settings(), profile)
    wishes = Wishes(*st.session_state["upload-wishes"])
    _look(session.viewer(), st.session_state["upload-target"], wishes, profile)


@faults.told
def _take() -> None:
    prepared = _waiting.get(st.session_state.get("upload-token", ""))
    if prepared is None:
        raise Fault("upload_gone")
    wishes = Wishes(*st.session_state["upload-wishes"])
    session_report(take(session.city(), session.settings(), prepared, session.viewer().actor, wishes, lambda *_: None))
    _forget()


def _forget() -> None:
    """Let go of the file that was looked at: what was uploaded is deleted, the record keeps what was taken in."""
    target = Path(st.session_state.pop("upload-target", ""))
    if target.parent.parent == session.settings().home / "uploads":
        shutil.rmtree(target.parent, ignore_errors=True)
    _waiting.pop(st.session_state.pop("upload-token", ""), None)


def session_report(loaded: Loaded) -> None:
    """Keep the report of a file for the next run, as plain values."""
    tally = loaded.tally
    st.session_state["upload-report"] = {
        "file": loaded.file,
        "source": loaded.source,
        "outlines": loaded.outlines,
        "recorded": tally.recorded,
        "demo_ended": loaded.demo_ended,
        "counts": {name: getattr(tally, name) for name in ("read", "taken", "known", "updated", "quarantined")},
        "reasons": dict(loaded.reasons),
    }


def _report(city: City, viewer: Viewer, report: dict[str, Any]) -> None:
    text, counts = viewer.text, report["counts"]
    st.markdown(f"##### {text('upload.report')} · {escaped(report['file'])}")
    if report["outlines"]:
        st.success(text("upload.outlines", count=report["outlines"]))
        return
    for column, name in zip(st.columns(4), ("read", "taken", "known", "quarantined"), strict=True):
        beside = text("upload.updated", rows=counts["updated"]) if name == "known" and counts["updated"] else None
        column.metric(text(f"data.column.{name}"), text.number(counts[name]), delta=beside, delta_color="off", delta_arrow="off")
    if not report["recorded"]:
        st.markdown(f":gray[{text('cli.nothing_new')}]")
    if report["demo_ended"]:
        st.markdown(f":gray[{text('cli.demo_ended')}]")
    period = cached.period(city)
    with st.container(horizontal=True):
        st.page_link("case_board.py", label=text("upload.to_cases"), icon=":material/list:")
        if period.get("week") is not None:
            week = first_screen.week_start(period["week"], viewer)
            span = text.moment(week, "day")
            st.button(
                text("upload.play", week=span),
                key="upload-play",
                icon=":material/play_arrow:",
                on_click=session.play,
                args=(week, first_screen.PLAY_SPEED),
            )

"""What one browser session knows: language, theme, who, which moment. The only place that names state keys.

Everything here is a plain value; the truth lives in the record. What should be shareable stands in
the URL: language, the case chosen, the filters, and playback (moment and speed).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import streamlit as st

from city_brain import clock
from city_brain.cases import lifecycle
from city_brain.cases import queries as cases
from city_brain.cases.model import Look
from city_brain.errors import Fault
from city_brain.incidents import queries
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.start import Home, home
from city_brain.storage.city import City
from city_brain.text import LANGUAGES, Text, language_of
from city_brain.ui import joined, labels

SPEEDS = (1, 10, 60, 300, 600, 3600)
PEOPLE: dict[Role, tuple[str, str]] = {
    Role.WATCH_OFFICER: ("林晓", "Lin Xiao"),
    Role.DISPATCHER: ("何军", "He Jun"),
    Role.DEPARTMENT: ("陈立", "Chen Li"),
    Role.INSPECTOR: ("周敏", "Zhou Min"),
    Role.MANAGER: ("吴岚", "Wu Lan"),
    Role.LEADER: ("郑安", "Zheng An"),
    Role.ADMINISTRATOR: ("管理员", "Administrator"),
}
"""The people of the demo identity picker."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, in which words, at which moment."""

    text: Text
    dark: bool
    actor: Actor
    look: Look
    speed: int
    named: dict[str, Any] | None
    """The city, None while there is none."""

    @property
    def playback(self) -> bool:
        """Whether this session looks at the past."""
        return self.look.as_of is not None

    @property
    def simulated(self) -> bool:
        """Whether the city is a simulated one."""
        return bool(self.named and self.named["simulated"])


def the_home() -> Home:
    """The home of this process."""
    return home()


def city() -> City:
    """The city this session sees: the live one, or the copy of a drill it has joined.

    Raises
    ------
    Fault
        It is still being opened, or the drill is over.
    """
    drill = joined.drill()
    return drill.city if drill else home().city


def settings() -> Settings:
    """The settings of the city this session sees: what a drill takes in lies with the drill."""
    drill = joined.drill()
    return drill.settings if drill else home().settings


def language() -> str:
    """The reader's language: what they chose, else what the URL says, else their browser's."""
    asked = _kept("language", "lang")
    return asked if asked in LANGUAGES else language_of(st.context.locale)


def dark() -> bool:
    """Whether the dark theme is in use."""
    return bool(st.session_state.get("always_dark")) or (st.context.theme.type or "dark") == "dark"


def always_dark(wanted: bool) -> None:
    """Draw dark whatever the browser prefers: the wall does, every other page does not."""
    st.session_state["always_dark"] = wanted


def words() -> Text:
    """The reader's words in UTC, for pages that have no city yet."""
    return Text(language())


def viewer() -> Viewer:
    """Who looks, and at what. Read it once in a run or fragment: its moment is that of the reading."""
    named = queries.city(city())
    moment, speed = _moment()
    role = identity()
    text = Text(language(), named["timezone"] if named else "UTC")
    name = PEOPLE[role][1] if identities_allowed() else "guest"
    actor = Actor(name, role, playback=moment is not None, department=department() if role is Role.DEPARTMENT else None)
    return Viewer(text, dark(), actor, Look(moment or clock.now(), moment), speed, named)


def identity() -> Role:
    """The role this session plays; a leader, who may only look, where identities are not allowed."""
    if not identities_allowed():
        return Role.LEADER
    asked = _kept("identity", "role") or Role.WATCH_OFFICER
    return Role(asked) if asked in list(Role) and asked != Role.SYSTEM else Role.WATCH_OFFICER


def department() -> str | None:
    """Whose cases this session handles in the role of a department: as chosen, else the one with most cases at hand."""
    known, asked = labels.departments(city()), _kept("department", "dept")
    if asked in known:
        return asked
    busy = cases.loads(city(), lifecycle.queue(Role.DEPARTMENT))
    found = next((name for name in busy if name in known), next(iter(known), None))
    if found:
        st.session_state["department"] = found  # the busiest one changes while somebody works
    return found


def _kept(name: str, asked: str) -> str | None:
    """A choice of this session; where there is none the URL's, which a change of page would empty."""
    if name not in st.session_state and asked in st.query_params:
        st.session_state[name] = st.query_params[asked]
    kept = st.session_state.get(name)
    return None if kept is None else str(kept)


def identities_allowed() -> bool:
    """Whether the demo identity picker exists: by setting, or only for this machine and no proxy."""
    mode = home().settings.identities
    if mode != "auto":
        return mode == "on"
    address = st.get_option("server.address") or ""
    forwarded = any(name.lower() in ("forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host") for name in st.context.headers)
    return _is_loopback(address) and not forwarded


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


# -- playback -----------------------------------------------------------------------------------


def _moment() -> tuple[datetime | None, int]:
    kept = st.session_state.get("playback")
    asked = st.query_params.get("at")
    if asked and (kept is None or kept["at"] != asked):
        at = parsed(asked)
        if at is not None:
            play(at, _speed(st.query_params.get("speed")))
            kept = st.session_state["playback"]
    if not kept:
        return None, 1
    started = datetime.fromisoformat(kept["started"])
    running = (clock.now() - started) * kept["speed"]
    return min(datetime.fromisoformat(kept["at"]) + running, clock.now()), kept["speed"]


def parsed(text: str) -> datetime | None:
    """A moment from the URL, None when it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _speed(text: str | None) -> int:
    return int(text) if text and text.isdigit() and int(text) in (0, *SPEEDS) else 60


def play(at: datetime, speed: int) -> None:
    """Look at the past from `at` on; `speed` 0 stands still."""
    text = at.astimezone(UTC).isoformat(timespec="seconds")
    st.session_state["playback"] = {"at": text, "speed": speed, "started": clock.now().isoformat()}
    st.query_params.update({"at": text, "speed": str(speed)})


def pace(speed: int) -> None:
    """Go on from the present moment of the playback at another speed."""
    moment, _ = _moment()
    if moment is not None:
        play(moment, speed)


def shift(step: timedelta) -> None:
    """Jump in the playback."""
    moment, speed = _moment()
    if moment is not None:
        play(moment + step, speed)


def live() -> None:
    """Back to the present."""
    st.session_state.pop("playback", None)
    for name in ("at", "speed"):
        st.query_params.pop(name, None)


# -- what stays while pages change -----------------------------------------------------------------


def keep_in_url() -> None:
    """Write what this session looks at into the URL, which a change of page has emptied."""
    joined.keep_in_url()
    kept = st.session_state.get("playback")
    if kept:
        st.query_params.update({"at": kept["at"], "speed": str(kept["speed"])})
    if st.session_state.get("language"):
        st.query_params["lang"] = st.session_state["language"]
    if st.session_state.get("identity"):
        st.query_params["role"] = st.session_state["identity"]
    _kept("department", "dept")
    if identity() is Role.DEPARTMENT and department():
        st.query_params["dept"] = st.session_state["department"]
    else:
        st.query_params.pop("dept", None)


def chosen_case() -> str | None:
    """The case that map, list and detail have in common."""
    asked = st.query_params.get("case")
    if asked:
        st.session_state["case"] = asked
    kept = st.session_state.get("case")
    return str(kept) if kept else None


def choose_case(case_id: str | None, *, opens: bool = False) -> None:
    """Choose a case (or none) in this session and its URL; with `opens` its file is opened next."""
    if opens:
        st.session_state["opening-file"] = True
    if case_id is None:
        st.session_state.pop("case", None)
        st.query_params.pop("case", None)
    else:
        st.session_state["case"] = case_id
        st.query_params["case"] = case_id


def opening_file() -> bool:
    """Whether a click asked for the case file, once."""
    return bool(st.session_state.pop("opening-file", False))


def say(message: str) -> None:
    """Keep a message for the next run: callbacks run before anything is drawn."""
    st.session_state["said"] = message


def said() -> str | None:
    """The message kept by a callback, once."""
    kept = st.session_state.pop("said", None)
    return None if kept is None else str(kept)


def fault_in_words(fault: Fault) -> str:
    """What a fault says in the reader's language."""
    return words().fault(fault)

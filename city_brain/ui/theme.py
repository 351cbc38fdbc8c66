"""Colours and the few style rules. Functions, not constants: language and theme belong to the session."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from city_brain.cases.model import Mark
from city_brain.ui import session


@dataclass(frozen=True, slots=True)
class Palette:
    """Hex colours of one theme, for charts, maps and table tints; widgets take theirs from config.toml."""

    ground: str
    panel: str
    raised: str
    text: str
    muted: str
    border: str
    grid: str
    accent: str
    chosen_row: str
    urgent: str
    due: str
    overdue: str
    normal: str
    dot: str
    done: str
    glass: str
    on_accent: str
    heat: tuple[str, ...]
    """How much there is, little first."""
    less: tuple[str, ...]
    """How much less than expected there is."""
    more: tuple[str, ...]
    """How much more than expected there is."""

    def of(self, mark: str) -> str:
        """The colour of a mark."""
        return {Mark.URGENT: self.urgent, Mark.DUE: self.due, Mark.OVERDUE: self.overdue, Mark.CLOSED: self.done}.get(
            Mark(mark), self.normal
        )


DARK = Palette(
    ground="#0D1520",
    panel="#141E2C",
    raised="#1E2C3E",
    text="#E4EBF3",
    muted="#9FB0C3",
    border="#2A3A4E",
    grid="#22324A",
    accent="#56B4E9",
    chosen_row="#1B3A54",
    urgent="#F0702A",
    due="#E69F00",
    overdue="#D98BB6",
    normal="#93A5B9",
    dot="#71869C",
    done="#2FBF95",
    glass="rgba(20,30,44,.92)",
    on_accent="#0D1520",
    heat=("#1B3B5A", "#245B83", "#2C7FA8", "#43A5BC", "#7CC9BF", "#C9EBC4"),
    less=("#14304A", "#1B4A73", "#2268A0", "#3B8CC9", "#6DB3E6", "#A9D8F8"),
    more=("#3A2A18", "#5E3D14", "#8A5510", "#B8700F", "#E08E1B", "#FFB95C"),
)
LIGHT = Palette(
    ground="#F1F4F8",
    panel="#FFFFFF",
    raised="#EEF2F6",
    text="#17222E",
    muted="#52616F",
    border="#D2DAE3",
    grid="#E4E9EF",
    accent="#0072B2",
    chosen_row="#DCEBF7",
    urgent="#D55E00",
    due="#B87A00",
    overdue="#B0508A",
    normal="#5C6F82",
    dot="#7A8A9A",
    done="#008060",
    glass="rgba(255,255,255,.94)",
    on_accent="#FFFFFF",
    heat=("#DDEFE3", "#A8DCCB", "#69BFC0", "#3F97B3", "#27689B", "#173F73"),
    less=("#DCEBF7", "#B4D4EC", "#84B8DD", "#4F97C9", "#2273AB", "#0B4C7E"),
    more=("#FBE9D2", "#F6CF9F", "#EDAE66", "#D98A33", "#B66A14", "#8A4A00"),
)


def palette() -> Palette:
    """The colours of the theme in use."""
    return DARK if session.dark() else LIGHT


VARIABLES = ("ground", "panel", "raised", "text", "muted", "border", "grid", "accent", "on_accent", "glass", "overdue")
"""Colours that the style rules know as ``--cb-<name>``."""


STATUS_PX = {"zh_CN": 650, "en": 745}
"""What the status at the right of the head takes: the menu keeps out of it, and folds what has no room into "more"."""


def style() -> None:
    """Write the style rules of the console: one block, at the top of every page."""
    colours = palette()
    named = "".join(f"--cb-{name.replace('_', '-')}:{getattr(colours, name)};" for name in VARIABLES)
    kept = STATUS_PX.get(session.language(), max(STATUS_PX.values()))
    st.html(f"<style>:root{{{named}--cb-status:{kept}px}}{_rules('console')}</style>")


def style_wall() -> None:
    """Style rules of the wall alone: no chrome, large type that follows the height of the screen."""
    st.html(f"<style>{_rules('wall')}</style>")


@cache
def _rules(name: str) -> str:
    return Path(__file__).with_name(f"{name}.css").read_text(encoding="utf-8")

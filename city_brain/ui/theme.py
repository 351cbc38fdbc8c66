"""Colours and the few style rules. Functions, not constants: language and theme belong to the session."""

from __future__ import annotations

from dataclasses import dataclass

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

    def of(self, mark: str) -> str:
        """The colour of a mark."""
        return {Mark.URGENT: self.urgent, Mark.DUE: self.due, Mark.OVERDUE: self.overdue, Mark.CLOSED: self.done}.get(Mark(mark), self.normal)


DARK = Palette(
    ground="#0D1520", panel="#141E2C", raised="#1E2C3E", text="#E4EBF3", muted="#9FB0C3", border="#2A3A4E", grid="#22324A", accent="#56B4E9",
    chosen_row="#1B3A54", urgent="#F0702A", due="#E69F00", overdue="#D98BB6", normal="#93A5B9", dot="#71869C", done="#2FBF95",
    glass="rgba(20,30,44,.92)", on_accent="#0D1520", heat=("#1B3B5A", "#245B83", "#2C7FA8", "#43A5BC", "#7CC9BF", "#C9EBC4"),
)  # fmt: skip
LIGHT = Palette(
    ground="#F1F4F8", panel="#FFFFFF", raised="#EEF2F6", text="#17222E", muted="#52616F", border="#D2DAE3", grid="#E4E9EF", accent="#0072B2",
    chosen_row="#DCEBF7", urgent="#D55E00", due="#B87A00", overdue="#B0508A", normal="#5C6F82", dot="#7A8A9A", done="#008060",
    glass="rgba(255,255,255,.94)", on_accent="#FFFFFF", heat=("#DDEFE3", "#A8DCCB", "#69BFC0", "#3F97B3", "#27689B", "#173F73"),
)  # fmt: skip


def palette() -> Palette:
    """The colours of the theme in use."""
    return DARK if session.dark() else LIGHT


def style() -> None:
    """Write the style rules of the console: one block, at the top of every page."""
    colours = palette()
    st.html(f"<style>:root{{--cb-ground:{colours.ground};--cb-panel:{colours.panel};--cb-muted:{colours.muted};--cb-border:{colours.border};"
            f"--cb-accent:{colours.accent};--cb-glass:{colours.glass};--cb-on-accent:{colours.on_accent};--cb-text:{colours.text};--cb-raised:{colours.raised};--cb-grid:{colours.grid};--cb-overdue:{colours.overdue};}}{_RULES}</style>")  # fmt: skip


def style_wall() -> None:
    """Style rules of the wall alone: no chrome, large type that follows the height of the screen."""
    st.html(f"<style>{_WALL}</style>")


_RULES = """
@font-face{font-family:cb-shape;src:url(/app/static/cb-shape.woff2) format('woff2');unicode-range:U+25A1,25B2,25B3,25C6,25C7,25CB,25CF,2297,2715}
.stApp{background:var(--cb-ground);font-variant-numeric:tabular-nums}
[data-testid=stHeader]{height:44px;min-height:44px;background:var(--cb-ground);border-bottom:1px solid var(--cb-border)}
[data-testid=stMainBlockContainer]{padding:44px 16px 10px;max-width:none}
[data-testid=stVerticalBlock],[data-testid=stHorizontalBlock]{gap:10px}
[data-testid=stMarkdownContainer]{margin-bottom:0!important}
[data-testid=stMarkdownContainer] p{margin:0}
[data-testid=stElementContainer]:has(>[data-testid=stHtml] style){display:none}
.stApp [class*=st-key-panel]{background:var(--cb-panel);padding:10px 12px 12px;border:1px solid var(--cb-border);border-radius:6px}
.st-key-status{position:fixed!important;top:6px;right:12px;z-index:1000000;width:auto!important;height:32px;align-items:center}
.st-key-status [data-testid=stElementContainer]{width:auto!important}
.st-key-status p{font-size:12.5px;white-space:nowrap}
.st-key-status button{min-height:28px;height:28px;padding:0 8px}
[class*=st-key-tile]{position:relative;background:var(--cb-panel);border:1px solid var(--cb-border);border-radius:6px;padding:4px 14px 3px;transition:border-color .15s}
[class*=st-key-tile]:hover{border-color:var(--cb-accent)}
[class*=st-key-tile] [data-testid=stMetric]>div{display:grid;grid-template-columns:auto 1fr;column-gap:8px;align-items:baseline}
[class*=st-key-tile] [data-testid=stMetricLabel]{grid-column:1/3}
[data-testid=stMetric] [data-testid=stMetricDelta]{background:none;padding:0;color:var(--cb-muted);font-size:12.5px;overflow:hidden}
.st-key-clocks [data-testid=stMetricValue]{font-size:21px}
[class*=st-key-tile] [data-testid=stElementContainer]:has([data-testid=stPageLink]){position:absolute;inset:0;z-index:2}
[class*=st-key-tile] [data-testid=stPageLink],[class*=st-key-tile] [data-testid=stPageLink] a{width:100%;height:100%;opacity:0;display:block}
[class*=st-key-tile] [data-testid=stPageLink] a:focus-visible{opacity:.35;outline:2px solid var(--cb-accent)}
[class*=st-key-big] [data-testid=stMetricValue]{font-size:34px}
.stApp{--cb-above:152px}.stApp:has(.st-key-playback){--cb-above:204px}
.st-key-stage,.st-key-side,.st-key-stage [data-testid=stDeckGlJsonChart],.st-key-stage [data-testid=stDeckGlJsonChart]>div{height:auto!important;min-height:max(520px,calc(100vh - var(--cb-above)))!important;max-height:max(520px,calc(100vh - var(--cb-above)))!important}
.st-key-stage{position:relative}
.st-key-tools{position:fixed!important;bottom:20px;right:calc(24% + 22px);z-index:6;width:auto!important}
.st-key-tools button{background:var(--cb-glass)}
.st-key-stage [data-testid=stDeckGlJsonChart]{border:1px solid var(--cb-border);border-radius:6px;overflow:hidden;background:var(--cb-raised)}
.st-key-legend,.st-key-mapnote{position:absolute!important;z-index:5;width:auto!important;background:var(--cb-glass);border:1px solid var(--cb-border);border-radius:6px;padding:6px 8px}
.st-key-legend{left:10px;bottom:10px}.st-key-mapnote{left:10px;top:10px}
.st-key-legend [data-testid=stElementContainer],.st-key-mapnote [data-testid=stElementContainer]{width:auto!important}
[data-testid=stBaseButton-primary] p{color:var(--cb-on-accent)}
.cb-banner{background:#5B3A00;color:#FFE7B3;border-radius:6px;padding:6px 12px;font-weight:600}
.cb-steps{display:grid;grid-template-columns:repeat(7,1fr);gap:4px;margin:6px 0 0!important;padding:0!important;list-style:none}
.cb-steps li{border-top:3px solid var(--cb-border);padding:4px 2px 0!important;margin:0!important;font-size:12.5px;color:var(--cb-muted);display:flex;justify-content:space-between;list-style:none}
.cb-steps li.unknown{border-top-style:dashed}.cb-steps li.past{border-color:var(--cb-accent);opacity:.85}.cb-steps li.now{border-color:var(--cb-accent);color:var(--cb-text);font-weight:600}
.cb-line{margin:0!important;padding:0!important;list-style:none}
.cb-line li{display:grid;grid-template-columns:52px 14px 1fr;gap:6px;margin:0!important;padding:0 0 10px!important;list-style:none}
.cb-line time{color:var(--cb-muted);text-align:right;font-size:12.5px}.cb-line i{width:9px;height:9px;border-radius:9px;background:var(--cb-muted);margin:6px 0 0 2px}
.cb-line .now i{background:var(--cb-accent);box-shadow:0 0 0 4px color-mix(in srgb,var(--cb-accent) 30%,transparent)}
.cb-line .back i{background:none;border:2px solid var(--cb-text);border-radius:0;transform:rotate(45deg)}
.cb-line small{display:block;color:var(--cb-muted)}.cb-line .day{display:block;color:var(--cb-muted);font-size:12.5px;padding-bottom:6px!important}
.st-key-status [data-testid=stPageLink] a{padding:2px 6px;min-height:28px}.st-key-status [data-testid=stPageLink] a p{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
[class*=st-key-tile-big] [data-testid=stMetric]>div{grid-template-columns:1fr;row-gap:0}[class*=st-key-tile-big] [data-testid=stMetricLabel]{grid-column:1}
[class*=st-key-tile-big] [data-testid=stMetricValue]{font-size:34px;line-height:1.25}
[class*=st-key-row-]{position:relative;border-radius:4px}[class*=st-key-row-]:hover{background:var(--cb-raised)}
[class*=st-key-row-] [data-testid=stElementContainer]:has([data-testid=stPageLink]){position:absolute;inset:0;z-index:2}
[class*=st-key-row-] [data-testid=stPageLink],[class*=st-key-row-] [data-testid=stPageLink] a{width:100%;height:100%;opacity:0;display:block}
[class*=st-key-row-] [data-testid=stPageLink] a:focus-visible{opacity:.35;outline:2px solid var(--cb-accent)}
.st-key-steps{gap:0!important}.cb-row{display:grid;grid-template-columns:1.25fr .8fr .8fr 1.3fr;align-items:center;height:34px;padding:0 10px;border-bottom:1px solid var(--cb-grid);font-size:14px}
.cb-row span+span{text-align:right}.cb-row .loud{color:var(--cb-overdue);font-weight:600}.cb-head{color:var(--cb-muted);font-size:13px;border-bottom-color:var(--cb-border)}
.st-key-panel-stale{padding:4px 12px!important;border-left:3px solid var(--cb-muted)!important}
.st-key-first{padding-top:7vh;align-items:center}.st-key-first [class*=st-key-panel]{padding:18px 20px}.st-key-first h1{padding:0 0 4px}
"""
_WALL = """
[data-testid=stHeader]{display:none}[data-testid=stMainBlockContainer]{padding:1.6vh 1.4vw!important;height:100vh;overflow:hidden}
.stApp{overflow:hidden}
.cb-wall{color:var(--cb-text);display:grid;gap:1.4vh;height:96.4vh;grid-template-rows:auto auto 1fr}
"""

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
.stApp{overflow:hidden;color:var(--cb-text);--cb-small:2.26vh;--cb-body:calc(100vh - 19.5vh)}
[data-testid=stHeader],[data-testid=stStatusWidget],[data-testid=stToolbar]{display:none!important}
[data-testid=stMainBlockContainer]{padding:1.4vh 1.6vh 0!important;height:100vh;overflow:hidden}
[data-testid=stVerticalBlock],[data-testid=stHorizontalBlock]{gap:1.4vh!important;flex-wrap:nowrap!important}
[data-testid=stElementContainer],[data-testid=stHtml]{opacity:1!important}
.st-key-ruler{position:absolute!important;width:0!important;height:0!important;overflow:hidden}
.stApp h1,.stApp h2,.stApp h3,.stApp p,.stApp ul,.stApp li{margin:0!important;padding:0;font-weight:400;list-style:none}
.cb-whead{display:flex;align-items:center;gap:2vh;height:9.4vh;font-size:2.5vh;white-space:nowrap;color:var(--cb-text)}
.cb-whead h1{font-size:5vh!important;font-weight:600!important;line-height:1}.cb-whead>span{font-size:3vh;color:var(--cb-muted)}
.cb-whead>i{flex:1}.cb-whead>div{text-align:right;line-height:1.35;color:var(--cb-muted)}
.cb-whead time{font-size:8.4vh;font-weight:600;line-height:1;letter-spacing:-.01em}.cb-whead time small{font-size:4.4vh;color:var(--cb-muted)}.cb-whead.past time{color:#F2B632}
.cb-whead b{font-weight:600;padding:.5vh 1.2vh;border-radius:.6vh}.cb-whead .sim{background:#35202D;color:#E5A3C6}.cb-whead .past{background:#352A10;color:#F2B632}
.cb-whead .live{color:#4CD3AB}.cb-whead .stale{background:#223042;color:#9FB0C3}
.cb-wfigures{height:var(--cb-body);display:grid;grid-template-rows:repeat(4,1fr);gap:1.4vh}
.cb-wfigures section,.cb-wsteps,.cb-wcases{background:var(--cb-panel);border:1px solid var(--cb-border);border-radius:.8vh;color:var(--cb-text);overflow:hidden}
.cb-wfigures section{display:grid;grid-template:auto 1fr auto/minmax(46%,auto) 1fr;column-gap:2vh;padding:1.5vh 2vh}
.cb-wfigures h2{grid-column:1/3;font-size:2.7vh!important;line-height:1.3;color:var(--cb-text)}.cb-wfigures h2 small{font-size:var(--cb-small);color:var(--cb-muted)}
.cb-wfigures strong{font-size:8.2vh;font-weight:600;line-height:1.1;align-self:center}.cb-wfigures .overdue strong,.cb-wfigures .overdue h2{color:var(--cb-overdue)}
.cb-wfigures p{grid-column:1/3;font-size:var(--cb-small)!important;line-height:1.3;color:var(--cb-muted);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.cb-wfigures img{width:100%;height:7.4vh;align-self:center}
.st-key-wall-map{position:relative;height:var(--cb-body)!important;min-height:var(--cb-body)!important;max-height:var(--cb-body)!important;pointer-events:none}
.st-key-wall-map [data-testid=stDeckGlJsonChart],.st-key-wall-map [data-testid=stDeckGlJsonChart]>div{height:var(--cb-body)!important;min-height:0!important;max-height:none!important}
.st-key-wall-map [data-testid=stDeckGlJsonChart]{border:1px solid var(--cb-border);border-radius:.8vh;overflow:hidden;background:var(--cb-ground)}
.st-key-wall-map [data-testid=stElementToolbar],.st-key-wall-map .mapboxgl-control-container,.st-key-wall-map [class*=zoomButton],.st-key-wall-map .mapboxgl-ctrl{display:none!important}
.st-key-wall-map [data-testid=stElementContainer]:has(.cb-wlegend){position:absolute!important;left:1.2vh;bottom:1.2vh;z-index:5;width:auto!important}
.cb-wlegend{display:flex;gap:2vh;background:var(--cb-glass);border:1px solid var(--cb-border);border-radius:.8vh;padding:.7vh 1.5vh;font-size:var(--cb-small);color:var(--cb-muted);white-space:nowrap}
.cb-wlegend b{color:var(--cb-text);font-weight:600}.urgent>span:first-child,span.urgent,.cb-wcases .urgent time{color:#FF8B4A}.overdue>span:first-child,span.overdue,.cb-wcases .overdue time,.cb-wsteps u{color:#E5A3C6}span.due{color:#F2B632}
.cb-wsteps{padding:1.4vh 2vh;margin-bottom:1.4vh}.cb-wcases{padding:1.4vh 2vh;height:calc(var(--cb-body) - 40.4vh)}
.cb-wsteps{height:39vh;display:flex;flex-direction:column}.cb-wsteps ul{flex:1;display:grid;grid-template-rows:repeat(7,1fr)}
.stApp .cb-wsteps h3,.stApp .cb-wcases h3{font-size:2.5vh!important;font-weight:600!important;line-height:1.3;margin-bottom:.8vh!important;color:var(--cb-text);padding:0}
.cb-wsteps li{display:grid;grid-template-columns:14vh 1fr 7.4vh 8vh;gap:1.2vh;align-items:center;font-size:2.4vh}
.cb-wsteps em{height:1.5vh;background:var(--cb-raised);border-radius:.4vh}.cb-wsteps i{display:block;height:100%;background:var(--cb-accent);border-radius:.4vh}.cb-wsteps i.some{min-width:.25vh}
.cb-wsteps b{font-weight:600;text-align:right}.cb-wsteps u{text-decoration:none;text-align:right;font-size:var(--cb-small)}
.cb-wcases ul{display:grid;gap:.5vh}.cb-wcases li{display:grid;grid-template-columns:2.6vh 1fr auto;column-gap:1vh;font-size:2.5vh;line-height:1.25}
.cb-wcases b{grid-column:2/4;font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.cb-wcases time{font-size:2.4vh;grid-column:3;white-space:nowrap;text-align:right}
.cb-wcases small{grid-column:2;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;font-size:var(--cb-small);color:var(--cb-muted)}.cb-wcases p{font-size:2.5vh!important;color:var(--cb-muted)}
.cb-wfoot{height:3.4vh;font-size:var(--cb-small);line-height:3.4vh;color:var(--cb-muted);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;padding-right:24vh}
.cb-wempty{height:80vh;display:grid;place-items:center;text-align:center;font-size:5vh;color:var(--cb-muted)}
.st-key-wall-back{position:fixed!important;right:1.6vh;bottom:2.1vh;width:auto!important;z-index:9}
.st-key-wall-back a{padding:.2vh 1vh!important;background:none!important}.st-key-wall-back a p,.st-key-wall-back a span{font-size:var(--cb-small)!important;line-height:3.4vh!important;color:var(--cb-muted)!important}
.st-key-wall-back a:hover p,.st-key-wall-back a:focus-visible p{color:var(--cb-text)!important}.st-key-wall-back a:focus-visible{outline:.3vh solid var(--cb-accent)}
"""

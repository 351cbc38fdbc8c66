"""Words: both languages say the same things, code asks only for words that are there, and nothing is kept unsaid."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter

import pytest

from city_brain.alerts import lifecycle as alert_lifecycle
from city_brain.alerts.rules import RULE, Severity
from city_brain.alerts.rules import Unit as AlertUnit
from city_brain.analytics.clusters.ears import Rule
from city_brain.analytics.clusters.residuals import Residuals
from city_brain.analytics.clusters.scan import Scan
from city_brain.analytics.dispatch.ranking import Shortfall
from city_brain.analytics.forecast.backtest import MODELS
from city_brain.analytics.forecast.components import PARTS
from city_brain.analytics.forecast.guards import Guard
from city_brain.analytics.forecast.scores import METRICS
from city_brain.cases.calendars import Unit
from city_brain.cases.lifecycle import FIELDS, MOVES, POSTS, Ask, Clock, Need, Step, choices
from city_brain.cases.model import Mark
from city_brain.cases.routing import Reason
from city_brain.dispatch import lifecycle as dispatch_lifecycle
from city_brain.dispatch.model import EVERY_SKILL, Function
from city_brain.dispatch.queries import CLOCKS, GROUPINGS
from city_brain.dispatch.roster import FIELDS as TEAM_FIELDS
from city_brain.drills.led import SCENES
from city_brain.errors import NotAllowed
from city_brain.hazards.model import FIELDS as HAZARD_FIELDS
from city_brain.hazards.model import Condition, HazardKind, Result, RiskClass, State
from city_brain.hazards.proposals import Change
from city_brain.incidents.catalogue import Kind
from city_brain.incidents.model import Location, Urgency
from city_brain.intake import profiles
from city_brain.intake.reading import rows
from city_brain.notices.rungs import RUNGS
from city_brain.risk.model import HORIZONS
from city_brain.risk.model import RiskClass as GridClass
from city_brain.roads import Silent, Way
from city_brain.roles import Right, Role
from city_brain.simulator.kinds import CHANNELS
from city_brain.simulator.policies.compare import FIGURES
from city_brain.simulator.policies.rules import RULES
from city_brain.storage.statements import statements
from city_brain.supervision.measures import COUNT, LATENESS_H, MEASURE, UNTOLD, Moment
from city_brain.text import LANGUAGES, LOCALE_FOLDER, Text, messages
from city_brain.ui.dispatch import since
from city_brain.ui.dispatch.overlays import uncovered
from city_brain.ui.drills import page as drills_page
from city_brain.ui.risk import asked as heat_asked
from city_brain.ui.wall_views import turning

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*(ROOT / "city_brain").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])
ASKS = {"text", "TEXT", "_text", "words", "knows"}
"""Names of the objects (and the method) that are asked for words."""
FAULTS = {"Fault", "NotFound", "NotAllowed", "Stale", "Damaged"}
TELLS = {"progress", "_progress", "tell", "Stage"}
"""What is called with the key of a stage."""


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for file in SOURCES:
        yield from ((file, node) for node in ast.walk(tree(file)) if isinstance(node, ast.Call))


def name_of(called: ast.expr) -> str:
    """Last name of what is called: `viewer.text(…)` is `text`, `session.words()(…)` is `words`."""
    if isinstance(called, ast.Call):
        return name_of(called.func)
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def said(node: ast.expr) -> set[str]:
    """The texts an expression can be; what is not known when reading the code is ``{}``."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return said(node.body) | said(node.orelse)
    if isinstance(node, ast.JoinedStr):
        parts = [said(part.value if isinstance(part, ast.FormattedValue) else part) or {"{}"} for part in node.values]
        return {"".join(chosen) for chosen in product(*parts)}
    return set()


def first_texts(names: Iterable[str]) -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call of something with one of these names, with each text its first argument can be."""
    for file, call in calls():
        if name_of(call.func) in names and call.args and not (isinstance(call.func, ast.Attribute) and name_of(call.func.value) == "sa"):
            for text in said(call.args[0]):
                yield file, call, text


def asked() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every key of a word that code asks for; families hold ``{}``."""
    for file, call, key in first_texts(ASKS):
        if not (isinstance(call.func, ast.Name) and call.func.id == "words"):  # words() itself takes no key
            yield file, call, key
    for file, call, key in first_texts(FAULTS):
        yield file, call, f"fault.{key}"


def keys_given_to(*names: str, unless: Iterable[str] = ()) -> set[str]:
    return {key for _, _, key in first_texts(names)} - set(unless)


def notices() -> set[str]:
    """Keys of what the stores tell: `Notice("…")`, or `tell` of the stores with values."""
    told = {key for file, call, key in first_texts({"tell"}) if "storage" in file.parts}
    return told | keys_given_to("Notice")


def stages() -> set[str]:
    told = {key for file, call, key in first_texts({"tell"}) if "storage" not in file.parts}
    return told | keys_given_to("progress", "_progress", "Stage")


def page_names() -> set[str]:
    return {file.stem for file in (ROOT / "pages").glob("*.py") if not file.stem.startswith("_")}


def flags_of_profiles() -> set[str]:
    """Marks that only a profile sets."""
    read = (tomllib.loads(file.read_text(encoding="utf-8")) for file in (ROOT / "data" / "profiles").glob("*.toml"))
    return {flag for profile in read for flag in profile.get("flag_where", {})}


FAMILIES = {
    "step.{}": lambda: set(Step),
    "mark.{}": lambda: set(Mark),
    "move.{}": lambda: {move.name for move in MOVES} | {"report"},
    "role.{}": lambda: set(Role),
    "right.{}": lambda: set(Right),
    "post.{}": lambda: set(POSTS),
    "clock.{}": lambda: set(Clock),
    "measure.{}": lambda: {*MEASURE, *UNTOLD},
    "untold.{}": lambda: set(UNTOLD),
    "count.{}": lambda: set(COUNT),
    "moment.{}": lambda: set(Moment),
    "basis.{}": lambda: {measure.basis for measure in MEASURE.values()},
    "lateness.{}": lambda: {str(number) for number in range(len(LATENESS_H) + 1)},
    "rules.basis.{}": lambda: {"city", "state_council"},
    "rules.kind.{}": lambda: set(Kind),
    "notice_level.{}": lambda: {rung.level for rung in RUNGS},
    "asked.{}": lambda: set(Ask),
    "desk.limit.{}": lambda: set(Unit),
    "proposed.{}": lambda: set(Reason),
    "about.need.{}": lambda: set(Need),
    "choice.{}": lambda: {choice for move in MOVES for field in FIELDS for choice in choices(move, field)},
    "location.{}": lambda: set(Location),
    "stage.{}": stages,
    "roads.{}": lambda: {*Way, "fell_back"},
    "roads.silent.{}": lambda: set(Silent),
    "team.function.{}": lambda: set(Function),
    "team.skill.{}": lambda: set(EVERY_SKILL),
    "field.team.{}": lambda: set(TEAM_FIELDS),
    "team.state.{}": lambda: set(dispatch_lifecycle.State),
    "assignment.stage.{}": lambda: set(dispatch_lifecycle.Stage),
    "dispatch.by.{}": lambda: set(GROUPINGS),
    "dispatch.urgency.{}": lambda: set(Urgency),
    "response.{}": lambda: set(CLOCKS),
    "uncovered.{}": lambda: set(uncovered.CHOICES),
    "dispatch.news.{}": lambda: set(since.SORTS),
    "dispatch.why.{}": lambda: {"pinned", "overdue", "urgent", "due", "waits"},
    "recommend.reason.{}": lambda: {"function", "skill", "on_the_way_back", "from_home", "position", "chosen_here", "by_estimate"},
    "recommend.shortfall.{}": lambda: set(Shortfall),
    "policies.rule.{}": lambda: set(RULES),
    "policies.figure.{}": lambda: set(FIGURES),
    "forecast.metric.{}": lambda: set(METRICS),
    "forecast.model.{}": lambda: set(MODELS),
    "heat.view.{}": lambda: set(heat_asked.VIEWS),
    "heat.show.{}": lambda: set(heat_asked.SHOWN),
    "heat.list.{}": lambda: set(heat_asked.SHOWN),
    "heat.legend.{}": lambda: set(heat_asked.SHOWN),
    "heat.tip.{}": lambda: set(heat_asked.SHOWN),
    "heat.by.{}": lambda: set(heat_asked.AREAS),
    "heat.days.{}": lambda: set(map(str, HORIZONS)),
    "heat.window.{}": lambda: set(map(str, heat_asked.WINDOWS)),
    "heat.part.{}": lambda: set(PARTS),
    "heat.part_means.{}": lambda: set(PARTS),
    "heat.treatment.{}": lambda: set(GridClass),
    "heat.treatment_long.{}": lambda: set(GridClass),
    "heat.metric.{}": lambda: set(METRICS),
    "heat.metric_means.{}": lambda: set(METRICS),
    "forecast.guard.{}": lambda: set(Guard) | set(Location) - {Location.POINT},
    "notice.{}": notices,
    "quarantine.{}": lambda: {*rows.REASONS, "conflict"},
    "reason.{}": lambda: {*rows.REASONS, "conflict"},
    "flag.{}": lambda: {*rows.FLAGS, *flags_of_profiles()},
    "field.{}": lambda: {*FIELDS, *profiles.FIELDS},
    "auto.why.{}": lambda: keys_given_to("Why"),
    "channel.{}": lambda: {*CHANNELS, "rule"},
    "rule.{}": lambda: set(RULE),
    "rule_says.{}": lambda: set(RULE),
    "rule_means.{}": lambda: set(RULE),
    "severity.{}": lambda: set(Severity),
    "alert_unit.{}": lambda: set(AlertUnit) - {"minutes"},
    "alert_unit_name.{}": lambda: set(AlertUnit),
    "alert_state.{}": lambda: set(alert_lifecycle.State),
    "alert_move.{}": lambda: {move.name for move in alert_lifecycle.MOVES} | {"raise", "again", "over"},
    "alert_field.{}": lambda: set(alert_lifecycle.FIELDS),
    "judgement.{}": lambda: set(alert_lifecycle.Judgement),
    "judgement_means.{}": lambda: set(alert_lifecycle.Judgement),
    "upload.date_order.{}": lambda: {"auto", "mdy", "dmy"},
    "page.{}": page_names,
    "finding.{}": lambda: {key for file, _, key in first_texts({"Finding"}) if file.name == "findings.py"},
    "detect.method.{}": lambda: {Scan.name, Residuals.name} | {f"ears_{rule}" for rule in Rule},
    "hazard.kind.{}": lambda: set(HazardKind),
    "hazard.class.{}": lambda: set(RiskClass),
    "hazard.state.{}": lambda: set(State),
    "hazard.condition.{}": lambda: set(Condition),
    "hazard.result.{}": lambda: set(Result),
    "field.hazard.{}": lambda: {*HAZARD_FIELDS, "result", "findings", "inspector", "inspected_on", "reason", "purpose"},
    "hazard.event.{}": lambda: {"entered", "changed", "inspected", "closed", "raised", "disclosed"},
    "hazard.why.{}": lambda: {"missed", "findings"},
    "hazard.raised.{}": lambda: {"missed", "findings"},
    "hazard.because.{}": lambda: set(Change),
    "hazard.propose.{}": lambda: set(Change),
    "hazard.verdict.{}": lambda: {"accepted", "declined"},
    "hazard.weekday.{}": lambda: {str(day) for day in range(7)},
    "drill.figure.{}": lambda: {*drills_page.KEYS, "dispatch_s", "close_s"},
    "drill.past.{}": lambda: {"name", "begun", "length", "by"},
    "tour.{}": lambda: {*(scene.name for scene in SCENES), "begin", "back", "on", "end"},
    "wall.view.{}": lambda: set(turning.VIEWS),
    "wall.turn.{}": lambda: {"hold", "go", "back", "on"},
    "verify.{}": lambda: {key for key in literals_below("storage") if f"verify.{key}" in messages("en")} | {"whole", "mended", "not_whole"},
}
"""Keys that code puts together, with every value that can stand in them."""


def expansions(family: str) -> set[str]:
    return {family.replace("{}", value, 1) for value in FAMILIES[family]()}


@cache
def literals(file: Path) -> frozenset[str]:
    """Every text and every name of an argument in a file."""
    nodes = list(ast.walk(tree(file)))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return frozenset(texts | {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg})


def literals_below(room: str) -> set[str]:
    """The same of a whole room, with the names of the statements that verify."""
    texts = {text for file in SOURCES if room in file.parts for text in literals(file)}
    return texts | {name.removeprefix("verify.") for name in statements() if name.startswith("verify.")}


def members(file: Path, family: str) -> set[str]:
    """Words of a family whose open parts stand in the same folder as texts."""
    pattern = re.compile(re.escape(family).replace(r"\{\}", "(.+)"))
    found = {key: pattern.fullmatch(key) for key in messages("en")}
    beside = frozenset().union(*(literals(other) for other in SOURCES if other.parent == file.parent))
    return {key for key, match in found.items() if match and beside.issuperset(match.groups())}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def told(faults: Iterable[str]) -> None:
    found = sorted(set(faults))
    assert not found, "\n".join(found)


def where(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}"


def test_both_languages_have_the_same_keys() -> None:
    chinese, english = messages("zh_CN"), messages("en")
    told(f"only in one: {key}" for key in chinese.keys() ^ english.keys())


def test_every_room_has_the_same_files() -> None:
    files = {language: {file.name for file in (LOCALE_FOLDER / language / "LC_MESSAGES").glob("*.po")} for language in LANGUAGES}
    assert files["zh_CN"] == files["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_empty(language: str) -> None:
    told(key for key, text in messages(language).items() if not text.strip())


def test_both_languages_have_the_same_places() -> None:
    chinese, english = messages("zh_CN"), messages("en")
    differ = {key: places(chinese[key]) ^ places(english[key]) for key in chinese.keys() & english.keys()}
    told(f"{key}: {names}" for key, names in differ.items() if names)


def test_every_word_asked_for_is_there() -> None:
    known = messages("en")
    told(f"{where(file, call)}: {key}" for file, call, key in asked() if "{}" not in key and key not in known)


def test_every_family_has_members() -> None:
    """A family that has no list of its own takes what stands in the same file: each of its words must be found so."""
    told(f"{where(file, call)}: {key}" for file, call, key in asked() if "{}" in key and key not in FAMILIES and not members(file, key))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_member_of_a_family_is_there(family: str) -> None:
    told(expansions(family) - messages("en").keys())


def test_every_place_is_given_its_value() -> None:
    known, faults = messages("en"), list[str]()
    for file, call, key in asked():
        if key not in known or any(keyword.arg is None for keyword in call.keywords) or name_of(call.func) == "knows":
            continue
        given = {keyword.arg for keyword in call.keywords}
        wanted = places(known[key]) | (places(known.get(f"{key}.hint", "")) if key.startswith("fault.") else set())
        if wanted - given:
            faults.append(f"{where(file, call)}: {key} wants {', '.join(sorted(wanted - given))}")
    told(faults)


def test_every_word_is_asked_for() -> None:
    nodes = (node for file in SOURCES for node in ast.walk(tree(file)))
    written = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    used = {key for _, _, key in asked()} | written | {key for family in FAMILIES for key in expansions(family)}
    used |= {member for file, _, key in asked() if "{}" in key for member in members(file, key)}
    told(key for key in messages("en") if key.removesuffix(".hint") not in used)


HAN = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*")
NAMES = set(
    """
    City brain CSV TSV Excel JSON Lines GeoJSON Parquet XML Open311 URL HTTP DuckDB SQLite SQL UTC WGS-84 GCJ-02 BD-09 EPSG UTF-8 GB18030
    GBK GB/T MBTiles PMTiles MapLibre OpenStreetMap Streamlit ID AB h min d m km s kB MB TOML x y z lon lat http https auto PAI PEI C2 DRILL
    """.split()
)
"""Names and units that are the same in Chinese. Options, settings and names of files are recognised by their form."""
FORMS = re.compile(
    r"--[a-z-]+( [a-z0-9:_/]+)?|CITY_BRAIN_[A-Z_]+|[a-z]*\.[a-z]{2,8}\b|[a-z]+_[a-z_]+|[A-Z][a-z]+/[A-Z][A-Za-z_]+|`[^`]+`|https?://\S+|epsg:\S+"
    r"|streamlit run app\.py|python -m city_brain[a-z ]*|quarantine (retry|export)"
)


def test_no_chinese_in_english() -> None:
    told(f"{key}: {text}" for key, text in messages("en").items() if HAN.search(text))


def test_chinese_is_written_in_chinese() -> None:
    faults = []
    for key, text in messages("zh_CN").items():
        bare = FORMS.sub(" ", re.sub(r"\{[^{}]*\}|:small|:gray|%-?[A-Za-z]", " ", text))
        foreign = [word for word in LATIN.findall(bare) if word.strip(".-+") not in NAMES]
        if foreign:
            faults.append(f"{key}: {', '.join(foreign)}")
    told(faults)


def test_faults_call_things_by_their_names() -> None:
    fault = NotAllowed("move_role", move="dispatch", role="watch_officer", needs="dispatcher")
    assert Text("en").fault(fault) == '"Dispatch" is taken by the role Dispatcher, not by Watch officer.'
    assert "dispatch" not in Text("zh_CN").fault(fault)


def test_a_word_that_is_not_there_is_seen() -> None:
    assert Text("en")("no.such.key") == "[no.such.key]"

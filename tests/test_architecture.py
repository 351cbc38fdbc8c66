"""The rules of the house, held by tests: who may import whom, where things may stand, how large they may grow.

`docs/architecture.md` says why. A rule that stands in the way is changed there and here, never passed over.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "city_brain"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("clock", "settings", "text", "roles", "geo", "analytics"),
    ("record",),
    ("storage",),
    ("incidents",),
    ("cases",),
    ("responsibility", "notices", "supervision", "alerts", "hazards", "risk"),
    ("dispatch", "roads"),
    ("intake", "simulator"),
    ("start",),
    ("upkeep",),
    ("casework", "detection", "backtesting", "register", "drills", "dispatching"),
    ("forecasting",),
    ("commands",),
    ("service",),
    ("ui", "command_line"),
    ("__main__",),
)
"""From the ground up. A room imports itself and rooms of lower floors; neighbours on one floor do not know each other."""

AREAS = ("incidents", "cases", "responsibility", "notices", "supervision", "alerts", "hazards", "risk", "dispatch")
ROLES = {
    "rules": {"rules"},
    "reading": {"rules", "reading"},
    "queries": {"rules", "reading"},
    "staging": {"rules", "staging"},
    "projection": {"rules", "reading", "staging", "projection"},
    "drafting": {"rules", "reading", "drafting"},
    "actions": {"rules", "reading", "staging", "drafting", "actions"},
    "rounds": {"rules", "reading", "actions", "rounds"},
}
"""Inside the areas: which part may import which. Whatever is no other part is rules: pure, without a city."""

HOMES = {
    "streamlit": ("app.py", "pages/", "city_brain/ui/"),
    "pydeck": ("city_brain/ui/",),
    "altair": ("city_brain/ui/",),
    "duckdb": ("city_brain/storage/",),
    "sqlalchemy": ("city_brain/record/",),
    "starlette": ("city_brain/service/",),
    "click": ("city_brain/__main__.py", "city_brain/command_line/"),
    "simpy": ("city_brain/simulator/engine/", "city_brain/simulator/policies/"),
    "babel": ("city_brain/text.py",),
    "httpx": ("city_brain/intake/", "city_brain/service/", "city_brain/roads.py"),
}
"""The only places that know a library."""

PAGES_MAY = ("streamlit", "city_brain.ui", "city_brain.text")
"""What a page imports, beside queries and rules of the areas."""


def sources() -> list[Path]:
    """Every module of the product."""
    return sorted([*(ROOT / PACKAGE).rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])


def shown(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports; `from a import b` gives `a.b` where that is a module."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{shown(file)}:{node.lineno}: relative import"
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield node.lineno, deeper if is_module(deeper) else str(node.module)


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or path.is_dir()


def room(name: str) -> str:
    """The room of a module's full name: `city_brain.cases.queries` is in `cases`."""
    return name.split(".")[1] if "." in name else "package"


def own_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def floor(of: str) -> int:
    return next((number for number, rooms in enumerate(FLOORS) if of in rooms), -1)


def part(name: str) -> str:
    """Which part of its area a module is."""
    last = name.split(".")[-1]
    return last if last in ROLES else "rules"


def inside() -> list[Path]:
    return sorted((ROOT / PACKAGE).rglob("*.py"))


def told(faults: list[str]) -> None:
    assert not faults, "\n".join(faults)


def test_every_room_has_its_floor() -> None:
    rooms = {room(own_name(file)) for file in inside()} - {"package"}
    known = {name for rooms in FLOORS for name in rooms}
    assert rooms <= known, f"say on which floor {rooms - known} is"


def test_arrows_point_downwards() -> None:
    faults = []
    for file in inside():
        here = room(own_name(file))
        for line, name in imports(file):
            if name == PACKAGE or not name.startswith(PACKAGE + "."):
                continue
            there = room(name)
            if there != here and floor(there) >= floor(here):
                faults.append(f"{shown(file)}:{line}: {here} imports {there}")
    told(faults)


def test_nothing_imports_what_lies_on_top() -> None:
    above = {"pages", "app", "tests", "benchmarks", "docs"}
    told([f"{shown(file)}:{line}: {name}" for file in inside() for line, name in imports(file) if name.split(".")[0] in above])


def test_areas_keep_their_parts_apart() -> None:
    faults = []
    for file in inside():
        here = own_name(file)
        if room(here) not in AREAS:
            continue
        for line, name in imports(file):
            if room(name) not in AREAS or not name.startswith(PACKAGE) or name.count(".") < 2:
                continue
            same = room(name) == room(here)
            if same and part(name) not in ROLES[part(here)]:
                faults.append(f"{shown(file)}:{line}: {part(here)} import {part(name)}")
            if not same and part(name) in ("queries", "projection"):
                faults.append(f"{shown(file)}:{line}: {part(name)} of another area")
    told(faults)


def test_rules_are_pure() -> None:
    forbidden = ("city_brain.storage", "city_brain.record", "city_brain.clock", "city_brain.settings")
    told(
        [
            f"{shown(file)}:{line}: {name}"
            for file in inside()
            if room(own_name(file)) in AREAS and part(own_name(file)) == "rules"
            for line, name in imports(file)
            if name.startswith(forbidden)
        ]
    )


def test_the_ui_leaves_record_and_projections_alone() -> None:
    faults = []
    for file in (ROOT / PACKAGE / "ui").glob("*.py"):
        for line, name in imports(file):
            if name.startswith(("city_brain.record", "city_brain.simulator")) or name.endswith(".projection"):
                faults.append(f"{shown(file)}:{line}: {name}")
            if name.startswith("city_brain.storage") and name != "city_brain.storage.city":
                faults.append(f"{shown(file)}:{line}: {name}")
    told(faults)


def test_pages_only_tell_the_story() -> None:
    faults = []
    for file in (ROOT / "pages").glob("*.py"):
        for line, name in imports(file):
            if name.split(".")[0] in sys.stdlib_module_names or name.startswith(PAGES_MAY):
                continue
            if room(name) in AREAS and part(name) in ("rules", "queries"):
                continue
            faults.append(f"{shown(file)}:{line}: {name}")
    told(faults)


@pytest.mark.parametrize("library", HOMES)
def test_a_library_stays_where_it_belongs(library: str) -> None:
    told(
        [
            f"{shown(file)}:{line}: {name}"
            for file in sources()
            if not shown(file).startswith(HOMES[library])
            for line, name in imports(file)
            if name.split(".")[0] == library
        ]
    )


SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|COPY\s+\w+|ATTACH\s"
    r"|(CREATE|DROP|ALTER)\s+(OR REPLACE\s+|TEMP\s+)*(TABLE|VIEW|MACRO|INDEX))",
    re.DOTALL,
)
SQL_MAY = ("city_brain/storage/database.py",)
"""Opening the picture: settings of the connection, and the table of migrations, which no migration can make."""


def strings(file: Path) -> Iterator[tuple[int, str]]:
    """Every text in the code of a module, without docstrings."""
    documented = {
        id(body[0].value)
        for node in ast.walk(tree(file))
        if (body := getattr(node, "body", None)) and isinstance(body, list) and isinstance(body[0], ast.Expr)
    }
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.lineno, node.value


def test_sql_stands_in_sql_files() -> None:
    files = [file for file in sources() if shown(file) not in SQL_MAY]
    told([f"{shown(file)}:{line}: {text[:60]!r}" for file in files for line, text in strings(file) if SQL.search(text)])


def test_no_classes_in_pages() -> None:
    """A page is run anew on every click: a class defined there is another class each time."""
    pages = (ROOT / "pages").glob("*.py")
    told([f"{shown(file)}: {node.name}" for file in pages for node in ast.walk(tree(file)) if isinstance(node, ast.ClassDef)])


def length(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def test_sizes() -> None:
    for file in sources():
        if length(file) > 300:
            print(f"{shown(file)} has {length(file)} lines: think about it at 300")
    faults = [f"{shown(file)} has {length(file)} lines" for file in sources() if length(file) > 400]
    faults += [f"{shown(file)} has {length(file)} lines" for file in (ROOT / "pages").glob("*.py") if length(file) > 120]
    told(faults)


def test_names_say_what_is_inside() -> None:
    nameless = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|base|shared)(_|$)")
    told([shown(file) for file in sources() if nameless.search(file.stem)])


def test_pages_shadow_nothing() -> None:
    """The folder of the main script stands first on the path: a page must not be named like a module of the standard library."""
    told([shown(file) for file in (ROOT / "pages").glob("*.py") if file.stem in sys.stdlib_module_names])


def test_only_settings_read_the_environment() -> None:
    faults = []
    for file in sources():
        if file.stem in ("settings", "asking"):
            continue
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"):
                faults.append(f"{shown(file)}:{node.lineno}")
    told(faults)


def test_broad_handlers_give_their_reason() -> None:
    faults = []
    for file in sources():
        lines = file.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(tree(file)):
            if not isinstance(node, ast.ExceptHandler) or not is_broad(node.type):
                continue
            passes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if not passes_on and not re.search(r"# (noqa: BLE001 - )?\w+ \w+ \w+", lines[node.lineno - 1]):
                faults.append(f"{shown(file)}:{node.lineno}")
    told(faults)


def is_broad(caught: ast.expr | None) -> bool:
    return caught is None or (isinstance(caught, ast.Name) and caught.id in ("Exception", "BaseException"))


def test_importing_everything_opens_nothing(tmp_path: Path) -> None:
    """No module reads a file of the project or of a home, or takes a database, before somebody asks it to."""
    program = """
import importlib, sys
opened = []
def watch(event, given):
    file = given[0] if event == "open" and isinstance(given[0], str) else ""
    if file.startswith(FOLDERS) and not file.endswith((".py", ".pyc")) and ".pyc." not in file:
        opened.append(file)
    if event.startswith("sqlite3.connect"):
        opened.append(str(given))
FOLDERS, names = tuple(sys.argv[1:4]), sys.argv[4:]
import duckdb
duckdb.connect = lambda *given, **named: opened.append(f"duckdb {given}")
sys.addaudithook(watch)
for name in names:
    importlib.import_module(name)
if opened:
    sys.exit("\\n".join(opened))
"""
    names = [own_name(file) for file in inside()]
    home = tmp_path / "home"
    folders = (f"{ROOT / PACKAGE}{os.sep}", f"{ROOT / 'data'}{os.sep}", str(home))
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *folders, *names],
        cwd=ROOT, env=os.environ | {"CITY_BRAIN_HOME": str(home), "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert not home.exists()


PLACES = (
    "/wo" + "rk/",
    "/opt/ve" + "nv",
    "pypi-" + "more",
    "/ro" + "ot/",
    r"/home/\w+/",
    r"\b10\.\d+\.\d+\.\d+\b",
    r"\b192\.168\.\d+\.\d+\b",
)
PRIVATE = re.compile("|".join(PLACES))
"""Names of one machine or one network."""
UNREAD = {".git", "var", ".venv", "__pycache__", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "node_modules"}


def kept_files() -> Iterator[Path]:
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in UNREAD]
        yield from (Path(folder) / name for name in names)


def test_nothing_names_one_machine() -> None:
    faults = []
    for file in kept_files():
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture or a font
        faults += [f"{shown(file)}:{number}: {found[0]}" for number, line in enumerate(lines, start=1) if (found := PRIVATE.search(line))]
    told(faults)

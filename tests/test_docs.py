"""Documents that cannot fall behind: what exists is described, and what is generated is fresh."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from city_brain.__main__ import main
from city_brain.cases.lifecycle import LONGEST_SUSPENSION_DAYS, MOST_EXTENSIONS, MOVES, Clock, Need, Step
from city_brain.commands import COMMANDS
from city_brain.settings import Settings
from city_brain.start import PROJECTIONS
from city_brain.storage.statements import statements
from docs import generate, meanings, samples

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group = main, before: str = "") -> Iterator[str]:
    """Every command of the command line, such as `quarantine list`."""
    for name, command in group.commands.items():
        yield from commands(command, f"{before}{name} ") if isinstance(command, click.Group) else (before + name,)


def recorded_kinds() -> set[str]:
    """Kinds of events that some action drafts."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "city_brain").rglob("*.py"))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    drafted = [node.args[1] for node in calls if node.func.id == "Draft"]  # type: ignore[attr-defined]
    return {kind.value for kind in drafted if isinstance(kind, ast.Constant)}


@pytest.mark.parametrize("name", ["lifecycle.md", "data_dictionary.md"])
def test_generated_documents_are_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == generate.documents()[name], "run python -m docs.generate"


def test_every_kind_of_event_is_documented() -> None:
    assert recorded_kinds() == generate.KINDS.keys()
    assert generate.KINDS.keys() == {kind for projection in PROJECTIONS for kind in projection.kinds}


def test_shapes_that_are_not_written_any_more_are_documented_too() -> None:
    assert meanings.EARLIER.keys() == samples.EARLIER.keys()
    page = generate.dictionary_page()
    assert all(says in page for says in meanings.EARLIER.values())


def test_the_page_of_the_lifecycle_says_everything() -> None:
    page = generate.lifecycle_page()
    assert list(meanings.CLOCKS) == list(Clock) and list(meanings.NEEDS) == list(Need)
    for name in (*(move.name for move in MOVES), *Step, *Clock, *Need):
        assert f"| `{name}`" in page, name
    assert all(f"* **{name}** {says}" in page for name, says in meanings.RULES.items())
    assert f"at most {MOST_EXTENSIONS} times" in page and f"within {LONGEST_SUSPENSION_DAYS} days" in page


def test_every_table_says_what_a_row_is() -> None:
    assert [name for name, says in generate.comments().items() if not says] == []


def test_every_statement_says_what_it_does() -> None:
    assert [name for name, statement in statements().items() if not statement.says] == []


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_in_the_readme(field: object) -> None:
    name, default = f"CITY_BRAIN_{field.name.upper()}", field.default  # type: ignore[attr-defined]
    row = next((line for line in README.splitlines() if line.startswith(f"| `{name}`")), None)
    assert row, f"{name} is not in the table of settings"
    if not isinstance(default, Path) and default != "":
        assert f"`{default}`" in row, f"the default of {name} is {default}"


def test_the_readme_lists_no_other_setting() -> None:
    assert set(re.findall(r"CITY_BRAIN_[A-Z_]+", README)) <= {f"CITY_BRAIN_{field.name.upper()}" for field in fields(Settings)}


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"^\| `{command}[ `]", README, re.MULTILINE), f"{command} is not in the table of commands"


def test_every_command_can_be_run() -> None:
    needs_no_city = {"lifecycle", "compare-policies", "simulate"}
    assert {re.sub("^demo .*", "demo", command) for command in commands()} - needs_no_city == COMMANDS.keys()


@pytest.mark.parametrize("page", sorted(file.stem for file in (ROOT / "pages").glob("*.py") if not file.stem.startswith("_")))
def test_every_page_is_in_the_readme_and_says_what_it_is(page: str) -> None:
    address = "/" if page == "overview" else f"/{page}"
    assert f"| `{address}` |" in README
    assert ast.get_docstring(ast.parse((ROOT / "pages" / f"{page}.py").read_text(encoding="utf-8")))


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for file in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"), ROOT / "data" / "README.md"]:
        for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", file.read_text(encoding="utf-8")):
            if "://" not in target and not (file.parent / target).exists():
                broken.append(f"{file.relative_to(ROOT)}: {target}")
    assert broken == []


def test_architecture_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.stem for path in (ROOT / "city_brain").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert [room for room in rooms - {"__init__"} if f"`{room}" not in text] == []

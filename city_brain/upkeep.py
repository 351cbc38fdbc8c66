"""Upkeep of a home: what it holds, whether it is whole, copies of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from city_brain import clock
from city_brain.cases import queries as case_queries
from city_brain.errors import Damaged, Fault
from city_brain.incidents import queries as incident_queries
from city_brain.settings import Settings
from city_brain.start import Home
from city_brain.storage.city import City

Progress = Callable[[str, int, int | None], None]


def status(city: City) -> dict[str, Any]:
    """One object: city, clock, cases, open, record_sequence, picture_sequence, sources, notices."""
    named = incident_queries.city(city)
    counts = case_queries.totals(city)
    sources = [
        {
            "name": row["source"], "read": row["read"], "taken": row["taken"], "known": row["known"], "updated": row["updated"],
            "quarantined": row["quarantined"], "located": row["located"], "in_area": row["in_area"], "simulated": row["simulated"],
            "last_arrival": row["last_arrival"].isoformat() if row["last_arrival"] else None,
        }
        for row in incident_queries.sources(city)
    ]  # fmt: skip
    return {
        "city": (named["name_en"] or named["name_zh"]) if named else None,
        "simulated": bool(named and named["simulated"]),
        "clock": clock.now().isoformat(),
        "cases": counts["cases"],
        "open": counts["open"],
        "record_sequence": city.record_sequence,
        "picture_sequence": city.picture_sequence,
        "sources": sources,
        "notices": [{"key": notice.key, "at": notice.happened_at.isoformat(), "values": notice.values} for notice in city.notices],
    }  # fmt: skip


def verify(home: Home, progress: Progress) -> dict[str, Any]:
    """Check everything: the journal's chain, the picture's copies, every block, every kept file, counts of record against picture.

    A damaged picture is rebuilt from the record; what was wrong is listed all the same.

    Returns
    -------
    dict
        ``whole`` (bool), ``events``, ``findings``: list of {key, values} (text key ``verify.<key>``), ``mended`` (bool).
    """
    city, findings = home.city, list[dict[str, Any]]()

    def find(key: str, **values: Any) -> None:
        findings.append({"key": key, "values": values})

    progress("verify_journal", 0, None)
    damage = city.journal.damage()
    if damage:
        find("journal_file", detail=damage)
    bad = city.journal.first_bad()
    if bad is not None:
        find("journal_event", sequence=bad)
    progress("verify_files", 0, None)
    for file, checksum in _kept(city, home.settings):
        if not file.exists():
            find("file_missing", file=file.name)
        elif hashlib.sha256(file.read_bytes()).hexdigest() != checksum:
            find("file_changed", file=file.name)
    progress("verify_picture", 0, None)
    mended = _verify_picture(city, find)
    if mended:
        city.rebuild(progress)
    return {"whole": not findings, "events": city.journal.count(), "findings": findings, "mended": mended}


def _verify_picture(city: City, find: Callable[..., None]) -> bool:
    try:
        for problem in city.compare():
            find(problem.key, **problem.values)
    except Damaged as damage:
        find("picture_damaged", detail=damage.values.get("detail"))
        return True
    return bool(city.differs)


def _kept(city: City, settings: Settings) -> list[tuple[Path, str]]:
    with city.read() as cursor:
        rows = cursor.rows("incidents.batch_files")
    found = [row[name] for row in rows for name in ("parquet", "rejected") if row[name]]
    return [(settings.batches / f"{checksum}.parquet", checksum) for checksum in dict.fromkeys(found)]


def backup(home: Home, target: Path) -> dict[str, Any]:
    """Write the whole record (journal, kept files, saved profiles) to a compressed archive, while the console goes on.

    Raises
    ------
    Fault
        The file exists already, or cannot be written.
    """
    if target.exists():
        raise Fault("file_exists", file=str(target))
    settings, city = home.settings, home.city
    if not settings.journal_url.startswith("sqlite:///"):
        raise Fault("backup_elsewhere")
    with tempfile.TemporaryDirectory(dir=settings.home) as scratch:
        copy = Path(scratch) / "journal.sqlite"
        held: list[int] = []

        def work() -> None:
            shutil.copyfile(settings.journal_url.removeprefix("sqlite:///"), copy)
            held.append(city.version)

        city.still(work)
        manifest = {"made_at": clock.now().isoformat(), "sequence": held[0], "files": {"journal.sqlite": _checksum(copy)}}
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(target.name + ".part")
            with tarfile.open(part, "w:gz", compresslevel=1) as archive:
                archive.add(copy, "journal.sqlite")
                for folder in (settings.batches, settings.profiles):
                    for file in sorted(folder.glob("*")) if folder.exists() else []:
                        name = f"{folder.name}/{file.name}"
                        manifest["files"][name] = _checksum(file)  # type: ignore[index]
                        archive.add(file, name)
                written = Path(scratch) / "manifest.json"
                written.write_text(json.dumps(manifest, indent=1))
                archive.add(written, "manifest.json")
            part.rename(target)
        except OSError as error:
            raise Fault("cannot_write", file=str(target), detail=error.strerror) from error
    return {"file": str(target), "sequence": held[0], "bytes": target.stat().st_size}


def restore(home: Home, source: Path) -> dict[str, Any]:
    """Put a backup in place of what the home holds; what it held is kept beside it.

    Raises
    ------
    Fault
        The file is no backup, or not what was written.
    """
    settings = home.settings
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.home) as scratch:
        manifest = _unpack(source, Path(scratch))
        aside = settings.home / f"before-restore-{clock.now():%Y%m%d%H%M%S}"

        def work() -> None:
            aside.mkdir()
            for name in ("journal.sqlite", "city.duckdb", "city.duckdb.wal", "batches", "profiles"):
                if (settings.home / name).exists():
                    (settings.home / name).rename(aside / name)
            for name in ("journal.sqlite", "batches", "profiles"):
                if (Path(scratch) / name).exists():
                    (Path(scratch) / name).rename(settings.home / name)

        home.exchange(work)
    return {"file": str(source), "sequence": manifest["sequence"], "kept": str(aside), "cases": case_queries.totals(home.city)["cases"]}


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        for name, checksum in manifest["files"].items():
            if _checksum(folder / name) != checksum:
                raise Fault("backup_changed", file=name)
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        raise Fault("no_backup", file=str(source), detail=str(error)) from error
    return manifest


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

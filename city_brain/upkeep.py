"""Upkeep of a home: what it holds, whether it is whole, copies of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from city_brain import clock
from city_brain.cases import queries as case_queries
from city_brain.errors import Fault
from city_brain.incidents import queries as incident_queries
from city_brain.record.journal import Journal, sqlite_file
from city_brain.settings import Settings
from city_brain.start import Home
from city_brain.storage.city import City
from city_brain.storage.witness import Witness

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
    """Read everything: the journal's chain, every block and count of the picture, every kept file; mend what one store can give the other.

    Returns
    -------
    dict
        ``whole`` (nothing was wrong), ``mended`` (nothing is wrong any more), ``events``, and ``findings``: list of
        {part, key, values, mended}, text key ``verify.<key>``.
    """
    findings = home.city.verify(progress)
    return {
        "whole": not findings,
        "mended": all(finding.mended for finding in findings),
        "events": home.city.journal.count(),
        "findings": [asdict(finding) for finding in findings],
    }


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
    journal = _journal_file(settings)
    with tempfile.TemporaryDirectory(dir=settings.home) as scratch:
        copy = Path(scratch) / "journal.sqlite"
        held: list[int] = []

        def work() -> None:
            shutil.copyfile(journal, copy)
            held.append(city.record_sequence)

        city.still(work)
        kept = [file for folder in (settings.batches, settings.profiles) for file in sorted(folder.glob("*.*")) if file.suffix != ".part"]
        members = {"journal.sqlite": copy} | {f"{file.parent.name}/{file.name}": file for file in kept}
        manifest = Path(scratch) / "manifest.json"
        try:
            checksums = {name: _checksum(file) for name, file in members.items()}
            manifest.write_text(json.dumps({"made_at": clock.now().isoformat(), "sequence": held[0], "files": checksums}, indent=1))
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(target.name + ".part")
            with tarfile.open(part, "w:gz", compresslevel=1) as archive:
                for name, file in (members | {"manifest.json": manifest}).items():
                    archive.add(file, name)
            part.rename(target)
        except OSError as error:
            raise Fault("cannot_write", file=str(target), detail=error.strerror) from error
    return {"file": str(target), "sequence": held[0], "bytes": target.stat().st_size}


def restore(home: Home, source: Path) -> dict[str, Any]:
    """Put a backup in place of what the home holds; what it held is kept beside it.

    Raises
    ------
    Fault
        The file is no backup, not what was written, or its record is damaged: then the home is as it was.
    """
    settings = home.settings
    journal = _journal_file(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.home) as scratch:
        manifest = _unpack(source, Path(scratch))
        aside = settings.home / f"before-restore-{clock.now():%Y%m%d%H%M%S%f}"
        picture, own = settings.picture_file, [settings.batches, settings.profiles]
        logs = [journal.with_name(journal.name + "-journal"), picture.with_name(picture.name + ".wal")]
        places = [journal, *logs, picture, settings.home / "witness", *own]
        held = {place: aside / place.name for place in places}
        brought = {Path(scratch) / "journal.sqlite": journal} | {Path(scratch) / place.name: place for place in own}

        def undo() -> None:
            _move({place: Path(scratch) / f"refused-{place.name}" for place in places})
            _move({kept: place for place, kept in held.items()})

        _note(Path(scratch), manifest["sequence"])
        aside.mkdir()
        try:
            home.exchange(lambda: _move(held | brought | {Path(scratch) / "witness": settings.home / "witness"}))
        except Fault as fault:
            home.exchange(undo)
            raise Fault("backup_refused", file=str(source), detail=str(fault)) from fault
    return {"file": str(source), "sequence": manifest["sequence"], "kept": str(aside), "cases": case_queries.totals(home.city)["cases"]}


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        for name, checksum in manifest["files"].items():
            if _checksum(folder / name) != checksum:
                raise Fault("backup_changed", file=name)
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, KeyError) as error:
        raise Fault("no_backup", file=str(source), detail=str(error)) from error
    return manifest


def _note(folder: Path, sequence: int) -> None:
    """Write the witness of an unpacked record, so that a record that ends before its `sequence` is refused."""
    journal, witness = Journal(f"sqlite:///{folder / 'journal.sqlite'}"), Witness(folder / "witness")
    witness.note(sequence, journal.hash_at(sequence) or "lost")
    journal.close()
    witness.close()


def _move(places: Mapping[Path, Path]) -> None:
    """Rename what is there, in order."""
    for before, after in places.items():
        if before.exists():
            before.rename(after)


def _journal_file(settings: Settings) -> Path:
    file = sqlite_file(settings.journal_url)
    if file is None:
        raise Fault("backup_elsewhere")
    return file


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

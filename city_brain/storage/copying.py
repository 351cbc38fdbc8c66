"""A copy of both stores while the city goes on: for a drill, never for a backup (`upkeep.backup` checks what it writes)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from city_brain.errors import Fault
from city_brain.record.journal import sqlite_file
from city_brain.storage.stores import Plan

_PROGRAM = "import shutil, sys\nfor before, after in zip(sys.argv[1::2], sys.argv[2::2]): shutil.copyfile(before, after)"


def copy_files(plan: Plan, folder: Path) -> None:
    """Copy journal, picture and witness to a folder. Nothing may be written meanwhile, and both stores be on disk.

    Another process does it: when a process closes a file that it has opened a second time, it lets go of the locks it held on it, and
    picture and journal are locked by this one. A journal in another database is not copied; the copy's is made of what the picture holds.

    Raises
    ------
    Fault
        The disk does not take it.
    """
    journal, picture = sqlite_file(plan.journal_url), plan.picture
    names = [picture.name, f"{picture.name}.wal", *(["witness"] if journal else [])]
    pairs = [(picture.with_name(name), folder / name) for name in names]
    if journal is not None:
        pairs.append((journal, folder / "journal.sqlite"))
    given = [str(file) for pair in pairs if pair[0].exists() for file in pair]
    done = subprocess.run([sys.executable, "-I", "-S", "-c", _PROGRAM, *given], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Fault("cannot_write", file=str(folder), detail=(done.stderr.strip().splitlines() or ["?"])[-1])


def share_files(batches: Path, folder: Path) -> None:
    """Give another folder the kept files. They are named by their content and never change, so that a second name is enough."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in batches.iterdir():
        if file.suffix == ".part":
            continue
        try:
            os.link(file, folder / file.name)
        except OSError:  # another disk, or one without links
            shutil.copyfile(file, folder / file.name)

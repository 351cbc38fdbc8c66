"""Where the running console of a home listens, and the token that lets a command in (mode 600)."""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from city_brain.settings import Settings


@dataclass(frozen=True, slots=True)
class Address:
    """A running console: base URL, process number and token."""

    url: str
    process: int
    token: str


def announce(settings: Settings, url: str, token: str) -> None:
    """Say where this process listens, readable by its own user alone."""
    file = settings.console_file
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as text:
        json.dump({"url": url, "process": os.getpid(), "token": token}, text)
    part.rename(file)


def withdraw(settings: Settings) -> None:
    """Take the announcement back, if it is this process's own."""
    found = find(settings.console_file)
    if found and found.process == os.getpid():
        settings.console_file.unlink(missing_ok=True)


def find(file: Path) -> Address | None:
    """The announced console, alive or not; None when there is no announcement."""
    try:
        return Address(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def alive(address: Address) -> bool:
    """Whether the announced process still runs."""
    try:
        os.kill(address.process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def new_token() -> str:
    """A token for one run of the console."""
    return secrets.token_urlsafe(32)


def announce_once_listening(settings: Settings, url: str, token: str, stop: threading.Event) -> None:
    """Wait until the server answers at `url`, then announce it: a command never meets a closed door."""
    parts = urlsplit(url)
    while not stop.wait(0.1):
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((parts.hostname, parts.port)) == 0:
                settings.home.mkdir(parents=True, exist_ok=True)
                announce(settings, url, token)
                return

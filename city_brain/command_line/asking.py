"""Asking: a command goes through the running console of this home, or opens the home itself when none runs."""

from __future__ import annotations

import getpass
import json
import os
import sys
from typing import Any

import click

from city_brain import commands
from city_brain.errors import Fault
from city_brain.roles import operator
from city_brain.service import address, client
from city_brain.settings import Settings, from_environment
from city_brain.start import Home
from city_brain.text import Text, language_of

TEXT = Text(language_of(os.environ.get("LC_ALL") or os.environ.get("LANG")))


class Teller:
    """Shows progress on the error stream, so that the answer alone is on the output."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, stage: str, done: int = 0, total: int | None = None) -> None:
        share = f" {done / total:4.0%}" if total else f" {TEXT.number(done)}" if done else ""
        line = TEXT(f"stage.{stage}") + share
        if line != self._last and sys.stderr.isatty():
            click.echo(f"\r\033[K{line}", nl=False, err=True)
        self._last = line

    def end(self) -> None:
        """Leave the progress line."""
        if self._last and sys.stderr.isatty():
            click.echo("\r\033[K", nl=False, err=True)


def ask(name: str, **given: Any) -> dict[str, Any]:
    """Run a command: through the running console of this home, or directly when none runs."""
    teller = Teller()
    try:
        _check(given)
        settings = from_environment()
        running = address.find(settings.console_file)
        if running and not address.alive(running):
            click.echo(TEXT("cli.stale_console", process=str(running.process)), err=True)
            settings.console_file.unlink(missing_ok=True)
            running = None
        user = getpass.getuser()
        if running:
            return client.ask(running, name, given, user, teller)
        return _directly(settings, name, given, user, teller)
    except Fault as fault:
        teller.end()
        click.echo(TEXT.fault(fault), err=True)
        raise SystemExit(1) from fault
    finally:
        teller.end()


def _check(given: Any) -> None:
    """What was typed is text: bytes that are none come here as characters that cannot be written."""
    try:
        json.dumps(given, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise Fault("not_utf8") from None


def _directly(settings: Settings, name: str, given: dict[str, Any], user: str, teller: Teller) -> dict[str, Any]:
    home = Home(settings)
    try:
        city = home.open(f"python -m city_brain {name}")
        for notice in city.notices:
            click.echo(TEXT(f"notice.{notice.key}", **notice.values), err=True)
        return commands.run(home, name, given, operator(user), teller)
    finally:
        home.close()

"""Words: message keys and values become sentences in the reader's language here, at the edge.

Catalogues are gettext files, one per room, in ``locale/<language>/LC_MESSAGES/*.po``, read by
Babel when first needed (no compiled file to forget). Chinese and English are both written: the
message id is a key such as ``case.step.dispatch``, never a sentence of one of the languages.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, get_day_names
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from city_brain.errors import Fault

LANGUAGES = {"zh_CN": "中文", "en": "English"}
NAMED = {"move": "move", "possible": "move", "step": "step", "role": "role", "needs": "role", "right": "right", "field": "field",
         "alert_move": "alert_move", "alert_moves": "alert_move", "alert_state": "alert_state", "alert_field": "alert_field",
         "last": "move", "needs_field": "field", "team_state": "team.state", "stage": "assignment.stage"}  # fmt: skip
"""Values of faults that are keys themselves: name of the value → family of its text. `possible` and `alert_moves` are lists."""
LOCALE_FOLDER = Path(__file__).parent / "locale"


@cache
def messages(language: str) -> dict[str, str]:
    """Every message of a language: key → text with ``{name}`` places."""
    found: dict[str, str] = {}
    for file in sorted((LOCALE_FOLDER / language / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as lines:
            for message in read_po(lines, locale=language):
                if message.id:
                    if message.id in found:
                        raise ValueError(f"{file}: {message.id} is defined twice")
                    found[str(message.id)] = str(message.string)
    return found


def language_of(browser: str | None) -> str:
    """The language to speak to a browser that says `browser` (such as ``zh-TW`` or ``de-DE``)."""
    return "zh_CN" if (browser or "").lower().startswith("zh") else "en"


class Text:
    """One reader's words: ``text("key", name=value)``, numbers, times and durations in their locale and zone."""

    def __init__(self, language: str, zone: str = "UTC") -> None:
        if language not in LANGUAGES:
            raise Fault("language", language=language, allowed=", ".join(LANGUAGES))
        self.language = language
        self.zone = ZoneInfo(zone)
        self._locale = Locale.parse(language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key`; an unknown key is shown in brackets so that a test and a reader see it."""
        template = messages(self.language).get(key)
        if not template:
            return f"[{key}]"
        shown = {
            name: self.number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
            for name, value in values.items()
        }
        return template.format(**shown) if shown else template

    def knows(self, key: str) -> bool:
        """Whether the catalogue has this key."""
        return bool(messages(self.language).get(key))

    def pick(self, chinese: str | None, english: str | None) -> str:
        """The name of a thing that has a Chinese and an English one; either stands in for a missing other."""
        first, second = (chinese, english) if self.language == "zh_CN" else (english, chinese)
        return first or second or ""

    def fault(self, fault: Fault) -> str:
        """What a fault says, with its hint. Moves, steps, roles and fields in it are called by their names."""
        values = {name: self._named(NAMED[name], str(value)) if name in NAMED else value for name, value in fault.values.items()}
        said = self(f"fault.{fault.key}", **values)
        hint = f"fault.{fault.key}.hint"
        return f"{said} {self(hint, **values)}" if self.knows(hint) else said

    def _named(self, family: str, keys: str) -> str:
        return ", ".join(self(f"{family}.{key}") if self.knows(f"{family}.{key}") else key for key in keys.split(", "))

    def number(self, value: float, digits: int | None = None) -> str:
        """A number with the reader's separators; `digits` fixes the decimals."""
        pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(value, format=pattern, locale=self._locale))

    def percent(self, share: float, digits: int = 0, signed: bool = False) -> str:
        """A share (0.12) as a percentage (12 %), `signed` with its plus."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + " %"
        shown = str(format_percent(abs(share), format=pattern, locale=self._locale))
        sign = ("−" if share < 0 else "+") if signed and round(share, 2 + digits) else ("−" if share < 0 else "")
        return sign + shown

    def moment(self, at: datetime | None, form: str = "minute") -> str:
        """A moment in the city's zone: `form` is second, minute, time, day, weekday or hour."""
        if at is None:
            return "—"
        local = at.astimezone(self.zone)
        if form == "time":
            return str(format_time(local, "HH:mm", locale=self._locale))
        if form == "day":
            return str(format_date(local, "y-MM-dd", locale=self._locale))
        if form == "weekday":
            pattern = "M月d日 EEE" if self.language == "zh_CN" else "EEE d MMM"
            return str(format_date(local, pattern, locale=self._locale))
        if form == "hour":
            return f"{local:%H} 时" if self.language == "zh_CN" else f"{local:%H}:00"
        return str(format_datetime(local, "y-MM-dd HH:mm:ss" if form == "second" else "y-MM-dd HH:mm", locale=self._locale))

    def weekday(self, at: datetime) -> str:
        """The name of the day of the week of a moment in the city's zone."""
        return str(get_day_names("wide", locale=self._locale)[at.astimezone(self.zone).weekday()])

    def duration(self, length: timedelta) -> str:
        """A length of time in its two largest units: ``2 h 14 min``, ``3 天 2 小时``."""
        minutes = int(abs(length).total_seconds() // 60)
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        if days >= 10:
            return self("time.days", days=days)
        if days:
            return self("time.days_hours", days=days, hours=hours) if hours else self("time.days", days=days)
        if hours:
            return self("time.hours_minutes", hours=hours, minutes=minutes)
        return self("time.minutes", minutes=minutes)

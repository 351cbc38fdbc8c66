"""The clock of the console: each duty stands for itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest

from city_brain.forecasting.keeping import Forecaster
from city_brain.service import keeper
from city_brain.settings import Settings
from city_brain.start import Home
from city_brain.storage.city import City


@pytest.fixture
def home(settings: Settings) -> Iterator[Home]:
    """An open, empty home."""
    found = Home(settings)
    found.open("test")
    yield found
    found.close()


class Watched(Forecaster):
    """A forecaster that ends the watch when it has been asked often enough."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(0)
        self.looks, self._stop = 0, stop

    def look(self, city: City, moment: datetime) -> None:
        """Count the look."""
        self.looks += 1
        if self.looks == 3:
            self._stop.set()
        super().look(city, moment)


def test_a_duty_that_fails_holds_up_no_other(home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    asked = []

    def fails(*_: object) -> None:
        raise TypeError("a bug of the simulation")

    monkeypatch.setattr(keeper, "TICK_S", 0.01)
    monkeypatch.setattr(keeper.feed, "tick", fails)
    monkeypatch.setattr(keeper, "evaluate", asked.append)
    stop = threading.Event()
    forecaster = Watched(stop)
    with caplog.at_level(logging.INFO, "city_brain"):
        watching = threading.Thread(target=keeper._watch, args=(home, stop, forecaster))
        watching.start()
        watching.join(30)
    assert not watching.is_alive() and forecaster.looks == 3 and asked == [home.city]
    assert caplog.text.count("a duty of the clock failed") == 3 and "a bug of the simulation" in caplog.text

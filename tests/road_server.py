"""A road server in OSRM's shape that is really asked over HTTP, for the tests of travel times and of the desk that shows them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Answer = Callable[[list[str], dict[str, list[str]]], tuple[int, bytes]]


class Server:
    """The server: what it answers can be changed, what it was asked is kept."""

    def __init__(self) -> None:
        self.answer: Answer = table
        self.asked: list[str] = []
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mine.asked.append(self.path)
                parts = urlsplit(self.path)
                status, body = mine.answer(parts.path.rpartition("/")[2].split(";"), parse_qs(parts.query))
                try:
                    self.send_response(status)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:  # who asked has gone
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def table(points: list[str], query: dict[str, list[str]]) -> tuple[int, bytes]:
    """Every way takes 100 s and 1 km more than the one before; the fourth is none."""
    assert query["annotations"] == ["duration,distance"] and query["destinations"] == [str(len(points) - 1)]
    sources = [int(one) for one in query["sources"][0].split(";")]
    seconds = [[None] if place == 3 else [100.0 * (place + 1)] for place in sources]
    return 200, json.dumps({"code": "Ok", "durations": seconds, "distances": [[one and one * 10] for (one,) in seconds]}).encode()

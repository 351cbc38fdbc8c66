"""HTTP routes of the console: health, the commands of the command line, and the pictures of cases."""

from __future__ import annotations

import queue
import re
import secrets
import threading
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from city_brain import __version__, clock, commands
from city_brain.cases import queries as case_queries
from city_brain.errors import Fault, NotFound
from city_brain.roles import operator
from city_brain.service import basemap
from city_brain.start import Home

_LONGEST = 1_000_000
_NAME = re.compile(r"[0-9a-f]{64}\.jpg")
_PICTURE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""However a browser comes by a picture, it is nothing but a picture, and of this console alone."""


def routes(home: Home, token: str) -> list[Route]:
    """Every route of this module, bound to the process's home and the token of this run."""

    async def health(request: Request) -> Response:
        return await run_in_threadpool(_health, home)

    async def command(request: Request) -> Response:
        if not secrets.compare_digest(request.headers.get("authorization", ""), f"Bearer {token}"):
            return JSONResponse({"fault": "token"}, status_code=401)
        body = await request.body()
        if len(body) > _LONGEST * 100:
            return JSONResponse({"fault": "too_large"}, status_code=413)
        try:
            asked = orjson.loads(body)
            name, given, user = str(asked["command"]), dict(asked["given"]), str(asked["user"])
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"fault": "malformed"}, status_code=400)
        return StreamingResponse(_told(home, name, given, user), media_type="application/x-ndjson")

    def evidence(request: Request) -> Response:
        return _evidence(home, request.path_params["name"])

    return [
        Route("/api/health", health, methods=["GET"]),
        Route("/api/command", command, methods=["POST"]),
        Route("/evidence/{name:path}", evidence, methods=["GET"]),
    ]


def _health(home: Home) -> Response:
    state: dict[str, Any] = {
        "status": "ok",
        "version": __version__,
        "duckdb": version("duckdb"),
        "clock": {"mode": "live", "now": clock.now().isoformat()},
    }
    try:
        totals = case_queries.totals(home.city)
    except Fault as fault:
        opening = fault.key == "opening"
        return JSONResponse(
            state | {"status": "opening" if opening else "down", "database": fault.key, "last_arrival": None}, status_code=503
        )
    last, unreadable = totals["last_arrival"], basemap.fault(home.settings)
    database = {"cases": totals["cases"], "open": totals["open"], "sequence": home.city.version}
    return JSONResponse(
        state
        | {
            "database": "ok",
            **database,
            "basemap": unreadable.key if unreadable else "ok",
            "last_arrival": last.isoformat() if last else None,
        }
    )


def _evidence(home: Home, name: str) -> Response:
    try:
        content = _picture(home, name)
    except Fault as fault:
        told = {"fault": fault.key, "values": {key: str(value) for key, value in fault.values.items()}}
        status = 503 if fault.key == "opening" else fault.status
        return JSONResponse(told, status_code=status, headers=_PICTURE | {"Cache-Control": "no-store"})
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, max-age=86400, immutable"}
    return Response(content, media_type="image/jpeg", headers=_PICTURE | headers)


def _picture(home: Home, name: str) -> bytes:
    """The picture of this name, if it belongs to a case; nothing else that is kept can be had here."""
    if not _NAME.fullmatch(name):
        raise NotFound("no_picture")
    checksum = name.removesuffix(".jpg")
    with home.city.read() as cursor:
        if not cursor.value("evidence.stands", checksum=checksum):
            raise NotFound("no_picture")
    return home.city.kept(checksum, ".jpg")


def _told(home: Home, name: str, given: dict[str, Any], user: str) -> Iterator[bytes]:
    """Run a command in a thread of its own and tell its progress line by line."""
    lines: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def work() -> None:
        try:
            answer = commands.run(
                home, name, given, operator(user), lambda stage, done, total: lines.put({"progress": [stage, done, total]})
            )
            lines.put({"answer": answer})
        except Fault as fault:
            lines.put({"fault": fault.key, "kind": type(fault).__name__, "values": fault.values})
        finally:
            lines.put(None)

    threading.Thread(target=work, name=f"command-{name}", daemon=True).start()
    while (line := lines.get()) is not None:
        yield orjson.dumps(line, default=str) + b"\n"

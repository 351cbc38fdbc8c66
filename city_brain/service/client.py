"""The command line's way through a running console: one request, progress line by line, then the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson

from city_brain import errors
from city_brain.service.address import Address

Progress = Callable[[str, int, int | None], None]
_KINDS = {kind.__name__: kind for kind in (errors.Fault, errors.NotFound, errors.NotAllowed, errors.Stale, errors.Damaged)}


def ask(address: Address, name: str, given: dict[str, Any], user: str, progress: Progress) -> dict[str, Any]:
    """Run a command in the console.

    Raises
    ------
    Fault
        What the command says; ``console_silent`` when the console does not answer.
    """
    body = orjson.dumps({"command": name, "given": given, "user": user})
    headers = {"Authorization": f"Bearer {address.token}", "Content-Type": "application/json"}
    try:
        with httpx.stream(
            "POST", f"{address.url}/api/command", content=body, headers=headers, timeout=httpx.Timeout(3600, connect=5), trust_env=False
        ) as answer:
            if answer.status_code != 200:
                raise errors.Fault("console_refused", status=answer.status_code)
            for line in answer.iter_lines():
                told = orjson.loads(line)
                if "progress" in told:
                    progress(*told["progress"])
                elif "fault" in told:
                    raise _KINDS.get(told["kind"], errors.Fault)(told["fault"], **told["values"])
                elif "answer" in told:
                    return dict(told["answer"])
    except httpx.HTTPError as error:
        raise errors.Fault("console_silent", url=address.url, detail=type(error).__name__) from error
    raise errors.Fault("console_silent", url=address.url, detail="no answer")

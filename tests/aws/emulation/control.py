"""The paths by which a test says what happens, and asks what did."""

from __future__ import annotations

import json
from typing import Any

from emulation.calls import LOCK, Calls
from emulation.services import autoscale
from emulation.told import AREAS, TOLD, Misspelt

PREFIX = "/_test/"
CALL = "calls/"


class Control:
    """Answers the tests' own requests and passes all others on."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answers one request."""
        if not environ["PATH_INFO"].startswith(PREFIX):
            return self._calls(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            status, answer = "200 OK", self._answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
        except (Misspelt, ValueError) as error:
            status, answer = "400 Bad Request", {"error": str(error)}
        text = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
        return [text]

    def _answer(self, method: str, path: str, body: bytes) -> Any:
        area = path.removeprefix(PREFIX)
        if area == "calls":
            return self._made(forget=method == "DELETE")
        if area.startswith(CALL) and method == "GET":
            return self._calls.await_call(area.removeprefix(CALL))
        if area == "" and method == "DELETE":
            for each in AREAS:
                TOLD.tell(each, {})
            return self._made(forget=True)
        if area not in AREAS or method not in ("PUT", "DELETE"):
            raise Misspelt(f"`{method} {path}` is none of the paths for tests: {['calls', *AREAS]}")
        with LOCK:
            TOLD.tell(area, json.loads(body) if method == "PUT" else {})
            if area == "services":
                autoscale()
        return {}

    def _made(self, forget: bool) -> list[dict[str, Any]]:
        made = [call.shown() for call in self._calls.made]
        if forget:
            self._calls.made.clear()
        return made

"""Every call that is made: it is written down, and refused where a test has told so."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from io import BytesIO
from threading import Condition, RLock
from typing import Any
from urllib.parse import parse_qs

from emulation.faults import Refusal, refusal
from emulation.identity import principal
from emulation.told import TOLD

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
# `AWS_SDK_UA_APP_ID`, by which a test tells its programs apart, and the SDK that they are made with.
APP = re.compile(r"\bapp/(\S+)")
SDK = re.compile(r"^[\w-]+")
# The requests of these calls are kept too: what a release asked ECS to do.
KEPT = frozenset({"ecs"})
# Clients ask at the same time. Moto takes no care of that: what one call adds to, another goes through. And a story goes on
# with one of them after the other.
LOCK = RLock()
# How long a test waits at most for a call, in seconds: it fails then, rather than hang.
PATIENCE = 60.0


@dataclass
class Call:
    """A call: `service:Operation`, who made it, and what became of it."""

    name: str
    principal: str
    region: str
    app: str = ""
    sdk: str = ""
    request: Any = None
    error: str | None = None

    def shown(self) -> dict[str, Any]:
        """As a test reads it."""
        return {
            "call": self.name,
            "principal": self.principal,
            "region": self.region,
            "app": self.app,
            "sdk": self.sdk,
            "request": self.request,
            "error": self.error,
        }


@dataclass
class Calls:
    """Stands in front of moto."""

    moto: Any
    made: list[Call] = field(default_factory=list)
    _news: Condition = field(default_factory=Condition)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Passes a call on, or refuses it."""
        call = named(environ)
        with self._news:
            self.made.append(call)
            fault = TOLD.story("faults", call.name)
            self._news.notify_all()
        if fault is not None:
            answer = refusal(fault, call.name, call.principal)
            call.error = answer.code
            return _refuse(answer, start_response)
        with LOCK:
            return self.moto(environ, _watched(call, start_response))

    def await_call(self, name: str) -> bool:
        """Waits until a call has been made, if it is; it may be carried out a moment later."""
        with self._news:
            return self._news.wait_for(lambda: any(call.name == name for call in self.made), PATIENCE)


def named(environ: dict[str, Any]) -> Call:
    """Reads from a request which call it is, and whose."""
    found = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    key, region, service = found.groups() if found else ("", "", "unsigned")
    service = {"elasticloadbalancing": "elbv2"}.get(service, service)
    target = environ.get("HTTP_X_AMZ_TARGET", "").split(".")[-1]
    request = None
    if target:
        if service in KEPT:
            request = json.loads(_body(environ) or b"{}")
    elif environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        target = parse_qs(_body(environ).decode()).get("Action", [""])[0]
    operation = target or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    agent = f"{environ.get('HTTP_USER_AGENT', '')} {environ.get('HTTP_X_AMZ_USER_AGENT', '')}"
    app, sdk = APP.search(agent), SDK.search(agent)
    return Call(
        f"{service}:{operation}",
        principal(key),
        region,
        app=app[1] if app else "",
        sdk=sdk[0] if sdk else "",
        request=request,
    )


def _body(environ: dict[str, Any]) -> bytes:
    """Reads the body, and puts it back for moto."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return body


def _watched(call: Call, start_response: Any) -> Any:
    """Sees whether moto refuses the call."""

    def start(status: str, headers: Any, *more: Any) -> Any:
        if not status.startswith(("2", "3")):
            call.error = status
        return start_response(status, headers, *more)

    return start


def _refuse(answer: Refusal, start_response: Any) -> list[bytes]:
    start_response(
        f"{answer.status} refused",
        [
            ("Content-Type", answer.type),
            ("Content-Length", str(len(answer.body))),
            ("x-amzn-RequestId", "refused"),
            ("x-amzn-ErrorType", answer.code),
        ],
    )
    return [answer.body]

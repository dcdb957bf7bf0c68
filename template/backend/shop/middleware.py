"""What looks at a request before anything else does."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any

from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from shop.logs import REQUEST_ID, new_request_id

# What the load balancer calls a request: the part `Root` of its header. A client may send it too, and anything in it.
TRACE_ROOT = re.compile(r"(?:^|;)Root=([0-9A-Za-z-]{1,64})(?:;|$)", re.ASCII)

log = logging.getLogger(__name__)


class HealthCheckMiddleware:
    """Answers the load balancer's question before anything looks at the request's host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/api/health-check/":
            return HttpResponse("ok")
        return self.get_response(request)


class RequestLogMiddleware:
    """Gives a request its id, tells it to the client, and logs the request when it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trace = TRACE_ROOT.search(request.headers.get("X-Amzn-Trace-Id", ""))
        request_id = trace[1] if trace else new_request_id()
        REQUEST_ID.set(request_id)
        began = time.perf_counter()
        response = self.get_response(request)
        fields = {
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - began) * 1000),
        }
        log.info("request", extra={"fields": fields})
        response["X-Request-Id"] = request_id
        return response


@receiver(request_finished)
def forget_request(**_: Any) -> None:
    """Django itself logs an answer like 404 when the middleware is done with it."""
    REQUEST_ID.set("")

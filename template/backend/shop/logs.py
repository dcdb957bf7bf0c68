"""Logs: one line of JSON for each event, with the id of the request that it belongs to."""

import json
import logging
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# Empty outside of requests and tasks.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """What is given as `extra={"fields": {…}}` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": REQUEST_ID.get(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def new_request_id() -> str:
    return uuid.uuid4().hex


# For `logging.config`. All goes to the root, also what Django and Gunicorn would write by themselves.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonFormatter}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        **{name: {"handlers": [], "propagate": True} for name in ("django", "django.server", "gunicorn.error")},
        # `RequestLogMiddleware` logs the requests.
        "gunicorn.access": {"handlers": [], "propagate": False},
        "botocore": {"level": "WARNING"},
    },
}

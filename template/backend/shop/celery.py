"""Celery's app: workers and beat log as web does, and a task has the id of the request that asked for it."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun

from shop.logs import LOGGING, REQUEST_ID, new_request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_web_does(**_: Any) -> None:
    """Celery sets up no logging of its own where this signal is taken."""
    logging.config.dictConfig(LOGGING)


@before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    """What beat sends has no request, and gets an id of its own."""
    headers["request_id"] = REQUEST_ID.get() or new_request_id()


@task_prerun.connect
def take_request_id(task: Any, **_: Any) -> None:
    REQUEST_ID.set(getattr(task.request, "request_id", None) or "")


@task_postrun.connect
def drop_request_id(**_: Any) -> None:
    REQUEST_ID.set("")

"""The project. Celery's app is made with it, so that `shared_task` and `--app=shop` find it."""

from shop.celery import app

__all__ = ["app"]

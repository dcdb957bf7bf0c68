"""Gunicorn reads this file by itself: it logs as everything else does. `RequestLogMiddleware` logs the requests."""

from shop.logs import LOGGING

logconfig_dict = LOGGING

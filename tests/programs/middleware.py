"""Shows that a middleware of the documentation answers the load balancer's question, under Django's own checks.

Usage: middleware.py FILE.py
"""

import importlib
import sys
from pathlib import Path

import django
from django.conf import settings
from django.test import Client


def status(client: Client, path: str) -> int:
    """Asks as the load balancer does: by the task's address, and without TLS."""
    return client.get(path, headers={"host": "10.0.16.7:8000"}).status_code


def main() -> None:
    file = Path(sys.argv[1])
    sys.path.insert(0, str(file.parent))
    names = vars(importlib.import_module(file.stem))
    name = next(name for name in ("HealthCheckMiddleware", "health_check") if name in names)
    settings.configure(
        ALLOWED_HOSTS=["alpha.example.com"],
        MIDDLEWARE=[
            f"{file.stem}.{name}",
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.common.CommonMiddleware",
        ],
        ROOT_URLCONF=__name__,
        SECURE_SSL_REDIRECT=True,
    )
    django.setup()
    client = Client(raise_request_exception=False)
    answers = [status(client, path) for path in ("/api/health-check/", "/")]
    if answers != [200, 400]:
        sys.exit(f"`{name}` answers {answers}; it should answer 200, and leave the rest to Django, which answers 400")


urlpatterns: list[object] = []

if __name__ == "__main__":
    main()

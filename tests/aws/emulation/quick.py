"""What moto finds out again and again although it never changes: it is found out once."""

from __future__ import annotations

from functools import cache

from moto import backends
from moto.core import DEFAULT_ACCOUNT_ID, responses
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from
from moto.server import DomainDispatcherApplication, create_backend_app

MOTO = DomainDispatcherApplication(create_backend_app)

# At every request, an eighth of its time.
listed = backends.list_of_moto_modules
backends.list_of_moto_modules = cache(lambda: tuple(listed()))
responses.method_names_from_class = cache(responses.method_names_from_class)


def prepare(service: str, region: str) -> None:
    """Makes all ready that the first request of a service would: for a process from which others are forked."""
    backends.get_backend(service)[DEFAULT_ACCOUNT_ID][region]
    MOTO.app_instances[service] = MOTO.create_app(service)
    get_service_model(service)
    # Asks the IAM of every partition, each of which has all of AWS's own policies.
    get_account_id_from("nobody")

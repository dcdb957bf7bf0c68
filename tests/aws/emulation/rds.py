"""What RDS does and moto does not: groups survive their changes, servers have ids of their own and keep what is said of
Performance Insights, and a master user whose password RDS keeps has his own."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from typing import Any

from moto.rds.models import MasterUserSecret, RDSBackend

from emulation.patch import replaced


@replaced(RDSBackend, "modify_db_subnet_group")
def modify_db_subnet_group(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """Puts the group back: moto takes it out to change it."""
    group = original(self, *args, **kwargs)
    self.subnet_groups[group.name] = group
    return group


@replaced(RDSBackend, "create_db_instance")
def create_db_instance(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """Gives the server an id of its own: moto has one for all."""
    instance = original(self, *args, **kwargs)
    instance.dbi_resource_id = f"db-{uuid.uuid4().hex.upper()[:26]}"
    return keep_insights(instance, *args, **kwargs)


@replaced(RDSBackend, "modify_db_instance")
def modify_db_instance(original: Callable[..., Any], self: Any, identifier: str, db_kwargs: Any) -> Any:
    """Keeps what is said of Performance Insights."""
    return keep_insights(original(self, identifier, db_kwargs), db_kwargs)


# What a call says of Performance Insights, and what a server then answers.
INSIGHTS = {
    "database_insights_mode": "database_insights_mode",
    "enable_performance_insights": "performance_insights_enabled",
    "performance_insights_kms_key_id": "performance_insights_kms_key_id",
    "performance_insights_retention_period": "performance_insights_retention_period",
}


def keep_insights(instance: Any, db_kwargs: Any) -> Any:
    """Puts on the server what was said."""
    for said, answered in INSIGHTS.items():
        if db_kwargs.get(said) is not None:
            setattr(instance, answered, db_kwargs[said])
    return instance


@replaced(MasterUserSecret, "_generate_secret_string")
def generate_secret_string(_original: Callable[..., Any], self: Any) -> str:
    """Says who the server's master user is: moto has one for all, with one password."""
    return json.dumps({"username": self.resource.master_username, "password": secrets.token_urlsafe(16)})

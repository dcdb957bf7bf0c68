"""What RDS does and moto does not: groups survive their changes, servers have ids of their own."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from moto.rds.models import RDSBackend

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
    return instance

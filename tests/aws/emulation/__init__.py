"""AWS for tests: moto, with what EC2, ECS, RDS and Cloud Map do and moto does not, told by a test what happens."""

from __future__ import annotations

from typing import Any

from emulation import cloudmap, ec2, ecs, identity, logs, rds, targets
from emulation.calls import Calls
from emulation.control import Control

# To import these replaces what they replace.
SERVICES = (cloudmap, ec2, ecs, identity, logs, rds, targets)


def application(moto: Any) -> Control:
    """Moto's WSGI application, with all of this in front of it."""
    return Control(Calls(moto))

"""What EC2 does and moto does not: what belongs to a thing goes and comes with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule

from emulation.patch import replaced


@replaced(EC2Backend, "delete_nat_gateway")
def delete_nat_gateway(original: Callable[..., Any], self: Any, nat_gateway_id: str) -> Any:
    """The address in the subnet goes with the gateway; moto leaves it, and the subnet could never be deleted."""
    gateway = original(self, nat_gateway_id)
    self.enis.pop(gateway._eni.id, None)
    return gateway


@replaced(EC2Backend, "modify_vpc_endpoint")
def modify_vpc_endpoint(original: Callable[..., Any], self: Any, vpc_id: str, *args: Any, **kwargs: Any) -> None:
    """A gateway endpoint has a route in each of its tables, also those that it gets later; moto then cannot delete it."""
    endpoint = self.vpc_end_points[vpc_id]
    before = set(endpoint.route_table_ids)
    original(self, vpc_id, *args, **kwargs)
    prefixes, after = endpoint.destination_prefix_list_id, set(endpoint.route_table_ids)
    if prefixes:
        for table in before - after:
            self.delete_route(table, prefixes)
        for table in after - before:
            self.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefixes)


@replaced(EC2Backend, "modify_instance_security_groups")
def modify_instance_security_groups(original: Callable[..., Any], self: Any, *args: Any) -> Any:
    """The groups of an instance are those of its interface; moto adds the two up."""
    instance = original(self, *args)
    for interface in instance.nics.values():
        interface._group_set = []
    return instance


def description(rule: SecurityGroupRule) -> str | None:
    """What a rule says of itself: moto keeps it with the peer, and shows it for addresses only."""
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


# A property has nothing for `replaced` to call.
SecurityGroupRule.description = property(description)

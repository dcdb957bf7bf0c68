"""What Cloud Map does and moto does not: a filter finds nothing of others, a namespace takes its zone with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.route53.models import route53_backends
from moto.servicediscovery.models import ServiceDiscoveryBackend
from moto.servicediscovery.responses import ServiceDiscoveryResponse

from emulation.patch import replaced


@replaced(ServiceDiscoveryResponse, "list_services")
def list_services(_original: Callable[..., Any], self: Any) -> str:
    """Lists the services of the namespaces that are asked for: moto lists all there are."""
    filters = {item["Name"]: item["Values"] for item in json.loads(self.body).get("Filters") or []}
    wanted = filters.get("NAMESPACE_ID")
    services = self.servicediscovery_backend.list_services()
    return json.dumps({"Services": [s.to_json() for s in services if wanted is None or namespace_of(s) in wanted]})


def namespace_of(service: Any) -> str | None:
    """The namespace of a Cloud Map service, which may be given in two places."""
    return service.namespace_id or (service.dns_config or {}).get("NamespaceId")


@replaced(ServiceDiscoveryBackend, "delete_namespace")
def delete_namespace(original: Callable[..., Any], self: Any, namespace_id: str) -> Any:
    """Deletes the zone of a namespace with it: moto leaves it, and nobody else may delete it."""
    namespace = self.namespaces.get(namespace_id)
    answer = original(self, namespace_id)
    zone = namespace.dns_properties["HostedZoneId"].split("/")[-1]
    route53_backends[self.account_id]["aws"].zones.pop(zone)
    return answer

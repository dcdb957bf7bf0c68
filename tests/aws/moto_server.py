"""Moto's server, wrapped for tests of deployments and releases.

    python moto_server.py [--port PORT]

prints its port as the one line on stdout and serves until it is ended. What the wrapping adds is what EC2, ECS and
Cloud Map do and moto does not: interfaces go with what they belong to, a cluster that exists is answered and not
emptied, services keep all their settings, deployments finish at once, a bare family means its newest active revision,
a filter finds nothing of others, and tasks that are run stop by themselves with exit codes that a test chooses:

    PUT /_test/exit-codes   {"alpha-backend_update/database": 1, "alpha-backend_update/backend_update": null}

Keys are family and container; null stands for a container that never got an exit code. All others exit with 0. A task
whose secrets do not exist never starts.
"""

from __future__ import annotations

import argparse
import json
import os
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

# These are read when moto is imported: certificates are issued at once, and AWS's own policies exist.
os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "0")
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

from moto.core.utils import camelcase_to_underscores, utcnow
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs import models, responses
from moto.rds.models import RDSBackend
from moto.route53.models import route53_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from moto.servicediscovery.models import ServiceDiscoveryBackend
from moto.servicediscovery.responses import ServiceDiscoveryResponse
from moto.ssm.models import ssm_backends
from werkzeug.serving import WSGIRequestHandler, make_server

Backend = models.EC2ContainerServiceBackend
EXIT_CODES: dict[str, int | None] = {}
EXIT_CODES_PATH = "/_test/exit-codes"

# What moto's `create_service` does not pass on, by the names of the API.
FORGOTTEN_SETTINGS = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
)


def replaced(owner: type, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Puts a function that gets the original first in the place of a method."""
    original = getattr(owner, name)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return function(original, self, *args, **kwargs)

        setattr(owner, name, method)
        return method

    return decorate


def finish_deployment(service: Any) -> None:
    """Brings a service to rest: as many tasks run as are wanted, of the one deployment it has."""
    service.running_count, service.pending_count = service.desired_count, 0
    for deployment in service.deployments[:1]:
        if deployment["taskDefinition"] != service.task_definition:
            deployment |= {"id": f"ecs-svc/{uuid.uuid4().int % 10**19}", "createdAt": utcnow()}
        deployment |= {
            "desiredCount": service.desired_count,
            "pendingCount": 0,
            "rolloutState": "COMPLETED",
            "rolloutStateReason": f"ECS deployment {deployment['id']} completed.",
            "runningCount": service.desired_count,
            "taskDefinition": service.task_definition,
            "updatedAt": utcnow(),
        }


@replaced(Backend, "create_cluster")
def create_cluster(original: Callable[..., Any], self: Any, cluster_name: str, *args: Any, **kwargs: Any) -> Any:
    """Answers a cluster that exists as it is: moto puts an empty one in its place."""
    existing = self.clusters.get(cluster_name)
    if existing is not None and existing.status == "ACTIVE":
        return existing
    return original(self, cluster_name, *args, **kwargs)


@replaced(Backend, "list_tasks")
def list_tasks(
    original: Callable[..., Any], self: Any, cluster_str: str | None = None, *args: Any, **kwargs: Any
) -> Any:
    """Lists the tasks of one cluster: moto adds those of clusters whose names have its name in them."""
    arn = self._get_cluster(cluster_str or "default").arn
    return [task for task in original(self, cluster_str, *args, **kwargs) if task.cluster_arn == arn]


@replaced(responses.EC2ContainerServiceResponse, "create_service")
def create_service(original: Callable[..., Any], self: Any) -> Any:
    """Keeps the settings that moto forgets."""
    answer = original(self)
    service = answer.result["service"]
    for name in FORGOTTEN_SETTINGS:
        value = self._get_param(name)
        if value is not None:
            setattr(service, camelcase_to_underscores(name), value)
    if self._get_param("capacityProviderStrategy"):
        service.launch_type = None
    finish_deployment(service)
    return answer


@replaced(Backend, "update_service")
def update_service(original: Callable[..., Any], self: Any, properties: dict[str, Any]) -> Any:
    """Resolves a bare family to its newest revision, as ECS does before it stores anything."""
    wanted = properties.get("task_definition")
    if wanted:
        properties["task_definition"] = self.describe_task_definition(wanted).arn
    service = original(self, properties)
    finish_deployment(service)
    return service


@replaced(Backend, "describe_task_definition")
def describe_task_definition(original: Callable[..., Any], self: Any, task_definition_str: str) -> Any:
    """A bare family means its newest revision that is active."""
    bare = task_definition_str.split("/")[-1]
    if ":" in bare:
        return original(self, task_definition_str)
    active = [
        revision
        for revision, definition in self.task_definitions.get(bare, {}).items()
        if definition.status == "ACTIVE"
    ]
    return original(self, f"{bare}:{max(active)}" if active else task_definition_str)


@replaced(Backend, "_calculate_task_resource_requirements")
def calculate_requirements(_original: Callable[..., Any], _self: Any, definition: Any) -> dict[str, Any]:
    """Fargate has room for every task, also where its containers do not say how much memory they want."""
    return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


@replaced(Backend, "run_task")
def run_task(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """Gives a task all containers of its definition: moto makes the first only."""
    tasks = original(self, *args, **kwargs)
    for task in tasks:
        definition = self.describe_task_definition(task.task_definition_arn)
        task.containers = [_container(definition, number) for number in range(len(definition.container_definitions))]
        _stop_by_itself(task, definition.family, missing_secrets(self, definition))
    return tasks


def missing_secrets(backend: Any, definition: Any) -> list[str]:
    """The parameters and secrets that a definition names and nobody made: its tasks never start."""
    wanted = [secret["valueFrom"] for c in definition.container_definitions for secret in c.get("secrets", [])]
    return [value for value in wanted if not _secret_exists(backend, value)]


def _secret_exists(backend: Any, value: str) -> bool:
    account, region = backend.account_id, backend.region_name
    if ":secretsmanager:" in value:
        # `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`, and perhaps key, stage and version after it.
        arn = ":".join(value.split(":")[:7])
        secrets = secretsmanager_backends[account][region].secrets
        return any(secret.arn == arn and not secret.is_deleted() for secret in secrets.values())
    name = value.split(":parameter")[-1]
    parameters = ssm_backends[account][region]
    return any(parameters.get_parameter(candidate) is not None for candidate in (name, name.removeprefix("/")))


def _container(definition: Any, number: int) -> Any:
    """Moto makes a container of the first definition that it sees: it is shown one at a time."""
    whole = definition.container_definitions
    definition.container_definitions = [whole[number]]
    try:
        return models.Container(definition)
    finally:
        definition.container_definitions = whole


def _stop_by_itself(task: Any, family: str, missing: list[str]) -> None:
    """Lets a task come to its end: what it was to do is done, its address is given back."""
    task.status, task.desired_status = "STOPPED", "STOPPED"
    task.stop_code, task.stopped_reason = "EssentialContainerExited", "Essential container in task exited"
    if missing:
        task.stop_code = "TaskFailedToStart"
        task.stopped_reason = f"ResourceInitializationError: unable to pull secrets or registry auth: {missing}"
    task.stopping_at = task.stopped_at = utcnow()
    for container in task.containers:
        code = None if missing else EXIT_CODES.get(f"{family}/{container.name}", 0)
        container.last_status, container.exitCode = "STOPPED", code
        if code is None:
            container.reason = "CannotStartContainerError: the container never started"
    for attachment in task.attachments:
        attachment["status"] = "DELETED"
        details = {item["name"]: item["value"] for item in attachment["details"]}
        models.ec2_backends[task._account_id][task.region_name].delete_network_interface(details["networkInterfaceId"])


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


class Control:
    """Answers the tests' own requests and passes all others on to moto."""

    def __init__(self, moto: Any) -> None:
        self.moto = moto

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] != EXIT_CODES_PATH:
            return self.moto(environ, start_response)
        if environ["REQUEST_METHOD"] == "PUT":
            EXIT_CODES.clear()
            EXIT_CODES.update(json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))))
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(EXIT_CODES).encode()]


class Quiet(WSGIRequestHandler):
    """Keeps connections open, since clients make hundreds of requests, and does not log them."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_args: Any) -> None:
        """Says nothing."""


def main() -> None:
    """Serves until the process is ended."""
    parser = argparse.ArgumentParser(description="moto's server, wrapped for tests")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; default: a free one")
    application = Control(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", parser.parse_args().port, application, threaded=True, request_handler=Quiet)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

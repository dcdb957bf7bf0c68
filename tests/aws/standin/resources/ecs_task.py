"""ECS: task definitions.

`containerDefinitions` is compared with what ECS keeps, not with what was sent. ECS keeps, for each container, the
lists `environment`, `mountPoints`, `portMappings`, `systemControls` and `volumesFrom` even when they are empty, no
other empty list and no null; `cpu` 0 and `essential` true where nothing was said; in `awsvpc` networks a `hostPort`
equal to the `containerPort`, and protocol `tcp`; for a health check interval 30, timeout 5 and 3 retries. Containers,
their environment and their secrets come sorted by name. A definition that is not in this form shows a difference after
a refresh. White space and the order of keys mean nothing.
"""

from __future__ import annotations

import json
from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, tag_list, tag_map, tagged
from standin.values import Props

GIB = 1024
# CPU units, and the MiB of memory that go with them on Fargate.
FARGATE_SIZES = {
    256: {512, 1 * GIB, 2 * GIB},
    512: set(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: set(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: set(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: set(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: set(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: set(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}
KEPT_LISTS = ("environment", "mountPoints", "portMappings", "systemControls", "volumesFrom")
LONGEST_STOP_TIMEOUT = 120
# What containers on Fargate cannot have, as the API's own documentation says.
NOT_ON_FARGATE = ("dockerSecurityOptions", "links", "privileged")
NOT_LINUX_ON_FARGATE = ("devices", "maxSwap", "sharedMemorySize", "swappiness")
HEALTH_LIMITS = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
HEALTH_DEFAULTS = {"interval": 30, "timeout": 5, "retries": 3}


def canonical(containers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The containers in the form in which ECS keeps them."""
    return sorted(
        (_canonical_container(container) for container in containers), key=lambda container: container["name"]
    )


def _canonical_container(container: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"cpu": 0, "essential": True, **{name: [] for name in KEPT_LISTS}}
    kept |= {name: value for name, value in container.items() if value is not None and value != []}
    for name in ("environment", "secrets"):
        if name in kept:
            kept[name] = sorted(kept[name], key=lambda item: item["name"])
    kept["portMappings"] = [
        {"protocol": "tcp", "hostPort": mapping["containerPort"], **mapping} for mapping in kept["portMappings"]
    ]
    if "healthCheck" in kept:
        kept["healthCheck"] = {**HEALTH_DEFAULTS, **kept["healthCheck"]}
    return kept


def _check_size(props: Props) -> None:
    cpu, memory = props.get("cpu") or "", props.get("memory") or ""
    if not (cpu.isdigit() and memory.isdigit()):
        raise Refused("ClientException: Fargate requires `cpu` and `memory` of the task, as whole numbers")
    sizes = FARGATE_SIZES.get(int(cpu))
    if sizes is None:
        raise Refused(f"ClientException: no Fargate configuration exists for `{cpu}` CPU units")
    if int(memory) not in sizes:
        raise Refused(f"ClientException: no Fargate configuration exists for `{cpu}` CPU units with `{memory}` MiB")


def _check_containers(containers: list[dict[str, Any]], props: Props) -> None:
    names = [container.get("name") for container in containers]
    if len(set(names)) < len(names):
        raise Refused(f"ClientException: container names are not unique: {names}")
    # ECS takes what is not said for essential.
    if not any(container.get("essential", True) is not False for container in containers):
        raise Refused("ClientException: at least one container must be essential")
    volumes = {volume["name"] for volume in props.get("volumes") or []}
    for container in containers:
        for dependency in container.get("dependsOn") or []:
            if dependency["containerName"] not in names:
                other = dependency["containerName"]
                raise Refused(f"ClientException: `{container['name']}` depends on an unknown container `{other}`")
        for mount in container.get("mountPoints") or []:
            if mount.get("sourceVolume") not in volumes:
                raise Refused(
                    f"ClientException: `{container['name']}` mounts an unknown volume `{mount.get('sourceVolume')}`"
                )
        _check_container(container, props)


def _check_container(container: dict[str, Any], props: Props) -> None:
    name = container.get("name", "")
    if not name or len(name) > 255 or not name.replace("-", "").replace("_", "").isalnum():
        raise Refused(f"ClientException: `{name}` is not a name of a container")
    both = {e["name"] for e in container.get("environment") or []} & {s["name"] for s in container.get("secrets") or []}
    if both:
        raise Refused(
            f"ClientException: the secret name must be unique and not shared with any environment variable: {both}"
        )
    for mapping in container.get("portMappings") or []:
        if mapping.get("hostPort", mapping["containerPort"]) != mapping["containerPort"]:
            raise Refused(f"ClientException: in `awsvpc`, `{name}` has its host ports equal to its container ports")
    needs_role = container.get("secrets") or (container.get("logConfiguration") or {}).get("logDriver") == "awslogs"
    if needs_role and not props.get("executionRoleArn"):
        raise Refused(f"ClientException: `{name}` needs an execution role for its secrets and logs")
    if container.get("repositoryCredentials") and not props.get("executionRoleArn"):
        raise Refused(f"ClientException: `{name}` needs an execution role for the credentials of its repository")
    if "FARGATE" in (props.get("requiresCompatibilities") or []):
        _check_fargate(name, container)
    if container.get("healthCheck"):
        _check_health(name, container["healthCheck"])


def _check_fargate(name: str, container: dict[str, Any]) -> None:
    linux = container.get("linuxParameters") or {}
    wrong = [key for key in NOT_ON_FARGATE if container.get(key)]
    wrong += [f"linuxParameters.{key}" for key in NOT_LINUX_ON_FARGATE if linux.get(key) is not None]
    wrong += [f"linuxParameters.capabilities.add {c}" for c in (linux.get("capabilities") or {}).get("add") or []]
    wrong = [key for key in wrong if not key.endswith(" SYS_PTRACE")]
    if wrong:
        raise Refused(f"ClientException: Fargate does not support `{'`, `'.join(wrong)}` of `{name}`")
    if container.get("stopTimeout", 0) > LONGEST_STOP_TIMEOUT:
        raise Refused(
            f"ClientException: the stop timeout of `{name}` is at most {LONGEST_STOP_TIMEOUT} seconds on Fargate"
        )
    for mount in linux.get("tmpfs") or []:
        if not mount.get("containerPath", "").startswith("/") or mount.get("size", 0) < 1:
            raise Refused(f"ClientException: a tmpfs of `{name}` has an absolute path and at least 1 MiB, got {mount}")


def _check_health(name: str, check: dict[str, Any]) -> None:
    if (check.get("command") or [""])[0] not in ("CMD", "CMD-SHELL", "NONE"):
        raise Refused(f"ClientException: the command of the health check of `{name}` begins with CMD or CMD-SHELL")
    for key, (least, most) in HEALTH_LIMITS.items():
        if not least <= check.get(key, least) <= most:
            raise Refused(f"ClientException: `{key}` of the health check of `{name}` is from {least} to {most}")


def _roles_exist(aws: Aws, props: Props) -> None:
    for name in ("executionRoleArn", "taskRoleArn"):
        arn = props.get(name)
        if arn and ":role/" not in arn:
            raise Refused(f"ClientException: `{arn}` is not the ARN of a role")
        if arn and not found(lambda arn=arn: aws.iam.get_role(RoleName=arn.split("/")[-1])):
            raise Refused(f"ClientException: there is no role `{arn}`")


def create(aws: Aws, props: Props) -> str:
    """Registers a revision."""
    try:
        containers = json.loads(props["containerDefinitions"])
    except ValueError as error:
        raise Refused(f"ECS Task Definition container_definitions is invalid: {error}") from error
    if "FARGATE" in (props.get("requiresCompatibilities") or []):
        _check_size(props)
        if props.get("networkMode") != "awsvpc":
            raise Refused("ClientException: Fargate only supports network mode `awsvpc`")
    _check_containers(containers, props)
    _roles_exist(aws, props)
    arguments = given(
        family=props["family"],
        containerDefinitions=containers,
        cpu=props.get("cpu"),
        memory=props.get("memory"),
        networkMode=props.get("networkMode"),
        executionRoleArn=props.get("executionRoleArn"),
        taskRoleArn=props.get("taskRoleArn"),
        requiresCompatibilities=props.get("requiresCompatibilities"),
        runtimePlatform=props.get("runtimePlatform"),
        ephemeralStorage=props.get("ephemeralStorage"),
        pidMode=props.get("pidMode"),
        ipcMode=props.get("ipcMode"),
        volumes=[_volume(volume) for volume in props.get("volumes") or []] or None,
        tags=tag_list(props.get("tags"), "key", "value") or None,
    )
    aws.ecs.register_task_definition(**arguments)
    # The provider names a definition after its family: the revision is an output.
    return props["family"]


def _volume(volume: Props) -> dict[str, Any]:
    others = volume.keys() - {"name", "configureAtLaunch"}
    if others:
        raise Refused(f"the stand-in does not carry out the volumes' {sorted(others)}: add it in `standin/resources`")
    return volume


def _find(aws: Aws, name: str) -> dict[str, Any] | None:
    # ECS answers for any name that is not there with this one error.
    answer = found(lambda: aws.ecs.describe_task_definition(taskDefinition=name, include=["TAGS"]), "ClientException")
    return answer if answer and answer["taskDefinition"]["status"] == "ACTIVE" else None


def read(aws: Aws, identifier: str, state: Props) -> Props | None:
    """Reads the revision that the state knows, right after registering the newest one."""
    answer = _find(aws, state.get("arn") or identifier)
    if answer is None:
        return None
    shown = answer["taskDefinition"]
    kept = canonical(shown["containerDefinitions"])
    given_text = state.get("containerDefinitions", "null")
    return {
        "arn": shown["taskDefinitionArn"],
        "arnWithoutRevision": shown["taskDefinitionArn"].rsplit(":", 1)[0],
        "containerDefinitions": given_text if json.loads(given_text) == kept else json.dumps(kept, sort_keys=True),
        "cpu": shown.get("cpu"),
        "ephemeralStorage": shown.get("ephemeralStorage"),
        "executionRoleArn": shown.get("executionRoleArn"),
        "family": shown["family"],
        "memory": shown.get("memory"),
        "networkMode": shown.get("networkMode"),
        "requiresCompatibilities": shown.get("requiresCompatibilities"),
        "revision": shown["revision"],
        "runtimePlatform": shown.get("runtimePlatform"),
        "taskRoleArn": shown.get("taskRoleArn"),
        "volumes": [{"name": volume["name"]} for volume in shown.get("volumes", [])],
        **tagged(tag_map(answer.get("tags"), "key", "value")),
    }


def update(aws: Aws, _identifier: str, change: Change) -> None:
    """Brings the tags of the revision up to date; all else is a new revision."""
    changed, gone = change.tags()
    if gone:
        aws.ecs.untag_resource(resourceArn=change.old["arn"], tagKeys=gone)
    if changed:
        aws.ecs.tag_resource(resourceArn=change.old["arn"], tags=tag_list(changed, "key", "value"))


def delete(aws: Aws, _identifier: str, state: Props) -> None:
    """Deregisters the revision unless it is to stay: services may run it, or go back to it."""
    if not state.get("skipDestroy") and _find(aws, state["arn"]):
        aws.ecs.deregister_task_definition(taskDefinition=state["arn"])


RESOURCES: dict[str, Resource] = {
    "aws:ecs/taskDefinition:TaskDefinition": Resource(
        create,
        read,
        delete,
        update,
        state_only=frozenset({"skipDestroy", "trackLatest"}),
        json=frozenset({"containerDefinitions"}),
    )
}
FUNCTIONS: dict[str, Function] = {}

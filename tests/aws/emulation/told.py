"""What a test has told: the stories, as data, and which of them fits a thing. What is misspelt is refused."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from moto.core.utils import camelcase_to_underscores

from emulation.ends import ENDS
from emulation.faults import KINDS


class Unsaid(Enum):
    """Nothing was said: other than null, which says that there is none."""

    UNSAID = "unsaid"


class Misspelt(Exception):
    """A test told something that is not understood."""


@dataclass(frozen=True)
class Log:
    """What a container writes. Each line is an event: text, or `{"hex": "…"}` for bytes that need not be UTF-8."""

    lines: tuple[Any, ...] = ()
    count: int | None = None  # so many events, `{number}` in the first line stands for the place of each
    per_second: int = 1000  # how fast they were written
    absent: int = 0  # answers to which the stream is not there yet
    late: int = 0  # answers to which the lines are not there yet
    gaps: int = 0  # pages before the lines that are empty, though the token goes on
    page: int | None = None  # most events in an answer; CloudWatch's limits hold anyway


@dataclass(frozen=True)
class ContainerStory:
    """How a container ends; a null exit code is one that it never got."""

    exit_code: int | None | Unsaid = Unsaid.UNSAID
    reason: str | None = None
    log: Log = Log()


@dataclass(frozen=True)
class TaskStory:
    """How tasks of a family live: the answers to DescribeTasks that show each state; a null is until it is stopped."""

    missing: int = 0
    provisioning: int = 0
    pending: int = 0
    running: int | None = 0
    deprovisioning: int = 0
    ends: str = "exited"  # one of `ends.ENDS`
    containers: dict[str, ContainerStory] = field(default_factory=dict)
    failures: tuple[str, ...] = ()  # reasons with which RunTask answers in place of a task
    times: int | None = None  # only the first so many tasks

    def __post_init__(self) -> None:
        """A task ends as ECS has it."""
        if self.ends not in ENDS:
            raise Misspelt(f"a task ends as one of {sorted(ENDS)}, not `{self.ends}`")


@dataclass(frozen=True)
class Health:
    """What the load balancer says of the targets of a deployment."""

    state: str = "unhealthy"
    reason: str | None = "Target.FailedHealthChecks"
    description: str | None = "Health checks failed"


@dataclass(frozen=True)
class Others:
    """A deployment that somebody else makes, after so many answers that showed ours in progress."""

    after: int = 1
    task_definition: str | None = None  # by default the revision that ran before


@dataclass(frozen=True)
class ServiceStory:
    """How deployments of a service go that begin after this was told: answers that show each status."""

    desired: int | None = None  # set at once, as an autoscaler does
    scaling: int = 0  # answers in which tasks that a changed count adds are pending
    listed: int = 0  # ListServiceDeployments and DescribeServices that do not know it yet
    pending: int = 0
    in_progress: int = 0
    fails: bool = False  # what follows is decided by the service's circuit breaker
    alarms: tuple[str, ...] = ()  # it fails by these alarms of the service, and its tasks are well
    rollback_in_progress: int = 0
    rollback_fails: bool = False
    others: Others | None = None
    health: Health | None = None
    task: TaskStory | None = None  # how the deployment's tasks live; without it they run until they are replaced
    times: int | None = None  # only the first so many deployments

    def __post_init__(self) -> None:
        """A deployment has one fate."""
        if self.alarms and (self.fails or self.health or self.others):
            raise Misspelt("a deployment that fails by an alarm has no other fate: no `fails`, `health` or `others`")


@dataclass(frozen=True)
class Fault:
    """How a call is refused, by one of `faults.KINDS`."""

    error: str
    after: int = 0  # so many calls before it go through
    times: int | None = None
    message: str | None = None
    resource: str = "*"

    def __post_init__(self) -> None:
        """A call is refused as AWS does it."""
        if self.error not in KINDS:
            raise Misspelt(f"a call is refused as one of {sorted(KINDS)}, not `{self.error}`")


@dataclass(frozen=True)
class Identity:
    """Who STS says is calling."""

    account: str | None = None
    key: str | None = None  # only whoever has this access key


@dataclass(frozen=True)
class Run:
    """Where the containers of a family's one-off tasks are carried out: on this machine."""

    path: str = "/usr/local/bin:/usr/bin:/bin"
    directory: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    replace: dict[str, str] = field(default_factory=dict)  # texts in the values of variables, as hosts


# The areas that a test tells of, with the form of each. Keys of maps are patterns of names.
AREAS: dict[str, Any] = {
    "services": dict[str, ServiceStory],
    "tasks": dict[str, TaskStory],
    "faults": dict[str, Fault],
    "identity": Identity,
    "run": dict[str, Run],
}


class Told:
    """All that was told, and how often each story was met."""

    def __init__(self) -> None:
        self._areas: dict[str, Any] = {area: decode(form, {}, area) for area, form in AREAS.items()}
        self._met: Counter[tuple[str, str]] = Counter()

    def tell(self, area: str, document: Any) -> None:
        """Puts what is said of an area in the place of what was."""
        self._areas[area] = decode(AREAS[area], document, area)
        self._met = Counter({key: met for key, met in self._met.items() if key[0] != area})

    def all(self, area: str) -> Any:
        """All that was said of an area."""
        return self._areas[area]

    def story(self, area: str, name: str, meets: bool = True) -> Any:
        """The first story that fits a name and is not used up; to look ahead meets none."""
        for pattern, story in self._areas[area].items():
            if not fnmatchcase(name, pattern):
                continue
            met, after = self._met[area, pattern], getattr(story, "after", 0)
            self._met[area, pattern] += meets
            times = getattr(story, "times", None)
            if met >= after and (times is None or met < after + times):
                return story
        return None


def decode(form: Any, value: Any, path: str) -> Any:
    """Reads JSON as a dataclass, a map, a list or a plain value; raises `Misspelt`."""
    origin, inner = typing.get_origin(form), typing.get_args(form)
    if dataclasses.is_dataclass(form):
        return _decode_object(form, value, path)
    if origin is dict:
        return {key: decode(inner[1], item, f"{path}.{key}") for key, item in _typed(dict, value, path).items()}
    if origin is tuple:
        return tuple(decode(inner[0], item, path) for item in _typed(list, value, path))
    if origin is types.UnionType:
        return None if value is None and type(None) in inner else decode(inner[0], value, path)
    return value if form is Any else _typed(form, value, path)


def _decode_object(form: Any, value: Any, path: str) -> Any:
    hints = typing.get_type_hints(form)
    members = {camelcase_to_underscores(key): item for key, item in _typed(dict, value, path).items()}
    strange = members.keys() - hints.keys()
    if strange:
        raise Misspelt(f"`{path}` knows no {sorted(strange)}, but {sorted(hints)}")
    try:
        return form(**{name: decode(hints[name], item, f"{path}.{name}") for name, item in members.items()})
    except TypeError as error:
        raise Misspelt(f"`{path}`: {error}") from error


def _typed(form: type, value: Any, path: str) -> Any:
    if not isinstance(value, form) or (isinstance(value, bool) and form is int):
        raise Misspelt(f"`{path}` is {value!r}, and must be {form.__name__}")
    return value


TOLD = Told()

"""What a resource type of the stand-in is made of, and the connection to the emulated AWS that it works with."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from standin.values import Props


def credentials() -> dict[str, str]:
    """The user's key, by which the emulated AWS knows who calls. The secret is nobody's, so that nothing can act on a real
    account."""
    return {"aws_access_key_id": os.environ.get("AWS_ACCESS_KEY_ID", "testing"), "aws_secret_access_key": "testing"}


# A role to assume: its ARN, and the name of the session.
Role = tuple[str, str]


class Refused(Exception):
    """A request that AWS would not carry out."""


class Aws:
    """Clients of one region, with the rights of the last of some roles, each assumed by the one before it."""

    _clients: ClassVar[dict[tuple[str, str, tuple[Role, ...]], Any]] = {}
    # It keeps what it has read of AWS's models: a session of its own for each client takes five times as long.
    _session: ClassVar[Any] = boto3.session.Session()
    _lock = threading.RLock()

    def __init__(self, region: str, roles: tuple[Role, ...] = ()) -> None:
        self.region, self.roles = region, roles

    def client(self, service: str) -> Any:
        """The client of a service. Clients may be shared between threads, making one may not."""
        key = (service, self.region, self.roles)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,
                    region_name=self.region,
                    endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                    config=Config(max_pool_connections=32, parameter_validation=True, retries={"mode": "standard"}),
                    **self._credentials(),
                )
            return self._clients[key]

    def _credentials(self) -> dict[str, str]:
        if not self.roles:
            return credentials()
        *before, (arn, session) = self.roles
        assumed = Aws(self.region, tuple(before)).sts.assume_role(RoleArn=arn, RoleSessionName=session)
        names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
        names |= {"aws_session_token": "SessionToken"}
        return {name: assumed["Credentials"][key] for name, key in names.items()}

    def __getattr__(self, service: str) -> Any:
        if service.startswith("_"):
            raise AttributeError(service)
        return self.client(service.replace("_", "-"))

    def account(self) -> str:
        """The number of the account."""
        return self.sts.get_caller_identity()["Account"]


class Asked(dict[str, Any]):
    """Inputs that know which of them were looked at: one that nothing looks at would be lost in silence."""

    def __init__(self, props: Props) -> None:
        super().__init__(props)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As in a dictionary."""
        self.names.add(name)
        return super().get(name, default)


@dataclass(frozen=True)
class Change:
    """What an update is asked to do: the old outputs, the new inputs, and the names of those that differ."""

    old: Props
    new: Asked
    names: frozenset[str]

    def touches(self, *names: str) -> bool:
        """Whether one of these properties differs."""
        self.new.names.update(names)
        return not self.names.isdisjoint(names)

    def only(self, *names: str) -> Props:
        """The new values of these properties as far as they differ, None where one was taken away."""
        return {name: self.new.get(name) for name in names if self.touches(name)}

    def tags(self) -> tuple[dict[str, str], list[str]]:
        """Tags to set, and keys of tags to take away."""
        self.touches("tags")
        old, new = self.old.get("tags") or {}, self.new.get("tags") or {}
        return {key: value for key, value in new.items() if old.get(key) != value}, sorted(old.keys() - new.keys())


@dataclass(frozen=True)
class Resource:
    """One resource type: `create` answers the new resource's id, `read` its outputs or None when it is gone.

    Which changes replace it is in `facts.tsv`; without `update` all do.
    """

    create: Callable[[Aws, Props], str]
    read: Callable[[Aws, str, Props], Props | None]
    delete: Callable[[Aws, str, Props], None]
    update: Callable[[Aws, str, Change], None] | None = None
    #: Properties that only the plugin itself knows.
    state_only: frozenset[str] = frozenset()
    #: Further paths that need a replacement for just this change from state to new inputs, if it is not refused.
    plan: Callable[[Props, Props], frozenset[str]] = lambda _state, _news: frozenset()
    #: Properties whose new value the provider takes for the same, for just this change.
    suppress: Callable[[Props, Props], frozenset[str]] = lambda _state, _news: frozenset()
    #: What a preview knows of outputs before there is anything.
    promise: Callable[[Props], Props] = lambda _news: {}
    #: Whether the old one has to go before the new one comes.
    delete_first: bool = False
    #: Outputs that are secret whatever the inputs were.
    secret: frozenset[str] = frozenset()
    #: Properties whose text is JSON that means the same in any form.
    json: frozenset[str] = frozenset()
    #: Lists whose order means something. The provider keeps all others as sets.
    ordered: frozenset[str] = frozenset()
    #: Outputs that an update of the property makes unknown.
    volatile: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Function = Callable[[Aws, Props], Props]
"""A function of the provider: arguments to result."""


def tag_list(tags: Mapping[str, str] | None, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags in the form of the API."""
    return [{key: name, value: text} for name, text in sorted((tags or {}).items())]


def tag_map(tags: Iterable[Mapping[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str] | None:
    """Tags in the form of the provider: None rather than an empty map. AWS's own are not shown."""
    found = {tag[key]: tag.get(value, "") for tag in tags or [] if not tag[key].startswith("aws:")}
    return found or None


def tagged(tags: dict[str, str] | None) -> Props:
    """The outputs that say which tags a resource has."""
    return {"tags": tags, "tagsAll": tags or {}}


def given(**values: Any) -> dict[str, Any]:
    """The arguments of a call without those that were not given."""
    return {key: value for key, value in values.items() if value is not None}


def code(error: ClientError) -> str:
    """AWS's short name for what went wrong."""
    return error.response["Error"]["Code"]


def pages(client: Any, call: str, key: str, **arguments: Any) -> list[Any]:
    """All that a call lists, from all of its pages."""
    if client.can_paginate(call):
        return client.get_paginator(call).paginate(**arguments).build_full_result().get(key, [])
    return getattr(client, call)(**arguments).get(key, [])


def found(call: Callable[[], Any], *missing: str) -> Any:
    """The answer of a call, or None when its error says that the thing is not there."""
    try:
        return call()
    except ClientError as error:
        if code(error) in missing or (not missing and ("NotFound" in code(error) or "NoSuch" in code(error))):
            return None
        raise


def wait(what: str, done: Callable[[], bool], seconds: float = 20.0) -> None:
    """Waits until something is done, within bounds."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise Refused(f"timeout while waiting for {what}")
        time.sleep(0.1)

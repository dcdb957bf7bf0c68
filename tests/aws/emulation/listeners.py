"""What Elastic Load Balancing does and moto does not: a listener has each certificate once beside its first one, and
keeps them all when it changes. Tags are told of so many things at once, all of which must be there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.elbv2.exceptions import ValidationError
from moto.elbv2.models import ELBv2Backend

from emulation.patch import replaced

# By the reference of DescribeTags; which error more of them are is not said there.
TAGGED_AT_ONCE = 20


def _listener(backend: Any, arn: str) -> Any:
    return backend.describe_listeners(load_balancer_arn=None, listener_arns=[arn])[0]


@replaced(ELBv2Backend, "modify_listener")
def modify_listener(original: Callable[..., Any], self: Any, arn: str, *args: Any, **kwargs: Any) -> Any:
    """Changes a listener: moto forgets all certificates but the first."""
    others = _listener(self, arn).certificates[1:]
    listener = original(self, arn, *args, **kwargs)
    listener.certificates = [*listener.certificates[:1], *others]
    return listener


@replaced(ELBv2Backend, "add_listener_certificates")
def add_listener_certificates(
    original: Callable[..., Any], self: Any, arn: str, certificates: list[dict[str, Any]]
) -> Any:
    """Adds certificates that are not there yet."""
    others = _listener(self, arn).certificates[1:]
    return original(self, arn, [each for each in certificates if each["CertificateArn"] not in others])


@replaced(ELBv2Backend, "remove_listener_certificates")
def remove_listener_certificates(
    original: Callable[..., Any], self: Any, arn: str, certificates: list[dict[str, Any]]
) -> Any:
    """Takes certificates away, but never the first one."""
    listener = _listener(self, arn)
    first = listener.certificates[:1]
    listener.certificates = listener.certificates[1:]
    original(self, arn, certificates)
    listener.certificates = [*first, *listener.certificates]


@replaced(ELBv2Backend, "describe_tags")
def describe_tags(original: Callable[..., Any], self: Any, resource_arns: list[str]) -> Any:
    """Tells tags: moto tells those of what is gone as none."""
    if len(resource_arns) > TAGGED_AT_ONCE:
        raise ValidationError(f"at most {TAGGED_AT_ONCE} resources, got {len(resource_arns)}")
    for arn in resource_arns:
        self._get_resource_by_arn(arn)
    return original(self, resource_arns)

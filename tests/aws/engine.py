"""The part of Pulumi's engine that a plugin meets, and an emulated AWS to run one against."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from standin import values
from standin.values import Props

HERE = Path(__file__).parent
REGION = "eu-central-1"


class Engine:
    """The part of Pulumi's engine that a plugin meets: registers resources, previews first, remembers the state."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self.state: dict[str, tuple[str, str, Props, Props]] = {}

    @staticmethod
    def urn(token: str, name: str) -> str:
        return f"urn:pulumi:test::test::{token}::{name}"

    def check(self, token: str, name: str, inputs: Props, olds: Props | None = None) -> Props:
        """The checked inputs; a failure is raised."""
        request = provider_pb2.CheckRequest(urn=self.urn(token, name), randomSeed=name.encode())
        request.news.CopyFrom(values.encode_props(inputs))
        request.olds.CopyFrom(values.encode_props(olds or {}))
        answer = self.stub.Check(request)
        if answer.failures:
            raise Failed("; ".join(f"{failure.property}: {failure.reason}" for failure in answer.failures))
        return values.decode_props(answer.inputs)

    def preview(self, token: str, name: str, inputs: Props) -> Props:
        """What creating promises."""
        properties = values.encode_props(self.check(token, name, inputs))
        request = provider_pb2.CreateRequest(urn=self.urn(token, name), properties=properties, preview=True)
        return values.decode_props(self.stub.Create(request).properties)

    def create(self, token: str, name: str, inputs: Props) -> Props:
        """Checks and creates."""
        checked = self.check(token, name, inputs)
        request = provider_pb2.CreateRequest(urn=self.urn(token, name), properties=values.encode_props(checked))
        answer = called(self.stub.Create, request)
        outputs = values.decode_props(answer.properties)
        self.state[name] = (token, answer.id, checked, outputs)
        return {**values.plain(outputs), "id": answer.id}

    def diff(self, name: str, news: Props, ignore: tuple[str, ...] = ()) -> Any:
        """What would change."""
        token, identifier, inputs, outputs = self.state[name]
        request = provider_pb2.DiffRequest(id=identifier, urn=self.urn(token, name), ignoreChanges=ignore)
        request.olds.CopyFrom(values.encode_props(outputs))
        request.old_inputs.CopyFrom(values.encode_props(inputs))
        request.news.CopyFrom(values.encode_props(self.check(token, name, news, inputs)))
        return self.stub.Diff(request)

    def update(self, name: str, news: Props, ignore: tuple[str, ...] = ()) -> Props:
        """Changes in place."""
        request = self._update_request(name, news, ignore)
        outputs = values.decode_props(called(self.stub.Update, request).properties)
        self.state[name] = (*self.state[name][:2], values.decode_props(request.news), outputs)
        return values.plain(outputs)

    def preview_update(self, name: str, news: Props, ignore: tuple[str, ...] = ()) -> Props:
        """What changing in place promises."""
        request = self._update_request(name, news, ignore)
        request.preview = True
        return values.decode_props(called(self.stub.Update, request).properties)

    def _update_request(self, name: str, news: Props, ignore: tuple[str, ...]) -> Any:
        token, identifier, inputs, outputs = self.state[name]
        request = provider_pb2.UpdateRequest(id=identifier, urn=self.urn(token, name), ignoreChanges=ignore)
        request.olds.CopyFrom(values.encode_props(outputs))
        request.old_inputs.CopyFrom(values.encode_props(inputs))
        request.news.CopyFrom(values.encode_props(self.check(token, name, news, inputs)))
        return request

    def read(self, name: str) -> Any:
        """Reads, as a refresh does."""
        token, identifier, inputs, outputs = self.state[name]
        request = provider_pb2.ReadRequest(id=identifier, urn=self.urn(token, name))
        request.properties.CopyFrom(values.encode_props(outputs))
        request.inputs.CopyFrom(values.encode_props(inputs))
        return called(self.stub.Read, request)

    def refresh(self, name: str) -> None:
        """Reads, and remembers the outputs. Inputs are ignored as they are: the engine leaves them alone."""
        token, identifier, inputs, _ = self.state[name]
        self.state[name] = (token, identifier, inputs, values.decode_props(self.read(name).properties))

    def delete(self, name: str) -> None:
        """Deletes."""
        token, identifier, inputs, outputs = self.state[name]
        request = provider_pb2.DeleteRequest(id=identifier, urn=self.urn(token, name))
        request.properties.CopyFrom(values.encode_props(outputs))
        request.old_inputs.CopyFrom(values.encode_props(inputs))
        called(self.stub.Delete, request)
        del self.state[name]

    def invoke(self, token: str, args: Props) -> Props:
        """Calls a function."""
        answer = called(self.stub.Invoke, provider_pb2.InvokeRequest(tok=token, args=values.encode_props(args)))
        if answer.failures:
            raise Failed("; ".join(f"{failure.property}: {failure.reason}" for failure in answer.failures))
        return values.decode_props(getattr(answer, "return"))


class Failed(Exception):
    """The plugin said no."""


def called(method: Callable[[Any], Any], request: Any) -> Any:
    """The answer, or what the plugin says to the user."""
    try:
        return method(request)
    except grpc.RpcError as error:
        raise Failed(error.details()) from error


@contextmanager
def started(*command: str, **environment: str) -> Iterator[str]:
    """A process of Python's that prints a port and serves there, until it is no longer needed."""
    variables = {**os.environ, "PYTHONPATH": str(HERE), **environment}
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=variables) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            assert port.isdigit(), f"{command} did not start"
            yield port
        finally:
            process.terminate()


@contextmanager
def world() -> Iterator[tuple[Engine, str]]:
    """An emulated AWS of its own, and an engine with the plugin that works on it."""
    with started(str(HERE / "moto_server.py")) as moto:
        endpoint = f"http://127.0.0.1:{moto}"
        flags = ("--logtostderr", "-v=3", "ignored")
        with (
            started("-m", "standin", *flags, AWS_ENDPOINT_URL=endpoint, AWS_REGION=REGION) as plugin,
            grpc.insecure_channel(f"127.0.0.1:{plugin}") as channel,
        ):
            engine = Engine(channel)
            engine.stub.Handshake(provider_pb2.ProviderHandshakeRequest())
            engine.stub.Configure(provider_pb2.ConfigureRequest())
            yield engine, endpoint


def tell(endpoint: str, path: str, document: Any = None, method: str = "PUT") -> Any:
    """Tells the emulation what happens, or asks it what did."""
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{endpoint}/_test/{path}", body, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def client(endpoint: str, service: str) -> Any:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, region_name=REGION, endpoint_url=endpoint, **keys)

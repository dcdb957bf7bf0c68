"""The gRPC service: answers the engine, and leaves what a resource is to the table of resource types."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from concurrent import futures
from typing import Any

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from standin import diff, facts, names, schema, values
from standin.interrupt import INTERRUPT
from standin.resource import Asked, Aws, Change, Refused, Resource, Role
from standin.resources import FUNCTIONS, RESOURCES
from standin.values import UNKNOWN, Props, Secret

MESSAGE_LIMIT = 400 * 1024 * 1024
# One run of the engine sends as many requests at once as it was told; what waits here waits in vain.
WORKERS = 64
# Settings of the provider that would change what is made.
NOT_CARRIED_OUT = {"defaultTags", "ignoreTags", "allowedAccountIds", "forbiddenAccountIds"}
# What of a role to assume is carried out.
OF_ROLE = {"roleArn", "sessionName"}


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One configured provider: its region, its roles, and the requests that the engine makes of it."""

    def __init__(self) -> None:
        self.roles: tuple[Role, ...] = ()
        self.region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")

    # The life of the plugin.

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False, accept_outputs=False)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=schema.version())

    def GetSchema(self, request: Any, context: Any) -> Any:
        text = json.dumps({"name": "aws", "version": schema.version()})
        return provider_pb2.GetSchemaResponse(schema=text)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        lost = values.decode_props(request.news).keys() & NOT_CARRIED_OUT
        lost |= {f"assumeRoles.{name}" for role in assumed(request.news) for name in role.keys() - OF_ROLE}
        failures = [(name, "the stand-in does not carry this out") for name in sorted(lost)]
        return provider_pb2.CheckResponse(inputs=request.news, failures=check_failures(failures))

    def DiffConfig(self, request: Any, context: Any) -> Any:
        regions = [
            values.plain(values.decode_props(props)).get("region") for props in (request.old_inputs, request.news)
        ]
        replaces = ["region"] if regions[0] != regions[1] else []
        return provider_pb2.DiffResponse(replaces=replaces)

    def Configure(self, request: Any, context: Any) -> Any:
        if "AWS_ENDPOINT_URL" not in os.environ:
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                "set `AWS_ENDPOINT_URL`: the stand-in plugin works on an emulated AWS",
            )
        region = values.plain(values.decode_props(request.args)).get("region")
        self.region = region or self.region
        self.roles = tuple((role["roleArn"], role.get("sessionName", "standin")) for role in assumed(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=False)

    def Cancel(self, request: Any, context: Any) -> Any:
        INTERRUPT.stop()
        return empty_pb2.Empty()

    # Resources.

    def Check(self, request: Any, context: Any) -> Any:
        token, logical = type_and_name(request.urn)
        if token not in RESOURCES:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the stand-in plugin has no `{token}`")
        olds, news = values.decode_props(request.olds), values.bare(values.decode_props(request.news))
        failures = names.fill(token, logical, request.randomSeed, values.plain(olds), news)
        clear = values.plain(news)
        failures = failures or schema.check("resources", token, clear) + names.check(token, clear)
        failures = failures or facts.missing(token, clear)
        if not failures:
            facts.fill(token, news)
        return provider_pb2.CheckResponse(inputs=values.encode_props(news), failures=check_failures(failures))

    def Diff(self, request: Any, context: Any) -> Any:
        token, _ = type_and_name(request.urn)
        resource = RESOURCES[token]
        state, news = (values.plain(values.decode_props(props)) for props in (request.olds, request.news))
        defaults = news.get("__defaults", [])
        news = diff.settled(state, values.bare(news), list(request.ignoreChanges))
        try:
            found = diff.differences(token, resource, state, news)
        except Refused as refusal:
            context.abort(grpc.StatusCode.UNKNOWN, f"diffing {request.urn.split('::')[-1]}: {refusal}")
        kinds = provider_pb2.PropertyDiff.Kind
        detailed = {
            d.path: provider_pb2.PropertyDiff(
                kind=kinds.Value(d.kind + ("_REPLACE" if d.replaces else "")), inputDiff=True
            )
            for d in found
        }
        tops = sorted({diff.top(d.path) for d in found})
        replaces = sorted({diff.top(d.path) for d in found if d.replaces})
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some if found else none,
            diffs=tops,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces) and deletes_first(token, resource, news, defaults),
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    def Create(self, request: Any, context: Any) -> Any:
        token, _ = type_and_name(request.urn)
        resource, news = RESOURCES[token], values.bare(values.decode_props(request.properties))
        if request.preview:
            given = facts.of(token)
            later = [name for name in schema.outputs(token) if name not in given or given[name].given == "computed"]
            known = {**resource.promise(values.plain(news)), **with_tags(token, news)}
            outputs = {**dict.fromkeys(later, UNKNOWN), **known}
            return provider_pb2.CreateResponse(properties=values.encode_props(marked(resource, news, outputs)))

        def create() -> Any:
            clear = values.plain(news)
            aws = self.aws(clear)
            asked = Asked(clear)
            identifier = resource.create(aws, asked)
            refuse_lost(token, clear.keys() - asked.names, clear)
            outputs = self.outputs(token, aws, identifier, clear)
            properties = values.encode_props(marked(resource, news, outputs))
            return provider_pb2.CreateResponse(id=identifier, properties=properties)

        return carried_out("create", request.urn, context, create)

    def Update(self, request: Any, context: Any) -> Any:
        token, _ = type_and_name(request.urn)
        resource = RESOURCES[token]
        state, news = values.decode_props(request.olds), values.bare(values.decode_props(request.news))
        clear = diff.settled(values.plain(state), values.plain(news), list(request.ignoreChanges))
        changed = diff.changed_names(token, resource, values.plain(state), clear)
        if request.preview:
            given = facts.of(token)
            kept = {n: value for n, value in state.items() if n in news or n not in given or not given[n].goes}
            unknown = {name: UNKNOWN for cause in changed for name in resource.volatile.get(cause, ())}
            outputs = {**kept, **with_tags(token, clear), **unknown}
            return provider_pb2.UpdateResponse(properties=values.encode_props(marked(resource, news, outputs)))

        def update() -> Any:
            aws = self.aws(clear)
            if resource.update is not None and changed:
                change = Change(values.plain(state), Asked(clear), changed)
                resource.update(aws, request.id, change)
                refuse_lost(token, changed - change.new.names, clear)
            outputs = self.outputs(token, aws, request.id, {**state_only(resource, values.plain(state)), **clear})
            return provider_pb2.UpdateResponse(properties=values.encode_props(marked(resource, news, outputs)))

        return carried_out("update", request.urn, context, update)

    def Read(self, request: Any, context: Any) -> Any:
        token, _ = type_and_name(request.urn)
        resource = RESOURCES[token]
        state, before = values.decode_props(request.properties), values.decode_props(request.inputs)
        inputs = values.bare(before)

        def read() -> Any:
            clear = values.plain(state)
            aws = self.aws(clear)
            actual = resource.read(aws, request.id, clear)
            if actual is None:
                return provider_pb2.ReadResponse()
            # An import comes without inputs: then all that can be an input is one.
            wanted = values.plain(inputs) or {
                name: actual[name] for name in schema.inputs(token) if actual.get(name) is not None
            }
            new_inputs = {
                name: diff.in_form_of(token, resource, name, item, actual[name]) if name in actual else item
                for name, item in wanted.items()
            }
            new_inputs = values.noted(new_inputs, values.plain(before))
            outputs = self.shaped(token, aws, {**clear, **wanted}, {**clear, **actual})
            return provider_pb2.ReadResponse(
                id=request.id,
                properties=values.encode_props(marked(resource, {**state, **inputs}, outputs)),
                inputs=values.encode_props(marked(resource, inputs, new_inputs)),
            )

        return carried_out("read", request.urn, context, read)

    def Delete(self, request: Any, context: Any) -> Any:
        token, _ = type_and_name(request.urn)

        def delete() -> Any:
            state = values.plain(values.decode_props(request.properties))
            RESOURCES[token].delete(self.aws(state), request.id, state)
            return empty_pb2.Empty()

        return carried_out("delete", request.urn, context, delete)

    def Invoke(self, request: Any, context: Any) -> Any:
        function = FUNCTIONS.get(request.tok)
        if function is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the stand-in plugin has no function `{request.tok}`")
        args = values.plain(values.decode_props(request.args))
        failures = schema.check("functions", request.tok, args)
        if failures:
            return provider_pb2.InvokeResponse(failures=check_failures(failures))

        def invoke() -> Any:
            result = function(self.aws(args), args)
            known = schema.document()["functions"][request.tok]["outputs"]
            strangers = result.keys() - known.keys()
            if strangers:
                raise Refused(f"`{request.tok}` has no output {sorted(strangers)}: this is a bug in the stand-in")
            return provider_pb2.InvokeResponse(**{"return": values.encode_props({**args, **result})})

        return carried_out("invoke", request.tok, context, invoke)

    # What all of them share.

    def aws(self, props: Props) -> Aws:
        """The connection for a resource: it may name a region of its own."""
        region = props.get("region") or self.region
        if not region:
            raise Refused("no region: set `aws:region`, the provider's `region` or `AWS_REGION`")
        return Aws(region, self.roles)

    def outputs(self, token: str, aws: Aws, identifier: str, inputs: Props) -> Props:
        """The outputs of something that was just made or changed."""
        actual = RESOURCES[token].read(aws, identifier, inputs)
        if actual is None:
            raise Refused(f"`{identifier}` is gone right after it was made: this is a bug in the stand-in")
        return self.shaped(token, aws, inputs, {**inputs, **actual})

    def shaped(self, token: str, aws: Aws, inputs: Props, actual: Props) -> Props:
        """Outputs in the form of the inputs where there is one, and only what the schema knows."""
        resource, known = RESOURCES[token], schema.outputs(token)
        if "region" in known:
            actual = {**actual, "region": actual.get("region") or aws.region}
        return {
            name: diff.in_form_of(token, resource, name, inputs.get(name), item)
            for name, item in actual.items()
            if name in known and item is not None
        }


def assumed(config: Any) -> list[Props]:
    """The roles that a provider's configuration says; a list in it is a text of JSON."""
    roles = values.plain(values.decode_props(config)).get("assumeRoles") or []
    return list(json.loads(roles) if isinstance(roles, str) else roles)


def type_and_name(urn: str) -> tuple[str, str]:
    """`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`: type and logical name."""
    _, _, types, name = urn.split("::", 3)
    return types.split("$")[-1], name


def deletes_first(token: str, resource: Resource, news: Props, defaults: list[str]) -> bool:
    """Whether the old must go before the new comes: the type wants it so, or the program names what could be named
    for it, be it with another name."""
    auto = names.auto_name(token)
    named = auto is not None and auto.property in news and auto.property not in defaults
    return resource.delete_first or named


def refuse_lost(token: str, lost: Iterable[str], news: Props) -> None:
    """Refuses inputs that the stand-in would forget: a test must not pass because nothing was done. What the provider
    filled in is what AWS does by itself."""
    state_only, known = RESOURCES[token].state_only, facts.of(token)
    lost = [name for name in lost if name not in known or news.get(name) != known[name].default]
    names = sorted(name for name in lost if name not in state_only and name != "region")
    if names:
        raise Refused(f"the stand-in does not carry out `{'`, `'.join(names)}`: add it in `standin/resources`")


def with_tags(token: str, news: Props) -> Props:
    """The inputs with the outputs that follow from them in a preview."""
    return {**news, "tagsAll": news.get("tags", {})} if "tagsAll" in schema.outputs(token) else news


def state_only(resource: Resource, state: Props) -> Props:
    """What the plugin itself remembers of a resource."""
    return {name: item for name, item in state.items() if name in resource.state_only}


def marked(resource: Resource, inputs: Props, outputs: Props) -> Props:
    """The outputs, secret where they are so by nature or because what they came from was."""
    hidden = resource.secret | {name for name, item in inputs.items() if values.has_secret(item)}
    return {name: Secret(values.plain(item)) if name in hidden else item for name, item in outputs.items()}


def check_failures(failures: list[schema.Failure]) -> list[Any]:
    """Failures as a message."""
    return [provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in failures]


def carried_out(what: str, urn: str, context: Any, action: Callable[[], Any]) -> Any:
    """The answer of an action, or the error that the user sees; both are noted in `STANDIN_LOG`."""
    started = time.time()
    error: str | None = None
    try:
        answer = action()
        INTERRUPT.after(what, urn)
        return answer
    except (Refused, ClientError, BotoCoreError) as refusal:
        error = f"{what} {urn.split('::')[-1]}: {refusal}"
    except Exception:  # noqa: BLE001 (a bug of ours reaches the user as such, whatever it is)
        error = f"{what} {urn}: this is a bug in the stand-in\n{traceback.format_exc()}"
    finally:
        note({"request": what, "urn": urn, "started": started, "ended": time.time(), "error": error})
    context.abort(grpc.StatusCode.UNKNOWN, error)
    raise AssertionError("abort raises")


_NOTES = threading.Lock()


def note(line: dict[str, Any]) -> None:
    """Writes one line of JSON, for tests that ask what happened when."""
    path = os.environ.get("STANDIN_LOG")
    if path:
        with _NOTES, open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def serve() -> tuple[Any, int]:
    """A running server, and its port."""
    options = [("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.max_send_message_length", MESSAGE_LIMIT)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def main() -> None:
    """Serves until the engine ends the process. The engine's address on the command line is not needed."""
    # Whoever began it; one that was forked for the engine is told who that is.
    engine = int(os.environ.get("BEGUN_BY", os.getppid()))
    INTERRUPT.expect(json.loads(os.environ.get("STANDIN_INTERRUPT", "[]")), engine)
    server, port = serve()
    print(port, flush=True)
    # Standard output belongs to the engine from here on.
    sys.stdout = sys.stderr
    # An engine that was killed cannot end its plugins: they notice that they are orphans.
    parent = os.getppid()
    while server.wait_for_termination(timeout=1) and os.getppid() == parent:
        pass

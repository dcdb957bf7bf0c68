"""Runs one operation of Pulumi's Automation API on an ordinary Python program, in this process.

Usage: run.py REQUEST.json

A program needs no language host this way: the Python SDK itself serves the language runtime to the `pulumi` on PATH.
State backend, plugins and passphrase are the caller's, by the environment. The keys of a request:

- `project_dir`: folder with `Pulumi.yaml` and the live configs; Pulumi writes into it, so give a copy
- `program`: the program's file, such as `__main__.py`; without it Pulumi runs the project's own by its language host
- `stack`, and `operation`: preview, up, refresh, preview_refresh, destroy, preview_destroy, export, import, cancel,
  remove
- `secrets_provider`: who encrypts the secrets of a stack that is new; default: a passphrase
- `options`: passed on to the operation, in snake case, such as `{"expect_no_changes": true}`; for `import` the `file`
  with the state; `arguments` for Pulumi's command line, such as `["--json"]`, which the SDK's operation does not know
- `result_file`: where the result goes as JSON; default: stdout
- `event_log`: a file to which the engine's events are added, one line of JSON each
- `progress`: Pulumi's output also goes to stderr, line by line
- `terminal`: Pulumi has the caller's terminal, so that it draws its own display

The result: `result` (succeeded, failed), `summary` (operation to count), `steps`, `failed` (URNs), `diagnostics`,
`stdout`, `stderr`, `error`; for `export` also `deployment`. Exit code 1 if it failed.
"""

import json
import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi import automation as auto
from pulumi.automation._stack import StackInitMode
from semver import VersionInfo

CHANGING = {"preview", "up", "refresh", "preview_refresh", "destroy", "preview_destroy"}
INTERRUPTED = 130  # the exit code after Ctrl-C, as shells have it


class Command(auto.PulumiCommand):
    """The CLI on PATH, which is asked for its version once in a Pulumi home."""

    def __init__(self, arguments: list[str]) -> None:
        self.arguments = arguments
        told = Path(os.environ["PULUMI_HOME"]) / "version"
        if told.exists():
            self.command, self.version = "pulumi", VersionInfo.parse(told.read_text())
        else:
            super().__init__()
            told.write_text(str(self.version))

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: auto.OnOutput | None = None,
        on_error: auto.OnOutput | None = None,
    ) -> auto.CommandResult:
        more = self.arguments if args[0] in CHANGING else []
        return super().run([*args, *more], cwd, additional_env, on_output, on_error)


class Workspace(auto.LocalWorkspace):
    """Selects no stack: each call of the CLI names its own."""

    def select_stack(self, stack_name: str) -> None:
        pass

    def has_stack(self, name: str) -> bool:
        backend = Path(os.environ["PULUMI_BACKEND_URL"].removeprefix("file://"))
        return (backend / f".pulumi/stacks/{self.project_settings().name}/{name}.json").exists()


class Stack(auto.Stack):
    """Runs the CLI once for an operation. For outputs and history, which nobody reads here, the SDK would run it three
    times more."""

    def outputs(self) -> auto.OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> auto.UpdateSummary:
        return auto.UpdateSummary("", datetime.now(UTC), "", {}, {}, "")


class TerminalCommand(Command):
    """Gives the caller's terminal to the operations that show progress, which the SDK would run through pipes."""

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: auto.OnOutput | None = None,
        on_error: auto.OnOutput | None = None,
    ) -> auto.CommandResult:
        if args[0] not in CHANGING:
            return super().run(args, cwd, additional_env, on_output, on_error)
        with subprocess.Popen([self.command, *args], cwd=cwd, env={**os.environ, **additional_env}) as process:
            # Ctrl-C reaches Pulumi, too, which then finishes what it has begun; this process has to outlive it.
            signal.signal(signal.SIGINT, lambda *_: None)
            signal.signal(signal.SIGTERM, lambda *_: process.terminate())
            code = process.wait()
        result = auto.CommandResult(stdout="", stderr="", code=code)
        if code != 0:
            raise auto.CommandError(result)
        return result


class Event(dict[str, Any]):
    """An event as the engine sends it. The SDK would make objects of each of thousands, with all that a resource has in it,
    and reads of one kind alone."""

    @property
    def summary_event(self) -> auto.SummaryEvent | None:
        return auto.SummaryEvent.from_json(self["summaryEvent"]) if "summaryEvent" in self else None


auto.EngineEvent.from_json = Event  # type: ignore[assignment, method-assign]


class Events:
    """Gathers from the engine's events what a result tells about the steps of an operation."""

    def __init__(self, log: str | None) -> None:
        self.log = Path(log).open("a", encoding="utf-8") if log else None  # noqa: SIM115 (it ends with the process)
        self.summary: dict[str, int] = {}
        self.steps: list[dict[str, Any]] = []
        self.failed: list[str] = []
        self.diagnostics: list[dict[str, Any]] = []

    def add(self, told: Any) -> None:
        if self.log:
            # A line at a time, for whoever reads it after a process that was killed.
            print(json.dumps(told), file=self.log, flush=True)
        if "summaryEvent" in told:
            self.summary = told["summaryEvent"]["resourceChanges"]
        elif "resourcePreEvent" in told:
            self.steps.append(step(told["resourcePreEvent"]["metadata"]))
        elif "resOpFailedEvent" in told:
            self.failed.append(told["resOpFailedEvent"]["metadata"]["urn"])
        elif "diagnosticEvent" in told and told["diagnosticEvent"]["severity"] != "debug":
            diagnostic = told["diagnosticEvent"]
            # With a terminal the texts carry Pulumi's own marks for colours.
            message = re.sub(r"<\{%.*?%\}>", "", diagnostic["message"])
            self.diagnostics.append(
                {"severity": diagnostic["severity"], "urn": diagnostic.get("urn"), "message": message}
            )

    def tell_of_a_cancel(self) -> bool:
        return any(diagnostic["message"].strip().endswith(" canceled") for diagnostic in self.diagnostics)


def step(metadata: dict[str, Any]) -> dict[str, Any]:
    """Tells what one step does to one resource."""
    detailed = metadata.get("detailedDiff") or {}
    return {
        "op": metadata["op"],
        "urn": metadata["urn"],
        "type": metadata["type"],
        "diffs": metadata.get("diffs") or [],
        "detailedDiff": {path: diff["diffKind"] for path, diff in detailed.items()},
        "replaceReasons": metadata.get("keys") or [],
    }


def program(path: Path) -> Callable[[], None]:
    """Wraps a program's file as Pulumi's language host runs it: as `__main__`, with its folder on the module path."""

    def run() -> None:
        sys.path.insert(0, str(path.parent))
        try:
            runpy.run_path(str(path), run_name="__main__")
        finally:
            sys.path.remove(str(path.parent))

    return run


def print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def operate(stack: auto.Stack, request: dict[str, Any], events: Events) -> dict[str, Any]:
    """Carries out the operation and returns what only this operation tells."""
    operation, options = request["operation"], dict(request.get("options", {}))
    options.pop("arguments", None)
    if operation == "export":
        return {"deployment": stack.export_stack().deployment}
    if operation == "import":
        state = json.loads(Path(options["file"]).read_text(encoding="utf-8"))
        stack.import_stack(auto.Deployment(**state))
        return {}
    if operation == "cancel":
        stack.cancel()
        return {}
    if operation == "remove":
        stack.workspace.remove_stack(stack.name)
        return {}
    if operation not in CHANGING:
        raise ValueError(f"the operation `{operation}` is not known to this runner")
    if request.get("progress"):
        options |= {"on_output": print_progress, "on_error": print_progress}
    if request.get("terminal"):
        options["color"] = options.get("color", "auto")
    outcome = getattr(stack, operation)(on_event=events.add, **options)
    return {"stdout": outcome.stdout, "stderr": outcome.stderr}


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Runs a request; a failure of Pulumi is a result, too."""
    project = Path(request["project_dir"]).resolve()
    inline = program(Path(request["program"]).resolve()) if request.get("program") else None
    events = Events(request.get("event_log"))
    result: dict[str, Any] = {"result": "succeeded", "stdout": "", "stderr": "", "error": None}
    os.chdir(project)
    try:
        arguments = request.get("options", {}).get("arguments", [])
        command = (TerminalCommand if request.get("terminal") else Command)(arguments)
        provider = request.get("secrets_provider")
        workspace = Workspace(work_dir=str(project), pulumi_command=command, program=inline, secrets_provider=provider)
        mode = StackInitMode.SELECT if workspace.has_stack(request["stack"]) else StackInitMode.CREATE
        stack = Stack(request["stack"], workspace, mode)
        result |= operate(stack, request, events)
    except auto.CommandError as failure:
        # While Pulumi draws, it takes Ctrl-C from the keyboard itself, and nobody else hears of it.
        if request.get("terminal") and events.tell_of_a_cancel():
            raise KeyboardInterrupt from failure
        result |= {"result": "failed", "error": str(failure)}
    told = {"summary": events.summary, "steps": events.steps, "failed": events.failed}
    return result | told | {"diagnostics": events.diagnostics}


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("usage: run.py REQUEST.json")
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    result = run(request)
    text = json.dumps(result, indent=2) + "\n"
    if "result_file" in request:
        Path(request["result_file"]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0 if result["result"] == "succeeded" else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)

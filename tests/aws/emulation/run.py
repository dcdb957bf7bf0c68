"""Tasks that are carried out: the commands of their containers, as processes of this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from typing import Any

from emulation import contained, secrets
from emulation.calls import LOCK
from emulation.ends import NEVER
from emulation.told import Run

# How long a container may take to end after SIGTERM, in seconds: ECS's default.
STOP_TIMEOUT = 30
# What of another container each condition of `dependsOn` waits for.
AWAITED = {"START": "begun", "HEALTHY": "begun", "COMPLETE": "ended", "SUCCESS": "ended"}


class Process:
    """The processes of a task's containers."""

    def __init__(self, task: Any, backend: Any, streams: dict[str, Any], told: Run) -> None:
        self._task, self._backend, self._streams, self._told = task, backend, streams, told
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._begun = {container.name: threading.Event() for container in task.containers}
        self._ended = {container.name: threading.Event() for container in task.containers}
        self._stopping = False

    def begin(self) -> None:
        """Begins all containers, each in its time."""
        threading.Thread(target=self._carry_out, daemon=True).start()

    def stop(self) -> None:
        """Asks all containers to end, and makes those that do not."""
        self._stopping = True
        for process in list(self._running.values()):
            process.terminate()
            timer = threading.Timer(STOP_TIMEOUT, process.kill)
            timer.daemon = True
            timer.start()

    def _carry_out(self) -> None:
        threads = [threading.Thread(target=self._contain, args=[each], daemon=True) for each in self._task.containers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with LOCK:
            self._task.exited()

    def _contain(self, container: Any) -> None:
        try:
            if self._may_begin(container):
                container.exit_code = self._execute(container)
            else:
                container.reason = NEVER
        except (OSError, secrets.Unreadable) as error:
            container.reason = f"CannotStartContainerError: {error}"
        finally:
            self._begun[container.name].set()
            self._ended[container.name].set()
        if container.essential:
            self.stop()

    def _may_begin(self, container: Any) -> bool:
        """Waits for what it depends on; a dependency that failed keeps it from beginning."""
        others = {each.name: each for each in self._task.containers}
        for dependency in container.definition.get("dependsOn") or []:
            name, condition = dependency["containerName"], dependency["condition"]
            (self._begun if AWAITED[condition] == "begun" else self._ended)[name].wait()
            if condition == "SUCCESS" and others[name].exit_code != 0:
                return False
        return not self._stopping

    def _execute(self, container: Any) -> int:
        command, variables = self._command(container), self._environment(container)
        if not command or shutil.which(command[0], path=variables["PATH"]) is None:
            raise FileNotFoundError(f"exec: {command[:1]}: executable file not found in $PATH")
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen(
                [sys.executable, "-I", contained.__file__, *command],
                cwd=self._told.directory or folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            with process:
                self._feed(process, variables)
                self._running[container.name] = process
                self._begun[container.name].set()
                if self._stopping:
                    process.terminate()
                self._read(process, self._streams[container.name])
                return self._code(process.wait())

    @staticmethod
    def _feed(process: Any, variables: dict[str, str]) -> None:
        """The standard input stays open: when it is closed, the command is ended."""
        process.stdin.write(json.dumps(variables).encode() + b"\n")
        process.stdin.flush()

    @staticmethod
    def _read(process: Any, stream: Any) -> None:
        for line in process.stdout:
            if stream is not None:
                stream.write(line.rstrip(b"\n").removesuffix(b"\r"))

    @staticmethod
    def _code(code: int) -> int:
        """One that was ended before the command began has a signal in place of a code."""
        return 128 - code if code < 0 else code

    def _command(self, container: Any) -> list[str]:
        override = self._task.overrides.get(container.name, {}).get("command")
        definition = container.definition
        return [*(definition.get("entryPoint") or []), *(override or definition.get("command") or [])]

    def _environment(self, container: Any) -> dict[str, str]:
        """Exactly what the definition says, then the secrets, then what RunTask says, then where the test has it."""
        definition = container.definition
        variables = {each["name"]: each["value"] for each in definition.get("environment") or []}
        variables |= secrets.variables(self._backend, definition)
        override = self._task.overrides.get(container.name, {}).get("environment") or []
        variables |= {each["name"]: each["value"] for each in override}
        for old, new in self._told.replace.items():
            variables = {name: value.replace(old, new) for name, value in variables.items()}
        return {"PATH": self._told.path, **variables, **self._told.environment}

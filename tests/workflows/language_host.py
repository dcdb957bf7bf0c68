"""Pulumi's language host for Python, for tests: the real one comes in no package that a registry has.

    language_host.py [FLAGS] ENGINE

prints its port. It serves programs as the SDK's own Automation API does, `__main__.py` in the program's folder, and
has the project's virtual environment made of what the tests have: `pulumi install` finds there what `requirements.txt`
asks for, or fails as pip does. A program is not run without it, as Pulumi has it.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
import time
from concurrent import futures
from importlib import metadata
from pathlib import Path
from typing import Any

import grpc
from packaging.requirements import Requirement
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

# Where the tests have the command line, which is in no package of their environment.
OURS = Path(os.environ["E2E_BIN"])


class Host(LanguageServer):
    """Runs the program of whatever project it is asked for."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def Handshake(self, request: Any, context: Any) -> Any:
        """Says nothing of itself."""
        return language_pb2.LanguageHandshakeResponse()

    def Run(self, request: Any, context: Any) -> Any:
        """Runs the program as the real host does: as `__main__`, with its folder on the module path."""
        root, folder = Path(request.info.root_directory), Path(request.info.program_directory)
        if not (virtual_environment(root) / "bin/python").exists():
            return language_pb2.RunResponse(
                error=f"the virtual environment of `{root}` does not exist: `pulumi install`"
            )

        def program() -> None:
            sys.path.insert(0, str(folder))
            runpy.run_path(str(folder / "__main__.py"), run_name="__main__")

        os.chdir(folder)
        self.program = program
        # The engine's address stands where the Automation API has it.
        request.args.insert(0, sys.argv[-1])
        return super().Run(request, context)

    def InstallDependencies(self, request: Any, context: Any) -> Any:
        """Makes the virtual environment of what the tests have."""
        root, folder = Path(request.info.root_directory), Path(request.info.program_directory)
        for line in (folder / "requirements.txt").read_text().splitlines():
            requirement = Requirement(line)
            installed = version(requirement.name)
            if installed not in requirement.specifier:
                context.abort(grpc.StatusCode.UNKNOWN, f"no matching distribution for {line}, but {installed}")
        programs = virtual_environment(root) / "bin"
        programs.mkdir(parents=True)
        (programs / "python").symlink_to(sys.executable)
        (programs / "aws-django").symlink_to(OURS / "aws-django")
        yield language_pb2.InstallDependenciesResponse(stdout=b"installed\n")

    def Cancel(self, request: Any, context: Any) -> Any:
        """Ends with the process."""
        threading.Timer(0, lambda: os._exit(0)).start()
        return language_pb2.google_dot_protobuf_dot_empty__pb2.Empty()


def virtual_environment(root: Path) -> Path:
    """The folder that the template's `Pulumi.yaml` names."""
    return root / ".venv"


def version(name: str) -> str:
    """The version in which the tests have a package. The command line and our SDK have one version."""
    return metadata.version("pulumi-aws-django" if name == "aws-django" else name)


def main() -> None:
    """Serves until the engine, whose child it is, has ended."""
    parent = os.getppid()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=[("grpc.max_receive_message_length", -1)])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    while os.getppid() == parent:
        time.sleep(0.2)


if __name__ == "__main__":
    main()

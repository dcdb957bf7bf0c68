"""Python processes that begin at once: forked from one that has read all modules before.

    python warm.py SOCKET

prints a line when it is ready, and serves until its standard input ends. `begin.py` asks it for a process, with its own
folder, environment, standard streams and arguments. Such a process is as any other, but for three things: its parent is
this one, it heeds neither `PYTHONPATH` nor any other variable of Python's own, and its modules are not taken down at its
end.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import awscli.clidriver
import boto3
import pulumi.automation  # noqa: F401 (read for those that are forked, as the next ones are)
import pulumi_aws_django  # noqa: F401

import inventory  # noqa: F401
import moto_server
import standin.server  # noqa: F401
from emulation import quick
from standin.resource import Aws

# What of AWS nearly every test has to do with.
REGIONAL = [
    "acm",
    "application-autoscaling",
    "ec2",
    "ecs",
    "elasticache",
    "elbv2",
    "kms",
    "logs",
    "rds",
    "secretsmanager",
    "servicediscovery",
    "ssm",
]
GLOBAL = ["iam", "route53", "s3", "sts"]


def prepare() -> None:
    """Makes ready what the processes are going to need, and would each make for itself."""
    boto3.DEFAULT_SESSION = session = Aws._session
    nobody = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nobody"}
    for service in REGIONAL + GLOBAL:
        quick.prepare(service, "aws" if service in GLOBAL else moto_server.REGION)
        # The session keeps what it has read of AWS's models.
        session.client(service, region_name=moto_server.REGION, endpoint_url="http://127.0.0.1:1", **nobody)
    # Nothing of this is ever given back, so that the processes go on sharing it.
    gc.collect()
    gc.freeze()


def asked(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """What `begin.py` says, a line, with the three standard streams."""
    text, streams, *_ = socket.recv_fds(connection, 1 << 20, 3)
    while not text.endswith(b"\n"):
        text += connection.recv(1 << 20)
    return json.loads(text), streams


def live_with(connection: socket.socket) -> None:
    """Ends this process when whoever began it has ended."""
    connection.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def become(connection: socket.socket) -> None:
    """Is the process that was asked for, to its end."""
    wanted, streams = asked(connection)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    words: list[str] = wanted["words"]
    # As `ps` shows it.
    Path("/proc/self/comm").write_text(Path(words[words[0] == "-m"]).stem[:15])
    threading.Thread(target=live_with, args=[connection], daemon=True).start()
    code = 1
    try:
        run(words)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except Exception:  # noqa: BLE001 (it is the program's, and said as Python says it)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send(bytes([code & 255]))
        # To take all modules down takes longer than many a program runs.
        os._exit(code)


def run(words: list[str]) -> None:
    """Runs `-m MODULE ARGUMENTS`, a module of this folder, or `SCRIPT ARGUMENTS`, as Python does."""
    if words[:2] == ["-m", "awscli"]:
        # It tells itself by a variable where its data is, when it is read.
        importlib.reload(awscli)
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        sys.path[0] = str(Path(words[0]).parent)
        runpy.run_path(words[0], run_name="__main__")


def main() -> None:
    """Serves until standard input ends."""
    # The command line's data is no matter of what else there is.
    del os.environ["AWS_DATA_PATH"]
    prepare()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    # Nobody waits for a process that has ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            become(connection)
        connection.close()


if __name__ == "__main__":
    main()

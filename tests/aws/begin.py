"""Runs a Python program in a process of `warm.py`: `python -IS begin.py SOCKET [-m MODULE | SCRIPT] ARGUMENTS`.

Ends when the program does, with its exit code; the program ends when this does, and this when its own parent does, whose
number the program finds in `BEGUN_BY`.
"""

import json
import os
import select
import signal
import socket
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)
parent = os.getppid()
server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
environment = {**os.environ, "BEGUN_BY": str(parent)}
wanted = {"folder": os.getcwd(), "environment": environment, "words": sys.argv[2:]}
socket.send_fds(server, [json.dumps(wanted).encode() + b"\n"], [0, 1, 2])
while not select.select([server], [], [], 1)[0]:
    if os.getppid() != parent:
        sys.exit(1)
code = server.recv(1)
# Only when the process is gone.
server.recv(1)
sys.exit(code[0] if code else 1)

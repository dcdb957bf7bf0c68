"""Carries a command out in the place of a container, and ends it when the server is gone.

The command are the arguments. Its variables come as one line of JSON on the standard input, which stays open as long as
the server lives. SIGTERM goes to the command; its exit code is handed on.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading


def main() -> int:
    """Waits for the command."""
    asked: list[int] = []
    process: subprocess.Popen[bytes] | None = None

    def end(number: int, _frame: object) -> None:
        asked.append(number)
        if process:
            process.terminate()

    signal.signal(signal.SIGTERM, end)
    variables = json.loads(sys.stdin.readline())
    process = begun = subprocess.Popen(sys.argv[1:], env=variables, stdin=subprocess.DEVNULL)
    if asked:
        begun.terminate()
    threading.Thread(target=lambda: (sys.stdin.read(), begun.kill()), daemon=True).start()
    code = begun.wait()
    # A signal is what a shell makes of it: 143 for SIGTERM, 137 for SIGKILL.
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main())

"""Ctrl-C at moments that a test names: AWS has carried a request out, and the engine has not heard of it yet."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable

from standin.resource import Refused

# For a test that names a moment which never comes: it fails then, rather than hang.
PATIENCE = 120.0


class Interrupt:
    """Holds the answers of the requests that it is given, as `create TYPE::NAME`. With the last of them the engine is
    interrupted, and all are answered once the engine has said that it stops."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self._engine = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def expect(self, moments: Iterable[str], engine: int) -> None:
        """The requests, and the number of the engine's process."""
        self.missing, self._engine = set(moments), engine

    def after(self, request: str, urn: str) -> None:
        """Called when a request has been carried out, before it is answered."""
        moment = f"{request} {urn.split('$')[-1]}"
        with self._lock:
            if moment not in self.missing:
                return
            self.missing.remove(moment)
            last = not self.missing
        if last:
            os.kill(self._engine, signal.SIGINT)
        if not self._stopped.wait(PATIENCE):
            raise Refused(f"no interrupt came while these had not happened: {sorted(self.missing)}")

    def stop(self) -> None:
        """Called when the engine says that it stops."""
        self._stopped.set()


INTERRUPT = Interrupt()

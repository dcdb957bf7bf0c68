"""Moto's server, wrapped for tests of deployments and releases.

    python moto_server.py [--port PORT]

prints its port as the one line on stdout and serves until it is ended. What the wrapping adds, and how a test tells it
what happens, is in the package `emulation`.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

# These are read when moto is imported: certificates are issued at once, and AWS's own policies exist.
os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "0")
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from emulation import application


class Quiet(WSGIRequestHandler):
    """Keeps connections open, since clients make hundreds of requests, and does not log them."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_args: Any) -> None:
        """Says nothing."""


def main() -> None:
    """Serves until the process is ended."""
    parser = argparse.ArgumentParser(description="moto's server, wrapped for tests")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; default: a free one")
    wrapped = application(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", parser.parse_args().port, wrapped, threaded=True, request_handler=Quiet)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

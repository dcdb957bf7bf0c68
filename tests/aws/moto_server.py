"""Moto's server, wrapped for tests of deployments and releases.

    python moto_server.py [--port PORT] [--zone DOMAIN] [--key ALIAS]

prints its port as the one line on stdout and serves until it is ended. What the wrapping adds, and how a test tells it
what happens, is in the package `emulation`.
"""

from __future__ import annotations

import argparse
import os

# These are read when moto is imported: certificates are issued at once, and AWS's own policies exist.
os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "0")
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

from moto.core import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends
from moto.route53.models import route53_backends
from waitress.server import create_server

from emulation import application

# Where the tests are.
REGION = "eu-central-1"

# An operation sends dozens of requests at once, and its clients keep their connections: beyond the limit, new ones would
# wait until others have been idle for two minutes.
THREADS, CONNECTIONS = 64, 4096


def main() -> None:
    """Serves until the process is ended."""
    parser = argparse.ArgumentParser(description="moto's server, wrapped for tests")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; default: a free one")
    parser.add_argument("--zone", help="domain whose public hosted zone the account has from the beginning")
    parser.add_argument("--key", help="alias of a key that the account has from the beginning")
    options = parser.parse_args()
    if options.zone:
        route53 = route53_backends[DEFAULT_ACCOUNT_ID]["aws"]
        route53.create_hosted_zone(f"{options.zone}.", private_zone=False, caller_reference="tests")
    if options.key:
        keys = kms_backends[DEFAULT_ACCOUNT_ID][REGION]
        key = keys.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "for tests", None)
        keys.create_alias(key.id, f"alias/{options.key}")
    server = create_server(
        application(),
        host="127.0.0.1",
        port=options.port,
        threads=THREADS,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,
    )
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main()

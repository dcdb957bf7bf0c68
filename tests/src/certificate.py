"""Makes a certificate for a server on this machine, and its key.

Usage: certificate.py FILE.crt FILE.key NAME

NAME is the host name by which clients know the server.
"""

import os
import sys
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def main() -> None:
    certificate_file, key_file, host = sys.argv[1:]
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(f"CN={host}")
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    with open(certificate_file, "wb") as file:
        file.write(certificate.public_bytes(Encoding.PEM))
    # PostgreSQL refuses a key that others may read.
    with open(os.open(key_file, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


if __name__ == "__main__":
    main()

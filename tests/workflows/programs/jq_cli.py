"""`jq`, for tests on machines that do not have it: the library, with the options that the workflows use."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import jq


def main() -> None:
    """Puts files, or the standard input, through a filter."""
    parser = argparse.ArgumentParser(prog="jq")
    parser.add_argument("--raw-output", action="store_true")
    parser.add_argument("--compact-output", action="store_true")
    parser.add_argument("--slurp", action="store_true")
    parser.add_argument("filter")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    content = "".join(file.read_text() for file in options.files) if options.files else sys.stdin.read()
    for value in jq.compile(options.filter).input_text(content, slurp=options.slurp).all():
        print(value if options.raw_output and isinstance(value, str) else json.dumps(value))


if __name__ == "__main__":
    main()

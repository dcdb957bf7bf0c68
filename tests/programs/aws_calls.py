"""Tells which calls of the AWS command line could not be made: a command that there is not, an argument that is unknown,
missing, or of another form than AWS has it. Each goes as far as to its first request, which is not sent.

Usage: aws_calls.py < CALLS, a list of lines in JSON; prints those that are wrong, with the reason, in JSON
"""

import contextlib
import io
import json
import re
import shlex
import sys
from typing import Any

from awscli.clidriver import create_clidriver


class Client:
    """The command line, whose requests are not sent."""

    def __init__(self) -> None:
        self.driver, self.requests = create_clidriver(), 0
        self.driver.session.register("before-call", self.request)

    def request(self, **_: Any) -> None:
        """Ends the call."""
        self.requests += 1
        raise InterruptedError

    def problem(self, line: str) -> str | None:
        """What is wrong with a call. What a shell would put in for a variable is a word, and a file is an object."""
        line = re.sub(r"\$(\w+|{[^}]+})", "123456789012", re.sub(r"file://[^\s\"]+", "{}", line))
        said, before = io.StringIO(), self.requests
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            self.driver.main(shlex.split(line)[1:])
        return None if self.requests > before else said.getvalue().strip()[-500:] or "it requests nothing"


def main() -> None:
    """Reads the calls, and prints those that are wrong."""
    client = Client()
    problems = {line: client.problem(line) for line in json.load(sys.stdin)}
    json.dump({line: told for line, told in problems.items() if told}, sys.stdout)


if __name__ == "__main__":
    main()

"""The environment that the settings read, and one error for all that is wrong with it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


class Environment:
    """Reads variables and goes on after one that is missing or wrong, so that `check` can tell all of them at once.

    While the image is built, which `BUILDING` says, there are no variables yet, and nothing is wrong.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.building = "BUILDING" in variables
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        value = self.variables.get(name, "")
        if not value:
            self._problem(f"`{name}` is not set")
        return value

    def words(self, name: str) -> list[str]:
        """A list with commas."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def flag(self, name: str) -> bool:
        value = self.text(name)
        if value not in ("", "0", "1"):
            self._problem(f"`{name}` must be `0` or `1`")
        return value == "1"

    def number(self, name: str) -> int:
        value = self.text(name)
        if value and not (value.isascii() and value.isdigit()):
            self._problem(f"`{name}` must be a number")
            return 0
        return int(value or 0)

    def redis(self, name: str) -> str:
        """The address of a Redis or Valkey. It has a password, and no error shows it."""
        value = self.text(name)
        if value and urlsplit(value).scheme not in ("redis", "rediss"):
            self._problem(f"`{name}` must begin with `redis://` or `rediss://`")
        return value

    def check(self) -> None:
        if self.problems:
            raise ImproperlyConfigured("the environment is not complete: " + ", ".join(self.problems))

    def _problem(self, problem: str) -> None:
        if not self.building:
            self.problems.append(problem)

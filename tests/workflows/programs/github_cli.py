"""GitHub's command line, for tests: `gh api`, on what a file has of the pull requests.

It has `pulls`, by number, as the API shows them, and `comments`, a list by number. A token may do what the job's
`permissions` say. As the API does, it answers lists page by page.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jq

BOT = {"login": "github-actions[bot]", "type": "Bot"}
# How many things a page has if nobody says, and at most.
PAGE, LARGEST = 30, 100


class Refused(Exception):
    """The API's answer, where it is an error."""


def granted() -> str:
    """What the token may do with pull requests."""
    tokens = Path(os.environ["FAKE_GITHUB_TOKENS"]).read_text().splitlines()
    grants = {each["token"]: each["permissions"] for each in map(json.loads, tokens)}
    if os.environ.get("GH_TOKEN") not in grants:
        raise Refused("Bad credentials (HTTP 401)")
    return str(grants[os.environ["GH_TOKEN"]].get("pull-requests", "none"))


def answer(store: dict[str, Any], method: str, path: str, fields: dict[str, str]) -> Any:
    """Carries out a call."""
    needed = "read" if method == "GET" else "write"
    if granted() not in {"write", needed}:
        raise Refused("Resource not accessible by integration (HTTP 403)")
    repository = f"repos/{os.environ['GITHUB_REPOSITORY']}/"
    what = path.removeprefix(repository)
    comments = store.setdefault("comments", {})
    match [method, *what.split("/")]:
        case ["GET", "pulls", number] if number in store["pulls"]:
            return store["pulls"][number]
        case ["GET", "issues", number, "comments"]:
            return comments.get(number, [])
        case ["POST", "issues", number, "comments"]:
            made = {"id": 1 + sum(map(len, comments.values())), "user": BOT, "body": fields["body"]}
            comments.setdefault(number, []).append(made)
            return made
        case ["PATCH", "issues", "comments", identifier]:
            for comment in (each for all_of in comments.values() for each in all_of):
                if str(comment["id"]) == identifier and comment["user"] == BOT:
                    return comment.update(fields) or comment
    raise Refused("Not Found (HTTP 404)")


def pages(answered: Any, query: str, every: bool) -> list[Any]:
    """The pages that are asked for: all, or the first."""
    if not isinstance(answered, list):
        return [answered]
    size = min(int(parse_qs(query).get("per_page", [PAGE])[0]), LARGEST)
    found = [answered[at : at + size] for at in range(0, len(answered), size)] or [[]]
    return found if every else found[:1]


def main() -> None:
    """Answers a call, and keeps what it changes."""
    parser = argparse.ArgumentParser(prog="gh")
    parser.add_argument("command", choices=["api"])
    parser.add_argument("path")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--paginate", action="store_true")
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--raw-field", action="append", default=[], type=lambda field: field.split("=", 1))
    parser.add_argument("--jq", default=".")
    options = parser.parse_args()
    path, _, query = options.path.partition("?")
    file = Path(os.environ["FAKE_GITHUB"])
    store = json.loads(file.read_text())
    try:
        answered = answer(store, options.method, path, dict(options.raw_field))
    except Refused as refusal:
        print(json.dumps({"message": str(refusal)}))
        sys.exit(f"gh: {refusal}")
    file.write_text(json.dumps(store))
    if options.silent:
        return
    for page in pages(answered, query, options.paginate):
        for value in jq.compile(options.jq).input_value(page).all():
            print(value if isinstance(value, str) else json.dumps(value))


if __name__ == "__main__":
    main()

"""The components of `program.json` beside this file, as the schema names them: no SDK has a say.

`{"component": NAME}` stands for a component that comes before, `{"outputsOf": NAME}` for what a base hands on.
"""

import json
from pathlib import Path
from typing import Any

import pulumi

made: dict[str, Any] = {}


def given(value: Any) -> Any:
    """What stands for another component, and everything else as it is."""
    match value:
        case {"component": name}:
            return made[name]
        case {"outputsOf": name}:
            return made[name].outputs
    return value


program = json.loads(Path(__file__).with_name("program.json").read_text(encoding="utf-8"))
for name, each in program.items():
    inputs = {key: given(value) for key, value in each["inputs"].items()}
    # A component has the outputs that are named among its inputs.
    made[name] = pulumi.ComponentResource(each["type"], name, {"outputs": None, **inputs}, remote=True)

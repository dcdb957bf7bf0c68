"""A notebook about a journey, a note beside it, and what somebody else wrote."""

import pulumi
import pulumi_notes as notes

config = pulumi.Config()
folder = config.require("folder")

notebook = notes.Notebook(
    "journey",
    folder=folder,
    notes={
        "packing": "Boots, a map and a whistle.",
        "route": config.get("route") or "Over the pass, back by the lake.",
    },
)
sign = notes.Note("sign", path=f"{folder}/sign.txt", text=pulumi.Output.format("Read {0} first.", notebook.contents))

pulumi.export("words", notebook.words)
pulumi.export("contents", notes.read_note_output(path=notebook.contents).text)

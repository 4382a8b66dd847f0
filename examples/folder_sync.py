"""Keep an organization's playbooks, notes and secrets as a folder says, and show the plan first.

`python folder_sync.py FOLDER` prints the plan, and with `--apply` carries it out. Playbooks are
`playbooks/TITLE.md`; notes are `notes/NAME.md`, the first line their trigger; `secrets.txt` names
secrets, whose values are in the environment. What belongs to the enterprise is never touched.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

from devin_async import DevinClient

Step = tuple[str, Callable[[], Awaitable[object]]]


def texts(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted(folder.glob("*.md"))}


async def playbook_steps(devin: DevinClient, folder: Path) -> AsyncIterator[Step]:
    playbooks = devin.organization().playbooks
    wanted = texts(folder / "playbooks")
    there = {one.title: one async for one in playbooks.list() if one.access_type == "org"}
    for title, body in wanted.items():
        if (existing := there.get(title)) is None:
            yield f"create playbook {title}", partial(playbooks.create, title, body=body)
        elif existing.body != body:  # a replacement is whole, so what the folder lacks goes along
            change = partial(playbooks.replace, existing.playbook_id, title=title, body=body)
            change = partial(change, structured_output_schema=existing.structured_output_schema)
            yield f"change playbook {title}", partial(change, macro=existing.macro)
    for title in there.keys() - wanted.keys():
        yield f"delete playbook {title}", partial(playbooks.delete, there[title].playbook_id)


async def note_steps(devin: DevinClient, folder: Path) -> AsyncIterator[Step]:
    notes = devin.organization().knowledge
    wanted = {name: text.partition("\n")[::2] for name, text in texts(folder / "notes").items()}
    there = {one.name: one async for one in notes.list() if one.access_type == "org"}
    for name, (trigger, body) in wanted.items():
        if (existing := there.get(name)) is None:
            yield f"create note {name}", partial(notes.create, name, body=body, trigger=trigger)
        elif (existing.trigger, existing.body) != (trigger, body):
            change = partial(notes.replace, existing.note_id, name=name, body=body, trigger=trigger)
            yield f"change note {name}", partial(change, pinned_repo=existing.pinned_repo)
    for name in there.keys() - wanted.keys():
        yield f"delete note {name}", partial(notes.delete, there[name].note_id)


async def secret_steps(devin: DevinClient, folder: Path) -> AsyncIterator[Step]:
    secrets, file = devin.organization().secrets, folder / "secrets.txt"
    there = {one.key async for one in secrets.list()}
    for name in file.read_text().split() if file.exists() else []:
        if name not in there:
            yield f"create secret {name}", partial(secrets.create, name, os.environ[name])


async def main(folder: Path, *, apply: bool) -> None:
    async with DevinClient() as devin:
        for steps in (playbook_steps, note_steps, secret_steps):
            for words, step in [one async for one in steps(devin, folder)]:
                print(words if apply else f"would {words}")
                if apply:
                    await step()


asyncio.run(main(Path(sys.argv[1]), apply="--apply" in sys.argv))

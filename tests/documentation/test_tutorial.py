"""docs/tutorial.md, as a first-time user follows it: files saved, commands typed, in its order."""

import asyncio
import os
import re
import sys

from doc_pages import DOCS, ROOT, blocks_of, in_sandbox, run

TUTORIAL = DOCS / "tutorial.md"
FILES = {block.split()[1]: block for block in blocks_of(TUTORIAL)}
INSTALL, *COMMANDS, REAL = blocks_of(TUTORIAL, "sh")
SCREENS = blocks_of(TUTORIAL, "text")


async def typed(command, folder):
    """Type a command of the tutorial; `devin-async sandbox` is the sandbox of this checkout."""
    program, subcommand, *rest = command.split()
    assert (program, subcommand) == ("devin-async", "sandbox")
    split = rest.index("--")
    options, (python, *arguments) = rest[:split], rest[split + 1 :]
    assert python == "python"
    for name, block in FILES.items():
        (folder / name).write_text(block)
    path = os.pathsep.join([str(ROOT), str(folder)])
    return await run(
        *(*in_sandbox(*options), sys.executable, *arguments), folder=folder, PYTHONPATH=path
    )


def test_it_installs_what_the_readme_installs():
    readme = (ROOT / "README.md").read_text()
    assert INSTALL.splitlines()[-1].removeprefix("pip install") in readme
    assert INSTALL.splitlines()[:2] == ["python3 -m venv .venv", ". .venv/bin/activate"]


def test_each_file_that_is_run_was_shown():
    run_files = re.findall(r"python (\w+\.py)", "".join([*COMMANDS, REAL]))
    assert set(run_files) == set(FILES)


async def test_its_commands_do_what_the_page_shows(tmp_path_factory):
    first, fan_out, rehearsal = await asyncio.gather(
        *(typed(command, tmp_path_factory.mktemp("tutorial")) for command in COMMANDS)
    )
    assert first == (0, SCREENS[0], "")
    assert rehearsal == (0, SCREENS[2], "")
    assert (fan_out.code, fan_out.errors) == (0, "")
    assert fan_out.output.count(" started devin-") == 5
    assert fan_out.output.count("/sessions answered 403: ") == 1


def test_it_is_five_minutes_long():
    # 200 words a minute, code included, is slow reading.
    assert len(TUTORIAL.read_text().split()) < 5 * 200

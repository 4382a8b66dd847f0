"""`devin-async demo` and `sandbox`, run as a user does."""

import asyncio
import json
import os
import re
import signal
import sys

from integration_programs import (
    COMMAND,
    DEVIN_ASYNC,
    ROOT,
    devin_async,
    ended,
    environment,
    fork,
    in_a_terminal,
    plain,
    run,
    type_ctrl_c,
)

SMALL = ("demo", "--organizations", "9", "--audit-logs", "6000")


async def test_the_demo_prints_plain_lines_where_there_is_no_terminal():
    code, output, errors = await devin_async("demo", "--audit-logs", "30000")
    assert (code, errors) == (0, "")
    assert "\x1b" not in output
    assert output.count(": started devin-") == 47
    assert output.count(": FAILED (rejected), ") == 2
    assert output.count(": FAILED (unknown), ") == 1
    assert re.search(r"^2,\d{3} audit logs on 12 pages; ", output, re.MULTILINE)
    assert "48 sessions were created since the demo began, 1 of them with an unknown" in output
    assert "50 POST requests, 0 of them repeats; " in output
    assert output.count(" ACUs\n") == 50


async def test_the_demo_prints_json_lines_for_machines():
    code, output, errors = await devin_async(*SMALL, "--json")
    lines = [json.loads(line) for line in output.splitlines()]
    kinds = [line["kind"] for line in lines]
    assert (code, errors) == (0, "")
    assert kinds == [
        *("identity", "organizations"),
        *["outcome"] * 9,
        "audit_logs",
        *["consumption"] * 9,
        "summary",
    ]
    results = sorted(line["result"] for line in lines if line["kind"] == "outcome")
    assert results == ["rejected", *["started"] * 7, "unknown"]
    assert lines[-1]["posts"] == 9
    assert lines[-1]["posts_repeated"] == 0


async def test_the_demo_on_a_terminal_draws_progress_and_leaves_tables_and_bars():
    code, output, _ = await in_a_terminal(*SMALL)
    shown = plain(output)
    assert code == 0
    assert "health check ━" in shown
    assert "audit logs ━" in shown
    after = shown[shown.rindex("A session in each of 9 organizations, 16 at a time") :]
    assert "502 Bad gateway; it may have been done" in after
    assert "7 started, 1 rejected, 1 unknown; " in after
    assert re.search(r"^Birch Platform +━+ +\d+\.\d\d$", after, re.MULTILINE)
    assert max(map(len, after.splitlines())) <= 80


async def test_ctrl_c_ends_the_demo_with_what_was_done():
    code, output, _ = await in_a_terminal(
        "demo", "--organizations", "1000", when=(r"\d\d of 1,?000", type_ctrl_c)
    )
    shown = plain(output)
    assert code == 130
    assert shown.endswith("devin-async: interrupted\n")
    assert re.search(r"\d+ started, .*\d cut off, their outcome is unknown, \d+ not\s+begun", shown)
    assert "Traceback" not in shown


async def test_an_interrupted_demo_without_a_terminal_says_what_was_done():
    process = await fork(COMMAND, "demo", "--organizations", "1000", **environment())
    while b"started devin-" not in (line := await process.stdout.readline()):
        assert line
    process.send_signal(signal.SIGINT)
    code, output, errors = await ended(process)
    assert (code, errors) == (130, "devin-async: interrupted\n")
    last = output.splitlines()[-1]
    counts = re.findall(r"(\d+) (started|rejected|unknown|cut off|not begun)", last)
    assert {"started", "not begun"} <= {word for _, word in counts}
    assert sum(int(count) for count, _ in counts) == 1000


async def test_a_reader_that_leaves_early_ends_the_demo_in_silence():
    reading, writing = os.pipe()
    process = await fork(COMMAND, *SMALL, **environment(), stdout=writing)
    os.close(writing)
    first = await asyncio.to_thread(os.read, reading, 5)
    os.close(reading)
    _, errors = await process.communicate()
    assert (first, process.returncode, errors) == (b"I am ", 141, b"")


async def test_a_reader_that_leaves_early_ends_the_help_in_silence():
    shell = '"$@" --help | head -1; echo ${PIPESTATUS[0]}'
    end = await run("bash", "-c", shell, "bash", *DEVIN_ASYNC, **environment())
    assert end.errors == ""
    assert end.output.splitlines()[0] == "Usage: devin-async COMMAND"
    assert end.output.splitlines()[1] in {"0", "141"}  # as the two happen to meet


def test_the_picture_of_the_demo_is_small_and_loads_nothing():
    picture = (ROOT / "docs" / "images" / "demo.svg").read_text()
    assert len(picture) < 100_000
    assert "url(http" not in picture
    assert "@font-face" not in picture


async def test_a_command_finds_the_sandbox_and_gives_its_exit_code():
    program = "import os, sys; print(os.environ['DEVIN_BASE_URL'], sys.argv[1:]); sys.exit(5)"
    command = (sys.executable, "-c", program, "--port", "--help", "--version")
    code, output, errors = await devin_async("sandbox", "--organizations", "1", "--", *command)
    assert (code, errors) == (5, "")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+ \['--port', '--help', '--version'\]\n", output)


async def test_the_sandbox_serves_until_it_is_told_to_stop():
    process = await fork(COMMAND, "sandbox", "--seed", "3", **environment())
    lines = [(await process.stdout.readline()).decode() for _ in range(2)]
    settings = dict(line.strip().split(": ") for line in lines)
    where = {"DEVIN_BASE_URL": settings["Base URL"], "DEVIN_API_KEY": settings["Token"]}
    answer = await devin_async("whoami", **where)
    process.send_signal(signal.SIGINT)
    code, _, errors = await ended(process)
    assert (answer.code, code, errors) == (0, 0, "")


async def test_a_port_that_is_taken_is_one_line():
    process = await fork(COMMAND, "sandbox", **environment())
    port = (await process.stdout.readline()).decode().strip().rpartition(":")[2]
    second = await devin_async("sandbox", "--port", port)
    process.terminate()
    await ended(process)
    assert (second.code, second.output, second.errors.count("\n")) == (1, "", 1)
    assert port in second.errors

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import warning_filters
from forked import run_python, start_python

MODULE = ("-m", "devin_async.sandbox")
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": warning_filters.PYTHONWARNINGS, "PYTHONDEVMODE": "1"}


def run(*arguments):
    """Run it as a user does, in Python's development mode."""
    return subprocess.run(
        [sys.executable, *MODULE, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )


async def run_forked(*arguments):
    return await run_python(*MODULE, *arguments, folder=Path.cwd(), environment=ENVIRONMENT)


def python(*lines):
    return [sys.executable, "-c", "\n".join(lines)]


def test_a_command_finds_the_sandbox_in_its_environment():
    program = python(
        "import os, urllib.request as r",
        "def get(path):",
        "    q = r.Request(os.environ['DEVIN_BASE_URL'] + path)",
        "    q.add_header('Authorization', 'Bearer ' + os.environ['DEVIN_API_KEY'])",
        "    return r.urlopen(q).read().decode()",
        "print(get('/v3/self'))",
        "print(get('/v3/organizations/' + os.environ['DEVIN_ORG_ID'] + '/sessions'))",
    )
    done = run("--organizations", "2", "--sessions", "4", "--", *program)
    assert done.stderr == ""
    me, sessions = map(json.loads, done.stdout.splitlines())
    assert (me["principal_type"], len(sessions["items"])) == ("service_user", 4)


@pytest.mark.parametrize("code", [0, 3])
async def test_the_exit_code_of_the_command_is_returned(code):
    assert (await run_forked("--", *python(f"raise SystemExit({code})")))[0] == code


async def test_a_command_ended_by_a_signal_gives_128_and_its_number():
    program = python("import os, signal", "os.kill(os.getpid(), signal.SIGKILL)")
    assert (await run_forked("--", *program))[0] == 128 + signal.SIGKILL


async def test_an_unknown_command_gives_127_and_one_line():
    code, _, errors = await run_forked("--", "no-such-command")
    assert (code, errors) == (127, "devin_async.sandbox: no-such-command: not found\n")


async def test_an_empty_command_is_a_usage_error():
    assert (await run_forked("--"))[0] == 2


async def test_nonsense_options_are_reported_in_one_line():
    code, _, errors = await run_forked("--organizations", "1", "--failing-organizations", "2")
    assert (code, errors.count("\n")) == (1, 1)


async def test_signals_are_forwarded_to_the_command():
    program = python(
        "import signal, sys, time",
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))",
        "print('ready', flush=True)",
        "time.sleep(600)",
    )
    process = await start_python(
        *MODULE, "--", *program, folder=Path.cwd(), environment=ENVIRONMENT
    )
    assert await process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    await process.communicate()
    assert process.returncode == 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_prints_how_to_reach_it_and_ends_cleanly(number):
    with subprocess.Popen(
        [sys.executable, *MODULE, "--port", "0", "--seed", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        lines = [process.stdout.readline().rstrip("\n") for _ in range(6)]
        url = lines[0].removeprefix("Base URL: ")
        token = lines[1].removeprefix("Token: ")
        assert lines[2:4] == [f"export DEVIN_BASE_URL={url}", f"export DEVIN_API_KEY={token}"]
        assert lines[4].startswith("export DEVIN_ORG_ID=org-")
        assert lines[5] == f"curl -H 'Authorization: Bearer {token}' {url}/v3/self"
        request = urllib.request.Request(url + "/v3/self")
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        process.send_signal(number)
        assert process.wait() == 0
        assert process.stderr.read() == ""


async def test_at_a_speed_time_passes_faster():
    program = python(
        "import json, os, urllib.request as r",
        "def ask(method, path, body=None):",
        "    q = r.Request(os.environ['DEVIN_BASE_URL'] + path, body, method=method)",
        "    q.add_header('Authorization', 'Bearer ' + os.environ['DEVIN_API_KEY'])",
        "    q.add_header('Content-Type', 'application/json')",
        "    return json.load(r.urlopen(q))",
        "path = '/v3/organizations/' + os.environ['DEVIN_ORG_ID'] + '/sessions'",
        "made = ask('POST', path, b'{\"prompt\": \"Work\"}')",
        "print(ask('GET', path + '/' + made['session_id'])['status'])",
    )
    assert (await run_forked("--", *program))[1] == "new\n"
    assert (await run_forked("--speed", "1e9", "--", *program))[1] == "suspended\n"
    assert (await run_forked("--speed", "0"))[0] == 1


async def test_a_share_of_faults_strikes_and_one_beyond_is_reported():
    program = python(
        "import os, urllib.error, urllib.request as r",
        "q = r.Request(os.environ['DEVIN_BASE_URL'] + '/v3/self')",
        "q.add_header('Authorization', 'Bearer ' + os.environ['DEVIN_API_KEY'])",
        "for _ in range(40):",
        "    try: print(r.urlopen(q).status)",
        "    except Exception as error: print(type(error).__name__)",
    )
    _, output, _ = await run_forked("--faults", "0.4", "--seed", "7", "--", *program)
    lines = output.split()
    assert lines.count("200") > 10
    assert "HTTPError" in lines
    assert (await run_forked("--faults", "1"))[0] == 1

import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest
import warning_filters

MODULE = [sys.executable, "-m", "devin_async.sandbox"]
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": warning_filters.PYTHONWARNINGS, "PYTHONDEVMODE": "1"}


def run(*arguments):
    return subprocess.run(
        [*MODULE, *arguments], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )


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
def test_the_exit_code_of_the_command_is_returned(code):
    assert run("--", *python(f"raise SystemExit({code})")).returncode == code


def test_a_command_ended_by_a_signal_gives_128_and_its_number():
    program = python("import os, signal", "os.kill(os.getpid(), signal.SIGKILL)")
    assert run("--", *program).returncode == 128 + signal.SIGKILL


def test_an_unknown_command_gives_127_and_one_line():
    done = run("--", "no-such-command")
    assert (done.returncode, done.stderr) == (
        127,
        "devin_async.sandbox: no-such-command: not found\n",
    )


def test_an_empty_command_is_a_usage_error():
    assert run("--").returncode == 2


def test_nonsense_options_are_reported_in_one_line():
    done = run("--organizations", "1", "--failing-organizations", "2")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_signals_are_forwarded_to_the_command():
    program = python(
        "import signal, sys, time",
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))",
        "print('ready', flush=True)",
        "time.sleep(600)",
    )
    with subprocess.Popen([*MODULE, "--", *program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_prints_how_to_reach_it_and_ends_cleanly(number):
    with subprocess.Popen(
        [*MODULE, "--port", "0", "--seed", "3"],
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


def test_at_a_speed_time_passes_faster():
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
    assert run("--", *program).stdout == "new\n"
    assert run("--speed", "1e9", "--", *program).stdout == "suspended\n"
    assert run("--speed", "0").returncode == 1


def test_a_share_of_faults_strikes_and_one_beyond_is_reported():
    program = python(
        "import os, urllib.error, urllib.request as r",
        "q = r.Request(os.environ['DEVIN_BASE_URL'] + '/v3/self')",
        "q.add_header('Authorization', 'Bearer ' + os.environ['DEVIN_API_KEY'])",
        "for _ in range(40):",
        "    try: print(r.urlopen(q).status)",
        "    except Exception as error: print(type(error).__name__)",
    )
    lines = run("--faults", "0.4", "--seed", "7", "--", *program).stdout.split()
    assert lines.count("200") > 10
    assert "HTTPError" in lines
    assert run("--faults", "1").returncode == 1

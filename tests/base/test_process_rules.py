"""How a process is known to have ended, though its id may be another one's by now."""

import os
import subprocess
import sys

import pytest

from devin_async.base.processes import has_ended, mark_of_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


def test_a_process_that_lives_has_not_ended():
    assert not has_ended(mark_of_process())


def test_a_process_whose_id_is_another_ones_has_ended():
    pid, start, world = mark_of_process().split(" ", 2)
    assert has_ended(f"{pid} {int(start) + 1} {world}")


def test_a_process_that_is_gone_or_is_not_fetched_yet_has_ended():
    program = "from devin_async.base.processes import mark_of_process as m; print(m())"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        mark = process.stdout.read().strip()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert has_ended(mark)
    assert has_ended(mark)


@pytest.mark.parametrize("mark", ["", "1", "1 2", "x 2 y", "1 2 another machine"])
def test_what_cannot_be_told_has_not_ended(mark):
    assert not has_ended(mark)

"""`devin_async.shutdown`: signals end a program as Ctrl-C does, and lose nothing."""

import copy
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from devin_async import Terminated, shutdown

PROGRAM = """
    import asyncio, os, signal, sys
    import devin_async

    async def main():
        {body}

    asyncio.run(main())
"""


def run(body, *, wrapper=()):
    lines = textwrap.indent(textwrap.dedent(body), " " * 8).strip()
    program = textwrap.dedent(PROGRAM).format(body=lines.replace("\n    ", "\n"))
    return subprocess.run(
        [*wrapper, sys.executable, "-c", program],
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_cancels_the_block_and_ends_the_program_with_its_code(name, code):
    end = run(
        f"""
        signal.signal(signal.{name}, signal.SIG_DFL)  # who runs the tests may ignore it
        with devin_async.shutdown():
            try:
                os.kill(os.getpid(), signal.{name})
                await asyncio.sleep(30)
            finally:
                print("closed")
        """
    )
    assert (end.returncode, end.stdout, end.stderr) == (code, "closed\n", "")


def test_what_is_to_finish_finishes_and_the_code_is_the_signal_s():
    end = run(
        """
        stop = asyncio.Event()
        with devin_async.shutdown(finish=stop.set) as ending:
            os.kill(os.getpid(), signal.SIGTERM)
            await stop.wait()
            print("finished", ending.received.name)
        """
    )
    assert (end.returncode, end.stdout, end.stderr) == (143, "finished SIGTERM\n", "")


def test_a_second_signal_cancels_what_does_not_finish():
    end = run(
        """
        def asked():
            print("asked")
            os.kill(os.getpid(), signal.SIGTERM)

        with devin_async.shutdown(finish=asked):
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                print("cancelled")
                raise
        """
    )
    assert (end.returncode, end.stdout, end.stderr) == (143, "asked\ncancelled\n", "")


def test_what_does_not_finish_in_its_time_is_cancelled():
    end = run(
        """
        with devin_async.shutdown(finish=lambda: None, grace=0.01):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(30)
        """
    )
    assert (end.returncode, end.stderr) == (143, "")


def test_a_signal_that_is_ignored_stays_ignored():
    end = run(
        """
        with devin_async.shutdown():
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0)
            print("goes on")
        """,
        wrapper=("nohup",),
    )
    assert (end.returncode, end.stdout) == (0, "goes on\n")


def test_a_task_of_the_block_goes_on_after_a_block_without_signals():
    end = run(
        """
        before = signal.getsignal(signal.SIGTERM)
        with devin_async.shutdown():
            await asyncio.sleep(0)
        print(signal.getsignal(signal.SIGTERM) is before)
        """
    )
    assert end.stdout == "True\n"


def test_the_end_by_a_signal_goes_from_one_process_to_another():
    for again in (pickle.loads(pickle.dumps(Terminated(15))), copy.copy(Terminated(15))):
        assert (type(again), again.code, again.signal) == (Terminated, 143, signal.SIGTERM)


def test_outside_a_loop_a_signal_ends_the_block():
    with pytest.raises(Terminated) as caught, shutdown():
        os.kill(os.getpid(), signal.SIGTERM)
    assert (caught.value.code, caught.value.signal) == (143, signal.SIGTERM)


def test_in_another_thread_nothing_changes():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work():
        with shutdown():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces of processes are Linux's")
def test_process_1_of_a_container_ends_at_sigterm_too():
    probe = subprocess.run(["unshare", "-rpf", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("this machine lets nobody make a namespace")
    end = run(
        """
        with devin_async.shutdown():
            print(os.getpid())
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(30)
            print("was ignored")
        """,
        wrapper=("unshare", "-rpf"),
    )
    assert (end.returncode, end.stdout) == (143, "1\n")

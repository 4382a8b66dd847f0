"""The server's clock, as it is seen on its answers."""

from email.utils import formatdate

import pytest
from clocks import UNIX_START
from inside import transport_of
from scripted_server import answer

from devin_async import NotFoundError
from devin_async.sandbox import ManualClock, Sandbox

AHEAD = "this machine's clock is 120 s ahead of the server's"


def dated(ahead):
    """Answer by a server whose clock is *ahead* seconds of where the fake one begins."""
    return answer(Date=formatdate(UNIX_START + ahead, usegmt=True))


@pytest.fixture
def warnings(caplog):
    """Give the warnings so far."""
    return lambda: [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]


async def test_until_an_answer_came_it_is_this_machines(devin, clock):
    assert transport_of(devin).open_clock.server_time() == clock.time()


async def test_after_an_answer_it_is_the_servers(devin, server, clock, warnings):
    server.script = [dated(-120)]
    await devin.request("GET", "/v3/thing")
    server_time = transport_of(devin).open_clock.server_time
    assert server_time() == pytest.approx(UNIX_START - 120, abs=1.0)
    clock.world.advance(50)
    assert server_time() == pytest.approx(UNIX_START - 70, abs=1.0)
    assert [one.startswith(AHEAD) for one in warnings()] == [True]


async def test_a_clock_that_is_wrong_is_told_once(devin, server, warnings):
    server.script = [dated(5.5)]
    for _ in range(3):
        await devin.request("GET", "/v3/thing")
    (warning,) = warnings()
    assert warning.startswith("this machine's clock is 6 s behind the server's")


@pytest.mark.parametrize("ahead", [-4, -1, 0, 1, 4])
async def test_less_than_five_seconds_are_not_told(devin, server, warnings, ahead):
    server.script = [dated(ahead)]
    await devin.request("GET", "/v3/thing")
    assert warnings() == []


async def test_an_error_of_the_server_tells_its_time_too(devin, server):
    server.script = [answer(404, Date=formatdate(UNIX_START + 900, usegmt=True))]
    with pytest.raises(NotFoundError):
        await devin.request("GET", "/v3/thing")
    server_time = transport_of(devin).open_clock.server_time()
    assert server_time == pytest.approx(UNIX_START + 900, abs=1.0)


async def test_the_sandbox_dates_its_answers_by_its_own_clock(connect, clock):
    world = ManualClock(clock.time() + 9000)
    async with Sandbox(clock=world) as sandbox:
        devin = connect(sandbox.url, key=sandbox.token)
        await devin.whoami()
        server_time = transport_of(devin).open_clock.server_time()
        assert server_time == pytest.approx(world.now(), abs=1.0)

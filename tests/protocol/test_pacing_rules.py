import pytest
from hypothesis import given
from hypothesis import strategies as st
from rate_limited_server import Simulation

from devin_async.protocol.pacing import Pacer, RetryBudget

WARM = 40  # seconds
loads = pytest.mark.parametrize(
    ("tasks", "latency"), [(16, 0.05), (64, 0.05), (64, 0.3), (256, 0.1), (1000, 0.3)]
)
retry_afters = pytest.mark.parametrize("retry_after", [None, 0, 1.0])


def simulate(tasks, latency, retry_after, *, rate=50, burst=10, seconds=120):
    simulation = Simulation(
        rate=rate, burst=burst, tasks=tasks, latency=latency, retry_after=retry_after, seed=7
    )
    return simulation.run(seconds)


@loads
@retry_afters
def test_after_warming_up_the_servers_limit_is_used(tasks, latency, retry_after):
    accepted, _ = simulate(tasks, latency, retry_after).between(WARM, 120)
    assert accepted > 0.85 * 50


@loads
@retry_afters
def test_after_warming_up_hardly_anything_is_rejected(tasks, latency, retry_after):
    _, rejected = simulate(tasks, latency, retry_after).between(WARM, 120)
    assert rejected < 0.02


@pytest.mark.parametrize("rate", [1, 5, 200])
def test_other_limits_are_found_too(rate):
    accepted, rejected = simulate(64, 0.1, None, rate=rate, seconds=300).between(150, 300)
    assert accepted > 0.7 * rate
    assert rejected < 0.25


def test_without_a_429_the_pacer_never_engages():
    simulation = simulate(64, 0.05, None, rate=1e9, burst=1e9, seconds=10)
    assert simulation.pacer.rate is None
    assert simulation.between(0, 10)[1] == 0.0


moments = st.floats(0, 1e6)


@given(st.lists(moments))
def test_without_a_429_nobody_waits(times):
    pacer = Pacer()
    for now in sorted(times):
        pacer.accepted(now, waited=False)
        assert pacer.wait(pacer.ticket(now), now) == 0.0


@given(st.floats(0.01, 60))
def test_a_retry_after_holds_everybody_up(asked):
    pacer = Pacer()
    early = pacer.ticket(0.0)
    pacer.limited(10.0, 9.0, asked)
    late = pacer.ticket(10.0)
    assert pacer.blocked_for(10.0) == pytest.approx(asked)
    assert pacer.wait(late, 10.0) >= asked * 0.999
    assert early == 0


def test_a_later_shorter_retry_after_does_not_shorten_an_earlier_one():
    pacer = Pacer()
    pacer.limited(10.0, 9.0, 30.0)
    pacer.limited(11.0, 9.0, 1.0)
    assert pacer.blocked_for(11.0) == 29.0


def test_the_first_429_halves_what_went_through_in_the_last_second():
    pacer = Pacer()
    for step in range(40):
        pacer.accepted(10 + step / 40, waited=False)
    pacer.limited(11.0, 10.9, None)
    assert pacer.rate == pytest.approx(20, abs=1)


def test_requests_that_were_on_their_way_make_the_rate_fall_once():
    pacer = Pacer()
    pacer.limited(10.0, 9.9, None)
    rate = pacer.rate
    for _ in range(100):
        pacer.limited(10.1, 9.95, None)
    assert pacer.rate == rate


def test_each_later_429_makes_the_rate_fall_by_a_fifth():
    pacer = Pacer()
    pacer.rate = 100.0
    pacer.limited(20.0, 19.0, None)
    assert pacer.rate == pytest.approx(80.0)


@given(st.lists(st.tuples(st.sampled_from(["ok", "limited"]), st.floats(0, 5)), max_size=80))
def test_the_rate_stays_positive_and_waits_stay_finite(steps):
    pacer, now = Pacer(), 0.0
    for kind, passed in steps:
        now += passed
        ticket = pacer.ticket(now)
        if kind == "ok":
            pacer.accepted(now, waited=True)
        else:
            pacer.limited(now, now, None)
        assert pacer.rate is None or pacer.rate >= 0.2
        assert 0 <= pacer.wait(ticket, now) < 1e6


@given(st.floats(1, 200), st.integers(1, 50))
def test_tickets_come_up_in_order_and_at_the_rate(rate, count):
    pacer = Pacer()
    pacer.rate = rate
    tickets = [pacer.ticket(0.0) for _ in range(count)]
    assert tickets == list(range(1, count + 1))
    assert pacer.wait(tickets[-1], (count - 1) / rate) == 0.0


@given(st.floats(1, 100), st.floats(0, 1000))
def test_a_wait_never_ends_after_the_turn(rate, ahead):
    pacer = Pacer()
    pacer.rate = rate
    for _ in range(int(ahead)):
        pacer.ticket(0.0)
    ticket = pacer.ticket(0.0)
    assert pacer.wait(ticket, 0.0) <= int(ahead) / rate + 1e-9


@given(st.floats(1, 100), st.sets(st.integers(1, 60)), st.floats(0, 70))
def test_who_is_behind_tickets_that_were_given_back_moves_up(rate, given_back, passed):
    pacer = Pacer()
    pacer.rate = rate
    tickets = [pacer.ticket(0.0) for _ in range(61)]
    now = passed / rate
    pacer.wait(tickets[-1], now)
    still_to_come = {ticket for ticket in given_back if ticket > passed + 1.001}
    for ticket in given_back:
        pacer.give_back(ticket)
    assert pacer.wait(tickets[-1], (60 - len(still_to_come)) / rate + 1e-6) == 0.0
    assert pacer.wait(tickets[-1], now) <= max(0, 60 - len(still_to_come) - passed) / rate + 1e-6


def test_tickets_given_back_save_up_nothing():
    pacer = Pacer()
    pacer.rate = 10.0
    for ticket in [pacer.ticket(0.0) for _ in range(100)]:
        pacer.give_back(ticket)
    now = 1000.0
    waits = [pacer.wait(pacer.ticket(now), now) for _ in range(3)]
    assert waits[0] == 0.0
    assert waits[1] > 0.05


def test_an_idle_client_saves_up_one_request_only():
    pacer = Pacer()
    pacer.rate = 10.0
    pacer.ticket(0.0)
    tickets = [pacer.ticket(1000.0) for _ in range(3)]
    waits = [pacer.wait(ticket, 1000.0) for ticket in tickets]
    assert waits[0] == 0.0
    assert waits[1] > 0.05


def repeats_allowed(requests, tries, now=5.0):
    budget = RetryBudget()
    for _ in range(requests):
        budget.request(now)
    return sum(budget.allows_repeat(now) for _ in range(tries))


@pytest.mark.parametrize(
    ("requests", "allowed"), [(0, 10), (1, 10), (50, 10), (51, 10), (100, 20), (1000, 200)]
)
def test_a_fifth_of_the_requests_may_be_repeated_and_always_ten(requests, allowed):
    assert repeats_allowed(requests, 1000) == allowed


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 1e6))
def test_a_budget_is_never_overdrawn(requests, tries, now):
    assert repeats_allowed(requests, tries, now) <= max(10, requests // 5)


def test_a_spent_budget_comes_back_with_time():
    budget = RetryBudget()
    spent = [budget.allows_repeat(9.0) for _ in range(11)]
    assert spent == [True] * 10 + [False]
    assert budget.allows_repeat(10.5) is False
    assert budget.allows_repeat(30.0) is True


@given(st.lists(st.floats(0, 3), min_size=1, max_size=300))
def test_in_any_outage_repeats_stay_a_share_of_the_requests(pauses):
    budget, now, repeats = RetryBudget(), 0.0, 0
    for pause in pauses:
        now += pause
        budget.request(now)
        repeats += sum(budget.allows_repeat(now) for _ in range(4))
    assert repeats <= len(pauses) * 0.2 + 10 * (now / 10 + 2)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.pacing import RAISED, STEADY, ServerLimit, Simulation
from devin_async.protocol.pacing import Pacer, RetryBudget

WARM = 40  # seconds
loads = pytest.mark.parametrize(
    ("tasks", "latency"), [(16, 0.05), (64, 0.05), (64, 0.3), (256, 0.1), (1000, 0.3)]
)
retry_afters = pytest.mark.parametrize("retry_after", [None, "exact", 1.0])


def simulate(tasks, latency, retry_after, *, rate=50, burst=0.2, seconds=120):
    limit = ServerLimit(lambda _: rate, burst, retry_after)
    return Simulation(limit, tasks=tasks, latency=latency, seed=7).run(seconds)


def engaged(rate, now=0.0):
    """Give a pacer that a first 429 has set to *rate*."""
    pacer = Pacer()
    for step in range(int(2 * rate)):
        pacer.accepted(now + step / (4 * rate), waited=False)
    pacer.limited(now + 0.5, now + 0.4, None)
    assert pacer.rate == pytest.approx(rate, abs=1.0)
    return pacer


@loads
@retry_afters
def test_after_warming_up_the_servers_limit_is_used(tasks, latency, retry_after):
    simulation = simulate(tasks, latency, retry_after)
    assert simulation.used(WARM, 120) > 0.85
    assert simulation.refused_share(WARM, 120) < 0.02


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("steady", STEADY, ids=lambda one: one.name)
def test_a_steady_limit_is_used_and_shared_fairly(steady, seed):
    simulation = steady.run(seed=seed)
    assert simulation.used(60, 120) >= steady.least_used
    assert simulation.refused_share(60, 120) <= steady.most_refused
    assert simulation.least_share() >= 0.5


@pytest.mark.parametrize("raised", RAISED, ids=lambda one: one.name)
def test_a_limit_that_is_raised_is_used_soon(raised):
    assert raised.seconds() <= raised.within


def test_a_limit_that_falls_is_followed():
    limit = ServerLimit(lambda now: 100 if now < 40 else 10)
    simulation = Simulation(limit).run(120)
    assert simulation.used(45, 120) >= 0.95
    assert simulation.refused_share(60, 120) <= 0.025


@pytest.mark.parametrize("rate", [1, 5, 200])
def test_other_limits_are_used_too(rate):
    simulation = simulate(64, 0.1, None, rate=rate, seconds=300)
    assert simulation.used(150, 300) > 0.7
    assert simulation.refused_share(150, 300) < 0.1


def test_without_a_429_the_pacer_never_engages():
    simulation = simulate(64, 0.05, None, rate=1e9, burst=1.0, seconds=10)
    assert simulation.pacer.rate is None
    assert simulation.refused_share(0, 10) == 0.0


def refused_for_a_minute():
    pacer = Pacer()
    for step in range(120):
        pacer.limited(step / 2, step / 2, None)
    return pacer


def test_a_minute_of_nothing_but_429_leaves_the_slowest_pace():
    assert refused_for_a_minute().rate == 0.2


@pytest.mark.parametrize("idle", [61, 600, 86_400])
def test_idle_time_opens_the_rate_again(idle):
    pacer = refused_for_a_minute()
    now = 60.0 + idle
    assert [pacer.wait(pacer.ticket(now), now) for _ in range(100)] == [0.0] * 100


def test_after_a_minute_without_use_calls_that_nothing_held_up_end_the_pace():
    pacer = engaged(10)
    for second in range(1, 70):
        assert pacer.wait(pacer.ticket(second), second) == 0.0
        pacer.accepted(second, waited=False)
    assert pacer.rate is None


def test_a_server_that_answers_again_is_soon_used_as_before():
    limit = ServerLimit(lambda now: 1e-9 if 40 <= now < 100 else 20)
    simulation = Simulation(limit).run(160)
    assert simulation.used(130, 160) >= 0.9


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


def test_no_turn_comes_up_while_a_retry_after_holds_everybody_up():
    pacer = engaged(10)
    pacer.limited(0.6, 0.4, 2.0)
    *_, last = [pacer.ticket(0.6) for _ in range(20)]
    assert pacer.wait(last, 0.6) == pytest.approx(2.0 + pacer.wait(last, 2.6))
    assert pacer.wait(last, 2.6) > 1.0


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


def test_after_the_first_429_the_rate_lingers_at_most_of_what_went_through():
    pacer = Pacer()
    for step in range(40):
        pacer.accepted(10 + step / 40, waited=False)
    pacer.limited(11.0, 10.9, None)
    pacer.accepted(11.0, waited=True)
    pacer.ticket(15.65)
    assert pacer.rate == pytest.approx(0.85 * 40, abs=1)


def test_what_was_on_its_way_at_the_first_429_counts_too():
    pacer = Pacer()
    pacer.limited(11.0, 10.9, 30.0)
    for step in range(40):
        pacer.accepted(11 + step / 1000, waited=False)
    assert pacer.rate == pytest.approx(20, abs=1)


def test_requests_that_were_on_their_way_make_the_rate_fall_once():
    pacer = Pacer()
    pacer.limited(10.0, 9.9, None)
    rate = pacer.rate
    for _ in range(100):
        pacer.limited(10.1, 9.95, None)
    assert pacer.rate == rate


def test_what_the_pace_before_a_fall_still_meets_makes_no_second_one():
    pacer = engaged(50)
    pacer.limited(2.0, 0.8, None)  # it was sent within half a second of the fall, at 0.5
    pacer.limited(2.1, 1.5, None)  # sent before that answer told that nothing is left yet
    assert pacer.rate == 50.0
    pacer.limited(2.6, 2.1, None)
    assert pacer.rate < 50.0


def test_a_handful_of_answers_right_after_a_pause_is_no_higher_limit():
    def rate_after(seconds):
        pacer = engaged(50)
        pacer.limited(10.0, 9.9, 5.0)
        for step in range(10):
            pacer.accepted(15.0 + seconds * step / 10, waited=True)
        pacer.limited(15.0 + seconds, 15.0, 5.0)
        return pacer.rate

    assert rate_after(0.01) == pytest.approx(rate_after(0.5), rel=0.05)


def test_a_later_429_makes_the_rate_fall_but_not_far_below_what_went_through():
    pacer = engaged(100)
    for step in range(1, 400):
        pacer.accepted(0.5 + step / 80, waited=True)
    pacer.wait(pacer.ticket(5.5), 5.5)
    before = pacer.rate
    pacer.limited(5.5, 5.4, None)
    assert 0.9 * 80 <= pacer.rate < before


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
def test_who_is_behind_tickets_that_were_given_back_moves_up(rate, returned, passed):
    pacer = Pacer()
    pacer.rate = rate
    tickets = [pacer.ticket(0.0) for _ in range(61)]
    now = passed / rate
    pacer.wait(tickets[-1], now)
    still_to_come = {ticket for ticket in returned if ticket > passed + 1.001}
    for ticket in returned:
        pacer.give_back(ticket)
    assert pacer.wait(tickets[-1], (60 - len(still_to_come)) / rate + 1e-6) == 0.0
    assert pacer.wait(tickets[-1], now) <= max(0, 60 - len(still_to_come) - passed) / rate + 1e-6


def test_tickets_given_back_save_up_nothing():
    pacer = engaged(10)
    for ticket in [pacer.ticket(0.5) for _ in range(100)]:
        pacer.give_back(ticket)
    now = 1.0
    waits = [pacer.wait(pacer.ticket(now), now) for _ in range(3)]
    assert waits[0] == 0.0
    assert waits[1] > 0.02


def test_an_idle_client_saves_up_one_request_only():
    pacer = engaged(10)
    pacer.ticket(0.5)
    tickets = [pacer.ticket(1.5) for _ in range(3)]
    waits = [pacer.wait(ticket, 1.5) for ticket in tickets]
    assert waits[0] == 0.0
    assert waits[1] > 0.02


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


def test_after_a_window_without_calls_the_budget_is_whole_again():
    budget = RetryBudget()
    assert [budget.allows_repeat(9.0) for _ in range(11)][-1] is False
    assert [budget.allows_repeat(20.0) for _ in range(11)] == [True] * 10 + [False]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=300))
def test_in_any_outage_repeats_stay_a_share_of_the_requests(pauses):
    budget, now, repeats = RetryBudget(), 0.0, 0
    for pause in pauses:
        now += pause
        budget.request(now)
        repeats += sum(budget.allows_repeat(now) for _ in range(4))
    assert repeats <= len(pauses) * 0.2 + 10 * (now / 10 + 2)

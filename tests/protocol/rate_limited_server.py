"""A server that allows so many requests a second, and tasks that use it through a pacer: no I/O."""

import heapq
import itertools
import random
from collections import Counter

from devin_async.protocol.pacing import Pacer


class TokenBucket:
    """The limit: *rate* requests a second, *burst* of them at once."""

    def __init__(self, rate, burst):
        self.rate, self.burst = rate, burst
        self.tokens, self.moment = burst, 0.0

    def take(self, now):
        self.tokens = min(self.burst, self.tokens + (now - self.moment) * self.rate)
        self.moment = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def seconds_to_next(self):
        return (1 - self.tokens) / self.rate


class Simulation:
    """Tasks that send one request after the other, as the transport would, in simulated time."""

    def __init__(self, *, rate, burst, tasks, latency, retry_after, seed):
        self.pacer = Pacer()
        self.now = 0.0
        self.answers = Counter()  # by (second, accepted)
        self._bucket = TokenBucket(rate, burst)
        self._random = random.Random(seed)
        self._latency = latency
        self._retry_after = retry_after
        self._order = itertools.count()
        self._agenda = []
        for task in range(tasks):
            self._at(task / 1000, self._start, 0)

    def _at(self, moment, step, *arguments):
        heapq.heappush(self._agenda, (moment, next(self._order), step, arguments))

    def run(self, seconds):
        while self._agenda[0][0] < seconds:
            self.now, _, step, arguments = heapq.heappop(self._agenda)
            step(*arguments)
        return self

    def _start(self, tries):
        ticket = self.pacer.ticket(self.now)
        self._wait(ticket, tries, waited=False)

    def _wait(self, ticket, tries, *, waited):
        wait = self.pacer.wait(ticket, self.now)
        if wait > 0:
            self._at(self.now + wait, lambda: self._wait(ticket, tries, waited=True))
        else:
            self._send(tries, waited=waited)

    def _send(self, tries, *, waited):
        half = self._latency * self._random.uniform(0.4, 0.6)
        self._at(self.now + half, self._arrive, tries, self.now, waited)

    def _arrive(self, tries, sent_at, waited):
        accepted = self._bucket.take(self.now)
        asked = None
        if not accepted and self._retry_after is not None:
            asked = self._retry_after or self._bucket.seconds_to_next()
        half = self._latency * self._random.uniform(0.4, 0.6)
        self._at(self.now + half, self._answered, accepted, asked, (tries, sent_at, waited))

    def _answered(self, accepted, asked, request):
        tries, sent_at, waited = request
        self.answers[int(self.now), accepted] += 1
        if accepted:
            self.pacer.accepted(self.now, waited=waited)
            self._start(0)
            return
        self.pacer.limited(self.now, sent_at, asked)
        backoff = self._random.uniform(0, min(30.0, 0.5 * 2**tries))
        self._at(self.now + (backoff if asked is None else 0.0), self._start, tries + 1)

    def between(self, first, last):
        """Give the accepted requests a second, and the share that was rejected."""
        accepted = sum(self.answers[second, True] for second in range(first, last))
        rejected = sum(self.answers[second, False] for second in range(first, last))
        return accepted / (last - first), rejected / (accepted + rejected)

"""What tests reach for inside a client, in one place."""

from devin_async import DevinClient
from devin_async.base.clock import Clock


def transport_of(devin: DevinClient):
    """Give the transport, opened."""
    return devin._pool.transport()


def caller_of(devin: DevinClient):
    """Give what the methods of a resource send by."""
    return devin._caller


def live_in(devin: DevinClient, clock: Clock) -> DevinClient:
    """Let the client wait by *clock*."""
    transport_of(devin).lifetime.clock = clock
    return devin

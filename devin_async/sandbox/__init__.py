"""An embedded server that speaks the Devin API well enough for clients written by anybody."""

from devin_async.sandbox.base.clock import Clock, ManualClock, WallClock
from devin_async.sandbox.sandbox import Sandbox
from devin_async.sandbox.serving.fault_kinds import make_fault
from devin_async.sandbox.serving.faults import Fault
from devin_async.sandbox.serving.rate_limit import RateLimit
from devin_async.sandbox.serving.recording import RecordedRequest
from devin_async.sandbox.world.access import PrincipalType

__all__ = [
    "Clock",
    "Fault",
    "ManualClock",
    "PrincipalType",
    "RateLimit",
    "RecordedRequest",
    "Sandbox",
    "WallClock",
    "make_fault",
]

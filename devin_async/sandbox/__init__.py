"""An embedded server that speaks the Devin API well enough for clients written by anybody."""

from .access import PrincipalType
from .clock import Clock, ManualClock, WallClock
from .fault_kinds import make_fault
from .faults import Fault
from .rate_limit import RateLimit
from .recording import RecordedRequest
from .sandbox import Sandbox

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

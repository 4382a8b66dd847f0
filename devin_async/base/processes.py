"""Which process it is: an id is used again after its end, so that the start belongs to it."""

import os
import sys
from pathlib import Path

__all__ = ["has_ended", "mark_of_process"]

_START = 19  # of what stands behind the name, which may hold spaces; proc_pid_stat(5), field 22


def mark_of_process() -> str:
    """Write down this process, so that `has_ended` knows it; empty where nothing tells."""
    start = _start_of(os.getpid())
    return "" if start is None else f"{os.getpid()} {start} {_world()}"


def has_ended(mark: str) -> bool:
    """Tell whether a process is known to have ended; not if it is of another world or machine."""
    pid, _, rest = mark.partition(" ")
    start, _, world = rest.partition(" ")
    if not pid.isdecimal() or not world or world != _world():
        return False
    return _start_of(int(pid)) != start


def _start_of(pid: int) -> str | None:
    """Return the start of a process in ticks since the boot; None if there is no such process."""
    if sys.platform != "linux":
        return None
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    is_over = fields[0] in {"Z", "X"}  # nobody has fetched its exit code yet
    return None if is_over else fields[_START]


def _world() -> str:
    """Name what a process id is unique in: a boot of a machine, and a namespace of it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""

"""The only package with network I/O: send, time out, retry, pace."""

from devin_async.transport.transport import Transport

__all__ = ["Transport"]

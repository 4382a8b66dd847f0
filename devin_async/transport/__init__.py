"""The only package with network I/O: send, time out, retry, pace; downloads load when used."""

from typing import TYPE_CHECKING

from devin_async.base.loading import loader_of
from devin_async.transport.transport import Transport

if TYPE_CHECKING:
    from devin_async.transport import downloads as downloads
else:
    __getattr__ = loader_of(__name__)

__all__ = ["Transport"]

"""Exports: a list of events as a file that survives any kill."""

from typing import TYPE_CHECKING

from devin_async.base.loading import loader_of

if TYPE_CHECKING:
    from devin_async.lists.export import manifest as manifest
    from devin_async.lists.export import run as run
else:
    __getattr__ = loader_of(__name__)

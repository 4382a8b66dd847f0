"""Decisions without I/O: what is sent, and what follows from what came.

What failures and dry runs need loads when it is used.
"""

from typing import TYPE_CHECKING

from devin_async.base.loading import loader_of

if TYPE_CHECKING:
    from devin_async.protocol import dry_run as dry_run
    from devin_async.protocol import problems as problems
    from devin_async.protocol import raising as raising
else:
    __getattr__ = loader_of(__name__)

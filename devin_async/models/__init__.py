"""The models: attrs classes, one module for each part of the API; what has no underscore is public.

An annotation says what the API promises. Where a server sends something else, the model is built
all the same: null, or nothing, gives a field its default, or None where it has none, and a value of
another type is kept as it came. Each such field is told once as drift; a client with `strict=True`
raises instead.
"""

from typing import TYPE_CHECKING

from devin_async.base.loading import loader_of

if TYPE_CHECKING:
    from devin_async.models import identity as identity
    from devin_async.models import session_insights as session_insights
else:
    __getattr__ = loader_of(__name__)

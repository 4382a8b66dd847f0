"""Who the key belongs to."""

from devin_async import dialect
from devin_async.calling import Resource
from devin_async.models.identity import Identity
from devin_async.protocol import Endpoint


class Self(Resource):
    """The caller."""

    GET = Endpoint("GET", "/v3/self", Identity, seed=dialect.SELF)

    async def get(self) -> Identity:
        """Tell who the key belongs to.

        `GET /v3/self`
        """
        return await self._call(self.GET)

"""Who the key belongs to."""

from devin_async.codec import v3beta1
from devin_async.models.identity import Identity
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class Self(Resource):
    """The caller."""

    GET = Endpoint(
        "GET",
        "/v3/self",
        Identity,
        v3beta1=Endpoint("GET", "/v3beta1/enterprise/self", Identity, dialect=v3beta1.SELF),
    )

    async def get(self) -> Identity:
        """Tell who the key belongs to.

        `GET /v3/self`
        """
        return await self._call(self.GET)

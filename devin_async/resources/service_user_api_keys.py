"""API keys of a service user of the enterprise."""

from typing import Literal

from devin_async.base.arguments import check_ids, check_text
from devin_async.base.times import When, to_seconds
from devin_async.lists.pager import Pager
from devin_async.models.members import ApiKey, CreatedApiKey
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class ServiceUserApiKeys(Resource):
    """Reached as `devin.enterprise.service_user_api_keys`."""

    PATH = "/v3beta1/enterprise/service-users/{service_user_id}/api-keys"
    ROTATION = PATH + "/{api_key_id}/rotate"

    LIST = Endpoint("GET", PATH, ApiKey, "ManageAccountServiceUsers", paging="none")

    def list(
        self,
        service_user_id: str,
        *,
        status: Literal["active", "revoked", "expired", "all"] | None = None,
        limit: int | None = None,
    ) -> Pager[ApiKey]:
        """List a service user's keys without secrets, of one *status* or all; not paged by the API.

        `GET .../{service_user_id}/api-keys`, permission ManageAccountServiceUsers. Beta.
        """
        query = {"status": status}
        path = check_ids(service_user_id=service_user_id)
        return self._pager(self.LIST, {"limit": limit}, path=path, query=query)

    CREATE = Endpoint("POST", PATH, CreatedApiKey, "ManageAccountServiceUsers", body="json")

    async def create(
        self, service_user_id: str, name: str, *, expires_at: When | None = None
    ) -> CreatedApiKey:
        """Add a key to a service user; its secret comes with the answer, this once.

        Args:
            name: Its name, 1 to 256 characters.
            expires_at: Until when it is valid, an aware datetime or unix seconds (UTC).

        Raises:
            OutcomeUnknownError: It may have been made; look before repeating.

        `POST .../{service_user_id}/api-keys`, permission ManageAccountServiceUsers. Beta.
        """
        check_text("name", name, smallest=1, largest=256)
        json = {"name": name, "expires_at": to_seconds("expires_at", expires_at)}
        path = check_ids(service_user_id=service_user_id)
        return await self._call(self.CREATE, path=path, json=json)

    REVOKE = Endpoint("DELETE", PATH + "/{api_key_id}", ApiKey, "ManageAccountServiceUsers")

    async def revoke(self, service_user_id: str, api_key_id: str) -> ApiKey:
        """Make a key invalid for good.

        Raises:
            ConflictError: It is revoked already.

        `DELETE .../api-keys/{api_key_id}`, permission ManageAccountServiceUsers. Beta.
        """
        path = check_ids(service_user_id=service_user_id, api_key_id=api_key_id)
        return await self._call(self.REVOKE, path=path)

    ROTATE = Endpoint("POST", ROTATION, CreatedApiKey, "ManageAccountServiceUsers", body="json")

    async def rotate(
        self,
        service_user_id: str,
        api_key_id: str,
        *,
        new_key_expires_at: When | None = None,
        revoke_current: bool | None = None,
    ) -> CreatedApiKey:
        """Replace an active key by a new one, whose secret comes with the answer, this once.

        Args:
            new_key_expires_at: Until when the new one is valid.
            revoke_current: Make the present key invalid at once; the server's default is True.

        Raises:
            BadRequestError: The key is not active.
            OutcomeUnknownError: It may have been done; look before repeating.

        `POST .../api-keys/{api_key_id}/rotate`, permission ManageAccountServiceUsers. Beta.
        """
        path = check_ids(service_user_id=service_user_id, api_key_id=api_key_id)
        expires_at = to_seconds("new_key_expires_at", new_key_expires_at)
        json = {"new_key_expires_at": expires_at, "revoke_current": revoke_current}
        return await self._call(self.ROTATE, path=path, json=json)

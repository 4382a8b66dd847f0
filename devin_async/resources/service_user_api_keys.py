"""API keys of a service user of the enterprise."""

from typing import Literal

from devin_async.calling import Resource
from devin_async.models.members import ApiKey, CreatedApiKey
from devin_async.pagination import Pager
from devin_async.protocol import Endpoint
from devin_async.values import When, check_choice, check_id, check_text, to_seconds

__all__ = ["ServiceUserApiKeys"]


class ServiceUserApiKeys(Resource):
    """Reached as `devin.enterprise.service_user_api_keys`."""

    PATH = "/v3beta1/enterprise/service-users/{service_user_id}/api-keys"

    LIST = Endpoint("GET", PATH, ApiKey, "ManageAccountServiceUsers", paging="none")

    def list(
        self,
        service_user_id: str,
        *,
        status: Literal["active", "revoked", "expired", "all"] | None = None,
        limit: int | None = None,
    ) -> Pager[ApiKey]:
        """List the keys of a service user, without their secrets; not paged by the API.

        Args:
            service_user_id: Whose keys.
            status: Only "active", "revoked" or "expired" ones; the server's default is "all".
            limit: Items in all.

        `GET /v3beta1/enterprise/service-users/{service_user_id}/api-keys`, permission
        ManageAccountServiceUsers. Beta.
        """
        query = {"status": check_choice("status", status, ("active", "revoked", "expired", "all"))}
        path = {"service_user_id": check_id("service_user_id", service_user_id)}
        return self._pager(self.LIST, path=path, query=query, limit=limit)

    CREATE = Endpoint("POST", PATH, CreatedApiKey, "ManageAccountServiceUsers", body="json")

    async def create(
        self, service_user_id: str, name: str, *, expires_at: When | None = None
    ) -> CreatedApiKey:
        """Add a key to a service user; its secret comes with the answer, this once.

        Args:
            service_user_id: Whose key.
            name: Its name, 1 to 256 characters.
            expires_at: Until when it is valid, an aware datetime or unix seconds (UTC).

        Raises:
            OutcomeUnknownError: It may have been made; look before repeating.

        `POST /v3beta1/enterprise/service-users/{service_user_id}/api-keys`, permission
        ManageAccountServiceUsers. Beta.
        """
        check_text("name", name, smallest=1, largest=256)
        json = {"name": name, "expires_at": to_seconds("expires_at", expires_at)}
        path = {"service_user_id": check_id("service_user_id", service_user_id)}
        return await self._call(self.CREATE, path=path, json=json)

    REVOKE = Endpoint("DELETE", PATH + "/{api_key_id}", ApiKey, "ManageAccountServiceUsers")

    async def revoke(self, service_user_id: str, api_key_id: str) -> ApiKey:
        """Make a key invalid for good.

        Raises:
            ConflictError: It is revoked already.

        `DELETE /v3beta1/enterprise/service-users/{service_user_id}/api-keys/{api_key_id}`,
        permission ManageAccountServiceUsers. Beta.
        """
        return await self._call(self.REVOKE, path=_path(service_user_id, api_key_id))

    ROTATE = Endpoint(
        "POST",
        PATH + "/{api_key_id}/rotate",
        CreatedApiKey,
        "ManageAccountServiceUsers",
        body="json",
    )

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
            service_user_id: Whose key.
            api_key_id: The key to replace.
            new_key_expires_at: Until when the new one is valid.
            revoke_current: Make the present key invalid at once; the server's default is True.

        Raises:
            BadRequestError: The key is not active.
            OutcomeUnknownError: It may have been done; look before repeating.

        `POST /v3beta1/enterprise/service-users/{service_user_id}/api-keys/{api_key_id}/rotate`,
        permission ManageAccountServiceUsers. Beta.
        """
        json = {
            "new_key_expires_at": to_seconds("new_key_expires_at", new_key_expires_at),
            "revoke_current": revoke_current,
        }
        return await self._call(self.ROTATE, path=_path(service_user_id, api_key_id), json=json)


def _path(service_user_id: str, api_key_id: str) -> dict[str, str]:
    return {
        "service_user_id": check_id("service_user_id", service_user_id),
        "api_key_id": check_id("api_key_id", api_key_id),
    }

"""Secrets of an organization."""

from typing import Annotated, Unpack

from devin_async.base.arguments import check_filled, check_ids
from devin_async.base.secret import Secret
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.secrets import SecretType, StoredSecret
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource

_SECRETS = "/v3/organizations/{org_id}/secrets"


class OrganizationSecrets(Resource):
    """Reached as `devin.organization(id).secrets`.

    The API neither tells a value nor changes one: delete the secret and create it again.
    """

    LIST = Endpoint("GET", _SECRETS, StoredSecret, "ManageOrgSecrets", paging="cursor")

    def list(self, **options: Unpack[ListOptions]) -> Pager[StoredSecret]:
        """List the secrets, without their values.

        `GET /v3/organizations/{org_id}/secrets`, permission ManageOrgSecrets.
        """
        return self._pager(self.LIST, options)

    CREATE = Endpoint("POST", _SECRETS, StoredSecret, "ManageOrgSecrets", body="json")

    async def create(
        self,
        key: str,
        value: Annotated[str, Secret],
        *,
        secret_type: SecretType = "key-value",  # noqa: S107 - a kind, not a secret
        is_sensitive: bool | None = None,
        note: str | None = None,
    ) -> StoredSecret:
        """Create a secret; its value is not told again, and no error or log of ours holds it.

        Args:
            key: Name under which sessions find it.
            value: The secret itself; for "totp" the seed of its codes.
            secret_type: "key-value", "cookie" or "totp" (the API's `type`).
            is_sensitive: Mask it in what Devin writes; the server's default is True.
            note: What it is for.

        `POST /v3/organizations/{org_id}/secrets`, permission ManageOrgSecrets.
        """
        json = {
            "key": check_filled("key", key),
            "value": check_filled("value", value),
            "type": secret_type,
            "is_sensitive": is_sensitive,
            "note": note,
        }
        return await self._call(self.CREATE, json=json, secrets=(Secret(value),))

    DELETE = Endpoint("DELETE", f"{_SECRETS}/{{secret_id}}", StoredSecret, "ManageOrgSecrets")

    async def delete(self, secret_id: str) -> StoredSecret:
        """Delete a secret; gives what was known of it.

        `DELETE /v3/organizations/{org_id}/secrets/{secret_id}`, permission ManageOrgSecrets.
        """
        return await self._call(self.DELETE, path=check_ids(secret_id=secret_id))

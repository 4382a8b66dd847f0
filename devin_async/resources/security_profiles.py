"""Security profiles, of an organization or of the enterprise, and which of them is the default."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias, Unpack

from devin_async.base.arguments import check_filled, check_ids
from devin_async.base.markers import UNSET, Unset
from devin_async.lists.pager import Pager
from devin_async.models.security_profiles import (
    SecurityProfile,
    SecurityProfileFields,
    SecurityProfileSelection,
    SecurityProfileSettings,
)
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource

Selection: TypeAlias = SecurityProfileSelection | Mapping[str, Any]

_ORGANIZATION = "/v3beta1/organizations/{org_id}"
_ENTERPRISE = "/v3beta1/enterprise"
_OF_ORGANIZATION = "ManageSecureModeProfiles"
_OF_ENTERPRISE = "ManageAccountSecureModeProfiles"


class SecurityProfiles(Resource):
    """What the profiles of both scopes share; keys of running Devin sessions are refused."""

    LIST: ClassVar[Endpoint[SecurityProfile]]

    def list(self) -> Pager[SecurityProfile]:
        """List the profiles; not paged by the API.

        `GET .../security-profiles`, permission ManageSecureModeProfiles (enterprise:
        ManageAccountSecureModeProfiles). Beta. Unconfirmed.
        """
        return self._pager(self.LIST)

    GET: ClassVar[Endpoint[SecurityProfile]]

    async def get(self, profile_id: str) -> SecurityProfile:
        """Read a profile.

        `GET .../security-profiles/{profile_id}`, permission ManageSecureModeProfiles (enterprise:
        ManageAccountSecureModeProfiles). Beta.
        """
        return await self._call(self.GET, path=check_ids(profile_id=profile_id))

    CREATE: ClassVar[Endpoint[SecurityProfile]]

    async def create(self, name: str, **settings: Unpack[SecurityProfileFields]) -> SecurityProfile:
        """Create a profile, which nobody uses before it is chosen.

        Args:
            name: Its name, which no other profile of the scope has.
            **settings: `SecurityProfileFields`: network, MCP servers, git, channels.

        Raises:
            ConflictError: Another one has the name.

        `POST .../security-profiles`, permission ManageSecureModeProfiles (enterprise:
        ManageAccountSecureModeProfiles, unconfirmed). Beta.
        """
        json = {**settings, "name": check_filled("name", name)}
        return await self._call(self.CREATE, json=json)

    UPDATE: ClassVar[Endpoint[SecurityProfile]]

    async def update(
        self,
        profile_id: str,
        *,
        name: str | Unset = UNSET,
        **changes: Unpack[SecurityProfileFields],
    ) -> SecurityProfile:
        """Change a profile: what is left out stays, None clears; it takes `SecurityProfileFields`.

        It holds for new sessions at once, for others from when they wake.

        `PATCH .../security-profiles/{profile_id}`, permission ManageSecureModeProfiles (enterprise:
        ManageAccountSecureModeProfiles). Beta.
        """
        json = {**changes, "name": name if name is UNSET else check_filled("name", name)}
        return await self._call(self.UPDATE, path=check_ids(profile_id=profile_id), json=json)

    DELETE: ClassVar[Endpoint[None]]

    async def delete(self, profile_id: str) -> None:
        """Delete a profile.

        Raises:
            ConflictError: A default, a playbook, an automation or a session refers to it; the
                message names which.

        `DELETE .../security-profiles/{profile_id}`, permission ManageSecureModeProfiles
        (enterprise: ManageAccountSecureModeProfiles, unconfirmed). Beta.
        """
        await self._call(self.DELETE, path=check_ids(profile_id=profile_id))

    SETTINGS: ClassVar[Endpoint[SecurityProfileSettings]]

    async def settings(self) -> SecurityProfileSettings:
        """Read which profile holds for what chooses none.

        `GET .../security-profile-settings`, permission ManageSecureModeProfiles (enterprise:
        ManageAccountSecureModeProfiles). Beta.
        """
        return await self._call(self.SETTINGS)

    UPDATE_SETTINGS: ClassVar[Endpoint[SecurityProfileSettings]]

    async def update_settings(
        self, *, default: Selection | Unset = UNSET, automations_default: Selection | Unset = UNSET
    ) -> SecurityProfileSettings:
        """Choose which profile holds for what chooses none; what is left out stays.

        Args:
            default: For sessions; `SecurityProfileSelection(selection="inherit")` clears it.
            automations_default: For the sessions of automations, in the same way.

        `PATCH .../security-profile-settings`, permission ManageSecureModeProfiles (enterprise:
        ManageAccountSecureModeProfiles). Beta.
        """
        json = {"default": default, "automations_default": automations_default}
        return await self._call(self.UPDATE_SETTINGS, json=json)


class OrganizationSecurityProfiles(SecurityProfiles):
    """Reached as `devin.organization(id).security_profiles`."""

    PATH = _ORGANIZATION + "/security-profiles"
    ONE = PATH + "/{profile_id}"
    CHOICE = _ORGANIZATION + "/security-profile-settings"

    LIST = Endpoint("GET", PATH, SecurityProfile, _OF_ORGANIZATION, paging="none", unconfirmed=True)
    GET = Endpoint("GET", ONE, SecurityProfile, _OF_ORGANIZATION)
    # Null is a value of its own in a create, too: a net_policy of null is not one left out.
    CREATE = Endpoint("POST", PATH, SecurityProfile, _OF_ORGANIZATION, body="merge_patch")
    UPDATE = Endpoint("PATCH", ONE, SecurityProfile, _OF_ORGANIZATION, body="merge_patch")
    DELETE = Endpoint("DELETE", ONE, None, _OF_ORGANIZATION, kind="empty")
    SETTINGS = Endpoint("GET", CHOICE, SecurityProfileSettings, _OF_ORGANIZATION)
    UPDATE_SETTINGS = Endpoint(
        "PATCH", CHOICE, SecurityProfileSettings, _OF_ORGANIZATION, body="json"
    )


class EnterpriseSecurityProfiles(SecurityProfiles):
    """Reached as `devin.enterprise.security_profiles`."""

    PATH = _ENTERPRISE + "/security-profiles"
    ONE = PATH + "/{profile_id}"
    CHOICE = _ENTERPRISE + "/security-profile-settings"

    LIST = Endpoint("GET", PATH, SecurityProfile, _OF_ENTERPRISE, paging="none", unconfirmed=True)
    GET = Endpoint("GET", ONE, SecurityProfile, _OF_ENTERPRISE)
    CREATE = Endpoint(
        "POST", PATH, SecurityProfile, _OF_ENTERPRISE, body="merge_patch", unconfirmed=True
    )
    UPDATE = Endpoint("PATCH", ONE, SecurityProfile, _OF_ENTERPRISE, body="merge_patch")
    DELETE = Endpoint("DELETE", ONE, None, _OF_ENTERPRISE, kind="empty", unconfirmed=True)
    SETTINGS = Endpoint("GET", CHOICE, SecurityProfileSettings, _OF_ENTERPRISE)
    UPDATE_SETTINGS = Endpoint(
        "PATCH", CHOICE, SecurityProfileSettings, _OF_ENTERPRISE, body="json"
    )

"""The client that a command talks through, and the organization that it means."""

import difflib
import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from devin_async.cli.errors import UsageError
from devin_async.cli.options import ClientOptions
from devin_async.cli.profiles import Profile, chosen_profile
from devin_async.errors import ConfigurationError, PermissionDeniedError

if TYPE_CHECKING:
    from devin_async.client import DevinClient
    from devin_async.models.organizations import Organization
    from devin_async.scopes import OrganizationScope

__all__ = ["connect", "make_client", "org_id_of", "organization_of"]

_ID_PREFIXES = ("org-", "org_")
_SHOWN = 5
_USUAL_URL = "https://api.devin.ai"


@asynccontextmanager
async def connect(options: ClientOptions) -> AsyncGenerator["DevinClient", None]:
    """Open the client that a profile or the environment describes.

    Raises:
        ConfigurationError: There is no key, or something else of it cannot be used.
        UsageError: There is no such profile.
    """
    async with make_client(options) as devin:
        yield devin


def make_client(options: ClientOptions) -> "DevinClient":
    """Make the client without opening it; raises as `connect` does."""
    from devin_async.client import DevinClient  # noqa: PLC0415 - most of what a command loads

    profile = chosen_profile(options.profile)
    return DevinClient() if profile is None else _of(profile)


def _of(profile: Profile) -> "DevinClient":
    """Make the client of a profile: a key goes to no other place than its profile's."""
    from devin_async.client import DevinClient  # noqa: PLC0415 - most of what a command loads

    return DevinClient(
        profile.key(),
        base_url=profile.base_url or _USUAL_URL,
        api_version=profile.api_version or "v3",  # type: ignore[arg-type] # checked there
    )


async def organization_of(
    devin: "DevinClient", org: str | None, options: ClientOptions
) -> "OrganizationScope":
    """Return the organization of `--org`, else the profile's, else the one of DEVIN_ORG_ID.

    Raises:
        UsageError: There is none, or its name says none or several.
    """
    profile = chosen_profile(options.profile)
    name, option = org, "--org"
    if name is None and profile is not None:
        name, option = profile.organization, f"organization of the profile {profile.name!r}"
    if name is not None:
        return devin.organization(await org_id_of(devin, name, option=option))
    try:
        return devin.organization()
    except ConfigurationError:
        raise UsageError(
            "no organization was given: pass --org with its id or name, or set DEVIN_ORG_ID; "
            "`devin-async orgs` lists them"
        ) from None


async def org_id_of(devin: "DevinClient", org: str, *, option: str = "--org") -> str:
    """Return the id of an organization that is named by it, or by its name.

    Raises:
        UsageError: None has the name, or several have.
    """
    if org.startswith(_ID_PREFIXES) or not org.strip() or org == os.environ.get("DEVIN_ORG_ID"):
        return org
    try:
        everybody = await devin.enterprise.organizations.list().collect()
    except PermissionDeniedError:
        return org  # a key of one organization cannot list them; the call itself will say more
    if any(one.org_id == org for one in everybody):
        return org
    same = [one for one in everybody if one.name == org]
    same = same or [one for one in everybody if _plain(one.name) == _plain(org)]
    if len(same) == 1:
        return same[0].org_id
    if same:
        raise UsageError(
            f"{option} is {org!r}, the name of {len(same)} organizations; allowed: the id of one, "
            f"{_listed(same)}"
        )
    raise UsageError(
        f"{option} is {org!r}, the id or name of no organization; allowed: "
        f"{_listed(_nearest(org, everybody))}; `devin-async orgs` lists them"
    )


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _nearest(org: str, everybody: "list[Organization]") -> "list[Organization]":
    names = {_plain(one.name): one for one in everybody}
    near = difflib.get_close_matches(_plain(org), names, n=_SHOWN)
    return [names[name] for name in near] or everybody[:_SHOWN]


def _listed(organizations: "Iterable[Organization]") -> str:
    shown = [f"{one.name!r} ({one.org_id})" for one in organizations]
    return ", ".join(shown[:_SHOWN]) + (", ..." if len(shown) > _SHOWN else "")

"""The v3beta1 dialect: the seven calls of the first published examples.

A client with `api_version="v3beta1"` sends these, as those examples did, instead of today's, and
reads their answers into the same models. Where an old answer leaves out what a model promises, only
what is certain is filled in: a session that was just created is new, was created when the server
answered, and has used nothing. Which of two shapes an answer has is told by its keys.
"""

import email.utils
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from devin_async.base.plain_json import as_object
from devin_async.codec import decoding, strict
from devin_async.models.audit_logs import AuditLog
from devin_async.models.consumption import OrganizationConsumption
from devin_async.models.identity import Identity, ServiceUserSelf
from devin_async.models.members import CreatedServiceUser
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session
from devin_async.protocol.answers import Answer
from devin_async.protocol.endpoints import Endpoint

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["body", "decode", "decode_page", "knows"]

T = TypeVar("T")

SELF = Endpoint("GET", "/v3beta1/enterprise/self", Identity)
LIST_ORGANIZATIONS = Endpoint(
    "GET",
    "/v3beta1/enterprise/organizations",
    Organization,
    "ManageOrganizations",
    envelope="organizations",
    paging="cursor",
)
CREATE_ORGANIZATION = Endpoint(
    "POST", "/v3beta1/enterprise/organizations", Organization, "ManageOrganizations", body="json"
)
CREATE_SESSION = Endpoint(
    "POST", "/v3beta1/organizations/{org_id}/sessions", Session, "UseDevinSessions", body="json"
)
CONSUMPTION_BY_ORGANIZATION = Endpoint(
    "GET",
    "/v3beta1/enterprise/consumption/daily/organizations",
    OrganizationConsumption,
    "ManageBilling",
    envelope="data",
    paging="none",
)
CREATE_SERVICE_USER = Endpoint(
    "POST",
    "/v3beta1/organizations/{org_id}/members/service-users",
    CreatedServiceUser,
    "ManageOrgServiceUsers",
    body="json",
)
LIST_AUDIT_LOGS = Endpoint(
    "GET", "/v3beta1/enterprise/audit-logs", AuditLog, "ManageEnterpriseSettings", paging="cursor"
)
CALLS: tuple[Endpoint[Any], ...] = (
    SELF,
    LIST_ORGANIZATIONS,
    CREATE_ORGANIZATION,
    CREATE_SESSION,
    CONSUMPTION_BY_ORGANIZATION,
    CREATE_SERVICE_USER,
    LIST_AUDIT_LOGS,
)

# Names that the examples use, and what today's API calls the same thing.
_ORGANIZATION = {"id": "org_id", "acu_limit": "max_cycle_acu_limit"}
_SELF = {"name": "service_user_name", "id": "service_user_id", "role": "role_name"}
_CONSUMPTION = {"acus_used": "total_acus"}


def knows(endpoint: Endpoint[Any]) -> bool:
    """Tell whether *endpoint* is one of the dialect's."""
    return endpoint in CALLS


def body(endpoint: Endpoint[Any], values: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Rename what a method sends today into what the dialect sends."""
    if endpoint is CREATE_ORGANIZATION and values is not None:
        older = {today: name for name, today in _ORGANIZATION.items()}
        return {older.get(name, name): value for name, value in values.items()}
    return values


def decode(
    endpoint: Endpoint[T], answer: Answer, ids: Mapping[str, str], sent: Mapping[str, Any] | None
) -> T:
    """Read one thing from an answer of the dialect.

    Args:
        endpoint: One of the dialect's calls.
        answer: What the server sent.
        ids: The values of the path's parameters.
        sent: The body that was sent.
    """
    raw = decoding.load(answer.body)
    known = _known(endpoint, answer, ids, sent or {})
    fields = as_object(raw)
    if fields is not None:
        raw = known | fields
    return cast("T", strict.structure(_converter(), raw, endpoint.answer))


def decode_page(endpoint: Endpoint[T], answer: Answer) -> decoding.WirePage[T]:
    """Read a page; one in today's envelope is read as such."""
    raw = decoding.load(answer.body)
    fields = as_object(raw) or {}
    key = endpoint.envelope if endpoint.envelope in fields else "items"
    item: Any = endpoint.answer
    items = strict.structure(_converter(), fields.get(key, raw), list[item], path=f"$.{key}")
    return decoding.WirePage(
        items,
        fields.get("end_cursor"),
        bool(fields.get("has_next_page", False)),
        fields.get("total"),
    )


def _known(
    endpoint: Endpoint[Any], answer: Answer, ids: Mapping[str, str], sent: Mapping[str, Any]
) -> dict[str, Any]:
    """Tell what is certain about the new thing, whatever the answer leaves out."""
    if endpoint is CREATE_ORGANIZATION:
        return {"name": sent["name"], "acu_limit": sent.get("acu_limit")}
    if endpoint is CREATE_SERVICE_USER:
        return {"name": sent["name"], "role": sent["role"], "org_id": ids["org_id"]}
    if endpoint is CREATE_SESSION:
        moment = _answered_at(answer)
        return {
            "org_id": ids["org_id"],
            "status": "new",
            "tags": list(sent.get("tags") or ()),
            "created_at": moment,
            "updated_at": moment,
            "acus_consumed": 0.0,
            "pull_requests": [],
        }
    return {}


def _answered_at(answer: Answer) -> float:
    date = answer.headers.get("Date")
    return email.utils.parsedate_to_datetime(date).timestamp() if date else 0.0


@functools.cache
def _converter() -> "Converter":
    """Make the converter with the hooks of the dialect, on top of the strict one."""
    seeds = strict.converter().copy()
    hooks: dict[type, Callable[[Mapping[str, Any]], Any]] = {
        Organization: lambda raw: {"name": "", **_renamed(raw, _ORGANIZATION)},
        OrganizationConsumption: _consumption,
        CreatedServiceUser: _created_service_user,
        AuditLog: lambda raw: {"audit_log_id": "", **raw},
    }
    for model, adapt in hooks.items():
        seeds.register_structure_hook(model, functools.partial(_adapted, adapt))
    seeds.register_structure_hook(Identity, _identity)
    return seeds


def _adapted(adapt: Callable[[Mapping[str, Any]], Any], raw: Any, model: type[T]) -> T:
    fields = as_object(raw)
    return strict.converter().structure(raw if fields is None else adapt(fields), model)


def _renamed(raw: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in raw.items()}


def _consumption(raw: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {"organization_id": None, "consumption_by_date": []}
    return known | _renamed(raw, _CONSUMPTION)


def _created_service_user(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    if "service_user" in raw:
        return raw
    role = {"role_id": raw.get("role"), "role_name": raw.get("role"), "role_type": "org"}
    return {
        "token": raw.get("api_key"),
        "service_user": {
            "service_user_id": raw.get("id"),
            "name": raw.get("name"),
            "role_assignments": [{"role": role, "org_id": raw.get("org_id")}],
        },
    }


def _identity(raw: Any, _: Any) -> Identity:
    fields = as_object(raw)
    if fields is not None and "principal_type" not in fields:
        today = {"service_user_id": None} | _renamed(fields, _SELF)
        return strict.converter().structure(today, ServiceUserSelf)
    return strict.converter().structure(raw, Identity)

"""The v3beta1 dialect: how the seven calls of the first published examples differ from today's.

A client with `api_version="v3beta1"` sends these, as those examples did, instead of today's, and
reads their answers into the same models. Where an old answer leaves out what a model promises, only
what is certain is filled in: a session that was just created is new, was created when the server
answered, and has used nothing. Which of two shapes an answer has is told by its keys.

The calls themselves are beside their methods in `resources`: a program that makes one of them loads
no model of the others.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from devin_async.base.plain_json import as_array, as_object
from devin_async.codec import decoding
from devin_async.codec.differences import Tell
from devin_async.protocol.answers import Answer, http_date
from devin_async.protocol.endpoints import Dialect, Endpoint, Fields

__all__ = ["read", "read_page"]

T = TypeVar("T")

# Names that the examples use, and what today's API calls the same thing.
_ORGANIZATION = {"id": "org_id", "acu_limit": "max_cycle_acu_limit"}
_ORGANIZATION_NAMES = frozenset({"id", "org_id", "name"})
_NAMELESS = frozenset({"Organization.name"})  # the contract has it as optional
_SELF = {"name": "service_user_name", "id": "service_user_id", "role": "role_name"}
_CONSUMPTION = {"acus_used": "total_acus"}


def read(
    endpoint: Endpoint[T],
    answer: Answer,
    tell: Tell,
    *,
    ids: Mapping[str, str],
    sent: Fields | None,
) -> T:
    """Read one thing from an answer of the dialect.

    Args:
        endpoint: One of the dialect's calls.
        answer: What the server sent.
        tell: Takes each way in which it does not fit.
        ids: The values of the path's parameters.
        sent: The body that was sent, in today's form.
    """
    model, dialect = _of(endpoint)
    raw = decoding.load(answer.body, tell)
    certain = dialect.certain(answer.headers, ids, sent or {})
    value: T = decoding.read(model, _in_todays_form(dialect, raw, certain), _but(dialect, tell))
    return value


def read_page(endpoint: Endpoint[T], answer: Answer, tell: Tell) -> decoding.WirePage[T]:
    """Read a page; one in today's envelope is read as such."""
    model, dialect = _of(endpoint)
    raw = decoding.load(answer.body, tell)
    page = as_object(raw)
    if page is None:  # a bare array is a page, too; whatever else it is, is none
        page = {} if as_array(raw) is None else {"items": raw}
    envelope = endpoint.envelope if endpoint.envelope in page else "items"
    rows = as_array(page.get(envelope))
    if rows is not None:
        page = {**page, envelope: [_in_todays_form(dialect, row) for row in rows]}
    read: decoding.WirePage[T] = decoding.read_page(model, envelope, page, _but(dialect, tell))
    if envelope == "items" and endpoint.paging != "none":
        decoding.add_frame(read, raw, envelope, _but(dialect, tell))
    read.has_next_page = bool(read.has_next_page)  # its own envelopes have no more than items
    return read


def _of(endpoint: Endpoint[Any]) -> tuple[Any, Dialect]:
    assert endpoint.dialect is not None  # noqa: S101 - the calls below are all that come here
    return endpoint.answer, endpoint.dialect


def _in_todays_form(dialect: Dialect, raw: Any, certain: Fields = MappingProxyType({})) -> Any:
    fields = as_object(raw)
    if fields is None or dialect.names.isdisjoint(fields):
        return raw  # whatever it is, nothing is to be filled in
    return dialect.answer({**certain, **fields})


def _but(dialect: Dialect, tell: Tell) -> Tell:
    """Tell nothing of what is never there."""
    return lambda difference: None if difference.field in dialect.lacks else tell(difference)


def _renamed(fields: Fields, names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in fields.items()}


def _self(fields: Fields) -> Fields:
    if "principal_type" in fields:
        return fields
    return {"principal_type": "service_user", "service_user_id": None, **_renamed(fields, _SELF)}


def _organization(fields: Fields) -> Fields:
    return _renamed(fields, _ORGANIZATION)


def _organization_body(fields: Fields) -> Fields:
    return _renamed(fields, {today: older for older, today in _ORGANIZATION.items()})


def _new_organization(_: Mapping[str, str], _ids: Mapping[str, str], sent: Fields) -> Fields:
    return {"name": sent["name"], "acu_limit": sent.get("max_cycle_acu_limit")}


def _new_session(headers: Mapping[str, str], ids: Mapping[str, str], sent: Fields) -> Fields:
    moment = _answered_at(headers)
    return {
        "org_id": ids["org_id"],
        "status": "new",
        "tags": list(sent.get("tags") or ()),
        "created_at": moment,
        "updated_at": moment,
        "acus_consumed": 0.0,
        "pull_requests": [],
    }


def _answered_at(headers: Mapping[str, str]) -> float:
    return http_date(headers.get("Date")) or 0.0


def _consumption(fields: Fields) -> Fields:
    certain: dict[str, Any] = {"organization_id": None, "consumption_by_date": []}
    return certain | _renamed(fields, _CONSUMPTION)


def _new_service_user(_: Mapping[str, str], ids: Mapping[str, str], sent: Fields) -> Fields:
    return {"name": sent["name"], "role": sent["role"], "org_id": ids["org_id"]}


def _service_user(fields: Fields) -> Fields:
    if "service_user" in fields:
        return fields
    role = {"role_id": fields.get("role"), "role_name": fields.get("role"), "role_type": "org"}
    return {
        "token": fields.get("api_key"),
        "service_user": {
            "service_user_id": fields.get("id"),
            "name": fields.get("name"),
            "role_assignments": [{"role": role, "org_id": fields.get("org_id")}],
        },
    }


SELF = Dialect(names=frozenset({"principal_type", *_SELF, *_SELF.values()}), answer=_self)
ORGANIZATIONS = Dialect(names=_ORGANIZATION_NAMES, lacks=_NAMELESS, answer=_organization)
NEW_ORGANIZATION = Dialect(
    names=_ORGANIZATION_NAMES,
    body=_organization_body,
    answer=_organization,
    certain=_new_organization,
)
NEW_SESSION = Dialect(names=frozenset({"session_id", "url"}), certain=_new_session)
CONSUMPTION = Dialect(
    names=frozenset({"organization_name", *_CONSUMPTION, *_CONSUMPTION.values()}),
    answer=_consumption,
)
NEW_SERVICE_USER = Dialect(
    names=frozenset({"id", "api_key", "service_user", "token"}),
    answer=_service_user,
    certain=_new_service_user,
)
AUDIT_LOGS = Dialect(
    names=frozenset({"action", "created_at"}), lacks=frozenset({"AuditLog.audit_log_id"})
)

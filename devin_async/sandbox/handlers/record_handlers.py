"""Handlers that create, list, read, change and delete records of one kind.

The attributes say in a few words what is special about a kind; which of the operations exist, what
they are given and what they answer, the contract says.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.contract.filling import defaults, fill, is_nullable, item_schema, shape
from devin_async.sandbox.contract.operations import Operation, Schema, operations
from devin_async.sandbox.handlers.listing import listing
from devin_async.sandbox.world.state import Call, Handler, State
from devin_async.sandbox.world.store import Collection, Record

Filters = Mapping[str, Callable[[Record, Any], bool]]


def _nothing(_call: Call, _state: State, _record: Record | None) -> None:
    pass


def _as_is(_call: Call, _state: State, _record: Record) -> dict[str, Any]:
    return {}


@attrs.frozen(kw_only=True)
class RecordHandlers:
    """Handle the operations of one kind of records.

    Attributes:
        kind: The name of the collection, with which ids begin.
        path: The path of the list.
        parameter: The path parameter that names one of them.
        id_field: The field of answers that holds the id; *parameter* when left out.
        logs: The actions of audit logs by `create`, `change` and `delete`.
        check: Refuses what the schemas cannot; it gets the record that would change, if any.
        compute: Gives fields that follow from the record, each time one is shown.
        filters: How query parameters select.
        unique: A field that no two things of one owner may share.
        hidden: Fields of requests that no answer shows.
        newest_first: Whether lists begin with the newest.
        reaches_down: Whether the enterprise's calls work on what organizations own too.
        sees_shared: Whether an organization sees what the enterprise owns.
    """

    kind: str
    path: str
    parameter: str
    id_field: str = attrs.field(default=attrs.Factory(lambda self: self.parameter, takes_self=True))
    logs: Mapping[str, str] = attrs.field(factory=dict[str, str])
    check: Callable[[Call, State, Record | None], None] = _nothing
    compute: Callable[[Call, State, Record], Mapping[str, Any]] = _as_is
    filters: Filters = attrs.field(factory=dict[str, Callable[[Record, Any], bool]])
    unique: str | None = None
    hidden: tuple[str, ...] = ()
    newest_first: bool = False
    reaches_down: bool = False
    sees_shared: bool = False

    def collection(self, state: State) -> Collection:
        """Return where the things are kept."""
        return state.store.collection(self.kind)

    def find(self, call: Call, state: State) -> Record:
        """Return the record that the path names.

        Raises:
            Problem: With 404, when there is none in this place.
        """
        collection, owner = self.collection(state), call.path.get("org_id")
        record_id = call.path[self.parameter]
        record = collection.find(record_id)
        if record is not None and self._is_seen(record, owner, state):
            owner = record.owner
        return collection.get(owner, record_id)

    def visible(self, call: Call, state: State) -> Iterator[Record]:
        """Yield the records that a list shows, oldest first."""
        owner = call.path.get("org_id")
        for record in self.collection(state):
            if (
                self._is_seen(record, owner, state)
                and record.created_at <= state.visible_until
                and self._passes(record, call, state)
            ):
                yield record

    def _is_seen(self, record: Record, owner: str | None, state: State) -> bool:
        if record.owner == owner:
            return True
        if owner is None:  # what an organization owned goes with it
            return self.reaches_down and record.owner in state.organizations
        return self.sees_shared and record.owner is None

    def show(
        self, call: Call, state: State, record: Record, schema: Schema | None = None
    ) -> dict[str, Any]:
        """Render a record in the shape of the operation's answer, or of another *schema*."""
        values = {
            self.id_field: record.record_id,
            "org_id": record.owner,
            "access_type": "enterprise" if record.owner is None else "org",
            "created_at": int(record.created_at),
            "updated_at": int(record.updated_at),
            **record.fields,
            **self.compute(call, state, record),
        }
        operation = call.operation
        shape_of = schema or item_schema(operation)
        return fill(operation.resolve, shape_of, values, record.record_id)

    def list(self, call: Call, state: State) -> Any:
        """List what there is."""
        positioned = ((record.position, record) for record in self.visible(call, state))
        return listing(
            call,
            positioned,
            lambda record: self.show(call, state, record),
            newest_first=self.newest_first,
        )

    def create(self, call: Call, state: State) -> dict[str, Any]:
        """Make one from the body."""
        return self.show(call, state, self.make(call, state))

    def make(self, call: Call, state: State) -> Record:
        """Make one from the body, and log it."""
        self.check(call, state, None)
        self._refuse_twin(call, state, None)
        shown, hidden = self._split({**defaults(call.operation), **call.body})
        person = call.principal.principal_id
        stamped = {**shown, "created_by": person, "updated_by": person}
        record = self.collection(state).add(call.path.get("org_id"), stamped, hidden)
        self.log(call, state, "create", record)
        return record

    def read(self, call: Call, state: State) -> dict[str, Any]:
        """Show one."""
        return self.show(call, state, self.find(call, state))

    def replace(self, call: Call, state: State) -> dict[str, Any]:
        """Put the body in place of all that was said before."""
        record = self.find(call, state)
        self.check(call, state, record)
        self._refuse_twin(call, state, record)
        shown, record.hidden = self._split({**defaults(call.operation), **call.body})
        return self._changed(call, state, record, {**shown, **_made_by(record)})

    def patch(self, call: Call, state: State) -> dict[str, Any]:
        """Change what the body holds; null clears where there is such a thing as no value."""
        record = self.find(call, state)
        self.check(call, state, record)
        self._refuse_twin(call, state, record)
        shown, hidden = self._split(call.body)
        resolve = call.operation.resolve
        properties, _ = shape(resolve, item_schema(call.operation))
        kept = {
            field: value
            for field, value in shown.items()
            if value is not None or is_nullable(resolve, properties.get(field, {}))
        }
        record.hidden |= {field: value for field, value in hidden.items() if value is not None}
        return self._changed(call, state, record, {**record.fields, **kept})

    def delete(self, call: Call, state: State) -> dict[str, Any] | None:
        """Take one away, and show it a last time unless the contract answers nothing."""
        record = self.find(call, state)
        shown = self.show(call, state, record) if call.operation.answer else None
        self.collection(state).remove(record)
        self.log(call, state, "delete", record)
        return shown

    def log(self, call: Call, state: State, event: str, record: Record) -> None:
        """Write the audit log of an event, where the contract knows an action for it."""
        if event in self.logs:
            details = {self.id_field: record.record_id}
            state.log(call, self.logs[event], record.owner, **details)

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """Return the handlers of the operations that the contract has of this kind."""
        on_list: dict[str, Handler] = {"GET": self.list, "POST": self.create}
        on_one: dict[str, Handler] = {
            "GET": self.read,
            "PUT": self.replace,
            "PATCH": self.patch,
            "DELETE": self.delete,
        }
        by_path = {self.path: on_list, f"{self.path}/{{{self.parameter}}}": on_one}
        return {
            (operation.method, operation.path): by_path[operation.path][operation.method]
            for operation in operations()
            if _is_one_of(operation, by_path)
        }

    def _changed(
        self, call: Call, state: State, record: Record, fields: dict[str, Any]
    ) -> dict[str, Any]:
        record.fields = {**fields, "updated_by": call.principal.principal_id}
        self.collection(state).touch(record)
        self.log(call, state, "change", record)
        return self.show(call, state, record)

    def _passes(self, record: Record, call: Call, state: State) -> bool:
        query = call.query
        times = query.get("time_after"), query.get("time_before")
        return state.bounds.contain(int(record.created_at), *times) and all(
            test(record, query[name])
            for name, test in self.filters.items()
            if query.get(name) is not None
        )

    def _split(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        shown = {name: value for name, value in values.items() if name not in self.hidden}
        return shown, {name: values[name] for name in self.hidden if name in values}

    def _refuse_twin(self, call: Call, state: State, record: Record | None) -> None:
        field = self.unique
        wanted = None if field is None else call.body.get(field)
        if field is None or wanted is None:
            return
        owner = call.path.get("org_id") if record is None else record.owner
        for other in self.collection(state).of(owner):
            if other is not record and other.fields.get(field) == wanted:
                raise Problem(409, f"There is already a {self.kind} with this {field}")


def _made_by(record: Record) -> dict[str, Any]:
    return {"created_by": record.fields.get("created_by")}


def _is_one_of(operation: Operation, by_path: Mapping[str, Mapping[str, Handler]]) -> bool:
    return operation.method in by_path.get(operation.path, {})

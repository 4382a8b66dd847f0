"""Schemas of classes, and how what sessions deliver is read as those classes."""

import enum
from dataclasses import dataclass, field, make_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar
from uuid import UUID

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from msgspec import Meta

from devin_async.base.secret import Redactor
from devin_async.errors import InvalidArgumentError, SessionFailedError, StructuredOutputError
from devin_async.jobs.structured import read_output, schema_of
from devin_async.models.sessions import Session

T = TypeVar("T")


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1


@attrs.frozen
class Point:
    """A place."""

    x: int
    y: Annotated[int, Meta(ge=0, description="Upwards.")] = 0


@attrs.frozen
class Tree:
    name: str
    kids: "list[Tree]" = attrs.field(factory=list)


@dataclass
class Everything:
    text: str
    number: float
    flag: bool
    anything: Any
    point: Point
    maybe: Point | None
    one_of: int | str
    kind: Literal["a", "b", 3]
    color: Color
    size: Size
    pair: tuple[int, str]
    many: tuple[int, ...]
    names: set[str]
    by_name: dict[str, Point]
    by_number: dict[int, str]
    moment: datetime
    aware: Annotated[datetime, Meta(tz=True)]
    day: date
    clock: time
    span: timedelta
    run: UUID
    cost: Decimal
    data: bytes
    short: Annotated[str, Meta(min_length=1, max_length=5, pattern="^a")]
    few: Annotated[list[int], Meta(max_length=2)]
    tree: Tree
    optional: int = 5
    factory: list[int] = field(default_factory=list)


class Answer(TypedDict, total=False):
    passed: bool
    note: str


class Passed(msgspec.Struct, tag="passed"):
    score: int


class Failed(msgspec.Struct, tag="failed"):
    reason: str


@attrs.frozen
class Verdict:
    result: Passed | Failed


class Box(msgspec.Struct, Generic[T]):
    inside: T


CLASSES = [Point, Tree, Everything, Answer, Verdict, Box[Point], Passed]
OUTPUT = {
    "text": "t",
    "number": 1,
    "flag": True,
    "anything": {"a": [None]},
    "point": {"x": 1, "unknown": 5},
    "maybe": None,
    "one_of": "s",
    "kind": 3,
    "color": "red",
    "size": 1,
    "pair": [1, "b"],
    "many": [1, 2, 3],
    "names": ["n"],
    "by_name": {"p": {"x": 2, "y": 3}},
    "by_number": {"7": "seven"},
    "moment": "2026-11-22T12:00:00",
    "aware": "2026-11-22T12:00:00Z",
    "day": "2026-11-22",
    "clock": "12:00:00",
    "span": "PT60S",
    "run": "00000000-0000-4000-8000-000000000000",
    "cost": "1.50",
    "data": "AAE=",
    "short": "abc",
    "few": [1],
    "tree": {"name": "root", "kids": [{"name": "leaf"}]},
}


def delivered(output):
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    return Session(
        session_id="devin-1",
        org_id="org-1",
        url="https://example.com",
        status="running",
        status_detail="finished",
        tags=[],
        created_at=moment,
        updated_at=moment,
        acus_consumed=0.0,
        pull_requests=[],
        structured_output=output,
    )


def references(node):
    if isinstance(node, list | tuple):
        return {one for item in node for one in references(item)}
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own | {one for item in node.values() for one in references(item)}


@pytest.mark.parametrize("model", CLASSES, ids=str)
def test_a_schema_is_one_of_draft_7(model):
    schema = schema_of(model)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["type"] == "object"
    Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("model", CLASSES, ids=str)
def test_a_schema_refers_to_nothing_but_its_own_definitions(model):
    schema = schema_of(model)
    assert references(schema) <= {f"#/definitions/{name}" for name in schema["definitions"]}


def test_what_a_schema_allows_is_read_as_the_class():
    Draft7Validator(schema_of(Everything)).validate(OUTPUT)
    output = read_output(delivered(OUTPUT), Everything, Redactor())
    assert (output.point, output.by_name) == (Point(1), {"p": Point(2, 3)})
    assert (output.color, output.size, output.kind) == (Color.RED, Size.SMALL, 3)
    assert (output.pair, output.many, output.names) == ((1, "b"), (1, 2, 3), {"n"})
    assert output.by_number == {7: "seven"}
    assert output.aware == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert (output.day, output.clock) == (date(2026, 11, 22), time(12))
    assert (output.span, output.cost) == (timedelta(minutes=1), Decimal("1.50"))
    assert (output.run, output.data) == (UUID(OUTPUT["run"]), b"\x00\x01")
    assert output.tree == Tree("root", [Tree("leaf")])
    assert (output.optional, output.factory, output.maybe) == (5, [], None)


MISFITS = {
    "$.text": ("text", 5),
    "$.number": ("number", "1.5"),
    "$.flag": ("flag", 1),
    "$.point.x": ("point", {"x": "1"}),
    "$.point.y": ("point", {"x": 1, "y": -1}),
    "$.maybe": ("maybe", 5),
    "$.one_of": ("one_of", 1.5),
    "$.kind": ("kind", "c"),
    "$.color": ("color", "green"),
    "$.size": ("size", True),
    "$.pair": ("pair", [1]),
    "$.pair[0]": ("pair", ["a", "b"]),
    "$.many[1]": ("many", [1, "2"]),
    "$.by_name[...].x": ("by_name", {"p": {"x": None}}),
    "$.short": ("short", "b"),
    "$.few": ("few", [1, 2, 3]),
    "$.tree.kids[0].name": ("tree", {"name": "a", "kids": [{"name": 1}]}),
}


@pytest.mark.parametrize(("path", "change"), MISFITS.items(), ids=MISFITS)
def test_a_misfit_tells_where_and_the_schema_forbids_it_too(path, change):
    output = OUTPUT | dict([change])
    assert not Draft7Validator(schema_of(Everything)).is_valid(output)
    with pytest.raises(StructuredOutputError) as caught:
        read_output(delivered(output), Everything, Redactor())
    error = caught.value
    assert (error.json_path, error.value, error.outcome) == (path, output, "rejected")
    assert str(error).startswith(f"the output of devin-1 is no Everything at {path}: ")


def test_a_field_that_is_missing_is_named():
    with pytest.raises(StructuredOutputError, match=r"at \$: .*`x`"):
        read_output(delivered({}), Point, Redactor())


def test_there_is_no_output_in_none():
    with pytest.raises(SessionFailedError, match="devin-1 is running, finished and has no") as it:
        read_output(delivered(None), Point, Redactor())
    assert it.value.session.session_id == "devin-1"


@given(
    st.builds(
        Tree, st.text(), st.lists(st.builds(Tree, st.text(), st.lists(st.builds(Tree, st.text()))))
    )
)
def test_every_tree_comes_back_as_it_was(tree):
    output = attrs.asdict(tree)
    Draft7Validator(schema_of(Tree)).validate(output)
    assert read_output(delivered(output), Tree, Redactor()) == tree


@given(st.from_type(int | str | float | bool | None))
def test_reading_and_the_schema_agree_on_what_an_integer_is(value):
    is_valid = Draft7Validator(schema_of(Point)).is_valid({"x": value})
    try:
        read_output(delivered({"x": value}), Point, Redactor())
    except StructuredOutputError:
        # A float that is whole is an integer of JSON Schema; it is none of ours.
        assert not is_valid or isinstance(value, float)
    else:
        assert is_valid


def test_docstrings_and_notes_explain_the_fields():
    schema = schema_of(Point)
    assert schema["description"] == "A place."
    assert schema["properties"]["y"] == {
        "type": "integer",
        "minimum": 0,
        "description": "Upwards.",
        "default": 0,
    }
    assert schema["required"] == ["x"]


def test_a_class_that_holds_itself_is_defined_once():
    schema = schema_of(Tree)
    assert schema["properties"]["kids"]["items"] == {"$ref": "#/definitions/Tree"}
    assert schema["definitions"].keys() == {"Tree"}


def test_a_field_may_have_the_name_of_a_keyword():
    model = make_dataclass("Odd", [("prefixItems", int), ("items", tuple[int, str])])
    schema = schema_of(model)
    assert schema["properties"]["prefixItems"] == {"type": "integer"}
    Draft7Validator(schema).validate({"prefixItems": 1, "items": [1, "a"]})


def test_one_of_several_structs_is_told_by_its_tag():
    output = {"result": {"type": "failed", "reason": "red"}}
    Draft7Validator(schema_of(Verdict)).validate(output)
    assert read_output(delivered(output), Verdict, Redactor()) == Verdict(Failed("red"))


@attrs.frozen
class Undecided:
    either: Point | Tree


@attrs.frozen
class Complex:
    number: complex


@attrs.frozen
class Lost:
    other: "Nowhere"  # noqa: F821 - that is the fault


class Row(NamedTuple):
    x: int


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Undecided, "result Undecided has no JSON Schema: Type unions may not contain more than"),
        (Undecided, r"Use one class whose fields may be None, or tagged msgspec Structs\."),
        (Complex, "result Complex has no JSON Schema: it is, or holds, what JSON has no form for"),
        (Lost, "result Lost has no JSON Schema: name 'Nowhere' is not defined"),
        (int, "result is int; allowed: an attrs class, a dataclass, a TypedDict or a Struct"),
        (list[Point], "result is list; allowed"),
        (Row, "result is Row; allowed"),
        (Color, "result is Color; allowed"),
        (5, "result 5 has no JSON Schema"),
    ],
)
def test_what_has_no_schema_is_refused_with_the_reason(model, message):
    with pytest.raises(InvalidArgumentError, match=message):
        schema_of(model)


def test_a_schema_that_the_api_would_not_take_is_refused():
    long = Annotated[str, Meta(description="x" * 65_536)]
    model = make_dataclass("Huge", [("text", long)])
    with pytest.raises(InvalidArgumentError, match=r"schema of Huge has \d+ bytes; allowed: 65,5"):
        schema_of(model)

"""Each model's full answer, broken in every single way, is read; strictly, it is refused."""

import copy
import importlib
import itertools
import json
import pkgutil
import types
import weakref
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec
import pytest
from attrs import frozen
from offenders import offenders

from devin_async import ResponseDecodeError, models
from devin_async.base.markers import TAGGED_UNIONS
from devin_async.codec import decoding
from devin_async.models.audit_logs import AuditLog
from devin_async.models.identity import Identity
from devin_async.models.organizations import DefaultTag, Organization
from devin_async.models.sessions import Session

SECONDS = 1_769_846_400
MOMENT = datetime(2026, 1, 31, 8, tzinfo=UTC)
SCALARS = {str: "text", int: 7, float: 1.5, bool: True, datetime: SECONDS, date: "2026-01-31"}
DEEPEST = 4


def all_models():
    for module in pkgutil.iter_modules(models.__path__):
        loaded = importlib.import_module(f"{models.__name__}.{module.name}")
        for kind in vars(loaded).values():
            is_own = isinstance(kind, type) and kind.__module__ == loaded.__name__
            if is_own and attrs.has(kind) and not hasattr(kind, "raw"):
                yield kind
    yield from TAGGED_UNIONS


def without_none(hint):
    """Give a type without None, and whether it had it."""
    if get_origin(hint) not in {Union, types.UnionType}:
        return hint, hint is Any
    parts = [part for part in get_args(hint) if part is not type(None)]
    return parts[0], len(parts) < len(get_args(hint))


def fields_of(model):
    hints = get_type_hints(model)
    return [(one, *without_none(hints[one.name])) for one in attrs.fields(model) if one.init]


def full(hint, depth=0):  # noqa: PLR0911 - one for each kind of type
    """Make the plain value of a type with all of its fields."""
    hint, _ = without_none(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if hint in SCALARS:
        return SCALARS[hint]
    if hint in TAGGED_UNIONS:
        tagged = TAGGED_UNIONS[hint]
        tag, member = next(iter(tagged.members.items()))
        return full(member, depth) | ({tagged.field: tag} if tagged.field else {})
    if origin in {list, Sequence}:
        return [full(parts[0], depth + 1)] if depth < DEEPEST else []
    if origin in {dict, Mapping}:
        return {"some key": full(parts[1], depth + 1)}
    if origin is Literal:
        return parts[0]
    if attrs.has(hint):
        return {one.name: full(kind, depth + 1) for one, kind, _ in fields_of(hint)}
    return {"any": 1}


@frozen
class Spot:
    """A place in a full answer: the way to it, and what may be there."""

    path: tuple
    hint: Any
    may_be_null: bool
    may_be_missing: bool


def spots(hint, value, path=()):
    hint, _ = without_none(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if hint in TAGGED_UNIONS:
        tagged = TAGGED_UNIONS[hint]
        member = next(iter(tagged.members.values()))
        if tagged.field:
            yield Spot((*path, tagged.field), str, may_be_null=False, may_be_missing=False)
            yield from (
                spot for spot in spots(member, value, path) if spot.path != (*path, tagged.field)
            )
        else:  # the field is the tag, and without it the kind is one that is new
            for spot in spots(member, value, path):
                yield attrs.evolve(spot, may_be_missing=True)
    elif origin in {list, Sequence}:
        for index, one in enumerate(value):
            yield from part_of(parts[0], one, (*path, index))
    elif origin in {dict, Mapping}:
        for name, one in value.items():
            yield from part_of(parts[1], one, (*path, name))
    elif attrs.has(hint):
        for one, kind, is_nullable in fields_of(hint):
            here = (*path, one.name)
            has_default = one.default is not attrs.NOTHING
            yield Spot(here, kind, is_nullable, has_default)
            yield from spots(kind, value[one.name], here)


def part_of(hint, value, path):
    kind, is_nullable = without_none(hint)
    yield Spot(path, kind, is_nullable, may_be_missing=True)
    yield from spots(kind, value, path)


def broken(document, spot, way):
    document = copy.deepcopy(document)
    holder = document
    for step in spot.path[:-1]:
        holder = holder[step]
    if way == "missing":
        del holder[spot.path[-1]]
    else:
        holder[spot.path[-1]] = None if way == "null" else other_than(spot.hint)
    return document


def other_than(hint):
    return {"no": 1} if hint is str else "no"


def fits(spot, way):
    if way == "null":
        return spot.may_be_null
    return spot.may_be_missing if way == "missing" else spot.hint is Any


def json_path(path):
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(["$", *(".*" if step == ".some key" else step for step in steps)])


def cases():
    for model in all_models():
        document = full(model)
        for spot in spots(model, document):
            for way in ("null", "missing", "other"):
                changed = broken(document, spot, way)
                if changed:  # of one field nothing would be left
                    yield model, spot, way, changed


def fault_of(model, spot, way, document):
    """Tell what is wrong with how a broken answer is read, both ways."""
    body, differences = json.dumps(document).encode(), []
    thing = decoding.decode(model, body, differences.append)
    if not isinstance(thing, model):
        return f"gives {thing!r}"
    try:
        decoding.decode(model, body)
        refused = False
    except ResponseDecodeError:
        refused = True
    if fits(spot, way):
        return differences or (refused and "was refused")
    # A part without any of its fields is told as a whole.
    places = {json_path(spot.path), json_path(spot.path[:-1])}
    if len(differences) != 1 or differences[0].json_path not in places:
        return differences or "told nothing"
    return None if refused else "was not refused"


def test_each_full_answer_fits_its_model():
    differences = []
    for model in all_models():
        decoding.decode(model, json.dumps(full(model)).encode(), differences.append)
    assert differences == []


def test_each_answer_that_is_broken_in_one_way_is_read_and_told_once():
    assert len(list(cases())) > 2_000
    assert offenders(cases(), fault_of) == {}


SPARSE = {
    one.name: full(kind) for one, kind, _ in fields_of(Session) if one.default is attrs.NOTHING
}


def encoded(items, **frame):
    return json.dumps({"items": items, **frame}).encode()


@pytest.mark.parametrize("model", [Session, AuditLog, Organization])
def test_a_row_that_drifts_leaves_the_others_as_they_are(model):
    whole = full(model)
    name = next(iter(whole))
    differences = []
    rows = [whole, whole | {name: None}, whole]
    page = decoding.decode_page(model, "items", encoded(rows), differences.append)
    intact = decoding.decode(model, json.dumps(whole).encode())
    assert page.items == [intact, attrs.evolve(intact, **{name: None}), intact]
    assert [one.json_path for one in differences] == [f"$.items[1].{name}"]


def test_null_gives_a_field_its_default_and_another_type_is_kept():
    differences = []
    raw = full(Session) | {"is_archived": None, "tags": "backend", "created_at": "soon"}
    session = decoding.decode(Session, json.dumps(raw).encode(), differences.append)
    assert (session.is_archived, session.tags, session.created_at) == (False, "backend", "soon")
    assert list(map(str, differences)) == [
        "Session.tags at $.tags: expected array of str, got str",
        "Session.created_at at $.created_at: expected time, got str",
        "Session.is_archived at $.is_archived: expected bool, got null",
    ]


OTHERS = [
    {"error": "quota exceeded"},
    {"detail": "Not authenticated"},
    {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "No"},
    {"status": "error", "message": "upstream"},
    {},
    [],
    "text",
    None,
]


def test_what_is_something_else_is_never_taken_for_a_model():
    def taken(model, raw):
        try:
            return decoding.decode(model, json.dumps(raw).encode(), lambda _: None)
        except ResponseDecodeError:
            return None

    judged = itertools.product([Session, Organization, AuditLog, Identity], OTHERS)
    assert offenders(judged, taken) == {}
    assert taken(DefaultTag, {"error": "x"}) is None
    assert taken(DefaultTag, {}) == DefaultTag()


NEARLY = {
    "half of a character": (rb'"a \ud83d b"', "a \ufffd b"),
    "the other half": (rb'"\ude00"', "\ufffd"),
    "two first halves": (rb'"\ud83d\ud83d"', "\ufffd\ufffd"),
    "a whole one": (rb'"\ud83d\ude00 \ud83d"', "\U0001f600 \ufffd"),
    "an escaped backslash before it": (rb'"\\ud83d \ud83d"', "\\ud83d \ufffd"),
    "no number": (b"NaN", None),
    "no end": (b"-Infinity", None),
    "a raw line break": (b'"a\nb"', "a\nb"),
    "a byte of another encoding": (b'"b\xf6t"', "b\ufffdt"),
}


def test_what_is_nearly_json_is_read_and_the_other_rows_stay_as_they_were():
    row = b'{"org_id":"o-1","name": "One",  "n":1e2}'
    for name, (text, value) in NEARLY.items():
        body = (
            b'\xef\xbb\xbf \n{"items":[' + row + b',{"org_id":"o-2","name":' + text + b"}]}\n\x0b"
        )
        differences = []
        page = decoding.decode_page(Organization, "items", body, differences.append)
        raw = decoding.decode_page(Any, "items", body, differences.append)
        kept = decoding.decode_page(msgspec.Raw, "items", body, differences.append)
        names = {page.items[1].name, raw.items[1]["name"]} if value else set()
        assert names <= {value}, name
        assert bytes(kept.items[0]) == row, name
        assert json.loads(bytes(kept.items[1]))["name"] == value, name
        assert {one.expected for one in differences if one.json_path == "$"} == {"JSON"}, name
        with pytest.raises(ResponseDecodeError):
            decoding.decode_page(Organization, "items", body)


def test_a_row_that_is_not_decoded_is_one_line_and_its_numbers_are_untouched():
    body = b'{"items":[{"a": 1.50,\r\n "b": 12345678901234567890},\n{"a":"\\n"}]}'
    page = decoding.decode_page(msgspec.Raw, "items", body)
    lines = [b'{"a": 1.50,   "b": 12345678901234567890}', b'{"a":"\\n"}']
    assert list(map(bytes, page.items)) == lines
    for start in (b"\xef\xbb\xbf", b""):  # as what is nearly JSON, and as a bare array
        near = start + body[body.index(b"[") : -1]
        page = decoding.decode_page(msgspec.Raw, "items", near, lambda _: None)
        assert list(map(bytes, page.items)) == lines


def test_infinity_and_nan_are_floats_where_a_float_may_be():
    raw = json.dumps(full(Session) | {"acus_consumed": float("inf")}).encode()
    assert decoding.decode(Session, raw, lambda _: None).acus_consumed == float("inf")


TIMES = {
    "seconds": SECONDS,
    "seconds with a fraction": SECONDS + 0.0,
    "milliseconds": SECONDS * 1000,
    "microseconds": SECONDS * 10**6,
    "nanoseconds": SECONDS * 10**9,
    "seconds as text": str(SECONDS),
    "milliseconds as text": str(SECONDS * 1000),
    "UTC": "2026-01-31T08:00:00Z",
    "naive": "2026-01-31T08:00:00",
    "naive, with microseconds": "2026-01-31T08:00:00.000000",
    "an offset": "2026-01-31T09:00:00+01:00",
    "another offset": "2026-01-31T02:30:00-05:30",
    "a space": "2026-01-31 08:00:00",
}


def test_each_time_of_a_page_is_read_by_itself():
    rows = [full(AuditLog) | {"created_at": time} for time in TIMES.values()]
    for first in range(len(rows)):
        turned = [*rows[first:], *rows[:first]]
        page = decoding.decode_page(AuditLog, "items", encoded(turned))
        assert {log.created_at for log in page.items} == {MOMENT}
        assert {log.created_at.tzinfo for log in page.items} == {UTC}


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ({"end_cursor": "c"}, ("c", True)),
        ({"end_cursor": "c", "has_next_page": None}, ("c", True)),
        ({"end_cursor": "c", "has_next_page": False}, ("c", False)),
        ({"end_cursor": "", "has_next_page": None}, ("", None)),
        ({"end_cursor": 7, "has_next_page": True}, ("7", True)),
        ({"end_cursor": {"no": 1}, "has_next_page": True}, (None, True)),
        ({"end_cursor": "c", "has_next_page": "perhaps"}, ("c", True)),
        ({"end_cursor": None, "has_next_page": "true"}, (None, True)),
        ({}, (None, None)),
    ],
)
def test_a_cursor_is_followed_unless_the_server_says_that_it_is_the_last(frame, expected):
    page = decoding.decode_page(Organization, "items", encoded([], **frame), lambda _: None)
    assert (page.end_cursor, page.has_next_page) == expected


OTHER_FRAMES = [
    ({"endCursor": "c", "hasNextPage": True}, ("c", True), ["$.endCursor", "$.hasNextPage"]),
    ({"End-Cursor": "c"}, ("c", True), ["$.End-Cursor"]),
    ({"next_cursor": 7, "has_more": True}, ("7", True), ["$.next_cursor", "$.has_more"]),
    (
        {"page_info": {"end_cursor": "c", "has_next_page": True}},
        ("c", True),
        ["$.page_info.end_cursor", "$.page_info.has_next_page"],
    ),
    ({"pageInfo": {"hasNextPage": False}}, (None, False), ["$.pageInfo.hasNextPage"]),
    ({"meta": {"endCursor": "c", "hasNextPage": False}}, ("c", False), None),
    ({"has_next_page": True, "endCursor": "c"}, ("c", True), ["$.endCursor"]),
    ({"has_next_page": False, "endCursor": "c"}, (None, False), []),
    ({"end_cursor": None, "hasNextPage": True}, (None, True), ["$.hasNextPage"]),
    ({"end_cursor": "c", "endCursor": "d"}, ("c", True), []),
    ({"endCursor": {"no": 1}, "hasNextPage": "yes"}, (None, None), []),
    ({"cursors": ["end_cursor"], "links": None}, (None, None), []),
]


@pytest.mark.parametrize("model", [Organization, Any, msgspec.Raw, Identity])
def test_what_tells_of_the_next_page_is_found_under_other_names_and_told(model):
    for frame, expected, paths in OTHER_FRAMES:
        differences = []
        page = decoding.decode_page(
            model, "items", encoded([], **frame), differences.append, is_paged=True
        )
        assert (page.end_cursor, page.has_next_page) == expected
        if paths is not None:
            assert [one.json_path for one in differences] == paths
    differences = []
    frame = {"endCursor": "c", "hasNextPage": True}
    decoding.decode_page(model, "items", encoded([], **frame), differences.append)
    assert differences == []  # nothing follows a list that is not paged


def test_a_strict_reader_refuses_another_name():
    with pytest.raises(ResponseDecodeError, match="expected end_cursor, got another name"):
        decoding.decode_page(Organization, "items", encoded([], endCursor="c"), is_paged=True)


def test_a_page_whose_items_are_null_is_empty_and_told():
    differences = []
    page = decoding.decode_page(Session, "items", b'{"items": null}', differences.append)
    assert (page.items, [one.json_path for one in differences]) == ([], ["$.items"])


def test_a_model_that_was_decoded_is_the_model_in_every_way():
    for kind in all_models():
        thing = decoding.decode(kind, json.dumps(full(kind)).encode(), lambda _: None)
        if attrs.has(kind) and kind not in TAGGED_UNIONS:
            fields = {one.name: getattr(thing, one.name) for one in attrs.fields(kind) if one.init}
            made = kind(**fields)
            assert (type(thing), thing, repr(thing)) == (kind, made, repr(made))
            assert weakref.ref(thing)() is thing
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(thing, attrs.fields(kind)[0].name, None)


def test_what_a_row_leaves_out_is_its_own():
    first, second = decoding.decode_page(Session, "items", encoded([SPARSE, SPARSE])).items
    assert attrs.asdict(first) == attrs.asdict(Session(**attrs.asdict(first)))
    lists = [
        one.name for one in attrs.fields(Session) if isinstance(getattr(first, one.name), list)
    ]
    assert all(getattr(first, name) is not getattr(second, name) for name in lists)

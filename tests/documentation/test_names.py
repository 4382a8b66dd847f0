"""Names say what a thing is, in the words of the field: participles and house words do not."""

import ast
import re
from pathlib import Path

import devin_async

PACKAGE = Path(devin_async.__file__).parent
HOUSE_WORDS = {"door", "doors", "families", "family", "found", "given", "known", "said", "seeded"}
HOUSE_WORDS |= {"stands", "told"}

# HTTP and shells say "not found", sockets have an address family.
STANDARD = re.compile(r"not_?found", re.IGNORECASE)
OF_SOCKETS = {"transport/connections.py", "transport/downloads.py"}


def names_in(tree):
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.arg(name):
                yield name
            case ast.Name(name, ast.Store()) | ast.Attribute(_, name, ast.Store()):
                yield name
            case ast.alias(_, str(name)) | ast.ExceptHandler(_, str(name)):
                yield name
            case ast.MatchAs(_, str(name)) | ast.MatchStar(str(name)):
                yield name


def house_words_of(name):
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", STANDARD.sub("", name))
    return HOUSE_WORDS.intersection(map(str.lower, words))


def offenders(source):
    return sorted(name for name in set(names_in(ast.parse(source))) if house_words_of(name))


def test_house_words_are_recognized_in_every_kind_of_name():
    source = """
import json as known_json
class FoundThings(Base):
    def tell(self, given, *, unknown, NotFoundError, COMMAND_NOT_FOUND):
        self.is_told = [said for said in given]
        try: pass
        except OSError as doors: pass
        match given:
            case [seeded_item, *family]: pass
"""
    expected = ["FoundThings", "doors", "family", "given", "is_told", "known_json", "said"]
    assert offenders(source) == [*expected, "seeded_item"]


def test_no_name_in_the_package_is_a_house_word():
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        names = offenders(path.read_text(encoding="utf-8"))
        names += [path.stem] if house_words_of(path.stem) else []
        wrong += [
            f"{place}: {name}" for name in names if (name, place in OF_SOCKETS) != ("family", True)
        ]
    assert wrong == []

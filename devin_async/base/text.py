"""Text of others, made harmless: no control characters, no forged lines."""

__all__ = [
    "LONGEST_READ",
    "class_name",
    "clean_lines",
    "is_unicode",
    "one_line",
    "printable",
    "short_line",
    "with_article",
]

LONGEST_READ = 20_000
"""So much of a text is looked at when one line of it is to be shown."""


def one_line(text: str) -> str:
    """Make one line of *text*, without what would move a cursor, hide text or forge a log."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def short_line(text: str, longest: int) -> str:
    """Make one line of *text*, of at most *longest* characters."""
    line = one_line(text[:LONGEST_READ])
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def printable(text: str) -> str:
    """Write out the characters that would move a terminal's cursor or hide text."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def is_unicode(text: str) -> bool:
    """Tell whether a database can hold *text*: it has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def clean_lines(text: str) -> str:
    """Make harmless what a server sent, keeping its lines and their indentation."""
    lines = text.expandtabs(4).splitlines()
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)


def with_article(name: str) -> str:
    """Write *name* as one of its kind: `a str`, `an int`."""
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def class_name(value: object) -> str:
    """Name the class of *value* in a sentence: `a str`, `an int`."""
    return with_article(type(value).__name__)

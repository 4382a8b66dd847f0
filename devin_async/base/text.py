"""Text of others, made harmless: no control characters, no forged lines."""

__all__ = ["clean_lines", "is_unicode", "one_line", "printable"]


def one_line(text: str) -> str:
    """Make one line of *text*, without what would move a cursor, hide text or forge a log."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


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

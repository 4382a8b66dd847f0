"""The search of the built site, asked as its page asks it in a browser.

It is Material's: each word with a trailing wildcard, titles worth a thousand times the text, a
whole page and an answer to more of the words worth more, results grouped by page.
https://github.com/squidfunk/mkdocs-material, src/templates/assets/javascripts/integrations/search
"""

import json
import re

from lunr.builder import Builder
from lunr.stop_word_filter import stop_word_filter
from lunr.tokenizer import Tokenizer


class SiteSearch:
    """The index in *folder*, a built site."""

    def __init__(self, folder):
        index = json.loads((folder / "search" / "search_index.json").read_text())
        builder = Builder()
        builder.pipeline.add(stop_word_filter)
        builder.search_pipeline.add(stop_word_filter)
        builder.b(0)
        builder.ref("location")
        separator = re.compile(index["config"]["separator"])
        builder.tokenizer = Tokenizer
        for name, options in index["config"]["fields"].items():
            builder.field(name, boost=options["boost"])
        for entry in index["docs"]:
            words = {name: separator.sub(" ", plain(entry[name])) for name in ("title", "text")}
            document = {"location": entry["location"], "tags": "", **words}
            builder.add(document, {"boost": entry.get("boost", 1)})
        self._index = builder.build()

    def places(self, question):
        """Give the places that answer *question*, the best first."""
        words = [word for word in re.findall(r"[\w.]+", question.lower()) if stop_word_filter(word)]
        scored = []
        for match in self._index.search(" ".join(f"{word}*" for word in words)):
            terms = match["match_data"].metadata
            answered = sum(any(term.startswith(word) for term in terms) for word in words)
            boost = ("#" not in match["ref"]) + answered / len(words)
            scored.append((match["score"] * (1 + boost**2), match["ref"]))
        return [place for _, place in sorted(scored, reverse=True)]

    def pages(self, question):
        """Give the pages that answer *question*, the best first."""
        return list(dict.fromkeys(place.partition("#")[0] for place in self.places(question)))


def plain(html):
    """Leave out the tags, as the page does."""
    return re.sub(r"<[^>]*>", " ", html)

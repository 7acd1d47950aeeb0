# SPDX-License-Identifier: MIT
# `check.py HTML-DIRECTORY WORDS`: every link of the built pages leads to a page and an anchor that are there, and every word
# of their text is known to the dictionary or to our list. Links to other sites are not followed.

import html.parser
import pathlib
import re
import subprocess
import sys
import urllib.parse

SILENT = {"code", "pre", "script", "style", "svg", "kbd", "samp"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Words that are no names: names have capitals inside, digits or underscores.
WORD = re.compile(r"(?<![\w./$-])[A-Za-z][a-z]+(?:'[a-z]+)?(?![\w/$(]|\.\w|-\d)")


class Page(html.parser.HTMLParser):
    """The anchors, links and words of a page; words only of the article."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.words = set(), [], []
        self.open, self.quiet, self.article = [], 0, 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors |= {given[key] for key in ("id", "name") if given.get(key)}
        self.links += [given[key] for key in ("href", "src") if given.get(key)]
        if tag in VOID:
            return
        self.open.append(tag)
        self.quiet += tag in SILENT
        self.article += given.get("role") == "main" or (self.article > 0)

    def handle_endtag(self, tag):
        if tag not in self.open:
            return
        while self.open:
            last = self.open.pop()
            self.quiet -= last in SILENT
            self.article -= self.article > 0
            if last == tag:
                break

    def handle_data(self, data):
        if self.article and not self.quiet:
            self.words += [word.lower() if word.islower() else word for word in WORD.findall(data.replace("’", "'"))]


def bad_links(directory, pages):
    for name, page in pages.items():
        for link in page.links:
            split = urllib.parse.urlsplit(link)
            if split.scheme or split.netloc:
                continue
            target = (directory / name).parent / urllib.parse.unquote(split.path) if split.path else directory / name
            target = target.resolve()
            if not target.exists():
                yield f"{name}: no {link}"
                continue
            anchor = urllib.parse.unquote(split.fragment)
            other = pages.get(str(target.relative_to(directory)))
            if anchor and other and anchor not in other.anchors:
                yield f"{name}: no anchor {link}"


def unknown_words(pages, own):
    known = {word for line in own.read_text().splitlines() if not line.startswith("#") for word in line.split()}
    where = {}
    for name, page in pages.items():
        for word in page.words:
            bare = word.removesuffix("'s")
            if bare not in known and bare.lower() not in known:
                where.setdefault(bare, name)
    checked = subprocess.run(["hunspell", "-l", "-i", "utf-8", "-d", "en_GB"], input="\n".join(where), text=True, capture_output=True,
                             check=True)
    return [f"{where[word]}: {word}" for word in sorted(set(checked.stdout.split())) if word in where]


def main(directory, own):
    directory = pathlib.Path(directory).resolve()
    pages = {str(path.relative_to(directory)): Page(path.read_text()) for path in sorted(directory.rglob("*.html"))}
    links, words = list(bad_links(directory, pages)), unknown_words(pages, pathlib.Path(own))
    for line in links:
        print(f"link: {line}")
    for line in words:
        print(f"spelling: {line}")
    if words:
        print(f"Mend the words, or add them to {own}.")
    print(f"{len(pages)} pages, {sum(len(page.links) for page in pages.values())} links, "
          f"{sum(len(page.words) for page in pages.values())} words checked")
    return 1 if links or words else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: check.py HTML-DIRECTORY WORDS")
    sys.exit(main(*sys.argv[1:]))

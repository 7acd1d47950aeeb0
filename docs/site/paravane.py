# SPDX-License-Identifier: MIT
# What our pages have beyond Markdown: refusal rows with their id as anchor, roles that name things of the spec, tables
# of structures, and diagrams drawn into the page so that they follow its colours.

import html
import json
import pathlib
import posixpath
import re
import subprocess
import sys

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.domains import Domain, ObjType
from sphinx.roles import XRefRole
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "abi" / "generate"))

import cost as cost_module  # noqa: E402

LOG = logging.getLogger(__name__)
# Objects of the interface: a call, a sub-operation (by its constant), a refusal row, a structure, a tiny guest.
KINDS = ("call", "op", "row", "struct", "example")
TITLES = {"call": "hypercall", "op": "sub-operation", "row": "refusal row", "struct": "structure", "example": "tiny guest"}


class Interface(Domain):
    """{call}`mmu_update` and so on. The anchor is the name itself, as the console prints it."""
    name, label = "pv", "Interface"
    object_types = {kind: ObjType(TITLES[kind], kind) for kind in KINDS}
    roles = {kind: XRefRole() for kind in KINDS}
    initial_data = {"objects": {}}

    def note(self, kind, name, anchor):
        self.data["objects"][kind, name] = self.env.docname, anchor

    def clear_doc(self, docname):
        self.data["objects"] = {key: value for key, value in self.data["objects"].items() if value[0] != docname}

    def merge_domaindata(self, docnames, otherdata):
        self.data["objects"].update({key: value for key, value in otherdata["objects"].items() if value[0] in docnames})

    def resolve_xref(self, env, fromdocname, builder, typ, target, node, contnode):
        docname, anchor = self.data["objects"].get((typ, target), (None, None))
        return make_refnode(builder, fromdocname, docname, anchor, contnode) if docname else None

    def resolve_any_xref(self, env, fromdocname, builder, target, node, contnode):
        return []

    def get_objects(self):
        for (kind, name), (docname, anchor) in self.data["objects"].items():
            yield name, name, kind, docname, anchor, 1 if kind == "call" else 0 if kind == "op" else 2


def anchor(directive, kind, name, anchor_name=None):
    target = nodes.target("", "", ids=[anchor_name or name])
    directive.state.document.note_explicit_target(target)
    directive.env.get_domain("pv").note(kind, name, anchor_name or name)
    return target


class Anchor(SphinxDirective):
    """``anchor:: KIND NAME``: this place is where the role KIND leads."""
    required_arguments, final_argument_whitespace = 1, True

    def run(self):
        kind, name = self.arguments[0].split()
        return [anchor(self, kind, name)]


class Row(SphinxDirective):
    """One refusal row: its id, what the guest gets, and the content as its text."""
    required_arguments, has_content = 1, True
    option_spec = {"answer": directives.unchanged_required}

    def run(self):
        name = self.arguments[0]
        box = nodes.container("", classes=["refusal"])
        head = nodes.paragraph(classes=["refusal-head"])
        head += nodes.literal("", self.options["answer"], classes=["answer"])
        head += nodes.Text(" ")
        head += nodes.reference("", name, refuri=f"#{name}", classes=["row-id"])
        box += head
        self.state.nested_parse(self.content, self.content_offset, box)
        return [anchor(self, "row", name), box]


def headers(directive, kind):
    """What abi/generate/structures.py found in the headers."""
    path = pathlib.Path(directive.env.app.outdir, "../structures.json").resolve()
    directive.env.note_dependency(str(path))
    return json.loads(path.read_text())[kind]


def table(head, rows, kind):
    """A table of cells that are text or nodes; a last column without anything is left out."""
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in head), cols=len(head))
    group += nodes.thead("", table_row([nodes.Text(cell) for cell in head]))
    group += nodes.tbody("", *(table_row(row) for row in rows))
    return nodes.table("", group, classes=[kind, "colwidths-auto"])


def table_row(cells):
    row = nodes.row()
    for cell in cells:
        cell = nodes.Text(cell) if isinstance(cell, str) else cell
        row += nodes.entry("", nodes.paragraph("", "", *(cell if isinstance(cell, list) else [cell])))
    return row


def code(text):
    return nodes.literal("", text)


class Struct(SphinxDirective):
    """A structure of the headers as a table of its fields, from the layout that the compiler gave them."""
    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        layouts = headers(self, "structures")
        if name not in layouts:
            raise self.error(f"the headers have no {name}")
        layout = layouts[name]
        rows = [(str(field["offset"]), str(field["size"]), code(field["type"].replace(" ", "\u00a0")),
                 [nodes.Text(4 * field["depth"] * "\u00a0"), code(field["name"])], field["text"])
                for field in layout["fields"]]
        head = nodes.paragraph(classes=["struct-head"])
        head += nodes.literal("", layout["title"])
        head += nodes.Text(f": {layout['size']} bytes, aligned to {layout['align']}, in ")
        head += nodes.literal("", layout["header"])
        return [anchor(self, "struct", name), head, table(("offset", "size", "type", "field", "meaning"), rows, "struct")]


class Constants(SphinxDirective):
    """``constants:: HEADER PATTERN``: the constants of a header whose names match, with the comments beside them."""
    required_arguments = 2

    def run(self):
        header, pattern = self.arguments
        found = [item for item in headers(self, "constants").get(header, []) if re.fullmatch(pattern, item["name"])]
        if not found:
            raise self.error(f"{header} has no constant {pattern}")
        return [table(("constant", "value", "meaning"),
                      [(code(item["name"]), code(item["value"]), item["text"]) for item in found], "constants")]


class Cost(SphinxDirective):
    """``cost:: OPERATION...``: what the benchmark measured, where it is not of one call."""
    required_arguments, optional_arguments = 1, 100

    def run(self):
        costs = cost_module.Costs(pathlib.Path(self.env.config.paravane_root))
        for file in cost_module.FILES:
            self.env.note_dependency(str(pathlib.Path(self.env.config.paravane_root, file)))
        rows = [(code(operation), form, *("" if figure is None else str(figure) for figure in figures))
                for operation, form, *figures in costs.lines(self.arguments)]
        return [table(("operation", "form", "n", "instructions", "Xen's", "ns", "Xen's ns"), rows, "cost")]


class Diagram(SphinxDirective):
    """docs/diagrams/NAME.dot, drawn by Graphviz; the content is its caption, the comment on top its text for who cannot see."""
    required_arguments, has_content = 1, True

    def run(self):
        relative, path = self.env.relfn2path(f"/diagrams/{self.arguments[0]}.dot")
        self.env.note_dependency(relative)
        comment = pathlib.Path(path).read_text().splitlines()[0].removeprefix("// ")
        drawn = subprocess.run(["dot", "-Tsvg", path], text=True, capture_output=True, check=False)
        if drawn.returncode:
            raise self.error(f"{relative}: {drawn.stderr}")
        figure = nodes.figure(classes=["diagram"])
        figure += nodes.raw("", inline_svg(drawn.stdout, self.arguments[0], comment), format="html")
        if self.content:
            caption = nodes.caption()
            holder = nodes.Element()
            self.state.nested_parse(self.content, self.content_offset, holder)
            caption += holder.children[0].children
            figure += caption
        return [figure]


def inline_svg(text, name, alt):
    """The drawing without its prologue, black and white given over to the page, ids made its own."""
    text = text[text.index("<svg"):]
    text = re.sub(r"<!--.*?-->|<title>.*?</title>", "", text, flags=re.S)
    text = text.replace('stroke="black"', 'stroke="currentColor"').replace('fill="black"', 'fill="currentColor"')
    text = re.sub(r"<text ", '<text fill="currentColor" ', text)
    text = re.sub(r'fill="white"', 'fill="none"', text).replace('stroke="transparent"', 'stroke="none"')
    text = re.sub(r'id="(\w+)"', rf'id="{name}-\1"', text)
    width = float(re.search(r'width="([\d.]+)pt"', text).group(1))
    text = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', f'style="max-width: {width * 1.25:.0f}px" role="img" aria-label="{html.escape(alt)}"',
                  text, count=1)
    return text


def outside(app, docname, source):
    """Links that leave docs/ lead to files of the repository. Those that have a page lead there, others are code."""
    def target(match):
        text, path = match.group(1), match.group(2)
        full = posixpath.normpath(posixpath.join(posixpath.dirname("docs/" + docname), path))
        if path.startswith("/") or full.startswith("docs/") or "://" in path:
            return match.group(0)
        if full in ("README.md", "guest-pv-kernel/README.md"):
            page = "index.md" if full == "README.md" else "bundled-guest.md"
            return f"[{text}](/{page})"
        guest = re.match(r"tests/guests/(\w+)(/main\.c)?$", full)
        if guest and guest.group(1) != "lib":
            return f"{{example}}`{text.strip('`')} <{guest.group(1)}>`"
        if not pathlib.Path(app.config.paravane_root, full).exists():
            LOG.warning("link to %s, which is not there", full, location=docname)
        return f"{text} (`{full}`)" if text.strip("`") != full else f"`{full}`"
    if docname == "bundled-guest":      # it lies in guest-pv-kernel/
        source[0] = re.sub(r"\]\(\.\./docs/", "](", source[0])
    source[0] = re.sub(r"(?<!!)\[([^\]\n]+)\]\(([^)#\s]+)\)", target, source[0])


def join_scripts(app, exception):
    """Debian's furo is unbundled: its script imports another, which browsers do not do from a file, and its style sheet one
    of the web server's. Put together they work anywhere."""
    if exception:
        return
    static = pathlib.Path(app.outdir, "_static")
    script, style = static / "scripts" / "furo.js", static / "styles" / "furo.css"
    text = re.sub(r'^import Gumshoe from "(\S+)";', lambda m: (script.parent / m.group(1)).read_text(), script.read_text())
    # At the bottom of a page without contents there is no last item.
    script.write_text(text.replace("if (useLastItem(last,", "if (last && useLastItem(last,"))
    text = re.sub(r"^@import url\(/javascript/(\S+)\);", lambda m: pathlib.Path("/usr/share/javascript", m.group(1)).read_text(),
                  style.read_text())
    style.write_text(text)


def relative_names(app, doctree):
    """A diff names its files as they lie in the repository."""
    for block in doctree.findall(nodes.literal_block):
        if block.get("language") == "udiff":
            short = re.sub(rf"^(---|\+\+\+) {re.escape(str(app.srcdir))}/", r"\1 ", block.astext(), count=2, flags=re.M)
            block.children[:] = [nodes.Text(short)]
            block.rawsource = short


def setup(app):
    app.add_config_value("paravane_root", "", "env")
    app.add_domain(Interface)
    for kind in KINDS:      # without the prefix pv:
        app.add_role(kind, XRefRoleIn(kind))
    app.add_directive("anchor", Anchor)
    app.add_directive("row", Row)
    app.add_directive("struct", Struct)
    app.add_directive("constants", Constants)
    app.add_directive("cost", Cost)
    app.add_directive("diagram", Diagram)
    app.connect("source-read", outside)
    app.connect("doctree-read", relative_names)
    app.connect("build-finished", join_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


class XRefRoleIn(XRefRole):
    """A role of the domain under its bare name."""

    def __init__(self, kind):
        super().__init__(warn_dangling=True)
        self.kind = kind

    def __call__(self, name, rawtext, text, lineno, inliner, options={}, content=[]):
        return super().__call__(f"pv:{self.kind}", rawtext, text, lineno, inliner, options, content)

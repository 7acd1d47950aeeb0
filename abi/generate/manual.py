# SPDX-License-Identifier: MIT
# Manual pages in mdoc: one of section 2 for each hypercall, and two overviews of section 7.

import re
import textwrap

import cost as cost_module
from reference import FACTS, answer, first_sentence

HEAD = ['.\\" SPDX-License-Identifier: MIT', '.\\" Made from abi/spec/ by abi/generate/: edit the spec, not this file.']


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return "\\&" + text if text[:1] in (".", "'") else text


def paragraph(text):
    """Each sentence on a line of its own, wrapped, as mdoc wants it."""
    return [roff(line) for sentence in re.split(r"(?<=[.;:?!]) (?=[A-Z0-9])", text.strip())
            for line in textwrap.wrap(sentence, 72, break_long_words=False, break_on_hyphens=False)]


def macro(name, *words):
    """A macro line with each argument quoted."""
    return f".{name} " + " ".join('"' + roff(word).replace('\\(dq', '""') + '"' if " " in word else roff(word) for word in words)


def description(text):
    text = first_sentence(text).rstrip(".:")
    return roff(text[:1].lower() + text[1:] if not text[1:2].isupper() else text)


def arguments(items):
    lines = [".Bl -tag -width Ds"]
    for item in items:
        notes = [item["type"], item["unit"], item["direction"]]
        notes += [f"aligned to {item['alignment']}"] if item.get("alignment") else []
        notes += [item[field] for field in ("range", "when") if item.get(field)]
        lines += [f".It Fa {item['name']}", *paragraph("; ".join(notes) + ".")]
    return lines + [".El"]


def errors(rows):
    lines = [".Bl -tag -width Ds"]
    for row in rows:
        tag = f".It Bq Er {row.errname}" if row.errname[0] == "E" else f".It {roff(row.errname)}"
        lines += [tag, *paragraph(row.cause), *paragraph(row.remedy), macro("Pq", row.id)]
    return lines + [".El"]


def synopsis(call):
    header = (call.headers or ["xen/xen.h"])[-1]
    lines = [".Sh SYNOPSIS", f".In {header}", macro("Ft", call.result), f".Fo HYPERVISOR_{call.name}"]
    lines += [macro("Fa", f"{kind} {name}".replace("* ", "*")) for kind, name in call.parameters]
    return lines + [".Fc"]


def costs_of(call, costs):
    operations = call.cost + [name for op in call.ops for name in op.cost]
    if not operations:
        return []
    lines = [".Sh COST", "Instructions of the call, as the benchmark last measured them:",
             ".Bl -column operation_with_a_name hypercall 1024 instructions", ".It Em operation Ta Em form Ta Em n Ta Em instructions"]
    lines += [f".It {roff(operation)} Ta {form} Ta {n} Ta {ours}" for operation, form, n, ours, *_ in costs.lines(operations)]
    return lines + [".El"]


def call_page(spec, call, costs, date):
    record = call.record
    lines = HEAD + [f".Dd {date}", f".Dt {call.name.upper()} 2", ".Os Paravane", ".Sh NAME", f".Nm {call.name}"]
    if not call.supported():
        lines += [f".Nd hypercall {call.number}, not offered", ".Sh DESCRIPTION", f"Hypercall {call.number} is refused with",
                  ".Er ENOSYS .", *paragraph(record["reason"]), *paragraph(record["xen"])]
        if call.refused_ops:
            lines += [".Pp", "Its sub\\-operations in Xen 4.17, none of them offered:", ".Bl -column a_very_long_name_of_a_constant number"]
            lines += [f".It Dv {name} Ta {value}" for name, value in call.refused_ops.items()] + [".El"]
        return lines + [".Sh SEE ALSO", ".Xr paravane 7"]
    lines += [f".Nd {description(record['effect'])}", *synopsis(call), ".Sh DESCRIPTION", *paragraph(record["effect"])]
    if call.arguments:
        lines += [".Pp", "The arguments are:", *arguments(call.arguments)]
    lines += [".Pp", *paragraph(f"Registers {call.registers()}.")]
    if call.ops:
        lines += [".Ss Sub-operations", ".Bl -tag -width Ds"]
        for op in sorted(call.ops, key=lambda op: op.number):
            text = op.record.get("effect") or f"Refused ({op.answer}). {op.record['reason']}"
            lines += [f".It Dv {op.constant} Pq {op.number}", *paragraph(text)]
            if op.record.get("struct"):
                lines += ["The argument is a", f".Vt {op.record['struct']} ."]
            if op.arguments:
                lines += arguments(op.arguments)
        lines += [".El"]
    for field, title in FACTS:
        lines += [f".Ss {title}", *paragraph(record[field])]
    lines += [".Sh RETURN VALUES", "Zero or a positive value as said above, or a negative errno.",
              "Each cause of one is a row of", ".Sx ERRORS ."]
    lines += [".Sh EXAMPLES", f".Pa tests/guests/{record['example']}/main.c", "shows it at work and is booted by the tests."]
    if record["fatal"]:
        lines += [".Sh DIAGNOSTICS", "What ends the domain:", ".Bl -bullet"]
        for line in record["fatal"]:
            lines += [".It", *paragraph(line)]
        lines += [".El"]
    lines += [".Sh COMPATIBILITY", *paragraph(record["xen"]), ".Pp", *paragraph(f"Used by: {record['used_by'].rstrip('.')}.")]
    lines += [".Sh ERRORS", *errors(spec.rows_of(call))] if spec.rows_of(call) else [".Sh ERRORS", "None."]
    lines += costs_of(call, costs)
    return lines + [".Sh SEE ALSO", ".Xr paravane 7 ,", ".Xr paravane-guide 7"]


def plain(markdown):
    """A paragraph of Markdown as text."""
    markdown = re.sub(r"\{\w+\}`([^`<]+?)(?: <[^>]*>)?`", r"\1", markdown)
    markdown = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown)
    return " ".join(re.sub(r"[`*]", "", markdown).split())


def opening(path):
    """(title, first paragraph) of a Markdown page."""
    text = re.sub(r"^%.*\n|^<!--.*?-->\n|^\([\w-]+\)=\n", "", path.read_text(), flags=re.M | re.S)
    text = re.sub(r"^(```|:::)\{.*?^\1\n", "", text, flags=re.M | re.S)
    parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    title = parts[0].splitlines()[0].lstrip("# ")
    rest = [" ".join(parts[0].splitlines()[1:])] + parts[1:]
    return plain(title), plain(next((part for part in rest if part and not part.startswith(("#", "`", "|", "!"))), ""))


def overview(spec, root, date):
    title, text = opening(root / "docs/index.md")
    lines = HEAD + [f".Dd {date}", ".Dt PARAVANE 7", ".Os Paravane", ".Sh NAME", ".Nm paravane",
                    ".Nd small hypervisor with the paravirtual interface of Xen 4.17", ".Sh DESCRIPTION", *paragraph(text),
                    ".Pp", "A guest kernel asks by hypercalls, each of which has a page in section 2:",
                    ".Bl -tag -width Ds"]
    for call in spec.supported():
        lines += [f".It Xr {call.name} 2", *paragraph(first_sentence(call.record["effect"]))]
    lines += [".El", ".Pp", "Every other number is refused with", ".Er ENOSYS :"]
    refused = [call.name for call in spec.calls if not call.supported()]
    lines += [f".Xr {name} 2 {',' if name != refused[-1] else '.'}" for name in refused]
    lines += [".Ss Registers", "Number in rax; arguments in rdi, rsi, rdx, r10, r8, r9.",
              "Answer in rax, an errno as its negative.", "The registers rcx and r11 are lost.", ".Sh FILES", ".Bl -tag -width Ds", ".It Pa include/xen/",
              "The interface's headers, with the names and layouts of Xen's.", ".It Pa share/pkgconfig/paravane-abi.pc",
              "For", ".Xr pkg-config 1 .", ".It Pa share/doc/paravane/html/", "The same reference to browse and to search.", ".El",
              ".Sh SEE ALSO", ".Xr paravane-guide 7"]
    return lines


def guide(root, date):
    lines = HEAD + [f".Dd {date}", ".Dt PARAVANE-GUIDE 7", ".Os Paravane", ".Sh NAME", ".Nm paravane-guide",
                    ".Nd how to write or port a paravirtual kernel", ".Sh DESCRIPTION",
                    *paragraph(opening(root / "docs/guide/index.md")[1]), ".Pp",
                    "The chapters, to be read in", ".Pa share/doc/paravane/html/ :", ".Bl -tag -width Ds"]
    chapters = sorted((root / "docs/guide").glob("[0-9]*.md"))
    for path in chapters:
        title, text = opening(path)
        lines += [macro("It", title) if " " in title else f".It {roff(title)}", *paragraph(text)]
    if not chapters:
        lines += [".It none"]
    return lines + [".El", ".Sh SEE ALSO", ".Xr paravane 7"]


def files(spec, root, date):
    """Every manual page, by its path below share/man."""
    costs = cost_module.Costs(root)
    pages = {f"man2/{call.name}.2": call_page(spec, call, costs, date) for call in spec.calls}
    pages["man7/paravane.7"] = overview(spec, root, date)
    pages["man7/paravane-guide.7"] = guide(root, date)
    return {path: "\n".join(lines) + "\n" for path, lines in pages.items()}

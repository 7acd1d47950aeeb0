# SPDX-License-Identifier: MIT
# The reference for people, as Markdown pages for Sphinx: one for each hypercall, one for each file of shared rows, one
# for each tiny guest, and the lists. manual.py makes the manual pages of the same records.

import re

import cost as cost_module

FACTS = (("partial", "Partial effect on failure"), ("preemption", "Preemption"),
         ("concurrency", "Concurrency"), ("privilege", "Privilege"))
NO_BREAK = "\u00a0"
ARGUMENT_HEAD = ("argument", "type", "unit", "direction", "notes")
SPECIAL = re.compile(r"([\\`*_\[\]<>|~{}#$])")
# Words of the texts that are names: constants, macros, row ids, calls.
WORD = re.compile(r"\b[A-Za-z_][\w.]*\w\b")


def escape(text):
    return SPECIAL.sub(r"\\\1", text)


class Writer:
    """Texts of the spec as Markdown: what they name becomes a link or code."""

    def __init__(self, spec, guests):
        self.guests = guests
        self.calls = {call.name for call in spec.calls if "_" in call.name or call.name == "multicall"}
        self.ops = {op.constant for call in spec.calls for op in call.ops}
        self.rows = {row.id for row in spec.rows}

    def text(self, text, own=""):
        out, at = "", 0
        for match in WORD.finditer(text):
            word = match.group(0)
            shown = self.name(word, own)
            if shown:
                out += escape(text[at:match.start()]) + shown
                at = match.end()
        return out + escape(text[at:])

    def name(self, word, own):
        if word in self.rows:
            return f"{{row}}`{word}`"
        if word == own:
            return f"`{word}`"
        if word in self.calls:
            return f"{{call}}`{word}`"
        if word in self.ops:
            return f"{{op}}`{word}`"
        if "_" in word:
            return f"`{word}`"
        return None


def table(head, rows):
    rows = list(rows)
    if not rows:
        return []
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def argument_rows(w, arguments):
    for argument in arguments:
        extra = [f"aligned to {argument['alignment']}"] if argument.get("alignment") else []
        extra += [argument[field] for field in ("range", "when") if argument.get(field)]
        yield (f"`{argument['name']}`", f"`{argument['type'].replace(' *', NO_BREAK + '*')}`", w.text(argument["unit"]), argument["direction"],
               w.text("; ".join(extra)))


def answer(row):
    return f"-{row.errname}" if row.errname[0] == "E" else row.errname


def row_block(w, row):
    lines = [f"```{{row}} {row.id}", f":answer: {answer(row)}", "", w.text(row.cause), "", f"Remedy: {w.text(row.remedy)}",
             "", f"Console: `{row.explain}`"]
    if row.xen:
        lines += ["", f"Xen 4.17: {w.text(row.xen)}"]
    if row.reachable != "yes":
        lines += ["", f"No test reaches it: {w.text(row.reachable.removeprefix('no: '))}."]
    return lines + ["```", ""]


def number(value):
    return "" if value is None else f"{value}"


def cost_table(costs, operations):
    """Of each operation the smallest size, the largest, and those that were compared with Xen."""
    lines = list(costs.lines(operations))
    ends = {(line[0], line[1]): (min(other[2] for other in lines if other[:2] == line[:2]),
                                 max(other[2] for other in lines if other[:2] == line[:2])) for line in lines}
    rows = [(f"`{operation}`", form, str(n), str(ours), number(xen), number(ns), number(xen_ns))
            for operation, form, n, ours, xen, ns, xen_ns in lines if xen or n in ends[operation, form]]
    return table(("operation", "form", "n", "instructions", "Xen's", "ns", "Xen's ns"), rows)


COST_NOTE = "The operations are those of the [benchmarks](/benchmarks.md); ns are QEMU's TCG and only good for comparing."


def facts(w, record, fields, own):
    return [f"**{title}.** {w.text(record[field], own)}\n" for field, title in fields if record.get(field)]


def op_section(w, call, op, costs, structs):
    lines = [f"```{{anchor}} op {op.constant}", "```", f"### {escape(op.constant)} ({op.number})", ""]
    if op.status == "refused":
        return lines + [f"**Refused** by {{row}}`{op.answer}`. {w.text(op.record['reason'])}", "",
                        f"**Xen 4.17.** {w.text(op.record['xen'])}", ""]
    if op.status == "stub":
        lines += ["**A stub:** it is there, and does nothing but answer.", ""]
    lines += [w.text(op.record["effect"], call.name), ""]
    if "struct" in op.record:
        lines += [f"Argument: {{struct}}`{op.record['struct']}`" if op.record["struct"] in structs
                  else f"Argument: `{op.record['struct']}`", ""]
    lines += table(ARGUMENT_HEAD, argument_rows(w, op.arguments))
    lines += facts(w, op.record, FACTS + (("xen", "Xen 4.17"), ("used_by", "Used by")), call.name)
    if op.record.get("example", call.record["example"]) != call.record["example"]:
        lines += [f"**Example.** {{example}}`{op.record['example']}`", ""]
    for line in op.record.get("fatal", []):
        lines += [f"**Fatal.** {w.text(line)}", ""]
    for row in op.rows:
        lines += row_block(w, row)
    return lines


def refused_page(w, call):
    lines = [f"```{{anchor}} call {call.name}", "```", f"# {escape(call.name)}", "",
             f"Hypercall {call.number}. **Not offered:** the answer is -ENOSYS, by {{row}}`hypercall.enosys.unknown_number`.",
             "", w.text(call.record["reason"]), "", f"**Xen 4.17.** {w.text(call.record['xen'])}", "",
             f"**Used by.** {w.text(call.record['used_by'])}", ""]
    if call.refused_ops:
        lines += ["## Sub-operations", "", "Xen 4.17's, none of them offered:", ""]
        lines += table(("sub-operation", "number"), ((f"`{name}`", str(value)) for name, value in call.refused_ops.items()))
    return lines


def prototype(call):
    """On one line if it fits, else an argument a line."""
    text = f"{call.prototype};"
    if len(text) <= 76:
        return [text]
    head, rest = text.split("(", 1)
    return [head + "("] + ["    " + part.strip() + "," for part in rest[:-2].split(",")[:-1]] + \
           ["    " + rest[:-2].split(",")[-1].strip() + ");"]


def call_page(w, spec, call, costs, structs, shown, differences):
    if not call.supported():
        return refused_page(w, call)
    record = call.record
    lines = [f"```{{anchor}} call {call.name}", "```", f"# {escape(call.name)}", "", w.text(record["effect"], call.name), "",
             "```c", f"#include <{(call.headers or ['xen/xen.h'])[-1]}>", "", *prototype(call), "```", "",
             f"Hypercall {call.number}, {record['status']} since {record['since']}. {w.text(call.registers())}.", ""]
    lines += table(ARGUMENT_HEAD, argument_rows(w, call.arguments))
    lines += facts(w, record, FACTS, call.name)
    lines += [f"**Fatal.** {w.text(line)}\n" for line in record["fatal"]] or \
             ["**Fatal.** Nothing this call is given ends the domain.\n"]
    lines += [f"**Used by.** {w.text(record['used_by'])}", ""]
    lines += [f"**Example.** {{example}}`{record['example']}`", ""]
    if call.ops:
        lines += ["## Sub-operations", ""]
        for op in sorted(call.ops, key=lambda op: op.number):
            lines += op_section(w, call, op, costs, structs)
    operations = call.cost + [name for op in call.ops for name in op.cost]
    lines += ["## Cost", ""]
    lines += cost_table(costs, operations)
    lines += [COST_NOTE if operations else "Not in the benchmark: the null hypercall's cost and the bounded work above.", ""]
    lines += ["## Differences from Xen 4.17", "", w.text(record["xen"], call.name), ""]
    examples = {record["example"]} | {op.record.get("example") for op in call.ops}
    measured = [(test, why) for test, why in differences if test.split(":")[0] in examples]
    if measured:
        lines += ["Rows of its examples that answer otherwise there, as the differential test finds:", ""]
        lines += table(("test", "why"), ((escape(test), w.text(why)) for test, why in measured))
    else:
        lines += ["Its examples answer the same there in every row, as the differential test finds.", ""]
    lines += ["## Refusals", ""]
    for row in call.own_rows:
        lines += row_block(w, row)
    if not call.rows():
        lines += ["None of its own.", ""]
    for name in call.shared:
        lines += [f"And those it shares with other calls, [{escape(name)}](rows-{name}.md):", ""]
        lines += table(("answer", "row", "cause"), ((f"`{answer(row)}`", f"{{row}}`{row.id}`", w.text(row.cause))
                                                    for row in spec.shared[name]))
    used = []
    for op in call.ops:
        name = op.record.get("struct")
        if name in structs and name not in shown and name not in used:
            used.append(name)
    if used:
        lines += ["## Structures", ""]
        for name in used:
            shown.add(name)
            lines += [f"```{{struct}} {name}", "```", ""]
    return lines


def index_page(w, spec):
    lines = ["# Hypercalls", "",
             "Every number of Xen 4.17's table, and what becomes of it here. A refusal's row is named as the console names it;",
             "all of them are on one page: [refusal rows](rows.md).", "",
             "Number in rax; arguments in rdi, rsi, rdx, r10, r8, r9; answer in rax, an errno as its negative; rcx and r11",
             "are lost. Through the hypercall page, 32 bytes a call, or by the instruction `syscall` itself.", ""]
    lines += [f"- {call.number} {{call}}`{call.name}`: {summary(w, call)}" for call in spec.calls] + [""]
    lines += ["```{toctree}", ":hidden:", ""] + [call.name for call in spec.calls] + \
             [f"rows-{name}" for name in sorted(spec.shared)] + ["rows", "differences", "```", ""]
    return lines


def summary(w, call):
    if call.supported():
        return w.text(first_sentence(call.record["effect"]), call.name)
    return f"*Not offered.* {w.text(call.record['reason'])}"


def first_sentence(text):
    return re.match(r".*?[.:](?= [A-Z]|$)|.*", text, re.S).group(0)


def rows_page(w, spec):
    lines = ["# Refusal rows", "",
             f"All {len(spec.rows)} causes for which a hypercall is refused, in the order of their ids.", ""]
    return lines + table(("row", "answer", "cause"), ((f"{{row}}`{row.id}`", f"`{answer(row)}`", w.text(row.cause))
                                                      for row in spec.rows))


def differences_page(w, spec):
    """Tests with one reason in common are told together."""
    lines = ["# Answers that differ from Xen's", "",
             "The differential test boots every tiny guest, and the bundled guest's selftest, here and as domain 0 of Debian's Xen",
             "4.17, and compares each line of their results. These differ, and no others:", ""]
    reasons = {}
    for test, why in spec.differences:
        reasons.setdefault(why, []).append(test)
    lines += table(("tests", "why"), (("; ".join(escape(test) for test in tests), w.text(why)) for why, tests in reasons.items()))
    return lines + ["What a porter should know of each call is on its page, under the same heading."]


def shared_page(w, name, rows, callers):
    callers = ", ".join(f"{{call}}`{call}`" for call in callers)
    if all(row.errname == "killed" for row in rows):
        text = f"What ends a domain for its own fault; the console says it in any case. Calls that have to do with it: {callers}."
    elif callers:
        text = f"Refusals that several calls have in common: {callers}."
    else:
        text = "Refusals of the dispatcher, before any call is reached."
    lines = [f"# Shared rows: {escape(name)}", "", text, ""]
    for row in rows:
        lines += row_block(w, row)
    return lines


def opening_comment(text):
    """The first comment that is not the licence, a paragraph a string, without its stars."""
    for comment in re.findall(r"/\*(.*?)\*/", text, re.S):
        comment = re.sub(r"\n\s*\* ?", "\n", comment).strip()
        if "SPDX" not in comment or "\n" in comment:
            comment = re.sub(r"SPDX.*\n?", "", comment).strip()
            return [" ".join(part.split()) for part in comment.split("\n\n") if part.strip()]
    return []


def example_page(w, name, directory):
    files = ["main.c"] + sorted(path.name for path in directory.iterdir() if path.name != "main.c" and path.is_file())
    lines = [f"```{{anchor}} example {name}", "```", f"# {escape(name)}", ""]
    for paragraph in opening_comment((directory / "main.c").read_text()):
        lines += [w.text(paragraph), ""]
    for file in files:
        language = "c" if file.endswith((".c", ".h")) else "none"
        lines += [f"`tests/guests/{name}/{file}`", "", f"```{{literalinclude}} /tests/guests/{name}/{file}",
                  f":language: {language}", "```", ""]
    return lines


def examples_index(names):
    return ["# Tiny guests", "", "Each is one claim about the interface, told in its opening comment, booted by the tests on",
            "Paravane and, alone as domain 0, on Debian's Xen 4.17. They stand on the library in `tests/guests/lib/`.", "",
            "```{toctree}", ":maxdepth: 1", ""] + names + ["```", ""]


def files(spec, root, layouts):
    """Every page, by its path in Sphinx's source directory."""
    costs = cost_module.Costs(root)
    guests = {path.parent.name: path.parent for path in sorted((root / "tests/guests").glob("*/main.c"))}
    w = Writer(spec, guests)
    written = "".join(path.read_text() for path in (root / "docs").rglob("*.md"))
    shown = set(re.findall(r"\{struct\} (\w+)\n", written))
    pages = {"hypercalls/index.md": index_page(w, spec), "hypercalls/rows.md": rows_page(w, spec),
             "hypercalls/differences.md": differences_page(w, spec)}
    for call in spec.calls:
        pages[f"hypercalls/{call.name}.md"] = call_page(w, spec, call, costs, layouts, shown, spec.differences)
    for name, rows in sorted(spec.shared.items()):
        callers = [call.name for call in spec.calls if name in call.shared]
        pages[f"hypercalls/rows-{name}.md"] = shared_page(w, name, rows, callers)
    for name, directory in guests.items():
        pages[f"examples/{name}.md"] = example_page(w, name, directory)
    pages["examples/index.md"] = examples_index(sorted(guests))
    return {path: "\n".join(lines) + "\n" for path, lines in pages.items()}

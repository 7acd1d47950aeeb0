# SPDX: MIT
# The reference for people: one HTML page and a manual page for each call, from the same records.

import html

STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: .5rem 0 1rem; width: 100%; }
th, td { border: 1px solid #ccc; padding: .2rem .5rem; text-align: left; vertical-align: top; }
th { background: #f4f4f4; } code { background: #f4f4f4; padding: 0 .2rem; }
h2 { border-top: 2px solid #888; padding-top: 1rem; } .refused { color: #777; }
dt { font-weight: bold; } dd { margin: 0 0 .4rem 1.5rem; }
"""
FACTS = (("partial", "Partial effect on failure"), ("preemption", "Preemption"),
         ("concurrency", "Concurrency"), ("privilege", "Privilege"), ("xen", "Differences from Xen 4.17"),
         ("used_by", "Used by"))


def table(head, rows):
    if not rows:
        return ""
    text = "<table><tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>"
    for row in rows:
        text += "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
    return text + "</table>\n"


def argument_rows(arguments):
    for argument in arguments:
        extra = [f"aligned to {argument['alignment']}"] if argument.get("alignment") else []
        extra += [argument[field] for field in ("range", "when") if argument.get(field)]
        yield [f"<code>{html.escape(argument['name'])}</code>",
               f"<code>{html.escape(argument['type'])}</code>", html.escape(argument["unit"]),
               argument["direction"], html.escape("; ".join(extra))]


def error_rows(rows):
    for row in rows:
        name = {"short count": "short count"}.get(row.errname, row.errname)
        name = name if row.errname[0] != "E" else f"-{name}"
        yield [f'<span id="{row.id}">{name}</span>', f"<code>{row.id}</code>", html.escape(row.cause),
               html.escape(row.remedy)]


ARGUMENT_HEAD = ("argument", "type", "unit", "direction", "notes")
ERROR_HEAD = ("answer", "row", "cause", "remedy")


def call_section(call):
    text = f'<h2 id="{call.name}">{call.number} {call.name}</h2>\n'
    if not call.supported():
        return text + (f'<p class="refused">Refused with -ENOSYS. {html.escape(call.record["reason"])} '
                       f'Xen 4.17: {html.escape(call.record["xen"])}</p>\n')
    text += f"<p><code>{html.escape(call.prototype)};</code></p>\n"
    text += f"<p>{html.escape(call.record['effect'])}</p>\n"
    text += f"<p>Registers: {html.escape(call.registers())}.</p>\n"
    text += table(ARGUMENT_HEAD, list(argument_rows(call.arguments)))
    for op in call.ops:
        text += f'<h3 id="{call.name}.{op.name}">{op.constant} ({op.number})</h3>\n'
        if op.status == "refused":
            text += f'<p class="refused">Refused. {html.escape(op.record["reason"])}</p>\n'
            continue
        text += f"<p>{html.escape(op.record['effect'])}</p>\n"
        if "struct" in op.record:
            text += f"<p>Argument: <code>{op.record['struct']}</code></p>\n"
        text += table(ARGUMENT_HEAD, list(argument_rows(op.arguments)))
        facts = [(title, op.record[field]) for field, title in FACTS if op.record.get(field)]
        text += "".join(f"<p>{title}: {html.escape(value)}</p>\n" for title, value in facts)
    facts = [(title, call.record[field]) for field, title in FACTS]
    facts += [("Fatal", line) for line in call.record["fatal"]]
    facts += [("Example", f"tests/guests/{call.record['example']}")]
    text += "<dl>" + "".join(f"<dt>{title}</dt><dd>{html.escape(value)}</dd>" for title, value in facts)
    text += "</dl>\n" + table(ERROR_HEAD, list(error_rows(call.rows())))
    if call.shared:
        links = ", ".join(f'<a href="#rows.{name}">{name}</a>' for name in call.shared)
        text += f"<p>And the shared rows of {links}.</p>\n"
    return text


def page(spec):
    text = ('<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Hypercall reference</title>'
            f"<style>{STYLE}</style>\n<h1>Hypercall reference</h1>\n<p>")
    text += " ".join(f'<a href="#{call.name}"{"" if call.supported() else " class=refused"}>{call.name}</a>'
                     for call in spec.calls)
    text += "</p>\n" + "".join(call_section(call) for call in spec.calls)
    for name, rows in sorted(spec.shared.items()):
        text += f'<h2 id="rows.{name}">Shared rows: {name}</h2>\n'
        text += table(ERROR_HEAD, list(error_rows(rows)))
    if spec.differences:
        text += "<h2>Tests that answer otherwise on Xen</h2>\n"
        text += table(("test", "why"), [[html.escape(cell) for cell in row] for row in spec.differences])
    return text + "</html>\n"


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def manual(spec, call):
    lines = [f".TH {call.name.upper()} 2pv", ".SH NAME",
             f"{call.name} \\- hypercall {call.number}", ".SH SYNOPSIS", f".B {roff(call.prototype)};",
             ".SH DESCRIPTION", roff(call.record["effect"]), ".PP",
             f"Registers: {roff(call.registers())}."]
    for argument in call.arguments:
        notes = "; ".join(argument[field] for field in ("range", "when") if argument.get(field))
        lines += [".TP", f".I {argument['name']}",
                  roff(f"{argument['unit']}, {argument['direction']}" + (f"; {notes}" if notes else ""))]
    if call.ops:
        lines.append(".SH SUB\\-OPERATIONS")
    for op in call.ops:
        text = op.record.get("effect") or "Refused. " + op.record["reason"]
        lines += [".TP", f".B {op.constant} ({op.number})", roff(text)]
    lines.append(".SH ERRORS")
    for row in spec.rows_of(call):
        lines += [".TP", f".B {row.errname}", roff(f"{row.cause} {row.remedy} ({row.id})")]
    for field, title in FACTS:
        lines += [f".SH {title.upper()}", roff(call.record[field])]
    for line in call.record["fatal"]:
        lines += [".SH FATAL", roff(line)]
    lines += [".SH EXAMPLE", roff(f"tests/guests/{call.record['example']}"), ""]
    return "\n".join(lines)


def files(spec):
    """Every file of the reference, by its path in the output directory."""
    made = {"reference.html": page(spec)}
    for call in spec.supported():
        made[f"man/{call.name}.2pv"] = manual(spec, call)
    return made

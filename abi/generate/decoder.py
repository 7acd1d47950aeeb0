# SPDX-License-Identifier: MIT
# The tables of the hypercall tracer (hypervisor/domain/trace_print.c): what each argument and each member of a
# structure is called and how it is shown, and the names of constants. Offsets and values are left to the C compiler.

import pathlib
import re

import emit

INCLUDE = pathlib.Path(__file__).resolve().parents[1] / "include" / "xen"
PREFIX_RE = re.compile(r"((?:[A-Z]+_)+)( flags)?")
LIST_UNITS = ("requests", "operations")
RECORD_WORDS = 6    # what a record of TRC_PV_HYPERCALL_V2 can carry besides the call's number
NARROW = ("int", "unsigned int", "domid_t")
SIGNED = ("int16_t", "int32_t", "int")
NUMBERS = ("uint8_t", "uint16_t", "uint32_t", "uint64_t", "xen_ulong_t", "unsigned int", "unsigned long", "int16_t", "int",
           "domid_t", "evtchn_port_t", "grant_ref_t", "grant_handle_t", "xen_pfn_t", "xen_callback_t")
HEX_UNITS = re.compile(r"va\b|mfn|pfn|machine address|entry$|descriptor$|register value|selector|page-table|bits$")


def prefix_of(argument):
    """(prefix, whether its constants are flags) if the unit names one, else None."""
    match = PREFIX_RE.fullmatch(argument["unit"].replace("domid", "DOMID_"))
    return (match[1], bool(match[2])) if match else None


def kind_of(argument):
    if prefix_of(argument):
        return "FLAGS" if prefix_of(argument)[1] else "NAMED"
    if argument["type"].endswith("*"):
        return "OUT" if argument["direction"] == "out" else "POINTER"
    if HEX_UNITS.search(argument["unit"]):
        return "HEX"
    return "SIGNED" if argument["type"] in SIGNED else "NUMBER"


def item(call, op, argument, place, size, kind, groups, words=0):
    group = groups.index(prefix_of(argument)[0]) if prefix_of(argument) else 0
    return f'TRACE_ITEM({call.number}, {op}, "{argument["name"]}", {place}, {size}, {kind}, {group}, ' \
           f"{int(argument['direction'] == 'out')}, {words})"


def call_items(call, groups):
    """One line for each register argument: where it points to structures, the structures are shown."""
    structs = any(op.record.get("struct") for op in call.ops)
    room = RECORD_WORDS
    for index, argument in enumerate(call.arguments):
        following = call.arguments[index + 1]["unit"] if index + 1 < call.nargs else ""
        kind = kind_of(argument)
        if argument["unit"] == "sub-op" and call.ops:
            kind = "SUB_OP"
        elif structs and argument["unit"] == "va" and (kind == "POINTER" or argument["type"] == "void *"):
            kind = "LIST" if following in LIST_UNITS else "STRUCT"
        wide = argument["type"] not in NARROW
        words = 0 if kind in ("POINTER", "OUT", "LIST", "STRUCT") or room < 1 + wide else 1 + wide
        room -= words
        size = f"sizeof({argument['type']})" if argument["type"] in NUMBERS else "8"
        yield item(call, "TRACE_ARGUMENT", argument, 8 * index, size, kind, groups, words)


def op_lines(call):
    for op in call.ops:
        if op.status == "refused":
            continue
        struct = op.record.get("struct")
        bits = any(argument["unit"].endswith("| command") for argument in op.arguments)
        where = "BITS" if bits else "CALL" if any(a["unit"] == "sub-op" for a in call.arguments) else "FIRST"
        yield f'TRACE_OP({call.number}, {op.number}, "{op.constant}", {f"sizeof({struct})" if struct else 0}, {where})'


def op_items(call, groups):
    of_call = {argument["name"] for argument in call.arguments}
    for op in call.ops:
        struct = op.record.get("struct")
        for argument in op.arguments if struct and op.status != "refused" else []:
            name = argument["name"]
            shown = argument["type"] in NUMBERS or argument["type"].endswith("*")
            if shown and name not in of_call and argument["unit"] != "unused":
                yield item(call, op.number, argument, f"offsetof({struct}, {name})", f"sizeof((({struct} *)0)->{name})",
                           kind_of(argument), groups)


def constants(groups):
    """Every constant of the headers that begins with one of the prefixes, by #define or in an enum."""
    found = set()
    for header in sorted(INCLUDE.rglob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
        for name in re.findall(r"^\s*(?:#\s*define\s+)?([A-Z]\w+)(?=[ \t]+[\w(-]|\s*=|,)", text, re.M):
            found |= {(group, name) for group, prefix in enumerate(groups)
                      if name.startswith(prefix) and not re.search("_(MAX|MASK|mask|RESERVED)$", name)}
    return sorted(found)


def trace_table(spec):
    calls = [call for call in spec.calls if call.supported()]
    headers = sorted({header for call in calls for header in call.headers} |
                     {op.header for call in calls for op in call.ops if op.header})
    arguments = [a for call in calls for a in call.arguments + [a for op in call.ops for a in op.arguments]]
    groups = ["errno"] + sorted({prefix_of(a)[0] for a in arguments if prefix_of(a)})
    errors = sorted({row.errname for row in spec.rows if row.errname[0] == "E"})
    tables = {
        "TRACE_OP": [line for call in calls for line in op_lines(call)],
        "TRACE_ITEM": [line for call in calls for line in list(call_items(call, groups)) + list(op_items(call, groups))],
        "TRACE_NAME": [f'TRACE_NAME(0, "-{name}", -XEN_{name})' for name in errors] +
                      [f'TRACE_NAME({group}, "{name}", {name})' for group, name in constants(groups)],
    }
    lines = [emit.banner("For the hypercall tracer, as X-macros; include with one of them defined:\n"
                         " * TRACE_ITEM(call, op or TRACE_ARGUMENT, name, offset, size, kind, group of names, out,\n"
                         " *            words of it in a binary record),\n"
                         " * TRACE_OP(call, op, name, size of its structure, where its number stands),\n"
                         " * TRACE_NAME(group, name, value); group 0 is negative errno."),
             "#ifndef TRACE_ARGUMENT", "#define TRACE_ARGUMENT 255", "#include <xen/errno.h>"]
    lines += [f"#include <{header}>" for header in headers] + ["#endif"]
    for macro, made in tables.items():
        lines += [f"#ifdef {macro}"] + made + [f"#undef {macro}", "#endif"]
    return "\n".join(lines) + "\n"

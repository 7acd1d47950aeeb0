# SPDX-License-Identifier: MIT
# Turns a loaded spec into C text. Each function returns one file's content; nothing is checked here.

import spec as spec_module

BANNER = "/* SPDX-License-Identifier: MIT\n * {what}\n * Made from abi/spec/ by abi/generate/: edit the spec, not this file. */\n"


def banner(what):
    return BANNER.format(what=what)


def refusals(spec):
    lines = [banner("Refusal ids and their errno constants."), "#pragma once", "",
             "enum refusal_id {", "    REFUSAL_none,"]
    lines += [f"    REFUSAL_{row.symbol}," for row in spec.rows]
    lines += ["    REFUSAL_COUNT", "};", "",
              "/* The errno of each row (positive); of a gnttab row the negated GNTST_ value, of a short row 0. */", "enum {"]
    lines += [f"    REFUSAL_ERRNO_{row.symbol} = {row.errno}," for row in spec.rows]
    lines += ["    REFUSAL_ERRNO_none = 0", "};", "",
              "/* How many values each row's explanation prints. */", "enum {"]
    lines += [f"    REFUSAL_VALUES_{row.symbol} = {row.values}," for row in spec.rows]
    probes = "".join(f" || (id) == REFUSAL_{row.symbol}" for row in spec.rows if row.probe)
    lines += ["    REFUSAL_VALUES_none = 0", "};", "", "/* The caller asks whether; no is an answer, not a fault. */",
              f"#define REFUSAL_IS_PROBE(id) (false{probes})", ""]
    return "\n".join(lines)


def refusal_table(spec):
    lines = [banner("Refusal texts, as an X-macro; include with REFUSAL defined:\n"
                    " * REFUSAL(symbol, dotted id, errno, errno name, values, explanation).\n"
                    " * Placeholders {n:x} {n:d} {n:u} stand for value n, as hex with 0x, signed, unsigned."),
             "#ifdef REFUSAL"]
    lines += [f'REFUSAL({row.symbol}, "{row.id}", {row.errno}, "{row.errname}", {row.values}, '
              f'"{row.line}")' for row in spec.rows]
    lines += ["#undef REFUSAL", "#endif", ""]
    return "\n".join(lines)


def hypercall_table(spec):
    count = spec.calls[-1].number + 1
    by_number = {call.number: call for call in spec.calls}
    lines = [banner("The dispatch list, as an X-macro that may be included repeatedly:\n"
                    " * HYPERCALL(number, name, nargs) for every call that has a handler hc_NAME,\n"
                    " * HYPERCALL_NONE(number, name) for every other number below HYPERCALL_COUNT."),
             "#ifndef HYPERCALL_COUNT", f"#define HYPERCALL_COUNT {count}", "#endif", "",
             "#ifdef HYPERCALL", "#ifndef HYPERCALL_NONE", "#define HYPERCALL_NONE(number, name)",
             "#endif"]
    for number in range(count):
        call = by_number.get(number)
        if call and call.supported():
            lines.append(f"HYPERCALL({number}, {call.name}, {call.nargs})")
        else:
            lines.append(f"HYPERCALL_NONE({number}, {call.name if call else f'unused_{number}'})")
    lines += ["#undef HYPERCALL", "#undef HYPERCALL_NONE", "#endif", ""]
    return "\n".join(lines)


def hypercall_prototypes(spec):
    lines = [banner("Handler prototypes: as many arguments as the call has, in register order."),
             "#pragma once", "#include <stdint.h>", ""]
    for call in spec.supported():
        parameters = ", ".join(f"uint64_t {name}" for _, name in call.parameters) or "void"
        lines.append(f"long hc_{call.name}({parameters});")
    return "\n".join(lines) + "\n"


def stub(call):
    parameters = ", ".join(f"{kind}{'' if kind.endswith('*') else ' '}{name}"
                           for kind, name in call.parameters) or "void"
    lines = [f"static inline {call.result} HYPERVISOR_{call.name}({parameters})", "{"]
    outputs = ['"=a"(result)']
    constraint = {"rdi": '"+D"', "rsi": '"+S"', "rdx": '"+d"'}
    lines.append("    long result;")
    for register, (_, name) in zip(spec_module.ARGUMENT_REGISTERS, call.parameters):
        variable = f"{register}_{name}"
        if register in constraint:
            lines.append(f"    unsigned long {variable} = (unsigned long){name};")
            outputs.append(f'{constraint[register]}({variable})')
        else:
            lines.append(f'    register unsigned long {variable} __asm__("{register}") = '
                         f"(unsigned long){name};")
            outputs.append(f'"+r"({variable})')
    lines += ["",
              f'    __asm__ volatile("call hypercall_page + {call.number * 32}"',
              f'                     : {", ".join(outputs)}',
              '                     :',
              '                     : "rcx", "r11", "memory");',
              f"    return ({call.result})result;", "}", ""]
    return lines


def hypercall_stubs(spec):
    headers = sorted({header for call in spec.supported() for header in call.headers})
    lines = [banner("Guest stubs: one per call, through the hypercall page, named and typed as PV\n"
                    " * kernels name them. The page must be linked as hypercall_page; build the guest with\n"
                    " * -mno-red-zone. iret has no stub: it is a jump to hypercall_page + 23 * 32."),
             "#pragma once"]
    lines += [f"#include <{header}>" for header in ["xen/xen.h"] +
              [header for header in headers if header != "xen/xen.h"]]
    lines += ["", "extern char hypercall_page[4096];", "",
              "#define HYPERCALL_IRET_OFFSET (23 * 32)", ""]
    for call in spec.supported():
        if call.name != "iret":
            lines += stub(call)
    return "\n".join(lines)


def static_asserts(spec):
    headers = {header for call in spec.calls for header in call.headers}
    headers |= {op.header for call in spec.calls for op in call.ops if op.header}
    lines = [banner("The C headers must say the same numbers as the spec: this file only has to compile."),
             "#ifndef __XEN_INTERFACE_VERSION__", "#define __XEN_INTERFACE_VERSION__ 0x00040e00",
             "#endif", "#include <stdint.h>", "#include <xen/xen.h>", "#include <xen/errno.h>"]
    lines += [f"#include <{header}>" for header in sorted(headers - {"xen/xen.h"})]
    lines += ["", "#define SAME(constant, number) \\",
              '    _Static_assert((long long)(constant) == (number), #constant " is not " #number)', ""]
    for call in spec.calls:
        lines.append(f"SAME({call.constant}, {call.number});")
        for op in call.ops:
            check = f"SAME({op.constant}, {op.number});"
            # Headers may leave out, or show to tools only, what is refused.
            refused = [f"#ifdef {op.constant}", check, "#endif"]
            lines += [check] if op.status != "refused" else refused
    lines += [""]
    lines += [f"SAME(XEN_{name}, {value});" for name, value in spec_module.ERRNO.items()
              if name in {row.errname for row in spec.rows}]
    lines += [f"SAME({name}, -{value});" for name, value in spec_module.GNTST.items()]
    lines.append("")
    return "\n".join(lines)


def decode_table(spec):
    lines = [banner("For a hypercall tracer, as X-macros; include with DECODE_CALL and DECODE_OP defined:\n"
                    " * DECODE_CALL(number, name, nargs, names of the arguments),\n"
                    " * DECODE_OP(call number, op number, name)."),
             "#ifdef DECODE_CALL"]
    for call in spec.calls:
        names = " ".join(argument["name"] for argument in call.arguments)
        lines.append(f'DECODE_CALL({call.number}, "{call.name}", {call.nargs}, "{names}")')
        lines += [f'DECODE_OP({call.number}, {op.number}, "{op.name}")' for op in call.ops]
    lines += ["#undef DECODE_CALL", "#undef DECODE_OP", "#endif", ""]
    return "\n".join(lines)


def sub_op_tables(spec):
    lines = [banner("Tables of sub-operations, for struct sub_op ops[] = {SUB_OPS_call}: each has a function op_NAME.\n"
                    " * Those whose record names a structure, and arguments in it, get a copy of that; what returns\n"
                    " * something in it has it copied back."), "#pragma once"]
    for call in spec.supported():
        entries = []
        for op in call.ops:
            if op.status == "refused":
                continue
            struct, returns = op.record.get("struct"), any(a["direction"] != "in" for a in op.arguments)
            kind = "SUB_OP_PLAIN" if not struct or not op.arguments else "SUB_OP_RETURNS" if returns else "SUB_OP"
            entries.append(f"[{op.constant}] = {kind}(op_{op.name}{'' if kind == 'SUB_OP_PLAIN' else ', ' + struct})")
        if entries:
            lines += ["", f"#define SUB_OPS_{call.name} \\", "    " + ", \\\n    ".join(entries)]
    return "\n".join(lines) + "\n"


FILES = {
    "refusals.h": refusals,
    "refusal_table.h": refusal_table,
    "hypercall_table.h": hypercall_table,
    "hypercall_prototypes.h": hypercall_prototypes,
    "hypercall_stubs.h": hypercall_stubs,
    "static_asserts.c": static_asserts,
    "decode_table.h": decode_table,
    "sub_op_tables.h": sub_op_tables,
}

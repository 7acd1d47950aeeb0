# SPDX-License-Identifier: MIT
"""Enumerates what a tree of interface headers defines, and compares two trees.

Nothing is picked by hand. Macros come from the preprocessor (-dD tells which file defined what),
types from libclang's view of the same translation unit: every struct, union, enum, typedef and
function, members flattened into paths with bit offset, size, alignment and type.
Invariant: every name of either tree ends up compared, or reported, or excused by left-out.txt.
"""
import functools
import os
import re
import subprocess

from clang import cindex

CLANG = "clang-14"
PREAMBLE = """#include <stdint.h>
#include <stddef.h>
#ifndef __ASSEMBLY__
void *memset(void *, int, size_t);
void *memcpy(void *, const void *, size_t);
#endif
"""
KIND = cindex.CursorKind
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[A-Za-z_$][\w$]*|0[xX][0-9a-fA-F]+\w*|\d\w*|\S')

# Reached through the others only.
INNER = {"arch-x86/xen-x86_32.h", "arch-x86/xen-x86_64.h"}
# 32- and 64-bit layouts of the "foreign" word size: they redefine each other's macros.
ALONE = {"foreign/x86_32.h", "foreign/x86_64.h", "arch-x86_32.h", "arch-x86_64.h"}


@functools.lru_cache(None)
def resource_include():
    out = subprocess.run([CLANG, "-print-resource-dir"], check=True, capture_output=True, text=True)
    return os.path.join(out.stdout.strip(), "include")


def headers(tree):
    """Names of the headers below TREE/xen, relative to it."""
    root = os.path.join(tree, "xen")
    found = set()
    for path, _, files in os.walk(root, followlinks=True):
        found |= {os.path.relpath(os.path.join(path, f), root) for f in files if f.endswith(".h")}
    return found


def flags(tree, bits, options):
    return [f"-m{bits}", "-std=gnu11", "-nostdinc", "-ffreestanding",
            "-isystem", resource_include(), "-I", tree, *options]


def source(names):
    return PREAMBLE + "".join(f"#include <xen/{n}>\n" for n in names)


def preprocess(tree, bits, options, text, *more):
    cmd = [CLANG, *flags(tree, bits, options), "-E", *more, "-x", "c", "-"]
    out = subprocess.run(cmd, input=text, capture_output=True, text=True)
    if out.returncode:
        raise RuntimeError(f"{tree} {bits} {options}:\n{out.stderr}")
    return out.stdout


def relative(tree, path):
    """Name of a header within the tree, or None for the compiler's own files."""
    root = os.path.join(tree, "xen") + os.sep
    return os.path.normpath(path)[len(root):] if os.path.normpath(path).startswith(root) else None


def tokens(text):
    return TOKEN.findall(text)


def macros(tree, bits, options, names):
    """{name: (file, parameters or None, tokens of the body)} as they stand at the end."""
    where, found = None, {}
    for line in preprocess(tree, bits, options, source(names), "-dD").splitlines():
        if m := re.match(r'# \d+ "(.*?)"', line):
            where = relative(tree, m.group(1))
        elif m := re.match(r"#undef (\w+)", line):
            found.pop(m.group(1), None)
        elif where and (m := re.match(r"#define (\w+)(\(([^)]*)\))? ?(.*)", line)):
            params = None if m.group(2) is None else re.findall(r"[\w.]+", m.group(3))
            found[m.group(1)] = (where, params, tokens(m.group(4)))
    return found


def expand(tree, bits, options, names, uses):
    """Full expansion of each use ({key: text}), as token lists."""
    text = source(names) + "".join(f"\n@@{k}@@ {u} @@end@@" for k, u in uses.items())
    out = preprocess(tree, bits, options, text, "-P")
    pairs = re.findall(r"@@(\d+)@@(.*?)@@end@@", out, re.S)
    return {int(k): tokens(body) for k, body in pairs}


def value(tree, bits, options, names, expression):
    """(value, size, signedness) of an integer constant expression; None if it is not one."""
    args = flags(tree, bits, options)
    probe = source(names) + f"""
__typeof__(({expression})) probe;
enum {{ size = sizeof(probe), negative = (__typeof__(({expression})))-1 < 0 ? 1 : 0 }};
enum {{ low = (int)((unsigned long long)({expression}) & 0x7fffffff),
        mid = (int)(((unsigned long long)({expression}) >> 31) & 0x7fffffff),
        top = (int)((unsigned long long)({expression}) >> 62) }};
"""
    unit = parse(args, probe)
    if any(d.severity >= cindex.Diagnostic.Error for d in unit.diagnostics):
        return None
    got = {}
    for cursor in unit.cursor.walk_preorder():
        if cursor.kind == KIND.ENUM_CONSTANT_DECL:
            got[cursor.spelling] = cursor.enum_value
    return tuple(got.get(k) for k in ("size", "negative", "low", "mid", "top"))


def parse(args, text):
    return cindex.Index.create().parse("probe.c", args=args, unsaved_files=[("probe.c", text)])


def type_name(kind):
    """Canonical type, with the places of unnamed records taken out."""
    return re.sub(r"\((unnamed|anonymous)[^)]*\)", "(unnamed)", kind.get_canonical().spelling)


def members(record, prefix="", base=0):
    """Flatten: {path: (bit offset, size, alignment, bit width, type)}."""
    found = {}
    for field in record.get_fields():
        kind = field.type
        offset = base + field_offset(record, field)
        inner = kind.get_canonical()
        nameless = not field.spelling
        path = prefix + ("" if nameless else field.spelling)
        if not nameless:
            width = field.get_bitfield_width() if field.is_bitfield() else None
            found[path] = (offset, kind.get_size(), kind.get_align(), width, type_name(kind))
        if inner.kind == cindex.TypeKind.RECORD and (nameless or "(unnamed)" in type_name(inner)):
            found.update(members(inner, path + ("" if nameless else "."), offset))
    return found


def field_offset(record, field):
    if field.spelling:
        return record.get_offset(field.spelling)
    # A nameless record has no name to ask by: ask by its first named member.
    inner = field.type.get_canonical()
    for sub in inner.get_fields():
        return sub.get_field_offsetof() - field_offset(inner, sub)
    return 0


def types(tree, bits, options, names):
    """{name: (file, facts)} for everything declared at file scope of the tree's headers."""
    unit = parse(flags(tree, bits, options), source(names))
    bad = [str(d) for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
    if bad:
        raise RuntimeError(f"{tree} {bits} {options}:\n" + "\n".join(bad))
    found = {}
    # Tagged records may be declared inside others: walk everything.
    for cursor in unit.cursor.walk_preorder():
        where = cursor.location.file and relative(tree, cursor.location.file.name)
        if not where:
            continue
        kind, name = cursor.type, cursor.spelling
        fixed = (kind.get_size(), kind.get_align())
        if cursor.kind in (KIND.STRUCT_DECL, KIND.UNION_DECL) and cursor.is_definition() \
                and name and "unnamed" not in name and not cursor.is_anonymous():
            word = "struct" if cursor.kind == KIND.STRUCT_DECL else "union"
            found[f"{word} {name}"] = (where, (fixed, members(kind)))
        elif cursor.kind == KIND.ENUM_DECL and name and "unnamed" not in name:
            found[f"enum {name}"] = (where, (fixed, {}))
        elif cursor.kind == KIND.ENUM_CONSTANT_DECL:
            found[name] = (where, (cursor.enum_value, {}))
        elif cursor.kind == KIND.TYPEDEF_DECL:
            inner = kind.get_canonical()
            unnamed = inner.kind == cindex.TypeKind.RECORD and "unnamed" in type_name(inner)
            facts = members(inner) if unnamed or name.startswith("__guest_handle") else {}
            spelled = "record" if facts else type_name(kind)
            found[f"typedef {name}"] = (where, ((*fixed, spelled), facts))
        elif cursor.kind in (KIND.FUNCTION_DECL, KIND.VAR_DECL) \
                and cursor.semantic_parent.kind == KIND.TRANSLATION_UNIT:
            found[f"object {name}"] = (where, (type_name(kind), {}))
    return found


def compare_types(ours, theirs, label, report):
    """Report differences; returns the number of facts compared."""
    count = 0
    for name in ours.keys() & theirs.keys():
        our_file, (our_fixed, our_members) = ours[name]
        file, (fixed, their_members) = theirs[name]
        count += 1 + len(their_members)
        if our_file != file:
            report.wrong.append(f"{label}: {name} is in {our_file}, belongs into {file}")
        if our_fixed != fixed:
            report.wrong.append(f"{label}: {name} is {our_fixed}, not {fixed}")
        for path in our_members.keys() | their_members.keys():
            full = f"{name}.{path}"
            if path not in our_members:
                report.missing.add((file, full))
            elif path not in their_members:
                report.wrong.append(f"{label}: only we have {full}")
            elif our_members[path] != their_members[path]:
                report.wrong.append(
                    f"{label}: {full} is {our_members[path]}, not {their_members[path]}")
    note_absent(ours, theirs, label, report)
    return count


def note_absent(ours, theirs, label, report):
    report.wrong += [f"{label}: only we have {n} ({ours[n][0]})"
                     for n in ours.keys() - theirs.keys()]
    report.missing |= {(theirs[n][0], n) for n in theirs.keys() - ours.keys()}
    report.present |= set(ours)


SAMPLES = ("0", "1", "5", "0x1234u", "0x80000001u", "0x123456789abcdefULL")


def compare_macros(trees, bits, options, names, label, report, own_text, by_running):
    """Equal tokens after full expansion are equal; what differs is evaluated on both sides."""
    sides = [macros(t, bits, options, n) for t, n in zip(trees, names)]
    ours, theirs = sides
    note_absent(ours, theirs, label, report)
    uses, origin = {}, {}
    for name in sorted(ours.keys() & theirs.keys()):
        (our_file, our_params, _), (file, params, _) = ours[name], theirs[name]
        if our_file != file:
            report.wrong.append(f"{label}: {name} is in {our_file}, belongs into {file}")
        if (our_params is None) != (params is None) or len(our_params or []) != len(params or []):
            report.wrong.append(f"{label}: {name} takes {our_params}, not {params}")
            continue
        number = len(uses)
        # Arguments that no macro knows, so that bodies can be compared as such.
        args = "" if params is None else "(%s)" % ", ".join(f"A{i}_" for i in range(len(params)))
        uses[number], origin[number] = name + args, (name, params)
    expanded = [expand(t, bits, options, n, uses) for t, n in zip(trees, names)]
    for number, (name, params) in origin.items():
        pair = (bits, *(tuple(side[number]) for side in expanded))
        if pair[1] == pair[2] or name in by_running or pair in report.agreed:
            continue
        if name in own_text:
            strings = [sum(t.startswith('"') for t in side[number]) for side in expanded]
            if strings[0] != strings[1]:
                report.wrong.append(f"{label}: {name} has {strings[0]} strings, not {strings[1]}")
            continue
        calls = [name] if params is None else \
            [f"{name}({', '.join([s] * len(params))})" for s in SAMPLES]
        for call in calls:
            got = [value(t, bits, options, n, call) for t, n in zip(trees, names)]
            if got[0] is None or got[0] != got[1]:
                bodies = [" ".join(side[number]) for side in expanded]
                report.wrong.append(f"{label}: {call} expands to {bodies[0]!r}, not {bodies[1]!r}")
                break
        else:
            report.agreed.add(pair)
    return len(origin)


class Report:
    def __init__(self):
        self.wrong, self.missing, self.present, self.compared = [], set(), set(), 0
        self.agreed = set()     # pairs of expansions once found to have equal values


def left_out(path):
    """Parse left-out.txt: {(file, name)} and {file}, each under a heading with the reason."""
    names, files, reason = set(), set(), None
    for number, line in enumerate(open(path), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            reason = line.strip("[]")
        elif not reason:
            raise ValueError(f"{path}:{number}: no reason above")
        elif line.startswith("file "):
            files.add(line.split()[1])
        else:
            file, name = line.split(None, 1)
            names.add((file, name))
    return names, files


def compare(ours, theirs, configurations, own_text, by_running):
    """Compare all headers of `ours` in each configuration (label, bits, options, alone)."""
    report = Report()
    common = sorted(headers(ours) & headers(theirs))
    report.wrong += [f"only we have {h}" for h in sorted(headers(ours) - headers(theirs))]
    together = [h for h in common if h not in INNER | ALONE]
    for label, bits, options in configurations:
        assembly = "-D__ASSEMBLY__" in options
        groups = [[h for h in together if not assembly or h in ASSEMBLY]]
        # The foreign layouts need GNU C.
        if not assembly and "-D__STRICT_ANSI__" not in options:
            groups += [[h] for h in common if h in ALONE]
        for names in groups:
            report.compared += compare_macros((ours, theirs), bits, options, (names, names), label,
                                              report, own_text, by_running)
            if not assembly:
                report.compared += compare_types(types(ours, bits, options, names),
                                                 types(theirs, bits, options, names), label, report)
    return report


# Headers that assembly sources can include.
ASSEMBLY = {"xen.h", "xen-compat.h", "elfnote.h", "features.h", "errno.h", "arch-x86/xen.h",
            "arch-x86/cpuid.h"}

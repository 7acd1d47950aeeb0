# SPDX-License-Identifier: MIT
# `python3 abi/generate/structures.py HEADER-DIRECTORY OUTPUT.json`: what the interface headers define, for the reference.
# "structures": as the compiler lays them out for a 64-bit guest, each field with its offset, size, type, and the comment
# beside it. "constants": by header, macros without parameters and members of enums, with value and comment.

import json
import pathlib
import re
import sys

from clang import cindex

KIND = cindex.CursorKind
# The foreign layouts are another word size's; the compatibility headers only include others.
LEFT_OUT = ("foreign/", "arch-x86_", "xen-compat.h", "arch-x86/xen-x86_32.h", "multiboot2.h")
TYPES = "".join(f"typedef {kind} {name}_t;\n" for kind, name in (
    ("signed char", "int8"), ("short", "int16"), ("int", "int32"), ("long", "int64"), ("unsigned char", "uint8"),
    ("unsigned short", "uint16"), ("unsigned int", "uint32"), ("unsigned long", "uint64"), ("unsigned long", "size"),
    ("unsigned long", "uintptr")))
COMMENT = re.compile(r"/\*(.*?)\*/", re.S)
MACRO = re.compile(r"^#define[ \t]+(\w+)[ \t]+(\S.*)$", re.M)


def clean(text):
    return re.sub(r"\s+", " ", re.sub(r"\n\s*\*", " ", text)).strip()


class Source:
    """The text of a header, for the comments that belong to its fields."""

    def __init__(self, path):
        self.text = pathlib.Path(path).read_text()
        self.lines = self.text.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def beside(self, line):
        """The comment that begins on the line, behind the declaration; else one that stands alone above it."""
        start = self.starts[line - 1]
        found = COMMENT.search(self.text, start)
        if found and found.start() < self.starts[line]:
            return clean(found.group(1))
        above = self.text[:start].rstrip()
        if above.endswith("*/"):
            begin = above.rindex("/*")
            if not above[:begin].rsplit("\n", 1)[-1].strip():
                return clean(above[begin + 2:-2])
        return ""


def fields(cursor, record, sources, base=0, depth=0):
    """The members in order, those of nested records below them."""
    for child in cursor.type.get_fields():
        decl = child.type.get_declaration()
        bits = base + record.get_offset(child.spelling) if child.spelling else base + offset_of_anonymous(record, child)
        nested = decl.kind in (KIND.STRUCT_DECL, KIND.UNION_DECL) and decl.semantic_parent == cursor
        kind = re.sub(r"__guest_handle_(\w+)", r"XEN_GUEST_HANDLE(\1)", child.type.spelling)
        if nested:
            kind = "union" if decl.kind == KIND.UNION_DECL else "struct"
        text = sources[child.location.file.name].beside(child.extent.end.line)
        size = child.type.get_size()
        name = child.spelling
        if child.is_bitfield():
            kind, name = f"{kind} : {child.get_bitfield_width()}", name
        yield {"name": name, "type": kind, "offset": bits // 8, "size": max(size, 0), "text": text, "depth": depth}
        if nested:
            yield from fields(decl, decl.type, sources, bits, depth + 1)


def offset_of_anonymous(record, child):
    inner = next(child.type.get_fields())
    while not inner.spelling:
        inner = next(inner.type.get_fields())
    return record.get_offset(inner.spelling)


def enumerate_headers(directory):
    directory = pathlib.Path(directory)
    headers = sorted(str(path.relative_to(directory)) for path in directory.glob("xen/**/*.h"))
    headers = [name for name in headers if not name.removeprefix("xen/").startswith(LEFT_OUT)]
    text = TYPES + "#define __XEN_INTERFACE_VERSION__ 0x00040e00\nvoid *memset(void *, int, size_t);\nvoid *memcpy(void *, const void *, size_t);\n"
    text += "".join(f"#include <{name}>\n" for name in headers)
    unit = cindex.Index.create().parse("all.c", args=["-std=gnu11", "-nostdinc", "-ffreestanding", f"-I{directory}"],
                                       unsaved_files=[("all.c", text)])
    wrong = [str(item) for item in unit.diagnostics if item.severity >= cindex.Diagnostic.Error]
    if wrong:
        sys.exit("\n".join(wrong))
    found, sources = {}, {}

    def note(name, title, decl):
        file = decl.location.file.name
        if decl.type.get_size() <= 0 or not file.startswith(str(directory)):
            return
        sources.setdefault(file, Source(file))
        for field in decl.type.get_fields():
            sources.setdefault(field.location.file.name, Source(field.location.file.name))
        found[name] = {"title": title, "size": decl.type.get_size(), "align": decl.type.get_align(),
                       "header": str(pathlib.Path(file).relative_to(directory)),
                       "fields": list(fields(decl, decl.type, sources))}

    for cursor in unit.cursor.get_children():
        if cursor.kind in (KIND.STRUCT_DECL, KIND.UNION_DECL) and cursor.is_definition() and cursor.spelling:
            note(cursor.spelling, f"{'union' if cursor.kind == KIND.UNION_DECL else 'struct'} {cursor.spelling}", cursor)
        elif cursor.kind == KIND.TYPEDEF_DECL:
            decl = cursor.underlying_typedef_type.get_declaration()
            if decl.kind in (KIND.STRUCT_DECL, KIND.UNION_DECL) and decl.is_definition() and "guest_handle" not in cursor.spelling:
                note(cursor.spelling, cursor.spelling, decl)
    constants = {}
    for name in headers:
        source = Source(directory / name)
        for match in MACRO.finditer(source.text):
            value = match.group(2).split("/*")[0].strip()
            line = source.text.count("\n", 0, match.start()) + 1
            constants.setdefault(name, []).append({"name": match.group(1), "value": value, "text": source.beside(line)})
    for cursor in unit.cursor.get_children():
        if cursor.kind == KIND.ENUM_DECL and cursor.location.file.name.startswith(str(directory)):
            file = cursor.location.file.name
            sources.setdefault(file, Source(file))
            constants.setdefault(str(pathlib.Path(file).relative_to(directory)), []).extend(
                {"name": child.spelling, "value": str(child.enum_value), "text": sources[file].beside(child.location.line)}
                for child in cursor.get_children())
    return {"structures": found, "constants": constants}


def main(directory, output):
    text = json.dumps(enumerate_headers(directory), indent=1)
    path = pathlib.Path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: structures.py HEADER-DIRECTORY OUTPUT.json")
    main(*sys.argv[1:])

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Packs files, named without directories, into a cpio newc archive: ramdisk.py OUT FILE..."""
import pathlib
import sys


def entry(name: str, data: bytes, mode: int, inode: int) -> bytes:
    raw = name.encode() + b"\0"
    fields = [inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0]
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + raw
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def main() -> None:
    out, *files = sys.argv[1:]
    paths = sorted((pathlib.Path(f) for f in files), key=lambda p: p.name)
    body = b"".join(entry(p.name, p.read_bytes(), 0o100755, i + 1) for i, p in enumerate(paths))
    pathlib.Path(out).write_bytes(body + entry("TRAILER!!!", b"", 0, 0))


main()

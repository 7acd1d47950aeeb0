#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""trace_to_xen.py CONSOLE-LOG FILE: the hypercall rings that debug key T dumped, as a file for Xen's xenalyze.

The log may hold anything else, too. Of several dumps the last one counts. gdb's `pv trace FILE` uses this file as well.
"""
import re
import struct
import sys

CPU_CHANGE = 0x1f003     # a record that says: so many bytes of this pcpu follow
STARTS, STOPS = 0x21101, 0x21011  # a vcpu's state: runnable to running, and back
HAS_TIME = 1 << 31
IDLE_DOMAIN = 0x7fff
NOBODY = 0xffffffff
HEAD = re.compile(r"\(PV\) trace: pcpu (\d+), whose ([0-9a-f]{8}), (\d+) words\b")
WORDS = re.compile(r"\(PV\) trace:((?: [0-9a-f]{8})+)\s*$")


def rings(text):
    """{pcpu: (whose the oldest records are or NOBODY, [words])} of the last dump in the text."""
    found, wanted, pcpu = {}, {}, None
    for line in text.replace("\r", "").split("\n"):
        head, words = HEAD.search(line), WORDS.search(line)
        if head:
            pcpu = int(head[1])
            found[pcpu], wanted[pcpu] = (int(head[2], 16), []), int(head[3])
        elif words and pcpu is not None:
            found[pcpu][1].extend(int(word, 16) for word in words[1].split())
    for pcpu, (_, words) in found.items():
        if len(words) != wanted[pcpu]:
            sys.exit(f"trace_to_xen: pcpu {pcpu} has {len(words)} of {wanted[pcpu]} words: the dump is not whole")
    return found


def xen_file(found):
    """What xenalyze reads. It wants to see each pcpu leave its idle vcpu before anybody else runs there."""
    data = b""
    for pcpu, (whose, words) in sorted(found.items()):
        if not words:
            continue
        time, idle = words[1:3], IDLE_DOMAIN << 16 | pcpu
        before = [(STARTS, idle), (STOPS, idle)] + ([(STARTS, whose)] if whose != NOBODY else [])
        words = [word for event, who in before for word in (event | 1 << 28 | HAS_TIME, *time, who)] + words
        data += struct.pack("<3I", CPU_CHANGE | 2 << 28, pcpu, 4 * len(words)) + struct.pack(f"<{len(words)}I", *words)
    return data


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        dumped = xen_file(rings(log.read()))
    if not dumped:
        sys.exit("trace_to_xen: no records in the log: watch a domain (trace=on, or key s), then type key T")
    with open(sys.argv[2], "wb") as out:
        out.write(dumped)

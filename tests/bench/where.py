# SPDX-License-Identifier: MIT
"""Where a row's instructions go: the functions it passes through, in order, with how many it executes in each."""
import bisect
import itertools
import subprocess

import machine
import platforms

STUBS = range(0xffff810080000000, 0xffff820000000000)  # per-pcpu pages: SYSCALL lands there
KERNELS = 1 << 63


def symbols():
    found = []
    for image in (machine.BUILD / "paravane.elf", machine.BUNDLED):
        for line in subprocess.run(["nm", image], capture_output=True, text=True, check=True).stdout.splitlines():
            words = line.split()
            if len(words) == 3 and words[1] in "tT":
                found.append((int(words[0], 16), words[2]))
    return sorted(found)


def show(prefix):
    table = symbols()
    addresses = [a for a, _ in table]

    def name(address):
        if address < KERNELS:
            return "user"
        return "stub" if address in STUBS else table[bisect.bisect(addresses, address) - 1][1]

    rows, _, _ = platforms.boot("paravane", True, prefix, trace=True)
    for (operation, form, n), row in rows.items():
        parts = [f"{who}:{len(list(steps))}" for who, steps in itertools.groupby(row["path"], name)]
        print(f"{operation},{form},{n}: {row['min']} instructions\n    {' '.join(parts[1:-1])}")

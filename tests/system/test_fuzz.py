# SPDX-License-Identifier: MIT
"""
A guest that means harm (tests/guests/fuzz_hypercalls) beside one that means none, on one and more pcpus. It may be
killed; the hypervisor may not panic or hang, every reference count must be right afterwards, and the other domain
must finish its own run. More: FUZZ_SEEDS=100 make test-system T=fuzz
"""
import os
import re
import time

import guests
import machine
import pexpect
import pytest

SWITCH = "\x01\x01" * 3  # Ctrl-A three times, each doubled for QEMU's own use of it
FIRST = int(os.environ.get("FUZZ_FIRST", "1"))
END = r"fuzz did|\(hostile\) \w"
SEEDS = range(FIRST, FIRST + int(os.environ.get("FUZZ_SEEDS", "3")))


def modules(seed, vcpus):
    return (machine.domain(guests.elf("memory_maps"), "hold=1", name="innocent")
            + machine.domain(guests.elf("fuzz_hypercalls"), f"seed={seed} seconds=4 calls=20000 players={vcpus} hold=1",
                             name="hostile", vcpus=vcpus + 3))


def survives(console, switch=SWITCH):
    console.expect(r"# 0 of \d+ failed") # the innocent domain did well
    end = time.monotonic() + 7 * machine.SLOW
    while time.monotonic() < end and not re.search(END, console.text()): # a guest may also do itself in by a loop
        console.child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.5)
    if not re.search(r"\(hostile\) \w", console.text()):
        for _ in range(3): # from the domain that has the input to the next, and to the hypervisor at last
            console.send(switch)
            if "hypervisor" in console.expect(r"input to [^\n]*\n", 5):
                break
        for _ in range(5): # it is at work on its page tables most of the time
            console.send("c")
            if "busy" not in console.expect(r"recount: (d1 has|d\d is busy)[^\n]*\n", 10):
                break
        else:
            raise AssertionError("its page tables are never at rest")
    text = console.text()
    assert set(re.findall(r"(\d+) of them wrong", text)) <= {"0"}, text[-1500:]
    assert not re.search(r"panic", text, re.IGNORECASE), text[-1500:]


@pytest.mark.parametrize("seed", SEEDS)
def test_hostile_guest(seed):
    cpus, vcpus = [(1, 1), (2, 2), (4, 4), (2, 4), (1, 2)][seed % 5]
    with machine.boot_paravane(f"fuzz-{seed}", modules(seed, vcpus), cpus=cpus, limit=25) as qemu:
        survives(qemu)

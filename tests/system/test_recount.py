# SPDX-License-Identifier: MIT
"""
The recount oracle over what a guest leaves behind: while the guest holds, the hypervisor's debug key counts all
references and types of all frames from scratch and compares them with the stored counts.
"""
import re

import guests
import machine
import pytest

SWITCH = "\x01\x01" * 3  # Ctrl-A three times, each doubled for QEMU's own use of it
WORTH_IT = ["mmu_update_attacks", "pin_levels", "new_baseptr", "superpages", "self_map", "writable_page_tables",
            "descriptors", "grant_table", "memory_exchange", "memory_reservation", "vcpu_op", "refusals", "user_mode"]


@pytest.mark.parametrize("name", [n for n in WORTH_IT if n in guests.NAMES])
def test_counts_are_right(name):
    modules = machine.domain(guests.elf(name), "hold=1", name="t", vcpus=int(guests.tag(name, "vcpus", "1")))
    with machine.boot_paravane(f"recount-{name}", modules) as qemu:
        qemu.expect("# holding")
        qemu.send(SWITCH + "c")
        text = qemu.expect(r"recount: [^\n]*\n", 5)
    assert re.search(r"frames, 0 of them wrong", text), text[-600:]

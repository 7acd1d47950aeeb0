# SPDX-License-Identifier: MIT
"""Two domains that use each other's pages and events, and one of them dies."""
import guests
import machine
import pytest


@pytest.mark.parametrize("cpus", [1, 2])
def test_peers(cpus):
    modules = []
    for role in ("first", "second"):
        modules += machine.domain(guests.elf("peers"), f"role={role}", role)
    with machine.boot_paravane(f"peers-{cpus}", modules, cpus=cpus) as qemu:
        status, text = qemu.finish()
    assert status == machine.CLEAN
    assert "[second] ok" in text
    assert "not ok" not in text
    assert "is gone, 0 of its pages still in use" in text

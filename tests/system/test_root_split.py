# SPDX-License-Identifier: MIT
"""
Split roots, against Meltdown (spec-ctrl=on): what of the hypervisor a guest's root has while the guest runs, seen by QEMU
through its monitor; and everything that comes at a bad moment for the change of roots.
"""
import contextlib
import re
import socket
import subprocess
import time

import guests
import machine
import pytest

PAGE = 4096
M2P, FRAME_TABLE, DIRECT_MAP, END = (0xFFFF800000000000, 0xFFFF808000000000, 0xFFFF830000000000, 0xFFFF880000000000)
SECRETS = {"frame table": FRAME_TABLE, "direct map": DIRECT_MAP, "device registers": 0xFFFF810040000000}


class Monitor:
    """QEMU's, on a socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.answer()

    def answer(self):
        text = b""
        while not text.endswith(b"(qemu) "):
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError
            text += more
        return text.decode().replace("\r", "")

    def __call__(self, command):
        self.socket.send(command.encode() + b"\n")
        return self.answer()


def with_monitor(path):
    return ("-monitor", f"unix:{path},server,nowait")


def symbols():
    lines = subprocess.run(["nm", str(machine.BUILD / "paravane.elf")], capture_output=True, text=True, check=True).stdout
    return {name: int(address, 16) for address, _, name in (line.split() for line in lines.splitlines())}


def mapped(monitor, cpu):
    """What is mapped above the guest's half while the guest of this pcpu runs: [(start, end, rights)]."""
    for _ in range(100):
        monitor("stop")
        monitor(f"cpu {cpu}")
        if "CPL=3" in monitor("info registers"):
            found = re.findall(r"^(\w{16})-(\w{16}) \w{16} (\S{3})", monitor("info mem"), re.M)
            monitor("cont")
            return [(int(start, 16), int(end, 16), rights) for start, end, rights in found if M2P <= int(start, 16) < END]
        monitor("cont")
        time.sleep(0.02)
    raise AssertionError(f"pcpu {cpu} runs no guest")


def running_guests(name, options, path):
    spin = [module for n in "ab" for module in machine.domain(machine.BUNDLED, "run=spin+30", n, ramdisk=machine.RAMDISK)]
    return machine.boot_paravane(name, spin, options, cpus=2, extra=with_monitor(path))


def expected(cpu):
    """With all text that is not the way in or out, and all other pcpus' pages, absent: exactly this."""
    of, region, descriptors = symbols(), 0xFFFF810060000000 + cpu * 0x10000, 0xFFFF8100C0000000 + cpu * 0x200000
    stacks = [region + page * PAGE for page in (1, 3, 5, 7, 15)]
    return ([(of["image_entry"], of["image_entry_end"], "-r-"), (of["idt"], of["idt"] + PAGE, "-rw")]
            + [(page, page + PAGE, "-rw") for page in stacks]
            + [(descriptors, descriptors + 14 * PAGE, "-r-"), (descriptors + 14 * PAGE, descriptors + 15 * PAGE, "-rw")])


def test_guests_see_only_the_way_in(tmp_path):
    path = str(tmp_path / "monitor")
    with running_guests("roots-split", "spec-ctrl=on", path) as qemu:
        qemu.expect("split roots")
        time.sleep(3)
        monitor = Monitor(path)
        for cpu in range(2):
            m2p, *ours = mapped(monitor, cpu)
            assert m2p[0] == M2P and m2p[1] < FRAME_TABLE and m2p[2] == "ur-"
            assert ours == expected(cpu)


def test_all_is_mapped_without(tmp_path):
    """That the test above sees what there is to see."""
    path = str(tmp_path / "monitor")
    with running_guests("roots-whole", "", path) as qemu:
        qemu.expect("2 pcpus")
        time.sleep(3)
        monitor = Monitor(path)
        for cpu in range(2):
            ours = mapped(monitor, cpu)
            for what, address in SECRETS.items():
                assert any(start <= address < end for start, end, _ in ours), what
            for start, end, _ in expected(0) + expected(1):
                assert any(a <= start and end <= b for a, b, _ in ours), hex(start)


@pytest.mark.parametrize("guest", ["registers", "single_step", "iret_flags", "ldt_return", "user_mode", "user32",
                                   "new_baseptr", "root_entries", "mmu_update_attacks", "tlb_shootdown", "nmi",
                                   "kernel_stack_crash"])
def test_guest(guest):
    """Every way in and out, and every way a root changes, on two pcpus."""
    results, end, text = guests.on_paravane(guest, 2, "spec-ctrl=on")
    assert end == guests.ends(guest) and results.rows and not results.failures(), text[-2000:]


def test_selftest(boot_bundled):
    qemu = boot_bundled(cpus=2, vcpus=2, arguments="run=selftest", options="spec-ctrl=on", prompt=False)
    status, text = qemu.finish(40)
    assert status == machine.CLEAN and re.search(r"^ok \d+", text, re.M) and not re.search(r"^not ok", text, re.M)


def test_counts_are_right():
    modules = machine.domain(guests.elf("root_entries"), "hold=1", name="t", vcpus=2)
    with machine.boot_paravane("roots-recount", modules, "spec-ctrl=on", cpus=2) as qemu:
        qemu.expect("# holding")
        qemu.send("\x01\x01" * 3 + "c")
        assert "frames, 0 of them wrong" in qemu.expect(r"recount: [^\n]*\n", 5)


def test_nmis(tmp_path):
    """At any instruction, so also where a copy is loaded in ring 0, from system calls that go between two roots."""
    path, of = str(tmp_path / "monitor"), symbols()
    busy = [module for n in "ab" for module in machine.domain(machine.BUNDLED, "run=bench+u", n, ramdisk=machine.RAMDISK)]
    with machine.boot_paravane("roots-nmi", busy, "spec-ctrl=on", cpus=2, extra=with_monitor(path)) as qemu:
        qemu.expect("bench: khz")
        monitor = Monitor(path)
        with contextlib.suppress(ConnectionError):  # the benchmark is over, and so is the machine
            while True:
                monitor("nmi")
        status, text = qemu.finish()
    places = [int(at, 16) for at in re.findall(r"NMI at (\w+)", text)]
    assert status == machine.CLEAN and "PANIC" not in text and len(places) > 50
    assert any(of["syscall_from_copy"] <= place < of["sysret_on_copy"] + 64 for place in places)

# SPDX-License-Identifier: MIT
"""
`make debug`: QEMU waits, and the line it prints for gdb finds both kernels' functions and lines. And what gdb's commands of
hypervisor/tools/gdb/paravane.py show of a machine that runs two domains.
"""
import re
import shlex
import socket
import subprocess

import guests
import machine
import pexpect
import pytest

COMMANDS = "hypervisor/tools/gdb/paravane.py"
TEXT = 0xffffffff80100000  # where the bundled guest is linked


def test_gdb_line():
    child = pexpect.spawn("timeout", ["90", "make", "-s", "debug", machine.MAKE_BUILD], cwd=str(machine.TOP),
                          encoding="utf-8", timeout=60)
    try:
        child.expect(r"In another terminal: (gdb [^\r\n]*)")
        line = shlex.split(child.match.group(1))
        more = ["-ex", "backtrace 1", "-ex", "delete", "-ex", "hbreak kernel_main", "-ex", "continue",
                "-ex", "backtrace 1", "-ex", "pv domains", "-ex", "kill"]
        for _ in range(20):  # QEMU opens its port a moment after the line
            ran = subprocess.run(["timeout", "60", line[0], "-batch", *line[1:], *more], cwd=machine.TOP,
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=70)
            if "Breakpoint 1," in ran.stdout:
                break
        assert "boot_main (magic=" in ran.stdout, ran.stdout + ran.stderr
        assert "kernel_main () at guest-pv-kernel/" in ran.stdout, ran.stdout + ran.stderr
        assert "d0v0 running on pcpu 0, in its kernel" in ran.stdout, ran.stdout + ran.stderr
    finally:
        child.close(force=True)


@pytest.fixture(scope="module")
def running():
    """Two domains, the first at its prompt with two vcpus, the second one of calls that are refused; and how to ask gdb of them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    modules = machine.domain(machine.BUNDLED, "trace=ring", vcpus=2, ramdisk=machine.RAMDISK)
    modules += machine.domain(guests.elf("event_channels"), name="second", memory="32M")
    with machine.boot_paravane("gdb", modules, cpus=2, limit=120, extra=["-gdb", f"tcp:127.0.0.1:{port}"]) as qemu:
        qemu.expect(machine.PROMPT)

        def gdb(*commands):
            arguments = [word for command in commands for word in ("-ex", command)]
            ran = subprocess.run(["timeout", "50", "gdb", "-batch", str(machine.BUILD / "paravane.elf"), "-ex",
                                  f"add-symbol-file {machine.BUNDLED}", "-x", COMMANDS, "-ex", f"target remote 127.0.0.1:{port}",
                                  *arguments], cwd=machine.TOP, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
            assert "Python Exception" not in ran.stderr and "Error" not in ran.stderr, ran.stderr
            return ran.stdout

        yield qemu, gdb


def test_domains(running):
    said = running[1]("pv domains")
    assert re.search(r"^d0 d0: running, \d+ of 16384 pages", said, re.M)
    assert re.search(r"^  d0v1 (blocked|running|runnable) .*root mfn 0x[0-9a-f]+, upcall pending [01] mask [01]$", said, re.M)
    assert re.search(r"^d1 second: (running|dying|dead)", said, re.M)


def test_registers_of_a_vcpu_that_does_not_run(running):
    qemu, gdb = running
    said = gdb("print/x $cr3", "pv vcpu d0v1", "backtrace 6", "pv vcpu back", "print/x $cr3", "info registers rip", "pv vcpu d0v0",
               "info symbol $rip", "detach")
    assert re.search(r"^d0v1: rip 0xffffffff80\w+ rsp 0x\w+, root mfn 0x\w+;", said, re.M), said
    assert "cpu_idle () at guest-pv-kernel/" in said, said
    roots = re.findall(r"^\$\d = (0x\w+)$", said, re.M)
    assert len(roots) == 2 and roots[0] == roots[1], said
    qemu.send("echo as if nothing had been\r")  # what was borrowed has been given back
    qemu.expect(r"\nas if nothing had been")


def test_addresses(running):
    gdb = running[1]
    said = gdb(f"pv walk d0v0 {TEXT:#x}", f"pv va d0v0 {TEXT:#x}", "pv va d0v0 0x123", "pv walk d0v0 0x123")
    levels = re.findall(r"^l(\d) mfn (0x\w+) \[ *(\d+)\] = 0x\w+ mfn (0x\w+) pfn 0x\w+ .*; d0, (\w+) x(\d+), \d+ references", said, re.M)
    assert [level for level, *_ in levels] == ["4", "3", "2", "1"], said
    assert [kind for *_, kind, _ in levels] == ["l3", "l2", "l1", "writable"]
    assert [below for *_, below, _, _ in levels][:3] == [mfn for _, mfn, *_ in levels][1:]
    mfn, pfn = re.search(rf"^{TEXT:#x} is machine address 0x\w+: mfn (0x\w+), pfn (0x\w+); d0, writable", said, re.M).groups()
    assert mfn == levels[3][3] and int(pfn, 16) == 0x100
    assert "0x123 is not mapped in d0v0" in said
    said = gdb(f"pv pfn d0 {pfn}", f"pv frame {mfn}", f"pv table {levels[3][1]}", "pv pfn d1 0x100000")
    assert f"pfn {pfn} is mfn {mfn}: d0, writable" in said and f"mfn {mfn}: d0, writable" in said
    assert len(re.findall(r"^\[ *\d+\] = 0x\w+ mfn", said, re.M)) > 10 and f"mfn {levels[3][1]}: d0, l1 x1" in said
    assert "d1 has no pfn 0x100000" in said


def test_refusals_and_trace(running, tmp_path):
    said = running[1]("pv refusals", "pv trace", f"pv trace {tmp_path}/records")
    assert re.search(r"^pcpu \d, last: .* \([a-z_]+\.[a-z0-9]+\.[a-z_]+\)$", said, re.M), said
    assert re.search(r"^ +\d+ event_channel_op\.einval\.port_range$", said, re.M)
    assert re.search(r"^pcpu \d d0v\d sched_op 0x1 *$", said, re.M), said
    listed = subprocess.run([str(machine.xenalyze()), "--dump-all", f"{tmp_path}/records"], capture_output=True, text=True,
                            check=True).stdout
    assert re.search(r"d0v\d +hypercall +1d \(sched_op\) block", listed)


def test_help_and_wrong_words(running):
    gdb = running[1]
    assert "pv walk -- " in gdb("help pv")
    for wrong, answer in (("pv walk 1", "usage: pv walk VCPU VA"), ("pv vcpu d9v9", "no domain d9"), ("pv vcpu 1", "no vcpu 1")):
        with pytest.raises(subprocess.CalledProcessError) as failed:
            gdb(wrong)
        assert answer in failed.value.stderr

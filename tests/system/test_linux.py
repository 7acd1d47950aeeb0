# SPDX-License-Identifier: MIT
"""Debian's Linux, as packaged: boots, uses what the ABI offers, bears a load, and ends in each of its ways."""
import hashlib
import random
import re
import time

import linux
import machine
import pexpect
import pytest


# What Linux asks for and does not get; docs/limits.md has a line for each.
REFUSED = {"event_channel_op.enosys.unknown_op", "hypercall.enosys.unknown_number", "physdev_op.enosys.unknown_op"}


def test_one_vcpu():
    """Boot, console, load, poweroff; the bare command line. Nothing is refused but what we know of, and told quietly."""
    with linux.boot("1", linux.BARE, options="rows explain=on") as qemu:
        qemu.expect(r"init: up")
        qemu.expect(linux.PROMPT)
        log = linux.command(qemu, "dmesg; cat /sys/devices/system/clocksource/clocksource0/current_clocksource")
        for sign in ("Hypervisor detected: Xen PV", "clocksource to? ?xen|clocksource xen", r"xen:events: Using",
                     "x86/mm: Checked W.X mappings: passed", r"\nxen\r*\n"):
            assert re.search(sign, log), sign
        assert "the clock needs no call" in linux.command(qemu, "/tests/load clock")
        assert "load: 10 of 10 parts right" in linux.command(qemu, "/tests/load 6", 60)
        linux.count_is_right(qemu)
        text = linux.power_off(qemu)
    told = re.findall(r"refused .*\((\w+\.\w+\.\w+)\)", text)
    assert set(told) <= REFUSED and len(told) < 20, told
    assert "more refusals" not in text


def test_two_vcpus():
    """Both up, one leaves and comes back, a load over both."""
    with linux.boot("2", linux.TUNED, vcpus=2) as qemu:
        qemu.expect("init: up after .*, 2 cpus")
        qemu.expect(linux.PROMPT)
        online = "/sys/devices/system/cpu/cpu1/online"
        assert re.search(r"\n1\r*\n", linux.command(qemu, f"echo 0 >{online}; nproc"))
        assert re.search(r"\n2\r*\n", linux.command(qemu, f"echo 1 >{online}; nproc"))
        assert "load: 10 of 10 parts right" in linux.command(qemu, "/tests/load 6", 90)
        linux.count_is_right(qemu)
        linux.power_off(qemu)


def test_console():
    """The size of the terminal is known; a paste of 4 KiB arrives whole; Ctrl-C interrupts. Meanwhile the hypercalls are
    counted: Linux uses the help for its page tables, batches its changes, and has events and its own time."""
    pasted = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=4096))
    with linux.boot("console", "trace=ring " + linux.TUNED + " quiet LINES=33 COLUMNS=99") as qemu:
        qemu.expect(linux.PROMPT)
        assert re.search(r"\n33 99\r*\n", linux.command(qemu, "stty size"))
        qemu.send("stty raw -echo; echo rea''dy; dd bs=1 count=4096 of=/tmp/paste 2>/dev/null; stty sane; md5sum /tmp/paste\n")
        qemu.expect("ready")
        qemu.child.send(pasted)
        digest = hashlib.md5(pasted.encode()).hexdigest()
        assert digest in qemu.expect("/tmp/paste\r*\n", 30)
        qemu.expect(linux.PROMPT)
        qemu.send("echo ru''ns; sleep 1000\n")
        qemu.expect("runs")
        time.sleep(1)
        qemu.send("\x03")
        qemu.expect(linux.PROMPT, 10)
        linux.focus(qemu, "the hypervisor")
        qemu.send("n")
        counts = dict(re.findall(r"d0 (\w+): (\d+) ok", qemu.expect(r"physdev_op: [^\n]*\n")))
        assert int(counts["vm_assist"]) > 0 and int(counts["multicall"]) > 50 and int(counts["event_channel_op"]) > 50
        linux.focus(qemu, "d0")
        linux.power_off(qemu)


@pytest.mark.parametrize("how, status, words", [
    ("reboot", 0, "restarting the machine"),
    ("echo c >/proc/sysrq-trigger", machine.CRASH, r"Kernel panic[\s\S]*\(linux\) crashed"),
])
def test_ends(how, status, words):
    with linux.boot("end", linux.TUNED + " quiet") as qemu:
        qemu.expect(linux.PROMPT)
        qemu.send(how + "\n")
        got, text = qemu.finish(20)
    assert got == status
    assert re.search(words, text)


def test_make_run_linux():
    """As a person types it, in a terminal of some size; poweroff ends it well."""
    child = pexpect.spawn("timeout", ["120", "make", "-s", "run-linux", f"BUILD={machine.BUILD}"], cwd=str(machine.TOP),
                          dimensions=(33, 99), encoding="utf-8", codec_errors="replace", timeout=60 * machine.SLOW)
    child.expect(linux.PROMPT)
    child.send("stty size\n")
    child.expect(r"\n33 99\r*\n")
    child.expect(linux.PROMPT)
    child.send("poweroff\n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0

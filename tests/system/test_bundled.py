# SPDX-License-Identifier: MIT
"""The bundled guest: its shell as a person at the terminal sees it, its selftest, and how it ends."""
import time

import ktap
import machine
import pytest


def run(qemu, command, expect=None, limit=10):
    qemu.send(command + "\r")
    if expect:
        qemu.expect(expect, limit)
    return qemu.expect(machine.PROMPT, limit)


def test_shell_session(boot_path, boot_bundled):
    qemu = boot_bundled(boot_path)
    run(qemu, "echo one two three", r"\none two three")
    run(qemu, "ls", "sh")
    run(qemu, "ps", "sh")
    run(qemu, "mem", r"\d+")
    run(qemu, "uptime", r"\d+")
    run(qemu, "echo left right | wc", r"\d+")
    run(qemu, "evtchn", r"\d+")
    qemu.send("poweroff\r")
    status, _ = qemu.finish(15)
    assert status == machine.CLEAN


def test_line_editing_and_history(boot_bundled):
    qemu = boot_bundled()
    run(qemu, "echo firts\x08\x08st", r"\nfirst")
    qemu.send("\x1b[A\r")
    qemu.expect(r"\nfirst")
    qemu.expect(machine.PROMPT)
    run(qemu, "cho x\x1b[He", r"\nx")


def test_fault_kills_only_the_process(boot_bundled):
    qemu = boot_bundled()
    run(qemu, "fault")
    run(qemu, "echo still here", r"\nstill here")


@pytest.mark.parametrize("cpus", [1, 4])
def test_selftest(boot_bundled, cpus):
    qemu = boot_bundled(cpus=cpus, vcpus=min(cpus, 2), arguments="run=selftest", prompt=False)
    status, text = qemu.finish(60)
    results = ktap.Results(text)
    assert status == machine.CLEAN, text[-1500:]
    assert results.rows, text[-1500:]
    assert not results.failures(), "\n".join(results.failures())


def test_reboot_comes_back(boot_bundled):
    qemu = boot_bundled()
    qemu.send("reboot\r")
    status, text = qemu.finish(15)
    assert status == 0 and "restarting the machine" in text  # QEMU's -no-reboot ends at a reset


def test_shell_within_five_seconds():
    start = time.monotonic()
    with machine.boot_paravane("quick", machine.domain(machine.BUNDLED, ramdisk=machine.RAMDISK)) as qemu:
        qemu.expect(machine.PROMPT)
        assert time.monotonic() - start < 5 * machine.SLOW


@pytest.mark.parametrize("cpus", [1, 4])
def test_idle_does_not_busy_wait(boot_bundled, cpus):
    qemu = boot_bundled(cpus=cpus, vcpus=min(cpus, 2))
    time.sleep(1)
    before = qemu.cpu_seconds()
    time.sleep(4)
    assert qemu.cpu_seconds() - before < 1.0 * cpus ** 0.5 * machine.SLOW

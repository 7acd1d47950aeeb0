# SPDX-License-Identifier: MIT
"""Debian's stock Linux as a guest: started to its prompt, given commands, and looked at when it is gone."""
import re

import machine

FILES = machine.BUILD / "linux"
PROMPT = "linux# "
HYPERVISOR = "\x01\x01" * 3  # Ctrl-A three times, each doubled for QEMU's own use of it
BARE = "console=hvc0"
TUNED = "console=hvc0 noreplace-smp pci=off"
# What a kernel says when something is wrong with it. What follows a host that stood still is not among it.
COMPLAINTS = re.compile(r"WARNING:|BUG:|BUG |Oops|Call Trace|detected stall|rcu_\w+ kthread|unknown hypercall|"
                        r"soft lockup|hung_task|blocked for more than|general protection|clocksource.*skewed|\(PV\) .*killed")


def modules(arguments=TUNED, name="linux", memory=256, vcpus=1, first=True, initramfs="initramfs", privileged=False):
    privilege = "privileged=off " if first and not privileged else ""
    return machine.domain(FILES / "vmlinux", f"{privilege}{arguments}", name=name, memory=f"{memory}M", vcpus=vcpus,
                          ramdisk=FILES / initramfs)


def boot(name, arguments=TUNED, memory=256, vcpus=1, cpus=None, limit=60, others=(), extra=(), room=192,
         initramfs="initramfs", privileged=False, options="rows"):
    first = modules(arguments, "linux", memory, vcpus, initramfs=initramfs, privileged=privileged)
    return machine.boot_paravane(f"linux-{name}", first + list(others), options, memory + memory // 16 + room,
                                 cpus or vcpus, limit, extra)


def command(qemu, text, limit=30):
    """What the shell said to it."""
    qemu.send(text + "\n")
    return qemu.expect(PROMPT, limit)


def prompt(qemu):
    """The prompt, past whatever was left unread before."""
    qemu.send("\necho he''re\n")
    qemu.expect("here")
    qemu.expect(PROMPT)


def focus(qemu, who):
    """Hands the keyboard round until it is who's."""
    for _ in range(5):
        qemu.send(HYPERVISOR)
        if who in qemu.expect(r"input to [^\n]*\n", 10):
            return
    raise AssertionError(f"{who} never gets the keyboard")


def count_is_right(qemu, domains=1):
    """The hypervisor counts all references to frames from scratch and finds what it had."""
    focus(qemu, "the hypervisor")
    qemu.send("c")
    for _ in range(domains):
        text = qemu.expect(r"recount: [^\n]*\n", 30)
        assert re.search(r"frames, 0 of them wrong", text), text[-1500:]
    focus(qemu, "d0")


def complaints(text):
    return [line for line in text.split("\n") if COMPLAINTS.search(line)]


def power_off(qemu):
    """Ends it by its own poweroff; nothing bad must have been said from first to last."""
    qemu.send("\npoweroff\n")
    status, text = qemu.finish(30)
    assert status == machine.CLEAN, text[-1500:]
    assert not complaints(text), complaints(text)
    return text

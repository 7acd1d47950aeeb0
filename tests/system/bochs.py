# SPDX-License-Identifier: MIT
"""The second machine: Debian's Bochs, for what QEMU's TCG has not: SMAP that works, AVX-512, CPUs as they were sold.

It emulates instruction by instruction and has no debug port, so that how a machine ended is read from its console.
"""
import re

import ktap
import machine
import pexpect

INTEL, INTEL_OLD, AMD, AMD_OLD = "corei7_icelake_u", "corei7_skylake_x", "ryzen", "zambezi"
# 64-bit CPUs with NX; some of the older ones without XSAVE, AVX, or SMEP and SMAP
MODELS = ["athlon64_venice", "phenom_8650_toliman", "zambezi", "trinity_apu", "ryzen", "p4_prescott_celeron_336",
          "core2_penryn_t9600", "corei5_lynnfield_750", "corei7_sandy_bridge_2600k", "corei7_ivy_bridge_3770k",
          "corei7_haswell_4770", "broadwell_ult", "corei7_skylake_x", "corei3_cnl", "corei7_icelake_u", "tigerlake"]
# Time is instructions, `ips` of them a second: nothing waits for a clock on the wall.
CONFIGURATION = """\
cpu: model={model}, count={cpus}, ips=20000000, reset_on_triple_fault=0
memory: guest=512, host=512
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
clock: sync=none, time0=utc
com1: enabled=1, mode=term, dev=/dev/tty
display_library: term
panic: action=fatal
log: {files}.log
"""
SMEP, SMAP, UMIP, OSXSAVE, PCIDE = 1 << 20, 1 << 21, 1 << 11, 1 << 18, 1 << 17


def files_of(name):
    return machine.LOGS / "bochs" / re.sub(r"[^\w.-]+", "_", name)


def boot(name, iso, model=INTEL, cpus=1, limit=60):
    """The serial line is the child's terminal; the screen and the debugger's prompt go nowhere."""
    files = files_of(name)
    files.parent.mkdir(parents=True, exist_ok=True)
    files.with_suffix(".rc").write_text(CONFIGURATION.format(model=model, cpus=cpus, iso=iso, files=files))
    files.with_suffix(".debugger").write_text("c\n")
    run = f"TERM=xterm exec bochs -f {files}.rc -rc {files}.debugger </dev/null >/dev/null 2>&1"
    return machine.Machine(f"bochs-{name}", ["-c", run], limit, "sh")


def cr4(name):
    """Of each pcpu, when the machine ended: Bochs writes it down then."""
    return [int(value, 16) for value in re.findall(r"CR4=0x(\w+)", files_of(name).with_suffix(".log").read_text())]


def end(text):
    for word, meaning in (("PANIC", "hypervisor panic"), ("asked for a reboot", "reboot"), (" killed:", "crash"),
                          (") crashed", "crash"), ("no domain left", "poweroff")):
        if word in text:
            return meaning
    return "no end"


def make_iso(name, modules):
    """BIOS only, as Bochs has no UEFI."""
    path = files_of(name).with_suffix(".iso")
    path.parent.mkdir(parents=True, exist_ok=True)
    return machine.make_iso(path, modules, f"noreboot {machine.HVOPTS}", ["-d", "/usr/lib/grub/i386-pc"])


def run(name, modules, model=INTEL, cpus=1):
    """(Results, how it ended, console text)"""
    with boot(name, make_iso(name, modules), model, cpus) as console:
        console.child.expect([pexpect.EOF, pexpect.TIMEOUT, r"stopped \(noreboot\)"])
        text = console.text()
    return ktap.Results(text), end(text), text

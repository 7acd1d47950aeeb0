# SPDX-License-Identifier: MIT
"""The tiny guests: what their opening comments ask for, and what they said on Paravane and on real Xen."""
import functools
import re
import tomllib

import ktap
import machine

SOURCES = machine.TOP / "tests" / "guests"
def tag(name, key, default):
    """(key: value) in the guest's opening comment."""
    comment = (SOURCES / name / "main.c").read_text().split("*/", 2)[1]
    found = re.search(rf"\({key}: (\w+)\)", comment)
    return found.group(1) if found else default


# A guest with the role of a neighbour is domain 0 beside the guest that names it as its pair. Such pairs have no
# counterpart on Xen, where the differential has only a domain 0.
NAMES = sorted(d.name for d in SOURCES.iterdir() if (d / "main.c").exists() and not tag(d.name, "role", None))
ALONE = [name for name in NAMES if not tag(name, "pair", None)]


def ends(name):
    return tag(name, "ends", "poweroff")


def elf(name):
    return machine.GUESTS / f"{name}.elf"


def end_on_xen(text):
    found = machine.XEN_END.search(text)
    if not found:
        return "no end"
    for word, end in (("halted", "poweroff"), ("crashed", "crash"), ("rebooting", "reboot")):
        if word in found.group(0):
            return end
    return found.group(0)


def end_on_paravane(status, text):
    if status == machine.CLEAN:
        return "poweroff"
    if status == machine.CRASH:
        return "crash"
    if status == machine.PANIC:
        return "hypervisor panic"
    if status == 0 and "restarting the machine" in text:
        return "reboot"
    return "no end" if status is None else f"exit status {status}"


def modules(name):
    """A guest as domain 0, or as the second one if it has a pair."""
    pair = tag(name, "pair", None)
    first = machine.domain(elf(pair), name="pair") if pair else []
    return first + machine.domain(elf(name), name="t", vcpus=int(tag(name, "vcpus", "1")))


@functools.lru_cache(maxsize=None)
def on_paravane(name, cpus=1, options="rows"):
    """(Results, how it ended, console text) of a guest as domain 0, booted through Multiboot1."""
    with machine.boot_paravane(f"guest-{name}-{cpus}-{options}", modules(name), options, cpus=cpus, limit=25) as qemu:
        status, text = qemu.finish()
    return ktap.Results(text), end_on_paravane(status, text), text


@functools.lru_cache(maxsize=None)
def on_xen(name):
    text = machine.xen_log(elf(name), vcpus=2)
    return ktap.Results(text), end_on_xen(text), text


@functools.lru_cache(maxsize=None)
def explanations():
    """{test: why} from the [[xen_difference]] records of the spec."""
    found = {}
    for path in sorted((machine.TOP / "abi" / "spec").glob("*.toml")):
        for record in tomllib.loads(path.read_text()).get("xen_difference", []):
            for test in [record["test"]] if isinstance(record["test"], str) else record["test"]:
                found[test] = " ".join(record["why"].split())
    return found

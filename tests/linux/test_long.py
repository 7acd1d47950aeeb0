# SPDX-License-Identifier: MIT
"""Debian's Linux for long: CPU models, memory sizes, stress-ng, exhaustion, the kernel's own tests, a build inside it,
and several guests at once."""
import csv
import re
import time

import linux
import machine
import pytest


@pytest.mark.parametrize("cpu", ["max", "qemu64", "max,vendor=GenuineIntel", "max,-xsave", "max,-fsgsbase", "max,-smap"])
def test_cpu_models(cpu):
    with linux.boot(f"cpu-{cpu}", linux.BARE, vcpus=2, extra=["-cpu", cpu]) as qemu:
        qemu.expect(linux.PROMPT)
        assert "load: 10 of 10 parts right" in linux.command(qemu, "/tests/load 5", 90)
        linux.count_is_right(qemu)
        linux.power_off(qemu)


@pytest.mark.parametrize("mib", [128, 512, 1024, 4096])
def test_memory_sizes(mib):
    with linux.boot(f"memory-{mib}", linux.BARE, memory=mib, limit=120, room=256) as qemu:
        qemu.expect(linux.PROMPT)
        total = re.search(r"MemTotal: *(\d+)", linux.command(qemu, "cat /proc/meminfo")).group(1)
        assert int(total) // 1024 > mib * 31 // 32 - 64
        assert "load: 10 of 10 parts right" in linux.command(qemu, "/tests/load 5", 90)
        linux.count_is_right(qemu)
        linux.power_off(qemu)


def test_vcpus_come_and_go():
    """Four vcpus on two pcpus, each taken away and brought back while there is work."""
    with linux.boot("hotplug", vcpus=4, cpus=2) as qemu:
        qemu.expect("init: up after .*, 4 cpus")
        qemu.expect(linux.PROMPT)
        linux.command(qemu, "/tests/load 30 >/tmp/load &")
        for _ in range(4):
            linux.command(qemu, "for i in 3 1 2; do echo 0 >/sys/devices/system/cpu/cpu$i/online; done", 60)
            linux.command(qemu, "for i in 2 3 1; do echo 1 >/sys/devices/system/cpu/cpu$i/online; done", 60)
        assert "load: 10 of 10 parts right" in linux.command(qemu, "wait; cat /tmp/load", 120)
        assert re.search(r"\n4\r*\n", linux.command(qemu, "nproc"))
        linux.count_is_right(qemu)
        linux.power_off(qemu)


def test_balloon():
    """Memory is given back and taken again, under load; every page comes back."""
    with linux.boot("balloon", memory=512, vcpus=2, limit=120) as qemu:
        qemu.expect(linux.PROMPT)
        linux.command(qemu, "cd /sys/devices/system/xen_memory/xen_memory0; /tests/load 30 >/tmp/load &")
        linux.command(qemu, "for k in 262144 524288 200000 524288; do echo $k >target_kb; sleep 7; done", 90)
        assert "load: 10 of 10 parts right" in linux.command(qemu, "wait; cat /tmp/load", 60)
        assert re.search(r"\n524288\r*\n", linux.command(qemu, "cat info/current_kb"))
        linux.count_is_right(qemu)
        linux.power_off(qemu)


def test_idle_and_time():
    """A guest with nothing to do leaves the pcpu alone, and its clock is the host's."""
    with linux.boot("idle") as qemu:
        qemu.expect(linux.PROMPT)
        uptime = r"\n([\d.]+) [\d.]+\r*\n"
        first, start = float(re.search(uptime, linux.command(qemu, "cat /proc/uptime")).group(1)), time.monotonic()
        used = qemu.cpu_seconds()
        time.sleep(10)
        assert qemu.cpu_seconds() - used < 1
        last, end = float(re.search(uptime, linux.command(qemu, "cat /proc/uptime")).group(1)), time.monotonic()
        assert abs((last - first) - (end - start)) < 0.2
        linux.power_off(qemu)


def selftest_results(text):
    assert "selftest: end" in text, text[-1500:]
    return dict(re.findall(r"selftest: (\w+): (\w+)", text))


SELFTESTS_THAT_CANNOT = {"amx_64", "mov_ss_trap_64", "sigreturn_32", "test_vsyscall_64"}  # why: docs/testing.md
TAKES_XENS_LINUX_DOWN = "test_syscall_vdso_32"


def test_kernel_selftests():
    """The kernel's x86 selftests: each that passes on real Xen, and all but four. Table in build/test/linux-selftests.csv."""
    arguments = f"{linux.TUNED} run=selftests"
    with linux.boot("selftests", arguments, memory=320, vcpus=2, limit=1200, initramfs="initramfs-selftests") as qemu:
        ours = selftest_results(qemu.finish()[1])
    with machine.Machine("xen-selftests", machine.qemu_arguments(640, 1, "max,-smap") + [
            "-kernel", str(machine.xen_image()), "-append",
            "console=com1 com1=115200 dom0_mem=320M dom0_max_vcpus=2 noreboot", "-initrd",
            f"{linux.FILES / 'vmlinux'} {arguments} skip={TAKES_XENS_LINUX_DOWN},{linux.FILES / 'initramfs-selftests'}"],
            1200) as qemu:
        qemu.expect("selftest: end")
        xen = {TAKES_XENS_LINUX_DOWN: "oops", **selftest_results(qemu.text())}
    with open(machine.BUILD / "test" / "linux-selftests.csv", "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("test", "paravane", "xen"), *((t, ours[t], xen[t]) for t in sorted(ours))])
    assert len(ours) > 35 and ours.keys() == xen.keys()
    assert {t for t in ours if ours[t] != "pass"} <= SELFTESTS_THAT_CANNOT
    assert not [t for t in ours if xen[t] == "pass" and ours[t] != "pass"]


def test_build_inside():
    """The hypervisor built in a guest with two vcpus is, bit for bit, the one that is built outside."""
    expected = (linux.FILES / "compiler" / "expected").read_text().split()[0]
    with linux.boot("build", memory=512, vcpus=2, limit=1500, room=320, initramfs="initramfs-compile") as qemu:
        qemu.expect(linux.PROMPT)
        assert expected in linux.command(qemu, "/tests/compile", 1400)
        linux.count_is_right(qemu)
        linux.power_off(qemu)


@pytest.mark.parametrize("cpu", ["max", "max,vendor=GenuineIntel"])
def test_privileged(cpu):
    """As domain 0 with privilege and all of the firmware's tables, on the bare command line."""
    with linux.boot("privileged", linux.BARE, vcpus=2, privileged=True, extra=["-cpu", cpu]) as qemu:
        qemu.expect("init: up after .*, 2 cpus")
        qemu.expect(linux.PROMPT)
        assert "load: 10 of 10 parts right" in linux.command(qemu, "/tests/load 10", 90)
        linux.count_is_right(qemu)
        linux.power_off(qemu)


@pytest.mark.parametrize("vcpus, cpus", [(1, 1), (2, 2)])
def test_stress(vcpus, cpus):
    """Every family of stress-ng; then processes without end, and memory to its end."""
    with linux.boot(f"stress-{vcpus}", linux.BARE, memory=512, vcpus=vcpus, cpus=cpus, limit=1800, room=256,
                    initramfs="initramfs-stress") as qemu:
        qemu.expect(linux.PROMPT)
        said = linux.command(qemu, "seconds=10 /tests/stress", 1800)
        assert "stress: 0 wrong" in said, re.findall("stress: .*WRONG.*", said)
        linux.count_is_right(qemu)
        linux.power_off(qemu)


def test_several_guests():
    """Two Linux guests and the bundled one on two pcpus. One Linux panics: the others do not notice."""
    others = linux.modules(name="other", vcpus=2, memory=192, first=False) + machine.domain(
        machine.BUNDLED, name="bundled", ramdisk=machine.RAMDISK)
    with linux.boot("several", vcpus=2, cpus=2, others=others, room=700, limit=120) as qemu:
        for _ in range(2):
            qemu.expect("init: up after")
        linux.prompt(qemu)
        linux.command(qemu, "/tests/load 20 >/tmp/load &")
        linux.focus(qemu, "d1 (other)")
        linux.prompt(qemu)
        assert "load: 10 of 10 parts right" in linux.command(qemu, "/tests/load 10", 90)
        before = len(qemu.text())
        qemu.send("echo c >/proc/sysrq-trigger\n")
        qemu.expect(r"\(other\) crashed")
        qemu.expect(r"\(other\) is gone, 0 of its pages")
        after = len(qemu.text())
        qemu.send("\n")                  # the focus has passed to the bundled guest
        qemu.expect(machine.PROMPT)
        qemu.send("ls\n")
        qemu.expect(machine.PROMPT)
        linux.focus(qemu, "d0")
        linux.prompt(qemu)
        assert "load: 10 of 10 parts right" in linux.command(qemu, "wait; cat /tmp/load", 60)
        linux.count_is_right(qemu, 3)
        qemu.send("\npoweroff -f\n")
        qemu.expect(r"\(linux\) powered off")
        qemu.send("\npoweroff\n")
        status, text = qemu.finish(30)
    assert status == machine.CRASH  # the worst of the ends
    assert not linux.complaints(text[:before] + text[after:])

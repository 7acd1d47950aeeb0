# SPDX-License-Identifier: MIT
"""Boots the benchmark on each platform and reads its lines: Paravane, Debian's Xen, and the bare machine."""
import os
import pathlib
import re
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "system"))
import machine  # noqa: E402

OUT = machine.BUILD / "bench"
PLUGIN = OUT / "count.so"
NATIVE = machine.BUILD / "bench-native"
ICOUNT = ["-icount", "shift=0,sleep=off,align=off", "-rtc", "base=2024-01-01,clock=vm"]
ACCEL = os.environ.get("ACCEL") or "tcg"  # of wall times; instructions can only be counted by tcg
COMMON = ["-m", "512", "-display", "none", "-serial", "stdio", "-monitor", "none",
          "-no-reboot", "-net", "none", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
XEN_OPTIONS = "console=com1 com1=115200 dom0_mem=128M noreboot"
LINE = re.compile(r"bench: ([a-z0-9_]+),([a-z]+),(\d+),(\d+),(\d+)$", re.M)
SKIP = re.compile(r"bench: skip,([a-z0-9_]+),([a-z]+),(\d+),(.*)$", re.M)
KHZ = re.compile(r"bench: khz,(\d+)$", re.M)
BUILT = re.compile(r"domain 0 is .* built in (\d+) us")
GONE = re.compile(r"\(other\) is gone, .* after (\d+) us")
XEN_BUILT = re.compile(r"\[([0-9a-f]{16})\]  Dom0 kernel:.*\[([0-9a-f]{16})\] Scrubbing Free RAM", re.S)
VCPUS = (2, 4, 8)  # of the boots for the rows smp_*
DOMAINS = (16, 32, 64, 128)  # MiB of domains made and ended
LIMIT = 200 * machine.SLOW  # seconds of the processor that a boot may take


def limited(seconds):
    """The words before QEMU's that end it: a busy host makes it wait, and that is not its fault."""
    return ["timeout", str(int(5 * seconds)), "prlimit", f"--cpu={int(seconds)}", "qemu-system-x86_64"]


def command(platform, prefix, vcpus, cpu):
    """QEMU's arguments for one platform, without the clock's."""
    run = f"run=bench+{prefix}" if prefix else "run=bench"
    if platform == "paravane":
        return ["-cpu", cpu, "-kernel", str(machine.IMAGE), "-append",
                os.environ.get("HVOPTS", "") + " exit=debug-port", "-initrd",
                f"{machine.BUNDLED} domain=d0 memory=128M vcpus={vcpus} {run},{machine.RAMDISK} ramdisk"]
    if platform == "xen":
        return ["-cpu", f"{cpu},-smap", "-kernel", str(machine.xen_image()), "-append",
                f"{XEN_OPTIONS} dom0_max_vcpus={vcpus}",
                "-initrd", f"{machine.BUNDLED} {run},{machine.RAMDISK}"]
    return ["-cpu", cpu, "-kernel", str(NATIVE)]


def boot(platform, icount, prefix="", vcpus=1, pcpus=1, count=True, trace=False):
    """{(operation, form, n): {min, median, cr3, invlpg}}, {(operation, form, n): why not}, ticks in a us."""
    OUT.mkdir(parents=True, exist_ok=True)
    name = f"{platform}-{'icount' if icount else 'wall'}-{vcpus}-{pcpus}"
    counts = OUT / f"{name}.counts"
    arguments = COMMON + ["-smp", str(pcpus)] + (["-accel", "tcg"] + ICOUNT if icount else ["-accel", ACCEL])
    arguments += command(platform, prefix, vcpus, "max" if icount or ACCEL == "tcg" else "host")
    if icount and count:
        arguments += ["-plugin", f"{PLUGIN},out={counts}{',trace=on' if trace else ''}"]
    log = OUT / f"{name}.log"
    with open(log, "wb") as out:
        child = subprocess.Popen(limited(LIMIT) + arguments, cwd=TOP,
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        while child.poll() is None:
            time.sleep(0.1)
            if log.read_bytes().find(b"bench: end") >= 0:
                try:
                    child.wait(3)
                except subprocess.TimeoutExpired:
                    child.terminate()
                    child.wait()
    text = log.read_bytes().decode("utf-8", "replace").replace("\r", "")
    if "bench: end" not in text:
        raise RuntimeError(f"the benchmark did not end on {platform}; see {log}\n{text[-600:]}")
    rows = {(m[1], m[2], int(m[3])): {"min": int(m[4]), "median": int(m[5])} for m in LINE.finditer(text)}
    if icount and count:
        lines = counts.read_text().split("\n")[:-1]
        if len(lines) != len(rows):
            raise RuntimeError(f"{platform}: {len(rows)} rows but {len(lines)} counts; see {log}")
        for row, line in zip(rows.values(), lines):
            cr3, invlpg, *path = line.split()
            row.update(cr3=int(cr3), invlpg=int(invlpg), path=[int(a, 16) for a in path])
    return rows, {(m[1], m[2], int(m[3])): m[4] for m in SKIP.finditer(text)}, int(KHZ.search(text)[1]) / 1000


def domain_life(platform, mib):
    """{key: {instructions}} of making, and on Paravane ending, a domain of so many MiB. Xen's is its domain 0."""
    icount = COMMON + ["-accel", "tcg"] + ICOUNT
    guest = f"{machine.BUNDLED} domain={{}} memory={mib}M run={{}},{machine.RAMDISK} ramdisk"
    if platform == "paravane":
        arguments = ["-cpu", "max", "-kernel", str(machine.IMAGE), "-append", "exit=debug-port", "-initrd",
                     guest.format("first", "sleep+1") + "," + guest.format("other", "true")]
    else:
        arguments = ["-cpu", "max,-smap", "-kernel", str(machine.xen_image()), "-append",
                     f"console=com1 com1=115200 dom0_mem={mib}M noreboot console_timestamps=raw",
                     "-initrd", f"{machine.BUNDLED} run=reboot,{machine.RAMDISK}"]
    OUT.mkdir(parents=True, exist_ok=True)
    log = OUT / f"{platform}-domain-{mib}.log"
    with open(log, "wb") as out:
        subprocess.run(limited(LIMIT) + icount + arguments, cwd=TOP, check=False,
                       stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    text = log.read_bytes().decode("utf-8", "replace")
    pages = mib * 256
    if platform == "xen":
        begin, end = (int(t, 16) for t in XEN_BUILT.search(text).groups())
        return {("domain_create", "event", pages): {"instructions": end - begin}}
    return {("domain_create", "event", pages): {"instructions": int(BUILT.search(text)[1]) * 1000},
            ("domain_destroy", "event", pages): {"instructions": int(GONE.search(text)[1]) * 1000}}


def environment():
    """What the figures depend on, a line each."""
    def first(*words):
        return subprocess.run(words, capture_output=True, text=True, check=False, cwd=TOP).stdout.split("\n")[0]
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return [f"commit {first('git', 'describe', '--always', '--dirty') or 'unknown'}", first("qemu-system-x86_64", "--version"),
            f"compiler {first(os.environ.get('CC', 'gcc'), '--version')}",
            f"host {cpu[1] if cpu else 'unknown'}, {os.cpu_count()} cpus, {first('uname', '-sr')}",
            f"instructions: `-accel tcg -cpu max {' '.join(ICOUNT)}`; minimum of 101 samples (of long rows 11 or more)",
            f"wall: `-accel {ACCEL}` without `-icount`; three boots, the least of the minima and the middle median",
            f"guest: 1 vcpu (rows `smp_*`, `pcpus_*`: n vcpus), 128 MiB, 1 pcpu (rows `pcpus_*`: n); Xen: `-cpu max,-smap`, "
            f"`{XEN_OPTIONS}`"]

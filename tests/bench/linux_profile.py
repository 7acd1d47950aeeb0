#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""make bench-linux: one Linux kernel and one initramfs (tests/linux/profile.c) as domain 0 of Paravane, as domain 0 of
Debian's Xen, and on the bare machine, all under -icount in QEMU's TCG. Writes build/bench/linux.csv and linux.md;
`linux_profile.py docs` takes the latter into docs/linux-profile.md."""
import csv
import os
import re
import signal
import struct
import subprocess
import sys
import time

import platforms
import machine  # platforms knows where it is

TOP = platforms.TOP
FILES = machine.BUILD / "linux"
PAGE = TOP / "docs" / "linux-profile.md"
BEGIN, END = "<!-- table: made by make bench-linux-docs -->", "<!-- end of table -->"
PLATFORMS = ("paravane", "xen", "bare")
CPU = "max,-smap"  # Xen's PV guests need it so in QEMU 7.2; one machine for all three
MEMORY = 512
QUIET = "quiet noreplace-smp mitigations=off"
LINE = re.compile(r"profile: (\w+),(\d+),(\d+),(\d+),(\d+)\r*$", re.M)
# (row, what it is, most of Xen's share that ours may be: 0.5 for the rows of system calls and faults)
ROWS = [
    ("boot_bare", "boot: entry to `/init`, bare command line", 1),
    ("boot", f"boot: entry to `/init`, `{QUIET}`", 1),
    ("getpid", "getpid", 0.5),
    ("page_fault", "page fault (a page in memory, first store)", 0.5),
    ("protection_fault", "protection fault, its signal, siglongjmp", 0.5),
    ("signal", "signal to oneself: kill, handler, return", 0.5),
    ("fork", "fork, exit, wait", 1),
    ("exec", "fork, exec, exit, wait", 1),
    ("mmap_memory", "mmap, touch and munmap of 64 MiB of memory", 1),
    ("mmap_file", "mmap, touch of every 16 KiB, munmap of a 64 MiB file", 1),
    ("pipe", "pipe: there and back between two processes", 1),
    ("switch", "context switch among 8 processes (pipes taken off)", 1),
]


def note(kind):
    """A number from the kernel's Xen notes: 1 the PV entry, 18 the one QEMU itself starts at."""
    data = (FILES / "vmlinux").read_bytes()
    at = -1
    while (at := data.find(b"Xen\0", at + 1)) >= 0:
        name, size, found = struct.unpack_from("<III", data, at - 12)
        if name == 4 and found == kind and size in (4, 8):
            return int.from_bytes(data[at + 4:at + 4 + size], "little")
    raise RuntimeError(f"vmlinux has no note {kind}")


def command(platform, arguments):
    """QEMU's arguments, and where the kernel begins."""
    kernel, ramdisk = FILES / "vmlinux", FILES / "initramfs-profile"
    arguments += " rdinit=/tests/profile"
    if platform == "paravane":
        return ["-kernel", str(machine.IMAGE), "-append", "exit=debug-port", "-initrd",
                f"{kernel} domain=d0 memory={MEMORY}M console=hvc0 {arguments},{ramdisk} ramdisk"], note(1)
    if platform == "xen":
        return ["-kernel", str(machine.xen_image()), "-append",
                f"console=com1 com1=115200 dom0_mem={MEMORY}M dom0_max_vcpus=1 noreboot",
                "-initrd", f"{kernel} console=hvc0 {arguments},{ramdisk}"], note(1)
    return ["-kernel", str(kernel), "-append", f"console=ttyS0 nopti {arguments}", "-initrd", str(ramdisk)], note(18)


def run(words, log, limit):
    """The console's text up to the profile's end, and the processor's seconds until then, at most limit: on a busy host they
    tell more than the clock's."""
    platforms.OUT.mkdir(parents=True, exist_ok=True)
    qemu = platforms.limited(limit * machine.SLOW) + platforms.COMMON + [
        "-accel", "tcg", "-cpu", CPU, "-m", str(2 * MEMORY)] + words
    with open(log, "wb") as out:
        child = subprocess.Popen(qemu, cwd=TOP, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        still_there = (os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # whose end is taken only below
        while os.waitid(*still_there) is None and b"profile: end" not in log.read_bytes():
            time.sleep(0.02)
        os.kill(child.pid, signal.SIGTERM)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = status
    text = log.read_bytes().decode("utf-8", "replace")
    if "profile: end" not in text:
        raise RuntimeError(f"the profile did not end; see {log}\n{text[-600:]}")
    return text, used.ru_utime + used.ru_stime


def boot(platform, name, arguments, limit=300):
    """{row: (instructions, of them in the hypervisor, median of instructions)}, each for doing it once."""
    log, counts = (platforms.OUT / f"linux-{name}-{platform}.{kind}" for kind in ("log", "counts"))
    words, entry = command(platform, arguments)
    plugin = ["-plugin", f"{platforms.PLUGIN},out={counts},entry={entry:x}"]
    text, _ = run(platforms.ICOUNT + words + plugin, log, limit)
    counted = [tuple(map(int, line.split())) for line in counts.read_text().splitlines()]
    (total, hypervisor), counted = counted[0], counted[1:]
    rows = {"boot": (total, hypervisor, total)}
    for row, n, samples, _, median in LINE.findall(text):
        regions = 2 if row == "switch" else 1  # the second is taken off
        mine, counted = counted[regions:regions * (int(samples) + 1)], counted[regions * (int(samples) + 1):]
        if regions == 2:
            mine = [(a - c, b - d) for (a, b), (c, d) in zip(mine[::2], mine[1::2])]
        rows[row] = *(round(count / int(n)) for count in min(mine)), int(median)
    return rows


def wall():
    """{platform: processor seconds from QEMU's start to /init}, not counting: the least of three, each in its turn."""
    found = {}
    for _ in range(3):
        for platform in ("paravane", "xen"):
            _, took = run(command(platform, "samples=none")[0], platforms.OUT / f"linux-wall-{platform}.log", 120)
            found[platform] = min(took, found.get(platform, took))
    return found


def measure():
    """{platform: {row: figures}}"""
    results = {}
    for platform in PLATFORMS:
        started = time.monotonic()
        results[platform] = rows = boot(platform, "tuned", QUIET)
        rows["boot_bare"] = boot(platform, "bare", "samples=none")["boot"]
        print(f"  {platform:9} {len(rows)} rows, {time.monotonic() - started:5.1f} s", flush=True)
    return results


def met(row, most, ours, xen):
    return ours[row][0] <= xen[row][0] and (most == 1 or ours[row][1] <= most * xen[row][1])


def table(results, seconds):
    ours, xen, bare = (results[p] for p in PLATFORMS)
    lines = [f"- {line}" for line in platforms.environment()[:4]]
    lines += [f"- `-accel tcg -cpu {CPU} {' '.join(platforms.ICOUNT)}`, one CPU; domain 0 with privilege on both, {MEMORY} "
              f"MiB, 1 vcpu; rows but the first: `{QUIET}`; the least of the samples", "",
              "| | Paravane | Xen 4.17 | ratio | bare | share, Paravane | share, Xen | ratio | at most | |",
              "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|"]
    missed = 0
    for row, title, most in ROWS:
        (all_ours, share_ours, _), (all_xen, share_xen, _) = ours[row], xen[row]
        missed += not met(row, most, ours, xen)
        lines.append(f"| {title} | {all_ours} | {all_xen} | {all_ours / all_xen:.2f} | {bare[row][0]} | {share_ours} "
                     f"| {share_xen} | {share_ours / share_xen:.2f} | {most if most < 1 else '-'} "
                     f"| {'' if met(row, most, ours, xen) else '*'} |")
    lines += ["", f"Time from QEMU's start to `/init`, without counting (processor time of QEMU, bare command line, "
              f"least of three by turns): Paravane {seconds['paravane']:.2f} s, Xen {seconds['xen']:.2f} s.",
              "", f"`*`: misses its target. {len(ROWS) - missed} of {len(ROWS)} rows meet it."]
    return "\n".join(lines) + "\n"


def write(results, text):
    with open(platforms.OUT / "linux.csv", "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["platform", "row", "instructions", "in_hypervisor", "median"])
        for platform, rows in results.items():
            writer.writerows([platform, row, *figures] for row, figures in rows.items())
    (platforms.OUT / "linux.md").write_text(text)


def main():
    if sys.argv[1:] == ["docs"]:
        head, rest = PAGE.read_text().split(BEGIN)
        PAGE.write_text(head + BEGIN + "\n" + (platforms.OUT / "linux.md").read_text() + END + rest.split(END)[1])
        return
    results = measure()
    text = table(results, wall())
    write(results, text)
    print(text, end="")


if __name__ == "__main__":
    main()

# SPDX: MIT
"""`make debug`: QEMU waits, and the line it prints for gdb finds both kernels' functions and lines."""
import shlex
import subprocess

import machine
import pexpect


def test_gdb_line():
    child = pexpect.spawn("timeout", ["90", "make", "-s", "debug", f"BUILD={machine.BUILD}"], cwd=str(machine.TOP),
                          encoding="utf-8", timeout=60)
    try:
        child.expect(r"In another terminal: (gdb [^\r\n]*)")
        line = shlex.split(child.match.group(1))
        more = ["-ex", "backtrace 1", "-ex", "delete", "-ex", "hbreak kernel_main", "-ex", "continue",
                "-ex", "backtrace 1", "-ex", "kill"]
        for _ in range(20):  # QEMU opens its port a moment after the line
            ran = subprocess.run(["timeout", "60", line[0], "-batch", *line[1:], *more], cwd=machine.TOP,
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=70)
            if "Breakpoint 1," in ran.stdout:
                break
        assert "boot_main (magic=" in ran.stdout, ran.stdout + ran.stderr
        assert "kernel_main () at guest-pv-kernel/" in ran.stdout, ran.stdout + ran.stderr
    finally:
        child.close(force=True)

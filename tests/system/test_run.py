# SPDX-License-Identifier: MIT
"""`make run` as a person types it: any PV kernel, and an exit status for scripts."""
import os
import subprocess

import guests
import machine
import pytest


def make_run(name, *arguments):
    ran = subprocess.run(["timeout", "60", "make", "-s", "run", f"KERNEL={guests.elf(name)}", machine.MAKE_BUILD,
                          *arguments], cwd=machine.TOP, stdin=subprocess.DEVNULL, capture_output=True, timeout=90)
    return ran.returncode, ran.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("name", ["foreign_page_tables", "foreign_legacy"])
def test_foreign_kernel(name):
    status, text = make_run(name, "VCPUS=2")
    assert status == 0 and "ok 1 - " in text and "not ok" not in text


def test_crash_is_told():
    status, _ = make_run("shutdown_crash")
    assert status != 0


def test_memory_that_is_no_size():
    ran = subprocess.run(["hypervisor/tools/run-qemu"], cwd=machine.TOP, capture_output=True, text=True, timeout=30,
                         env=os.environ | {"MEM": "lots", "KERNEL": str(guests.elf("hello"))})
    assert ran.returncode == 2 and "MEM=lots is no size" in ran.stderr

# SPDX-License-Identifier: MIT
"""Common to the system tests and the differential. What they boot must have been built: make test-system does."""
import csv
import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import machine  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def built():
    for file in (machine.IMAGE, machine.BUNDLED, machine.RAMDISK):
        if not file.exists():
            pytest.exit(f"{file} is missing: run `make test-system`, which builds it", 2)


def pytest_terminal_summary(terminalreporter):
    """How many of the refusal rows the run has hit, if test_rows.py was in it."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    table = machine.BUILD / "test" / "coverage.csv"
    if not any("test_rows.py" in report.nodeid for report in reports) or not table.exists():
        return
    with open(table, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    hit = sum(row["hits"] != "0" for row in rows)
    out = sum(row["reachable"] != "yes" for row in rows)
    terminalreporter.write_line(f"refusal rows: hit {hit} of {len(rows)}, {out} out of reach; table in {table}")


@pytest.fixture(scope="session")
def iso(tmp_path_factory):
    """An image with the bundled guest, leaving QEMU by the debug port."""
    modules = machine.domain(machine.BUNDLED, ramdisk=machine.RAMDISK)
    return machine.make_iso(tmp_path_factory.mktemp("iso") / "bundled.iso", modules, "exit=debug-port")


@pytest.fixture(params=["kernel", "bios", "uefi"])
def boot_path(request):
    return request.param


@pytest.fixture
def boot_bundled(iso):
    """boot_bundled(path, name, ...): the bundled guest over one of the boot paths, at its prompt."""
    started = []

    def boot(path="kernel", cpus=1, vcpus=1, arguments="", options="", memory=512, prompt=True):
        name = f"bundled-{path}-{cpus}-{len(list(machine.LOGS.glob('bundled-*')))}"
        if path == "kernel":
            qemu = machine.boot_paravane(name, machine.domain(machine.BUNDLED, arguments, vcpus=vcpus,
                                                              ramdisk=machine.RAMDISK),
                                         options, memory, cpus)
        else:
            qemu = machine.boot_iso(name, iso, path == "uefi", memory, cpus)
        started.append(qemu)
        if prompt:
            qemu.expect(machine.PROMPT)
        return qemu

    yield boot
    for qemu in started:
        qemu.kill()

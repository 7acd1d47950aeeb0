# SPDX-License-Identifier: MIT
"""The rooms of hypervisor/ know only rooms below them: by what they include, and by the symbols they link to."""
import re
import subprocess

import machine
import pytest

# The first page tables: head.S lays them out, memory/ takes them over. Room symbols that others may know by name.
HANDED_OVER = {"boot_pml4", "boot_pcpu_pages", "boot_tables_end"}
ROOMS = ["lib", "machine", "memory", "domain", "pv", "entry", "boot"]
SOURCES = machine.TOP / "hypervisor"


def height(room):
    return ROOMS.index(room)


@pytest.fixture(scope="session", autouse=True)
def built():
    """Needs no images."""


@pytest.mark.parametrize("room", ROOMS)
def test_includes_point_down(room):
    wrong = []
    for file in sorted((SOURCES / room).glob("*.[chS]")):
        for target in re.findall(r'#\s*include\s+"(\w+)/', file.read_text()):
            if target in ROOMS and height(target) > height(room):
                wrong.append(f"{file.name} includes {target}/")
    assert not wrong, wrong


def test_symbols_point_down():
    defined, wanted = {}, []
    for room in ROOMS:
        for file in sorted((machine.BUILD / "hypervisor" / room).glob("*.o")):
            lines = subprocess.run(["nm", str(file)], capture_output=True, text=True, check=True).stdout
            for line in lines.splitlines():
                *_, kind, name = line.split()
                if kind in "TDBRCVW" or kind == "A":
                    defined.setdefault(name, room)
                elif kind == "U":
                    wanted.append((room, file.name, name))
    assert defined
    wrong = [f"{room}/{file} uses {name} of {defined[name]}/" for room, file, name in wanted
             if name in defined and name not in HANDED_OVER and height(defined[name]) > height(room)]
    assert not wrong, "\n".join(wrong)


def test_nothing_beside_the_rooms():
    extra = [d.name for d in SOURCES.iterdir() if d.is_dir() and d.name not in ROOMS + ["tools"]]
    assert not extra


def test_files_stay_readable():
    long = [f"{f.relative_to(SOURCES)}: {n}" for f in SOURCES.rglob("*.[chS]")
            if (n := len(f.read_text().splitlines())) > 480]
    assert not long, long

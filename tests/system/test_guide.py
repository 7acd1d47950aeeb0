# SPDX-License-Identifier: MIT
"""What docs/guide/ shows: hello by the very commands of its chapter, each step of the port on the bare machine, on Paravane
and on Xen, and what explain says of the usual mistakes. Texts shown are files; GUIDE_RENEW=1 writes those that are captured.
"""
import os
import re
import subprocess

import guests
import machine
import pytest

GUIDE = machine.TOP / "docs" / "guide"
PORT = machine.TOP / "tests" / "port"
STEPS = range(1, 7)
ENDS = {1: "trap_init", 2: "paging_init", 3: "timer_init", 4: "user_init", 5: "page_alloc"}  # the first thing not ported
HELLO = "hello from ring 3 of xen-3.0-x86_64"


def elf(step):
    return machine.BUILD / "tests" / "port" / f"step{step}.elf"


def lines_of(text, marks):
    return [line.strip() for line in text.splitlines() if line.strip().startswith(marks)]


def expected(directory, marks):
    """The lines of its console.txt as regular expressions; <name> in them stands for any one word, ... for anything."""
    lines = lines_of((PORT / directory / "console.txt").read_text(), marks)
    return [re.sub(r"<\w+>", r"\\S+", re.escape(line)).replace(r"\.\.\.", ".*") for line in lines]


def check(step, text, own_marks=("teach: ", "user: ")):
    text = text[max(text.rfind("Booting from ROM.."), 0):].replace("Booting from ROM..", "")
    said, want = lines_of(text, own_marks), expected(f"step{step}", own_marks)
    assert len(said) == len(want) and all(re.fullmatch(w, s) for w, s in zip(want, said)), "\n".join(said)


def in_order(text, wanted):
    """These lines among others, in this order."""
    rest = iter(line.strip() for line in text.replace("Booting from ROM..", "\n").splitlines())
    for want in wanted:
        assert any(re.fullmatch(want, line) for line in rest), want


def test_native_kernel():
    arguments = machine.qemu_arguments(64) + ["-kernel", str(elf(0))]
    with machine.Machine("port-step0", arguments, 20) as qemu:
        status, text = qemu.finish()
    assert status == machine.CLEAN, text[-1500:]
    check(0, text)


@pytest.mark.parametrize("step", STEPS)
def test_step_on_paravane(step):
    with machine.boot_paravane(f"port-step{step}", machine.domain(elf(step), name="guest")) as qemu:
        status, text = qemu.finish()
    assert status == (machine.CLEAN if step == 6 else machine.CRASH), text[-1500:]
    check(step, text)
    in_order(text, expected(f"step{step}", ("(PV) ",)))
    if step in ENDS:
        address = re.findall(r"teach: panic: .* at (\w+)|rip (?:e033:)?(\w{16})", text)[-1 if step > 1 else 0]
        functions = subprocess.run(["addr2line", "-fie", str(elf(step)), "0x" + "".join(address)], capture_output=True,
                                   text=True, check=True).stdout.split()[::2]
        assert ENDS[step] in functions or step == 5 and "memset" in functions, functions


@pytest.mark.parametrize("step", STEPS)
def test_step_on_xen(step):
    text = machine.xen_log(elf(step))
    check(step, text)
    assert guests.end_on_xen(text) == ("poweroff" if step == 6 else "crash"), text[-1500:]


def test_steps_differ_where_they_say():
    """A file in a step's directory is one that the step changes."""
    for step in STEPS:
        for file in (PORT / f"step{step}").glob("*.[chS]"):
            before = [PORT / f"step{n}" / file.name for n in range(step) if (PORT / f"step{n}" / file.name).exists()]
            assert not before or before[-1].read_text() != file.read_text(), file


# ---- hello ----
def shell_blocks(chapter):
    """The commands of a chapter: its fenced blocks marked sh."""
    return re.findall(r"^```sh\n(.*?)^```", (GUIDE / chapter).read_text(), re.M | re.S)


def test_hello_is_short():
    assert len((PORT / "hello" / "hello.c").read_text().splitlines()) < 60


def by_the_book(chapter, directory):
    """Every command of a chapter, typed in an empty directory; the tree is where the reader has cloned it."""
    build = os.path.relpath(machine.BUILD, machine.TOP)
    script = "\n".join(["set -e"] + shell_blocks(chapter)).replace("~/paravane", str(machine.TOP))
    assert re.search(r"^make -C .* run KERNEL=", script, re.M)
    script = re.sub(r"^make (.*)$", rf"make BUILD={build} \1 || ended=$?", script, flags=re.M) + "\nexit $ended"
    run = subprocess.run(["bash", "-c", script], cwd=directory, capture_output=True, text=True, timeout=300 * machine.SLOW,
                         stdin=subprocess.DEVNULL, check=False)
    assert "error:" not in run.stderr and "warning:" not in run.stderr, run.stderr[-2000:]
    return run.stdout


def test_hello_by_the_book(tmp_path):
    in_order(by_the_book("01-hello.md", tmp_path), expected("hello", ("",)))
    assert HELLO in machine.xen_log(tmp_path / "hello")


def test_port_by_the_book(tmp_path):
    text = by_the_book("19-worked-port.md", tmp_path)
    for n, part in enumerate(text.split("SeaBIOS")[1:]):
        check(n, part)
    assert n == max(STEPS)


def test_trace_of_the_port():
    """The ported kernel as its hypercalls, up to where page tables work."""
    shown = PORT / "step6" / "trace.txt"
    icount = ["-icount", "shift=0,sleep=off"]  # or a tick of the host's clock makes a long call give way
    with machine.boot_paravane("port-trace", machine.domain(elf(6), "trace=on"), extra=icount) as qemu:
        status, text = qemu.finish(60)
    assert status == machine.CLEAN, text[-1500:]
    lines = [re.sub(r" <\d+ ticks>", "", re.sub(r"0x[0-9a-f]{3,}|\b[0-9a-f]{16}\b", "0x..", line.removeprefix("(PV) d0v0 ")))
             for line in lines_of(text, ("(PV) d0v0 ", "teach: "))]
    said = "\n".join(lines[:lines.index("teach: paging") + 1]) + "\n"
    if os.environ.get("GUIDE_RENEW"):
        shown.write_text(said)
    assert shown.read_text() == said


# ---- the usual mistakes ----
def test_explanations_of_the_usual_mistakes():
    shown = guests.SOURCES / "page_table_mistakes" / "explain.txt"
    with machine.boot_paravane("guide-mistakes", machine.domain(guests.elf("page_table_mistakes")), "explain=on") as qemu:
        status, text = qemu.finish()
    assert status == machine.CLEAN, text[-1500:]
    said = [re.sub(r"0x[0-9a-f]+", "0x..", line[5:]) for line in lines_of(text, ("(PV) d0v0 ",)) if " refused " in line]
    if os.environ.get("GUIDE_RENEW"):
        shown.write_text("\n\n".join(said) + "\n")
    assert len(said) == 5
    assert shown.read_text().split("\n\n") == ("\n\n".join(said) + "\n").split("\n\n")


def test_messages_of_the_cookbook():
    """What the debugging chapter quotes of the hypervisor in its first column is what the hypervisor says."""
    source = "".join(re.sub(r'"\s*\n\s*"', "", f.read_text()).replace('\\"', '"')
                     for f in sorted((machine.TOP / "hypervisor").rglob("*.c")))
    source += re.sub(r"\{\d:\w\}", "%", (machine.TOP / "abi" / "spec" / "kill.toml").read_text())
    source = re.sub(r"%-?\d*\.?[*]?l?[a-z]", "%", source)
    chapter = (GUIDE / "17-debugging.md").read_text()
    sections = re.findall(r"^## (It does not boot|It is killed)$(.*?)(?=^## |^On Xen)", chapter, re.M | re.S)
    quoted = [q for _, text in sections for q in re.findall(r"^\| `([^`]+)` \|", text, re.M)]
    assert len(quoted) > 10
    missing = [part for q in quoted for part in q.split("...") if part.strip(": ") not in source]
    assert not missing, missing


# ---- what is said of costs ----
def measured():
    """{operation: {column: text}} of both tables in docs/benchmarks.md."""
    rows, heads = {}, []
    for line in (machine.TOP / "docs" / "benchmarks.md").read_text().splitlines():
        cells = [cell.strip(" *") for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if cells[:1] == ["operation"]:
            heads = cells
        elif len(cells) > 3 and len(cells) == len(heads) and not cells[0].startswith("-"):
            rows.setdefault(cells[0], {}).update(zip(heads, cells))
    return rows


def test_claims_about_costs():
    rows = measured()

    def cost(name, column="instructions"):
        return int(rows[name][column])
    # 05, 08: batches
    assert cost("multicall of nulls, per call at 32") < cost("null hypercall (xen_version)")
    assert cost("trapped page-table write, mov") > 2 * cost("mmu_update map, a batch of 1")
    assert cost("trapped page-table write, mov") > 5 * cost("mmu_update map, per entry at 128")
    # 11: clts by trap is a multiple
    assert cost("clts, trapped") > 2 * cost("fpu_taskswitch")
    # 13: copying a page takes a third more instructions than mapping it and unmapping it, but far less time
    assert 1.25 < cost("grant copy, 4 KiB") / (cost("grant map") + cost("grant unmap")) < 1.4
    assert 2 * cost("grant copy, 4 KiB", "wall ns min") < cost("grant map", "wall ns min") + cost("grant unmap", "wall ns min")
    # 07, 21: two roots are two loads of cr3
    assert rows["user syscall, kernel, iret"]["CR3 / INVLPG"].startswith("2 ")
    assert rows["user syscall, one root for both"]["CR3 / INVLPG"].startswith("0 ")
    assert 10 <= cost("user syscall, kernel, iret", "bare") <= 16
    # 21: the mask byte, and the page-table write
    assert cost("mask interrupts", "Paravane hypercall") <= 2
    assert cost("mask interrupts", "Paravane trap") > 100 * cost("mask interrupts", "Paravane hypercall")
    assert 2 * cost("page-table write", "Paravane hypercall") < cost("page-table write", "Paravane trap")

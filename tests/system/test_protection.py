# SPDX-License-Identifier: MIT
"""
What protects the hypervisor from itself, on the running machine: gdb stops it when all is set up, before the first domain is
made, lets it call one of its own functions with arguments that break one protection, and the console tells of the panic.
"""
import re
import socket
import subprocess

import guests
import machine
import pytest

WRITE = ["$rdx = 8", "$rip = (long)memset"]
BREAKS = {
    "text": (["$rdi = (long)image_start", *WRITE], "#PF in the hypervisor"),
    "text, by the direct map": (["$rdi = (long)image_start + 0x20000000000", *WRITE], "#PF in the hypervisor"),
    "M2P": (["$rdi = 0xffff800000000000", *WRITE], "#PF in the hypervisor"),
    "page 0": (["$rdi = 8", *WRITE], "#PF in the hypervisor"),
    "data as code": (["*(char *)&printk_level = 0xc3", "$rip = (long)&printk_level"], "#PF in the hypervisor"),
    "stack overflow": (["$rsp = ((long)$rsp & ~0xffff) + 0x9008"], "stack overflow: guard page 8 of pcpu 0 was touched"),
    "panic": (["$rdi = 0", "$rsi = (long)symbol_names", "$rip = (long)panic_at"], "PANIC on pcpu 0: "),
}


def steer(name, commands, options="", cpus=1):
    """Boots a guest, with these gdb commands when it is about to be made; what gdb said, status and text of the machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    modules = machine.domain(guests.elf("hello"))
    with machine.boot_paravane(name, modules, options, cpus=cpus, limit=60,
                               extra=["-S", "-gdb", f"tcp:127.0.0.1:{port}"]) as qemu:
        lines = [f"target remote 127.0.0.1:{port}", "hbreak *options_plan_domains", "continue", "delete",
                 "set $back = *(long *)$rsp", "hbreak *$back", *commands]
        words = [word for line in lines for word in ("-ex", line)]
        for _ in range(20):  # QEMU opens its port a moment after its start
            ran = subprocess.run(["timeout", "50", "gdb", "-batch", str(machine.BUILD / "paravane.elf"), *words],
                                 cwd=machine.TOP, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            if "Connection refused" not in ran.stderr:
                break
        return ran.stdout + ran.stderr, *qemu.finish()


def call(function, *arguments):
    """Calls it, and is back where it was called from."""
    registers = [f"set ${register} = {value}" for register, value in zip(("rdi", "rsi", "rdx"), arguments)]
    return [*registers, f"set $rip = (long){function}", "continue", "set $rsp = (long)$rsp - 8"]


@pytest.mark.parametrize("what", BREAKS)
def test_broken(what):
    changes, message = BREAKS[what]
    said, status, text = steer(f"protection-{what}", [f"set {change}" for change in changes] + ["continue"])
    assert "Breakpoint 1, " in said and "Breakpoint 2, " not in said, said  # it did not come back
    assert message in text, text[-1500:]
    assert re.search(r"called from [0-9a-f]{16} (boot_main|start_domains)\+0x", text), text[-1500:]
    assert status == machine.PANIC


def test_not_broken():
    """Faults of copies are caught, flushes are answered by every pcpu, and then all goes on as if nothing had been."""
    commands = ["set $saved = {(long)$rdi, (long)$rsi, (long)$rdx}"]
    for source in ("0x1000", "(long)image_start"):
        commands += [*call("copy_from_user_raw", "(long)$rsp - 4096", source, 24), "print $rax"]
    commands += ["print inbox[3].done"] + 20 * call("tlb_flush_mask", -1) + ["print inbox[3].done", "delete"]
    commands += ["set $rdi = $saved[0]", "set $rsi = $saved[1]", "set $rdx = $saved[2]"]
    said, status, text = steer("protection-holds", [*commands, "set $rip = (long)options_plan_domains", "detach"], cpus=4)
    answers = [int(answer) for answer in re.findall(r"^\$\d = (\d+)$", said, re.M)]
    assert answers[:2] == [24, 0] and answers[3] - answers[2] == 20, said
    assert status == machine.CLEAN and "4 pcpus" in text


@pytest.mark.parametrize("choice", ["auto", "on"])
def test_indirect_branches(choice):
    """In memory, after the boot: jumps and calls where nothing speculates, and otherwise none but through retpolines."""
    places = [f"x/{count}i {place}" for place, count in (("__x86_indirect_thunk_r13", 6), ("syscall_hypercall", 30),
                                                         ("trap_on_root", 6))]
    said, status, text = steer(f"protection-indirect-{choice}", [*places, "delete", "detach"], f"spec-ctrl={choice}")
    retpolines = "retpolines" in text
    assert status == machine.CLEAN and retpolines == ("spec-ctrl=on" in f"spec-ctrl={choice} {machine.HVOPTS}")
    branches = re.findall(r"<(\w+)(?:\+\d+)?>:\t(.*\*.*)$", said, re.M)
    assert branches == ([] if retpolines else [("__x86_indirect_thunk_r13", "jmp    *%r13"),
                                               ("syscall_hypercall", "cs call *(%r11,%rax,8)"),
                                               ("trap_on_root", "cs call *(%r11,%rax,8)")]), said
    assert not retpolines or re.search(r"<__x86_indirect_thunk_r13>:\tjmp +0x\w+ <__x86_indirect_thunk_r13\+5>", said), said


def test_no_other_indirect_branches():
    """By the compiler, and by hand but for the two above and the ways to C, which are before any guest."""
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", str(machine.BUILD / "paravane.elf")], capture_output=True,
                          text=True, check=True).stdout
    found = {}
    for function, body in re.findall(r"^\w{16} <(\w+)>:\n((?:.+\n)*)", code, re.M):
        if "*" in body and not function.startswith("__x86_indirect_thunk_"):
            found[function] = body.count("*")
    assert found == {"head_long": 2, "syscall_hypercall": 1, "trap_on_root": 1}

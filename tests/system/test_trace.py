# SPDX-License-Identifier: MIT
"""
Watching hypercalls: the lines on the console, the keys that switch them, the counts, and the rings as xenalyze reads
them. docs/debugging.md is the user's side.
"""
import re
import subprocess

import guests
import machine
import pytest

SWITCH = "\x01\x01" * 3  # Ctrl-A three times, each doubled for QEMU's own use of it
CALL = re.compile(r"^\(PV\) (d\d+v\d+) (  )?(\w+)\((.*)\) = (.*)$", re.M)


def run(guest, arguments, modules=(), options="", vcpus=1, extra=(), cpus=1):
    modules = list(modules) + machine.domain(guests.elf(guest), arguments, name="t", vcpus=vcpus)
    with machine.boot_paravane(f"trace-{guest}", modules, options, extra=extra, cpus=cpus) as qemu:
        status, text = qemu.finish()
    assert status == machine.CLEAN, text[-1500:]
    return text


@pytest.mark.parametrize("guest, lines", [
    ("event_channels", [
        r"event_channel_op\(EVTCHNOP_alloc_unbound, {dom=DOMID_SELF, remote_dom=DOMID_SELF, port=1}\) = 0 <\d+ ticks>",
        r"event_channel_op\(EVTCHNOP_bind_interdomain, {remote_dom=DOMID_SELF, remote_port=1, local_port=\?}\) = -EINVAL "
        r"<\d+ ticks> event_channel_op\.einval\.interdomain_remote_port",
        r"console_io\(CONSOLEIO_write, 15, 0x[0-9a-f]+\) = 0",
        r"sched_op\(SCHEDOP_shutdown, {reason=SHUTDOWN_poweroff}\) = 0"]),
    ("mmu_update_normal", [
        r"mmu_update\({ptr=0x[0-9a-f]+, val=0x[0-9a-f]+}, 1, NULL, DOMID_SELF\) = 0 <\d+ ticks>",
        r"mmu_update\(\[{ptr=0x[0-9a-f]+, val=0x[0-9a-f]+}, {ptr=[^}]*}, \.\.\.\], 3, &done, DOMID_SELF\) = -EINVAL <\d+ ticks> "
        r"page_table\.einval\.frame_invalid",
        r"mmuext_op\({MMUEXT_INVLPG_LOCAL, arg1.linear_addr=0x0}, 1, NULL, DOMID_SELF\) = 0",
        r"update_va_mapping\(0x[0-9a-f]+, 0x[0-9a-f]+, UVMF_INVLPG\) = 0"]),
    ("multicall", [
        r"multicall\(0x[0-9a-f]+, 4\) = (0|\?, to be continued)", r"  xen_version\(XENVER_version, NULL\) = 0x40011", r"  fpu_taskswitch\(0\) = 0",
r"multicall\(0x[0-9a-f]+, 2000\) = (0|\?, to be continued)"]),
    ("grant_table", [
        r"grant_table_op\(GNTTABOP_map_grant_ref, {host_addr=0x[0-9a-f]+, flags=GNTMAP_host_map, ref=\d+, dom=0, "
        r"status=GNTST_okay, handle=0, dev_bus_addr=0x[0-9a-f]+}, 1\) = 0",
        r".*status=GNTST_bad_handle}, 1\) = 0 <\d+ ticks> grant_table_op\.gnttab\.bad_handle"]),
])
def test_lines(guest, lines):
    text = run(guest, "trace=on")
    for line in lines:
        assert re.search(rf"^\(PV\) d0v0 {line}", text, re.M), line


def test_only_who_is_watched():
    text = run("hello", "trace=on", machine.domain(guests.elf("event_channels"), name="other"))
    assert {match[1] for match in CALL.finditer(text)} == {"d1v0"}
    assert not CALL.search(run("hello", "trace=off"))
    assert not CALL.search(run("hello", "trace=ring"))


def test_lines_are_whole_however_many():
    """Far more than the line's buffer holds: a watched domain waits for it."""
    text = run("event_channels", "trace=on", vcpus=1, cpus=2)
    assert "bytes of output lost" not in text
    said = [line for line in text[text.index("KTAP"):].splitlines() if not line.startswith("(PV)")]
    assert text.count("console_io(CONSOLEIO_write") == len(said) > 50


def test_ticks_are_instructions_under_icount():
    text = run("xen_version", "trace=on", extra=["-icount", "shift=0,sleep=off"])
    ticks = [int(n) for n in re.findall(r"xen_version\(XENVER_version, NULL\) = 0x40011 <(\d+) ticks>", text)]
    assert ticks and all(0 < n < 150 for n in ticks) and len(set(ticks)) == 1, ticks


def key(qemu, letter, answer):
    qemu.send(letter)
    return qemu.expect(answer, 20)


def numbers(text, domain=0):
    return {call: (int(ok), int(refused)) for call, ok, refused in
            re.findall(rf"\(PV\) d{domain} ([\w ]+): (\d+) ok, (\d+) refused", text)}


def test_registers_by_key(boot_bundled):
    qemu = boot_bundled(vcpus=2)
    qemu.send(SWITCH)
    qemu.expect("input to the hypervisor")
    for letter in "0d":
        text = key(qemu, letter, "d0v1") + key(qemu, "m", "frames free")
        assert re.search(r"d0v0 \(d0\) in \w+ mode, upcall mask", text)
        assert re.search(r"d0v1 \(d0\) in kernel mode, upcall mask.*\n\(PV\)   rip ffffffff80[0-9a-f]{6} cs e033", text.replace("\r", "")), text


def test_keys(boot_bundled):
    qemu = boot_bundled()
    qemu.send(SWITCH)
    qemu.expect("input to the hypervisor")
    key(qemu, "s", r"watching d0 \(d0\)")
    qemu.send(SWITCH + "echo hi\r")
    qemu.expect(r"console_io\(CONSOLEIO_\w+, \d+, ")
    qemu.expect(r"sched_op\(")  # the shell waits again
    qemu.send(SWITCH)
    qemu.expect("input to the hypervisor")
    key(qemu, "s", "watching all domains")
    key(qemu, "s", "watching nobody")
    qemu.send(SWITCH + "echo done\r")
    assert not CALL.search(qemu.expect(r"\ndone"))
    qemu.send(SWITCH + "n")
    found = numbers(qemu.expect(r"d0 sched_op: [^\n]*\n") + key(qemu, "h", "this list"))
    assert found["console_io"][0] > 0 and found["sched_op"][0] > 0


def xenalyze(tmp_path, text, *options):
    """What it says of the rings that were dumped in this text."""
    log, records = tmp_path / "log", tmp_path / "records"
    log.write_text(text)
    subprocess.run([str(machine.TOP / "hypervisor" / "tools" / "trace_to_xen.py"), str(log), str(records)], check=True)
    return subprocess.run([str(machine.xenalyze()), *options, str(records)], capture_output=True, text=True, check=True).stdout


def dump(qemu, cpus):
    key(qemu, "T", rf"trace: pcpu {cpus - 1}, whose \w+, \d+ words")
    key(qemu, "m", "frames free")
    return qemu.text()


@pytest.mark.parametrize("cpus", [1, 2])
def test_xenalyze_counts_what_we_count(tmp_path, boot_bundled, cpus):
    qemu = boot_bundled(cpus=cpus, vcpus=cpus)
    qemu.send(SWITCH + "S")
    qemu.expect(r"watching d0")
    qemu.send(SWITCH + "fault\r")
    qemu.expect(machine.PROMPT)
    qemu.send(SWITCH + "SS")
    qemu.expect(r"watching nobody")
    counts = numbers(key(qemu, "n", r"d0 event_channel_op: [^\n]*\n|d0 sched_op: [^\n]*\n") + key(qemu, "m", "frames free"))
    text = dump(qemu, cpus)
    assert not CALL.search(text)
    summary = xenalyze(tmp_path, text, "--summary")
    assert "|-- Domain 0 --|" in summary
    for call in ("console_io", "iret"):  # such as are never continued, nor part of a multicall
        of_vcpus = re.findall(rf"^    {call} +\[ *\d+\]: +(\d+)$", summary, re.M)
        assert sum(map(int, of_vcpus)) == sum(counts[call]) > 0, (summary, counts)
    assert re.search(r"^  page_fault +\d+$", summary, re.M), summary
    listed = xenalyze(tmp_path, text, "--dump-all")
    assert re.search(r"d0v0 +hypercall +1 \(mmu_update\) \d+ updates", listed) and "d0v0 runnable->running" in listed


def test_xenalyze_after_the_ring_has_gone_round(tmp_path):
    modules = machine.domain(guests.elf("event_channels"), "trace=ring hold=1", name="t")
    with machine.boot_paravane("trace-ring-round", modules) as qemu:
        qemu.expect("# holding")
        qemu.send(SWITCH)
        qemu.expect("input to the hypervisor")
        text = dump(qemu, 1)
    calls = re.findall(r"(d\d+v\d+) +hypercall +([0-9a-f]+) \((\w+)", xenalyze(tmp_path, text, "--dump-all"))
    assert len(calls) > 500 and {who for who, _, _ in calls} == {"d0v0"}

# SPDX-License-Identifier: MIT
"""What explain=on says: of whom, how often, and nothing that belongs to another domain."""
import re

import guests
import machine

LINE = re.compile(r"^\(PV\) (d\d+)v\d+ [\w\[\]]+ refused (-?\w+(?: count)?): (.*) \(([a-z0-9_.]+)\)$", re.M)
# Rows about what belongs to a neighbour: its ports, its grants, its frames. What is shown is what the caller passed, and whose
# it is.
NEIGHBOURS = {
    "event_channel_op.einval.interdomain_remote_port": r"port 60 of domain 0 is not unbound for the caller; the remote domain .*",
    "grant_table_op.gnttab.not_granted": r"reference 10 of domain 0 grants nothing to domain 1; the granter .*",
    "grant_table_op.gnttab.read_only": r"reference 9 of domain 0 grants reading only; map it .*",
    "mmuext_op.einval.clear_page_frame": r"mfn 0x[0-9a-f]+ belongs to 0 with type 0: not writable memory of the domain; .*",
    "page_table.einval.table_not_owned": r"mfn 0x[0-9a-f]+ cannot be an l1 table of domain 1: it belongs to 0 .*",
    "page_table.ebusy.frame_not_owned": r"l1e at mfn 0x[0-9a-f]+\+0x[0-9a-f]+ := 0x[0-9a-f]+ maps mfn 0x[0-9a-f]+, owned by 0, not by domain 1;.*",
}


def run(name, modules, options=""):
    with machine.boot_paravane(f"explain-{name}", modules, options) as qemu:
        status, text = qemu.finish()
    assert status == machine.CLEAN, text[-1500:]
    return text


def pair(first, second):
    return machine.domain(guests.elf("neighbour"), first, "neighbour") + machine.domain(guests.elf("unprivileged"), second, "t")


def test_no_secret_of_a_neighbour():
    text = run("secrets", pair("", ""), "explain=on")
    said = {row: explanation for who, _, explanation, row in LINE.findall(text) if who == "d1"}
    for row, pattern in NEIGHBOURS.items():
        assert row in said and re.fullmatch(pattern, said[row]), (row, said.get(row))


def test_of_whom_it_is_wanted():
    assert {who for who, *_ in LINE.findall(run("one", pair("explain=off", "explain=on")))} == {"d1"}
    assert {who for who, *_ in LINE.findall(run("other", pair("", "explain=off"), "explain=on"))} <= {"d0"}
    assert not LINE.findall(run("none", pair("", "")))


def test_a_guest_that_is_always_refused_gets_twenty_lines_a_second():
    text = run("rate", machine.domain(guests.elf("refusals"), "explain=on"))
    told = [int(n) for n in re.findall(r"\(PV\) d0: (\d+) more refusals", text)]
    seconds = len(told) + 1
    assert told, "the guest makes enough of them to be silenced"
    assert 20 <= len(LINE.findall(text)) <= 20 * seconds

# SPDX-License-Identifier: MIT
"""
Every tiny guest and the bundled guest's selftest, on Paravane and on Debian's real Xen, row by row.

The table is build/test/differential.csv. A row whose answers differ must be explained by a [[xen_difference]]
in abi/spec/: test = "GUEST: ROW" (or a list of them), why = "one sentence". An explanation that no longer
explains anything is an error too. A name may end in * for all rows that begin so.
"""
import csv

import guests
import ktap
import machine
import pytest

TABLE = machine.BUILD / "test" / "differential.csv"


def rows_of(label, paravane, xen):
    """[(test, on paravane, on xen)] of one guest; each argument is (Results, end)."""
    ours, our_end = paravane
    theirs, their_end = xen
    names = list(ours.rows) + [n for n in theirs.rows if n not in ours.rows]
    rows = [(f"{label}: {n}", ours.rows.get(n, "missing"), theirs.rows.get(n, "missing")) for n in names]
    return rows + [(f"{label}: ends", our_end, their_end)]


def selftest_rows():
    with machine.boot_paravane("differential-selftest", machine.domain(machine.BUNDLED, "run=selftest", vcpus=2,
                                                                      ramdisk=machine.RAMDISK), limit=60) as qemu:
        status, ours = qemu.finish()
    theirs = machine.xen_log(machine.BUNDLED, "run=selftest", vcpus=2, ramdisk=machine.RAMDISK, limit=90)
    return rows_of("selftest", (ktap.Results(ours), guests.end_on_paravane(status, ours)),
                   (ktap.Results(theirs), guests.end_on_xen(theirs)))


@pytest.fixture(scope="session")
def table():
    rows = []
    for name in guests.ALONE:
        rows += rows_of(name, guests.on_paravane(name)[:2], guests.on_xen(name)[:2])
    rows += selftest_rows()
    explained = guests.explanations()

    def why(test):
        return next((text for pattern, text in explained.items()
                     if test == pattern or pattern.endswith("*") and test.startswith(pattern[:-1])), "")

    rows = [(test, ours, theirs, why(test) if ours != theirs else "") for test, ours, theirs in rows]
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with open(TABLE, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("test", "paravane", "xen", "explanation")] + rows)
    return rows


def test_every_difference_is_explained(table):
    unexplained = [f"{test}: paravane {ours}, xen {theirs}" for test, ours, theirs, why in table
                   if ours != theirs and not why]
    assert not unexplained, "\n".join(unexplained)


def test_every_explanation_explains(table):
    different = [test for test, ours, theirs, _ in table if ours != theirs]
    idle = [p for p in guests.explanations()
            if not any(t == p or p.endswith("*") and t.startswith(p[:-1]) for t in different)]
    assert not idle, "explanations of no difference: " + ", ".join(idle)


def test_the_table_is_worth_something(table):
    assert len(table) > 500
    assert {"ok"} <= {theirs for _, _, theirs, _ in table}

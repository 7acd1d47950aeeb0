# SPDX: MIT
"""
Every refusal row of the spec is reached by a test. The hypervisor, started with `rows`, tells at the machine's end
which rows it gave an answer from.
"""
import re
import sys

import guests
import machine

sys.path.insert(0, str(machine.TOP / "abi" / "generate"))
import spec as spec_module  # noqa: E402

UNREACHED = {
    "grant_table_op.gnttab.no_handle": "takes more mappings than a quick test makes",
    "grant_table_op.gnttab.too_many_uses": "takes 65535 mappings of one entry",
    "grant_table_op.gnttab.unstable": "a race between two vcpus that no test can be sure to win",
    "memory_op.enomem.exchange": "the machine's memory would have to be exhausted; unit test of the allocator",
    "memory_op.short.out_of_memory": "the machine's memory would have to be exhausted; unit test of the allocator",
    "page_table.ebusy.count_overflow": "takes as many references as a count can hold; unit test of the frame table",
    "page_table.einval.table_busy": "a race with a preempted validation; unit test with the fake machine",
}


def test_every_row_is_reached():
    hit = set()
    for name in guests.NAMES:
        hit |= set(re.findall(r"row: (\S+) \d+", guests.on_paravane(name)[2]))
    rows = {row.id for row in spec_module.load(machine.TOP / "abi" / "spec").rows}
    assert hit <= rows
    assert rows - hit - set(UNREACHED) == set(), "rows that no guest reaches"
    assert set(UNREACHED) <= rows, "rows that are no more"

# SPDX-License-Identifier: MIT
"""
Every refusal row of the spec that can be reached is reached by a tiny guest, and what is said to be out of reach is. The
hypervisor, started with `rows`, tells at the machine's end which rows it gave an answer from. build/test/coverage.csv has for
each row whether it is reachable, how often it was hit, and by which guests; conftest.py prints the sum.
"""
import csv
import re
import sys

import guests
import machine
import pytest

sys.path.insert(0, str(machine.TOP / "abi" / "generate"))
import spec as spec_module  # noqa: E402

TABLE = machine.BUILD / "test" / "coverage.csv"
LINE = re.compile(r"row: (\S+) (\d+)")


@pytest.fixture(scope="module")
def hits():
    """{row: {guest: how often}}"""
    found = {}
    for name in guests.NAMES:
        for row, number in LINE.findall(guests.on_paravane(name)[2]):
            found.setdefault(row, {})[name] = int(number)
    return found


@pytest.fixture(scope="module")
def rows(hits):
    loaded = spec_module.load(machine.TOP / "abi" / "spec").rows
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with open(TABLE, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("row", "reachable", "hits", "test"))
        writer.writerows((row.id, row.reachable, sum(hits.get(row.id, {}).values()), " ".join(sorted(hits.get(row.id, {}))))
                         for row in loaded)
    return loaded


def test_every_reachable_row_is_reached(rows, hits):
    missed = [row.id for row in rows if row.reachable == "yes" and row.id not in hits]
    assert not missed, "rows that no guest reaches: " + ", ".join(missed)


def test_what_is_out_of_reach_is_not_reached(rows, hits):
    reached = [row.id for row in rows if row.reachable != "yes" and row.id in hits]
    assert not reached, "marked as unreachable in abi/spec/: " + ", ".join(reached)


def test_every_row_hit_is_in_the_spec(rows, hits):
    assert set(hits) <= {row.id for row in rows}

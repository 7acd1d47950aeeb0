# SPDX-License-Identifier: MIT
"""No row takes more instructions than it once did, and counting twice gives the same numbers."""
import tomllib

import pytest

import platforms
import report

BUDGET = tomllib.loads((report.HERE / "budget.toml").read_text())
ALLOWANCE = 1.02


def key_text(key):
    return ",".join(map(str, key))


@pytest.fixture(scope="module")
def measured():
    rows = {}
    for prefix, vcpus in [("", 1)] + [("smp_", n) for n in platforms.VCPUS]:
        rows.update(platforms.boot("paravane", True, prefix, vcpus, count=False)[0])
    figures = {key_text(key): row["min"] for key, row in rows.items()}
    for mib in platforms.DOMAINS:
        figures.update((key_text(key), row["instructions"]) for key, row in platforms.domain_life("paravane", mib).items())
    return figures


def test_rows_keep_their_budget(measured):
    over = [f"{row}: {measured[row]} instructions, budget {budget} ({100 * measured[row] / budget - 100:+.1f}%)"
            for row, budget in BUDGET["instructions"].items() if measured.get(row, 0) > budget * ALLOWANCE]
    for row, budget in BUDGET["instructions"].items():
        if measured.get(row, budget) * ALLOWANCE < budget:
            print(f"better than its budget: {row}: {measured[row]} of {budget}")
    assert not over, (f"above what was reached at {BUDGET['reached_at']}; if it must be so, make bench-budget:\n"
                      + "\n".join(over))


def test_every_row_has_a_budget_and_every_budget_a_row(measured):
    rows = {row for row in measured if ",native," not in row}
    assert rows == set(BUDGET["instructions"]), "make bench-budget"


def test_two_runs_agree(measured):
    rows, _, _ = platforms.boot("paravane", True, count=False)
    again = {key_text(key): row["min"] for key, row in rows.items()}
    assert again == {row: measured[row] for row in again}

# SPDX-License-Identifier: MIT
"""Every tiny guest passes on Paravane: all its rows ok, and it ends as it says it will."""
import guests
import pytest

SEVERAL_PCPUS = ["hello", "vcpu_op", "event_channels", "timers", "update_va_mapping",
                 "mmuext_ops", "sched_op", "unprivileged", "memory_races", "grant_races", "nmi"]


def check(name, results, end, text):
    explained = guests.explanations()
    failures = [f for f in results.failures()
                if f"{name}: {f.partition(': ')[0]} (on paravane)" not in explained]
    tail = "\n".join(text.splitlines()[-25:])
    assert end == guests.ends(name), f"ended by {end}, not {guests.ends(name)}\n{tail}"
    assert results.rows, f"no results\n{tail}"
    assert not failures, "\n".join(failures)
    if guests.ends(name) == "poweroff":
        assert results.complete(), f"plan {results.plan}, {len(results.rows)} results\n{tail}"


@pytest.mark.parametrize("name", guests.NAMES)
def test_guest(name):
    check(name, *guests.on_paravane(name))


@pytest.mark.parametrize("name", [n for n in SEVERAL_PCPUS if n in guests.NAMES])
def test_guest_on_four_pcpus(name):
    check(name, *guests.on_paravane(name, 4))

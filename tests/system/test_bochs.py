# SPDX-License-Identifier: MIT
"""
On Bochs: the shell, the bundled guest's selftest, and the tiny guests whose claims rest on the CPU. All tiny guests on one and
two pcpus, and the selftest on every model that there is: make test-bochs
"""
import concurrent.futures
import os

import bochs
import guests
import machine
import pytest
import test_fuzz
import test_guests

ON_INTEL = ["bounce_frames", "debug_registers", "emulation", "failsafe_callback", "fpu_taskswitch", "int_n", "iret_flags",
            "iret_frame_crash", "kernel_stack_crash", "ldt_return", "memory_races", "nmi", "registers", "segment_base",
            "single_step", "superpages", "user32", "user_mode", "vector_state", "writable_page_tables"]
ON_AMD = ["registers", "segment_base", "user32"]
ON_SPLIT_ROOTS = ["registers", "root_entries", "user_mode"]
ON_TWO_PCPUS = ["memory_races", "tlb_shootdown", "vector_state"]

# Skylake has Meltdown and no enhanced IBRS, hence split roots and retpolines.
CASES = [("selftest", bochs.INTEL, 2), ("selftest", bochs.INTEL_OLD, 2), ("selftest", bochs.AMD, 1), ("selftest", bochs.AMD_OLD, 1)]
if os.environ.get("BOCHS") == "all":
    CASES += [("selftest", model, cpus) for model in bochs.MODELS for cpus in (1, 2)]
    CASES += [(name, model, cpus) for name in guests.NAMES
              for model, cpus in ((bochs.INTEL, 1), (bochs.INTEL, 2), (bochs.AMD, 1), (bochs.AMD_OLD, 2))
              if cpus <= int(guests.tag(name, "pcpus", "64"))]
else:
    CASES += [(name, bochs.INTEL, 1) for name in ON_INTEL] + [(name, bochs.AMD, 1) for name in ON_AMD]
    CASES += [(name, bochs.INTEL, 2) for name in ON_TWO_PCPUS] + [(name, bochs.INTEL_OLD, 2) for name in ON_SPLIT_ROOTS]


def label(case):
    return "-".join(map(str, case))


def run(case):
    name, model, cpus = case
    modules = guests.modules(name) if name != "selftest" else machine.domain(
        machine.BUNDLED, "run=selftest", vcpus=2, ramdisk=machine.RAMDISK)
    return bochs.run(label(case), modules, model, cpus)


@pytest.fixture(scope="module")
def runs(request):
    """What is asked for, several at a time: each Bochs has one thread."""
    wanted = [item.callspec.params["case"] for item in request.session.items
              if item.module is request.module and "runs" in item.fixturenames]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {case: pool.submit(run, case) for case in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("case", dict.fromkeys(CASES), ids=label)
def test_guest(runs, case):
    name, model, cpus = case
    results, end, text = runs[case].result()
    if name == "selftest":
        assert end == "poweroff" and results.rows and not results.failures(), text[-1500:]
    else:
        test_guests.check(name, results, end, text)
    assert machine.HVOPTS or ("retpolines" in text) == (model not in ("corei7_icelake_u", "tigerlake"))
    protected = bochs.SMEP | bochs.SMAP | bochs.OSXSAVE
    for cr4 in bochs.cr4(label(case)):
        assert model not in (bochs.INTEL, bochs.AMD) or cr4 & protected == protected
        assert model not in (bochs.INTEL, bochs.INTEL_OLD) or cr4 & bochs.PCIDE
        assert model != bochs.AMD_OLD or cr4 & protected == bochs.OSXSAVE
    if name == "vector_state" and model == bochs.INTEL:
        assert results.rows["AVX-512"] == "ok"


def test_shell(iso):
    with bochs.boot("shell", iso) as console:
        console.expect(machine.PROMPT)
        console.send("echo one two three\r")
        console.expect(r"\none two three")
        console.send("poweroff\r")
        _, text = console.finish()
    assert text.rstrip().endswith("machine off")


def test_hostile_guest():
    with bochs.boot("fuzz", bochs.make_iso("fuzz", test_fuzz.modules(1, 2)), cpus=2) as console:
        test_fuzz.survives(console, "\x01" * 3)

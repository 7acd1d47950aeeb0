# SPDX-License-Identifier: MIT
# The records are complete, every number of the ABI has one, and a bad record stops the build with its
# file and reason.

import pathlib
import re
import shutil
import subprocess
import tomllib

import pytest

import cost

GENERATE = ["/usr/bin/python3", "abi/generate"]


def generate(root, source, output):
    return subprocess.run(GENERATE + [str(source), str(output)], cwd=root, text=True,
                          capture_output=True, check=False)


def test_every_number_of_the_header_has_a_record(root, spec):
    header = (root / "abi/include/xen/xen.h").read_text()
    numbers = {name: int(number) for name, number in
               re.findall(r"^#define __HYPERVISOR_(\w+)\s+(\d+)\s*(?:/\*.*)?$", header, re.M)}
    assert len(numbers) > 40
    records = {call.constant.removeprefix("__HYPERVISOR_"): call.number for call in spec.calls}
    missing = {name: number for name, number in numbers.items()
               if number not in records.values()}
    assert not missing
    assert {name: records[name] for name in records if name in numbers} == \
           {name: numbers[name] for name in records if name in numbers}


# Sub-operations by the prefix of their constants; a second name for a number is no second operation.
FAMILIES = {
    "memory_op": r"XENMEM_(?!resource_|\w+_op_)([a-z_0-9]+)",
    "sched_op": r"SCHEDOP_(\w+)",
    "event_channel_op": r"EVTCHNOP_(\w+)",
    "grant_table_op": r"GNTTABOP_(\w+)",
    "vcpu_op": r"VCPUOP_(\w+)",
    "mmuext_op": r"MMUEXT_([A-Z_0-9]+)",
    "xen_version": r"XENVER_(\w+)",
    "callback_op": r"CALLBACKOP_(\w+)",
    "console_io": r"CONSOLEIO_(\w+)",
    "set_segment_base": r"SEGBASE_(\w+)",
    "vm_assist": r"VMASST_CMD_(\w+)",
    "nmi_op": r"XENNMI_(\w+)",
    "physdev_op": r"PHYSDEVOP_([a-z_0-9]+)",
    "mmu_update": r"MMU_(\w+UPDATE\w*|PT_UPDATE\w+)",
}


# The same for the calls that are refused as a whole; their headers are libxen-dev's only.
REFUSED_FAMILIES = {
    "domctl": ("domctl.h", r"XEN_DOMCTL_(\w+)", "struct xen_domctl {", "interface_version"),
    "sysctl": ("sysctl.h", r"XEN_SYSCTL_(\w+)", "struct xen_sysctl {", "interface_version"),
    "platform_op": ("platform.h", r"XENPF_([a-z]\w+)"),
    "hvm_op": ("hvm/hvm_op.h", r"HVMOP_(?!altp2m_)([a-z]\w+)"),
    "dm_op": ("hvm/dm_op.h", r"XEN_DMOP_([a-z]\w+)"),
    "argo_op": ("argo.h", r"XEN_ARGO_OP_(\w+)"),
    "kexec_op": ("kexec.h", r"KEXEC_CMD_(\w+)"),
    "xsm_op": ("xsm/flask_op.h", r"FLASK_([A-Z]\w+)"),
    "hypfs_op": ("hypfs.h", r"XEN_HYPFS_OP_(\w+)"),
    "xenpmu_op": ("pmu.h", r"XENPMU_([a-z]\w+)"),
    "tmem_op": ("tmem.h", r"TMEM_(?!POOL_|CLIENT_|SPEC_)([A-Z]\w+)"),
    "xenoprof_op": ("xenoprof.h", r"XENOPROF_(?!last_op)([a-z]\w+)"),
    "arch_0": ("arch-x86/xen-mca.h", r"XEN_MC_([a-z]\w+)"),
}
XEN = pathlib.Path("/usr/include/xen")
needs_xen = pytest.mark.skipif(not (XEN / "xen.h").exists(), reason="libxen-dev is not installed")


def constants(text, pattern):
    """{name: number} of the constants defined as plain numbers."""
    found = re.findall(r"^#define (" + pattern + r")\s+\(?(\d+)U?\)?\s*(?:/\*.*)?$", text, re.M)
    return {constant: int(number) for constant, _, number in found}


@pytest.mark.parametrize("directory", ["abi/include/xen", pytest.param(XEN, marks=needs_xen)])
@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_sub_operation_of_the_headers_has_a_record(root, spec, name, directory):
    call = next(call for call in spec.calls if call.name == name)
    known = {op.number for op in call.ops}
    found = {}
    for header in call.headers + ["xen/arch-x86/xen-x86_64.h"]:     # xen.h includes it
        found |= constants((root / directory / header.removeprefix("xen/")).read_text(), FAMILIES[name])
    missing = [f"{constant} ({number})" for constant, number in found.items() if number not in known]
    assert found
    assert not missing, f"abi/spec/{name}.toml has no op record for {', '.join(missing)}"


@needs_xen
@pytest.mark.parametrize("name", sorted(REFUSED_FAMILIES))
def test_every_sub_operation_of_a_refused_call_is_listed(spec, name):
    header, pattern, *block = REFUSED_FAMILIES[name]
    text = (XEN / header).read_text()
    if block:
        text = text[text.index(block[0]):]
        text = text[:text.index(block[1])]
    call = next(call for call in spec.calls if call.name == name)
    assert call.refused_ops == constants(text, pattern)


@needs_xen
def test_every_number_of_xen_has_a_record(spec):
    text = (XEN / "xen.h").read_text()
    numbers = dict(re.findall(r"^#define __HYPERVISOR_(\w+)\s+(\d+)\s*(?:/\*.*)?$", text, re.M))
    assert len(numbers) > 40
    missing = set(map(int, numbers.values())) - {call.number for call in spec.calls}
    assert not missing


def test_every_cost_is_measured(root, spec):
    budget = tomllib.loads((root / "tests/bench/budget.toml").read_text())["instructions"]
    operations = {key.split(",")[0] for key in budget}
    named = {(call.name, name) for call in spec.calls for name in call.cost + [n for op in call.ops for n in op.cost]}
    assert named
    assert not [item for item in named if item[1] not in operations]
    pages = "".join(path.read_text() for path in (root / "docs/reference").glob("*.md"))
    shown = {name for line in re.findall(r"^```\{cost\} (.*)$", pages, re.M) for name in line.split()}
    assert not operations - {name for _, name in named} - shown, "measured, and told nowhere"


def test_what_was_published_is_found(root):
    """The reference takes Xen's figures from the table in docs/benchmarks.md."""
    costs = cost.Costs(root)
    titles = [row["title"] for row in tomllib.loads((root / "tests/bench/rows.toml").read_text())["row"]]
    assert len(costs.table) > 0.8 * len(titles)


def test_every_example_is_a_guest(root, spec):
    missing = []
    for call in spec.supported():
        names = {call.record["example"]} | {op.record.get("example", call.record["example"])
                                            for op in call.ops}
        missing += [f"{call.file.name}: {name}" for name in sorted(names)
                    if not (root / "tests/guests" / name).is_dir()]
    assert not missing, "no such directory under tests/guests: " + ", ".join(missing)


def test_every_supported_call_has_its_arguments_described(spec):
    for call in spec.supported():
        assert len(call.parameters) == call.nargs, call.where
        for argument in call.arguments:
            assert argument["unit"], f"{call.where}: {argument['name']}"


GOOD_ROW = """
[[call.error]]
id = "stack_switch.einval.example"
cause = "An example."
remedy = "None."
explain = "value {0:x}"
"""

# What is appended to, or replaced in, a good copy of stack_switch.toml, and what the refusal must say.
BAD = {
    "unknown field": (GOOD_ROW + 'colour = "red"\n', None, "unknown field colour"),
    "duplicate id": (GOOD_ROW + GOOD_ROW, None, "duplicate id stack_switch.einval.example"),
    "bad errno": (GOOD_ROW.replace("einval", "ewrong"), None, "EWRONG is not an errno"),
    "wrong call": (GOOD_ROW.replace("stack_switch", "set_gdt"), None, "does not begin with stack_switch."),
    "no cause": (GOOD_ROW.replace('cause = "An example."\n', ""), None, "has no cause"),
    "no remedy": (GOOD_ROW.replace('remedy = "None."\n', ""), None, "has no remedy"),
    "no explain": (GOOD_ROW.replace('explain = "value {0:x}"\n', ""), None, "has no explain"),
    "empty cause": (GOOD_ROW.replace("An example.", " "), None, "has no cause"),
    "stray brace": (GOOD_ROW.replace("{0:x}", "{0}"), None, "stray brace"),
    "skipped value": (GOOD_ROW.replace("{0:x}", "{1:x}"), None, "skips a value"),
    "too many values": (GOOD_ROW.replace("{0:x}", "{6:x}"), None, "the last is 5"),
    "too long": (GOOD_ROW.replace("value", "value " * 40), None, "longer than"),
    "bad probe": (GOOD_ROW + 'probe = "yes"\n', None, "probe is"),
    "bad reachable": (GOOD_ROW + 'reachable = "perhaps"\n', None, "reachable"),
    "no effect": ("", ("effect =", "reason ="), "no effect"),
    "bad status": ("", ('status = "supported"', 'status = "planned"'), "status is one of"),
    "duplicate number": ("", ("number = 3", "number = 2"), "number 2 is already"),
    "number too big": ("", ("number = 3", "number = 99"), "number must be"),
    "argument names": ("", ("unsigned long sp)", "unsigned long esp)"), "prototype names"),
    "bad direction": ("", ('direction = "in"', 'direction = "sideways"'), "direction is"),
    "unknown rows": ("", ('number = 3', 'number = 3\nrows = ["nowhere"]'), "which no file defines"),
    "not TOML": ("this is not TOML\n", None, "not TOML"),
    "difference without reason": ('[[xen_difference]]\ntest = "a: b"\n', None, "has test"),
    "unknown top level": ('[[answer]]\nname = "x"\n', None, "unknown top-level field answer"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_a_bad_record_stops_the_build(root, tmp_path, case):
    appended, replaced, reason = BAD[case]
    source, output = tmp_path / "spec", tmp_path / "out"
    shutil.copytree(root / "abi/spec", source)
    path = source / "stack_switch.toml"
    text = path.read_text()
    if replaced:
        assert replaced[0] in text
        text = text.replace(*replaced)
    path.write_text(text + appended)
    result = generate(root, source, output)
    assert result.returncode == 1
    assert reason in result.stderr
    assert re.search(r"\b\w+\.toml: ", result.stderr)
    assert not output.exists(), "nothing may be written from a bad spec"


def test_a_good_row_is_accepted(root, tmp_path):
    source, output = tmp_path / "spec", tmp_path / "out"
    shutil.copytree(root / "abi/spec", source)
    path = source / "stack_switch.toml"
    path.write_text(path.read_text() + GOOD_ROW)
    assert generate(root, source, output).returncode == 0
    assert "REFUSAL_ERRNO_stack_switch_einval_example = 22" in (output / "refusals.h").read_text()


def test_unchanged_files_are_left_alone(root, tmp_path):
    assert generate(root, root / "abi/spec", tmp_path).returncode == 0
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert generate(root, root / "abi/spec", tmp_path).returncode == 0
    assert before == {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}

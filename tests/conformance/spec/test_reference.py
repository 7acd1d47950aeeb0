# SPDX-License-Identifier: MIT
# The written pages of the reference against the sources: what the generator cannot read from the headers.

import re

import pytest

# Structures that a guest shares with the hypervisor or a back end, besides the arguments of calls.
SHARED = {
    "start_info", "shared_info", "vcpu_info", "arch_vcpu_info", "arch_shared_info", "vcpu_time_info", "trap_info", "iret_context",
    "grant_entry_v1", "xencons_interface", "xenstore_domain_interface", "xsd_sockmsg", "blkif_request", "blkif_response",
    "netif_tx_request", "netif_tx_response", "netif_rx_request", "netif_rx_response",
}


@pytest.fixture(scope="module")
def pages(root):
    return {path.stem: path.read_text() for path in sorted((root / "docs/reference").glob("*.md"))}


def test_every_shared_structure_has_its_table(pages):
    shown = set(re.findall(r"^```\{struct\} (\w+)$", "\n".join(pages.values()), re.M))
    assert not SHARED - shown


def test_every_vector_is_told_as_it_is_bounced(root, pages):
    mask = int(re.search(r"VECTORS_WITH_ERROR_CODE (0x[0-9a-f]+)", (root / "hypervisor/pv/bounce.c").read_text()).group(1), 16)
    told = {int(vector): answer for vector, answer in
            re.findall(r"^\| (\d+) \| [^|]+ \| (yes|no)[^|]* \|", pages["traps"], re.M)}
    assert told == {vector: "yes" if mask >> vector & 1 else "no" for vector in (*range(15), *range(16, 22))}


def test_every_callback_is_told(root, pages):
    names = re.search(r"callbacks\[CB_COUNT\] = \{(.*?)\}", (root / "hypervisor/pv/bounce.c").read_text(), re.S).group(1)
    table = pages["traps"].split("## Callbacks")[1]
    assert len(re.findall(r"^\| (?!entry|-)", table.split("```")[0], re.M)) == len(re.findall(r'"', names)) // 2


def test_the_emulated_leaves_are_told(root, pages):
    source = (root / "hypervisor/pv/emulate_cpuid.c").read_text()
    filters = re.findall(r"^    \{(0x[0-9a-f]+|\d+), \{", source, re.M)
    shown = {int(leaf, 0) for cell in re.findall(r"^\| ((?:0x[0-9a-f]+|\d+)(?:, (?:0x[0-9a-f]+|\d+))*) \|", pages["cpuid"], re.M)
             for leaf in cell.split(", ")}
    assert filters and {int(leaf, 0) for leaf in filters} <= shown


def test_features_are_those_offered(root, pages):
    source = (root / "hypervisor/boot/elf_notes.c").read_text()
    names = re.findall(r'"(\w+)"', re.search(r"features\[\] = \{(.*?)\}", source, re.S).group(1))
    assert names and not [name for name in names if f"`{name}`" not in pages["elf-notes"]]


def test_what_the_guide_includes_is_tested(root):
    for page in sorted((root / "docs").rglob("*.md")):
        for path in re.findall(r"^```\{literalinclude\} (\S+)$", page.read_text(), re.M):
            assert path.startswith(("/tests/", "/guest-pv-kernel/", "/abi/")), f"{page.name}: {path} is held to by no test"
            assert (root / path[1:]).exists(), f"{page.name}: {path} is not there"

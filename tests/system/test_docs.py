# SPDX-License-Identifier: MIT
"""README and docs/ against the tree: what they name is there, and nothing of the hypervisor is left out."""
import re

import machine
import pytest

TOP = machine.TOP
DOCS = [TOP / "README.md", TOP / "guest-pv-kernel" / "README.md"] + sorted((TOP / "docs").rglob("*.md"))
# Paths in the documents are relative to one of these.
ROOTS = [TOP, TOP / "hypervisor", TOP / "guest-pv-kernel"]
ROOMS = ["lib", "machine", "memory", "domain", "pv", "entry", "boot"]
MADE = re.compile(r"^(build/|share/|/)")           # not in the tree
GENERATED = re.compile(r"(\.\./|/)?(hypercalls|examples)/|(\.\./|/)?bundled-guest\.md|(guide/)?\d\d-|/")
PLACEHOLDER = re.compile(r"[A-Z]{3,}(?![.\w]*md)|\*")  # NAME, *: stands for many


@pytest.fixture(scope="session", autouse=True)
def built():
    """Needs no images."""


def code_words(text):
    """What stands in back quotes, and the words of indented blocks."""
    return [word for code in re.findall(r"`([^`\n]+)`", text) for word in code.split()]


def expand(name):
    return [name.replace("[ch]", "c"), name.replace("[ch]", "h")] if "[ch]" in name else [name]


def paths_in(text):
    for word in code_words(text):
        word = word.strip(",;:()\"'")
        if "[[" in word or MADE.search(word) or PLACEHOLDER.search(word):
            continue
        if re.fullmatch(r"(?:[\w.-]+/)*[\w.-]+\.(?:[chS]|\[ch\]|py|toml|mk|md|lds|csv)", word) or \
                re.fullmatch(r"(?:[\w.-]+/)+", word) or re.match(r"(hypervisor|tests|abi|docs|guest-pv-kernel)/", word):
            yield from expand(word)


def exists(path):
    if any((root / path).exists() for root in ROOTS):
        return True
    return any(f.parts[len(TOP.parts)] not in ("build", ".git") for f in TOP.rglob(path.rstrip("/")))  # the end of a path


@pytest.mark.parametrize("doc", DOCS, ids=lambda d: str(d.relative_to(TOP)))
def test_named_files_exist(doc):
    text = doc.read_text()
    made = {"generated", "refusals.h", "refusal_table.h", "hypercall_table.h", "hypercall_prototypes.h", "decode_table.h",
            "hypercall_stubs.h", "static_asserts.c", "trace_table.h", "sub_op_tables.h", "stdint.h"}  # in build/gen/abi/; the compiler's own
    missing = sorted({p for p in paths_in(text) if p not in made and not exists(p)})
    assert not missing, missing


@pytest.mark.parametrize("doc", DOCS, ids=lambda d: str(d.relative_to(TOP)))
def test_links_lead_somewhere(doc):
    """Those to pages that are generated are checked by `make docs`."""
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", doc.read_text())
    missing = [t for t in targets if "://" not in t and not GENERATED.match(t) and not (doc.parent / t).exists()]
    assert not missing, missing


def test_reading_order_has_every_source_file():
    named = set(paths_in((TOP / "docs" / "reading-order.md").read_text()))
    files = [f"{room}/{f.name}" for room in ROOMS for f in sorted((TOP / "hypervisor" / room).glob("*.[chS]"))]
    assert files
    missing = [f for f in files if f not in named]
    assert not missing, missing


def sources():
    return "\n".join(f.read_text(errors="replace") for d in ("hypervisor", "guest-pv-kernel", "tests")
                     for f in sorted((TOP / d).rglob("*")) if f.suffix in (".c", ".h", ".S", ".py"))


@pytest.mark.parametrize("doc", DOCS, ids=lambda d: str(d.relative_to(TOP)))
def test_named_functions_exist(doc):
    text = sources()
    names = set(re.findall(r"`(\w+)\(\)`", doc.read_text()))
    missing = sorted(n for n in names if not re.search(rf"\b{n}\b", text))
    assert not missing, missing


def test_every_option_is_documented():
    source = (TOP / "hypervisor" / "boot" / "options.c").read_text()
    tables = re.findall(r"struct option (?:domain|hypervisor)_table\[\] = \{(.*?)\n\};", source, re.S)
    names = [name for table in tables for name in re.findall(r'\{ ?(?:"(\w+)"|(?:DOMAIN|HYPERVISOR)\((\w+)\))', table)]
    names = [a or b for a, b in names]
    assert len(tables) == 2 and len(names) >= 12
    text = (TOP / "docs" / "boot.md").read_text()
    missing = [n for n in names if not re.search(rf"`{n}[=`]", text)]
    assert not missing, missing


def test_every_elf_note_is_documented():
    source = (TOP / "hypervisor" / "boot" / "elf_notes.c").read_text()
    text = (TOP / "docs" / "boot.md").read_text()
    notes = set(re.findall(r"XEN_ELFNOTE_(\w+)", source)) - {"HV_START_LOW", "SUSPEND_CANCEL", "BSD_SYMTAB", "PHYS32_ENTRY"}
    missing = [n for n in notes if n not in text]
    assert not missing, missing


def test_every_make_target_is_documented():
    rules = [TOP / "Makefile"] + sorted(f for d in ("hypervisor", "guest-pv-kernel", "abi", "tests") for f in (TOP / d).rglob("*.mk"))
    listed = [t for f in rules for t in re.findall(r"^([a-z-]+):.*## ", f.read_text(), re.M)]
    text = (TOP / "README.md").read_text() + (TOP / "docs" / "testing.md").read_text()
    assert listed
    missing = [t for t in listed if t not in ("all", "clean") and f"make {t}" not in text]
    assert not missing, missing


def test_debug_keys_are_documented():
    source = (TOP / "hypervisor" / "domain" / "debug_keys.c").read_text()
    keys = re.findall(r"^    \{'(.)', \"", source, re.M)
    text = (TOP / "docs" / "console.md").read_text()
    assert keys and all(re.search(rf"^\| {k} \|", text, re.M) for k in keys)

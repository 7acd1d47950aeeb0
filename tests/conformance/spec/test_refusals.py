# SPDX-License-Identifier: MIT
# Every refusal in the hypervisor names a row of the spec; every row of a supported call is used; no handler
# answers with a bare errno. (That a refusal gives its row the values it prints, refuse() asserts itself.)

import re
import subprocess

import pytest

# What is no answer to a guest: come again after a preemption, and after an entry changed under us.
CONTINUATIONS = {"ERESTART", "EAGAIN"}
BARE_ERRNO = re.compile(r"return\s+-\s*(?:XEN_)?(E[A-Z0-9]+)\b")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
LINE_MARKER = re.compile(r'# (\d+) "([^"]+)"')
NAMED = re.compile(r"\bREFUSAL_(?!ERRNO_|VALUES_|COUNT\b|none\b)([a-z][a-z0-9_]*)")


def named_in(text):
    """(place, row symbol) of each row named in preprocessed text that comes from hypervisor/ itself."""
    path, number = "", 0
    for line in text.splitlines():
        marker = LINE_MARKER.match(line)
        if marker:
            number, path = int(marker.group(1)), marker.group(2)
            continue
        if path.startswith("hypervisor/"):
            for symbol in NAMED.findall(line):
                yield f"{path}:{number}", symbol
        number += 1


@pytest.fixture(scope="module")
def refusals(root, tmp_path_factory):
    """The compiler's own expansion of every source file: macros that name rows count where they are used."""
    directory = tmp_path_factory.mktemp("gen")
    subprocess.run(["/usr/bin/python3", "abi/generate", "abi/spec", str(directory / "abi")], cwd=root,
                   check=True)
    found = set()
    for path in sorted((root / "hypervisor").rglob("*.c")):
        text = subprocess.run(["gcc", "-E", "-std=gnu11", "-ffreestanding", "-Ihypervisor",
                               f"-I{directory}", "-Iabi/include", "-Ibuild/gen", "-Ibuild",
                               "-D__XEN_INTERFACE_VERSION__=0x00040e00", str(path.relative_to(root))],
                              cwd=root, text=True, capture_output=True, check=True).stdout
        # The table of all rows in refuse.c names each of them, and refuses with none.
        found |= {(place, symbol) for place, symbol in named_in(text) if "domain/refuse.c" not in place}
    assert found
    return sorted(found)


def test_every_refusal_names_a_row(refusals, spec):
    rows = {row.symbol for row in spec.rows}
    unknown = [f"{place}: {symbol}" for place, symbol in refusals if symbol not in rows]
    assert not unknown, "refusals without a row:\n" + "\n".join(unknown)


def test_every_row_of_a_supported_call_is_used(refusals, spec):
    used = {symbol for _, symbol in refusals}
    rows = [row for call in spec.supported() for row in call.rows()]
    rows += [row for shared in spec.shared.values() for row in shared]
    unused = sorted(row.id for row in rows if row.symbol not in used)
    assert not unused, "rows that nothing in hypervisor/ refuses with:\n" + "\n".join(unused)


def test_no_handler_answers_with_a_bare_errno(root):
    bare = []
    for room in ("pv", "entry"):
        for path in sorted((root / "hypervisor" / room).rglob("*.[ch]")):
            # Blank comments out, keeping the line numbers.
            text = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), path.read_text())
            for match in BARE_ERRNO.finditer(text):
                if match.group(1) not in CONTINUATIONS:
                    line = text.count("\n", 0, match.start()) + 1
                    bare.append(f"{path.relative_to(root)}:{line}: {match.group(0)}")
    assert not bare, "errors without a row:\n" + "\n".join(bare)


def test_every_line_says_what_to_do(spec):
    """The console's: what is wrong, why, and after a semicolon what to do, or in the explanation's own words."""
    mute = [row.id for row in spec.rows if not (re.search(r"; [a-zA-Z]", row.line) or re.search(r": (use|bind) |was a pfn", row.line))]
    assert not mute, mute
    told = {row.id: row.line for row in spec.rows}
    assert told["event_channel_op.einval.port_free"] == "port {0:u} is free; use ports that were allocated"
    assert told["kill.fatal.no_handler"].count("set_trap_table") == 1

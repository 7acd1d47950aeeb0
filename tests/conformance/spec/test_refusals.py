# SPDX: MIT
# Every refusal in the hypervisor names a row of the spec; every row of a supported call is used; no handler
# answers with a bare errno. (That a refusal gives its row the values it prints, refuse() asserts itself.)

import re

# What is no answer to a guest: come again after a preemption, and after an entry changed under us.
CONTINUATIONS = {"ERESTART", "EAGAIN"}
BARE_ERRNO = re.compile(r"return\s+-\s*(?:XEN_)?(E[A-Z0-9]+)\b")
REFUSE = re.compile(r"(?<!#define )\brefuse\s*\(\s*(?!id\b)([a-z]\w*)")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
NAMED = re.compile(r"\bREFUSAL_(?!ERRNO_|VALUES_|COUNT\b|none\b)([a-z][a-z0-9_]*)")


def sources(root, *rooms):
    for room in rooms or ("",):
        for path in sorted((root / "hypervisor" / room).rglob("*.[chS]")):
            # Blank comments out, keeping the line numbers.
            text = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), path.read_text())
            yield path.relative_to(root), text


def refusals(root):
    """(place, row symbol) of each refuse(...), and of each row that a table names."""
    for path, text in sources(root):
        for match in [*REFUSE.finditer(text), *NAMED.finditer(text)]:
            yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}", match.group(1)


def test_every_refusal_names_a_row(root, spec):
    rows = {row.symbol for row in spec.rows}
    unknown = [f"{place}: {symbol}" for place, symbol in refusals(root) if symbol not in rows]
    assert not unknown, "refusals without a row:\n" + "\n".join(unknown)


def test_every_row_of_a_supported_call_is_used(root, spec):
    used = {symbol for _, symbol in refusals(root)}
    rows = [row for call in spec.supported() for row in call.rows()]
    rows += [row for shared in spec.shared.values() for row in shared]
    unused = sorted(row.id for row in rows if row.symbol not in used)
    assert not unused, "rows that nothing in hypervisor/ refuses with:\n" + "\n".join(unused)


def test_no_handler_answers_with_a_bare_errno(root):
    bare = []
    for path, text in sources(root, "pv", "entry"):
        for match in BARE_ERRNO.finditer(text):
            if match.group(1) not in CONTINUATIONS:
                bare.append(f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group(0)}")
    assert not bare, "errors without a row:\n" + "\n".join(bare)

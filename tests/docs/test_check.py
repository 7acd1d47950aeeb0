# SPDX-License-Identifier: MIT
"""What checks the documentation does see what is wrong with it."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
GOOD = """<html><body><nav>zzyzx</nav><article role="main"><h1 id="here">A heading</h1><p>See <a href="#here">it</a>,
<a href="other.html#there">another</a> and <a href="https://nowhere.invalid/">a site</a>. The <code>zzyzx</code> and mmu_update of a
hypercall.</p></article></body></html>"""
OTHER = '<html><body><article role="main"><p id="there">Text.</p></article></body></html>'


def check(tmp_path, text):
    (tmp_path / "index.html").write_text(text)
    (tmp_path / "other.html").write_text(OTHER)
    result = subprocess.run([sys.executable, "-B", "docs/site/check.py", str(tmp_path), "docs/words.txt"], cwd=TOP, text=True,
                            capture_output=True, check=False)
    return result.returncode, result.stdout


def test_a_good_page(tmp_path):
    status, said = check(tmp_path, GOOD)
    assert status == 0, said


@pytest.mark.parametrize("old, new, reason", [
    ("other.html#there", "gone.html", "link: index.html: no gone.html"),
    ("other.html#there", "other.html#gone", "link: index.html: no anchor other.html#gone"),
    ("#here", "#gone", "no anchor #gone"), ("A heading", "A haeding", "spelling: index.html: haeding")])
def test_a_bad_page(tmp_path, old, new, reason):
    status, said = check(tmp_path, GOOD.replace(old, new, 1) if old != "#here" else GOOD.replace('"#here"', f'"{new}"'))
    assert status == 1 and reason in said


PAGE = """# A page

{call}`mmu_update` and {row}`page_table.ebusy.writable_page_table`, {example}`hello`, [there](boot.md).

```{struct} start_info
```

```{literalinclude} /tests/guests/hello/main.c
```
"""


@pytest.mark.parametrize("old, new, reason", [
    ("", "", None), ("`mmu_update`", "`mmu_downdate`", "mmu_downdate"),
    ("ebusy.writable_page_table", "ebusy.no_such_row", "no_such_row"), ("`hello`", "`goodbye`", "goodbye"),
    ("boot.md", "shoot.md", "shoot.md"), ("start_info\n", "stop_info\n", "the headers have no stop_info"),
    ("hello/main.c", "hello/gone.c", "gone.c"), ("[there](boot.md)", "[x](../hypervisor/gone.c)", "hypervisor/gone.c")])
def test_a_page_that_names_what_is_not_there(tmp_path, old, new, reason):
    """One page among those it refers to, as docs.mk calls Sphinx."""
    source = tmp_path / "docs" / "source"
    source.mkdir(parents=True)
    (source / "tests").symlink_to(TOP / "tests")
    shutil.copy(TOP / os.environ.get("BUILD", "build") / "docs" / "structures.json", tmp_path / "docs")
    (source / "index.md").write_text(PAGE.replace(old, new) + """
```{toctree}
boot
```

```{anchor} call mmu_update
```

```{anchor} example hello
```

```{row} page_table.ebusy.writable_page_table
:answer: -EBUSY
A cause.
```
""")
    (source / "boot.md").write_text("# Boot\n")
    result = subprocess.run([sys.executable, "-B", "-m", "sphinx", "-q", "-W", "--keep-going", "-c", str(TOP / "docs/site"),
                             str(source), str(tmp_path / "docs" / "html")], text=True, capture_output=True, check=False)
    assert (result.returncode == 0) == (reason is None), result.stderr
    assert reason is None or reason in result.stderr

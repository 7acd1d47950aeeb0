# SPDX-License-Identifier: MIT
"""Linux's basic operations cost no more here than on Xen: a short boot of what make bench-linux measures."""
import re

import linux_profile


def test_no_row_above_xen():
    page = linux_profile.PAGE.read_text()
    rows = linux_profile.boot("paravane", "short", linux_profile.QUIET + " samples=few", 120)
    above = []
    for name, title, _ in linux_profile.ROWS:
        if name == "boot_bare":
            continue
        xen = int(re.search(rf"^\| {re.escape(title)} \| \d+ \| (\d+) \|", page, re.M).group(1))
        if rows[name][0] > xen:
            above.append(f"{title}: {rows[name][0]}, Xen {xen}")
    assert not above, "\n".join(above)

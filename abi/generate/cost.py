# SPDX-License-Identifier: MIT
# What a call costs, as the benchmark last measured it: instructions from tests/bench/budget.toml, and where the
# benchmark's table has a row for it, Xen's figure and the time from docs/benchmarks.md. Nothing is typed in.

import re
import tomllib

FILES = ("tests/bench/budget.toml", "tests/bench/rows.toml", "docs/benchmarks.md")
ROW = re.compile(r"^\| (?P<title>[^|]+) \| (?P<instructions>\d+)[ *]*\| (?P<xen>\d+|-) \| .* \| (?P<ns>\d+|-) \|"
                 r" (?P<median>\d+|-) \| (?P<xen_ns>\d+|-) \| [^|]+ \|$", re.M)


class Costs:
    def __init__(self, root):
        budget, rows, published = ((root / file).read_text() for file in FILES)
        budget = tomllib.loads(budget)["instructions"]
        self.budget = {}        # operation -> [(form, n, instructions)]
        for key, instructions in budget.items():
            operation, form, n = key.split(",")
            self.budget.setdefault(operation, []).append((form, int(n), instructions))
        titles = {row["title"]: row for row in tomllib.loads(rows)["row"]}
        self.table = {}         # (operation, form, n) -> figures of the published table
        for match in ROW.finditer(published):
            row = titles.get(match["title"])
            if row:
                self.table[row["operation"], row["form"], row["n"]] = dict(match.groupdict(), per=row["per"])

    def lines(self, operations):
        """(operation, form, n, instructions, Xen's instructions, ns, Xen's ns) for each size that was measured."""
        for operation in operations:
            for form, n, instructions in self.budget[operation]:
                published = self.table.get((operation, form, n), {})
                per = published.get("per", 1)
                xen, ns, xen_ns = (int(published[key]) * per if published.get(key, "-") != "-" else None
                                   for key in ("xen", "ns", "xen_ns"))
                yield operation, form, n, instructions, xen, ns, xen_ns

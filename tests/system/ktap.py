# SPDX-License-Identifier: MIT
"""Reads KTAP result lines out of a console log, whatever prefix the console gives its lines."""
import re

LINE = re.compile(r"(?:^|[\s\])>|])((?:not )?ok) (\d+)(?: -)? (.*?)\s*$")
PLAN = re.compile(r"(?:^|[\s\])>|])1\.\.(\d+)\s*$")


class Results:
    """rows: {name: 'ok' | 'not ok' | 'skip'}; names that repeat get (2), (3)...; details: {name: text after #}."""

    def __init__(self, text):
        self.rows, self.details, self.plan = {}, {}, None
        for line in text.splitlines():
            found = LINE.search(line)
            if found:
                self.add(*found.groups())
            elif PLAN.search(line):
                self.plan = (self.plan or 0) + int(PLAN.search(line).group(1))

    def add(self, verdict, _number, rest):
        name, _, detail = rest.partition(" # ")
        name = name.strip()
        base, count = name, 1
        while name in self.rows:
            count += 1
            name = f"{base} ({count})"
        self.rows[name] = "skip" if detail.upper().startswith("SKIP") else verdict
        self.details[name] = detail

    def failures(self):
        return [f"{name}: {self.details[name]}" for name, verdict in self.rows.items() if verdict == "not ok"]

    def complete(self):
        """Every test the plan promised was run (a plan may come first or last)."""
        return self.plan is not None and self.plan == len(self.rows)

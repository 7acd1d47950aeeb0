# SPDX: MIT
# `row_coverage.py LOG-DIRECTORY CSV`: which refusal rows the test run has hit. Machines booted with the
# option `rows` print "row: ID COUNT" at their end; this adds the logs up, writes row,reachable,hits and
# names the rows that ought to be reachable and were not hit. Exit status 1 if there are any.

import csv
import pathlib
import re
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "abi" / "generate"))

import spec as spec_module      # noqa: E402

LINE = re.compile(r"row: ([a-z0-9_]+\.[a-z0-9]+\.[a-z0-9_]+) (\d+)")


def count(directory):
    hits = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            for row, number in LINE.findall(path.read_text(errors="replace")):
                hits[row] = hits.get(row, 0) + int(number)
    return hits


def main(logs, table):
    spec = spec_module.load(ROOT / "abi" / "spec")
    hits = count(pathlib.Path(logs))
    if not hits:
        print(f"no rows in {logs}: boot the machines with the option `rows`", file=sys.stderr)
        return 1
    table = pathlib.Path(table)
    table.parent.mkdir(parents=True, exist_ok=True)
    with open(table, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("row", "reachable", "hits"))
        writer.writerows((row.id, row.reachable, hits.get(row.id, 0)) for row in spec.rows)
    missed = [row.id for row in spec.rows if row.reachable == "yes" and row.id not in hits]
    wrong = [row.id for row in spec.rows if row.reachable != "yes" and row.id in hits]
    reachable = sum(row.reachable == "yes" for row in spec.rows)
    print(f"refusal rows: {len(spec.rows)}, reachable {reachable}, hit {len(hits)}; table in {table}")
    for row in missed:
        print(f"never hit: {row}")
    for row in wrong:
        print(f"hit, although marked unreachable: {row}")
    return 1 if missed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: row_coverage.py LOG-DIRECTORY CSV")
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""make bench: boots every platform with and without instruction counting, and writes build/bench/: results.csv,
table.md and plots. `bench.py budget` writes tests/bench/budget.toml instead; `docs` takes the last table and plots into
docs/; `instructions` measures no times; `where ROW` shows a row's way through the hypervisor."""
import statistics
import sys
import time

import platforms
import report
import where

BEGIN, END = "<!-- table: made by make bench-docs -->", "<!-- end of table -->"
PLATFORMS = ("paravane", "xen", "bare")


WALL_BOOTS = 3  # the least of all minima, the middle of the medians


def boots(platform, icount):
    """(prefix, vcpus, pcpus) of each boot: everything with one vcpu, the rows about vcpus with more of them, on one pcpu
    and, where time is measured, on two."""
    more = [("smp_", n, 1) for n in platforms.VCPUS] + ([] if icount else [("smp_", 2, 2)] * WALL_BOOTS)
    return [("", 1, 1)] * (1 if icount else WALL_BOOTS) + ([] if platform == "bare" else more)


def measure_one(platform, icount):
    """{key: columns}, {key: why not}."""
    rows, skipped, times = {}, {}, {}
    for prefix, vcpus, pcpus in boots(platform, icount):
        found, refused, mhz = platforms.boot(platform, icount, prefix, vcpus, pcpus)
        skipped.update(refused)
        for (operation, form, n), r in found.items():
            key = operation.replace("smp_", "pcpus_") if pcpus > 1 else operation, form, n
            if icount:
                rows[key] = {"instructions": r["min"], "cr3_loads": r["cr3"], "invlpgs": r["invlpg"]}
            else:
                times.setdefault(key, []).append((r["min"] * 1000 / mhz, r["median"] * 1000 / mhz))
    for mib in platforms.DOMAINS if icount and platform != "bare" else ():
        rows.update(platforms.domain_life(platform, mib))
    for key, t in times.items():
        rows[key] = {"wall_ns_min": round(min(least for least, _ in t)),
                     "wall_ns_median": round(statistics.median(median for _, median in t))}
    return rows, skipped


def measure(names, clocks):
    results, skipped = {}, {}
    for platform in names:
        rows = results.setdefault(platform, {})
        for icount in clocks:
            started = time.monotonic()
            print(f"  {platform:9} {'instructions' if icount else 'wall times':13}", end="", flush=True)
            found, skipped[platform] = measure_one(platform, icount)
            for key, columns in found.items():
                rows.setdefault(key, {}).update(columns)
            print(f"{len(found):4} rows, {time.monotonic() - started:5.1f} s", flush=True)
    return results, skipped


def write_budget():
    rows, _ = measure_one("paravane", True)
    commit = platforms.environment()[0]
    lines = ["# SPDX-License-Identifier: MIT",
             "# Instructions each row may take (plus 2%), as reached. `make bench-budget` writes this file.", "",
             f'reached_at = "{commit}"', "", "[instructions]"]
    lines += [f'"{operation},{form},{n}" = {r["instructions"]}' for (operation, form, n), r in rows.items()
              if form != "native"]
    (report.HERE / "budget.toml").write_text("\n".join(lines) + "\n")
    print(f"tests/bench/budget.toml: {len(lines) - 6} rows, {commit}")


def write_docs():
    """What docs/benchmarks.md shows, from the last make bench."""
    page = platforms.TOP / "docs" / "benchmarks.md"
    head, rest = page.read_text().split(BEGIN)
    text = (platforms.OUT / "table.md").read_text()
    page.write_text(head + BEGIN + "\n" + text.rstrip("\n") + "\n" + END + rest.split(END)[1])
    pictures = platforms.TOP / "docs" / "benchmarks"
    pictures.mkdir(exist_ok=True)
    for svg in sorted(platforms.OUT.glob("*.svg")):
        (pictures / svg.name).write_bytes(svg.read_bytes())
    print(f"{page}: from {platforms.OUT}/table.md")


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else "all"
    if what == "where":
        where.show(sys.argv[2])
        return
    if what in ("budget", "docs"):
        write_budget() if what == "budget" else write_docs()
        return
    names = [p for p in PLATFORMS if p != "bare" or platforms.NATIVE.exists()]
    results, skipped = measure(names, (True,) if what == "instructions" else (True, False))
    environment = platforms.environment()
    report.write_csv(platforms.OUT / "results.csv", results, environment)
    text = report.table(results, environment)
    done = {(p, o, f) for p, rows in results.items() for o, f, _ in rows}
    lines = sorted({f"- {p}: {o}, {f}: {why}" for p, rows in skipped.items() for (o, f, _), why in rows.items()
                    if (p, o, f) not in done})
    (platforms.OUT / "table.md").write_text(text + "\nNot measured:\n\n" + "\n".join(lines) + "\n")
    print("\n".join(report.summary(results)))
    try:
        import plots
        plots.draw(results, platforms.OUT)
    except ModuleNotFoundError as error:
        print(f"No plots: {error}. (apt-get install python3-matplotlib)")
    print(f"See {platforms.OUT}/")


main()

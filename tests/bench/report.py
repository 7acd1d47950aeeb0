# SPDX-License-Identifier: MIT
"""Figures into results.csv and table.md, and back."""
import csv
import math
import pathlib
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = ["platform", "operation", "form", "n", "instructions", "cr3_loads", "invlpgs", "wall_ns_min",
           "wall_ns_median"]


def wanted():
    return tomllib.loads((HERE / "rows.toml").read_text())


def write_csv(path, results, environment):
    """results: {platform: {key: {instructions, ...}}}."""
    with open(path, "w", newline="") as out:
        out.writelines(f"# {line}\n" for line in environment)
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for platform, rows in results.items():
            for (operation, form, n), row in rows.items():
                writer.writerow([platform, operation, form, n] + [row.get(c, "") for c in COLUMNS[4:]])


def read_csv(path):
    results = {}
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    for r in csv.DictReader(lines):
        key = r["operation"], r["form"], int(r["n"])
        results.setdefault(r["platform"], {})[key] = {c: int(r[c]) for c in COLUMNS[4:] if r[c] != ""}
    return results


def figure(results, platform, row, column):
    """One cell, divided as the row says; None where there is none."""
    key = row["operation"], row["form"], row["n"]
    value = results.get(platform, {}).get(key, {}).get(column)
    return None if value is None else value / row["per"]


def native(results, row, column):
    name = row.get("native")
    return results.get("bare", {}).get((name, "native", 1), {}).get(column) if name else None


def mean(ratios):
    ratios = [r for r in ratios if r]
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None


def ratio(a, b):
    return a / b if a is not None and b else None


def show(value, digits=0):
    return "-" if value is None else f"{value:.{digits}f}"


def both(results, row, column):
    return ratio(figure(results, "paravane", row, column), figure(results, "xen", row, column))


def summary(results):
    rows = wanted()["row"]
    lines = []
    for column, name in (("instructions", "instructions"), ("wall_ns_min", "wall time")):
        ratios = {r["title"]: both(results, r, column) for r in rows}
        known = {t: v for t, v in ratios.items() if v}
        if not known:
            continue
        above = sorted((t for t, v in known.items() if v > 1), key=known.get, reverse=True)
        named = ", ".join(f"{t} ({known[t]:.2f})" for t in above)
        lines.append(f"Paravane / Xen in {name}: geometric mean {mean(known.values()):.3f} over {len(known)} rows; "
                     + (f"above Xen: {named}." if above else "none above Xen."))
    met = [r for r in rows if (figure(results, "paravane", r, "instructions") or 1e9) <= r["target"]]
    lines.append(f"Targets met: {len(met)} of {len(rows)}.")
    return lines


def table(results, environment):
    head = ["operation", "instructions", "Xen", "ratio", "target", "bare", "CR3 / INVLPG", "Xen's",
            "wall ns min", "median", "Xen's min", "ratio"]
    out = [f"- {line}" for line in environment] + [""] + summary(results) + ["", "| " + " | ".join(head) + " |",
                                                                           "|---" + "|---:" * (len(head) - 1) + "|"]
    for row in wanted()["row"]:
        ours = figure(results, "paravane", row, "instructions")
        hidden = [" / ".join(show(results.get(p, {}).get((row["operation"], row["form"], row["n"]), {}).get(c))
                             for c in ("cr3_loads", "invlpgs")) for p in ("paravane", "xen")]
        mark = "" if ours is None or ours <= row["target"] else " *"
        out.append("| " + " | ".join([
            row["title"], show(ours) + mark, show(figure(results, "xen", row, "instructions")),
            show(both(results, row, "instructions"), 2), str(row["target"]), show(native(results, row, "instructions")),
            *hidden, show(figure(results, "paravane", row, "wall_ns_min")),
            show(figure(results, "paravane", row, "wall_ns_median")), show(figure(results, "xen", row, "wall_ns_min")),
            show(both(results, row, "wall_ns_min"), 2)]) + " |")
    out += ["", "`*`: above the target. CR3 loads and INVLPGs are those of one whole sample, not divided.", "",
            "### Hypercall, trapped instruction, bare metal (instructions)", "",
            "| operation | Paravane hypercall | Paravane trap | Xen hypercall | Xen trap | bare |",
            "|---|---:|---:|---:|---:|---:|"]
    for pair in wanted()["pair"]:
        cells = [results.get(p, {}).get((pair.get(f, ""), f, 1), {}).get("instructions")
                 for p in ("paravane", "xen") for f in ("hypercall", "trap")]
        cells.append(results.get("bare", {}).get((pair["native"], "native", 1), {}).get("instructions"))
        out.append("| " + " | ".join([pair["title"]] + [show(c) for c in cells]) + " |")
    return "\n".join(out + domains(results) + pcpus(results)) + "\n"


def domains(results):
    rows = wanted()["growth"]
    sizes = sorted({n for o, _, n in results.get("paravane", {}) if o == "domain_create"})
    out = ["", "### Domains, instructions per page", "", "| operation | MiB | Paravane | Xen |", "|---|---:|---:|---:|"]
    for row in rows:
        for n in sizes:
            cells = [ratio(results.get(p, {}).get((row["operation"], "event", n), {}).get("instructions"), n)
                     for p in ("paravane", "xen")]
            out.append(f"| {row['title']} | {n // 256} | {show(cells[0])} | {show(cells[1])} |")
    return out


def pcpus(results):
    out = ["", "### Two pcpus, wall ns", "", "| operation | min | median | Xen's min | median |", "|---|---:|---:|---:|---:|"]
    for row in wanted()["pcpus"]:
        cells = [results.get(p, {}).get((row["operation"], row["form"], 2), {}).get(c)
                 for p in ("paravane", "xen") for c in ("wall_ns_min", "wall_ns_median")]
        out.append("| " + " | ".join([row["title"]] + [show(c) for c in cells]) + " |")
    return out

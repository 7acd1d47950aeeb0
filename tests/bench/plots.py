# SPDX-License-Identifier: MIT
"""Four pictures of the figures, as SVG: pairs, ratios to Xen, batches, growth."""
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

import report  # noqa: E402

OURS, XEN, BARE = "#1b6ca8", "#c8553d", "#5b8c5a"
OURS_LIGHT, XEN_LIGHT = "#8fbfe0", "#e8b4a6"
plt.rcParams.update({"font.family": "sans-serif", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
                     "axes.titlesize": 11, "axes.titleweight": "bold", "axes.titlelocation": "left",
                     "svg.hashsalt": "paravane", "svg.fonttype": "none"})


def save(figure, directory, name):
    figure.savefig(directory / f"{name}.svg", bbox_inches="tight", pad_inches=0.15, metadata={"Date": None})
    plt.close(figure)


def instructions(results, platform, operation, form, n=1):
    return results.get(platform, {}).get((operation, form, n), {}).get("instructions")


def pairs(results, directory):
    """Hypercall against trapped instruction, on a logarithmic scale."""
    wanted = report.wanted()["pair"]
    bars = [("paravane", "hypercall", OURS, "Paravane, hypercall"), ("paravane", "trap", OURS_LIGHT, "Paravane, trap"),
            ("xen", "hypercall", XEN, "Xen, hypercall"), ("xen", "trap", XEN_LIGHT, "Xen, trap"),
            ("bare", "native", BARE, "bare metal")]
    figure, axes = plt.subplots(figsize=(9, 0.62 * len(wanted) + 1))
    height = 0.16
    for k, (platform, form, colour, label) in enumerate(bars):
        for i, pair in enumerate(wanted):
            value = instructions(results, platform, pair.get(form, ""), form)
            if value is None:
                continue
            y = i + (k - 2) * height
            axes.barh(y, value, height * 0.92, color=colour, label=label, left=0)
            axes.text(value * 1.06, y, str(value), va="center", fontsize=6.5, color="#444444")
    axes.set_xscale("log")
    axes.set_xlim(left=0.8)
    axes.set_yticks(range(len(wanted)), [p["title"] for p in wanted])
    axes.set_xlabel("instructions (logarithmic)")
    axes.set_ylim(len(wanted) - 0.4, -0.6)
    axes.set_title("Asking against trapping: one sensitive operation, five ways")
    known = dict(zip(*reversed(axes.get_legend_handles_labels())))
    axes.legend([known[b[3]] for b in bars if b[3] in known], [b[3] for b in bars if b[3] in known], frameon=False,
                loc="lower center", bbox_to_anchor=(0.45, 1.04), ncols=5)
    save(figure, directory, "pairs")


def ratios(results, directory):
    """Every row of the table as a share of what Xen needs."""
    rows = [(r["title"], report.both(results, r, "instructions"), report.both(results, r, "wall_ns_min"))
            for r in report.wanted()["row"]]
    rows = sorted((r for r in rows if r[1]), key=lambda r: r[1])
    figure, axes = plt.subplots(figsize=(9, 0.2 * len(rows) + 1.2))
    for colour, label, wanted in ((OURS, "instructions, at most a quarter", True), (OURS_LIGHT, "instructions, more", False)):
        share = [(i, r[1]) for i, r in enumerate(rows) if (r[1] <= 0.25) == wanted]
        axes.barh([i for i, _ in share], [v for _, v in share], 0.72, color=colour, label=label)
    times = [(i, r[2]) for i, r in enumerate(rows) if r[2]]
    if times:
        axes.plot([t for _, t in times], [i for i, _ in times], "o", color=XEN, markersize=3,
                  label="wall time, minimum")
    average = report.mean([r[1] for r in rows])
    axes.axvline(average, color="#333333", linewidth=1, linestyle="--", label=f"geometric mean {average:.2f}")
    axes.axvline(0.25, color=BARE, linewidth=1, label="goal: a quarter")
    axes.axvline(1, color=XEN, linewidth=1, label="Xen")
    axes.set_yticks(range(len(rows)), [r[0] for r in rows], fontsize=7.5)
    axes.set_ylim(-0.8, len(rows) - 0.2)
    axes.set_xlim(0, max([1.05] + [t * 1.05 for _, t in times]))
    axes.set_xlabel("Paravane / Xen 4.17 (1: as much as Xen)")
    axes.set_title("Every row as a share of what Xen needs")
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(0.94, 0.01))
    save(figure, directory, "ratios")


def curve(axes, results, platform, operation, per, colour, style="o-", label=None):
    points = sorted((n, row["instructions"]) for (name, form, n), row in results.get(platform, {}).items()
                    if name == operation and form != "trap" and "instructions" in row)
    if points:
        axes.plot([n for n, _ in points], [v / n if per else v for n, v in points], style, color=colour, markersize=3.5,
                  linewidth=1.4, label=label)


def powers_of_two(axes, least, most, step):
    """Sizes from least to most along the x axis, as plain numbers."""
    ticks = [least * step ** k for k in range(20) if least * step ** k <= most]
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [f"{tick // 1024}K" if tick >= 4096 else str(tick) for tick in ticks])


def batches(results, directory):
    """What an entry costs as the batch grows."""
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), sharex=True)
    for axes, operation, title in ((panels[0], "mmu_update_map", "mmu_update: map"),
                                   (panels[1], "multicall_null", "multicall: null calls")):
        curve(axes, results, "xen", operation, True, XEN, label="Xen 4.17")
        curve(axes, results, "paravane", operation, True, OURS, label="Paravane")
        powers_of_two(axes, 1, 1024, 4)
        axes.set_ylim(bottom=0)
        axes.set_title(title)
        axes.set_xlabel("entries in a batch")
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.legend(frameon=False)
    panels[0].set_ylabel("instructions an entry")
    figure.tight_layout()
    save(figure, directory, "batches")


def growth(results, directory):
    """Long work: as it grows with what it is done to."""
    figure, panels = plt.subplots(2, 2, figsize=(9, 7.2))
    for axes, operations, title, xlabel, sizes in zip(panels.flat, (
            (("pin_l1", "o-", "pin"), ("unpin_l1", "s--", "unpin")),
            (("pin_tree", "o-", "pin"), ("unpin_tree", "s--", "unpin")),
            (("open_port", "o-", "alloc_unbound"),),
            (("domain_create", "o-", "make"), ("domain_destroy", "s--", "end"))),
            ("one l1 table", "a tree of full l1 tables", "one more event port", "a domain"),
            ("entries present", "l1 tables", "ports open", "pages"),
            ((1, 512, 4), (1, 64, 2), (1, 1024, 4), (4096, 32768, 2))):
        for operation, style, label in operations:
            curve(axes, results, "xen", operation, False, XEN, style, f"Xen, {label}")
            curve(axes, results, "paravane", operation, False, OURS, style, f"Paravane, {label}")
        powers_of_two(axes, *sizes)
        axes.set_yscale("log")
        axes.set_title(title)
        axes.set_xlabel(xlabel)
        axes.set_ylabel("instructions")
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.legend(frameon=False)
    figure.tight_layout()
    save(figure, directory, "growth")


def draw(results, directory):
    for picture in (pairs, ratios, batches, growth):
        picture(results, directory)

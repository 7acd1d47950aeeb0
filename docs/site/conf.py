# SPDX-License-Identifier: MIT
# Sphinx's configuration. The source directory is put together by docs/site/docs.mk: what lies in docs/, and the
# pages that abi/generate makes.

import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
SITE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(SITE))


def commit():
    """The commit the pages were made from, where there is a repository."""
    result = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=SITE, text=True, capture_output=True, check=False)
    return f", commit {result.stdout.strip()}" if result.returncode == 0 else ""


project = "Paravane"
release = version = (SITE / "version").read_text().strip()
copyright = f"The Paravane authors, MIT licence. Paravane {release}{commit()}, Xen ABI 4.17"

extensions = ["myst_parser", "paravane"]
root_doc = "index"
source_suffix = {".md": "markdown"}
# Linked into the source directory for literalinclude only.
exclude_patterns = ["tests", "hypervisor", "abi", "guest-pv-kernel", "site"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "tasklist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"Paravane {release}"
html_static_path = [str(SITE / "static")]
html_css_files = ["paravane.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# Summaries of search results are fetched, which a browser refuses to a page from a file.
html_show_search_summary = False
html_search_options = {"type": "default"}
smartquotes = False     # a quote in these pages is what a program reads or prints
highlight_language = "none"
pygments_style = "friendly"
pygments_dark_style = "native"

paravane_root = os.environ.get("PARAVANE_ROOT", str(SITE.parents[1]))

# SPDX-License-Identifier: MIT
# `python3 abi/generate SPEC-DIRECTORY OUTPUT-DIRECTORY`: makes the generated C headers.
# With `reference STRUCTURES.json` after them, the reference as Sphinx's source pages; with `manual DATE`, manual pages.
# A file whose content would not change is left alone, so that nothing is rebuilt for nothing. Nothing is written at all
# when any record is bad.

import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import decoder      # noqa: E402
import emit         # noqa: E402
import manual       # noqa: E402
import reference    # noqa: E402
import spec         # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
USAGE = "usage: python3 abi/generate SPEC-DIRECTORY OUTPUT-DIRECTORY [reference STRUCTURES.json | manual DATE]"


def made_of(loaded, kind, argument):
    if kind == "reference":
        return reference.files(loaded, ROOT, json.loads(pathlib.Path(argument).read_text())["structures"])
    if kind == "manual":
        return manual.files(loaded, ROOT, argument)
    return {name: make(loaded) for name, make in {**emit.FILES, "trace_table.h": decoder.trace_table}.items()}


def main(arguments):
    if len(arguments) not in (2, 4) or arguments[2:3] not in ([], ["reference"], ["manual"]):
        print(USAGE, file=sys.stderr)
        return 2
    source, output = (pathlib.Path(argument) for argument in arguments[:2])
    kind, argument = arguments[2:] or ("headers", "")
    try:
        loaded = spec.load(source)
    except spec.SpecError as error:
        print(f"{source}/{error}", file=sys.stderr)
        return 1
    made = made_of(loaded, kind, argument)
    for name, text in made.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    if kind != "headers":       # pages of what is no more; the C headers' directory has other files in it
        for directory in {(output / name).parent for name in made}:
            for path in directory.iterdir():
                if path.is_file() and str(path.relative_to(output)) not in made:
                    path.unlink()
    return 0


sys.exit(main(sys.argv[1:]))

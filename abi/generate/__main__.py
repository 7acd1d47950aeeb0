# SPDX: MIT
# `python3 abi/generate SPEC-DIRECTORY OUTPUT-DIRECTORY`: makes the generated C headers. A file whose
# content would not change is left alone, so that nothing is rebuilt for nothing. Nothing is written
# at all when any record is bad.

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import emit     # noqa: E402
import spec     # noqa: E402


def main(arguments):
    if len(arguments) != 2:
        print("usage: python3 abi/generate SPEC-DIRECTORY OUTPUT-DIRECTORY", file=sys.stderr)
        return 2
    source, output = (pathlib.Path(argument) for argument in arguments)
    try:
        loaded = spec.load(source)
    except spec.SpecError as error:
        print(f"{source}/{error}", file=sys.stderr)
        return 1
    output.mkdir(parents=True, exist_ok=True)
    for name, make in emit.FILES.items():
        text = make(loaded)
        path = output / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    return 0


sys.exit(main(sys.argv[1:]))

# SPDX: MIT
# `python3 abi/generate SPEC-DIRECTORY OUTPUT-DIRECTORY [reference]`: makes the generated C headers, or
# the reference for people. A file whose content would not change is left alone, so that nothing is
# rebuilt for nothing. Nothing is written at all when any record is bad.

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import emit         # noqa: E402
import reference    # noqa: E402
import spec         # noqa: E402


def main(arguments):
    if len(arguments) not in (2, 3) or arguments[2:] not in ([], ["reference"]):
        print("usage: python3 abi/generate SPEC-DIRECTORY OUTPUT-DIRECTORY [reference]",
              file=sys.stderr)
        return 2
    source, output = (pathlib.Path(argument) for argument in arguments[:2])
    try:
        loaded = spec.load(source)
    except spec.SpecError as error:
        print(f"{source}/{error}", file=sys.stderr)
        return 1
    if arguments[2:]:
        made = reference.files(loaded)
    else:
        made = {name: make(loaded) for name, make in emit.FILES.items()}
    for name, text in made.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return 0


sys.exit(main(sys.argv[1:]))

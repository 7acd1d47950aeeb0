# SPDX-License-Identifier: MIT
# The C headers say the same numbers as the spec, ours and libxen-dev's, and what is generated compiles
# without a warning under both compilers.

import pathlib
import shutil
import subprocess

import pytest

FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-D__XEN_INTERFACE_VERSION__=0x00040e00"]
USER = """
#include <stdint.h>
#include <abi/refusals.h>
#include <abi/hypercall_prototypes.h>
#include <abi/hypercall_stubs.h>
#define HYPERCALL(number, name, nargs) [number] = #name,
#define HYPERCALL_NONE(number, name) [number] = 0,
const char *const names[HYPERCALL_COUNT_OR_ZERO] = {
#include <abi/hypercall_table.h>
};
#define REFUSAL(symbol, id, errnr, errname, values, explain) \\
    _Static_assert(REFUSAL_ERRNO_##symbol == errnr && REFUSAL_VALUES_##symbol == values && \\
                   sizeof(id) > 1 && sizeof(errname) > 1 && sizeof(explain) > 1, "a row");
#include <abi/refusal_table.h>
#define DECODE_CALL(number, name, nargs, args) _Static_assert(nargs <= 6, name);
#define DECODE_OP(number, op, name) _Static_assert(op >= 0, name);
#include <abi/decode_table.h>
"""


@pytest.fixture(scope="module")
def generated(root, tmp_path_factory):
    directory = tmp_path_factory.mktemp("gen")
    subprocess.run(["/usr/bin/python3", "abi/generate", "abi/spec", str(directory / "abi")], cwd=root,
                   check=True)
    return directory


def compilers():
    return [compiler for compiler in ("gcc", "clang") if shutil.which(compiler)]


@pytest.mark.parametrize("compiler", compilers())
@pytest.mark.parametrize("headers", ["abi/include", "/usr/include"])
def test_headers_say_the_same_numbers(root, generated, compiler, headers):
    if not (root / headers / "xen/xen.h").exists():
        pytest.skip("libxen-dev is not installed")
    result = subprocess.run([compiler, *FLAGS, "-fsyntax-only", f"-I{root / headers}",
                             str(generated / "abi/static_asserts.c")],
                            text=True, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("compiler", compilers())
def test_generated_headers_compile(root, generated, compiler, tmp_path):
    source = pathlib.Path(tmp_path / "user.c")
    source.write_text(USER.replace("HYPERCALL_COUNT_OR_ZERO", ""))
    result = subprocess.run([compiler, *FLAGS, "-O2", "-mno-red-zone", "-c", "-o", "/dev/null",
                             f"-I{root / 'abi/include'}", f"-I{generated}", str(source)],
                            text=True, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr


def test_every_number_has_one_place_in_the_dispatch_list(spec, generated):
    text = (generated / "abi/hypercall_table.h").read_text()
    lines = [line for line in text.splitlines() if line.startswith("HYPERCALL")]
    numbers = [int(line.split("(")[1].split(",")[0]) for line in lines]
    assert numbers == list(range(spec.calls[-1].number + 1))
    supported = [line for line in lines if line.startswith("HYPERCALL(")]
    assert len(supported) == len(spec.supported())

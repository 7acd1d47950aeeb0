# SPDX-License-Identifier: MIT
"""Our interface headers against libxen-dev's: every name, value, size, offset and alignment.

The enumeration is generated (abi_enum.py); abi/left-out.txt lists what we leave out, and is held to
the truth in both directions. Needs libxen-dev, clang-14, python3-clang-14, pkg-config.
"""
import os
import re
import shutil
import subprocess

import pytest

import abi_enum

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
OURS = os.path.join(ROOT, "abi", "include")
LEFT_OUT = os.path.join(ROOT, "abi", "left-out.txt")
LATEST = "-D__XEN_INTERFACE_VERSION__=0x00040e00"

# Texts of our own wording: the number of strings is compared.
OWN_TEXT = {"GNTTABOP_error_msgs"}
# Macros that are statements or definitions and are written differently: rings.c runs them.
BY_RUNNING = {
    "__CONST_RING_SIZE", "__RING_SIZE", "FRONT_RING_ATTACH", "FRONT_RING_INIT", "BACK_RING_ATTACH",
    "BACK_RING_INIT", "XEN_FRONT_RING_INIT", "SHARED_RING_INIT", "RING_FREE_REQUESTS", "RING_FULL",
    "XEN_RING_NR_UNCONSUMED_REQUESTS", "XEN_RING_NR_UNCONSUMED_RESPONSES",
    "RING_HAS_UNCONSUMED_REQUESTS", "RING_HAS_UNCONSUMED_RESPONSES", "RING_GET_REQUEST",
    "RING_GET_RESPONSE", "RING_COPY_", "RING_COPY_REQUEST", "RING_COPY_RESPONSE",
    "RING_REQUEST_CONS_OVERFLOW", "RING_REQUEST_PROD_OVERFLOW", "RING_RESPONSE_PROD_OVERFLOW",
    "RING_PUSH_REQUESTS", "RING_PUSH_RESPONSES", "RING_PUSH_REQUESTS_AND_CHECK_NOTIFY",
    "RING_PUSH_RESPONSES_AND_CHECK_NOTIFY", "RING_FINAL_CHECK_FOR_REQUESTS",
    "RING_FINAL_CHECK_FOR_RESPONSES", "DEFINE_XEN_FLEX_RING", "DEFINE_XEN_FLEX_RING_AND_INTF",
}
OPTIONAL = ["-DXEN_WANT_FLEX_CONSOLE_RING", "-DXEN_RING_HAS_UNCONSUMED_IS_BOOL",
            "-DXEN_NETIF_DEFINE_TOEPLITZ"]
ERRNO = [f"-DE{n}={v}" for v, n in enumerate(
    "INVAL ACCES EXIST ISDIR NOENT NOMEM NOSPC IO NOTEMPTY NOSYS ROFS BUSY AGAIN ISCONN 2BIG PERM"
    .split(), 1)]


@pytest.fixture(scope="session")
def theirs(tmp_path_factory):
    assert os.path.isdir("/usr/include/xen"), "apt-get install libxen-dev"
    tree = tmp_path_factory.mktemp("libxen-dev")
    os.symlink("/usr/include/xen", tree / "xen")
    return str(tree)


def boundaries():
    """Interface versions at which libxen-dev's headers change, each the first of its kind."""
    found = set()
    for header in abi_enum.headers(OURS):
        text = open(os.path.join("/usr/include/xen", header)).read()
        for sign, v in re.findall(r"__XEN_INTERFACE_VERSION__\s*([<>]=?)\s*(0x[0-9a-fA-F]+)", text):
            found.add(int(v, 16) + (sign in (">", "<=")))
    return sorted(v for v in found if v <= 0x00040e00)


def main_configurations():
    for bits in (64, 32):
        # There is no 32-bit hypervisor: libxen-dev's headers do not compile for one.
        for who in ("", "-D__XEN_TOOLS__", *(["-D__XEN__"] if bits == 64 else [])):
            yield f"-m{bits} {who or LATEST}", bits, [who or LATEST]
        yield f"-m{bits} optional parts", bits, [LATEST, *OPTIONAL, *ERRNO]
        yield f"-m{bits} strict", bits, [LATEST, "-D__STRICT_ANSI__"]
        yield f"-m{bits} assembly", bits, ["-D__ASSEMBLY__", LATEST]
        yield f"-m{bits} no version", bits, []


@pytest.fixture(scope="session")
def report(theirs):
    return abi_enum.compare(OURS, theirs, main_configurations(), OWN_TEXT, BY_RUNNING)


def test_everything_shared_is_equal(report):
    assert not report.wrong, "\n".join(sorted(set(report.wrong)))
    assert report.compared > 20000, "the enumeration found next to nothing"
    print(f"{report.compared} facts compared")


def test_left_out_list_is_true(report, theirs):
    names, files = abi_enum.left_out(LEFT_OUT)
    missing_files = abi_enum.headers(theirs) - abi_enum.headers(OURS)
    assert files == missing_files, (f"not listed: {sorted(missing_files - files)}, "
                                    f"listed but present: {sorted(files - missing_files)}")
    unlisted, stale = report.missing - names, names - report.missing
    assert not unlisted, f"missing and not listed: {sorted(unlisted)}"
    assert not stale, f"listed but present: {sorted(stale)}"


def test_every_interface_version(theirs):
    names, _ = abi_enum.left_out(LEFT_OUT)
    assert len(boundaries()) > 10
    # Both sides of each boundary for 64 bits; word size and version do not interact.
    sweep = [(f"-m{bits} {v:#010x}", bits, [f"-D__XEN_INTERFACE_VERSION__={v:#x}"])
             for bits in (64, 32) for b in boundaries() for v in (b - 1, b)[bits == 32:]]
    report = abi_enum.compare(OURS, theirs, sweep, OWN_TEXT, BY_RUNNING)
    assert not report.wrong, "\n".join(sorted(set(report.wrong)))
    assert not report.missing - names, sorted(report.missing - names)


@pytest.mark.parametrize("header, old, new, expect", [
    ("sched.h", r"(#define SCHEDOP_poll\s+)3", r"\g<1>9", "SCHEDOP_poll"),
    ("errno.h", r"(XEN_ERRNO\(ENOSYS,\s*)38", r"\g<1>39", "XEN_ENOSYS"),
    ("io/xenbus.h", r"(XenbusStateConnected = )4", r"\g<1>7", "XenbusStateConnected"),
    ("vcpu.h", r"uint64_t (period_ns)", r"uint32_t \1", "vcpu_set_periodic_timer.period_ns"),
    ("event_channel.h", r"domid_t dom, (remote_dom;)", r"domid_t \1", "evtchn_alloc_unbound.dom"),
    ("grant_table.h", r"(uint16_t page_off;[^\n]*\n)(\s*uint16_t length;[^\n]*\n)", r"\2\1",
     "sub_page.length"),
    ("memory.h", r"(XENMEMF_node\(x\)\s+\(\(\(x\) \+ 1\) << )8", r"\g<1>9", "XENMEMF_node"),
    ("arch-x86/xen-x86_32.h", r"uint16_t error_code;", "uint32_t error_code;", "cpu_user_regs"),
    ("version.h", r"#define XENVER_pagesize 7", "", "XENVER_pagesize"),
    ("physdev.h", r"(#define PHYSDEVOP_eoi 12)", r"\1\n#define PHYSDEVOP_beep 9", "PHYSDEVOP_beep"),
])
def test_an_alteration_is_noticed(tmp_path, theirs, header, old, new, expect):
    tree = tmp_path / "include"
    shutil.copytree(OURS, tree)
    path = tree / "xen" / header
    text, changed = re.subn(old, new, path.read_text(), count=1)
    assert changed == 1
    path.write_text(text)
    bits = 32 if "x86_32" in header else 64
    report = abi_enum.compare(str(tree), theirs, [(f"-m{bits}", bits, [LATEST])], OWN_TEXT,
                              BY_RUNNING)
    names, _ = abi_enum.left_out(LEFT_OUT)
    told = report.wrong + [n for _, n in report.missing - names]
    assert any(expect in line for line in told), told


def compilers():
    for tool in ("gcc", "clang-14"):
        for bits in (64, 32):
            for version in ([], [LATEST], ["-D__XEN__"], ["-D__XEN_TOOLS__"]):
                yield tool, bits, version


@pytest.mark.parametrize("tool, bits, version", compilers())
def test_each_header_compiles_alone(tmp_path, tool, bits, version):
    for header in sorted(abi_enum.headers(OURS) - abi_enum.INNER):
        source = tmp_path / "alone.c"
        source.write_text(abi_enum.source([header]) + "extern int used;\n")
        subprocess.run([tool, f"-m{bits}", *version, "-std=gnu11", "-ffreestanding", "-Wall",
                        "-Wextra", "-Wpedantic", "-Werror", "-I", OURS, "-c", source,
                        "-o", "/dev/null"], check=True)


def test_cxx(tmp_path):
    if not shutil.which("g++"):
        pytest.skip("no g++")
    together = sorted(abi_enum.headers(OURS) - abi_enum.INNER - abi_enum.ALONE)
    source = tmp_path / "all.cc"
    text = "".join(f"#include <xen/{n}>\n" for n in together)
    source.write_text("#include <cstdint>\n#include <cstddef>\n#include <cstring>\n" + text)
    subprocess.run(["g++", LATEST, "-Wall", "-Wextra", "-Werror", "-I", OURS, "-fsyntax-only",
                    source], check=True)


def sections(tool, bits, include, source, target):
    subprocess.run([tool, f"-m{bits}", LATEST, "-std=gnu11", "-O2", "-g0", "-ffreestanding",
                    "-fno-asynchronous-unwind-tables", "-Wall", "-Wextra", "-Werror",
                    "-I", include, "-c", source, "-o", target], check=True)
    found = {}
    for name in (".text", ".data", ".rodata"):
        raw = f"{target}{name}"
        subprocess.run(["objcopy", "-O", "binary", "-j", name, target, raw], check=True)
        found[name] = open(raw, "rb").read()
    return found


@pytest.mark.parametrize("tool", ["gcc", "clang-14"])
@pytest.mark.parametrize("bits", [64, 32])
def test_a_guest_compiles_to_the_same_bytes(tmp_path, theirs, tool, bits):
    source = os.path.join(HERE, "guest.c")
    ours = sections(tool, bits, OURS, source, str(tmp_path / "ours.o"))
    reference = sections(tool, bits, theirs, source, str(tmp_path / "theirs.o"))
    assert ours == reference
    assert len(ours[".text"]) > 500 and ours[".data"]


@pytest.mark.parametrize("tool", ["gcc", "clang-14"])
@pytest.mark.parametrize("options", [[], ["-DXEN_RING_HAS_UNCONSUMED_IS_BOOL"]])
def test_rings_behave_the_same(tmp_path, theirs, tool, options):
    said = []
    for name, include in (("ours", OURS), ("theirs", theirs)):
        program = tmp_path / name
        subprocess.run([tool, LATEST, "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", *options,
                        "-I", include, os.path.join(HERE, "rings.c"), "-o", program], check=True)
        said.append(subprocess.run([program], check=True, capture_output=True, text=True).stdout)
    assert said[0] == said[1]
    assert said[0].count("\n") > 1000


def test_install(tmp_path):
    destdir, prefix = tmp_path / "dest", "/opt/paravane"
    subprocess.run(["make", "-s", "-f", "abi/abi.mk", "install-headers", f"DESTDIR={destdir}",
                    f"PREFIX={prefix}", f"BUILD={tmp_path}/build"], check=True, cwd=ROOT)
    installed = f"{destdir}{prefix}/include"
    assert abi_enum.headers(installed) == abi_enum.headers(OURS)
    assert os.path.exists(f"{installed}/multiboot2.h")
    env = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=str(destdir), PKG_CONFIG_LIBDIR=(
        f"{destdir}{prefix}/share/pkgconfig"))
    said = subprocess.run(["pkg-config", "--cflags", "paravane-abi"], env=env, check=True,
                          capture_output=True, text=True).stdout.split()
    assert said == [f"-I{installed}"]
    source = tmp_path / "tiny.c"
    source.write_text("#include <stdint.h>\n#include <xen/xen.h>\n#include <xen/sched.h>\n"
                      "#include <multiboot2.h>\n"
                      "const unsigned int off[] = { SCHEDOP_shutdown, SHUTDOWN_poweroff };\n"
                      "struct shared_info *shared; struct multiboot_tag *tag;\n")
    subprocess.run(["gcc", "-nostdinc", "-isystem", abi_enum.resource_include(), "-ffreestanding",
                    "-Wall", "-Werror", *said, "-c", source, "-o", tmp_path / "tiny.o"], check=True)

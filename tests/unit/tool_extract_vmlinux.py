#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""extract-vmlinux on synthetic bzImages of every compression, and on damaged ones. Prints TAP."""
import bz2
import gzip
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tempfile

TOOL = os.path.join(os.path.dirname(__file__), "../../hypervisor/tools/extract-vmlinux")
KERNEL = b"\x7fELF" + bytes(range(256)) * 64


def bzimage(data):
    image = bytearray(0x1000)
    image[0x1f1] = 3
    image[0x1fe:0x206] = b"\x55\xaa\xeb\x66HdrS"
    struct.pack_into("<H", image, 0x206, 0x20f)
    struct.pack_into("<II", image, 0x248, 0x800, len(data))
    return bytes(image) + data


def program(name):
    def run(data):
        return subprocess.run([name, "-c", "-q"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return run if shutil.which(name) else None


def kernel_xz(data):
    filters = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 6}]
    return lzma.compress(data, check=lzma.CHECK_CRC32, filters=filters)


SIZE = struct.pack("<I", len(KERNEL))
GOOD = {
    "elf": KERNEL,
    "gzip elf": gzip.compress(KERNEL),
    "plain": bzimage(KERNEL),
    "gzip": bzimage(gzip.compress(KERNEL)),
    "xz": bzimage(kernel_xz(KERNEL) + SIZE),
    "bzip2": bzimage(bz2.compress(KERNEL) + SIZE),
    "lzma": bzimage(lzma.compress(KERNEL, format=lzma.FORMAT_ALONE) + SIZE),
}
if program("zstd"):
    GOOD["zstd"] = bzimage(program("zstd")(KERNEL) + SIZE)
BAD = {
    "text": (b"hello world", "neither ELF nor compressed"),
    "empty": (b"", "neither ELF nor compressed"),
    "payload": (bzimage(b"nothing"), "payload is neither ELF"),
    "truncated": (bzimage(kernel_xz(KERNEL))[:-8], "truncated"),
    "damaged": (bzimage(b"\xfd7zXZ\x00" + bytes(100)), "damaged (xz)"),
    "not elf": (bzimage(gzip.compress(b"hello")), "not an ELF file"),
}


def run(directory, data):
    source, target = os.path.join(directory, "in"), os.path.join(directory, "out")
    with open(source, "wb") as f:
        f.write(data)
    if os.path.exists(target):
        os.unlink(target)
    done = subprocess.run([sys.executable, TOOL, source, target], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        assert not os.path.exists(target)
        return None, done.stderr
    with open(target, "rb") as f:
        return f.read(), done.stderr


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as d:
        results = [(name, run(d, data)[0] == KERNEL) for name, data in GOOD.items()]
        for name, (data, message) in BAD.items():
            out, error = run(d, data)
            results.append((name, out is None and message in error))
    print(f"1..{len(results)}")
    for n, (name, good) in enumerate(results, 1):
        failed += not good
        print(f"{'ok' if good else 'not ok'} {n} - {name}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

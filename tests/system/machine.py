# SPDX-License-Identifier: MIT
"""Boots things in QEMU and reads their serial console.

boot_* functions start a Machine (a pexpect child with a log in build/test/logs/); Machine.finish() waits
for the end of the machine and gives back (exit status, text). Nothing here waits without a limit.
"""
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import time

import pexpect

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
BUILD = BUILD if BUILD.is_absolute() else TOP / BUILD
MAKE_BUILD = f"BUILD={os.path.relpath(BUILD, TOP)}"  # as it was made: objects know their headers by this name
LOGS = BUILD / "test" / "logs"
CACHE = BUILD / "cache"
GUESTS = BUILD / "tests" / "guests"
IMAGE = BUILD / "paravane"
ISO = BUILD / "paravane.iso"
BUNDLED = BUILD / "guest-pv-kernel.elf"
RAMDISK = BUILD / "ramdisk"
PROMPT = "paravane# "
XEN_PACKAGE = "xen-hypervisor-4.17-amd64"
CLEAN, CRASH, PANIC = 33, 35, 37  # exit statuses of QEMU through isa-debug-exit
XEN_END = re.compile(r"Hardware Dom0 (halted|crashed|shutdown)[^\n]*|Panic on CPU[^\n]*|Domain 0 crashed[^\n]*")
OVMF = "/usr/share/OVMF/OVMF_CODE.fd"
HVOPTS = os.environ.get("HVOPTS", "")  # for every boot of Paravane
SLOW = float(os.environ.get("TEST_SLOWNESS", "1"))  # every limit is multiplied by this


class Machine:
    """One QEMU (or another program), its console, and its log."""

    def __init__(self, name, arguments, limit, program="qemu-system-x86_64"):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = LOGS / (re.sub(r"[^\w.-]+", "_", name) + ".log")
        self.limit = limit * SLOW
        self.started = time.monotonic()
        self.child = pexpect.spawn("timeout", [str(int(self.limit) + 20), program] + arguments,
                                   encoding="utf-8", codec_errors="replace", timeout=self.limit, echo=False,
                                   dimensions=(50, 200), cwd=str(TOP))
        self.child.delaybeforesend = None
        self.child.logfile_read = open(self.log, "w", encoding="utf-8", errors="replace", newline="")

    def expect(self, pattern, limit=None):
        """Wait for a regular expression; the text up to and including it."""
        try:
            self.child.expect(pattern, timeout=self.limit if limit is None else limit * SLOW)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            self.kill()
            raise AssertionError(f"{pattern!r} did not come ({type(error).__name__}); see {self.log}\n"
                                 + self.text()[-1500:]) from None
        return self.child.before + self.child.after

    def send(self, text):
        """Type, a little slower than a UART forgets."""
        for character in text:
            self.child.send(character)
            time.sleep(0.01)

    def text(self):
        self.child.logfile_read.flush()
        return self.log.read_bytes().decode("utf-8", "replace").replace("\r", "")

    def finish(self, limit=None):
        """Wait until QEMU ends by itself; (exit status, console text). A status of None: it did not."""
        status = None
        try:
            self.child.expect(pexpect.EOF, timeout=self.limit if limit is None else limit * SLOW)
            self.child.close()
            status = self.child.exitstatus
        except pexpect.TIMEOUT:
            pass
        self.kill()
        return status, self.text()

    def kill(self):
        if self.child.isalive():
            self.child.close(force=True)

    def cpu_seconds(self):
        """Processor time QEMU has used so far (child of `timeout`)."""
        children = subprocess.run(["ps", "--ppid", str(self.child.pid), "-o", "pid="], capture_output=True,
                                  text=True, check=True).stdout.split()
        fields = pathlib.Path(f"/proc/{children[0]}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def qemu_arguments(memory=512, cpus=1, cpu="max"):
    return ["-accel", "tcg", "-cpu", cpu, "-m", str(memory), "-smp", str(cpus), "-nographic", "-no-reboot",
            "-net", "none", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]


def domain(kernel, arguments="", name="d0", memory="64M", vcpus=1, ramdisk=None):
    """The modules of one boot domain: [(file, string), ...]."""
    modules = [(kernel, f"domain={name} memory={memory} vcpus={vcpus} {arguments}".strip())]
    return modules + ([(ramdisk, "ramdisk")] if ramdisk else [])


def boot_paravane(name, modules, options="", memory=512, cpus=1, limit=30, extra=()):
    """Through QEMU's -kernel: Multiboot1. modules as domain() gives them, or lists of them added."""
    arguments = qemu_arguments(memory, cpus) + ["-kernel", str(IMAGE), "-append",
                                                f"exit=debug-port {options} {HVOPTS}".strip()]
    if modules:
        arguments += ["-initrd", ",".join(f"{file} {text}".strip() for file, text in modules)]
    return Machine(name, arguments + list(extra), limit)


def boot_iso(name, iso=None, uefi=False, memory=512, cpus=1, limit=60):
    """Through GRUB from an image: Multiboot2, under BIOS or UEFI."""
    arguments = qemu_arguments(memory, cpus) + ["-cdrom", str(iso or ISO)]
    if uefi:
        arguments += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}"]
    return Machine(name, arguments, limit)


def make_iso(path, modules, options="", arguments=()):
    """A GRUB image with these modules and options, for boots that `make iso` does not make."""
    root = path.with_suffix(".d")
    (root / "boot" / "grub").mkdir(parents=True, exist_ok=True)
    (root / "boot" / "paravane").write_bytes(IMAGE.read_bytes())
    lines = ["set timeout=0", "serial --unit=0 --speed=115200", "terminal_output serial", 'menuentry "test" {',
             f"  multiboot2 /boot/paravane {options}"]
    for n, (file, text) in enumerate(modules):
        (root / "boot" / f"m{n}").write_bytes(pathlib.Path(file).read_bytes())
        lines.append(f"  module2 /boot/m{n} {text}")
    (root / "boot" / "grub" / "grub.cfg").write_text("\n".join(lines + ["  boot", "}", ""]))
    subprocess.run(["grub-mkrescue", "-o", str(path), str(root), *arguments], check=True, capture_output=True, timeout=120)
    return path


def unpacked(package):
    """The files of a Debian package that is not installed, fetched once into build/cache/."""
    tree = CACHE / package
    if tree.exists():
        return tree
    CACHE.mkdir(parents=True, exist_ok=True)
    print(f"Fetching {package} with apt-get download, to compare with real Xen.", file=sys.stderr)
    download = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package]
    if subprocess.run(download, cwd=CACHE, timeout=300, check=False).returncode:
        subprocess.run(["apt-get", "-qq", "update"], timeout=300, check=False)
        subprocess.run(download, cwd=CACHE, timeout=300, check=True)
    part = tree.with_suffix(".part")
    subprocess.run(["dpkg", "-x", str(sorted(CACHE.glob(f"{package}_*.deb"))[-1]), str(part)], check=True)
    part.rename(tree)
    return tree


def xen_image():
    """Debian's Xen, uncompressed."""
    image = CACHE / "xen-4.17"
    if image.exists():
        return image
    packed = sorted((unpacked(XEN_PACKAGE) / "boot").glob("xen-4.17*.gz"))[-1]
    with open(image.with_suffix(".part"), "wb") as out:
        subprocess.run(["zcat", str(packed)], check=True, stdout=out)
    image.with_suffix(".part").rename(image)
    return image


def xenalyze():
    """Xen's reader of trace records."""
    return unpacked("xen-utils-common") / "usr" / "bin" / "xenalyze"


def xen_log(guest, arguments="", vcpus=2, memory=64, ramdisk=None, limit=40):
    """Console text of a guest as domain 0 of real Xen; cached by what went in."""
    image = xen_image()
    digest = hashlib.sha256()
    for part in (image.read_bytes(), pathlib.Path(guest).read_bytes(), arguments.encode(),
                 f"{vcpus} {memory}".encode(), pathlib.Path(ramdisk).read_bytes() if ramdisk else b""):
        digest.update(hashlib.sha256(part).digest())
    cached = CACHE / "xen-logs" / f"{pathlib.Path(guest).stem}-{digest.hexdigest()[:20]}.log"
    if cached.exists():
        return cached.read_text()
    initrd = f"{guest} {arguments}".strip() + (f",{ramdisk}" if ramdisk else "")
    with Machine(f"xen-{pathlib.Path(guest).stem}", qemu_arguments(512, 1, "max,-smap")
                 + ["-kernel", str(image), "-initrd", initrd, "-append",
                    f"console=com1 com1=115200 dom0_mem={memory}M dom0_max_vcpus={vcpus} loglvl=all "
                    "guest_loglvl=all noreboot"], limit) as machine:
        try:
            machine.child.expect(XEN_END.pattern)
            machine.child.expect("\n", timeout=2)
        except (pexpect.TIMEOUT, pexpect.EOF):
            pass
        text = machine.text()
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_text(text)
    return text


if __name__ == "__main__":  # machine.py xen GUEST.elf [arguments...]: show what real Xen says
    print(xen_log(sys.argv[2], " ".join(sys.argv[3:])))

# SPDX-License-Identifier: MIT
"""gdb's view of Paravane's domains: `help pv` lists the commands. docs/debugging.md shows them at work.

Everything is read through the hypervisor's own mappings, which every address space has, by the names and types in
paravane.elf. Nothing is called in the machine, and nothing is written but the registers that `pv vcpu` borrows.
"""
import pathlib
import re
import struct
import sys

import gdb
import gdb.unwinder

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import trace_to_xen  # noqa: E402

# machine/layout.h and memory/frame.h, which have them as macros.
DIRECT_MAP = 0xffff830000000000
M2P = 0xffff800000000000
FRAME_TABLE = 0xffff808000000000
PCPU_AREA, PCPU_REGION_SIZE, PCPU_STRUCT_OFF = 0xffff810060000000, 0x10000, 0xff00
PAGE = 4096
PTE_MFN = 0x000ffffffffff000
PTE_FLAGS = ((1 << 1, "rw"), (1 << 2, "user"), (1 << 5, "accessed"), (1 << 6, "dirty"), (1 << 63, "nx"))
FRAME_RAM, FRAME_HYPERVISOR, PINNED, VALIDATED = 1 << 61, 1 << 62, 1 << 55, 1 << 54
FRAME_TYPES = ("none", "writable", "l1", "l2", "l3", "l4", "segment descriptors")
RUNSTATES = ("running", "runnable", "blocked", "offline")
REGISTERS = ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip")
RING_WORDS = 8192  # domain/trace.c
HYPERCALL_V2, SUBCALL, RUNSTATE_CHANGE = 0x20100d, 0x20200e, 0x21001


def value(expression):
    return gdb.parse_and_eval(expression)


def memory(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def words(address, count):
    return struct.unpack(f"<{count}Q", memory(address, 8 * count))


def static(file, name):
    """A file's own variable."""
    return value(f"'hypervisor/{file}'::{name}")


def number(text):
    return int(value(text)) & 0xffffffffffffffff


def domains():
    table = value("domain_table")
    for index in range(table.type.range()[1] + 1):
        if int(table[index]):
            yield table[index].dereference()


def domain(name):
    """By number, d0, or name."""
    for d in domains():
        if name in (str(int(d["id"])), f"d{int(d['id'])}", d["name"].string()):
            return d
    raise gdb.GdbError(f"no domain {name}")


def vcpus(d):
    for index in range(int(d["max_vcpus"])):
        if int(d["vcpu"][index]):
            yield d["vcpu"][index].dereference()


def vcpu(name):
    match = re.fullmatch(r"d(\d+)v(\d+)", name)
    for v in vcpus(domain(f"d{match[1]}")) if match else ():
        if int(v["id"]) == int(match[2]):
            return v
    raise gdb.GdbError(f"no vcpu {name}; they are called d0v0")


def name_of(v):
    return f"d{int(v['domain']['id'])}v{int(v['id'])}"


def pcpus():
    for cpu in range(int(value("pcpu_count"))):
        yield value(f"*(struct pcpu *){PCPU_AREA + cpu * PCPU_REGION_SIZE + PCPU_STRUCT_OFF}")


def pcpu_of(v):
    """The pcpu on which it is, or None."""
    return next((p for p in pcpus() if int(p["vcpu"]) == int(v.address)), None)


def root_of(v):
    return int(v["root_kernel"] if v["kernel_mode"] or not int(v["root_user"]) else v["root_user"])


def set_cr3(root):
    """gdb takes cr3 for a set of flags, which it can read and not write: tell QEMU ourselves."""
    known = gdb.execute("maintenance print remote-registers", to_string=True)
    here = int(re.search(r"^ cr3 +\d+ +\d+ +\d+ +8 \S+ +(\d+)", known, re.M)[1])
    gdb.execute(f"maintenance packet P{here:x}={struct.pack('<Q', root).hex()}", to_string=True)
    gdb.execute("maintenance flush register-cache", to_string=True)


# --- frames and tables -----------------------------------------------------------------------------------------------

def frame(mfn):
    """(references, type word, owner or None) of a frame of RAM; None: there is no such frame."""
    if mfn >= int(value("frame_max_mfn")):
        return None
    refs, kind, owner, _ = words(FRAME_TABLE + 32 * mfn, 4)
    if not refs & FRAME_RAM:
        return None
    return refs, kind, next((d for d in domains() if int(d.address) == owner), None)


def frame_text(mfn):
    found = frame(mfn)
    if not found:
        return "no RAM"
    refs, kind, owner = found
    text = f"d{int(owner['id'])}" if owner else "the hypervisor's" if refs & FRAME_HYPERVISOR else "free"
    text += f", {FRAME_TYPES[kind >> 56]} x{kind & 0xffffffff}, {refs & 0xffffffff} references"
    return text + (", pinned" if kind & PINNED else "") + (", validated" if kind & VALIDATED and kind & 0xffffffff else "")


def pfn_of(mfn):
    return words(M2P + 8 * mfn, 1)[0]


def entry_text(entry):
    if not entry & 1:
        return f"{entry:#018x} not present"
    mfn = (entry & PTE_MFN) >> 12
    flags = " ".join(text for bit, text in PTE_FLAGS if entry & bit)
    pfn = f" pfn {pfn_of(mfn):#x}" if frame(mfn) else ""
    return f"{entry:#018x} mfn {mfn:#x}{pfn} {flags}; {frame_text(mfn)}"


def walk(root, va):
    """(level, table mfn, index, entry) from l4 down, as far as entries are present."""
    mfn = root
    for level in (4, 3, 2, 1):
        index = va >> (12 + 9 * (level - 1)) & 511
        entry = words(DIRECT_MAP + PAGE * mfn + 8 * index, 1)[0]
        yield level, mfn, index, entry
        if not entry & 1 or (level > 1 and entry & 0x80):
            return
        mfn = (entry & PTE_MFN) >> 12


def translate(root, va):
    """Machine address, or None."""
    level, _, _, entry = list(walk(root, va))[-1]
    if not entry & 1:
        return None
    offset = (1 << (12 + 9 * (level - 1))) - 1
    return (entry & PTE_MFN & ~offset) | (va & offset)


# --- commands --------------------------------------------------------------------------------------------------------

class Command(gdb.Command):
    """Its words are `usage`, its help the docstring; run() gets the arguments as a list."""
    usage = ""

    def __init__(self):
        super().__init__("pv " + self.usage.split()[0], gdb.COMMAND_DATA)

    def invoke(self, argument, _from_tty):
        arguments = gdb.string_to_argv(argument)
        needed = [word for word in self.usage.split()[1:] if word[0] != "["]
        if not len(needed) <= len(arguments) <= len(self.usage.split()) - 1:
            raise gdb.GdbError(f"usage: pv {self.usage}")
        self.run(*arguments)


class Prefix(gdb.Command):
    """Domains, vcpus, page tables, refusals and traces of Paravane."""

    def __init__(self):
        super().__init__("pv", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class Domains(Command):
    """pv domains: each domain and its vcpus."""
    usage = "domains"

    def run(self):
        for d in domains():
            state = str(d["state"]).rsplit("DOMAIN_", maxsplit=1)[-1].lower()
            print(f"d{int(d['id'])} {d['name'].string()}: {state}, {int(d['tot_pages'])} of {int(d['max_pages'])} pages, "
                  f"shared_info mfn {int(d['shared_info_mfn']):#x}")
            for v in vcpus(d):
                where = pcpu_of(v)
                place = f" on pcpu {int(where['id'])}" if where else f" at rip {int(v['regs']['rip']):#x}"
                print(f"  {name_of(v)} {RUNSTATES[int(v['sched']['runstate']['state'])]}{place}, in its "
                      f"{'kernel' if v['kernel_mode'] else 'user mode'}, root mfn {root_of(v):#x}, "
                      f"upcall pending {int(v['info']['evtchn_upcall_pending'])} mask {int(v['info']['evtchn_upcall_mask'])}")


class Vcpu(Command):
    """pv vcpu d1v0: gdb's registers and address space become those of the vcpu, so that bt, x and list show its guest.
pv vcpu back: give them back. Going on (continue, step...) does so by itself."""
    usage = "vcpu NAME|back"
    kept = None

    def run(self, name):
        Vcpu.back()
        if name == "back":
            return
        v = vcpu(name)
        where = pcpu_of(v)
        here = gdb.selected_thread()
        if where and here.num == int(where["id"]) + 1 and int(value("$cs")) & 3:
            print(f"{name} runs on this pcpu: these are its registers")
            return
        regs = v["regs"]
        if where:  # in the hypervisor, on its behalf: the frame ends where struct pcpu begins
            regs = (where.address.cast(regs.type.pointer()) - 1).dereference()
        Vcpu.kept = (here.num, {register: number("$" + register) for register in REGISTERS}, number("$cr3"))
        # gdb looks at the code around rip whenever a register changes, and every root maps the hypervisor.
        set_cr3(root_of(v) * PAGE)
        for register in REGISTERS:
            gdb.execute(f"set ${register} = {int(regs[register])}", to_string=True)
        print(f"{name}: rip {number('$rip'):#x} rsp {number('$rsp'):#x}, root mfn {root_of(v):#x}; pv vcpu back returns")

    @staticmethod
    def back():
        if Vcpu.kept:
            thread, registers, root = Vcpu.kept
            Vcpu.kept = None
            gdb.execute(f"thread {thread}", to_string=True)
            gdb.execute("frame 0", to_string=True)
            for register, was in registers.items():
                gdb.execute(f"set ${register} = {was}", to_string=True)
            set_cr3(root)


class Walk(Command):
    """pv walk d0v0 VA: the entries that translate an address, with type and counts of each frame."""
    usage = "walk VCPU VA"

    def run(self, name, va):
        va = number(va)
        for level, mfn, index, entry in walk(root_of(vcpu(name)), va):
            print(f"l{level} mfn {mfn:#x} [{index:3}] = {entry_text(entry)}")


class Table(Command):
    """pv table MFN: the present entries of a page table."""
    usage = "table MFN"

    def run(self, mfn):
        mfn = number(mfn)
        print(f"mfn {mfn:#x}: {frame_text(mfn)}")
        for index, entry in enumerate(words(DIRECT_MAP + PAGE * mfn, 512)):
            if entry & 1 and not (256 <= index < 272 and frame(mfn) and frame(mfn)[1] >> 56 == 5):
                print(f"[{index:3}] = {entry_text(entry)}")


class Frame(Command):
    """pv frame MFN: owner, type and counts of a machine frame, and its pfn."""
    usage = "frame MFN"

    def run(self, mfn):
        mfn = number(mfn)
        print(f"mfn {mfn:#x}: {frame_text(mfn)}" + (f", pfn {pfn_of(mfn):#x}" if frame(mfn) else ""))


class Pfn(Command):
    """pv pfn d0 PFN: the machine frame that a domain calls so (from the M2P, which the guest keeps)."""
    usage = "pfn DOMAIN PFN"

    def run(self, name, pfn):
        d, pfn = domain(name), number(pfn)
        table = words(M2P, int(value("frame_max_mfn")))
        for mfn in (mfn for mfn, its in enumerate(table) if its == pfn):
            found = frame(mfn)
            if found and found[2] is not None and int(found[2]["id"]) == int(d["id"]):
                print(f"pfn {pfn:#x} is mfn {mfn:#x}: {frame_text(mfn)}")
                return
        print(f"d{int(d['id'])} has no pfn {pfn:#x}")


class Va(Command):
    """pv va d0v0 VA: machine address, mfn and pfn of an address."""
    usage = "va VCPU VA"

    def run(self, name, va):
        va = number(va)
        machine = translate(root_of(vcpu(name)), va)
        if machine is None:
            print(f"{va:#x} is not mapped in {name}; pv walk {name} {va:#x} shows where it ends")
        else:
            mfn = machine >> 12
            print(f"{va:#x} is machine address {machine:#x}: mfn {mfn:#x}" +
                  (f", pfn {pfn_of(mfn):#x}; {frame_text(mfn)}" if frame(mfn) else ""))


def row_text(row, values):
    """A refusal's explanation with its values, as domain/refuse.c prints it."""
    def fill(match):
        v = int(values[int(match[1])])
        return f"{v:#x}" if match[2] == "x" else str(v - (1 << 64) if match[2] == "d" and v >> 63 else v)
    return re.sub(r"\{(\d):([xdu])\}", fill, row["explain"].string())


class Refusals(Command):
    """pv refusals: the last refusal made on each pcpu, and how often each row was hit."""
    usage = "refusals"

    def run(self):
        rows, hits = static("domain/refuse.c", "rows"), value("refuse_hits")
        for p in pcpus():
            if int(p["refusal"]):
                row = rows[int(p["refusal"])]
                print(f"pcpu {int(p['id'])}, last: {row_text(row, p['refusal_value'])} ({row['id'].string()})")
        counts = struct.unpack(f"<{hits.type.range()[1] + 1}I", memory(int(hits.address), hits.type.sizeof))
        for count, row in sorted(((count, row) for row, count in enumerate(counts) if count), reverse=True):
            print(f"{count:8} {rows[row]['id'].string()}")


def rings():
    """{pcpu: (whose the oldest records are, [words])} of the rings that are there."""
    found = {}
    for cpu in range(int(value("pcpu_count"))):
        ring = static("domain/trace.c", "trace_rings")[cpu]
        if int(ring["word"]):
            data = struct.unpack(f"<{RING_WORDS}I", memory(int(ring["word"]), 4 * RING_WORDS))
            first, after = int(ring["first"]), int(ring["next"])
            whose = int(ring["first_who"]) if first else trace_to_xen.NOBODY
            found[cpu] = whose, [data[i % RING_WORDS] for i in range(first, after)]
    return found


class Trace(Command):
    """pv trace: the last hypercalls in the rings. pv trace FILE: all records, for xenalyze."""
    usage = "trace [FILE]"

    def run(self, file=None):
        if file:
            data = trace_to_xen.xen_file(rings())
            with open(file, "wb") as out:
                out.write(data)
            print(f"{len(data)} bytes; xenalyze --dump-all {file}")
            return
        names = static("domain/refuse.c", "call_names")
        for cpu, (whose, ring) in rings().items():
            for line in list(self.lines(cpu, whose, ring, names))[-16:]:
                print(line)

    @staticmethod
    def lines(cpu, whose, ring, names):
        at, who = 0, None if whose == trace_to_xen.NOBODY else whose
        while at < len(ring):
            event, extra = ring[at] & 0xfffffff, ring[at] >> 28 & 7
            more = ring[at + 3:at + 3 + extra]
            if event & ~0xff0 == RUNSTATE_CHANGE and event >> 4 & 15 == 0:
                who = more[0]
            if event in (HYPERCALL_V2, SUBCALL):
                call = names[more[0] & 0xfffff]
                name = call.string() if int(call) else "hypercall"
                vcpu_name = f"d{who >> 16}v{who & 0xffff}" if who is not None else "d?v?"
                yield f"pcpu {cpu} {vcpu_name} {'  ' if event == SUBCALL else ''}{name} {' '.join(f'{w:#x}' for w in more[1:])}"
            at += 3 + extra


class FrameId:
    """Where a frame lies, for gdb."""

    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class HypercallPage(gdb.unwinder.Unwinder):
    """A guest that waits in a hypercall is in its hypercall page, which we have filled, and of which no symbol file knows: pop
    %r11, pop %rcx, ret."""
    CODE = b"\x41\x5b\x59\xc3"

    def __init__(self):
        super().__init__("paravane hypercall page")

    def __call__(self, pending):
        pc, sp = (int(pending.read_register(name)) & 0xffffffffffffffff for name in ("rip", "rsp"))
        try:
            if memory(pc, len(self.CODE)) != self.CODE:
                return None
            back = words(sp + 16, 1)[0]
        except gdb.MemoryError:
            return None
        above = pending.read_register("rsp") + 24
        caller = pending.create_unwind_info(FrameId(above, pending.read_register("rip")))
        caller.add_saved_register("rip", gdb.Value(back).cast(pending.read_register("rip").type))
        caller.add_saved_register("rsp", above)
        for name in ("rbx", "rbp", "r12", "r13", "r14", "r15"):
            caller.add_saved_register(name, pending.read_register(name))
        return caller


gdb.unwinder.register_unwinder(None, HypercallPage(), replace=True)
for command in (Prefix, Domains, Vcpu, Walk, Table, Frame, Pfn, Va, Refusals, Trace):
    command()

# What was borrowed is given back before the machine goes on.
for going_on in ("continue", "step", "stepi", "next", "nexti", "finish", "until", "advance", "jump", "detach", "kill", "thread"):
    gdb.execute(f"define hook-{going_on}\npython Vcpu.back()\nend", to_string=True)

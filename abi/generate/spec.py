# SPDX-License-Identifier: MIT
# Reads abi/spec/*.toml and holds every record to the schema. What comes out of load() is complete and
# consistent: the emitters never check anything. A bad record raises SpecError with its file and reason.

import re
import tomllib

ERRNO = {
    "EPERM": 1, "ENOENT": 2, "ESRCH": 3, "EINTR": 4, "EIO": 5, "ENXIO": 6, "E2BIG": 7, "ENOEXEC": 8,
    "EBADF": 9, "ECHILD": 10, "EAGAIN": 11, "ENOMEM": 12, "EACCES": 13, "EFAULT": 14, "EBUSY": 16,
    "EEXIST": 17, "EXDEV": 18, "ENODEV": 19, "ENOTDIR": 20, "EISDIR": 21, "EINVAL": 22, "ENFILE": 23,
    "EMFILE": 24, "ENOSPC": 28, "EROFS": 30, "EMLINK": 31, "EDOM": 33, "ERANGE": 34, "EDEADLK": 35,
    "ENAMETOOLONG": 36, "ENOSYS": 38, "ENOTEMPTY": 39, "ENODATA": 61, "ETIME": 62, "EBADMSG": 74,
    "EOVERFLOW": 75, "EILSEQ": 84, "ERESTART": 85, "EOPNOTSUPP": 95, "ENOBUFS": 105, "ETIMEDOUT": 110,
}
STATUSES = ("supported", "stub", "refused")
ARGUMENT_REGISTERS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
MAX_VALUES = 6          # values one refusal can carry
MAX_EXPLAIN = 160       # characters of an explanation, before its values are filled in
MAX_LINE = 176          # and with the remedy behind it
ADVISES = re.compile(r"; (?!\{|\d)|: (?:use|bind) |\(was a pfn ")  # an explanation that says itself what to do
# Three kinds of rows are no errno in rax. A gnttab row answers in an operation's status field with the
# GNTST_ value its status names; a short row says why a call answered with a short count; a fatal row ends
# the domain.
GRANT_STATUS = "gnttab"
SHORT_COUNT = "short"
FATAL = "fatal"
GNTST = {
    "GNTST_general_error": 1, "GNTST_bad_domain": 2, "GNTST_bad_gntref": 3, "GNTST_bad_handle": 4,
    "GNTST_bad_virt_addr": 5, "GNTST_bad_dev_addr": 6, "GNTST_no_device_space": 7,
    "GNTST_permission_denied": 8, "GNTST_bad_page": 9, "GNTST_bad_copy_arg": 10,
    "GNTST_address_too_big": 11, "GNTST_eagain": 12, "GNTST_no_space": 13,
}

CALL_REQUIRED = {
    "supported": ("prototype", "headers", "since", "effect", "partial", "fatal", "preemption",
                  "concurrency", "privilege", "example", "xen", "used_by"),
    "refused": ("reason", "xen", "used_by"),
}
CALL_OPTIONAL = ("constant", "registers", "rows", "argument", "error", "op", "cost", "refused_ops")
# What a sub-operation does not say is as its call says.
OP_REQUIRED = {"supported": ("effect",), "refused": ("reason", "xen")}
OP_OPTIONAL = ("header", "struct", "partial", "fatal", "preemption", "concurrency", "privilege",
               "example", "xen", "used_by", "since", "argument", "error", "cost", "answer")
for required in (CALL_REQUIRED, OP_REQUIRED):
    required["stub"] = required["supported"]
ARGUMENT_FIELDS = {"name", "type", "unit", "direction", "alignment", "range", "when"}
ARGUMENT_REQUIRED = ("name", "type", "unit", "direction")
ERROR_FIELDS = {"id", "cause", "remedy", "explain", "reachable", "xen", "status", "probe"}
ERROR_REQUIRED = ("id", "cause", "remedy", "explain")

ID_RE = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9]+\.[a-z][a-z0-9_]*")
PLACEHOLDER_RE = re.compile(r"\{(\d):([xdu])\}")


class SpecError(Exception):
    pass


class Row:
    """One refusal row: one cause of one error."""

    def __init__(self, where, record):
        self.where = where
        for field in ERROR_REQUIRED:
            if not isinstance(record.get(field), str) or not record[field].strip():
                raise SpecError(f"{where}: error row {record.get('id', '(no id)')} has no {field}")
        unknown = set(record) - ERROR_FIELDS
        if unknown:
            raise SpecError(f"{where}: error row {record['id']}: unknown field {sorted(unknown)[0]}")
        self.id = record["id"]
        if not ID_RE.fullmatch(self.id):
            raise SpecError(f"{where}: error id {self.id!r} is not call.errno.cause in lower case")
        self.prefix, errname, _ = self.id.split(".")
        self.status = record.get("status")
        if errname == GRANT_STATUS:
            if self.status not in GNTST:
                raise SpecError(f"{where}: {self.id}: a gnttab row names its GNTST_ value in status")
            self.errname, self.errno = self.status, GNTST[self.status]
        elif errname == SHORT_COUNT:
            self.errname, self.errno = "short count", 0
        elif errname == FATAL:
            self.errname, self.errno = "killed", 0
        else:
            self.errname = errname.upper()
            if self.errname not in ERRNO:
                raise SpecError(f"{where}: {self.id}: {self.errname} is not an errno of the ABI")
            self.errno = ERRNO[self.errname]
        self.symbol = self.id.replace(".", "_")
        self.cause, self.remedy = record["cause"], record["remedy"]
        self.explain = record["explain"]
        self.reachable = record.get("reachable", "yes")
        if self.reachable != "yes" and not self.reachable.startswith("no: "):
            raise SpecError(f"{where}: {self.id}: reachable is \"yes\" or \"no: reason\"")
        self.xen = record.get("xen", "")
        self.probe = record.get("probe", False)
        if self.probe not in (True, False):
            raise SpecError(f"{where}: {self.id}: probe is true or false")
        self.line = self.on_console()
        rest = PLACEHOLDER_RE.sub("", self.line)
        if "{" in rest or "}" in rest or "\n" in rest or '"' in rest or "\\" in rest or "%" in rest:
            raise SpecError(f"{where}: {self.id}: explain has a stray brace, quote, percent, backslash "
                            "or newline (placeholders are {n:x} {n:d} {n:u})")
        if len(self.explain) > MAX_EXPLAIN or len(self.line) > MAX_LINE:
            raise SpecError(f"{where}: {self.id}: explain is longer than {MAX_EXPLAIN} characters, or with the remedy "
                            f"than {MAX_LINE}: it must fit one line of the console with its values")
        indices = {int(n) for n, _ in PLACEHOLDER_RE.findall(self.explain)}
        self.values = max(indices) + 1 if indices else 0
        if self.values > MAX_VALUES:
            raise SpecError(f"{where}: {self.id}: explain uses value {self.values - 1}, the last is 5")
        if indices != set(range(self.values)):
            raise SpecError(f"{where}: {self.id}: explain skips a value: it uses {sorted(indices)}")

    def on_console(self):
        """What and why; and what to do, which is the remedy unless the explanation says it in other words."""
        if ADVISES.search(self.explain):
            return self.explain
        remedy = self.remedy.rstrip(".")
        return f"{self.explain}; {remedy[0].lower() if remedy[1:2].islower() else remedy[0]}{remedy[1:]}"


def check_fields(where, record, required, optional):
    for field in required:
        if field not in record:
            raise SpecError(f"{where}: no {field}")
        if isinstance(record[field], str) and not record[field].strip():
            raise SpecError(f"{where}: {field} is empty")
    unknown = set(record) - set(required) - set(optional)
    if unknown:
        raise SpecError(f"{where}: unknown field {sorted(unknown)[0]}")


def check_arguments(where, arguments):
    for argument in arguments:
        name = argument.get("name", "(no name)")
        check_fields(f"{where}: argument {name}", argument, ARGUMENT_REQUIRED,
                     ARGUMENT_FIELDS - set(ARGUMENT_REQUIRED))
        if argument["direction"] not in ("in", "out", "inout"):
            raise SpecError(f"{where}: argument {name}: direction is in, out or inout")


class Op:
    """A sub-operation of a call."""

    def __init__(self, where, record):
        self.name = record.get("name", "(no name)")
        self.where = f"{where}: op {self.name}"
        self.status = record.get("status")
        if self.status not in STATUSES:
            raise SpecError(f"{self.where}: status is one of {', '.join(STATUSES)}")
        check_fields(self.where, record, ("name", "number", "constant", "status") +
                     OP_REQUIRED[self.status], OP_OPTIONAL)
        self.record = record
        self.number, self.constant = record["number"], record["constant"]
        self.header = record.get("header")
        self.arguments = record.get("argument", [])
        check_arguments(self.where, self.arguments)
        self.rows = [Row(self.where, error) for error in record.get("error", [])]
        self.cost = record.get("cost", [])
        self.answer = record.get("answer")      # of a refused one: the row a guest gets


class Call:
    """A hypercall: a number, its register arguments, its sub-operations and its refusal rows."""

    def __init__(self, path, record):
        self.name = record.get("name", "(no name)")
        self.where = f"{path.name}: call {self.name}"
        self.file = path
        self.status = record.get("status")
        if self.status not in STATUSES:
            raise SpecError(f"{self.where}: status is one of {', '.join(STATUSES)}")
        check_fields(self.where, record, ("name", "number", "status") + CALL_REQUIRED[self.status],
                     CALL_OPTIONAL)
        self.record = record
        self.number = record["number"]
        if not isinstance(self.number, int) or not 0 <= self.number < 64:
            raise SpecError(f"{self.where}: number must be 0..63")
        self.constant = record.get("constant", f"__HYPERVISOR_{self.name}")
        self.headers = record.get("headers", [])
        self.arguments = record.get("argument", [])
        check_arguments(self.where, self.arguments)
        if len(self.arguments) > len(ARGUMENT_REGISTERS):
            raise SpecError(f"{self.where}: more than six arguments")
        self.nargs = len(self.arguments)
        self.ops = [Op(self.where, op) for op in record.get("op", [])]
        self.own_rows = [Row(self.where, error) for error in record.get("error", [])]
        self.shared = record.get("rows", [])
        self.cost = record.get("cost", [])      # operations of the benchmark that measure this call
        # Sub-operations of a refused call, by constant: they have no record of their own.
        self.refused_ops = record.get("refused_ops", {})
        if self.refused_ops and self.status != "refused":
            raise SpecError(f"{self.where}: refused_ops are for a refused call; write [[call.op]] records")
        for row in self.rows():
            if row.prefix != self.name:
                raise SpecError(f"{row.where}: {row.id} does not begin with {self.name}.; rows that "
                                "several calls share go into a file of their own as [[error]]")
        for what in ("number", "name", "constant"):
            seen = {}
            for op in self.ops:
                key = getattr(op, what)
                if key in seen:
                    raise SpecError(f"{op.where}: {what} {key} is already {seen[key]}'s")
                seen[key] = op.name
        self.prototype = record.get("prototype", "")
        self.result, self.parameters = self.parse_prototype() if self.prototype else ("", [])

    def rows(self):
        rows = list(self.own_rows)
        for op in self.ops:
            rows += op.rows
        return rows

    def supported(self):
        return self.status != "refused"

    def parse_prototype(self):
        match = re.fullmatch(r"(\w[\w ]*) HYPERVISOR_(\w+)\((.*)\)", self.prototype)
        if not match or match.group(2) != self.name:
            raise SpecError(f"{self.where}: prototype must read 'type HYPERVISOR_{self.name}(...)'")
        parameters = []
        text = match.group(3).strip()
        if text and text != "void":
            for part in text.split(","):
                parameter = re.fullmatch(r"\s*(.+?[\s*])(\w+)\s*", part)
                if not parameter:
                    raise SpecError(f"{self.where}: cannot read parameter {part.strip()!r}")
                parameters.append((parameter.group(1).strip(), parameter.group(2)))
        names = [argument["name"] for argument in self.arguments]
        if [name for _, name in parameters] != names:
            raise SpecError(f"{self.where}: prototype names {[n for _, n in parameters]}, the "
                            f"arguments are {names}")
        return match.group(1), parameters

    def registers(self):
        if "registers" in self.record:
            return self.record["registers"]
        text = [f"rax = {self.number}"]
        text += [f"{register} = {argument['name']}"
                 for register, argument in zip(ARGUMENT_REGISTERS, self.arguments)]
        return "in: " + ", ".join(text) + "; out: rax; clobbered: rcx, r11"


class Spec:
    def __init__(self):
        self.calls = []         # every call, by number
        self.shared = {}        # namespace -> rows that several calls share
        self.rows = []          # every row, in id order
        self.differences = []   # (test, why) for tests that answer otherwise on Xen

    def supported(self):
        return [call for call in self.calls if call.supported()]

    def rows_of(self, call):
        rows = call.rows()
        for namespace in call.shared:
            rows += self.shared[namespace]
        return rows


def unwrap(value):
    """Texts may be wrapped in the file: every run of white space is one space."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items()}
    return value


def load_file(spec, path):
    try:
        with open(path, "rb") as stream:
            document = unwrap(tomllib.load(stream))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path.name}: not TOML: {error}") from None
    unknown = set(document) - {"call", "error", "xen_difference"}
    if unknown:
        raise SpecError(f"{path.name}: unknown top-level field {sorted(unknown)[0]}; a file holds "
                        "[[call]] records, shared [[error]] rows and [[xen_difference]]s")
    for record in document.get("call", []):
        spec.calls.append(Call(path, record))
    for record in document.get("xen_difference", []):
        tests = record.get("test")
        tests = [tests] if isinstance(tests, str) else tests
        if set(record) != {"test", "why"} or not tests or not record["why"]:
            raise SpecError(f"{path.name}: a [[xen_difference]] has test (GUEST: ROW, or a list) and why")
        spec.differences += [(test, record["why"]) for test in tests]
    for record in document.get("error", []):
        row = Row(path.name, record)
        if row.prefix != path.stem:
            raise SpecError(f"{path.name}: shared row {row.id} does not begin with {path.stem}.")
        spec.shared.setdefault(path.stem, []).append(row)


def check_answers(spec, call):
    """Each refused sub-operation says by which row: its own `answer`, or the call's unknown_op."""
    ids = {row.id for row in spec.rows_of(call)}
    for op in call.ops:
        if op.status == "refused":
            op.answer = op.answer or f"{call.name}.enosys.unknown_op"
            if op.answer not in ids:
                raise SpecError(f"{op.where}: answer {op.answer} is no row of the call")
        elif op.answer:
            raise SpecError(f"{op.where}: answer is for a refused sub-operation")


def load(directory):
    spec = Spec()
    for path in sorted(directory.glob("*.toml")):
        load_file(spec, path)
    if not spec.calls:
        raise SpecError(f"{directory}: no [[call]] record")
    spec.calls.sort(key=lambda call: call.number)
    for what in ("number", "name"):
        seen = {}
        for call in spec.calls:
            key = getattr(call, what)
            if key in seen:
                raise SpecError(f"{call.where}: {what} {key} is already {seen[key].where}'s")
            seen[key] = call
    for call in spec.calls:
        for namespace in call.shared:
            if namespace not in spec.shared:
                raise SpecError(f"{call.where}: rows names {namespace}, which no file defines")
            if namespace in seen:
                raise SpecError(f"{call.where}: shared namespace {namespace} is a call's name")
    for call in spec.calls:
        check_answers(spec, call)
    seen = {}
    rows = [row for call in spec.calls for row in call.rows()]
    rows += [row for shared in spec.shared.values() for row in shared]
    for row in rows:
        if row.symbol in seen:
            raise SpecError(f"{row.where}: duplicate id {row.id} (also in {seen[row.symbol].where})")
        seen[row.symbol] = row
    spec.rows = sorted(rows, key=lambda row: row.id)
    return spec

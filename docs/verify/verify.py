#!/usr/bin/env python3
"""Verifies an AKIOS audit log without AKIOS: Python's standard library and the openssl command.

  verify.py --log DIR --vkey FILE [--anchor FILE]      a log database (DIR/audit.db)
  verify.py --bundle FILE --vkey FILE [--anchor FILE]  an exported evidence bundle (JSON lines)
  verify.py --export FILE --vkey FILE [--anchor FILE]  any export, by its receipt (FILE.receipt)
  verify.py --receipt FILE --vkey FILE [--anchor FILE]  a receipt alone, as an erasure leaves it
  verify.py --receipt DIR --vkey FILE                   a folder of receipts, by the keys beside FILE and in retired/

Beside an export or a bundle, --log DIR names the log of now, whose tiles may lead from the exported
tree to an anchor of another size. Nothing in it is trusted: a proof leads there or it does not.

Exit: 0 verified, 1 tampered, 2 no verdict (key, anchor or access), 3 consistent but unanchored.
The last line printed is one JSON object. The format is described in FORMAT.md. This file shares no
code with the program that writes the log. Anything found in the log folder is evidence, not input.
"""
import argparse, base64, contextlib, hashlib, json, os, re, shutil, sqlite3, stat, subprocess, sys, tempfile, threading, traceback

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
# y of the points whose order divides 8: such a "key" verifies what anybody writes.
Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
SMALL = {0, 1, P - 1, Y8, P - Y8}
ED25519_DER = bytes.fromhex("302a300506032b6570032100")
TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", re.A)
SCHEMA = [
    ("checkpoints", "CREATE TABLE checkpoints(size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT"),
    ("events", "CREATE TABLE events(idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, ts TEXT NOT NULL, "
               "type TEXT NOT NULL, body TEXT) STRICT"),
    ("head", "CREATE TABLE head(id INTEGER PRIMARY KEY, size INTEGER NOT NULL, crange BLOB NOT NULL) STRICT"),
    ("tiles", "CREATE TABLE tiles(level INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, "
              "PRIMARY KEY(level,n)) STRICT, WITHOUT ROWID"),
]
# A hostile file must end in a verdict, in bounded memory.
MAX_INPUT, MAX_NOTE, MAX_ROW, MAX_VALUE = 2**20, 65536, 65536, 256 * 2**20
MAX_LINE, MAX_HASHES, MAX_INVALID, MAX_MEMORY = 4 * 2**20, 64, 50000, 4 * 2**30
# With more checkpoints than this, all but the newest are checked by arithmetic instead of openssl.
MANY = 200


class NoVerdict(Exception):
    pass


class LogUnreadable(NoVerdict):
    """What was found out about the log before stays true (exit 1 then, else 2)."""


class Findings(list):
    def add(self, code, index=None, **more):
        if len(self) >= 50 and any(f["code"] == code for f in self):
            return
        more = {"index": index, **more} if index is not None else more
        self.append({"code": code, **more})


def sha(data):
    return hashlib.sha256(data).digest()


def leaf_hash(body):
    return sha(b"\0" + body)


def node_hash(left, right):
    return sha(b"\1" + left + right)


class Range:
    """Roots of the perfect subtrees of a growing tree; on_node hears each completed subtree."""

    def __init__(self):
        self.size, self.stack = 0, []

    def append(self, leaf, on_node=None):
        h, n, height = leaf, self.size, 0
        if on_node:
            on_node(0, h)
        while n & 1:
            h, n, height = node_hash(self.stack.pop(), h), n >> 1, height + 1
            if on_node:
                on_node(height, h)
        self.stack.append(h)
        self.size += 1

    def root(self):
        if not self.stack:
            return sha(b"")
        h = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            h = node_hash(left, h)
        return h


def b64(text):
    """Standard base64 with padding, canonical spelling only."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def key_name_ok(name):
    return bool(name) and not re.search(r"[\s+\x00-\x1f\x7f-\x9f\ufeff]", name)


def weak(point):
    """Not written in its one form, or of small order: no key and no signature of a signer looks so."""
    y = int.from_bytes(point, "little") % 2**255
    return y >= P or y in SMALL


def parse_vkey(text):
    parts = text.split("+", 2)
    if len(parts) != 3 or not key_name_ok(parts[0]):
        return None
    blob = b64(parts[2])
    if blob is None or len(blob) != 33 or blob[0] != 1:
        return None
    if weak(blob[1:]):
        return None
    key_id = sha(parts[0].encode() + b"\n" + blob)[:4]
    return {"name": parts[0], "id": key_id, "raw": blob[1:]} if key_id.hex() == parts[1] else None


def parse_note(data):
    """(signed text, [(name, id, signature)]) or None."""
    if len(data) > MAX_NOTE:
        return None
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", note) or not note.endswith("\n"):
        return None
    split = note.rfind("\n\n")
    if split < 1:
        return None
    signatures = []
    for line in note[split + 2:-1].split("\n"):
        fields = line.split(" ")
        blob = b64(fields[2]) if len(fields) == 3 else None
        if blob is None or len(blob) < 5 or fields[0] != "\u2014" or not key_name_ok(fields[1]):
            return None
        signatures.append((fields[1], blob[:4], blob[4:]))
    return note[:split + 1], signatures


def parse_checkpoint(note):
    lines = note[0].split("\n") if note else []
    if len(lines) != 4 or lines[3] or not lines[0] or not re.fullmatch(r"0|[1-9][0-9]{0,19}", lines[1]):
        return None
    root = b64(lines[2])
    if root is None or len(root) != 32 or int(lines[1]) >= 2**64:
        return None
    return {"origin": lines[0], "size": int(lines[1]), "root": root}


def x_of(y, sign):
    """RFC 8032 5.1.3: the x of a point with this y, or None."""
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (v * x * x - u) % P or (x == 0 and sign):
        return None
    return x if x & 1 == sign else P - x


class Point:
    """Multiples of one point from a table: sixteen of each power of 16, in extended coordinates."""

    def __init__(self, x, y):
        step, self.table = (x, y, 1, x * y % P), []
        for _ in range(64):
            row = [(0, 1, 1, 0)]
            for _ in range(15):
                row.append(self.add(row[-1], step))
            self.table.append(row)
            step = self.add(row[-1], step)

    @staticmethod
    def add(p, q):
        """Complete: equal points and the neutral one need no case of their own (RFC 8032 5.1.4)."""
        a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
        c, d = 2 * D * p[3] * q[3] % P, 2 * p[2] * q[2] % P
        e, f, g, h = b - a, d - c, d + c, b + a
        return e * f % P, g * h % P, f * g % P, e * h % P

    def plus_times(self, p, n):
        for row in self.table:
            p, n = self.add(p, row[n & 15]), n >> 4
        return p


BASE_Y = 4 * pow(5, P - 2, P) % P
TABLES = {}


def table(raw):
    """Tables of a key (negated) and of the base point, made once each."""
    if raw not in TABLES:
        number = int.from_bytes(raw, "little")
        x, y = x_of(number % 2**255, number >> 255), number % 2**255
        TABLES[raw] = None if x is None else Point(-x % P, y)
    return TABLES[raw]


def ed25519_by_arithmetic(raw, message, signature):
    """RFC 8032 5.1.7 without cofactor, as openssl does it: S B - k A must be written exactly as R."""
    base, key = table(BASE_Y.to_bytes(32, "little")), table(raw)
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or weak(signature[:32]) or s >= L or key is None:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + raw + message).digest(), "little") % L
    # The table of the base point is negated like all: its multiple is taken of L - s.
    x, y, z, _ = key.plus_times(base.plus_times((0, 1, 1, 0), L - s), k)
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def ed25519(raw, message, signature):
    if len(signature) != 64 or weak(signature[:32]) or int.from_bytes(signature[32:], "little") >= L:
        return False
    with tempfile.TemporaryDirectory() as d:
        for name, data in (("k", ED25519_DER + raw), ("m", message), ("s", signature)):
            with open(os.path.join(d, name), "wb") as f:
                f.write(data)
        run = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
                              os.path.join(d, "k"), "-rawin", "-in", os.path.join(d, "m"),
                              "-sigfile", os.path.join(d, "s")], capture_output=True)
    return run.returncode == 0


def signature_state(note, key, verify=ed25519):
    mine = {s: None for n, i, s in note[1] if n == key["name"] and i == key["id"]}
    if not mine:
        return "SIG_UNTRUSTED_KEY"
    ok = all(verify(key["raw"], note[0].encode(), s) for s in mine)
    return "ok" if ok else "SIG_INVALID"


def number(value):
    """A JSON number as ECMAScript prints it (RFC 8785)."""
    value = float(value)
    if value == int(value) and abs(value) < 2**53:
        return str(int(value))
    mantissa, _, exponent = repr(value).partition("e")
    sign, digits = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
    whole, _, part = digits.partition(".")
    part = "" if part == "0" else part
    point = len(whole) + int(exponent or 0)
    digits = (whole + part).lstrip("0")
    point -= len(whole + part) - len(digits)
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        text = digits.ljust(point, "0")[:point] + ("." + digits[point:] if len(digits) > point else "")
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        e = point - 1
        text = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + ("e+" if e > 0 else "e") + str(e)
    return sign + text


def canonical(value):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, str):
        value.encode("utf-8")
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(canonical(v) for v in value) + "]"
    keys = sorted(value, key=lambda k: k.encode("utf-16-be"))
    return "{" + ",".join(canonical(k) + ":" + canonical(value[k]) for k in keys) + "}"


def refuse(text):
    raise ValueError(text)


def whole(text):
    """As other readers take it: an integer of thousands of digits is a number all the same."""
    return int(text) if len(text) < 400 else float(text)


def parse_event(text):
    try:
        event = json.loads(text, parse_constant=refuse, parse_int=whole)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def is_canonical(event, text):
    try:
        return canonical(event) == text
    except (UnicodeEncodeError, OverflowError, ValueError, RecursionError):
        return False


def is_event(event):
    """What every event has; seq is compared elsewhere."""
    return event is not None and is_size(event.get("seq")) and all(
        isinstance(event.get(k), str) for k in ("ts", "type"))


def is_size(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def inside(value, *names):
    """What lies under these names in nested objects, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def receipt_number(name):
    match = re.fullmatch(r"receipt-(\d{6,9})\.note", name, re.A) if isinstance(name, str) else None
    return int(match[1]) if match and name == f"receipt-{int(match[1]):06d}.note" else 0


class Rows:
    """Checks rows in order; keeps what seals and prunes say, and rows without body."""

    def __init__(self, findings):
        self.f, self.next, self.last_ts = findings, 0, ""
        self.seals, self.prunes, self.empty, self.rotations, self.receipts = [], [], [], {}, {}

    def check(self, idx, leaf, ts, kind, body, types):
        """Values as bytes with their SQLite types; text and blob are not the same."""
        if idx != self.next or idx >= 2**53:
            self.f.add("INDEX_GAP", self.next)
        self.next = idx + 1
        good = types[0] == b"blob" and len(leaf) == 32
        if sum(len(v) for v in (leaf, ts, kind, body) if isinstance(v, bytes)) > MAX_ROW:
            if not good or body is None or leaf_hash(body) != leaf:
                self.f.add("LEAF_MISMATCH", idx)
            self.f.add("NOT_CANONICAL", idx)
            return leaf if good else bytes(32)
        if not good:
            self.f.add("LEAF_MISMATCH", idx)
        columns = [v.decode("utf-8", "replace") if t == b"text" else None for v, t in zip((ts, kind), types[1:3])]
        signed = None
        if types[3] == b"null":
            self.no_body(idx)
        else:
            signed = self.body(idx, leaf if good else None, columns, body, types[3])
        when = signed if signed is not None else columns[0]
        if when is None or not TIME.fullmatch(when):
            self.f.add("NOT_CANONICAL", idx)
        else:
            if when < self.last_ts:
                self.f.add("TIME_REGRESSION", idx)
            self.last_ts = when
        return leaf if good else bytes(32)

    def no_body(self, idx):
        if self.empty and self.empty[-1][1] == idx:
            self.empty[-1][1] = idx + 1
        else:
            self.empty.append([idx, idx + 1])

    def body(self, idx, leaf, columns, body, body_type):
        if body_type != b"text":
            self.f.add("NOT_CANONICAL", idx)
            return None
        genuine = leaf is not None and leaf_hash(body) == leaf
        if leaf is not None and not genuine:
            self.f.add("LEAF_MISMATCH", idx)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            self.f.add("NOT_CANONICAL", idx)
            return None
        event = parse_event(text)
        if not is_event(event):
            self.f.add("NOT_CANONICAL", idx)
            return None
        if event["seq"] != idx:
            self.f.add("SEQ_MISMATCH", idx)
        if [event["ts"], event["type"]] != columns:
            self.f.add("COLUMN_MISMATCH", idx)
        if not is_canonical(event, text):
            self.f.add("NOT_CANONICAL", idx)
        if genuine:
            self.log_event(idx, event)
        return event["ts"] if genuine else None

    def log_event(self, idx, event):
        if event["type"].startswith("log."):
            named = inside(event, "data", "receipt")
            number = receipt_number(inside(named, "file"))
            if number and isinstance(inside(named, "sha256"), str):
                self.receipts[number] = named["sha256"]
        if event["type"] == "log.seal":
            if is_size(event.get("seal")):
                self.seals.append(event["seal"])
            else:
                self.f.add("NOT_CANONICAL", idx)
        elif event["type"] == "log.prune":
            p = event.get("prune")
            if isinstance(p, list) and len(p) == 2 and is_size(p[0]) and is_size(p[1]) and p[0] <= p[1]:
                self.prunes.append((p[0], min(p[1], idx)))
            else:
                self.f.add("NOT_CANONICAL", idx)
        elif event["type"] == "log.key_rotate" and isinstance(event.get("rotate"), str):
            self.rotations[idx] = event["rotate"]

    def finish(self):
        """Rows without body that no later log.prune covers: one pass over both sorted lists."""
        prunes, at, covered = sorted(self.prunes), 0, 0
        for start, end in sorted(self.empty):
            idx, listed = start, 0
            while idx < end and listed < 100:
                while at < len(prunes) and prunes[at][0] <= idx:
                    covered, at = max(covered, prunes[at][1]), at + 1
                if idx < covered:
                    idx = covered
                else:
                    self.f.add("UNAUTHORISED_PRUNE", idx)
                    idx, listed = idx + 1, listed + 1


class Tree:
    """Rebuilds the tree, compares stored tiles, keeps roots at the sizes asked for."""

    def __init__(self, db, wanted, findings):
        self.db, self.wanted, self.f = db, wanted, findings
        self.range, self.levels, self.roots = Range(), [], {0: sha(b"")}

    def append(self, leaf):
        self.range.append(leaf, self.push)
        if self.range.size in self.wanted:
            self.roots[self.range.size] = self.range.root()

    def push(self, height, h):
        if height % 8:
            return
        level = height // 8
        if level == len(self.levels):
            self.levels.append([0, []])
        tile = self.levels[level]
        tile[1].append(h)
        if len(tile[1]) == 256:
            self.compare(level, tile)
            tile[0], tile[1] = tile[0] + 1, []

    def compare(self, level, tile):
        row = self.db.execute("SELECT data, typeof(data) FROM tiles WHERE level=? AND n=? AND length(data) <= 8192",
                              (level, tile[0])).fetchone()
        got, want = (row[0] if row and row[1] == b"blob" else b""), b"".join(tile[1])
        if got != want:
            same = next((i for i, (a, b) in enumerate(zip(want, got)) if a != b), min(len(want), len(got)))
            self.f.add("TILE_MISMATCH", (256 * tile[0] + same // 32) * 256**level, level=level)

    def finish(self):
        for level, tile in enumerate(self.levels):
            if tile[1]:
                self.compare(level, tile)
        counts = [t[0] + (1 if t[1] else 0) for t in self.levels]
        for level, n in in_order(self.db.execute("SELECT level, n FROM tiles ORDER BY level, n"), 2):
            if not isinstance(level, int) or not isinstance(n, int):
                self.f.add("TILE_MISMATCH", 0, level=0)
            elif not (0 <= level < len(counts) and 0 <= n < counts[level]):
                # A planted level leads beyond what numbers hold.
                far = 2**53 - 1 if n > 0 else 1 - 2**53
                index = 0 if n == 0 or level < 0 else 256 * n * 256**level if level < 100 else far
                self.f.add("TILE_MISMATCH", index, level=level)


def at_once(path):
    """A file to read. A pipe would hang, a device would never end; files of the kernel say that they are
    regular and empty, and some of them make a reader wait."""
    def opener(name, flags):
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise NoVerdict(path + " is not a regular file")
    return open(path, "rb", opener=opener, buffering=0)


def read_some(f, count):
    data = f.read(count)
    if data is None:
        raise NoVerdict("a file that makes its reader wait")
    return data


def read_input(path):
    data = b""
    with at_once(path) as f:
        while len(data) <= MAX_INPUT and (more := read_some(f, MAX_INPUT + 1 - len(data))):
            data += more
    if len(data) > MAX_INPUT:
        raise NoVerdict(path + " is too large")
    return data


def absent(path):
    """Only what is not there: a place without access is no absence."""
    try:
        os.lstat(path)
        return False
    except FileNotFoundError:
        return True


def read_inputs(vkey_file, anchor_file):
    """(all trusted keys, the first one first; the anchor or None)."""
    try:
        lines = read_input(vkey_file).decode("utf-8").split("\n")
        key = parse_vkey(lines[0]) if lines[1:] in ([], [""]) else None
        if key is None:
            raise NoVerdict("the verifier key is malformed")
        keys, later = [key], os.path.join(os.path.dirname(os.path.abspath(vkey_file)), "log.keys")
        if not absent(later):
            keys += [parse_vkey(line) for line in read_input(later).decode("utf-8").split("\n") if line]
        if any(k is None or k["name"] != key["name"] for k in keys):
            raise NoVerdict("the list of later keys is malformed")
        if anchor_file is None or absent(anchor_file):
            return keys, None
        note = parse_note(read_input(anchor_file))
        checkpoint = parse_checkpoint(note)
        if checkpoint is None or checkpoint["origin"] != key["name"]:
            raise NoVerdict("the anchor is malformed or of another log")
        states = [signature_state(note, k) for k in keys]
        if "SIG_INVALID" in states:
            raise NoVerdict("the signature of the anchor is invalid")
        return keys, {"note": note, "proved": "ok" in states, **checkpoint}
    except (OSError, UnicodeDecodeError) as error:
        raise NoVerdict(str(error))


def look(path, findings):
    """Whether path is a regular file to read, with findings for links, kinds and modes."""
    try:
        st = os.lstat(path)
        if stat.S_ISLNK(st.st_mode):
            findings.add("SYMLINK")
            st = os.stat(path)
    except OSError as error:
        if error.errno not in (2, 20, 40):  # nothing there, no folder, a link in a circle
            raise LogUnreadable(str(error))
        findings.add("LOG_MISSING", 0)
        return False
    if not stat.S_ISREG(st.st_mode):
        findings.add("DB_CORRUPT")
        return False
    if st.st_mode & 0o022:
        findings.add("PERMISSIONS")
    return True


def look_beside(path, findings):
    """Files that SQLite opens by itself. A pipe there would hang it, a link lead it elsewhere."""
    for end in ("-wal", "-shm", "-journal"):
        if not os.path.lexists(path + end):
            continue
        dangling = os.path.islink(path + end) and not os.path.exists(path + end)
        if not look(path + end, findings) and not dangling:
            return False
    return True


def words(error):
    """What SQLite says; it may quote a planted schema, which need not be text."""
    return error.object.decode("utf-8", "replace") if isinstance(error, UnicodeDecodeError) else str(error)


# Exactly: a planted schema may bring any word into other messages.
NO_ACCESS = {"database is locked", "database table is locked", "unable to open database file", "locking protocol"}
IOERR, SHORT_READ = 10, 522


def no_access(error):
    """Somebody holds the file, or the medium cannot be read: that says nothing about its content."""
    code = getattr(error, "sqlite_errorcode", 0)
    return words(error) in NO_ACCESS or (code & 255 == IOERR and code != SHORT_READ)


def connect(path):
    db = sqlite3.connect(path, isolation_level=None, timeout=5, **({"uri": True} if path.startswith("file:") else {}))
    db.text_factory = bytes
    if hasattr(db, "setlimit"):
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON"):
        db.execute("PRAGMA " + pragma)
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return db


def copy_of(path, copies):
    """A private copy with its side files, where SQLite may not write beside the log."""
    state = lambda: [(s.st_mtime_ns, s.st_size) for s in
                     (os.stat(path + end) for end in ("", "-wal", "-journal") if os.path.exists(path + end))]
    copies.append(tempfile.mkdtemp(prefix="akios-verify-"))
    copy = os.path.join(copies[-1], "audit.db")
    for _ in range(3):
        before = state()
        for end in ("", "-wal", "-journal"):
            if os.path.exists(path + end):
                shutil.copyfile(path + end, copy + end)
        if before == state():
            refuse_super_journal(copy + "-journal")
            return copy
    raise LogUnreadable("the log changes too fast to be copied")


def refuse_super_journal(path):
    """A journal may name a file that SQLite deletes once it is played back; a log never makes such a one."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as f:
        f.seek(max(0, os.path.getsize(path) - 8))
        if f.read() == bytes.fromhex("d9d505f920a163d7"):
            raise sqlite3.DatabaseError("the journal names another file")


def stamp(path):
    """What cannot stay the same when a file was written to."""
    try:
        s = os.stat(path)
        return s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns
    except OSError:
        return None


def open_db(path, findings, copies, unlocked):
    if not look_beside(path, findings):
        return None
    try:
        return open_checked(path, findings, copies, unlocked)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        said = words(error)
        if no_access(error):
            raise
        if "malformed database schema" in said:
            findings.add("SCHEMA_MISMATCH", detail=said)
        # Of a declaration that computes, the file itself is whole.
        if "unsafe use of" not in said:
            findings.add("DB_CORRUPT", detail=said)
        return None


def open_checked(path, findings, copies, unlocked):
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    size = lambda end: os.path.getsize(path + end) if os.path.exists(path + end) else 0
    beside = size("-wal") + size("-journal") > 0
    # Without side files nothing waits and nobody writes: no lock and no new file is needed. Whether
    # it stayed so is looked at in the end; the second time, the locks are taken.
    calm = unlocked is not None and not beside and not os.path.lexists(path + "-shm")
    if calm:
        unlocked.append((path, stamp(path)))
    try:
        db = connect(f"file:{quoted}?mode=ro" + ("&immutable=1" if calm else ""))
    except sqlite3.OperationalError as error:
        if not re.match("unable to open|attempt to write a readonly", str(error)):
            raise
        db = connect(copy_of(path, copies))
    if os.path.getsize(path) == 0:
        findings.add("DB_CORRUPT")
    elif os.path.getsize(path) % db.execute("PRAGMA page_size").fetchone()[0] and not beside:
        findings.add("DB_CORRUPT")
    columns = ", ".join(f"CASE WHEN length({c}) <= 1000 AND typeof({c}) = 'text' THEN {c} END" for c in ("type", "name", "tbl_name", "sql"))
    rows = db.execute(f"SELECT {columns} FROM sqlite_master ORDER BY name LIMIT 9").fetchall()
    want = [(b"table", n.encode(), n.encode(), s.encode()) for n, s in SCHEMA]
    # Before any other statement: a check of the pages would run the expressions of a planted schema.
    if rows != want or db.execute("PRAGMA encoding").fetchone()[0] != b"UTF-8":
        findings.add("SCHEMA_MISMATCH")
        return None
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != b"ok":
        findings.add("DB_CORRUPT")
    return db


def in_order(rows, width):
    """Pages of a planted file may stand in a circle: a reading in order ends, one that keeps going back does not."""
    highest, left = None, 1000
    for row in rows:
        key = tuple(k if isinstance(k, int) else 0 for k in row[:width])
        if highest is None or key > highest:
            highest = key
        elif left == 0:
            raise sqlite3.DatabaseError("rows out of order")
        else:
            left -= 1
        yield row


def read_rows(db, directory, rows, tree, findings, copies, unlocked):
    first = db.execute("SELECT min(idx) FROM events").fetchone()[0]
    sources, at = [], 0
    archive = os.path.join(directory, "archive")
    if os.path.islink(archive):
        findings.add("SYMLINK")
    listed = os.listdir(archive) if os.path.isdir(archive) else []
    if first is not None and first > 0:
        names = [re.fullmatch(r"segment-(\d{12})-(\d{12})\.db", n, re.A) for n in listed]
        for a, b, name in sorted((int(m[1]), -int(m[2]), m[0]) for m in names if m):
            if a == at and -b <= first:
                path = os.path.join(archive, name)
                if look(path, findings):
                    source = open_db(path, findings, copies, unlocked)
                    sources.append(source)
                    # Of a closed segment only the rows count: nobody vouches for its other tables.
                    if source and any(source.execute(f"SELECT 1 FROM {t} LIMIT 1").fetchone()
                                      for t in ("tiles", "head", "checkpoints")):
                        findings.add("DB_CORRUPT", detail="more than rows in a segment")
                at = -b
        if 0 < at != first:
            findings.add("INDEX_GAP", at)
    for source in [s for s in sources if s] + [db]:
        query = ("SELECT idx, leaf, ts, type, CAST(body AS BLOB), typeof(leaf), typeof(ts), typeof(type), typeof(body) "
                 "FROM events ORDER BY idx")
        for idx, leaf, ts, kind, body, *types in in_order(source.execute(query), 1):
            tree.append(rows.check(idx, leaf, ts, kind, body, types))


def check_head(db, tree, findings):
    rows = db.execute("SELECT id, size, CASE WHEN length(crange) <= 2048 THEN crange END, typeof(crange) FROM head "
                      "ORDER BY id LIMIT 3").fetchall()
    size, crange, kind = next((r[1:] for r in rows if r[0] == 1), (0, None, b"null"))
    size = size if isinstance(size, int) else 0
    if len(rows) != 1 or (size, crange, kind) != (tree.range.size, b"".join(tree.range.stack), b"blob"):
        findings.add("HEAD_MISMATCH", min(size, tree.range.size))


def stored_notes(db):
    query = (f"SELECT size, CASE WHEN length(CAST(note AS BLOB)) <= {MAX_NOTE} "
             "THEN CAST(note AS BLOB) END FROM checkpoints ORDER BY size")
    for at, data in in_order(db.execute(query), 1):
        note = parse_note(data) if data is not None else None
        checkpoint = parse_checkpoint(note) if note else None
        yield at, note, checkpoint if checkpoint and checkpoint["size"] == at else None


def check_notes(db, key, rows, tree, findings):
    size, matched, valid, newest, truncated = tree.range.size, [], set(), 0, False
    epochs, quota, any_note = [(0, key)], MAX_INVALID, False
    count = db.execute(f"SELECT count(*) FROM (SELECT 1 FROM checkpoints LIMIT {MANY + 1})").fetchone()[0]
    last = db.execute("SELECT max(size) FROM checkpoints").fetchone()[0]
    for at, note, checkpoint in stored_notes(db):
        any_note = True
        if checkpoint is None:
            findings.add("NOTE_MALFORMED", at)
            continue
        key = epochs[-1][1]
        verify = ed25519 if count <= MANY or at == last else ed25519_by_arithmetic
        state = signature_state(note, key, verify) if quota > 0 else "SIG_INVALID"
        quota -= state == "SIG_INVALID"
        if checkpoint["origin"] != key["name"]:
            findings.add("ORIGIN_MISMATCH", at)
        if state != "ok":
            findings.add(state, at)
        if state != "ok" or checkpoint["origin"] != key["name"]:
            continue
        valid.add(at)
        if at > size:
            if not truncated:
                findings.add("TRUNCATED", size)
            truncated, newest = True, size
            continue
        newest, after = at, (matched[-1] if matched else 0)
        if tree.roots.get(at) != checkpoint["root"]:
            findings.add("ROOT_MISMATCH", after, after=after, upto=at)
            continue
        matched.append(at)
        new = parse_vkey(rows.rotations.get(at - 1, ""))
        if new and len(note[1]) > 1 and new["name"] == key["name"] and signature_state(note, new) == "ok":
            epochs.append((at, new))
    if not any_note:
        findings.add("NO_CHECKPOINT", 0)
    for seal in rows.seals:
        if seal not in valid:
            findings.add("CHECKPOINT_MISSING", seal)
    if size > newest:
        findings.add("UNSEALED_TAIL", newest)
    return matched, epochs


def check_anchor(anchor, matched, epochs, tree, findings):
    size = tree.range.size
    key = [k for after, k in epochs if after < anchor["size"] or after == 0][-1]
    if not anchor["proved"] and signature_state(anchor["note"], key) != "ok":
        raise NoVerdict("the anchor is not signed by a key of this log")
    if anchor["size"] > size:
        findings.add("ROLLBACK", size)
    elif tree.roots.get(anchor["size"]) != anchor["root"]:
        findings.add("FORK", max([m for m in matched if m < anchor["size"]], default=0))
    else:
        return True
    return False


def verify_log(directory, keys, anchor, findings, result):
    """Returns the digests, by number, of the receipts that the log names."""
    unlocked, named = [], {}
    changed = lambda: any(stamp(path) != before for path, before in unlocked)
    try:
        verify_once(directory, keys, anchor, findings, result, unlocked, named)
    except NoVerdict:
        if not changed():
            raise
    if changed():
        # A writer came meanwhile: what was read is of no one moment.
        findings.clear()
        for name in ("size", "root", "sealed"):
            result.pop(name, None)
        result["anchored"] = False
        named.clear()
        verify_once(directory, keys, anchor, findings, result, None, named)
    # What a changed log names, anybody may have written.
    return {} if findings else named


def verify_once(directory, keys, anchor, findings, result, unlocked, named):
    directory = os.path.abspath(directory)
    if os.path.islink(directory):
        findings.add("SYMLINK")
    path, copies = os.path.join(directory, "audit.db"), []
    try:
        if not look(path, findings):
            return
        db = open_db(path, findings, copies, unlocked)
        if db is not None:
            verify_content(db, directory, keys[0], anchor, findings, result, copies, unlocked, named)
    except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:
        if no_access(error):
            raise LogUnreadable(words(error))
        findings.add("DB_CORRUPT", detail=words(error))
    except OSError as error:
        raise LogUnreadable(str(error))
    finally:
        for copy in copies:
            shutil.rmtree(copy, ignore_errors=True)


def verify_content(db, directory, key, anchor, findings, result, copies, unlocked, named):
    last = db.execute("SELECT max(idx) FROM events").fetchone()[0]
    sizes = db.execute("SELECT size FROM checkpoints WHERE size BETWEEN 0 AND ? ORDER BY size",
                       (min((-1 if last is None else last) + 1, 2**53),))
    wanted = {row[0] for row in in_order(sizes, 1)}
    rows, tree = Rows(findings), Tree(db, wanted | ({anchor["size"]} if anchor else set()), findings)
    read_rows(db, directory, rows, tree, findings, copies, unlocked)
    rows.finish()
    tree.finish()
    named.update(rows.receipts)
    check_head(db, tree, findings)
    result.update(size=tree.range.size, root=tree.range.root().hex())
    matched, epochs = check_notes(db, key, rows, tree, findings)
    result["sealed"] = matched[-1] if matched else 0
    if anchor:
        result["anchored"] = check_anchor(anchor, matched, epochs, tree, findings)


def path_root(index, size, leaf, proof):
    """Root that an inclusion proof leads to (RFC 9162 2.1.3.2), or None."""
    if not 0 <= index < size:
        return None
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def consistent(first, second, root1, root2, proof):
    """RFC 9162 2.1.4.2."""
    if first == second:
        return not proof and root1 == root2
    if not 0 < first < second:
        return False
    path = ([root1] if first & (first - 1) == 0 else []) + proof
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == root1 and sr == root2


class Way:
    """Roots and consistency proofs from the stored tiles of a log, for what they are worth."""

    def __init__(self, db):
        self.db = db

    def node(self, height, index):
        """Root of the perfect subtree `index` of 2**height leaves. Raises LookupError without a tile."""
        level, width = height // 8, 1 << height % 8
        n, at = divmod(index * width, 256)
        row = self.db.execute("SELECT data FROM tiles WHERE level=? AND n=? AND typeof(data)='blob' AND "
                              "length(data) <= 8192", (level, n)).fetchone()
        data = row[0][32 * at:32 * (at + width)] if row else b""
        if len(data) != 32 * width:
            raise LookupError("a tile is missing")
        hashes = [data[i:i + 32] for i in range(0, len(data), 32)]
        while len(hashes) > 1:
            hashes = [node_hash(a, b) for a, b in zip(hashes[::2], hashes[1::2])]
        return hashes[0]

    def root(self, start, count):
        """Root of `count` leaves from `start` on (RFC 9162 2.1.1)."""
        if count & (count - 1) == 0:
            return self.node(count.bit_length() - 1, start // count)
        k = 1 << (count - 1).bit_length() - 1
        return node_hash(self.root(start, k), self.root(start + k, count - k))

    def proof(self, first, second):
        """RFC 9162 2.1.4.1, for 0 < first < second."""
        path, start, whole = [], 0, True
        while first != second:
            k = 1 << (second - 1).bit_length() - 1
            if first <= k:
                path.append(self.root(start + k, second - k))
                second = k
            else:
                path.append(self.root(start, k))
                start, first, second, whole = start + k, first - k, second - k, False
        return ([] if whole else [self.root(start, second)]) + path[::-1]

    def path(self, index, start, count):
        """RFC 9162 2.1.3.1."""
        if count == 1:
            return []
        k = 1 << (count - 1).bit_length() - 1
        if index - start < k:
            return self.path(index, start, k) + [self.root(start + k, count - k)]
        return self.path(index, start + k, count - k) + [self.root(start, k)]


def way_in_log(directory, first, second):
    """Roots at two sizes and the proof between them; None from a log that cannot be read or lacks them."""
    path, copies = os.path.join(os.path.abspath(directory), "audit.db"), []
    try:
        db = open_db(path, Findings(), copies, None) if look(path, Findings()) else None
        way = Way(db) if db is not None else None
        return (way.root(0, first), way.root(0, second), way.proof(first, second)) if way else None
    except (sqlite3.Error, NoVerdict, LookupError, MemoryError, OSError, ValueError):
        return None
    finally:
        for copy in copies:
            shutil.rmtree(copy, ignore_errors=True)


def contradiction(directory, size, root, body, keys):
    """What the log of now says against the receipt of an export, or None. Nothing in the log is trusted: a
    row counts only when it lies in a tree that a key of the log signed and that has the exported root."""
    directory, copies = os.path.abspath(directory), []
    path = os.path.join(directory, "audit.db")
    try:
        db = open_db(path, Findings(), copies, None) if look(path, Findings()) else None
        last = db.execute("SELECT CAST(note AS BLOB) FROM checkpoints ORDER BY size DESC LIMIT 1").fetchone() if db else None
        note = parse_note(last[0]) if last else None
        tree = parse_checkpoint(note)
        if not tree or not 1 <= size <= tree["size"] < 2**53 or not any(signature_state(note, k) == "ok" for k in keys):
            return None
        way = Way(db)
        if way.root(0, tree["size"]) != tree["root"] or way.root(0, size) != root:
            return None
        segments = [open_db(p, Findings(), copies, None) for to, p in segments_of(directory) if to >= size and look(p, Findings())]
        return next(filter(None, (judge(one, way, tree, size, body) for one in segments + [db] if one)), None)
    except (sqlite3.Error, NoVerdict, LookupError, MemoryError, OSError, ValueError):
        return None
    finally:
        for copy in copies:
            shutil.rmtree(copy, ignore_errors=True)


def segments_of(directory):
    """(end, path) of the closed segments, in order."""
    archive = os.path.join(directory, "archive")
    names = os.listdir(archive) if os.path.isdir(archive) else []
    found = sorted(m for m in (re.fullmatch(r"segment-(\d{12})-(\d{12})\.db", n, re.A) for n in names) if m)
    return [(int(m[2]), os.path.join(archive, m[0])) for m in found]


def judge(db, way, tree, size, receipt):
    """An export begins with the row that ends its tree, and ends with one that names its `total`."""
    query = (f"SELECT idx, CASE WHEN length(CAST(body AS BLOB)) <= {MAX_ROW} THEN CAST(body AS BLOB) END "
             "FROM events WHERE idx = ? OR (idx > ? AND type = 'log.export') ORDER BY idx")
    for idx, body in in_order(db.execute(query, (size - 1, size - 1)), 1):
        if body is None or not idx < tree["size"]:
            continue
        if path_root(idx, tree["size"], leaf_hash(body), way.path(idx, 0, tree["size"])) != tree["root"]:
            continue
        event = parse_event(body.decode("utf-8"))
        if not is_event(event) or event["seq"] != idx:
            continue
        data, status, export = inside(event, "data"), inside(event, "result", "status"), event["type"] == "log.export"
        same = lambda *names: all(inside(data, n) == receipt.get(n) for n in names)
        if idx == size - 1:
            if not export or status != "started" or not same("filter", "format"):
                return "the log has no such export at this size"
        elif export and inside(data, "total") == size:
            if status != "ok":
                return "by the log, this export was not finished"
            if not same("sha256", "bytes", "rows"):
                return "the log names another file for this export"
    return None


def born_out_by_log(directory, exported, anchored):
    """Whether the log of now leads from one (size, root) to the other: same, fork or unknown."""
    first, second = sorted((exported, anchored), key=lambda one: one[0])
    if not directory or not 0 < first[0] < second[0] < 2**53:
        return "unknown"
    way = way_in_log(directory, first[0], second[0])
    if way is None or way[0 if anchored is first else 1] != anchored[1]:
        return "unknown"
    # The log is the anchored one: at the exported size it must have the exported root.
    if way[0 if exported is first else 1] != exported[1]:
        return "fork"
    return "same" if consistent(first[0], second[0], first[1], second[1], way[2]) else "unknown"


class Malformed(ValueError):
    pass


class Unended(Malformed):
    """All lines were read, and the last one is not ended."""


def fit(value, kind, what):
    """Exactly this JSON type: in Python, True is also a number."""
    if type(value) is not kind or (kind is int and not 0 <= value < 2**53):
        raise Malformed(what)
    return value


def hashes(line, name):
    values = fit(line.get(name), list, name)
    if len(values) > MAX_HASHES or not all(isinstance(v, str) and re.fullmatch("[0-9a-f]{64}", v) for v in values):
        raise Malformed(name)
    return [bytes.fromhex(v) for v in values]


def checkpoint_in(text):
    note = parse_note(text.encode())
    checkpoint = parse_checkpoint(note)
    if checkpoint is None:
        raise Malformed("a checkpoint")
    return note, checkpoint


def stated_anchor(line):
    """(checkpoint, proof) of the outside anchor that was known at an export; None when there was none."""
    proof = hashes(line, "consistency")
    if line.get("anchor", 0) is not None:
        return checkpoint_in(fit(line.get("anchor"), str, "anchor"))[1], proof
    if proof:
        raise Malformed("a proof without its anchor")
    return None


def leads_on(stated, size, root):
    """Whether the export's own proof leads from the anchor it states to its tree."""
    return stated is None or consistent(stated[0]["size"], size, stated[0]["root"], root, stated[1])


def born_out(anchor, stated, size, root, log):
    """Whether an outside anchor bears an exported tree out: same, fork or unknown."""
    at = anchor["size"]
    if at == size:
        return "same" if anchor["root"] == root else "fork"
    if at < size and stated and stated[0]["size"] == at:
        return "same" if stated[0]["root"] == anchor["root"] and leads_on(stated, size, root) else "fork"
    return born_out_by_log(log, (size, root), (at, anchor["root"]))


# Nothing may stand in a line that is not checked: a reader would take it for verified.
FIELDS = {"akios-evidence": "version origin filter rows total root note at complete keys anchor consistency",
          "rotation": "seq body proof note consistency", "event": "seq leaf body proof", "verifier": "name text", "end": "rows"}


def bundle_line(text):
    """One spelling only, without a name twice, and no field that the format does not have."""
    line = parse_event(text)
    if line is None or json.dumps(line, ensure_ascii=False, separators=(",", ":")) != text:
        raise Malformed("a line is no JSON object")
    fields = FIELDS.get(fit(line.get("kind"), str, "kind"))
    if fields is None or not set(line) <= {"kind", *fields.split()}:
        raise Malformed("a line of unknown kind, or a field that the format does not have")
    return line


def bundle_file(path):
    """The file itself, or the only .jsonl file of a folder."""
    try:
        names = [n for n in os.listdir(path) if n.endswith(".jsonl")] if os.path.isdir(path) else [""]
    except OSError as error:
        raise NoVerdict(str(error))
    if len(names) != 1:
        raise NoVerdict(path + " does not hold exactly one .jsonl file")
    return os.path.join(path, names[0]) if names[0] else path


def lines_of(f):
    """Each with its LF; the last one, or one beyond all measure, as it is."""
    held = b""
    for block in iter(lambda: read_some(f, 2**20), b""):
        *whole, held = (held + block).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(held) > MAX_LINE:
            break
    if held:
        yield held


def bundle_lines(path):
    try:
        with at_once(path) as f:
            for data in lines_of(f):
                if len(data) > MAX_LINE:
                    raise Malformed("a line is too long")
                yield bundle_line(data.decode("utf-8").removesuffix("\n"))
                if not data.endswith(b"\n"):
                    raise Unended("the last line has no end")
    except OSError as error:
        raise NoVerdict(str(error))


class Bundle:
    """One pass over an evidence bundle: header, key chain, then every event against the signed root."""

    def __init__(self, keys, anchor, findings):
        self.anchor, self.tree, self.anchor_root, self.rotations = anchor, Range(), None, set()
        self.f, self.epochs, self.head, self.last, self.rows, self.end, self.broken = findings, [(0, keys[0])], None, -1, 0, None, False
        self.rotated, self.last_ts, self.script, self.log = -1, "", False, Rows(findings)

    @property
    def key(self):
        return self.epochs[-1][1]

    def read(self, path):
        try:
            for line in bundle_lines(path):
                self.line(line)
            if self.head is None:
                raise Malformed("there is no header")
        except (ValueError, RecursionError) as error:
            self.broken = not isinstance(error, Unended)
            self.f.add("EXPORT_MALFORMED", detail=str(error)[:200])

    def line(self, line):
        kind = fit(line.get("kind"), str, "kind")
        if self.head is None:
            if kind != "akios-evidence":
                raise Malformed("the first line is no header")
            self.header(line)
        elif self.end is not None:
            raise Malformed("lines after the end")
        elif kind == "end":
            self.end = fit(line.get("rows"), int, "rows")
        elif self.script:
            raise Malformed("a line between the script and the end")
        elif kind == "rotation" and self.rows == 0:
            self.rotation(line)
        elif kind == "event":
            self.event(line)
        elif kind == "verifier":
            # A convenience: only the receipt vouches for the script.
            self.script = True
            if line.get("name") != "verify.py" or not isinstance(line.get("text", 0), (str, type(None))):
                raise Malformed("the script")
        else:
            raise Malformed("a line of unknown kind or in the wrong place")

    def header(self, line):
        head = {name: fit(line.get(name), kind, name) for name, kind in
                (("origin", str), ("note", str), ("total", int), ("root", str), ("rows", int), ("complete", bool), ("filter", str))}
        if fit(line.get("version"), int, "version") != 1:
            raise Malformed("version")
        if not TIME.fullmatch(fit(line.get("at"), str, "at")):
            raise Malformed("at")
        if not all(parse_vkey(fit(key, str, "keys")) for key in fit(line.get("keys"), list, "keys")):
            raise Malformed("keys")
        head["stated"] = stated_anchor(line)
        self.note, checkpoint = checkpoint_in(head["note"])
        self.origin, self.size, self.root = checkpoint["origin"], fit(checkpoint["size"], int, "size"), checkpoint["root"]
        self.head = head

    def rotation(self, line):
        """The next key, if row, checkpoint and both signatures bear it out; else the old one."""
        seq, body = fit(line.get("seq"), int, "seq"), fit(line.get("body"), str, "body")
        note, checkpoint = checkpoint_in(fit(line.get("note"), str, "note"))
        event = parse_event(body)
        event = event if is_event(event) else {}
        new = parse_vkey(event["rotate"]) if isinstance(event.get("rotate"), str) else None
        later, self.rotated = seq > self.rotated, seq
        self.rotations.add(seq)
        good = (later and new and new["name"] == self.key["name"] == checkpoint["origin"] and checkpoint["size"] == seq + 1
                and event.get("type") == "log.key_rotate"
                and path_root(seq, seq + 1, leaf_hash(body.encode()), hashes(line, "proof")) == checkpoint["root"]
                and consistent(seq + 1, self.size, checkpoint["root"], self.root, hashes(line, "consistency"))
                and signature_state(note, self.key) == "ok" and signature_state(note, new) == "ok")
        if good:
            self.epochs.append((seq + 1, new))
        else:
            self.f.add("ROTATION_INVALID", seq)

    def event(self, line):
        seq, body = fit(line.get("seq"), int, "seq"), line.get("body", 0)
        if not re.fullmatch("[0-9a-f]{64}", fit(line.get("leaf"), str, "leaf")):
            raise Malformed("leaf")
        leaf, proof = bytes.fromhex(line["leaf"]), hashes(line, "proof")
        if body is not None:
            fit(body, str, "body")
        if seq <= self.last:
            self.f.add("EXPORT_ORDER", seq)
        if self.head["complete"] and seq != self.last + 1:
            self.f.add("EXPORT_INCOMPLETE", self.last + 1)
        if body is None:
            self.log.no_body(seq)
        else:
            self.body(seq, body, leaf)
        if path_root(seq, self.size, leaf, proof) != self.root:
            self.f.add("PROOF_INVALID", seq)
        if seq == self.tree.size:
            self.tree.append(leaf)
            if self.anchor and self.tree.size == self.anchor["size"]:
                self.anchor_root = self.tree.root()
        self.last, self.rows = seq, self.rows + 1

    def body(self, seq, body, leaf):
        """As of a row of a log: what is signed may still be no record that a writer makes."""
        data = body.encode()
        genuine = leaf_hash(data) == leaf
        if not genuine:
            self.f.add("LEAF_MISMATCH", seq)
        event = parse_event(body) if len(data) <= MAX_ROW else None
        if not is_event(event):
            self.f.add("NOT_CANONICAL", seq)
            return
        if event["seq"] != seq:
            self.f.add("SEQ_MISMATCH", seq)
        if not is_canonical(event, body) or not TIME.fullmatch(event["ts"]):
            self.f.add("NOT_CANONICAL", seq)
        if genuine:
            if event["ts"] < self.last_ts:
                self.f.add("TIME_REGRESSION", seq)
            self.last_ts = event["ts"]
            self.log.log_event(seq, event)
            # Else an old key would sign for the rest.
            if event["type"] == "log.key_rotate" and seq not in self.rotations:
                self.f.add("ROTATION_INVALID", seq)

    def finish(self, log, result):
        head = self.head
        if head is None:
            return
        state = signature_state(self.note, self.key)
        if state != "ok":
            self.f.add(state, self.size)
        if self.origin != self.key["name"] or head["origin"] != self.origin:
            self.f.add("ORIGIN_MISMATCH", self.size)
        if head["total"] != self.size or head["root"] != self.root.hex():
            self.f.add("ROOT_MISMATCH", self.size)
        complete = self.rows == self.size and head["filter"] == ""
        if not self.broken and (head["rows"] != self.rows or self.end != self.rows or head["complete"] != complete):
            self.f.add("EXPORT_INCOMPLETE", self.rows)
        if complete:
            # Only among all rows would an event that allowed a removal be found.
            self.log.finish()
        result.update(size=self.size, root=self.root.hex(), rows=self.rows, complete=complete, filter=head["filter"])
        result["anchored"] = self.outside(self.anchor, head["stated"], log)

    def outside(self, anchor, stated, log):
        if stated and stated[0]["origin"] != self.key["name"]:
            self.f.add("ORIGIN_MISMATCH", self.size)
        found, forked = None, not leads_on(stated, self.size, self.root)
        if anchor:
            self.speaks(anchor)
            if self.anchor_root and (self.tree.size, self.tree.root()) == (self.size, self.root):
                # With all rows here, nothing else is needed to tell the root at the anchor's size.
                found = "same" if self.anchor_root == anchor["root"] else "fork"
            else:
                found = born_out(anchor, stated, self.size, self.root, log)
        if found == "unknown" and anchor["size"] > self.size:
            self.f.add("ROLLBACK", self.size)
        if forked or found == "fork":
            self.f.add("FORK", 0)
        return found == "same"

    def speaks(self, anchor):
        """An anchor of a later key than the bundle tells of: a change of key was left out."""
        at = anchor["size"]
        keys = [k for after, k in self.epochs if after < at or after == 0 or at > self.size]
        state = signature_state(anchor["note"], keys[-1])
        if state == "SIG_INVALID" or (state != "ok" and not anchor["proved"]):
            raise NoVerdict("the anchor is not signed by a key of this log")
        if state != "ok" and at <= self.size:
            self.f.add("SIG_UNTRUSTED_KEY", self.size)


def verify_export(path, receipt, keys, anchor, log, findings, result):
    """Any export against the receipt that the log signed over its digest."""
    try:
        note = parse_note(read_input(receipt))
        with at_once(path) as f:
            digest, size = hashlib.sha256(), 0
            for block in iter(lambda: read_some(f, 2**20), b""):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise NoVerdict(str(error))
    body = receipt_body(note, keys[0]["name"])
    try:
        if body is None or body.get("kind") != "export":
            raise Malformed("the receipt, or it is of another log than the verifier key")
        total, rows, length = (fit(body.get(name), int, name) for name in ("total", "rows", "bytes"))
        root, filtered, sha256 = (fit(body.get(name), str, name) for name in ("root", "filter", "sha256"))
        if not re.fullmatch("[0-9a-f]{64}", root):
            raise Malformed("root")
        root, stated, head = bytes.fromhex(root), stated_anchor(body), checkpoint_in(fit(body.get("note"), str, "note"))
    except ValueError as error:
        findings.add("EXPORT_MALFORMED", detail=str(error))
        return
    check_signers(note, head[0], keys, anchor, total, findings)
    if head[1]["origin"] != keys[0]["name"]:
        findings.add("ORIGIN_MISMATCH", total)
    if head[1]["size"] != total or head[1]["root"] != root:
        findings.add("ROOT_MISMATCH", total)
    if sha256 != digest.hexdigest() or length != size:
        findings.add("EXPORT_DIGEST", detail="the file is not the one that was exported")
    other = contradiction(log, total, root, body, keys) if log else None
    if other:
        findings.add("EXPORT_DIGEST", detail=other)
    result.update(size=total, root=root.hex(), rows=rows, filter=filtered)
    if anchor and not anchor["proved"]:
        raise NoVerdict("the anchor is not signed by a key of this log")
    found = born_out(anchor, stated, total, root, log) if anchor else "unknown"
    result["anchored"] = found == "same"
    if found == "fork" or not leads_on(stated, total, root):
        findings.add("FORK", 0)


def verify_receipt(path, keys, anchor, findings, result):
    """A receipt alone. Where it quotes the newest checkpoint of the log, an anchor must not lie beyond."""
    note = parse_note(read_receipt(path))
    body = receipt_body(note, keys[0]["name"])
    try:
        if body is None or not isinstance(body.get("kind"), str):
            raise Malformed("the receipt, or it is of another log than the verifier key")
        head = checkpoint_in(fit(body["checkpoint"], str, "checkpoint")) if "checkpoint" in body else None
        if head and head[1]["origin"] != keys[0]["name"]:
            raise Malformed("the checkpoint")
    except ValueError as error:
        findings.add("EXPORT_MALFORMED", detail=str(error))
        return
    size = head[1]["size"] if head else None
    check_signers(note, head and head[0], keys, anchor, size, findings)
    if anchor and not anchor["proved"]:
        raise NoVerdict("the anchor is not signed by a key of this log")
    if head:
        result.update(size=size, root=head[1]["root"].hex())
        if anchor and anchor["size"] > size:
            findings.add("ROLLBACK", size)
        elif anchor and anchor["size"] == size:
            result["anchored"] = anchor["root"] == head[1]["root"]
            if not result["anchored"]:
                findings.add("FORK", 0)
    print(ascii({name: body[name] for name in ("kind", "at", "actor", "project", "flags") if name in body}))


ENDINGS, MAX_MISSING = ("erasure-outcome", "log.set_aside"), 1000


def list_receipts(trust, named, folder):
    """(file, state) of the receipts in a folder, judged by the keys of the logs of a trust folder. `named`:
    digests by number as a verified log names them; what it names must lie here."""
    retired = os.path.join(trust, "retired")
    names = [n for n in names_in(folder) if n.endswith(".note")]
    dirs = [trust] + [os.path.join(retired, name) for name in names_in(retired)]
    logs = [keys_of(d) for d in dirs]
    found = {name: judge_receipt(os.path.join(folder, name), logs) for name in names}
    states = {name: state for name, (state, *_) in found.items()}
    for name, (_, digest, _, _) in found.items():
        if named.get(receipt_number(name), digest) != digest:
            states[name] = "missing"
    here = {receipt_number(name) for name in names}
    last, gone = max({0, *here, *named}), []
    for number in range(1, last + 1):
        if len(gone) == MAX_MISSING:
            break
        if number not in here:
            gone.append(number)
    lies = {keys[0]["name"] for d, keys in zip(dirs, logs) if keys and (d == trust or os.path.exists(os.path.join(d, "log")))}
    told = [key for _, _, key, kind in found.values() if key and kind in ENDINGS]
    # An erased log leaves a statement behind, signed before its key went.
    # Where one was edited, that may be the statement.
    whole = not gone and all(state == "valid" for state in states.values())
    if whole and any(k and k[0]["name"] not in lies and not any(t in k for t in told) for k in logs[1:]):
        gone = [last + 1]
    states.update({f"receipt-{number:06d}.note": "missing" for number in gone})
    return sorted(states.items())


def names_in(folder):
    """None where there is no folder; one that nobody may list is no verdict."""
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise NoVerdict(str(error))


def keys_of(folder):
    """The keys of a log in the order of its changes, as far as they can be read."""
    lines = []
    for name in ("log.vkey", "log.keys"):
        with contextlib.suppress(OSError, UnicodeDecodeError, NoVerdict):
            lines += read_input(os.path.join(folder, name)).decode("utf-8").split("\n")
    return [key for key in map(parse_vkey, lines) if key]


def judge_receipt(path, logs):
    """(state, digest of the file, the key beside it if that signed, kind)."""
    digest = ""
    try:
        data = read_input(path)
        digest = hashlib.sha256(data).hexdigest()
        note, key = parse_note(data), parse_vkey(read_input(path[:-4] + "vkey").decode("utf-8").rstrip())
        body = receipt_body(note, key["name"]) if key else None
        if body is None or signature_state(note, key) != "ok":
            return "invalid", digest, None, None
        keys = next((log for log in logs if key in log), None)
        if keys is None:
            return "untrusted", digest, key, body.get("kind")
        findings, head = Findings(), checkpoint_in(fit(body["checkpoint"], str, "checkpoint")) if "checkpoint" in body else None
        if head and head[1]["origin"] != key["name"]:
            raise Malformed("the checkpoint")
        check_signers(note, head and head[0], keys, None, None, findings)
        state = {"SIG_INVALID": "invalid", "SIG_UNTRUSTED_KEY": "untrusted"}[findings[0]["code"]] if findings else "valid"
        return state, digest, key, body.get("kind")
    except (OSError, ValueError, NoVerdict):
        return "invalid", digest, None, None


def receipt_body(note, origin):
    """What a receipt of this origin states, or None."""
    lines = note[0].split("\n") if note else []
    body = parse_event(lines[2]) if len(lines) == 4 and lines[:2] == ["akios receipt v1", origin] else None
    return body if body is not None and is_canonical(body, lines[2]) else None


STATES = {"invalid": "SIG_INVALID", "untrusted": "SIG_UNTRUSTED_KEY", "missing": "RECEIPT_MISSING"}


def verify_receipts(folder, trust, findings, result):
    """All receipts of a folder, by the keys of the trust folder."""
    try:
        os.listdir(folder)
    except OSError as error:
        raise NoVerdict(str(error))
    receipts = show_receipts(trust, {}, folder, result)
    if not receipts:
        raise NoVerdict("there is no receipt in " + folder)
    for name, state in receipts:
        if state in STATES:
            findings.add(STATES[state], detail=name)


def show_receipts(trust, named, folder, result):
    receipts = list_receipts(trust, named, folder)
    for name, state in receipts:
        print(ascii(f"Receipt {name}: {state}")[1:-1])
    result["receipts"] = [{"file": name, "state": state} for name, state in receipts]
    return receipts


def read_receipt(path):
    try:
        return read_input(path)
    except OSError as error:
        raise NoVerdict(str(error))


def check_signers(receipt, head, keys, anchor, total, findings):
    """Keys sign in their order: an old one, stolen, must not sign a receipt over a later tree."""
    states = [[signature_state(note, key) for key in keys] for note in (receipt, head) if note]
    if any("SIG_INVALID" in s for s in states):
        findings.add("SIG_INVALID", total)
        return
    signers = [places(s) for s in states]
    (_, newest), (oldest, last) = signers[0], signers[-1]
    good = (None, None) not in signers and oldest <= newest
    if good and head and anchor and anchor["proved"]:
        a, z = places([signature_state(anchor["note"], key) for key in keys])
        good = a <= last if anchor["size"] <= total else oldest <= z
    if not good:
        findings.add("SIG_UNTRUSTED_KEY", total)


def places(states):
    """Places of the first and the last key that signed, in the list of keys."""
    at = [i for i, state in enumerate(states) if state == "ok"]
    return (at[0], at[-1]) if at else (None, None)


def check(args, findings, result):
    what = [w for w in (args.bundle, args.export) if w] or [w for w in (args.log, args.receipt) if w]
    if not args.vkey or len(what) != 1:
        raise NoVerdict("--vkey and one of --log, --bundle, --export and --receipt are needed")
    if args.receipt and args.bundle:
        raise NoVerdict("--receipt goes with --export")
    for path in filter(None, (args.vkey, args.anchor) if args.log else ()):
        if os.path.realpath(path).startswith(os.path.realpath(args.log) + os.sep):
            raise NoVerdict("the key and the anchor must not lie in the log directory")
    keys, anchor = read_inputs(args.vkey, args.anchor)
    if args.export:
        verify_export(args.export, args.receipt or args.export + ".receipt", keys, anchor, args.log, findings, result)
    elif args.bundle:
        bundle = Bundle(keys, anchor, findings)
        bundle.read(bundle_file(args.bundle))
        bundle.finish(args.log, result)
    elif args.receipt and os.path.isdir(args.receipt):
        trust = os.path.dirname(os.path.abspath(args.vkey))
        above, name = os.path.split(os.path.dirname(trust))
        verify_receipts(args.receipt, above if name == "retired" else trust, findings, result)
    elif args.receipt:
        verify_receipt(args.receipt, keys, anchor, findings, result)
    else:
        named = verify_log(args.log, keys, anchor, findings, result)
        trust = os.path.dirname(os.path.abspath(args.vkey))
        folder = os.path.join(trust, "receipts")
        # A copy of the key alone, without the folder of receipts, misses none.
        try:
            show_receipts(trust, named if os.path.isdir(folder) else {}, folder, result)
        except (NoVerdict, OSError):
            # Of a log that was changed, that is the verdict.
            if not findings:
                raise


def refuse_words(message):
    """In place of argparse's own end: the last line is JSON whatever happens."""
    raise NoVerdict(message)


def main(out):
    p = argparse.ArgumentParser(description=__doc__, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--log", "--bundle", "--export", "--receipt", "--vkey", "--anchor"):
        p.add_argument(name)
    findings, result = Findings(), {"anchored": False}
    p.error = refuse_words
    try:
        args = p.parse_args()
        if "" in vars(args).values():
            raise NoVerdict("an empty path")
        check(args, findings, result)
        code = 1 if findings else 0 if result["anchored"] else 3
    except Exception as error:
        if not isinstance(error, NoVerdict):
            # A fault of this script, or of the machine below it: said as such, and never as a verdict.
            traceback.print_exc()
        # A link that leads where nobody may read is evidence all the same.
        code = 1 if findings and isinstance(error, LogUnreadable) else 2
        findings.add("INPUT_UNREADABLE", detail=str(error))
    print(["VERIFIED", "TAMPERED", "NO VERDICT", "CONSISTENT BUT UNANCHORED"][code])
    print(json.dumps({"ok": not findings, "findings": findings, **result}))
    out.append(code)


def limited():
    """Memory is bounded, and a deeply nested record is read on a stack that holds it."""
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, ValueError, OSError):
        pass  # Not on this system: the limits on single values remain.
    sys.setrecursionlimit(150000)
    threading.stack_size(256 * 2**20)
    out = []
    thread = threading.Thread(target=main, args=(out,))
    thread.start()
    thread.join()
    return out[0] if out else 2


if __name__ == "__main__":
    sys.exit(limited())

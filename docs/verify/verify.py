#!/usr/bin/env python3
"""Verifies an AKIOS audit log without AKIOS: Python's standard library and the openssl command.

  verify.py --log DIR --vkey FILE [--anchor FILE]      a log database (DIR/audit.db)
  verify.py --bundle FILE --vkey FILE [--anchor FILE]  an exported evidence bundle (JSON lines)

Exit: 0 verified, 1 tampered, 2 no verdict (key, anchor or access), 3 consistent but unanchored.
The last line printed is one JSON object. The format is described in FORMAT.md. This file shares no
code with the program that writes the log. Anything found in the log folder is evidence, not input.
"""
import argparse, base64, hashlib, json, os, re, sqlite3, stat, subprocess, sys, tempfile

L = 2**252 + 27742317777372353535851937790883648493
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


class NoVerdict(Exception):
    pass


class Findings(list):
    def add(self, code, index=None, **more):
        if len(self) >= 50 and any(f["code"] == code for f in self):
            return
        self.append({"code": code, **({} if index is None else {"index": index}), **more})


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
    return bool(name) and not re.search(r"[\s+\x00-\x1f\x7f-\x9f]", name)


def parse_vkey(text):
    parts = text.split("+", 2)
    if len(parts) != 3 or not key_name_ok(parts[0]):
        return None
    blob = b64(parts[2])
    if blob is None or len(blob) != 33 or blob[0] != 1:
        return None
    key_id = sha(parts[0].encode() + b"\n" + blob)[:4]
    return {"name": parts[0], "id": key_id, "raw": blob[1:]} if key_id.hex() == parts[1] else None


def parse_note(data):
    """(signed text, [(name, id, signature)]) or None."""
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


def ed25519(raw, message, signature):
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= L:
        return False
    with tempfile.TemporaryDirectory() as d:
        for name, data in (("k", ED25519_DER + raw), ("m", message), ("s", signature)):
            with open(os.path.join(d, name), "wb") as f:
                f.write(data)
        run = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
                              os.path.join(d, "k"), "-rawin", "-in", os.path.join(d, "m"),
                              "-sigfile", os.path.join(d, "s")], capture_output=True)
    return run.returncode == 0


def signature_state(note, key):
    mine = [s for n, i, s in note[1] if n == key["name"] and i == key["id"]]
    if not mine:
        return "SIG_UNTRUSTED_KEY"
    ok = all(ed25519(key["raw"], note[0].encode(), s) for s in mine)
    return "ok" if ok else "SIG_INVALID"


def number(value):
    """A JSON number as ECMAScript prints it (RFC 8785)."""
    value = float(value)
    if value == int(value) and abs(value) < 1e21:
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


def parse_event(text):
    try:
        event = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def is_size(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


class Rows:
    """Checks rows in order; keeps what seals and prunes say, and rows without body."""

    def __init__(self, findings):
        self.f, self.next, self.last_ts = findings, 0, ""
        self.seals, self.prunes, self.empty, self.rotations = [], [], [], {}

    def check(self, idx, leaf, ts, kind, body, body_type):
        if idx != self.next or idx >= 2**53:
            self.f.add("INDEX_GAP", self.next)
        self.next = idx + 1
        good = isinstance(leaf, bytes) and len(leaf) == 32
        if not good:
            self.f.add("LEAF_MISMATCH", idx)
        text = [v.decode("utf-8", "replace") if isinstance(v, bytes) else None for v in (ts, kind)]
        signed = None
        if body_type == "null":
            self.empty.append(idx)
        else:
            signed = self.body(idx, leaf if good else None, text, body, body_type)
        when = signed if signed is not None else text[0]
        if when is None or not TIME.fullmatch(when):
            self.f.add("NOT_CANONICAL", idx)
        else:
            if when < self.last_ts:
                self.f.add("TIME_REGRESSION", idx)
            self.last_ts = when
        return leaf if good else bytes(32)

    def body(self, idx, leaf, columns, body, body_type):
        if body_type != "text":
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
        if event is None or not is_size(event.get("seq")) or not all(
                isinstance(event.get(k), str) for k in ("ts", "type")):
            self.f.add("NOT_CANONICAL", idx)
            return None
        if event["seq"] != idx:
            self.f.add("SEQ_MISMATCH", idx)
        if [event["ts"], event["type"]] != columns:
            self.f.add("COLUMN_MISMATCH", idx)
        try:
            same = canonical(event) == text
        except (UnicodeEncodeError, OverflowError, ValueError):
            same = False
        if not same:
            self.f.add("NOT_CANONICAL", idx)
        if genuine:
            self.log_event(idx, event)
        return event["ts"] if genuine else None

    def log_event(self, idx, event):
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
        for idx in self.empty:
            if not any(a <= idx < b for a, b in self.prunes):
                self.f.add("UNAUTHORISED_PRUNE", idx)


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
        row = self.db.execute("SELECT data FROM tiles WHERE level=? AND n=?", (level, tile[0])).fetchone()
        got, want = (row[0] if row and isinstance(row[0], bytes) else b""), b"".join(tile[1])
        if got != want:
            same = next((i for i, (a, b) in enumerate(zip(want, got)) if a != b), min(len(want), len(got)))
            self.f.add("TILE_MISMATCH", (256 * tile[0] + same // 32) * 256**level, level=level)

    def finish(self):
        for level, tile in enumerate(self.levels):
            if tile[1]:
                self.compare(level, tile)
        counts = [t[0] + (1 if t[1] else 0) for t in self.levels]
        for level, n in self.db.execute("SELECT level, n FROM tiles ORDER BY level, n"):
            if not (0 <= level < len(counts) and 0 <= n < counts[level]):
                self.f.add("TILE_MISMATCH", 256 * n * 256**level, level=level)


def read_inputs(vkey_file, anchor_file):
    try:
        with open(vkey_file, "rb") as f:
            lines = f.read().decode("utf-8").split("\n")
        key = parse_vkey(lines[0]) if lines[1:] in ([], [""]) else None
        if key is None:
            raise NoVerdict("the verifier key is malformed")
        if anchor_file is None or not os.path.lexists(anchor_file):
            return key, None
        with open(anchor_file, "rb") as f:
            note = parse_note(f.read())
        checkpoint = parse_checkpoint(note)
        if checkpoint is None or checkpoint["origin"] != key["name"]:
            raise NoVerdict("the anchor is malformed or of another log")
        later = os.path.join(os.path.dirname(os.path.abspath(vkey_file)), "log.keys")
        keys = [key]
        if os.path.exists(later):
            with open(later, encoding="utf-8") as f:
                keys += [parse_vkey(line) for line in f.read().split("\n") if line]
        if None in keys:
            raise NoVerdict("the list of later keys is malformed")
        states = [signature_state(note, k) for k in keys]
        if "SIG_INVALID" in states:
            raise NoVerdict("the signature of the anchor is invalid")
        return key, {"note": note, "proved": "ok" in states, **checkpoint}
    except (OSError, UnicodeDecodeError) as error:
        raise NoVerdict(str(error))


def look(path, findings):
    """lstat with findings for links and modes; None when there is nothing to open."""
    try:
        st = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        findings.add("LOG_MISSING", 0)
        return False
    except OSError as error:
        raise NoVerdict(str(error))
    if stat.S_ISLNK(st.st_mode):
        findings.add("SYMLINK")
        st = os.stat(path)
    if not stat.S_ISREG(st.st_mode):
        findings.add("DB_CORRUPT")
        return False
    if st.st_mode & 0o022:
        findings.add("PERMISSIONS")
    return True


def open_db(path, findings):
    if os.path.getsize(path) == 0:
        findings.add("DB_CORRUPT")
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    wal = os.path.exists(path + "-wal") and os.path.getsize(path + "-wal") > 0
    db = sqlite3.connect(f"file:{quoted}?mode=ro" + ("" if wal else "&immutable=1"), uri=True, isolation_level=None)
    db.text_factory = bytes
    db.execute("PRAGMA trusted_schema=OFF")
    db.execute("BEGIN")
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != b"ok":
        findings.add("DB_CORRUPT")
    rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()
    want = [(b"table", n.encode(), n.encode(), s.encode()) for n, s in SCHEMA]
    if rows != want or db.execute("PRAGMA encoding").fetchone()[0] != b"UTF-8":
        findings.add("SCHEMA_MISMATCH")
        return None
    return db


def read_rows(db, directory, rows, tree, findings):
    first = db.execute("SELECT min(idx) FROM events").fetchone()[0]
    sources, at = [], 0
    archive = os.path.join(directory, "archive")
    if first is not None and first > 0 and os.path.isdir(archive):
        if os.path.islink(archive):
            findings.add("SYMLINK")
        names = [re.fullmatch(r"segment-(\d{12})-(\d{12})\.db", n, re.A) for n in os.listdir(archive)]
        for a, b, name in sorted((int(m[1]), -int(m[2]), m[0]) for m in names if m):
            if a == at and -b <= first:
                path = os.path.join(archive, name)
                if look(path, findings):
                    sources.append(open_db(path, findings))
                at = -b
        if 0 < at != first:
            findings.add("INDEX_GAP", at)
    for source in [s for s in sources if s] + [db]:
        query = "SELECT idx, leaf, ts, type, CAST(body AS BLOB), typeof(body) FROM events ORDER BY idx"
        for idx, leaf, ts, kind, body, body_type in source.execute(query):
            tree.append(rows.check(idx, leaf, ts, kind, body, body_type.decode()))


def check_head(db, tree, findings):
    rows = db.execute("SELECT id, size, crange FROM head").fetchall()
    head = next((r for r in rows if r[0] == 1), (1, 0, None))
    if len(rows) != 1 or head[1:] != (tree.range.size, b"".join(tree.range.stack)):
        findings.add("HEAD_MISMATCH", min(head[1], tree.range.size))


def check_notes(db, stored, key, rows, tree, findings):
    size, matched, valid, newest, truncated = tree.range.size, [], set(), 0, False
    epochs = [(0, key)]
    if not stored:
        findings.add("NO_CHECKPOINT", 0)
    for at, note, checkpoint in stored:
        if checkpoint is None:
            findings.add("NOTE_MALFORMED", at)
    for at, note, checkpoint in stored:
        if checkpoint is None:
            continue
        key = epochs[-1][1]
        state = signature_state(note, key)
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


def verify_log(directory, key, anchor, findings, result):
    directory = os.path.abspath(directory)
    if os.path.islink(directory):
        findings.add("SYMLINK")
    path = os.path.join(directory, "audit.db")
    if not look(path, findings):
        return
    if os.path.lexists(path + "-wal"):
        look(path + "-wal", findings)
    db = open_db(path, findings)
    if db is None:
        return
    stored = []
    for at, data in db.execute("SELECT size, CAST(note AS BLOB) FROM checkpoints ORDER BY size"):
        note = parse_note(data)
        checkpoint = parse_checkpoint(note) if note else None
        stored.append((at, note, checkpoint if checkpoint and checkpoint["size"] == at else None))
    wanted = {at for at, _, c in stored if c} | ({anchor["size"]} if anchor else set())
    rows, tree = Rows(findings), Tree(db, wanted, findings)
    read_rows(db, directory, rows, tree, findings)
    rows.finish()
    tree.finish()
    check_head(db, tree, findings)
    result.update(size=tree.range.size, root=tree.range.root().hex())
    matched, epochs = check_notes(db, stored, key, rows, tree, findings)
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


def hashes(values):
    out = [bytes.fromhex(v) for v in values]
    if any(len(h) != 32 for h in out):
        raise ValueError("a hash has the wrong length")
    return out


def verify_bundle(path, key, anchor, findings, result):
    """Header, key chain, then every event against the signed root of the header."""
    try:
        with open(path, encoding="utf-8") as f:
            lines = [json.loads(line) for line in f.read().split("\n") if line]
    except OSError as error:
        raise NoVerdict(str(error))
    except ValueError:
        lines = []
    try:
        head = lines[0]
        note = parse_note(head["note"].encode())
        checkpoint = parse_checkpoint(note)
        if head["kind"] != "akios-evidence" or checkpoint is None:
            raise ValueError("header")
        size, root = checkpoint["size"], checkpoint["root"]
        for line in [l for l in lines if l["kind"] == "rotation"]:
            key = bundle_rotation(line, key, size, root, findings)
        state = signature_state(note, key)
        if state != "ok":
            findings.add(state, size)
        if checkpoint["origin"] != key["name"]:
            findings.add("ORIGIN_MISMATCH", size)
        if head["total"] != size or head["root"] != root.hex():
            findings.add("ROOT_MISMATCH", size)
        result.update(size=size, root=root.hex())
        bundle_events(head, lines, size, root, findings, result)
        if anchor:
            proof = hashes(head["consistency"]) if head["anchor"] else []
            given = parse_checkpoint(parse_note((head["anchor"] or "").encode()))
            if not anchor["proved"] and signature_state(anchor["note"], key) != "ok":
                raise NoVerdict("the anchor is not signed by a key of this log")
            if anchor["size"] > size:
                findings.add("ROLLBACK", size)
            elif given and given["size"] == anchor["size"] and consistent(
                    anchor["size"], size, anchor["root"], root, proof):
                result["anchored"] = True
            elif anchor["size"] == size and anchor["root"] == root:
                result["anchored"] = True
            elif anchor["size"] == size or (given and given["size"] == anchor["size"]):
                findings.add("FORK", 0)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        findings.add("EXPORT_MALFORMED", detail=str(error))


def bundle_rotation(line, key, size, root, findings):
    """The next key, if row, checkpoint and both signatures bear it out; else the old one."""
    at = line["seq"] + 1
    note = parse_note(line["note"].encode())
    checkpoint = parse_checkpoint(note)
    event = parse_event(line["body"]) or {}
    new = parse_vkey(event.get("rotate", ""))
    good = (checkpoint and checkpoint["size"] == at and new and event.get("type") == "log.key_rotate"
            and signature_state(note, key) == "ok" and signature_state(note, new) == "ok"
            and path_root(line["seq"], at, leaf_hash(line["body"].encode()), hashes(line["proof"])) == checkpoint["root"]
            and consistent(at, size, checkpoint["root"], root, hashes(line["consistency"])))
    if not good:
        findings.add("ROTATION_INVALID", line["seq"])
    return new if good else key


def bundle_events(head, lines, size, root, findings, result):
    last, count = -1, 0
    for line in lines:
        if line["kind"] != "event":
            continue
        seq, body, leaf = line["seq"], line["body"], bytes.fromhex(line["leaf"])
        if seq <= last:
            findings.add("EXPORT_ORDER", seq)
        if head["complete"] and seq != last + 1:
            findings.add("EXPORT_INCOMPLETE", last + 1)
        if body is not None:
            if leaf_hash(body.encode()) != leaf:
                findings.add("LEAF_MISMATCH", seq)
            event = parse_event(body)
            if event is None or event.get("seq") != seq:
                findings.add("SEQ_MISMATCH", seq)
        if path_root(seq, size, leaf, hashes(line["proof"])) != root:
            findings.add("PROOF_INVALID", seq)
        last, count = seq, count + 1
    end = lines[-1] if lines[-1]["kind"] == "end" else {"rows": None}
    complete = count == size and head["filter"] == ""
    if head["rows"] != count or end["rows"] != count or head["complete"] != complete:
        findings.add("EXPORT_INCOMPLETE", count)
    result.update(rows=count, complete=complete, filter=head["filter"])


def main():
    p = argparse.ArgumentParser()
    for name in ("--log", "--bundle", "--vkey", "--anchor"):
        p.add_argument(name)
    args = p.parse_args()
    findings, result = Findings(), {"anchored": False}
    try:
        if not args.vkey or bool(args.log) == bool(args.bundle):
            raise NoVerdict("--vkey and one of --log and --bundle are needed")
        for path in filter(None, (args.vkey, args.anchor) if args.log else ()):
            if os.path.realpath(path).startswith(os.path.realpath(args.log) + os.sep):
                raise NoVerdict("the key and the anchor must not lie in the log directory")
        key, anchor = read_inputs(args.vkey, args.anchor)
        try:
            if args.log:
                verify_log(args.log, key, anchor, findings, result)
            else:
                verify_bundle(args.bundle, key, anchor, findings, result)
        except sqlite3.Error as error:
            if "locked" in str(error):
                raise NoVerdict(str(error))
            findings.add("DB_CORRUPT", detail=str(error))
        code = 1 if findings else 0 if result["anchored"] else 3
    except NoVerdict as error:
        findings.add("INPUT_UNREADABLE", detail=str(error))
        code = 2
    print(["VERIFIED", "TAMPERED", "NO VERDICT", "CONSISTENT BUT UNANCHORED"][code])
    print(json.dumps({"ok": not findings, "findings": findings, **result}))
    return code


if __name__ == "__main__":
    sys.exit(main())

import {
  chmodSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  appendForged,
  body,
  canon,
  type Forgery,
  fixAll,
  fixHead,
  fixTiles,
  mth,
  nodeOf,
  noteOf,
  otherKey,
  resign,
  setBody,
  signatureLine,
  stolenKey,
  vkeyName,
  vkeyOf,
} from './forge.ts';

export interface Attack {
  name: string;
  /** Works on an open copy of a log of 600 rows with checkpoints each 100. */
  run(f: Forgery): void;
  /** After the database is closed: files and surroundings. */
  files?(dir: string, older: string): void;
  /** Codes that must be found, with their index where the format fixes one. */
  want: [code: string, index?: number][];
  /** Codes that must not be found: the layers brought into line. */
  clean?: string[];
}

const sql = (f: Forgery, text: string): void => {
  f.db.exec(text);
};
const edit = (f: Forgery, idx: number, changes: Record<string, unknown>, rehash: boolean): void =>
  setBody(f, idx, canon({ ...body(f, idx), ...changes }), rehash);
const replaceNote = (f: Forgery, size: number, change: (note: string) => string): void => {
  const note = f.db
    .prepare('SELECT note FROM checkpoints WHERE size = ?')
    .pluck()
    .get(size) as string;
  f.db.prepare('UPDATE checkpoints SET note = ? WHERE size = ?').run(change(note), size);
};
const nothing = (): void => undefined;
const dropTail = (f: Forgery, to: number): void => {
  sql(f, `DELETE FROM events WHERE idx >= ${to}`);
};

/** Adds the group order to S: another spelling of the same signature. */
function malleate(note: string): string {
  const blob = Buffer.from(note.trimEnd().split(' ').at(-1)!, 'base64');
  let s = 0n;
  for (let i = 67; i >= 36; i--) s = (s << 8n) | BigInt(blob[i]!);
  s += (1n << 252n) + 27742317777372353535851937790883648493n;
  for (let i = 36; i < 68; i++, s >>= 8n) blob[i] = Number(s & 255n);
  return `${note.slice(0, note.lastIndexOf(' ') + 1)}${blob.toString('base64')}\n`;
}

function flip(note: string): string {
  const blob = Buffer.from(note.trimEnd().split(' ').at(-1)!, 'base64');
  blob[10]! ^= 1;
  return `${note.slice(0, note.lastIndexOf(' ') + 1)}${blob.toString('base64')}\n`;
}

const EDITS: Attack[] = [
  {
    name: 'body edited',
    run: (f) => edit(f, 12, { subject: 'x' }, false),
    want: [['LEAF_MISMATCH', 12]],
  },
  {
    name: 'body and leaf edited',
    run: (f) => edit(f, 12, { subject: 'x' }, true),
    want: [
      ['TILE_MISMATCH', 12],
      ['HEAD_MISMATCH', 600],
      ['ROOT_MISMATCH', 0],
    ],
    clean: ['LEAF_MISMATCH'],
  },
  {
    name: 'body, leaf and tiles edited',
    run: (f) => {
      edit(f, 312, { subject: 'x' }, true);
      fixTiles(f);
    },
    want: [
      ['HEAD_MISMATCH', 600],
      ['ROOT_MISMATCH', 300],
    ],
    clean: ['TILE_MISMATCH'],
  },
  {
    name: 'body, leaf, tiles and head edited',
    run: (f) => {
      edit(f, 599, { subject: 'x' }, true);
      fixAll(f);
    },
    want: [['ROOT_MISMATCH', 500]],
    clean: ['TILE_MISMATCH', 'HEAD_MISMATCH'],
  },
  {
    name: 'leaf edited',
    run: (f) => sql(f, 'UPDATE events SET leaf = zeroblob(32) WHERE idx = 300'),
    want: [
      ['LEAF_MISMATCH', 300],
      ['TILE_MISMATCH', 300],
    ],
  },
  {
    name: 'leaf of wrong length',
    run: (f) => sql(f, "UPDATE events SET leaf = x'00' WHERE idx = 300"),
    want: [['LEAF_MISMATCH', 300]],
  },
  {
    name: 'type column edited',
    run: (f) => sql(f, "UPDATE events SET type = 'x' WHERE idx = 7"),
    want: [['COLUMN_MISMATCH', 7]],
    clean: ['LEAF_MISMATCH'],
  },
  {
    name: 'ts column edited',
    run: (f) => sql(f, "UPDATE events SET ts = '2030-01-01T00:00:00.000Z' WHERE idx = 7"),
    want: [['COLUMN_MISMATCH', 7]],
    clean: ['TIME_REGRESSION'],
  },
  ...[900, 30_000].map((depth) => ({
    name: `nested ${depth} deep`,
    run: (f: Forgery) => {
      const deep = `"deep":${'['.repeat(depth)}${']'.repeat(depth)},"subject":`;
      setBody(f, 40, canon(body(f, 40)).replace('"subject":', deep), false);
    },
    want: [
      ['LEAF_MISMATCH', 40],
      ['NOT_CANONICAL', 40],
    ] as Attack['want'],
    clean: ['DB_CORRUPT'],
  })),
  {
    name: 'NUL hidden in the body',
    run: (f) => sql(f, "UPDATE events SET body = body || char(0) || 'x' WHERE idx = 9"),
    want: [['LEAF_MISMATCH', 9]],
  },
  {
    name: 'bytes after NUL changed by blob cast',
    run: (f) =>
      sql(f, "UPDATE events SET body = CAST(CAST(body AS BLOB) || x'00' AS TEXT) WHERE idx = 9"),
    want: [['LEAF_MISMATCH', 9]],
  },
  {
    name: 'Unicode composition',
    run: (f) => setBody(f, 20, canon(body(f, 20)).normalize('NFD'), false),
    want: [['LEAF_MISMATCH', 20]],
  },
  {
    name: 'invalid UTF-8 where U+FFFD was hashed',
    run: (f) => {
      const text = canon({ ...body(f, 20), subject: '\ufffd' });
      setBody(f, 20, text, true);
      fixAll(f);
      resign(f, stolenKey(f));
      const bad = Buffer.from(text);
      bad.write('\xf0\x90\x80', bad.indexOf('\ufffd'), 'latin1');
      f.db.prepare('UPDATE events SET body = CAST(? AS TEXT) WHERE idx = 20').run(bad);
    },
    want: [['LEAF_MISMATCH', 20]],
  },
  {
    name: 'duplicate key, all re-signed',
    run: (f) => resignedBody(f, 30, canon(body(f, 30)).replace('{', '{"a":1,"a":1,')),
    want: [['NOT_CANONICAL', 30], ['FORK']],
    clean: ['ROOT_MISMATCH', 'LEAF_MISMATCH'],
  },
  {
    name: 'white space, all re-signed',
    run: (f) => resignedBody(f, 30, `${canon(body(f, 30))} `),
    want: [['NOT_CANONICAL', 30]],
  },
  { name: 'not JSON', run: (f) => resignedBody(f, 30, 'hello'), want: [['NOT_CANONICAL', 30]] },
  {
    name: 'missing field',
    run: (f) => resignedBody(f, 30, '{"seq":30,"ts":"2026-01-05T08:00:07.500Z"}'),
    want: [['NOT_CANONICAL', 30]],
  },
  {
    name: 'time going back, re-signed',
    run: (f) => resignedEvent(f, 30, { ts: '2026-01-05T08:00:00.000Z' }),
    want: [['TIME_REGRESSION', 30]],
  },
  {
    name: 'unauthorised prune',
    run: (f) => sql(f, 'UPDATE events SET body = NULL WHERE idx IN (40, 41)'),
    want: [
      ['UNAUTHORISED_PRUNE', 40],
      ['UNAUTHORISED_PRUNE', 41],
    ],
    clean: ['LEAF_MISMATCH'],
  },
];

function resignedBody(f: Forgery, idx: number, text: string): void {
  setBody(f, idx, text, true);
  fixAll(f);
  resign(f, stolenKey(f));
}

function resignedEvent(f: Forgery, idx: number, changes: Record<string, unknown>): void {
  edit(f, idx, changes, true);
  if (typeof changes['ts'] === 'string') {
    f.db.prepare('UPDATE events SET ts = ? WHERE idx = ?').run(changes['ts'], idx);
  }
  fixAll(f);
  resign(f, stolenKey(f));
}

const RESIGN: Attack[] = [
  {
    name: 'other key of the same name',
    run: (f) => {
      edit(f, 12, { subject: 'x' }, true);
      fixAll(f);
      const key = otherKey();
      resign(f, key);
      writeFileSync(join(f.paths.logDir, 'log.vkey'), `${vkeyOf(key, vkeyName(f))}\n`);
    },
    want: [
      ['SIG_UNTRUSTED_KEY', 100],
      ['FORK', 0],
      ['UNSEALED_TAIL', 0],
    ],
  },
  {
    name: 'stolen genuine key',
    run: (f) => {
      edit(f, 12, { subject: 'x' }, true);
      fixAll(f);
      resign(f, stolenKey(f));
    },
    want: [['FORK']],
    clean: ['ROOT_MISMATCH', 'SIG_INVALID', 'TILE_MISMATCH', 'HEAD_MISMATCH', 'LEAF_MISMATCH'],
  },
  {
    name: 'rotation to a key that the old key did not sign',
    run: (f) => {
      const [name, evil] = [vkeyName(f), otherKey()];
      appendForged(f, { type: 'log.key_rotate', rotate: vkeyOf(evil, name) });
      sql(f, "UPDATE events SET type = 'log.key_rotate' WHERE idx = 600");
      fixAll(f);
      const leaves = f.db.prepare('SELECT leaf FROM events ORDER BY idx').pluck().all() as Buffer[];
      f.db
        .prepare('INSERT INTO checkpoints VALUES(601, ?)')
        .run(noteOf(evil, name, 601, mth(leaves)));
    },
    want: [
      ['SIG_UNTRUSTED_KEY', 601],
      ['UNSEALED_TAIL', 600],
    ],
  },
  {
    name: 'own key added to an old checkpoint over a forged rotation row',
    run: (f) => {
      const [name, evil] = [vkeyName(f), otherKey()];
      edit(f, 599, { type: 'log.key_rotate', rotate: vkeyOf(evil, name) }, true);
      replaceNote(
        f,
        600,
        (note) => note + signatureLine(evil, name, note.slice(0, note.indexOf('\n\n') + 1)),
      );
      appendForged(f);
      fixHead(f);
      const leaves = f.db.prepare('SELECT leaf FROM events ORDER BY idx').pluck().all() as Buffer[];
      f.db
        .prepare('INSERT INTO checkpoints VALUES(601, ?)')
        .run(noteOf(evil, name, 601, mth(leaves)));
    },
    want: [
      ['SIG_UNTRUSTED_KEY', 601],
      ['ROOT_MISMATCH', 500],
    ],
  },
];

const ROWS: Attack[] = [
  {
    name: 'row deleted',
    run: (f) => sql(f, 'DELETE FROM events WHERE idx = 50'),
    want: [
      ['INDEX_GAP', 50],
      ['TRUNCATED', 599],
      ['HEAD_MISMATCH', 599],
    ],
  },
  {
    name: 'first row deleted',
    run: (f) => sql(f, 'DELETE FROM events WHERE idx = 0'),
    want: [['INDEX_GAP', 0]],
  },
  {
    name: 'row deleted and renumbered',
    run: (f) =>
      sql(
        f,
        'DELETE FROM events WHERE idx = 50; UPDATE events SET idx = -idx WHERE idx > 50; UPDATE events SET idx = -idx - 1 WHERE idx < 0;',
      ),
    want: [
      ['SEQ_MISMATCH', 50],
      ['TILE_MISMATCH', 50],
      ['TRUNCATED', 599],
    ],
    clean: ['INDEX_GAP'],
  },
  {
    name: 'bodies swapped',
    run: (f) => {
      const [a, b] = [canon(body(f, 60)), canon(body(f, 61))];
      setBody(f, 60, b, false);
      setBody(f, 61, a, false);
    },
    want: [
      ['LEAF_MISMATCH', 60],
      ['LEAF_MISMATCH', 61],
      ['SEQ_MISMATCH', 60],
    ],
  },
  {
    name: 'indexes swapped',
    run: (f) =>
      sql(
        f,
        'UPDATE events SET idx = 9999 WHERE idx = 60; UPDATE events SET idx = 60 WHERE idx = 61; UPDATE events SET idx = 61 WHERE idx = 9999',
      ),
    want: [
      ['SEQ_MISMATCH', 60],
      ['TILE_MISMATCH', 60],
    ],
  },
  {
    name: 'forged row at the end',
    run: (f) => appendForged(f),
    want: [
      ['UNSEALED_TAIL', 600],
      ['HEAD_MISMATCH', 600],
    ],
  },
  {
    name: 'forged row at the end, derived data in line',
    run: (f) => {
      appendForged(f);
      fixAll(f);
    },
    want: [['UNSEALED_TAIL', 600]],
    clean: ['TILE_MISMATCH', 'HEAD_MISMATCH', 'FORK'],
  },
  {
    name: 'doubled last leaf',
    run: (f) =>
      sql(f, 'INSERT INTO events SELECT 600, leaf, ts, type, body FROM events WHERE idx = 599'),
    want: [
      ['SEQ_MISMATCH', 600],
      ['UNSEALED_TAIL', 600],
    ],
  },
  {
    name: 'a leaf that is an inner node',
    run: (f) => {
      const leaves = f.db
        .prepare('SELECT leaf FROM events ORDER BY idx LIMIT 2')
        .pluck()
        .all() as Buffer[];
      f.db.prepare('UPDATE events SET leaf = ? WHERE idx = 0').run(nodeOf(leaves[0]!, leaves[1]!));
    },
    want: [
      ['LEAF_MISMATCH', 0],
      ['TILE_MISMATCH', 0],
    ],
  },
  {
    name: 'forged body in place of a pruned one',
    run: (f) => {
      sql(f, 'UPDATE events SET body = NULL WHERE idx = 70');
      setBody(f, 70, canon({ ...body(f, 71), seq: 70 }), false);
    },
    want: [['LEAF_MISMATCH', 70]],
  },
  {
    name: 'negative index',
    run: (f) =>
      f.db
        .prepare('INSERT INTO events SELECT -5, leaf, ts, type, body FROM events WHERE idx = 5')
        .run(),
    want: [
      ['INDEX_GAP', 0],
      ['SEQ_MISMATCH', -5],
    ],
  },
  {
    name: 'huge index',
    run: (f) =>
      sql(
        f,
        'INSERT INTO events SELECT 9223372036854775807, leaf, ts, type, body FROM events WHERE idx = 5',
      ),
    want: [['INDEX_GAP', 600]],
  },
  {
    name: 'numbers that only differ past 2^53',
    run: (f) =>
      sql(
        f,
        'INSERT INTO events SELECT 9007199254740993, leaf, ts, type, body FROM events WHERE idx = 5; INSERT INTO events SELECT 9007199254740995, leaf, ts, type, body FROM events WHERE idx = 5',
      ),
    want: [['INDEX_GAP', 600]],
  },
];

const CUTS: Attack[] = [
  {
    name: 'tail cut',
    run: (f) => dropTail(f, 550),
    want: [
      ['TRUNCATED', 550],
      ['ROLLBACK', 550],
      ['HEAD_MISMATCH', 550],
    ],
  },
  {
    name: 'tail cut to a checkpoint, all in line',
    run: (f) => {
      dropTail(f, 500);
      fixAll(f);
      sql(f, 'DELETE FROM checkpoints WHERE size > 500');
    },
    want: [['ROLLBACK', 500]],
    clean: ['TRUNCATED', 'HEAD_MISMATCH', 'TILE_MISMATCH', 'CHECKPOINT_MISSING', 'UNSEALED_TAIL'],
  },
  {
    name: 'emptied',
    run: (f) =>
      sql(f, 'DELETE FROM events; DELETE FROM tiles; DELETE FROM head; DELETE FROM checkpoints'),
    want: [
      ['NO_CHECKPOINT', 0],
      ['ROLLBACK', 0],
      ['HEAD_MISMATCH', 0],
    ],
  },
  {
    name: 'all checkpoints removed',
    run: (f) => sql(f, 'DELETE FROM checkpoints'),
    want: [
      ['NO_CHECKPOINT', 0],
      ['CHECKPOINT_MISSING', 100],
    ],
  },
  {
    name: 'one checkpoint removed',
    run: (f) => sql(f, 'DELETE FROM checkpoints WHERE size = 300'),
    want: [['CHECKPOINT_MISSING', 300]],
  },
  {
    name: 'newest checkpoint removed',
    run: (f) => sql(f, 'DELETE FROM checkpoints WHERE size = 600'),
    want: [['UNSEALED_TAIL', 500]],
  },
  {
    name: 'older genuine copy restored',
    run: nothing,
    files: (dir, older) => swapLog(dir, older),
    want: [['ROLLBACK', 400]],
    clean: ['UNSEALED_TAIL', 'ROOT_MISMATCH'],
  },
];

function swapLog(dir: string, other: string): void {
  rmSync(join(dir, 'log'), { recursive: true });
  cpSync(join(other, 'log'), join(dir, 'log'), { recursive: true });
}

const NOTES: Attack[] = [
  ['leading zero in the size', (n: string) => n.replace('\n300\n', '\n0300\n')],
  ['changed size', (n: string) => n.replace('\n300\n', '\n301\n')],
  ['CR line ends', (n: string) => n.replaceAll('\n', '\r\n')],
  ['no final line end', (n: string) => n.slice(0, -1)],
  ['extension line', (n: string) => n.replace('\n\n', '\nmore\n\n')],
  ['no signature line', (n: string) => n.slice(0, n.indexOf('\n\n') + 2)],
  ['hyphen for the dash', (n: string) => n.replace('\u2014', '-')],
  ['lazy base64', (n: string) => n.replace('=\n\n', '\n\n')],
  ['a fourth field', (n: string) => `${n.slice(0, -1)} x\n`],
  ['a further empty line', (n: string) => `${n}\n`],
].map(([name, change]) => ({
  name: `note: ${name as string}`,
  run: (f: Forgery) => replaceNote(f, 300, change as (note: string) => string),
  want: [
    ['NOTE_MALFORMED', 300],
    ['CHECKPOINT_MISSING', 300],
  ] as [string, number][],
}));

const SIGNATURES: Attack[] = [
  {
    name: 'signature flipped',
    run: (f) => replaceNote(f, 300, flip),
    want: [
      ['SIG_INVALID', 300],
      ['CHECKPOINT_MISSING', 300],
    ],
  },
  {
    name: 'malleable signature',
    run: (f) => replaceNote(f, 600, malleate),
    want: [
      ['SIG_INVALID', 600],
      ['UNSEALED_TAIL', 500],
    ],
  },
  {
    name: 'root of another checkpoint, signature kept',
    run: (f) =>
      replaceNote(f, 300, (n) =>
        n.replace(/\n[^\n]+\n\n/, `\n${Buffer.alloc(32, 7).toString('base64')}\n\n`),
      ),
    want: [['SIG_INVALID', 300]],
  },
  {
    name: 'other origin',
    run: (f) => replaceNote(f, 300, (n) => n.replace(/^[^\n]+/, 'elsewhere')),
    want: [
      ['ORIGIN_MISMATCH', 300],
      ['SIG_INVALID', 300],
    ],
  },
  {
    name: 'own signature line appended to a genuine one that is flipped',
    run: (f) => replaceNote(f, 300, (n) => flip(n) + n.slice(n.indexOf('\u2014'))),
    want: [['SIG_INVALID', 300]],
  },
  {
    name: 'checkpoint with a huge size',
    run: (f) => sql(f, 'UPDATE checkpoints SET size = 9223372036854775807 WHERE size = 600'),
    want: [['NOTE_MALFORMED'], ['UNSEALED_TAIL', 500]],
  },
];

const DERIVED: Attack[] = [
  {
    name: 'byte of a leaf tile',
    run: (f) => sql(f, 'UPDATE tiles SET data = zeroblob(8192) WHERE level = 0 AND n = 1'),
    want: [['TILE_MISMATCH', 256]],
  },
  {
    name: 'missing tile',
    run: (f) => sql(f, 'DELETE FROM tiles WHERE level = 0 AND n = 2'),
    want: [['TILE_MISMATCH', 512]],
  },
  {
    name: 'upper tile',
    run: (f) =>
      sql(f, 'UPDATE tiles SET data = CAST(substr(data, 1, 32) || zeroblob(32) AS BLOB) WHERE level = 1'),
    want: [['TILE_MISMATCH', 256]],
  },
  {
    name: 'extra tile',
    run: (f) => sql(f, "INSERT INTO tiles VALUES(0, 3, x'00')"),
    want: [['TILE_MISMATCH', 768]],
  },
  {
    name: 'tile beyond all levels',
    run: (f) => sql(f, `INSERT INTO tiles VALUES(${2n ** 63n - 1n}, ${2n ** 63n - 1n}, x'00')`),
    want: [['TILE_MISMATCH']],
  },
  ...(
    [
      [63, 0, 0],
      [1000, 0, 0],
      [-3, 1, 0],
      [3, 5, 5 * 256 ** 4],
    ] as const
  ).map(([level, n, index]) => ({
    name: `tile ${n} of level ${level} too much`,
    run: (f: Forgery) => sql(f, `INSERT INTO tiles VALUES(${level}, ${n}, zeroblob(32))`),
    want: [['TILE_MISMATCH', index]] as Attack['want'],
  })),
  {
    name: 'wrong head',
    run: (f) => sql(f, 'UPDATE head SET size = 599'),
    want: [['HEAD_MISMATCH', 599]],
  },
  {
    name: 'compact range of 20 MB',
    run: (f) => sql(f, 'UPDATE head SET crange = zeroblob(20000000)'),
    want: [['HEAD_MISMATCH', 600]],
  },
  { name: 'no head', run: (f) => sql(f, 'DELETE FROM head'), want: [['HEAD_MISMATCH', 0]] },
  {
    name: 'second head',
    run: (f) => sql(f, 'INSERT INTO head SELECT 2, size, crange FROM head'),
    want: [['HEAD_MISMATCH', 600]],
  },
];

const SCHEMA: Attack[] = [
  {
    name: 'view for a table',
    run: (f) =>
      sql(f, 'ALTER TABLE events RENAME TO real; CREATE VIEW events AS SELECT * FROM real'),
    want: [['SCHEMA_MISMATCH']],
  },
  {
    name: 'trigger',
    run: (f) => sql(f, 'CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM head; END'),
    want: [['SCHEMA_MISMATCH']],
  },
  {
    name: 'extra column',
    run: (f) => sql(f, 'ALTER TABLE events ADD COLUMN x TEXT'),
    want: [['SCHEMA_MISMATCH']],
  },
  {
    name: 'generated column',
    run: (f) =>
      sql(f, "ALTER TABLE events ADD COLUMN run TEXT AS (json_extract(body, '$.run')) VIRTUAL"),
    want: [['SCHEMA_MISMATCH']],
    clean: ['DB_CORRUPT'],
  },
  { name: 'extra table', run: (f) => sql(f, 'CREATE TABLE x(y)'), want: [['SCHEMA_MISMATCH']] },
  {
    name: 'undeclared index',
    run: (f) => sql(f, 'CREATE INDEX i ON events(type)'),
    want: [['SCHEMA_MISMATCH']],
  },
  ...['TRIGGER x AFTER INSERT ON events BEGIN SELECT 1; END', 'VIEW x AS SELECT 1', 'TABLE x(y)']
    .concat('INDEX x ON events(ts)')
    .map((text) => ({
      name: `schema with a name beyond all measure: ${text}`,
      run: (f: Forgery) => sql(f, `CREATE ${text.replace('x', 'x'.repeat(2000))}`),
      want: [['SCHEMA_MISMATCH']] as Attack['want'],
    })),
  ...['X\'c520\'', "CAST('locked' AS BLOB)", "CAST('unable to open x' AS BLOB)"].map((bytes) => ({
    name: `schema text that SQLite quotes in its complaint: ${bytes}`,
    run: (f: Forgery) => {
      f.db.unsafeMode(true);
      f.db.pragma('writable_schema = ON');
      const text = `CAST(CAST('CREATE ' AS BLOB) || ${bytes} AS TEXT)`;
      sql(f, `UPDATE sqlite_schema SET sql = ${text} WHERE name = 'tiles'`);
    },
    want: [['SCHEMA_MISMATCH'], ['DB_CORRUPT']] as Attack['want'],
  })),
  { name: 'statistics tables', run: (f) => sql(f, 'ANALYZE'), want: [['SCHEMA_MISMATCH']] },
];

const db = (dir: string): string => join(dir, 'log', 'audit.db');
const FILES: Attack[] = [
  { name: 'removed', run: nothing, files: (d) => rmSync(db(d)), want: [['LOG_MISSING', 0]] },
  {
    name: 'folder removed',
    run: nothing,
    files: (d) => rmSync(join(d, 'log'), { recursive: true }),
    want: [['LOG_MISSING', 0]],
  },
  { name: 'emptied file', run: nothing, files: (d) => truncateSync(db(d)), want: [['DB_CORRUPT']] },
  {
    name: 'cut in the middle',
    run: nothing,
    files: (d) => truncateSync(db(d), 100_000),
    want: [['DB_CORRUPT']],
  },
  ...[1, 100].map((bytes) => ({
    name: `cut by the last ${bytes} bytes, which are zeros`,
    run: nothing,
    files: (d: string) => truncateSync(db(d), statSync(db(d)).size - bytes),
    want: [['DB_CORRUPT']] as Attack['want'],
  })),
  ...['/nonexistent', 'log'].map((to) => ({
    name: `folder is a link that leads nowhere: ${to}`,
    run: nothing,
    files: (d: string) => (rmSync(join(d, 'log'), { recursive: true }), symlinkSync(to, join(d, 'log'))),
    want: [['SYMLINK'], ['LOG_MISSING', 0]] as Attack['want'],
  })),
  {
    name: 'journal that has its readers delete the anchor',
    run: nothing,
    files: (d) => plantJournal(db(d), join(d, 'trust/anchor.note')),
    want: [['DB_CORRUPT']],
  },
  {
    name: 'link to itself',
    run: nothing,
    files: (d) => (rmSync(db(d)), symlinkSync('audit.db', db(d))),
    want: [['SYMLINK'], ['LOG_MISSING', 0]],
  },
  {
    name: 'pages brought in by a journal left behind',
    run: nothing,
    files: (d) => plantJournal(db(d)),
    want: [['COLUMN_MISMATCH', 5]],
  },
  {
    name: 'header overwritten',
    run: nothing,
    files: (d) => patch(db(d), 0, Buffer.alloc(100, 0x41)),
    want: [['DB_CORRUPT']],
  },
  {
    name: 'page overwritten',
    run: nothing,
    files: (d) => patch(db(d), 4096 * 20, Buffer.alloc(4096, 0xff)),
    want: [['DB_CORRUPT']],
  },
  {
    name: 'directory in its place',
    run: nothing,
    files: (d) => (rmSync(db(d)), cpSync(join(d, 'trust'), db(d), { recursive: true })),
    want: [['DB_CORRUPT']],
  },
  {
    name: 'writable by others',
    run: nothing,
    files: (d) => chmodSync(db(d), 0o646),
    want: [['PERMISSIONS']],
  },
  {
    name: 'database is a link',
    run: nothing,
    files: (d) => (renameSync(db(d), join(d, 'x.db')), symlinkSync(join(d, 'x.db'), db(d))),
    want: [['SYMLINK']],
  },
  {
    name: 'folder is a link',
    run: nothing,
    files: (d) => (
      renameSync(join(d, 'log'), join(d, 'x')), symlinkSync(join(d, 'x'), join(d, 'log'))
    ),
    want: [['SYMLINK']],
  },
];

/** A rollback journal as a crash leaves it: opening the file puts the forged pages in place. */
function plantJournal(file: string, deletes?: string): void {
  const genuine = readFileSync(file);
  const base = new Database(file);
  base.pragma('journal_mode = DELETE');
  base.exec("UPDATE events SET type = 'forged' WHERE idx = 5");
  base.pragma('cache_size = 5');
  base.exec('BEGIN; UPDATE events SET type = type || 1; UPDATE tiles SET data = zeroblob(8192)');
  const journal = readFileSync(`${file}-journal`);
  base.exec('ROLLBACK');
  base.close();
  writeFileSync(file, genuine);
  const name = deletes === undefined ? Buffer.alloc(0) : superJournal(deletes);
  writeFileSync(`${file}-journal`, Buffer.concat([journal, name]), { mode: 0o640 });
}

/** The last record of a journal: a file that SQLite deletes when the journal is played back. */
function superJournal(name: string): Buffer {
  const numbers = Buffer.alloc(8);
  const bytes = Buffer.from(name);
  numbers.writeUInt32BE(bytes.length, 0);
  numbers.writeUInt32BE(bytes.reduce((sum, byte) => sum + byte, 0), 4);
  const lockPage = Buffer.alloc(4);
  lockPage.writeUInt32BE(0x40000000 / 4096 + 1);
  return Buffer.concat([lockPage, bytes, numbers, Buffer.from('d9d505f920a163d7', 'hex')]);
}

function patch(file: string, at: number, bytes: Buffer): void {
  const all = readFileSync(file);
  bytes.copy(all, at);
  writeFileSync(file, all);
}

/** Rebuilds a table without types, changes a value's type, and puts the declared text back. */
function untyped(f: Forgery, table: 'events' | 'head' | 'tiles', change: string): void {
  const columns = {
    events: 'idx INTEGER PRIMARY KEY, leaf, ts, type, body',
    head: 'id INTEGER PRIMARY KEY, size, crange',
    tiles: 'level, n, data, PRIMARY KEY(level,n)',
  }[table];
  const declared = f.db.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').pluck().get(table);
  f.db.unsafeMode(true);
  const kind = table === 'tiles' ? 'WITHOUT ROWID' : '';
  sql(f, `ALTER TABLE ${table} RENAME TO old; CREATE TABLE ${table}(${columns}) ${kind}`);
  sql(f, `INSERT INTO ${table} SELECT * FROM old; DROP TABLE old; ${change}`);
  f.db.pragma('writable_schema = ON');
  f.db.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(declared, table);
}

const TYPES: Attack[] = (
  [
    ['ts', 'events', 'UPDATE events SET ts = CAST(ts AS BLOB) WHERE idx = 9'],
    ['type', 'events', 'UPDATE events SET type = CAST(type AS BLOB) WHERE idx = 9'],
    ['leaf', 'events', 'UPDATE events SET leaf = hex(leaf) WHERE idx = 9'],
    ['no leaf', 'events', 'UPDATE events SET leaf = NULL WHERE idx = 9'],
    ['body', 'events', 'UPDATE events SET body = CAST(body AS BLOB) WHERE idx = 9'],
    ['a number for a body', 'events', 'UPDATE events SET body = 5.5 WHERE idx = 9'],
    ['head size', 'head', "UPDATE head SET size = '600'"],
    ['head size as real', 'head', 'UPDATE head SET size = 600.0'],
    ['no head size', 'head', 'UPDATE head SET size = NULL'],
    ['tile level', 'tiles', "UPDATE tiles SET level = 'x' WHERE level = 1"],
    ['tile number', 'tiles', "UPDATE tiles SET n = x'01' WHERE level = 0 AND n = 1"],
  ] as const
).map(([name, table, change]) => ({
  name: `of another type: ${name}`,
  run: (f) => untyped(f, table, change),
  want: [['DB_CORRUPT']],
}));

export const ATTACKS: Attack[] = [
  ...TYPES,
  ...EDITS,
  ...RESIGN,
  ...ROWS,
  ...CUTS,
  ...NOTES,
  ...SIGNATURES,
  ...DERIVED,
  ...SCHEMA,
  ...FILES,
];

/** What goes to the program inside the cage, one JSON object on stdin. */
export interface SqliteRequest {
  path: string;
  sql: string;
  params: (string | number | boolean | null)[];
  write: boolean;
  maxRows: number;
  maxBytes: number;
}

/** What comes back, one JSON object on stdout; hostile until checked. */
export type SqliteReply =
  | { ok: true; columns: string[]; rows: unknown[][]; truncated: boolean; changes: number }
  | { ok: false; errcode: number; message: string };

/** Not a result code of SQLite: the file does not exist. */
export const MISSING = -1;

/**
 * The whole program that opens a database file inside the cage. It is sent as text, so it uses
 * nothing but what stands in its own body and in Node. A database file is hostile input: views and
 * triggers in it run here, under the authorizer, in a process without network or other files.
 */
export function sqliteProgram(): void {
  const { readFileSync, statSync } = process.getBuiltinModule('node:fs');
  const { DatabaseSync, constants: c } = process.getBuiltinModule('node:sqlite');
  const request = JSON.parse(readFileSync(0, 'utf8')) as SqliteRequest;
  const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? -1;
  const calm = sizeOf(`${request.path}-wal`) <= 0 && sizeOf(`${request.path}-journal`) <= 0;
  const reads = [c.SQLITE_SELECT, c.SQLITE_READ, c.SQLITE_FUNCTION, c.SQLITE_RECURSIVE];
  const writes = [c.SQLITE_INSERT, c.SQLITE_UPDATE, c.SQLITE_DELETE, c.SQLITE_TRANSACTION];
  const allowed = new Set(request.write ? [...reads, ...writes] : reads);
  const plain = (value: unknown): unknown => {
    if (typeof value === 'bigint') {
      const n = Number(value);
      return Number.isSafeInteger(n) ? n : String(value);
    }
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    return value instanceof Uint8Array ? `<${value.byteLength} bytes>` : value;
  };
  const run = (): SqliteReply => {
    if (sizeOf(request.path) < 0) return { ok: false, errcode: -1, message: '' };
    // A file on a read-only mount that nobody is writing can be read without a lock file.
    const url = new URL(`file://${encodeURI(request.path)}`);
    if (!request.write && calm) url.searchParams.set('immutable', '1');
    const db = new DatabaseSync(url, {
      readOnly: !request.write,
      allowExtension: false,
      enableDoubleQuotedStringLiterals: false,
      timeout: 5000,
    });
    db.enableDefensive(true);
    db.setAuthorizer((action, first, second) => {
      const loads = [first, second].some((name) => name?.toLowerCase() === 'load_extension');
      return allowed.has(action) && !loads ? c.SQLITE_OK : c.SQLITE_DENY;
    });
    const statement = db.prepare(request.sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const columns = statement.columns().map((column) => column.name);
    const params = request.params.map((p) => (typeof p === 'boolean' ? Number(p) : p));
    const rows: unknown[][] = [];
    let bytes = 0;
    let truncated = false;
    if (columns.length === 0) {
      const { changes } = statement.run(...params);
      return { ok: true, columns, rows, truncated, changes: Number(changes) };
    }
    for (const row of statement.iterate(...params) as Iterable<unknown>) {
      const values = (row as unknown[]).map(plain);
      bytes += JSON.stringify(values).length;
      if (rows.length >= request.maxRows || bytes > request.maxBytes) {
        truncated = true;
        break;
      }
      rows.push(values);
    }
    return { ok: true, columns, rows, truncated, changes: 0 };
  };
  let reply: SqliteReply;
  try {
    reply = run();
  } catch (error) {
    const { errcode = 0, message = '' } = error as { errcode?: number; message?: string };
    reply = { ok: false, errcode, message: message.slice(0, 200) };
  }
  process.stdout.write(JSON.stringify(reply));
}

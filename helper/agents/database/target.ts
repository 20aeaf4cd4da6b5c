import { AkiosError } from '../../../shared/domain/errors.ts';
import { canonicalPath } from '../../cage/worker/project-path.ts';

export interface PostgresTarget {
  kind: 'postgresql';
  host: string;
  port: number;
  user: string;
  password: string | null;
  database: string;
}

export interface SqliteTarget {
  kind: 'sqlite';
  /** Canonical, relative to the project. */
  path: string;
}

const SQLITE_FILE = /\.(?:db|db3|sqlite|sqlite3)$/i;

/**
 * Reads `sqlite:path`, `sqlite:///path` or `postgresql://user[:password]@host[:port]/database`.
 * @throws AkiosError INPUT_INVALID; the text itself is never repeated, it may hold a password
 */
export function parseDatabaseUrl(text: string): PostgresTarget | SqliteTarget {
  const sqlite = /^sqlite:(?:\/\/\/?)?(.+)$/i.exec(text);
  if (sqlite) {
    const path = canonicalPath(sqlite[1] ?? '');
    if (!SQLITE_FILE.test(path)) throw bad('is not a database file (.db, .sqlite)');
    return { kind: 'sqlite', path };
  }
  const url = /^postgres(?:ql)?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (!url) throw bad('is neither sqlite:path nor postgresql://user@host/database');
  // The settings that could turn TLS off or send the connection elsewhere are ours to choose.
  if (url.search || url.hash) throw bad('may not hold options after "?"');
  const database = decode(url.pathname.slice(1));
  if (!url.hostname || !url.username || !/^[A-Za-z0-9_.-]{1,63}$/.test(database)) {
    throw bad('needs user, host and database');
  }
  if (url.hostname.includes('%') || url.hostname.startsWith('['))
    throw bad('needs a plain host name');
  return {
    kind: 'postgresql',
    host: url.hostname.toLowerCase(),
    port: url.port ? Number(url.port) : 5432,
    user: decode(url.username),
    password: url.password ? decode(url.password) : null,
    database,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) throw bad('holds a broken % escape');
    throw error;
  }
}

function bad(reason: string): AkiosError {
  return new AkiosError('INPUT_INVALID', `database_url: ${reason}.`, {
    where: 'database_url',
    hint: 'For example sqlite:data/input/claims.db, or ${DATABASE_URL} kept in the secret store.',
  });
}

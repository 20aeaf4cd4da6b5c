import type { Json, JsonObject } from '../../shared/domain/json.ts';

const MARK = '«SECRET»';
/** Shorter values would blank out ordinary words. */
const MIN_LENGTH = 6;

/** Remembers the secrets one effect was given, so that none of them comes back in its answer. */
export class SecretKeeper {
  private readonly source: (name: string) => string | undefined;
  private readonly taken = new Set<string>();

  constructor(source: (name: string) => string | undefined) {
    this.source = source;
  }

  take(name: string): string | undefined {
    const value = this.source(name);
    if (value !== undefined && value.trim().length >= MIN_LENGTH) {
      this.taken.add(value);
      this.taken.add(value.trim());
    }
    return value;
  }

  scrub(text: string): string {
    let clean = text;
    for (const secret of this.taken) {
      clean = clean.replaceAll(secret, MARK);
      clean = clean.replaceAll(encodeURIComponent(secret), MARK);
      clean = clean.replaceAll(Buffer.from(secret).toString('base64'), MARK);
    }
    return clean;
  }

  scrubJson(value: JsonObject): JsonObject {
    return this.taken.size === 0 ? value : (this.walk(value) as JsonObject);
  }

  private walk(value: Json): Json {
    if (typeof value === 'string') return this.scrub(value);
    if (Array.isArray(value)) return value.map((item) => this.walk(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [this.scrub(key), this.walk(inner)]),
    );
  }
}

const ACCENTS: Readonly<Record<string, string>> = {
  a: 'á',
  b: 'ƀ',
  c: 'ç',
  d: 'ð',
  e: 'é',
  f: 'ƒ',
  g: 'ĝ',
  h: 'ĥ',
  i: 'î',
  j: 'ĵ',
  k: 'ķ',
  l: 'ļ',
  m: 'ɱ',
  n: 'ñ',
  o: 'ö',
  p: 'þ',
  r: 'ŕ',
  s: 'š',
  t: 'ţ',
  u: 'û',
  v: 'ṽ',
  w: 'ŵ',
  y: 'ý',
  z: 'ž',
};

/**
 * A made-up language a third longer than English. It shows texts that never went through the
 * catalogue and places that are too narrow. ICU arguments and tags stay as they are.
 */
export function pseudo(message: string): string {
  // Even depths are text (a branch of a plural is text again), odd depths are arguments.
  let depth = 0;
  let tag = false;
  let letters = 0;
  let out = '';
  for (const c of message) {
    if (c === '{') depth += 1;
    else if (c === '}') depth -= 1;
    else if (c === '<') tag = true;
    const literal = depth % 2 === 0 && !tag;
    if (literal && /[a-zA-Z]/.test(c)) letters += 1;
    out += literal ? (ACCENTS[c] ?? c) : c;
    if (c === '>') tag = false;
  }
  return `[${out}${'~'.repeat(Math.ceil(letters * 0.3))}]`;
}

export function pseudoCatalogue<K extends string>(
  en: Readonly<Record<K, string>>,
): Record<K, string> {
  const out = {} as Record<K, string>;
  for (const key of Object.keys(en) as K[]) out[key] = pseudo(en[key]);
  return out;
}

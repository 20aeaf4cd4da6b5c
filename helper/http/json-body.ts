import { AkiosError } from '../../shared/domain/errors.ts';

/** Nesting that no honest input reaches; deeper text would cost the parsers their stack. */
const MAX_DEPTH = 64;

/** Parses a JSON object. Refuses depth bombs and prototype keys. */
export function parseJsonBody(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text, (key, inner: unknown) => {
      if (key === '__proto__') throw malformed('The key __proto__ is refused.');
      return inner;
    });
  } catch (cause) {
    if (cause instanceof AkiosError) throw cause;
    throw malformed('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('The body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}

function checkDepth(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 0x5c) i += 1;
      else if (c === 0x22) quoted = false;
    } else if (c === 0x22) quoted = true;
    else if (c === 0x7b || c === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) throw malformed(`The body nests deeper than ${MAX_DEPTH} levels.`);
    } else if (c === 0x7d || c === 0x5d) depth -= 1;
  }
}

function malformed(message: string): AkiosError {
  return new AkiosError('INPUT_INVALID', message);
}

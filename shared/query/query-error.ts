import { AkiosError } from '../domain/errors.ts';

/** INPUT_INVALID naming the character (1-based) where the query stops making sense. */
export function queryError(message: string, position: number, hint: string): AkiosError {
  return new AkiosError('INPUT_INVALID', message, {
    hint,
    where: `q:1:${position + 1}`,
    details: { position },
  });
}

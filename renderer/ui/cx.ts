/** Joins class names; what is false, null or undefined is left out. */
export const cx = (...names: readonly (string | false | null | undefined)[]): string =>
  names.filter((n): n is string => typeof n === 'string' && n !== '').join(' ');

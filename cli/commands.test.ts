import { describe, expect, test } from 'vitest';
import { findCommand } from './commands.ts';
import { options } from './options.ts';

describe('what was meant', () => {
  test.each([
    [['runn'], 'akios run'],
    [['cage', 'upp'], 'akios cage up'],
    [['cgae', 'up'], 'akios cage up'],
    [['doctr', '--json'], 'akios doctor'],
    [['audti', 'verify'], 'akios audit verify'],
  ])('%j', (argv, meant) => {
    expect(() => findCommand(argv)).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining(`"${meant}"`) }),
    );
  });

  test('nothing is guessed from a word far from all', () => {
    expect(() => findCommand(['frobnicate'])).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: '`akios --help` lists all commands.' }),
    );
  });

  test('an option', () => {
    const parse = () =>
      options(['--plam'], 'run', { plan: { type: 'boolean' } }, { min: 0, max: 0 });
    expect(parse).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('--plan') }),
    );
  });
});

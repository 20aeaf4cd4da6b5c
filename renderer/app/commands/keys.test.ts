import fc from 'fast-check';
import { expect, test } from 'vitest';
import { intentOf, type KeyLike } from './keys.ts';

const key = (name: string, held: Partial<KeyLike> = {}): KeyLike => ({
  key: name,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

test('a stray letter opens nothing', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,-'),
      (c) => {
        expect(intentOf(key(c), false)).toBeNull();
        expect(intentOf(key(c), true)).toBeNull();
      },
    ),
  );
});

test('palette, screens and the kill switch work while typing; single keys do not', () => {
  expect(intentOf(key('k', { ctrlKey: true }), true)).toEqual({ kind: 'palette' });
  expect(intentOf(key('K', { metaKey: true }), false)).toEqual({ kind: 'palette' });
  expect(intentOf(key('3', { ctrlKey: true }), true)).toEqual({ kind: 'screen', index: 3 });
  expect(intentOf(key('.', { ctrlKey: true }), true)).toEqual({ kind: 'kill' });
  expect(intentOf(key('>', { code: 'Period', ctrlKey: true, shiftKey: true }), true)).toEqual({
    kind: 'panic',
  });
  expect(intentOf(key('/'), true)).toBeNull();
  expect(intentOf(key('?'), true)).toBeNull();
  expect(intentOf(key('/'), false)).toEqual({ kind: 'filter' });
  expect(intentOf(key('?', { shiftKey: true }), false)).toEqual({ kind: 'shortcuts' });
});

test('F6 goes round the regions both ways', () => {
  expect(intentOf(key('F6'), true)).toEqual({ kind: 'region', back: false });
  expect(intentOf(key('F6', { shiftKey: true }), true)).toEqual({ kind: 'region', back: true });
});

import { describe, expect, it } from 'vitest';
import { API_BASE, fromQueryValue, toHttpForm } from './http-form.ts';
import { type CallName, contract, definitionOf } from './table.ts';

describe('the HTTP form of calls', () => {
  it('has one address per call', () => {
    const addresses = (Object.keys(contract) as CallName[]).map((name) => {
      const { method, path } = definitionOf(name);
      return `${method} ${path.replace(/:[A-Za-z]+/g, ':x')}`;
    });
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it('fills the path from the input and sends the rest', () => {
    const get = toHttpForm('audit.proof', { project: '/a b', seq: 3, size: undefined });
    expect(get).toEqual({
      method: 'GET',
      url: `${API_BASE}/audit/proof/3?project=${encodeURIComponent('"/a b"')}`,
      body: null,
    });
    const post = toHttpForm('run.cancel', { run: 'r/1', reason: 'x' });
    expect(post.url).toBe(`${API_BASE}/runs/r%2F1/cancel`);
    expect(JSON.parse(post.body ?? '')).toEqual({ reason: 'x' });
  });

  it('reads query values as text or as JSON, and never guesses a type', () => {
    expect(fromQueryValue('/tmp/x', 'string')).toBe('/tmp/x');
    expect(fromQueryValue('"/tmp/x"', 'string')).toBe('/tmp/x');
    expect(fromQueryValue('12', 'string')).toBe('12');
    expect(fromQueryValue('12', 'integer')).toBe(12);
    expect(fromQueryValue('1e3', 'integer')).toBe('1e3');
    expect(fromQueryValue('true', 'boolean')).toBe(true);
    expect(fromQueryValue('1', 'boolean')).toBe('1');
    expect(fromQueryValue('"broken', 'string')).toBe('"broken');
  });
});

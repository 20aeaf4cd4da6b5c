import { describe, expect, test } from 'vitest';
import { effectiveAblations, loadConfig, parseDotenv } from './config.ts';

const load = (yaml: string, env: Record<string, string> = {}) =>
  loadConfig(yaml, 'config.yaml', env);
const failing = (yaml: string, env: Record<string, string> = {}) => {
  try {
    load(yaml, env);
  } catch (error) {
    return error;
  }
  throw new Error('was accepted');
};

describe('config.yaml', () => {
  test('an empty file gives the published defaults', () => {
    for (const text of ['', '# nothing\n']) {
      expect(load(text).config).toMatchObject({
        environment: 'development',
        sandbox_enabled: true,
        require_level: 'none',
        cpu_limit: 0.8,
        memory_limit_mb: 256,
        pids_limit: 64,
        max_open_files: 100,
        max_file_size_mb: 10,
        network_access_allowed: false,
        allowed_domains: [],
        pii_redaction_enabled: true,
        pii_redaction_outputs: true,
        redaction_strategy: 'mask',
        cost_kill_enabled: true,
        budget_limit_per_run: 1_000_000,
        max_tokens_per_call: 1000,
        audit_enabled: true,
        audit_export_enabled: true,
        audit_storage_path: './audit/',
        audit_retention_days: 0,
        audit_legal_hold: false,
        log_level: 'INFO',
      });
    }
  });

  test('an unknown key names its place and the nearest key', () => {
    expect(failing('environment: staging\nnetwork_acess_allowed: true\n')).toMatchObject({
      code: 'CONFIG_INVALID',
      where: 'config.yaml:2:1',
      message: 'network_acess_allowed: unknown key',
      hint: 'Did you mean "network_access_allowed"?',
    });
    expect(failing('rules:\n  - {id: a, efect: deny, gate: fs, target: x}\n')).toMatchObject({
      where: 'config.yaml:2:13',
      hint: 'Did you mean "effect"?',
    });
  });

  test.each([
    ['budget_limit_per_run: 0', 'config.yaml:1:23'],
    ['budget_limit_per_run: -1', 'config.yaml:1:23'],
    ['budget_limit_per_run: .nan', 'config.yaml:1:23'],
    ['budget_limit_per_run: 1e300', 'config.yaml:1:23'],
    ['budget_limit_per_run: "1e3"', 'config.yaml:1:23'],
    ['budget_limit_per_run: 0.0000001', 'config.yaml:1:23'],
    ['allowed_domains: ["*.example.org"]', 'config.yaml:1:19'],
    ['allowed_domains: ["*"]', 'config.yaml:1:19'],
    ['allowed_domains: ["https://example.org"]', 'config.yaml:1:19'],
    ['memory_limit_mb: 0', 'config.yaml:1:18'],
    ['cpu_limit: yes', 'config.yaml:1:12'],
    ['environment: prod', 'config.yaml:1:14'],
    ['- a', 'config.yaml:1:1'],
    ['a: b: c', 'config.yaml:1:2'],
  ])('refuses %s with its place', (yaml, where) => {
    const error = failing(yaml) as { code: string; where?: string };
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.where?.replace(/:\d+$/, '')).toBe(where.replace(/:\d+$/, ''));
  });

  test('the environment wins, by the kind of the key', () => {
    const { config, origins } = load('network_access_allowed: false\nbudget_limit_per_run: 5', {
      AKIOS_NETWORK_ACCESS_ALLOWED: 'true',
      AKIOS_ALLOWED_DOMAINS: ' api.example.org , b.example.org ',
      AKIOS_BUDGET_LIMIT_PER_RUN: '0.25',
      AKIOS_MEMORY_LIMIT_MB: '512',
      AKIOS_STATE_DIR: '/x',
    });
    expect(config).toMatchObject({
      network_access_allowed: true,
      allowed_domains: ['api.example.org', 'b.example.org'],
      budget_limit_per_run: 250_000,
      memory_limit_mb: 512,
    });
    expect(origins['budget_limit_per_run']).toBe('environment AKIOS_BUDGET_LIMIT_PER_RUN');
  });

  test('a bad variable is named, a stray one warned of, rules cannot come from it', () => {
    expect(failing('', { AKIOS_SANDBOX_ENABLED: 'maybe' })).toMatchObject({
      where: 'environment AKIOS_SANDBOX_ENABLED',
    });
    expect(failing('', { AKIOS_MEMORY_LIMIT_MB: '-5' })).toMatchObject({
      where: 'environment AKIOS_MEMORY_LIMIT_MB',
    });
    expect(failing('', { AKIOS_RULES: '[]' })).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(load('', { AKIOS_NETWORK_ACCES_ALLOWED: 'true' }).warnings.join()).toContain(
      'AKIOS_NETWORK_ACCESS_ALLOWED',
    );
  });

  test('production refuses dropped protections, also when the environment drops them', () => {
    for (const key of [
      'sandbox_enabled',
      'pii_redaction_enabled',
      'pii_redaction_outputs',
      'audit_enabled',
      'cost_kill_enabled',
    ]) {
      expect(failing(`environment: production\n${key}: false`)).toMatchObject({
        code: 'CONFIG_INVALID',
        where: 'config.yaml:2:1',
      });
      expect(
        failing('environment: production', { [`AKIOS_${key.toUpperCase()}`]: 'false' }),
      ).toMatchObject({
        code: 'CONFIG_INVALID',
      });
      expect(failing(`${key}: false`, { AKIOS_ENVIRONMENT: 'production' })).toMatchObject({
        code: 'CONFIG_INVALID',
      });
    }
    const { config } = load('environment: production');
    expect(() => effectiveAblations(config, ['no-audit'])).toThrow(
      expect.objectContaining({ code: 'DENIED' }),
    );
    expect(effectiveAblations(config, [])).toEqual([]);
    expect(effectiveAblations(load('audit_enabled: false').config, ['no-pii'])).toEqual([
      'no-audit',
      'no-pii',
    ]);
  });

  test('network on with no host listed is warned of', () => {
    expect(load('network_access_allowed: true').warnings).toHaveLength(1);
  });

  test('.env lines', () => {
    expect(
      parseDotenv('A=1\nexport B = "x # y"\n# c\nC=\'q\' # t\nD=a b # c\nE=\n=x\n1F=2'),
    ).toEqual({
      A: '1',
      B: 'x # y',
      C: 'q',
      D: 'a b',
      E: '',
    });
  });
});

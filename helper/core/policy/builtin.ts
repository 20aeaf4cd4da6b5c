import type { Config } from '../config/fields.ts';
import type { PolicyRequest, Rule } from './model.ts';
import { pathGlob } from './targets.ts';

const BUILT_IN = 'built in';
export const FS_READS = ['read', 'list', 'stat', 'exists', 'analyze', 'analyse', 'parse'] as const;

/** Folders a workflow may read; `data/output` is also the only one it may write. */
export const READ_FOLDERS = ['data/input', 'data/output', 'templates', 'workflows'] as const;
export const WRITE_FOLDERS = ['data/output'] as const;

/** Providers whose model runs on this machine. */
export const LOCAL_PROVIDERS: ReadonlySet<string> = new Set(['builtin', 'local', 'ollama']);
/** Providers that work inside the helper: no network, no key, no cost. */
export const BUILT_IN_PROVIDERS: ReadonlySet<string> = new Set(['builtin']);

/** Secrets of a project; compared without regard to case, at any depth. */
const SECRET_GLOBS = [
  '**/.env',
  '**/.env.*',
  '**/*.key',
  '**/*.pem',
  '**/*.p12',
  '**/*.pfx',
  '**/*.kdbx',
  '**/id_rsa*',
  '**/id_ed25519*',
  '**/id_ecdsa*',
  '**/.ssh/**',
  '**/.ssh',
  '**/.aws/**',
  '**/.gnupg/**',
  '**/.netrc',
  '**/.npmrc',
  '**/.git-credentials',
  '**/credentials.json',
] as const;

/** What keeps the cage itself safe: no rule of a project can allow these. */
const SELF_GLOBS = [
  'audit',
  'audit/**',
  'config.yaml',
  '.env',
  '.env.*',
  'agents',
  'agents/**',
] as const;

function onFs(test: (path: string) => boolean, reads: boolean | null) {
  return (request: PolicyRequest): boolean => {
    const isRead = (FS_READS as readonly string[]).includes(request.action);
    return (reads === null || reads === isRead) && test(request.target);
  };
}

function anyOf(globs: readonly string[], ignoreCase: boolean) {
  const tests = globs.map((glob) => pathGlob(glob, { ignoreCase, below: false }));
  return (path: string): boolean => tests.some((test) => test(path));
}

function under(folders: readonly string[]) {
  return (path: string): boolean =>
    folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** Rules that no project file can change. */
export function neverRules(): Rule[] {
  return [
    {
      id: 'builtin.secret-files',
      effect: 'never',
      gate: 'fs',
      matches: onFs(anyOf(SECRET_GLOBS, true), null),
      reason: 'Key and secret files are never opened for a workflow.',
      where: BUILT_IN,
    },
    {
      id: 'builtin.self-protection',
      effect: 'never',
      gate: 'fs',
      matches: onFs(anyOf(SELF_GLOBS, true), null),
      reason: 'The audit trail, the settings and the agent files are out of reach of a workflow.',
      where: BUILT_IN,
    },
    {
      id: 'builtin.read-only-folder',
      effect: 'never',
      gate: 'fs',
      matches: onFs((path) => !under(WRITE_FOLDERS)(path), false),
      reason: 'This folder is read-only for a workflow; write under data/output.',
      where: BUILT_IN,
    },
  ];
}

/** What the settings of a project allow, each rule naming the setting. */
export function settingRules(config: Config, origin: (key: string) => string): Rule[] {
  return [
    ...fsRules(),
    ...netRules(config, origin),
    ...execRules(config, origin),
    ...modelRules(config, origin),
    ...(config.ask_irreversible ? [askIrreversible(origin)] : []),
  ];
}

function fsRules(): Rule[] {
  return [
    {
      id: 'builtin.read-project-folders',
      effect: 'allow',
      gate: 'fs',
      matches: onFs(under(READ_FOLDERS), true),
      reason: 'data/input, data/output, templates and workflows may be read.',
      where: BUILT_IN,
    },
    {
      id: 'builtin.write-output',
      effect: 'allow',
      gate: 'fs',
      matches: onFs((path) => path !== 'data/output' && under(WRITE_FOLDERS)(path), false),
      reason: 'data/output may be written.',
      where: BUILT_IN,
    },
  ];
}

function netRules(config: Config, origin: (key: string) => string): Rule[] {
  const open = config.network_access_allowed;
  const listed = new Set(
    config.allowed_domains.map((entry) => (entry.includes(':') ? entry : `${entry}:443`)),
  );
  return [
    {
      id: 'settings.network-off',
      effect: 'deny',
      gate: 'net',
      matches: () => !open,
      reason: 'network_access_allowed is false.',
      where: origin('network_access_allowed'),
    },
    {
      id: 'settings.allowed-domains',
      effect: 'allow',
      gate: 'net',
      matches: (request) => open && listed.has(request.target),
      reason: 'The host is listed in allowed_domains.',
      where: origin('allowed_domains'),
    },
  ];
}

/** A plain name allows that program in the system folders only, never a file of the project. */
function execRules(config: Config, origin: (key: string) => string): Rule[] {
  const names = new Set(config.allowed_commands);
  const system = /^\/(?:usr\/(?:local\/)?)?s?bin\/([^/]+)$/;
  return [
    {
      id: 'settings.allowed-commands',
      effect: 'allow',
      gate: 'exec',
      matches: ({ target }) => {
        const base = system.exec(target)?.[1];
        return names.has(target) || (base !== undefined && names.has(base));
      },
      reason: 'The program is listed in allowed_commands and runs inside the cage.',
      where: origin('allowed_commands'),
    },
  ];
}

function modelRules(config: Config, origin: (key: string) => string): Rule[] {
  const providers = config.allowed_providers ? new Set(config.allowed_providers) : null;
  const models = new Set(config.allowed_models);
  const parts = (target: string): [string, string] => {
    const slash = target.indexOf('/');
    return [target.slice(0, slash), target.slice(slash + 1)];
  };
  return [
    {
      id: 'settings.local-only',
      effect: 'deny',
      gate: 'llm',
      matches: ({ target }) => config.local_only && !LOCAL_PROVIDERS.has(parts(target)[0]),
      reason: 'local_only is true: no model outside this machine.',
      where: origin('local_only'),
    },
    {
      id: 'builtin.in-process-model',
      effect: 'allow',
      gate: 'llm',
      matches: ({ target }) => BUILT_IN_PROVIDERS.has(parts(target)[0]),
      reason: 'The built-in provider needs no network, key or money.',
      where: BUILT_IN,
    },
    {
      id: 'settings.allowed-providers',
      effect: 'allow',
      gate: 'llm',
      matches: ({ target }) => {
        const [provider, model] = parts(target);
        if (providers && !providers.has(provider)) return false;
        return models.size === 0 || models.has(model) || models.has(target);
      },
      reason: 'The provider and the model are allowed.',
      where: origin('allowed_providers'),
    },
  ];
}

function askIrreversible(origin: (key: string) => string): Rule {
  return {
    id: 'settings.ask-irreversible',
    effect: 'ask',
    gate: 'any',
    matches: ({ gate, reversibility }) =>
      reversibility === 'none' && (gate === 'net' || gate === 'tool' || gate === 'exec'),
    reason: 'This effect cannot be undone.',
    where: origin('ask_irreversible'),
  };
}

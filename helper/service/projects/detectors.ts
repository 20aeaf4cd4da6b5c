import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Detection } from '../../../shared/redaction/span.ts';
import type { Config } from '../../core/config/fields.ts';
import type { PluggedDetector } from '../../core/config/pii-fields.ts';
import { checkPattern } from '../../core/pii/custom.ts';
import { createDetector, type DetectorPolicy } from '../../core/pii/detector.ts';
import {
  type BackendPolicy,
  createServiceBackend,
  type PIIDetectorProtocol,
  PRESIDIO_TYPES,
} from '../../engine/pii/backend.ts';

/** In aggressive mode weaker evidence is enough. */
const AGGRESSIVE_THRESHOLD = 0.35;
const DEFAULT_URL = 'http://127.0.0.1/analyze';

/** What the settings of a project change about detection. */
export function detectorPolicyOf(config: Config | null): DetectorPolicy {
  if (config === null) return {};
  return {
    contextKeywords: config.context_keywords,
    thresholds: config.pii_thresholds,
    allowValues: config.pii_allow_values,
    ...(config.pii_redaction_aggressive ? { threshold: AGGRESSIVE_THRESHOLD } : {}),
    customPatterns: config.pii_custom_patterns.map((custom) => ({
      type: custom.type,
      pattern: custom.pattern,
      caseInsensitive: custom.ignore_case,
      ...(custom.score === undefined ? {} : { score: custom.score }),
      ...(custom.context_keywords === undefined
        ? {}
        : { contextKeywords: custom.context_keywords }),
    })),
  };
}

/** @param modulesDir where detectors of the kind `module` lie */
export function backendsOf(config: Config | null, modulesDir: string): BackendPolicy[] {
  return (config?.pii_detectors ?? []).map((one) => ({
    backend: backendOf(one, modulesDir),
    required: one.required,
    ...(one.timeout_ms === undefined ? {} : { deadlineMs: one.timeout_ms }),
    ...(one.threshold === undefined ? {} : { threshold: one.threshold }),
  }));
}

/**
 * Settings that cannot be used are refused when they are read, not at the first text.
 * @throws AkiosError CONFIG_INVALID
 */
export function checkDetection(config: Config, file: string): void {
  try {
    const policy = detectorPolicyOf(config);
    createDetector({ ...policy, customPatterns: [] });
    for (const [i, pattern] of (policy.customPatterns ?? []).entries()) {
      checkPattern(pattern, `pii_custom_patterns[${i}]`);
    }
    backendsOf(config, '/');
  } catch (error) {
    if (!(error instanceof AkiosError)) throw error;
    throw new AkiosError('CONFIG_INVALID', `${settingOf(error.where)}: ${error.message}`, {
      where: file,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

/** The key of `config.yaml` that a field of the detector comes from. */
function settingOf(where = 'pii_detectors'): string {
  return where
    .replace(/^thresholds\b/, 'pii_thresholds')
    .replace(/^contextKeywords\b/, 'context_keywords');
}

function backendOf(one: PluggedDetector, modulesDir: string): PIIDetectorProtocol {
  const { name, url, socket, module, language, types } = one;
  if (module !== undefined) return moduleBackend(name, join(modulesDir, `${module}.mjs`));
  return createServiceBackend({
    name,
    url: url ?? DEFAULT_URL,
    language,
    ...(socket === undefined ? {} : { socketPath: socket }),
    types: { ...PRESIDIO_TYPES, ...types },
  });
}

/** A module is loaded at its first text; one that others could have written is not loaded. */
function moduleBackend(name: string, file: string): PIIDetectorProtocol {
  let loaded: Promise<PIIDetectorProtocol> | null = null;
  return {
    name,
    detect: async (text, signal): Promise<Detection> => {
      loaded ??= loadModule(name, file);
      try {
        return await (await loaded).detect(text, signal);
      } catch (error) {
        // Corrected meanwhile, it is taken up without a restart.
        loaded = null;
        throw error;
      }
    },
  };
}

async function loadModule(name: string, file: string): Promise<PIIDetectorProtocol> {
  for (const path of [dirname(file), file]) refuseForeign(name, path);
  const loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  const detector = loaded.default as Partial<PIIDetectorProtocol> | undefined;
  if (typeof detector?.detect === 'function') return detector as PIIDetectorProtocol;
  throw unusable(name, `${file} has no default export with a function detect`);
}

function refuseForeign(name: string, path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw unusable(name, `there is no ${path}`);
  if (stat.isSymbolicLink()) throw unusable(name, `${path} is a link`);
  const own = process.geteuid?.() ?? 0;
  if ((stat.uid !== own && stat.uid !== 0) || (stat.mode & 0o022) !== 0) {
    throw unusable(name, `${path} can be written by others`);
  }
}

function unusable(name: string, why: string): AkiosError {
  return new AkiosError('REDACTION_FAILED', `The detector "${name}" cannot be used: ${why}.`, {
    hint: 'Correct it, or take it out of pii_detectors in config.yaml.',
    details: { source: name },
  });
}

import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { EgressRule } from '../../cage/egress/port.ts';
import type { CageLimits, CageMount } from '../../cage/port.ts';
import { readYaml } from '../../core/workflow/yaml-source.ts';
import { AGENT_LIMITS } from '../cage/limits.ts';

/** What one caged program may do beside its work folder. */
export interface AgentPolicy {
  name: string;
  /** SHA-256 (hex) of the policy text. */
  digest: string;
  limits: CageLimits;
  mounts: readonly CageMount[];
  egress: readonly EgressRule[];
  env: Readonly<Record<string, string>>;
  seccomp: 'kill' | 'quiet';
}

const MiB = 1024 * 1024;
const absolute = z
  .string()
  .max(4096)
  .refine((p) => isAbsolute(p) && !p.includes('\0'), {
    message: 'must be an absolute path',
  });
const endpoint = z
  .string()
  .regex(
    /^https:\/\/[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?::\d{1,5})?\/?$/i,
    'must be https://host or https://host:port; no wildcard, no path',
  )
  .refine((text) => !URL.canParse(text) || !/\.\d+$/.test(new URL(text).hostname), {
    message: 'must name a host; addresses are refused',
  });

const schema = z.strictObject({
  agent: z
    .strictObject({
      name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
      version: z.string().max(40).optional(),
      framework: z.string().max(40).optional(),
      owner: z.string().max(200).optional(),
      max_runtime: z
        .string()
        .regex(/^\d{1,6}[smhd]$/)
        .optional(),
    })
    .optional(),
  capabilities: z
    .strictObject({
      filesystem: z.strictObject({ read: z.array(absolute).max(64).optional() }).optional(),
      network: z
        .strictObject({
          allow_egress: z.array(endpoint).max(256).optional(),
          deny_egress: z.array(z.literal('*')).max(1).optional(),
          allow_ingress: z.literal(false).optional(),
        })
        .optional(),
    })
    .optional(),
  resources: z
    .strictObject({
      memory_mb: z.number().int().min(16).max(1_048_576).optional(),
      pids: z.number().int().min(1).max(32_768).optional(),
      cpus: z.number().min(0.05).max(64).optional(),
      open_files: z.number().int().min(16).max(1_048_576).optional(),
      file_mb: z.number().int().min(1).max(1_048_576).optional(),
      disk_mb: z.number().int().min(1).max(1_048_576).optional(),
      disk_mb_per_second: z.number().int().min(1).max(1_048_576).optional(),
      output_mb: z.number().int().min(1).max(1_048_576).optional(),
    })
    .optional(),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/), z.string().max(8192))
    .optional(),
});
type Source = z.infer<typeof schema>;

/** No network, one writable folder, the system's programs and libraries readable. */
export function defaultAgentPolicy(): AgentPolicy {
  return build({}, 'default', 'default agent policy 1');
}

/**
 * Reads a policy text: TOML by the ending of its name, else YAML. Unknown keys are refused. The
 * caller has read the file: with the helper's rights it could be one that the caller may not see.
 * @throws AkiosError POLICY_INVALID
 */
export function parseAgentPolicy(text: string, file: string): AgentPolicy {
  const parsed = schema.safeParse(decode(text, file));
  if (parsed.success) return build(parsed.data, parsed.data.agent?.name ?? 'file', text);
  // A misspelt key is the cause of the one that is missing.
  const { issues } = parsed.error;
  const issue = issues.find((found) => found.code === 'unrecognized_keys') ?? issues[0];
  throw new AkiosError(
    'POLICY_INVALID',
    `${issue?.path.map(String).join('.') || 'policy'}: ${issue?.message ?? 'not valid'}`,
    {
      where: file,
      hint: 'Sections: agent, capabilities.filesystem, capabilities.network, resources, env.',
    },
  );
}

function decode(text: string, file: string): unknown {
  try {
    return file.endsWith('.toml') ? parse(text) : (readYaml(text, file).data ?? {});
  } catch (cause) {
    if (cause instanceof TomlError) {
      const where = `${file}:${cause.line}:${cause.column}`;
      throw new AkiosError('POLICY_INVALID', 'The policy is not valid TOML.', { where, cause });
    }
    if (!(cause instanceof AkiosError)) throw cause;
    throw new AkiosError('POLICY_INVALID', cause.message, {
      ...(cause.where === undefined ? {} : { where: cause.where }),
      cause,
    });
  }
}

function build(source: Source, name: string, text: string): AgentPolicy {
  const { resources: r = {}, capabilities = {} } = source;
  const pick = (given: number | undefined, scale: number, fallback: number): number =>
    given === undefined ? fallback : given * scale;
  return {
    name,
    digest: createHash('sha256').update(text).digest('hex'),
    limits: {
      ...AGENT_LIMITS,
      wallMs:
        source.agent?.max_runtime === undefined
          ? AGENT_LIMITS.wallMs
          : duration(source.agent.max_runtime),
      memoryBytes: pick(r.memory_mb, MiB, AGENT_LIMITS.memoryBytes),
      pids: r.pids ?? AGENT_LIMITS.pids,
      cpus: r.cpus ?? AGENT_LIMITS.cpus,
      openFiles: r.open_files ?? AGENT_LIMITS.openFiles,
      fileBytes: pick(r.file_mb, MiB, AGENT_LIMITS.fileBytes),
      diskBytes: pick(r.disk_mb, MiB, AGENT_LIMITS.diskBytes),
      diskBytesPerSecond: pick(r.disk_mb_per_second, MiB, AGENT_LIMITS.diskBytesPerSecond),
      outputBytes: pick(r.output_mb, MiB, AGENT_LIMITS.outputBytes),
    },
    mounts: (capabilities.filesystem?.read ?? []).map((host) => ({
      host,
      inside: host,
      mode: 'ro',
    })),
    egress: (capabilities.network?.allow_egress ?? []).map(ruleOf),
    env: source.env ?? {},
    seccomp: 'kill',
  };
}

function ruleOf(endpointText: string): EgressRule {
  const { hostname, port } = new URL(endpointText);
  return { host: hostname, ports: [port === '' ? 443 : Number(port)] };
}

function duration(text: string): number {
  const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[text.slice(-1)] ?? 1000;
  return Number(text.slice(0, -1)) * unit;
}

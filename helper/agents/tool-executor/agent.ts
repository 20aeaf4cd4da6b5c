import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import type { CagedProcess, CageExit } from '../../cage/port.ts';
import type { ActionContext, ActionResult, Agent, AgentAction } from '../port.ts';
import { captureOutput } from './capture.ts';
import { otherNames, resolveProgram } from './program.ts';
import { openWorkspace } from './workspace.ts';

const MiB = 1024 * 1024;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** Names that change how the program itself is loaded. The cage refuses them as well. */
const LOADER_NAME =
  /^(?:LD_|DYLD_|GLIBC_|MALLOC_|NODE_OPTIONS$|NODE_PATH$|PYTHONPATH$|PYTHONSTARTUP$|PERL5|RUBYOPT$|BASH_ENV$|ENV$|IFS$|PATH$|HOME$|GCONV_PATH$|LOCPATH$)/;

const argument = z
  .string()
  .max(32_768)
  .refine((value) => !value.includes('\0'), 'holds a NUL character');

export const toolParams = z.strictObject({
  command: z
    .string()
    .regex(/^[A-Za-z0-9_./+-]{1,256}$/, 'is a program name or path, not a command line')
    .describe('A program; arguments go to args. No shell reads this.'),
  args: z.array(argument).max(1000).optional(),
  env: z
    .record(z.string(), argument)
    .refine((env) => Object.keys(env).length <= 64, 'has more than 64 names')
    .refine(
      (env) => Object.keys(env).every((name) => ENV_NAME.test(name) && !LOADER_NAME.test(name)),
      'sets a name that changes how programs are loaded',
    )
    .optional(),
  stdin: z.string().max(MiB).optional(),
  allowed_commands: z.array(z.string().min(1).max(256)).min(1).max(200).optional(),
  timeout: z.number().min(0.1).max(300).optional().describe('Seconds; default 30'),
  max_output_size: z
    .number()
    .int()
    .min(1)
    .max(10 * MiB)
    .optional()
    .describe('Bytes of stdout and stderr together; default 1 MB'),
  ok_exit_codes: z.array(z.number().int().min(0).max(255)).min(1).max(20).optional(),
});
type ToolParams = z.infer<typeof toolParams>;

export interface ToolExecutorOptions {
  /** Folders where programs are looked for, in order. They must belong to the system. */
  programFolders?: readonly string[];
  /** Project folders the program may read. */
  readFolders?: readonly string[];
}

function programOf(params: ToolParams, options: ToolExecutorOptions) {
  const program = resolveProgram(params.command, options.programFolders);
  if (params.allowed_commands === undefined) return program;
  const allowed = params.allowed_commands.some((name) => {
    try {
      return resolveProgram(name, options.programFolders).real === program.real;
    } catch (thrown) {
      // A listed program that is not installed allows nothing.
      if (thrown instanceof AkiosError) return false;
      throw thrown;
    }
  });
  if (allowed) return program;
  throw new AkiosError('DENIED', `${program.path} is not in allowed_commands of this step.`, {
    hint: 'Programs are compared by the file they really are, not by name.',
  });
}

/** What the end of a program means for the step. */
function judge(exit: CageExit, params: ToolParams, program: string): void {
  if (exit.end === 'exit' && (params.ok_exit_codes ?? [0]).includes(exit.code ?? -1)) return;
  const details = {
    end: exit.end,
    exit_code: exit.code,
    signal: exit.signal,
    cpu_ms: exit.usage.cpuMs,
    max_rss_bytes: exit.usage.maxRssBytes,
  };
  if (exit.end === 'timeout') {
    throw new AkiosError('TIMEOUT', `${program} ran longer than allowed and was ended.`, {
      hint: 'Raise timeout (at most 300 seconds) or give it less to do.',
      details,
    });
  }
  if (exit.end === 'output') {
    throw new AkiosError('ANSWER_TOO_LARGE', `${program} printed more than max_output_size.`, {
      details,
    });
  }
  if (exit.end === 'start-failed') {
    throw new AkiosError('CAGE_FAILED', `The cage could not start ${program}.`, { details });
  }
  const why = exit.end === 'exit' ? `ended with status ${exit.code}` : `was ended: ${exit.detail}`;
  throw new AkiosError('STEP_FAILED', `${program} ${why}.`, {
    hint: 'Its output is in the log of the run. List accepted statuses in ok_exit_codes.',
    details,
  });
}

function watchCancel(process: CagedProcess, signal: AbortSignal): () => void {
  const stop = () => void process.kill('killed', 'The run was stopped.');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return () => signal.removeEventListener('abort', stop);
}

async function run(
  params: ToolParams,
  context: ActionContext,
  options: ToolExecutorOptions,
): Promise<ActionResult> {
  const program = programOf(params, options);
  const maxOutput = params.max_output_size ?? MiB;
  const workspace = openWorkspace(context, options.readFolders ?? ['data/input']);
  try {
    const process = await context.cage.spawn({
      id: workspace.id,
      argv: [program.path, ...(params.args ?? [])],
      workDir: workspace.dir,
      mounts: workspace.mounts,
      env: params.env ?? {},
      limits: {
        ...context.limits,
        wallMs: Math.round((params.timeout ?? 30) * 1000),
        outputBytes: maxOutput,
      },
      stdin: params.stdin === undefined ? 'none' : 'pipe',
      seccomp: 'kill',
    });
    const forget = watchCancel(process, context.signal);
    try {
      const captured = captureOutput(process, maxOutput, context.log);
      // A program may end without reading its input; the broken pipe is then no fault.
      process.stdin?.on('error', () => undefined);
      process.stdin?.end(params.stdin ?? '');
      const exit = await process.exited;
      const { stdout, stderr, overflow } = await captured;
      if (context.signal.aborted) throw new AkiosError('CANCELLED', 'The run was stopped.');
      judge(overflow ? { ...exit, end: 'output' } : exit, params, program.path);
      return {
        output: {
          stdout,
          stderr,
          exit_code: exit.code,
          program: program.real,
          wall_ms: exit.usage.wallMs,
          cpu_ms: exit.usage.cpuMs,
          max_rss_bytes: exit.usage.maxRssBytes,
        },
        resources: { cpuMs: exit.usage.cpuMs, maxRssBytes: exit.usage.maxRssBytes },
      };
    } finally {
      forget();
    }
  } finally {
    workspace.dispose();
  }
}

/**
 * The tool_executor agent: one program with an argument list, in a cage of its own without any
 * network. What an interpreter or `find -exec` does with its arguments is not guessed from words:
 * the cage holds whatever runs. Throws TIMEOUT, ANSWER_TOO_LARGE, STEP_FAILED, DENIED, CAGE_*.
 */
export function createToolExecutorAgent(options: ToolExecutorOptions = {}): Agent {
  const runAction: AgentAction = {
    name: 'run',
    aliases: ['execute', 'call'],
    params: toolParams as unknown as z.ZodType<JsonObject>,
    addressing: ['command', 'allowed_commands'],
    describe: (given) => {
      const program = programOf(toolParams.parse(given), options);
      return {
        gate: 'exec',
        action: 'run',
        target: program.path,
        otherNames: otherNames(program, options.programFolders),
        reversibility: 'full',
        idempotent: false,
        sideEffects: `Runs ${program.real} in a cage: no network, no file of the host.`,
      };
    },
    perform: (given, context) => run(toolParams.parse(given), context, options),
  };
  return { name: 'tool_executor', actions: [runAction] };
}

import type { GateGuards, GatePhase } from '../machine.ts';

/**
 * What of the TLA+ specification is what of the code, by name. A test holds both sides to it, so
 * that neither can change alone; docs/tla/README.md shows it as tables.
 */
export const PHASES: Readonly<Record<GatePhase, readonly [tla: string, note: string]>> = {
  proposed: ['proposed', ''],
  decided: ['decided', 'only an allowed effect gets here; a refused one goes to `refusing`'],
  reserved: ['reserved', ''],
  redacted: ['redacted', ''],
  intended: ['intended', ''],
  effected: ['effected', ''],
  received: ['effected', 'the model lets effect and answer be one step'],
  cleaned: ['cleaned', ''],
  settled: ['cleaned', 'the model settles and records in one step'],
  recorded: ['idle', 'the next effect may be proposed'],
  refusing: ['idle', 'the model refuses in one step, `Stop`'],
  refused: ['idle', ''],
  unrecorded: ['idle', 'the ledger refused the outcome row: `Crash`, then recovery'],
};

/** Guards of the code, the names in `Off` that remove the same one, and what they protect. */
export const GUARD_NAMES: Readonly<
  Record<
    keyof GateGuards | 'fits' | 'charge' | 'closeOnRecovery',
    readonly [off: readonly string[], note: string]
  >
> = {
  permitted: [['deny', 'default', 'permit'], 'the order of rules is tested with the policy'],
  affordable: [['budget'], 'the answer of the budget book'],
  fits: [
    ['budget', 'overrun'],
    'the comparison in the book, which a claim beyond a reservation closes',
  ],
  charge: [['settle'], 'no more is charged than was held, whatever is claimed'],
  cleanOut: [['redact', 'refuse'], ''],
  intentDurable: [['intent'], ''],
  cageProved: [['cage'], ''],
  cleanIn: [['deliver'], ''],
  outcomeDurable: [['close'], 'without the row the run stops, and recovery closes the intent'],
  certainlyFree: [['close'], 'an effect that may have happened is charged in full'],
  closeOnRecovery: [['recover', 'close'], ''],
  mayAblate: [[], 'the model has no dropped protection'],
};

/** Invariants of the specification and those of the exploration that say the same. */
export const INVARIANT_NAMES: Readonly<Record<string, readonly string[]>> = {
  PIIAlwaysRedacted: ['nothing leaves unredacted', 'nothing is delivered unredacted'],
  CostKillSwitchWorks: [
    'spent and reserved stay within the limit',
    'no effect without money held for it',
    'the books never say less than was really taken',
  ],
  OverrunCloses: ['nothing is reserved after a claim beyond a reservation'],
  AuditCompleteness: [
    'no effect without a durable intent',
    'nothing is delivered without its outcome row',
  ],
  SandboxRequired: ['no effect while the cage is not proved up'],
  DenyWins: ['deny wins'],
  IntentsClosed: ['every intent is closed after recovery'],
  EffectsAtMostOnce: ['no effect happens twice'],
};

/** Actions of the specification and the moves of the exploration; none: outside the gate. */
export const ACTIONS: Readonly<Record<string, readonly [moves: readonly string[], note: string]>> =
  {
    StartWorkflow: [[], 'the engine, before the first effect'],
    RefuseStart: [[], 'the engine: no start in a cage that is not proved up'],
    CompleteWorkflow: [[], 'the engine'],
    Propose: [[], 'the first state of an effect'],
    Decide: [['allow', 'ask', 'deny', 'answer true', 'answer false'], 'a person answers inside it'],
    RefusePolicy: [['denied row', 'denied row lost', 'settle none'], ''],
    Reserve: [['reserve true'], ''],
    CostKill: [['reserve false'], ''],
    Redact: [['clean out', 'scanner fails out'], ''],
    RefuseUnclean: [['denied row', 'denied row lost', 'settle none'], ''],
    WriteIntent: [['intent', 'intent lost', 'intent written, answer lost'], ''],
    RefuseEffect: [['not begun', 'settle none'], ''],
    ExecuteStep: [['begins', 'returns', 'returns cheaply', 'throws'], ''],
    CleanResult: [['clean in', 'scanner fails in'], ''],
    WithholdResult: [['settle actual', 'outcome'], ''],
    Record: [['settle actual', 'outcome'], ''],
    OverrunKill: [['claims more'], 'the engine ends the run; the book is closed by the claim'],
    StopForDown: [['is cut off before', 'is cut off after', 'settle worst'], ''],
    SandboxFault: [['cage down'], ''],
    CageDown: [['cage down'], 'a person; for an effect it is the same'],
    CageLowered: [[], 'the engine, when no run is live'],
    Crash: [['crash', 'outcome lost'], ''],
    RecoverRun: [['recover'], ''],
    HelperUp: [['recover'], ''],
    Terminated: [[], 'no move is left'],
  };

/** The tables of docs/tla/README.md. */
export function correspondenceTables(): string {
  const code = (names: readonly string[]): string => names.map((n) => `\`${n}\``).join(', ');
  const table = (head: string, rows: readonly string[]): string =>
    [head, head.replace(/[^|]+/g, '---'), ...rows, ''].join('\n');
  return [
    table(
      '| phase in code | phase in the model | |',
      Object.entries(PHASES).map(([own, [tla, note]]) => `| \`${own}\` | \`${tla}\` | ${note} |`),
    ),
    table(
      '| guard in code | name in `Off` | |',
      Object.entries(GUARD_NAMES).map(
        ([own, [off, note]]) => `| \`${own}\` | ${code(off)} | ${note} |`,
      ),
    ),
    table(
      '| invariant of the model | invariants of the exploration |',
      Object.entries(INVARIANT_NAMES).map(([tla, own]) => `| \`${tla}\` | ${own.join('; ')} |`),
    ),
    table(
      '| action of the model | moves of the exploration | |',
      Object.entries(ACTIONS).map(
        ([tla, [own, note]]) => `| \`${tla}\` | ${own.join('; ')} | ${note} |`,
      ),
    ),
  ].join('\n');
}

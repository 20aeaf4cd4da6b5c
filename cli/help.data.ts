/** What `--help` says of each option. A test asks every command for its options and finds each here. */

/** Options that mean the same wherever they stand. */
export const COMMON_OPTIONS: Readonly<Record<string, string>> = {
  project: 'The project folder; else the one above this folder',
  json: 'One JSON document on standard output',
  debug: 'With a failure, where in the program it came from',
  help: 'This text',
  limit: 'At most so many, newest first',
  filter: 'Only what this filter names, as in the search field of the console',
  reason: 'Why; it is recorded in the ledger',
  quiet: 'Nothing but failures',
};

interface CommandHelp {
  options?: Readonly<Record<string, string>>;
  /** Lines below the options: what the exit code says, where a word has a form of its own. */
  notes?: readonly string[];
  examples?: readonly string[];
}

const NOTHING = 'Taken for the sake of older scripts; it changes nothing';
const SERVE: CommandHelp = {
  options: {
    host: 'Address to listen at; only those of this machine (127.0.0.1, ::1, localhost)',
    port: 'Port; 0 or none takes a free one',
    detach: 'Print the address and end; the console stays open with the helper',
    workers: 'Only 1: one ledger has one writer',
    reload: NOTHING,
    'no-browser': 'Never opens a browser; this command never does',
  },
  notes: ['The address works once and for one minute. Ctrl-C closes the console.'],
};
const CAGE_UP: CommandHelp = {
  options: {
    'no-pii': 'Without redaction; recorded, shown in red, refused in production',
    'no-audit': 'Without the ledger; recorded, shown in red, refused in production',
    'no-budget': 'Without limits of cost; recorded, shown in red, refused in production',
  },
  notes: ['Exit code 9 when a probe failed: nothing runs then.'],
};
const CAGE_DOWN: CommandHelp = {
  options: {
    'wipe-all': 'Also destroy data/input; asks for the name of the project',
    passes: 'How often each file is overwritten, 1 to 35',
    fast: 'Cut and unlink without overwriting',
    'keep-data': 'Erase nothing; refused in production',
    'stop-runs': 'Stop runs that are live; without it they are a refusal',
    yes: 'Do not ask for the name',
  },
  notes: ['What was erased is listed in a signed receipt outside the project.'],
};
const WORKFLOW_NOTE = 'WORKFLOW is a file of the project; without it workflow.yml.';

/** By the words of the command, as `akios --help` lists them. */
export const COMMAND_HELP: Readonly<Record<string, CommandHelp>> = {
  init: {
    options: {
      force: 'Write settings and templates anew where they are already',
      wizard: 'Then ask for provider, model and budget, as akios setup does',
    },
    examples: ['akios init my-project'],
  },
  setup: {
    options: {
      provider: 'builtin, openai, anthropic, grok, mistral, google or ollama',
      model: 'Model of that provider',
      budget: 'US dollars one run may cost',
      'max-tokens': 'Tokens one answer may have',
      'non-interactive': 'Ask nothing: options and defaults decide',
      defaults: 'The same as --non-interactive',
      'mock-mode': 'The built-in provider answers every call and says so: nothing leaves, nothing costs',
      force: NOTHING,
    },
    examples: ['akios setup --provider openai --model gpt-4o-mini --budget 0.50 --non-interactive'],
  },
  'cage up': CAGE_UP,
  'security up': CAGE_UP,
  'cage down': CAGE_DOWN,
  'security down': CAGE_DOWN,
  run: {
    options: {
      plan: 'Say what each step would do, whether it may and what it costs at most; do nothing',
      report: 'Also write a report of the run',
      context: 'Values for the workflow, as a JSON object',
      quiet: 'No live view; the exit code tells',
      'real-api': 'Refuse while mock_llm is on: this run is to ask its provider',
      exec: 'Always refused and recorded: commands come from workflows only',
      'json-output': 'The result in the form of older scripts',
      verbose: NOTHING,
      force: NOTHING,
    },
    notes: [WORKFLOW_NOTE, 'Ctrl-C cancels the run.'],
    examples: ['akios run workflows/sample.yml --plan', 'akios run workflows/sample.yml --json'],
  },
  'run cancel': { notes: ['RUN is an id of akios runs.'] },
  'run pause': { notes: ['RUN is an id of akios runs.'] },
  'run resume': { notes: ['RUN is an id of akios runs.'] },
  runs: {
    options: { filter: 'Only runs with these words in id, workflow or state' },
    examples: ['akios runs --filter failed'],
  },
  approve: { options: { budget: 'The new limit of the run, in US dollars' } },
  'workflow validate': { notes: ['Exit code 2 when the file is no valid workflow.'] },
  'agent run': {
    options: {
      work: 'The folder the program may write to; it sees no other of yours',
      policy: 'What it may do beyond that: hosts, files, limits (docs/operating.md)',
    },
    notes: [
      'Everything after -- belongs to the program; its streams and exit status pass through.',
    ],
    examples: ['akios agent run --work . -- python3 agent.py'],
  },
  'protect scan': {
    options: {
      text: 'Scan this text; may be given several times',
      jsonl: 'Standard input holds one JSON text a line; one answer a line',
      'fail-on-find': 'Exit code 1 when anything was found',
    },
    examples: ['akios protect scan letter.docx', 'cat mail.txt | akios protect scan -'],
  },
  'protect redact': {
    options: {
      text: 'Redact this text',
      output: 'Where the redacted copy goes; else standard output',
      force: 'Replace the file that is there',
    },
    examples: ['akios protect redact claim.pdf -o claim-redacted.pdf'],
  },
  'protect preview': { notes: [WORKFLOW_NOTE] },
  'protect show-prompt': { notes: [WORKFLOW_NOTE] },
  status: {
    options: {
      security: 'Protections, limits and the readiness score, from proof',
      budget: 'Only what was spent, is reserved and remains',
      verbose: 'The page, then what --security says',
      workflow: 'Only the newest run of this workflow, or the run of this id',
    },
  },
  doctor: {
    options: {
      verbose: 'What was seen, also for checks that passed',
      'verify-install': 'Taken for the sake of older scripts; the checks are the same',
    },
    notes: ['Exit code 1 when a check failed.'],
  },
  logs: {
    options: {
      run: 'Only this run',
      task: 'The same as --run',
      step: 'Only this step of the run, by number or name',
    },
  },
  'audit verify': {
    options: {
      log: 'Folder of a log; a copy will do, no helper is asked. Without it, that of the project',
      bundle: 'An evidence bundle',
      export: 'An export; its receipt is sought beside it',
      receipt: 'A receipt or a folder of them, or that of --export',
      vkey: 'The trusted key: a file from outside the log',
      anchor: 'A checkpoint that was kept elsewhere',
      quick: 'Hashes and checkpoints, without the bodies',
      incremental: 'Only what came since the last verification that found nothing',
      full: 'Bodies too',
      strict: 'Also canonical form and order of time (the default)',
      state: 'Where --incremental keeps what it established',
    },
    notes: [
      'Exit codes: 0 verified, 1 tampered, 2 not readable, 3 consistent but unanchored.',
      'The last line is always one JSON object.',
    ],
  },
  'audit log': {
    options: { agent: 'Only what this actor did' },
    examples: ["akios audit log --filter 'is:denied type:net.*'"],
  },
  'audit export': {
    options: {
      output: 'The file to write',
      format: 'bundle, jsonl, json, csv, ocsf, otel or html',
    },
    notes: ['Beside it lies a signed receipt with filter, count and digest.'],
    examples: ['akios audit export --format bundle -o evidence.jsonl'],
  },
  'audit prove': { options: { size: 'In the tree of so many records; else the newest' } },
  'audit prune': {
    options: {
      days: 'Remove bodies older than so many days; hashes and proofs stay',
      'dry-run': 'Only say what would be removed',
      'trust-clock': 'The clock is right although it jumped; that is recorded',
    },
  },
  'audit renew': { notes: ['What is left of the old log is kept as evidence.'] },
  'audit anchor': { options: { check: 'Compare the log with a checkpoint that was kept' } },
  templates: { options: { 'no-search': 'Nothing is ever sought outside; it changes nothing' } },
  'templates list': {
    options: { 'no-search': 'Nothing is ever sought outside; it changes nothing' },
  },
  http: {
    options: {
      header: 'A header; may be given several times',
      body: 'The body, or @FILE',
      timeout: 'Seconds, 1 to 300',
      'json-output': 'The same as --json',
    },
    examples: ['akios http get https://api.example.com/v1/items'],
  },
  panic: { notes: ['Without --project, the runs of every project.'] },
  serve: SERVE,
  dashboard: SERVE,
  'helper install': {
    options: { user: 'A person who may use it; may be given several times' },
  },
  'helper uninstall': { options: { purge: 'Also its state, its account and its projects' } },
};

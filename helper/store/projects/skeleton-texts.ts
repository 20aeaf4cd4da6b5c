/** Settings a new project starts with. Keys that are not named keep their documented default. */
export const CONFIG_TEXT = `# AKIOS project settings. Unknown keys are refused; docs/config.md lists them all.
environment: development

# What programs in the cage may use.
cpu_limit: 0.8
memory_limit_mb: 256
max_open_files: 100

# Nothing leaves this machine unless it is named here.
network_access_allowed: false
allowed_domains: []

# Programs a workflow may start inside the cage.
allowed_commands:
  - wc
  - sort
  - head
  - cat

# The built-in extractive summariser: no key, no network, no cost.
llm_provider: builtin
llm_model: extractive

# US dollars.
budget_limit_per_run: 1.00
max_tokens_per_call: 1000
`;

export const ENV_TEXT = `# Keys of model providers, read by the helper only. Never committed, never visible in the cage.
`;

export const ENV_EXAMPLE = `# Copy a line to .env and fill it in.
# OPENAI_API_KEY=
# ANTHROPIC_API_KEY=
# GROK_API_KEY=
# MISTRAL_API_KEY=
# GEMINI_API_KEY=
`;

export const GITIGNORE = `.env
.env.*
!.env.example
audit/
data/output/
`;

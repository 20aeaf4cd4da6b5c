export const enRuns = {
  'runs.col.run': 'Run',
  'runs.col.workflow': 'Workflow',
  'runs.col.by': 'Started by',
  'runs.col.started': 'Started, {zone}',
  'runs.col.duration': 'Duration',
  'runs.col.state': 'State',
  'runs.col.steps': 'Steps',
  'runs.col.denied': 'Denied',
  'runs.col.redacted': 'Redacted',
  'runs.col.cost': 'Cost, $',
} as const;

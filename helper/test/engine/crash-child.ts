import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALICE, makeRig } from './harness.ts';

/**
 * Runs the workflow of the crash test in a project and ends itself with SIGKILL at one point:
 * `KILL_AT` counts the commands of the gate, the words `before` and `after` stand for both sides
 * of the effect of the second step. The world outside is the file `effects.log`.
 */
const dir = process.env['CRASH_DIR'] ?? '';
const killAt = process.env['KILL_AT'] ?? '';
let commands = 0;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const rig = await makeRig({
  dir,
  onCommand: () => {
    commands += 1;
    if (String(commands) === killAt) die();
  },
});
for (const step of ['a', 'b', 'c', 'each']) {
  rig.script(step, (params) => {
    if (killAt === 'before' && step === 'b') die();
    const what = step === 'each' ? String(params['text']) : step;
    appendFileSync(join(dir, 'effects.log'), `${what}\n`);
    if (killAt === `after ${what}`) die();
    if (killAt === 'after' && step === 'b') die();
    return { output: { text: String(params['text']) }, costMicros: 5 as never };
  });
}
const started = await rig.engine.start('p1', 'workflows/crash.yml', ALICE);
const ended = await rig.engine.wait(started.id);
process.stdout.write(`${ended.state} ${commands}\n`);
await rig.close();

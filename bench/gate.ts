import { ALICE, makeRig } from '../helper/test/engine/harness.ts';

/**
 * What the gate adds to one effect: a run of 1,000 effects that do nothing, with the real policy,
 * detector, budget and run store, first with a ledger that answers at once (the gate without its
 * two flushes), then with the real one. Target: at most 1 ms without the flushes.
 */
const EFFECTS = 1_000;
const PROMPT =
  'Some two hundred characters of a prompt about nothing at all, mail ada@example.org and the like, and more words, so that the scanner has something to read on its way through the text.';

async function measure(flush: boolean): Promise<number> {
  const rig = await makeRig({ config: 'max_identical_calls: 10000' });
  rig.ledger.openIntents = () => [];
  if (!flush) {
    let seq = 1_000;
    rig.ledger.append = async () => {
      seq += 1;
      return { seq, id: '', ts: '', duplicate: false };
    };
  }
  const items = Array.from({ length: EFFECTS }, (_, i) => i).join(', ');
  const path = rig.workflow(
    `name: bench\ndescription: bench\nsteps:\n  - {name: a, agent: database, action: query, for_each: {items: [${items}], max: 1000, concurrency: 1}, parameters: {text: "${PROMPT} {item}", cost: 1}}\n`,
  );
  const took: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const began = performance.now();
    const { id } = await rig.engine.start('p1', path, ALICE);
    const { state } = await rig.engine.wait(id);
    if (state !== 'succeeded') throw new Error(`the run ended as ${state}`);
    took.push((performance.now() - began) / EFFECTS);
  }
  await rig.close();
  return Math.min(...took);
}

const gate = await measure(false);
const whole = await measure(true);
process.stdout.write(
  `gate per effect without flushes  ${gate.toFixed(3)} ms (target 1.000)\n` +
    `gate per effect with the ledger  ${whole.toFixed(3)} ms (${(whole / gate).toFixed(1)} x)\n`,
);

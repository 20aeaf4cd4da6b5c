/** Worker process: one detector for its whole life, one job at a time. It does nothing else. */
import type { Detector } from '../../core/pii/detector.ts';
import { applySpans, type RedactOptions } from '../../core/pii/redact.ts';
import { createSegmentStream } from '../../core/pii/stream.ts';
import { detectorWithCustom } from './custom-detector.ts';
import type { Answers, Job, Part, WorkerReply, WorkerRequest, WorkerStart } from './jobs.ts';

/** Units scanned at once of a text that comes in parts: large enough that overlaps cost little. */
const BLOCK = 131_072;

function scanPart(detector: Detector, part: Part, options: RedactOptions): Answers['part'] {
  const stream = createSegmentStream(detector, {
    block: BLOCK,
    ...(part.state === null ? {} : { state: part.state }),
  });
  const segments = stream.push(part.text);
  if (part.last) segments.push(...stream.flush());
  const counts: Record<string, number> = {};
  const add = (more: Record<string, number>): void => {
    for (const [type, n] of Object.entries(more)) counts[type] = (counts[type] ?? 0) + n;
  };
  let redacted = '';
  let taken = 0;
  for (const { text, spans } of segments) {
    taken += text.length;
    if (!part.redact) continue;
    const once = applySpans(text, { spans, complete: true }, options);
    // A removed value may bring a label and another value together.
    const settled = detector.redact(once.text, options);
    add(once.counts);
    add(settled.counts);
    redacted += settled.text;
  }
  const spans = segments.flatMap(({ offset, spans: found }) =>
    found.map((span) => ({ ...span, start: span.start + offset, end: span.end + offset })),
  );
  return { taken, spans, state: stream.state(), redacted: part.redact ? redacted : null, counts };
}

function answer(detector: Detector, job: Job): Answers[Job['kind']] {
  if (job.kind === 'detect') return job.texts.map((text) => detector.detect(text));
  if (job.kind === 'redact') return detector.redact(job.text, job.options);
  return scanPart(detector, job.part, job.options);
}

function serve(start: WorkerStart): void {
  const detector = detectorWithCustom(start.policy);
  process.on('message', ({ id, job }: WorkerRequest) => {
    let reply: WorkerReply;
    try {
      reply = { id, answer: answer(detector, job) };
    } catch (error) {
      reply = { id, failed: error instanceof Error ? error.name : 'unknown' };
    }
    process.send?.(reply);
  });
}

process.once('message', (start: WorkerStart) => serve(start));
process.once('disconnect', () => process.exit(0));

import { createHash } from 'node:crypto';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import type { DirHandle } from '../../../../shared/node/open-at.ts';
import type { WorkerOps } from '../port.ts';
import { canonicalPath } from '../project-path.ts';
import { MAX_TEXT_CHARS } from '../protocol.ts';
import { walkDocx } from './docx.ts';
import { applyEdits, csvEdits, jsonEdits } from './edit-text.ts';
import { readBytes, writeBytes } from './fs-ops.ts';
import { type Parsed, parseDocument } from './parse.ts';
import { walkPdf } from './pdf.ts';
import { type Edit, editor } from './text-sink.ts';
import { writeDocx } from './write-docx.ts';
import { pageSink, writePdf } from './write-pdf.ts';
import { writeXlsx } from './write-xlsx.ts';
import { walkXlsx } from './xlsx.ts';
import { readZip } from './zip.ts';

/** Sorted, inside the text, not overlapping, with markers that cannot break out of any format. */
export function checkedEdits(replacements: readonly Edit[], length: number): Edit[] {
  const edits = [...replacements].sort((a, b) => a.start - b.start || a.end - b.end);
  let free = 0;
  for (const { start, end, marker } of edits) {
    if (start < free || end <= start || end > length) {
      throw new AkiosError('INPUT_INVALID', 'The replacements overlap or lie outside the text.');
    }
    if (/[\p{Cc}\p{Cf}<>&"\\]/u.test(marker)) {
      throw new AkiosError('INPUT_INVALID', 'A marker holds characters that a marker cannot hold.');
    }
    free = end;
  }
  return edits;
}

interface Copy {
  bytes: Uint8Array;
  warnings: Iterable<string>;
}

/** Edits of the first `length` characters. */
function clipped(edits: readonly Edit[], length: number): Edit[] {
  return edits
    .filter((edit) => edit.start < length)
    .map((edit) => ({ ...edit, end: Math.min(edit.end, length) }));
}

async function copyOf(
  { kind, text, shown }: Parsed,
  bytes: Uint8Array,
  edits: readonly Edit[],
  hidden: boolean,
): Promise<Copy> {
  const edit = editor(edits);
  switch (kind) {
    case 'docx':
      return {
        bytes: writeDocx(walkDocx(readZip(bytes), edit.sink, hidden)),
        warnings: edit.warnings,
      };
    case 'xlsx':
      return {
        bytes: writeXlsx(walkXlsx(readZip(bytes), edit.sink, hidden)),
        warnings: edit.warnings,
      };
    case 'pdf': {
      const pages = pageSink(edit.sink);
      await walkPdf(bytes, pages.sink, hidden);
      const written = await writePdf(pages.pages());
      return { bytes: written.bytes, warnings: [...edit.warnings, ...written.warnings] };
    }
    case 'json':
      return { bytes: Buffer.from(applyEdits(text, jsonEdits(text, edits))), warnings: [] };
    case 'csv':
      return { bytes: Buffer.from(applyEdits(text, csvEdits(text, edits))), warnings: [] };
    case 'html':
    case 'eml':
      return {
        bytes: Buffer.from(applyEdits(text.slice(0, shown), clipped(edits, shown))),
        warnings: ['The copy is plain text, without layout.'],
      };
    default:
      return { bytes: Buffer.from(applyEdits(text, edits)), warnings: [] };
  }
}

/**
 * Writes a copy in which every replaced stretch is gone, not covered: the copy is built anew from
 * the text, so nothing hidden in the original can ride along. Refuses when the text that was
 * scanned is not, to the byte, the whole text of the file as it is now (CONFLICT).
 */
export async function redactDocument(
  root: DirHandle,
  input: WorkerOps['doc.redact']['in'],
): Promise<WorkerOps['doc.redact']['out']> {
  const path = canonicalPath(input.path);
  if (canonicalPath(input.to) === path) {
    throw new AkiosError('INPUT_INVALID', 'The redacted copy must have a name of its own.');
  }
  const bytes = readBytes(root, path);
  const parsed = await parseDocument(path, bytes, MAX_TEXT_CHARS, input.hidden === true);
  if (parsed.truncated) {
    throw new AkiosError('TOO_LARGE', `${path} holds more text than can be redacted at once.`);
  }
  const digest = createHash('sha256').update(parsed.text, 'utf8').digest('hex');
  if (digest !== input.textSha256) {
    throw new AkiosError('CONFLICT', `The text of ${path} is not the text that was scanned.`, {
      hint: 'Parse the whole file again, scan it, then redact it.',
    });
  }
  const edits = checkedEdits(input.replacements, parsed.text.length);
  const copy = await copyOf(parsed, bytes, edits, input.hidden === true);
  writeBytes(root, input.to, copy.bytes);
  return {
    bytes: copy.bytes.length,
    sha256: createHash('sha256').update(copy.bytes).digest('hex'),
    warnings: [...new Set([...parsed.warnings, ...copy.warnings])].slice(0, 50),
  };
}

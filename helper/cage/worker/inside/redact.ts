import { AkiosError } from '../../../../shared/domain/errors.ts';
import type { DirHandle } from '../../../../shared/node/open-at.ts';
import type { WorkerOps } from '../port.ts';

export async function redactDocument(
  _root: DirHandle,
  _input: WorkerOps['doc.redact']['in'],
): Promise<WorkerOps['doc.redact']['out']> {
  throw new AkiosError('UNSUPPORTED', 'Redacted copies are not available yet.');
}

import { checkNote, webCryptoEd25519 } from './check-note.ts';
import { checkProof } from './check-proof.ts';
import type { Answer, Envelope, Replies, Request } from './messages.ts';
import { RecordReader } from './record-reader.ts';
import { VerifySession } from './verify-session.ts';

/** All proof work of the console: off the main thread, with the code the CLI verifies with. */
let session = new VerifySession();
const reader = new RecordReader(async (input) => {
  // Only a verification in the browser needs the client; a proof is checked without loading it.
  const { browserApi } = await import('../client/browser.ts');
  return browserApi.call('audit.records', input);
});

async function answer(request: Request): Promise<Replies[keyof Replies]> {
  switch (request.kind) {
    case 'proof':
      return checkProof(request.record, request.proof, request.vkey, webCryptoEd25519);
    case 'note':
      return checkNote(request.note, request.vkey, webCryptoEd25519);
    case 'begin':
      session = new VerifySession(request.wanted);
      return null;
    case 'feed':
      session.feed(request.records);
      return { size: session.size, broken: session.broken };
    case 'read': {
      const records = await reader.read(request.range, request.total);
      if (!records.ok) return records;
      session.feed(records.value.items);
      return { ok: true, value: { size: session.size, broken: session.broken } };
    }
    case 'finish':
      return session.end();
    case 'root':
      return session.rootAt(request.size);
  }
}

self.addEventListener('message', (message: MessageEvent<Envelope>) => {
  const { id, request } = message.data;
  answer(request).then(
    (value) => self.postMessage({ id, value } satisfies Answer),
    (fault: unknown) => self.postMessage({ id, fault: String(fault) } satisfies Answer),
  );
});

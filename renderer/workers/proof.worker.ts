import { checkNote, webCryptoEd25519 } from './check-note.ts';
import { checkProof } from './check-proof.ts';
import { checkRecords } from './check-records.ts';
import type { Answer, Envelope, Replies, Request } from './messages.ts';
import { VerifySession } from './verify-session.ts';

/** All proof work of the console: off the main thread, with the code the CLI verifies with. */
let session = new VerifySession();

async function answer(request: Request): Promise<Replies[keyof Replies]> {
  switch (request.kind) {
    case 'proof':
      return checkProof(request.record, request.proof, request.vkey, webCryptoEd25519);
    case 'note':
      return checkNote(request.note, request.vkey, webCryptoEd25519);
    case 'begin':
      session = new VerifySession(request.wanted);
      return null;
    case 'check':
      return checkRecords(request.from, request.records);
    case 'read': {
      // Read by zod when it loads: the policy forbids the parsers it would compile otherwise.
      Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
      // Only a verification in the browser needs the client; a proof is checked without loading it.
      const { browserApi } = await import('../client/browser.ts');
      const got = await browserApi.call('audit.records', request.range);
      if (!got.ok) return got;
      return { ok: true, value: checkRecords(request.range.from, got.value.items) };
    }
    case 'feed':
      session.take(request.batch);
      return { size: session.size, broken: session.broken };
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

import { checkNote, webCryptoEd25519 } from './check-note.ts';
import { checkProof } from './check-proof.ts';
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
    case 'feed':
      session.feed(request.records);
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

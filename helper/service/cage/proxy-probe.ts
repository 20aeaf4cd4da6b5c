import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { Egress, EgressDecision } from '../../cage/egress/port.ts';
import type {
  ProxyAnswer,
  ProxyQuestion,
  ProxyTrial,
} from '../../cage/linux/probes/proxy-trial.ts';

/** Names of the trial alone: the last label is reserved and in no name server (RFC 6761). */
const LISTED = 'listed.trial.invalid';
const PRIVATE = 'private.trial.invalid';
const REFUSED = '403';

/**
 * P6: a way out for the trial cage, made by the real egress with its own decisions, and the
 * questions to ask through it. The trial's own are the two names, the address both resolve to (a
 * server of the trial on loopback, which one of them is allowed to have) and that server, which
 * answers the very TLS greeting it expects with a number nobody else knows.
 */
export async function openProxyTrial(egress: Egress): Promise<ProxyTrial> {
  const greeting = await greetingFor(LISTED);
  const secret = randomBytes(16);
  const server = await responder(greeting, secret);
  const { port } = server.address() as AddressInfo;
  const run = `probe-p6-${randomBytes(6).toString('hex')}`;
  const decisions: EgressDecision[] = [];
  const forget = egress.onDecision((decision) => {
    if (decision.run === run) decisions.push(decision);
  });
  const rules = [
    { host: LISTED, ports: [port], allowPrivate: true },
    { host: PRIVATE, ports: [port] },
  ];
  const policy = { run, rules, maxConnections: 16, maxBytes: 65_536 };
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  const questions = questionsFor(port, greeting);
  const close = async (): Promise<void> => {
    forget();
    await new Promise<void>((done) => server.close(() => done()));
  };
  try {
    const way = await egress.open(policy, { resolve });
    return {
      socket: way.socket,
      questions,
      judge: (answers) => judge(answers, questions, secret, decisions),
      close: async () => {
        await way.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Every refusal goes to the port where the listed one is let through, but for the one about ports. */
function questionsFor(port: number, greeting: Buffer): ProxyQuestion[] {
  return [
    { about: 'a listed host', authority: `${LISTED}:${port}`, greeting },
    { about: '127.0.0.1', authority: `127.0.0.1:${port}` },
    { about: 'an unlisted name', authority: `unlisted.trial.invalid:${port}` },
    { about: 'a sub-domain of a listed one', authority: `sub.${LISTED}:${port}` },
    { about: 'an unlisted port', authority: `${LISTED}:${port === 22 ? 23 : 22}` },
    { about: 'a listed name with a private address', authority: `${PRIVATE}:${port}` },
  ];
}

function judge(
  answers: readonly ProxyAnswer[],
  questions: readonly ProxyQuestion[],
  secret: Buffer,
  decisions: readonly EgressDecision[],
): { ok: boolean; observed: string } {
  const [listed, ...others] = questions.map((question, i) => ({ question, answer: answers[i] }));
  const passed =
    listed?.answer?.status === '200' &&
    listed.answer.bytes.equals(secret) &&
    decisions.some((d) => d.allowed && d.host === LISTED && d.address === '127.0.0.1');
  const onlyThat = decisions.every((d) => !d.allowed || d.host === LISTED);
  const refused = others.every(({ answer }) => answer?.status === REFUSED);
  const arrived = listed?.answer?.bytes.equals(secret) ? ', and its server answered' : '';
  const seen = [
    `${listed?.question.about} gets ${listed?.answer?.status || 'nothing'}${arrived}`,
    ...others.map(({ question, answer }) => `${question.about} ${answer?.status || 'nothing'}`),
  ];
  return { ok: passed && refused && onlyThat, observed: seen.join(', ') };
}

/** The first bytes that a TLS client sends to this name, from the TLS library itself. */
function greetingFor(servername: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const wire = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        done();
        resolve(chunk);
        setImmediate(() => client.destroy());
      },
    });
    const client = connect({ socket: wire, servername });
    client.once('error', reject);
  });
}

/** Answers exactly the expected bytes and nothing else. */
function responder(expected: Buffer, secret: Buffer): Promise<Server> {
  const server = createServer((socket) => {
    let held: Buffer = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < expected.length) return;
      if (held.equals(expected)) socket.end(secret);
      else socket.destroy();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

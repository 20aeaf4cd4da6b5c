/** Secrets and logins told by what stands beside them: an e-mail address, the address of a host. */
import type { Candidate } from '../model.ts';
import { pushFound, type Scan } from '../scan/scan.ts';

const TRIED = /(?:\bfor|\bby|\bof|\buser|\bas) ([a-z][a-z0-9._-]{2,30}) (?:from|at|@) $/;
const NO_LOGIN =
  /^(?:request|requests|traffic|packet|packets|connection|connections|data|response|reply|login|logins|access|anyone|someone|users?|clients?|hosts?|server|example|instance|default|address|addresses|the|this|that|all|any)$/;

/** `3 failed attempts for mkowalski from 10.0.0.1`. */
function loginBefore(scan: Scan, address: Candidate): void {
  const head = scan.text.slice(Math.max(0, address.start - 48), address.start);
  const match = TRIED.exec(head);
  if (match === null || NO_LOGIN.test(match[1]!)) return;
  const start = address.start - head.length + match.index + match[0].indexOf(` ${match[1]!} `) + 1;
  pushFound(scan, start, start + match[1]!.length, 'USERNAME', 0.66, 'login-from');
}

const LOGIN_WORDS =
  /\b(?:sign(?:ed)? ?in|log(?:ged)? ?in|login|log on|credentials?|creds|access|anmelden|anmeldung|zugang|connexion|identifiants?|acceso|accesso|credenziali|account)\b[^\n]{0,40}$/i;
const SLASHED = / ?[/|] ?([^\s"'<>|]{6,40}?)(?=[.,;)]?(?:\s|$))/y;

/** `sign in as qa@example.com / Tango-9-Uniform`. */
function passwordAfter(scan: Scan, login: Candidate): void {
  SLASHED.lastIndex = login.end;
  const match = SLASHED.exec(scan.text);
  if (match === null) return;
  const value = match[1]!;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value) || /@|:\/\//.test(value)) return;
  if (!LOGIN_WORDS.test(scan.text.slice(Math.max(0, login.start - 60), login.start))) return;
  const end = login.end + match[0].length;
  pushFound(scan, end - value.length, end, 'PASSWORD', 0.72, 'password-beside');
}

const SECRET_BESIDE =
  /[^A-Za-z0-9/+=\n]{0,6}[/|,:;][^A-Za-z0-9/+=\n]{0,6}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/y;

/** `AKIA... / <forty characters>`: the secret of an access key is written behind it. */
function secretAfter(scan: Scan, key: Candidate): void {
  SECRET_BESIDE.lastIndex = key.end;
  const match = SECRET_BESIDE.exec(scan.text);
  if (match === null) return;
  const value = match[1]!;
  if (!/\d/.test(value) || !/[a-z]/.test(value) || !/[A-Z]/.test(value)) return;
  const end = key.end + match[0].length;
  pushFound(scan, end - value.length, end, 'AWS_SECRET_KEY', 0.8, 'aws-secret-beside');
}

export function scanSecretsBeside(scan: Scan): void {
  const count = scan.found.length;
  for (let i = 0; i < count; i++) {
    const found = scan.found[i]!;
    if (found.score < 0.55) continue;
    if (found.type === 'IPV4' || found.type === 'IPV6') loginBefore(scan, found);
    else if (found.type === 'EMAIL' || found.type === 'USERNAME') passwordAfter(scan, found);
    else if (found.type === 'AWS_ACCESS_KEY') secretAfter(scan, found);
  }
}

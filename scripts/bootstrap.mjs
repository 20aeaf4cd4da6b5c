// Set-up for a fresh machine, then the named job on the product's own Node. Plain JavaScript that
// any Node from 18 on runs, because the Node we need arrives with the packages.
//   node scripts/bootstrap.mjs setup|start|check|run FILE [ARGS...]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, isDebian, missing, osName, sudoLine } from './system-packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = join(root, 'bin', 'node');
const stamp = join(root, 'node_modules', '.akios-packages');
const say = (line) => process.stderr.write(`setup: ${line}\n`);

function fail(line, hint) {
  process.stderr.write(`akios: ${line}\n${hint ? `  ${hint}\n` : ''}`);
  process.exit(6);
}

function packagesDigest() {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** One set-up at a time in a clone; a lock left by a dead process is taken over. */
async function withLock(work) {
  const lock = join(root, '.cache', 'setup.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (let waited = 0; ; waited += 1) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (waited === 0) say('another set-up is running in this folder, waiting for it');
    const owner = Number(readOrEmpty(lock));
    if (owner > 0 && !alive(owner)) rmSync(lock, { force: true });
    else if (owner === 0 && ageMs(lock) > 5_000) rmSync(lock, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

function ageMs(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch (error) {
    if (error.code === 'ENOENT') return 0;
    throw error;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function npmCommand() {
  const cli = process.env.npm_execpath;
  return cli && /npm-cli\.[cm]?js$/.test(cli) ? [process.execPath, [cli]] : ['npm', []];
}

function ensurePackages() {
  const digest = packagesDigest();
  if (readOrEmpty(stamp) === digest) return false;
  say('installing packages (npm ci); this takes a minute the first time');
  const [command, args] = npmCommand();
  const env = { ...process.env };
  // npm's own variables of the outer call would steer the inner one.
  for (const name of Object.keys(env))
    if (/^npm_(config_(dry_run|global|prefix)|lifecycle|package)/i.test(name)) delete env[name];
  const done = spawnSync(
    command,
    [...args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: root, env, stdio: ['ignore', 2, 2] },
  );
  if (done.status !== 0) {
    fail(
      'npm ci failed; nothing was started.',
      'Check the network to the npm registry and run the command again.',
    );
  }
  writeFileSync(stamp, digest);
  return true;
}

/** Prints what is missing and goes on with what works; never calls sudo by itself. */
function ensureSystem(purpose) {
  if (process.platform !== 'linux') return;
  if (!isDebian()) {
    say(
      `${osName()} is not Debian-like: install bubblewrap (0.8 or newer) and perl by hand if they are missing`,
    );
    return;
  }
  const lacking = missing(purpose);
  if (lacking.length === 0) return;
  const names = lacking.map((p) => p.name);
  if (process.getuid?.() === 0) {
    say(`installing Debian packages: ${names.join(' ')}`);
    const wrong = install(names, say);
    if (wrong === null) return;
    say(wrong);
  }
  say(`missing: ${lacking.map((p) => `${p.name} (${p.why})`).join(', ')}`);
  say(`to add them: ${sudoLine(names)}`);
}

function ensureNode() {
  const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' });
  if (version.status !== 0) {
    fail(
      `no Node for ${process.platform}-${process.arch} came with the packages.`,
      'Install Node 22.18 or newer and run the command again.',
    );
  }
}

function ensureBuild() {
  const done = spawnSync(node, [join(root, 'scripts', 'build.ts')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0)
    fail('the build failed; nothing was started.', 'The lines above say where.');
}

async function setUp(purpose) {
  await withLock(async () => {
    ensurePackages();
    ensureNode();
    ensureSystem(purpose);
    ensureBuild();
  });
}

/** Runs a program with our terminal, hands signals on, and ends with its status. */
function become(args) {
  const child = spawn(node, args, { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

const [job, ...rest] = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 18 || (major === 18 && minor < 17)) {
  fail(
    `Node ${process.versions.node} is too old even for set-up.`,
    'Install Node 18.17 or newer (Debian 12 has it).',
  );
}
if (!existsSync(join(root, 'package-lock.json')))
  fail('package-lock.json is missing from this folder.');

switch (job) {
  case 'setup':
    await setUp('start');
    say('ready');
    break;
  case 'start':
    await setUp('start');
    become([join(root, 'scripts', 'start.ts'), ...rest]);
    break;
  case 'check':
    await setUp('check');
    become([join(root, 'scripts', 'check.ts'), ...rest]);
    break;
  case 'run':
    if (rest.length === 0)
      fail('run needs a file.', 'node scripts/bootstrap.mjs run FILE [ARGS...]');
    await setUp('start');
    become([join(root, rest[0]), ...rest.slice(1)]);
    break;
  default:
    fail(`unknown job ${JSON.stringify(job ?? '')}.`, 'Use setup, start, check or run FILE.');
}

// What the page needs around it: a server and a browser, both gone when the
// test ends.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import puppeteer from 'puppeteer-core';

export const root = fileURLToPath(new URL('..', import.meta.url));

const binary = process.env.PARLEY_BIN ?? path.join(root, '../../parley');
const chromium = process.env.PARLEY_CHROMIUM ?? '/usr/bin/chromium';
const app = { sdkAppID: '1400000001', secret: 'webchat-secret' };

// startParley runs a server with one app, which blocks a word, and returns the
// environment that the Vite server needs.
export async function startParley(t, { blocked }) {
  const data = await scratch(t);
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(binary, ['serve'], {
    env: {
      ...withoutSettings(process.env),
      PARLEY_LISTEN: address,
      PARLEY_DATA: data,
      PARLEY_BOOTSTRAP_SDKAPPID: app.sdkAppID,
      PARLEY_BOOTSTRAP_SECRET: app.secret,
      PARLEY_BOOTSTRAP_ADMIN: 'administrator',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  t.after(() => stop(server));
  await ready(server, `http://${address}/readyz`);
  await promisify(execFile)(binary, ['app', 'set', '--data', data, '--blocked-words', blocked]);
  return {
    environment: { PARLEY_URL: `ws://${address}`, PARLEY_SDKAPPID: app.sdkAppID, PARLEY_SECRET: app.secret },
  };
}

export async function startChromium(t) {
  const browser = await puppeteer.launch({
    executablePath: chromium,
    userDataDir: await scratch(t),
    defaultViewport: { width: 1180, height: 860 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  });
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
  return page;
}

// withoutSettings leaves out the variables that are meant for tests: the server
// refuses those that it does not know.
function withoutSettings(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('PARLEY_')));
}

async function ready(server, url) {
  for (let tries = 0; tries < 100 && server.exitCode === null; tries++) {
    if (await fetch(url).then((r) => r.ok, () => false)) return;
    await sleep(100);
  }
  throw new Error('the server did not become ready');
}

async function stop(server) {
  if (server.exitCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}

async function scratch(t) {
  const directory = await mkdtemp(path.join(tmpdir(), 'webchat-'));
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

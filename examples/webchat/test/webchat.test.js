// The page in a real browser against a built server, as a developer sees it
// (dev) and as it is built (preview).
//
// PARLEY_BIN is the server, PARLEY_CHROMIUM the browser; PARLEY_SCREENSHOT is
// where to write a picture of the page.
import assert from 'node:assert/strict';
import test from 'node:test';
import { build, createServer, preview } from 'vite';
import { startChromium, startParley, root } from './world.js';

const blocked = 'casino';
const red = 'rgb(179, 38, 30)'; // --bad in the light scheme

test('two users chat on the dev server', { timeout: 120_000 }, async (t) => {
  const page = await openPage(t, () => createServer({ root, logLevel: 'warn', server: { port: 0 } }).then((s) => s.listen()));
  await story(page, process.env.PARLEY_SCREENSHOT);
});

test('two users chat on the built page', { timeout: 120_000 }, async (t) => {
  await build({ root, logLevel: 'warn' });
  await story(await openPage(t, () => preview({ root, logLevel: 'warn', preview: { port: 0 } })));
});

async function openPage(t, serve) {
  const parley = await startParley(t, { blocked });
  Object.assign(process.env, parley.environment);
  const vite = await serve();
  t.after(() => vite.close());
  const page = await startChromium(t);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (line) => line.text().includes('Content Security Policy') && page.faults.push(line.text()));
  await page.goto(`http://127.0.0.1:${vite.httpServer.address().port}/`);
  return page;
}

async function story(page, picture) {
  const alice = await paneOf(page, 'alice');
  const bob = await paneOf(page, 'bob');
  await alice.sees('.connection', 'connected');
  await bob.sees('.connection', 'connected');

  await bob.click('Join');
  await bob.isRefused('10010');
  await alice.click('Create');
  await alice.sees('.note', 'alice created the group');
  await bob.click('Join');
  await alice.sees('.note', 'bob joined');
  await bob.sees('.refusal', '');
  await alice.say('Hello bob, this is the official SDK.');
  await alice.say('And this is a slip of the tongue.');
  await bob.sees('.message .text', 'Hello bob, this is the official SDK.');
  await bob.sees('.unread', '2 unread');
  await bob.say('Hello alice!');
  await alice.sees('.message .text', 'Hello alice!');
  await bob.isGone('.unread');

  await alice.click('Recall “And this is a slip of the tongue.”');
  await alice.sees('.recalled .text', 'alice recalled this message');
  await bob.sees('.recalled .text', 'alice recalled this message');

  await bob.click('Mute alice');
  await bob.isRefused('10007');
  await alice.click('Mute bob');
  await bob.sees('.note', 'alice muted bob');
  await alice.say(`Shall we go to the ${blocked}?`);
  await alice.isRefused('80001');
  await bob.say('Can you hear me?');
  await bob.isRefused('10017');
  if (picture) await page.screenshot({ path: picture });

  await alice.click('Unmute bob');
  await bob.sees('.note', 'alice unmuted bob');
  await bob.isRefused('10017');
  await bob.say('Thank you.');
  await alice.sees('.message .text', 'Thank you.');

  await page.reload();
  const again = await paneOf(page, 'bob');
  await again.sees('.message .text', 'Hello alice!');
  await again.sees('.recalled .text', 'alice recalled this message');
  assert.deepEqual(page.faults, []);
}

async function paneOf(page, user) {
  const frame = await (await page.waitForSelector(`iframe[title=${user}]`)).contentFrame();
  return new Pane(user, frame);
}

// Pane is what one user does and sees. Elements are found by the names that a
// screen reader says.
class Pane {
  constructor(user, frame) {
    this.user = user;
    this.frame = frame;
  }

  async click(name) {
    await this.frame.locator(`::-p-aria(${name})`).click();
  }

  async say(text) {
    const input = await this.frame.waitForSelector('::-p-aria(Message[role="textbox"])');
    await input.click();
    await input.type(text);
    await input.press('Enter');
  }

  // sees waits until an element has exactly this text.
  async sees(selector, text) {
    await this.waits(`${selector} “${text}”`, (s, t) => [...document.querySelectorAll(s)].some((e) => e.textContent === t), selector, text);
  }

  async isGone(selector) {
    await this.waits(`${selector} gone`, (s) => !document.querySelector(s).checkVisibility(), selector);
  }

  // isRefused waits until the refusal with this code is shown in red.
  async isRefused(code) {
    await this.waits(`refusal ${code}`, (c) => document.querySelector('.refusal code')?.textContent === c, code);
    const color = await this.frame.$eval('.refusal', (e) => e.checkVisibility() && getComputedStyle(e).color);
    assert.equal(color, red);
  }

  async waits(what, condition, ...args) {
    try {
      await this.frame.waitForFunction(condition, { timeout: 15_000 }, ...args);
    } catch (cause) {
      const text = await this.frame.$eval('body', (e) => e.innerText);
      throw new Error(`${this.user} does not see: ${what}. The pane says:\n${text}`, { cause });
    }
  }
}

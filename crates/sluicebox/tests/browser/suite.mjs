// The dashboard in a real browser: node suite.mjs URL, with the dependencies beside it or in NODE_MODULES.
// Prints a line per test; exit code 1 when one fails.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { startEvil } from './evil.mjs';
import { testWrites } from './writes.mjs';

const [url, modules, writing, guarded, token] = process.argv.slice(2);
const base = url.replace(/\/$/, '');
const require = createRequire(`${modules}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SLUICEBOX_SCREENSHOTS;

const PAGES = ['/', '/data/sensor', '/data/activity', '/topics', '/topics/processed_data', '/topics/hostile', '/topics/sensor_data/0/0',
  '/groups', '/groups/processor-group', '/letters', '/lineage', '/lineage?file=processed_data_sensor.csv&line=2'];

const browser = await chromium.launch({
  executablePath: process.env.SLUICEBOX_CHROMIUM ?? '/usr/bin/chromium',
  // A name of somebody else that leads to this machine: DNS rebinding.
  args: ['--no-sandbox', '--host-resolver-rules=MAP evil.example 127.0.0.1'],
});

let passed = 0;
let failed = 0;

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

async function withPage(options, work) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  try {
    return await work(page, complaints);
  } finally {
    await context.close();
  }
}

async function test(name, work) {
  try {
    const note = await work();
    passed += 1;
    console.log(`ok   ${name}${note ? `: ${note}` : ''}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${error.message}`);
  }
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].target}`);
}

for (const [look, options] of Object.entries({
  'light, wide': { colorScheme: 'light' },
  'dark, narrow': { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
})) {
  await test(`every page, ${look}: no complaint, nothing for axe, nothing beyond the edge`, () => withPage(options, async (page, complaints) => {
    for (const path of PAGES) {
      await page.goto(base + path, { waitUntil: 'load' });
      await page.waitForTimeout(400);
      const found = await violations(page);
      assert(found.length === 0, `${path}: ${found.join('; ')}`);
      const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert(wide <= screen, `${path} is ${wide} wide on ${screen}`);
      assert(complaints.length === 0, `${path}: ${complaints.join('; ')}`);
    }
    return `${PAGES.length} pages`;
  }));
}

await test('pages are small and drawn soon', () => withPage({}, async (page) => {
  let most = 0;
  let slowest = 0;
  for (const path of PAGES) {
    await page.goto(base + path, { waitUntil: 'load' });
    const [size, drawn] = await page.evaluate(async () => {
      await new Promise((done) => { requestAnimationFrame(() => setTimeout(done, 50)); });
      const [page] = performance.getEntriesByType('navigation');
      const all = performance.getEntriesByType('resource').reduce((sum, entry) => sum + entry.encodedBodySize, page.encodedBodySize);
      const paint = performance.getEntriesByName('first-contentful-paint')[0];
      return [all, paint ? paint.startTime - page.responseStart : 0];
    });
    most = Math.max(most, size);
    slowest = Math.max(slowest, drawn);
  }
  assert(most < 200 * 1024, `${most} bytes`);
  return `at most ${Math.round(most / 1024)} KiB with styles and scripts, drawn ${Math.round(slowest)} ms after the first byte at the latest`;
}));

await test('the home page moves and does not jump', () => withPage({}, async (page) => {
  await page.goto(base, { waitUntil: 'load' });
  const total = () => page.locator('.account .term b').first().textContent();
  const before = await total();
  const jumps = await page.evaluate(() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done(sum), 5000);
  }));
  const updates = await page.locator('[data-live]').getAttribute('data-updates');
  assert(Number(updates) >= 2, `${updates} updates`);
  assert(before !== await total(), 'no number has moved');
  assert(jumps < 0.05, `layout shift ${jumps}`);
  return `${updates} updates in 5 s, layout shift ${jumps.toFixed(4)}`;
}));

await test('a chart shows values under the pointer', () => withPage({}, async (page) => {
  await page.goto(`${base}/data/sensor`, { waitUntil: 'load' });
  await page.locator('.plot').first().hover();
  const tip = await page.locator('.tip').first().textContent();
  assert(/mean: [\d.-]+/.test(tip), tip);
}));

await test('a search streams, ends, and can be followed and stopped', () => withPage({}, async (page) => {
  await page.goto(`${base}/topics/processed_data?from=earliest&value=%22status%22`, { waitUntil: 'load' });
  await page.waitForFunction(() => /all looked through/.test(document.querySelector('[data-progress]').textContent), null, { timeout: 20000 });
  const rows = await page.locator('[data-records] tr').count();
  assert(rows > 0 && rows <= 500, `${rows} rows`);
  await page.locator('[data-tail]').click();
  await page.waitForFunction(() => /following/.test(document.querySelector('[data-progress]').textContent), null, { timeout: 20000 });
  await page.waitForFunction(() => document.querySelectorAll('[data-records] tr').length > 0, null, { timeout: 20000 });
  await page.locator('[data-stop]').click();
  assert(/Stopped/.test(await page.locator('[data-progress]').textContent()), 'it did not stop');
  await page.locator('[data-records] a').first().click();
  await page.waitForURL(/topics\/processed_data\/\d+\/\d+/);
  return `${rows} rows`;
}));

await test('a search says when it looked at the latest records alone, and folds seldom fields away', () => withPage({}, async (page) => {
  const said = async (query) => {
    await page.goto(`${base}/topics/processed_data${query}`, { waitUntil: 'load' });
    await page.waitForFunction(() => / in .*: /.test(document.querySelector('[data-progress]').textContent), null, { timeout: 20000 });
    return page.locator('[data-progress]').textContent();
  };
  assert(/the latest of [\d,]+ offsets/.test(await said('')), 'without a filter');
  assert(await page.locator('#header').isHidden(), 'the header is not folded away');
  await page.locator('#from').selectOption('offset');
  await page.locator('#offset').waitFor();
  assert(/all looked through/.test(await said('?header=x')), 'with a filter');
  assert(await page.locator('#header').isVisible(), 'a field that is filled in is folded away');
}));

await test('a topic full of HTML and script is text', () => withPage({}, async (page, complaints) => {
  await page.goto(`${base}/topics/hostile?from=earliest`, { waitUntil: 'load' });
  await page.waitForFunction(() => document.querySelectorAll('[data-records] tr').length >= 4, null, { timeout: 20000 });
  const links = await page.locator('[data-records] a').evaluateAll((all) => all.map((a) => a.href));
  for (const path of ['', ...links]) {
    if (path) await page.goto(path, { waitUntil: 'load' });
    await page.waitForTimeout(200);
    assert(!/owned/.test(await page.title()), `the title was changed by ${path}`);
    assert(await page.locator('main script, main img, main h1:text-is("owned"), main svg[onload]').count() === 0, `an element came out of a record: ${path}`);
  }
  assert(complaints.length === 0, complaints.join('; '));
  return `${links.length} records`;
}));

await test('one letter is found, with what is to blame marked', () => withPage({}, async (page) => {
  await page.goto(`${base}/letters`, { waitUntil: 'load' });
  await page.waitForFunction(() => document.querySelectorAll('td a[href^="/letters/"]').length > 0, null, { timeout: 20000 });
  const row = page.locator('tr', { hasText: 'out_of_range' }).locator('a[href^="/letters/"]').first();
  await row.click();
  await page.waitForSelector('mark');
  await page.getByText('from the source to the file').click();
  await page.waitForSelector('ol.way li');
  assert(await page.locator('ol.way li').count() === 3, 'the way has three stations');
}));

await test('light and dark: as the system says, and as a person chooses', () => withPage({ colorScheme: 'light' }, async (page) => {
  await page.goto(base, { waitUntil: 'load' });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.locator('[data-theme-toggle]').click();
  const dark = await ground();
  assert(light !== dark, 'nothing has changed');
  await page.reload({ waitUntil: 'load' });
  assert(await ground() === dark, 'the choice was forgotten');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('[data-theme-toggle]').click();
  assert(await ground() === light, 'the choice does not win over the system');
}));

await test('the keyboard leads to the content and through the pages', () => withPage({}, async (page) => {
  await page.goto(base, { waitUntil: 'load' });
  await page.keyboard.press('Tab');
  assert(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first stop is the way to the content');
  await page.keyboard.press('Enter');
  assert(await page.evaluate(() => location.hash) === '#main', 'it leads to the content');
  await page.locator('nav a', { hasText: 'Topics' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/topics$/);
}));

await test('a foreign site can neither read, nor frame, nor send', async () => {
  const evil = await startEvil(base);
  try {
    await withPage({}, async (page) => {
      await page.goto(evil.url, { waitUntil: 'load' });
      await page.waitForFunction(() => document.title === 'done', null, { timeout: 15000 });
      const result = JSON.parse(await page.locator('pre').textContent());
      for (const [attack, outcome] of Object.entries(result)) assert(outcome === 'blocked', `${attack}: ${outcome}`);
      const framed = page.frames().find((frame) => frame.url().startsWith(base));
      assert(!framed || await framed.locator('.brand').count() === 0, 'the dashboard was framed');
    });
  } finally {
    evil.stop();
  }
});

await test('a foreign name for this machine gets nothing (DNS rebinding)', () => withPage({}, async (page) => {
  const port = new URL(base).port;
  const answer = await page.goto(`http://evil.example:${port}/api/v1/topics`);
  assert(answer.status() === 421, `status ${answer.status()}`);
}));

await test('a token is shown once', () => withPage({}, async (page) => {
  await page.goto(`${guarded}topics`, { waitUntil: 'load' });
  await page.getByLabel('Token').fill('wrong-but-long-enough');
  await page.getByRole('button').click();
  await page.getByText('This is not the token').waitFor();
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button').click();
  await page.waitForSelector('.brand');
  await page.goto(`${guarded}topics`, { waitUntil: 'load' });
  assert(await page.locator('td', { hasText: 'sensor_data' }).count() > 0, 'the topics are not shown');
}));

await test('where nothing may be written, nothing offers it', () => withPage({}, async (page) => {
  await page.goto(`${base}/letters`, { waitUntil: 'load' });
  await page.locator('td a[href^="/letters/"]').first().click();
  await page.getByText('sluicebox dlq replay').waitFor();
  assert(await page.locator('form').count() === 0, 'there is a form');
}));

await testWrites({ base: writing.replace(/\/$/, ''), test, withPage, assert, violations, shots });

if (shots) {
  for (const [name, path, options] of [
    ['flow', '/', { colorScheme: 'light', viewport: { width: 1280, height: 860 } }],
    ['flow-dark', '/', { colorScheme: 'dark', viewport: { width: 1280, height: 860 } }],
    ['data', '/data/sensor', { colorScheme: 'light', viewport: { width: 1280, height: 860 } }],
    ['dead-letters', '/letters', { colorScheme: 'light', viewport: { width: 1280, height: 860 } }],
  ]) {
    await withPage(options, async (page) => {
      await page.goto(base + path, { waitUntil: 'load' });
      await page.waitForTimeout(3000);
      await page.screenshot({ path: `${shots}/${name}.png` });
    });
  }
}

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

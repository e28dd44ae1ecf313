// A dashboard that may write: replays, topics, records; all but the progress without JavaScript.
import { startEvil } from './evil.mjs';

const PLAIN = { javaScriptEnabled: false };

export async function testWrites({ base, test, withPage, assert, violations, shots }) {
  const json = async (path) => (await fetch(base + path)).json();

  // A letter that was not replayed, with a key that a mended value has to have.
  async function letter(reason) {
    for (let tries = 0; tries < 100; tries += 1) {
      const { latest, remaining } = await json('/api/v1/letters');
      const found = latest.find((line) => line.kind.reason === reason && line.replayed_at_ms === null && line.key && line.kind.stream === 'sensor');
      if (found && remaining === 0) {
        const { replayed } = await json(`/api/v1/letters/${found.partition}/${found.offset}`);
        if (!replayed) return found;
      }
      await new Promise((done) => { setTimeout(done, 200); });
    }
    throw new Error(`no letter ${reason}`);
  }
  const pathOf = (line) => `/letters/${line.partition}/${line.offset}`;

  for (const [look, options] of Object.entries({
    'light, wide': { colorScheme: 'light' },
    'dark, narrow': { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  })) {
    await test(`pages that write, ${look}: no complaint, nothing for axe, nothing beyond the edge`, () => withPage(options, async (page, complaints) => {
      const one = await letter('out_of_range');
      const pages = ['/letters', pathOf(one), '/topics', '/topics/sensor_data', '/new-topic', '/topics/sensor_data/produce',
        '/topics/sensor_data/produce?partition=0&offset=0', '/topics/processed_data/produce', '/replay', '/replay/new?reason=out_of_range&topic=sensor_data'];
      for (const path of pages) {
        await page.goto(base + path, { waitUntil: 'load' });
        const edit = page.locator('details.edit summary');
        if (await edit.count()) await edit.click();
        await page.waitForTimeout(300);
        const found = await violations(page);
        assert(found.length === 0, `${path}: ${found.join('; ')}`);
        const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert(wide <= screen, `${path} is ${wide} wide on ${screen}`);
        assert(complaints.length === 0, `${path}: ${complaints.join('; ')}`);
      }
      return `${pages.length} pages`;
    }));
  }

  if (shots) {
    const one = await letter('out_of_range');
    await withPage({ colorScheme: 'light', viewport: { width: 1280, height: 860 } }, async (page) => {
      await page.goto(base + pathOf(one), { waitUntil: 'load' });
      await page.locator('details.edit summary').click();
      await page.screenshot({ path: `${shots}/replay.png` });
    });
  }

  await test('a letter is replayed with a button, without JavaScript', () => withPage(PLAIN, async (page) => {
    const one = await letter('out_of_range');
    await page.goto(base + pathOf(one), { waitUntil: 'load' });
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByText('It is sent.').waitFor();
    await page.getByText(/Replayed \d{4}-.* into/).waitFor();
    assert(await page.locator('section.panel form').count() === 0, 'it can be replayed again');
  }));

  await test('a letter is edited: what would be rejected is said, what is right is sent', () => withPage(PLAIN, async (page) => {
    const one = await letter('out_of_range');
    await page.goto(base + pathOf(one), { waitUntil: 'load' });
    await page.getByText('Edit and replay').click();
    const area = page.getByRole('textbox');
    const own = await area.inputValue();
    assert(own.startsWith('{'), `the value is not there: ${own}`);
    const wrong = own.replace(/}$/, ', "added": }');
    await area.fill(wrong);
    await page.getByRole('button', { name: 'Replay with this value' }).click();
    await page.getByRole('alert').filter({ hasText: 'would be rejected' }).waitFor();
    assert(await area.inputValue() === wrong, 'what was written is lost');
    assert(await page.getByRole('checkbox').count() === 1, 'it cannot be sent anyway');
    await area.fill(JSON.stringify({ sensor_id: one.key, temperature: 21.5, humidity: 40, timestamp: new Date().toISOString() }, null, 2));
    await page.getByRole('button', { name: 'Replay with this value' }).click();
    await page.getByText(/with another value/).waitFor();
  }));

  await test('letters of a reason are replayed, and the page tells how far it is', () => withPage({}, async (page) => {
    await page.goto(`${base}/letters`, { waitUntil: 'load' });
    const row = page.locator('tr', { hasText: 'out_of_range' }).filter({ hasText: 'sensor' }).first();
    await row.getByText('Replay').click();
    await page.waitForURL(/replay\/new/);
    await page.getByText('would be sent to').waitFor();
    await page.getByRole('button', { name: /^Replay \d/ }).click();
    await page.waitForURL(/\/replay$/);
    await page.getByText(/^Replayed [1-9]/).waitFor({ timeout: 20000 });
    const replay = await json('/api/v1/replay');
    assert(replay.state === 'done', replay.state);
    return `${replay.replayed.sensor_data} letters`;
  }));

  await test('a topic is created, and a record is produced into it, without JavaScript', () => withPage(PLAIN, async (page) => {
    await page.goto(`${base}/topics`, { waitUntil: 'load' });
    await page.getByText('Create a topic').click();
    const create = async (name) => {
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByLabel('Partitions', { exact: true }).fill('2');
      await page.getByLabel(/^Settings/).fill('retention.ms=3600000');
      await page.getByRole('button', { name: 'Create' }).click();
    };
    await create('sensor_data');
    await page.getByRole('alert').waitFor();
    assert(await page.getByLabel(/^Settings/).inputValue() === 'retention.ms=3600000', 'what was written is lost');
    await create('from_the_browser');
    await page.getByText('Produce a record').click();
    await page.getByLabel('Key', { exact: true }).fill('k');
    await page.getByLabel('Value', { exact: true }).fill('one\ntwo');
    await page.getByLabel(/^Headers/).fill('trace=7');
    await page.getByLabel('Partition', { exact: true }).fill('1');
    await page.getByRole('button', { name: 'Produce' }).click();
    await page.getByText('partition 1, offset 0').click();
    await page.getByText('trace').waitFor();
    const record = await json('/api/v1/topics/from_the_browser/records/1/0');
    assert(record.value.text === 'one\ntwo', record.value.text);
  }));

  await test('no foreign site can write', async () => {
    const evil = await startEvil(base);
    try {
      await withPage({}, async (page) => {
        await page.goto(evil.url, { waitUntil: 'load' });
        await page.waitForFunction(() => document.title === 'done', null, { timeout: 15000 });
        await page.waitForTimeout(500);
        for (const name of ['owned-by-form', 'owned-by-fetch', 'owned-by-json']) {
          const { status } = await fetch(`${base}/api/v1/topics/${name}`);
          assert(status === 404, `${name}: ${status}`);
        }
      });
    } finally {
      evil.stop();
    }
  });
}

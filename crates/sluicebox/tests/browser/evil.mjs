// A page of somebody else that tries what such pages try.
import { createServer } from 'node:http';

function page(base) {
  return `<!doctype html><title>evil</title><pre></pre>
<iframe src="${base}/"></iframe>
<iframe name="aim"></iframe>
<form method="post" action="${base}/new-topic" target="aim"><input name="name" value="owned-by-form"></form>
<script>
const outcome = {};
async function attack(name, work) {
  try { await work(); outcome[name] = 'went through'; } catch { outcome[name] = 'blocked'; }
}
(async () => {
  await attack('read', async () => { await (await fetch('${base}/api/v1/topics')).text(); });
  await attack('read with credentials', async () => { await (await fetch('${base}/api/v1/topics', { credentials: 'include' })).text(); });
  await attack('listen', () => new Promise((done, failed) => {
    const source = new EventSource('${base}/live/flow');
    source.onopen = done;
    source.onerror = () => { source.close(); failed(); };
  }));
  await attack('script', () => new Promise((done, failed) => {
    const script = document.createElement('script');
    script.src = '${base}/api/v1/flow';
    script.onload = done;
    script.onerror = failed;
    document.body.append(script);
  }));
  await attack('image', () => new Promise((done, failed) => {
    const image = new Image();
    image.onload = done;
    image.onerror = failed;
    image.src = '${base}/favicon.ico';
  }));
  await attack('send', async () => { await (await fetch('${base}/api/v1/topics', { method: 'POST', body: 'x' })).text(); });
  // What needs no leave to be sent: it must come to nothing there.
  document.querySelector('form').submit();
  const simple = { method: 'POST', mode: 'no-cors', credentials: 'include' };
  await attack('simple form', async () => { await fetch('${base}/new-topic', { ...simple, body: new URLSearchParams({ name: 'owned-by-fetch' }) }); throw new Error('nobody may read it'); });
  await attack('simple text', async () => { await fetch('${base}/api/v1/topics', { ...simple, body: '{"name":"owned-by-json"}' }); throw new Error('nobody may read it'); });
  await attack('with a header', async () => { await fetch('${base}/api/v1/topics', { method: 'POST', headers: { 'x-sluicebox': '1', 'content-type': 'application/json' }, body: '{"name":"owned-by-json"}' }); });
  document.querySelector('pre').textContent = JSON.stringify(outcome);
  document.title = 'done';
})();
</script>`;
}

export function startEvil(base) {
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end(page(base));
  });
  return new Promise((ready) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      // Another port is another origin.
      ready({ url: `http://127.0.0.1:${port}/`, stop: () => { server.closeAllConnections(); server.close(); } });
    });
  });
}

// A page of somebody else that tries what such pages try.
import { createServer } from 'node:http';

function page(base) {
  return `<!doctype html><title>evil</title><pre></pre>
<iframe src="${base}/"></iframe>
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

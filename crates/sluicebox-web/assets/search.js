// Searches a topic: records come while they are found, and can be stopped at any time.

// Rows that are kept in the page; the exports have all.
const ROWS_MAX = 500;

// As `visible.rs`: what would not be seen, or would turn the text around it, is written out.
const UNSEEN = /([\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}])/u;

function visible(text) {
  return String(text ?? '').split(UNSEEN).map((part, index) => {
    if (index % 2 === 0) return part;
    const span = document.createElement('span');
    span.className = 'unseen';
    span.textContent = `\\u{${part.codePointAt(0).toString(16)}}`;
    return span;
  });
}

function cell(row, text, kind) {
  const td = document.createElement('td');
  if (kind) td.className = kind;
  td.append(...visible(text));
  row.append(td);
  return td;
}

function partText(part) {
  if (!part) return '\u2013';
  const more = part.cut ? ` \u2026 (${part.bytes} bytes)` : '';
  return part.encoding === 'utf8' ? part.text + more : `base64: ${part.text}${more}`;
}

function rowOf(record, topicPath) {
  const row = document.createElement('tr');
  row.dataset.time = record.timestamp_ms;
  cell(row, record.partition, 'number');
  const link = document.createElement('a');
  link.href = `${topicPath}/${record.partition}/${record.offset}`;
  link.textContent = record.offset;
  cell(row, '', 'number').append(link);
  const time = record.timestamp_ms < 0 ? '\u2013' : new Date(record.timestamp_ms).toISOString().replace('T', ' ');
  cell(row, time, 'time');
  cell(row, partText(record.key), 'clip key');
  cell(row, partText(record.value), 'clip');
  return row;
}

function parameters(form) {
  const given = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== '') given.set(name, value);
  return given;
}

// Whether it is about the last records only: without a filter that is what is meant.
function isLatest(given) {
  if (given.has('from')) return given.get('from') === 'latest';
  return !['key', 'value', 'header', 'until', 'source'].some((name) => given.has(name));
}

const LOST = 'The connection was lost. Search again.';

// What the API says against a search: a stream of events that is refused does not tell.
async function refusal(url) {
  const request = new AbortController();
  try {
    const answer = await fetch(url, { signal: request.signal });
    if (!answer.ok) return (await answer.json()).error ?? LOST;
  } catch { /* nobody answers */ }
  request.abort();
  return LOST;
}

export function startSearch(section) {
  const form = section.querySelector('form');
  const body = section.querySelector('[data-records]');
  const progress = section.querySelector('[data-progress]');
  const stopButton = section.querySelector('[data-stop]');
  const number = new Intl.NumberFormat('en');
  let source = null;
  let waiting = [];
  let frame = 0;
  let found = 0;
  let following = false;
  let latest = false;
  const offsets = Number(section.dataset.offsets);

  const say = (text) => { progress.textContent = text; };

  function flush() {
    frame = 0;
    const rows = waiting.splice(0).map((record) => rowOf(record, section.dataset.topic));
    if (following) body.prepend(...rows.reverse());
    else body.append(...rows);
    while (body.children.length > ROWS_MAX) (following ? body.lastChild : body.firstChild).remove();
  }

  function stop() {
    source?.close();
    source = null;
    stopButton.disabled = true;
    if (frame) cancelAnimationFrame(frame);
    flush();
  }

  function newestFirst() {
    body.append(...[...body.children].sort((a, b) => b.dataset.time - a.dataset.time));
  }

  function report({ scanned, matched, remaining, ended }) {
    found = matched;
    const shown = matched > ROWS_MAX ? ` (the last ${ROWS_MAX} are shown; an export has all)` : '';
    const looked = `${number.format(matched)} found in ${number.format(scanned)} records${shown}`;
    const states = {
      end: latest && scanned < offsets
        ? `the latest of ${number.format(offsets)} offsets; choose earliest to look through all`
        : 'all looked through',
      limit: 'stopped at the limit',
      time: 'stopped after half an hour; go on from the offsets shown',
      recreated: 'the topic was made anew; search again',
      stopped: 'the server ends',
    };
    if (ended) say(`${looked}: ${states[ended] ?? ended}`);
    else if (following) say(`${looked}, following`);
    else say(`${looked}, ${number.format(remaining)} offsets to go`);
  }

  function start(given) {
    stop();
    body.replaceChildren();
    found = 0;
    following = given.get('follow') === 'true';
    latest = isLatest(given);
    stopButton.disabled = false;
    say('Searching \u2026');
    const url = `${section.dataset.search}/search?${given}`;
    let answered = false;
    source = new EventSource(url);
    source.addEventListener('open', () => { answered = true; });
    source.addEventListener('record', (event) => {
      waiting.push(JSON.parse(event.data));
      if (!frame) frame = requestAnimationFrame(flush);
    });
    source.addEventListener('progress', (event) => {
      const state = JSON.parse(event.data);
      if (state.ended) {
        stop();
        if (!following) newestFirst();
      }
      report(state);
    });
    source.addEventListener('problem', (event) => { stop(); say(event.data); });
    // It would begin anew by itself.
    source.addEventListener('error', async () => {
      stop();
      say(LOST);
      const why = answered ? LOST : await refusal(url);
      // Another one may have been started meanwhile.
      if (source === null) say(why);
    });
  }

  section.querySelector('[data-tail]').addEventListener('click', () => {
    const given = parameters(form);
    given.set('follow', 'true');
    given.delete('from');
    start(given);
  });
  // Where it begins is said in a field that is folded away.
  form.elements.from.addEventListener('change', ({ target }) => {
    if (['offset', 'time'].includes(target.value)) section.querySelector('[data-more]').open = true;
  });
  stopButton.addEventListener('click', () => {
    stop();
    say(`Stopped: ${number.format(found)} found.`);
  });
  for (const link of section.querySelectorAll('[data-export]')) {
    link.addEventListener('click', () => {
      const given = parameters(form);
      if (!given.has('from')) given.set('from', 'earliest');
      link.href = `${section.dataset.search}/${link.dataset.export}?${given}`;
    });
  }
  addEventListener('pagehide', stop);
  if (section.dataset.refused === undefined) start(parameters(form));
}

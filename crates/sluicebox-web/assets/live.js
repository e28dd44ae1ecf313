// Keeps parts of a page up to date. The server draws them; here only what differs is changed, so that
// nothing jumps, the focus stays where it is, and what was opened stays open.

// The one place where text becomes HTML: parts of pages that our own server has drawn and escaped.
const policy = globalThis.trustedTypes
  ? trustedTypes.createPolicy('sluicebox', { createHTML: (text) => text })
  : { createHTML: (text) => text };

function parse(text) {
  const template = document.createElement('template');
  template.innerHTML = policy.createHTML(text);
  return template.content;
}

function sameKind(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}

function setAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    // Opened by a person.
    if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  }
}

function change(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  for (let i = 0; i < Math.max(before.length, after.length); i += 1) {
    const [a, b] = [before[i], after[i]];
    if (!b) a.remove();
    else if (!a) old.append(b);
    else if (!sameKind(a, b) || a.nodeName === 'svg') a.replaceWith(b);
    else if (a.nodeType === Node.ELEMENT_NODE) {
      setAttributes(a, b);
      change(a, b);
    } else if (a.data !== b.data) a.data = b.data;
  }
}

function tell(text) {
  for (const state of document.querySelectorAll('[data-stream-state]')) state.textContent = text;
}

// A page without a connection shows the past: that is said on top of it, unless it is over at once.
const LOST_AFTER_MS = 5000;
let lostTimer = null;
let seen = new Date();

function lost(isLost) {
  const banners = document.querySelectorAll('[data-stream-lost]');
  if (!isLost) {
    clearTimeout(lostTimer);
    lostTimer = null;
    for (const banner of banners) banner.hidden = true;
    return;
  }
  lostTimer ??= setTimeout(() => {
    for (const banner of banners) {
      banner.textContent = `Connection lost. What is shown is of ${seen.toLocaleTimeString()}; trying again \u2026`;
      banner.hidden = false;
    }
  }, LOST_AFTER_MS);
}

export function follow(part) {
  let source = null;
  const open = () => {
    source = new EventSource(part.dataset.live);
    source.addEventListener('open', () => {
      tell('live');
      lost(false);
    });
    source.addEventListener('error', () => {
      tell('connection lost, trying again \u2026');
      lost(true);
    });
    source.addEventListener('problem', (event) => tell(event.data));
    source.addEventListener('html', (event) => {
      tell('live');
      seen = new Date();
      change(part, parse(event.data));
      part.dataset.updates = String(Number(part.dataset.updates ?? 0) + 1);
    });
  };
  const close = () => {
    source?.close();
    source = null;
    tell('paused');
    lost(false);
  };
  // Nobody looks at a hidden page.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close();
    else if (!source) open();
  });
  addEventListener('pagehide', close);
  if (!document.hidden) open();
}

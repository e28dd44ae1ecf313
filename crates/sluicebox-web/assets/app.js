// What every page needs: the theme, parts that live, charts, searches.
import { follow } from './live.js';
import { watchCharts } from './chart.js';
import { startSearch } from './search.js';

const root = document.documentElement;

function isDark() {
  return root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

for (const button of document.querySelectorAll('[data-theme-toggle]')) {
  const tell = () => button.setAttribute('aria-pressed', String(isDark()));
  tell();
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try { localStorage.setItem('theme', root.dataset.theme); } catch { /* a browser that keeps nothing */ }
    tell();
  });
}

for (const part of document.querySelectorAll('[data-live]')) follow(part);
for (const search of document.querySelectorAll('[data-search]')) startSearch(search);
watchCharts();

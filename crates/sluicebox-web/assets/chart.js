// What a pointer shows on a chart: the time and the values there.

// The plot within the drawing, in its units; see data/chart.rs.
const WIDTH = 560;
const LEFT = 58;
const RIGHT = 32;

function tipOf(figure) {
  let tip = figure.querySelector('.tip');
  if (!tip) {
    tip = document.createElement('div');
    tip.className = 'tip';
    tip.hidden = true;
    figure.append(tip);
  }
  return tip;
}

function show(figure, plot, clientX) {
  const { times, series } = JSON.parse(figure.dataset.chart);
  const tip = tipOf(figure);
  if (times.length === 0) return;
  const box = plot.getBoundingClientRect();
  const x = ((clientX - box.left) / box.width) * WIDTH;
  const share = Math.min(1, Math.max(0, (x - LEFT) / (WIDTH - LEFT - RIGHT)));
  const at = Math.round(share * (times.length - 1));
  tip.replaceChildren();
  const line = (text) => {
    const element = document.createElement('div');
    element.textContent = text;
    tip.append(element);
  };
  line(times[at]);
  for (const { name, values } of series) {
    if (values[at] !== null) line(`${name}: ${values[at]}`);
  }
  tip.hidden = false;
  const outer = figure.getBoundingClientRect();
  const left = Math.min(clientX - outer.left + 12, outer.width - tip.offsetWidth - 4);
  tip.style.transform = `translate(${Math.max(4, left)}px, ${box.top - outer.top + 8}px)`;
}

export function watchCharts() {
  document.addEventListener('pointermove', (event) => {
    const plot = event.target.closest?.('.plot');
    for (const tip of document.querySelectorAll('.tip')) {
      if (tip.parentElement !== plot?.parentElement) tip.hidden = true;
    }
    const figure = plot?.closest('[data-chart]');
    if (figure) show(figure, plot, event.clientX);
  });
}

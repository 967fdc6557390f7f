// The page as a whole: what is looked at, and the keys.

function look(chosen, where) {
  highlight(chosen);
  markInList(chosen);
  showDetails(chosen);
  if (svg && chosen !== null && where !== IN_PLACE) frameShapes(shapesOf(chosen));
}

// Looks at something, so that the address leads back to it. The drawing moves there, unless it was
// chosen in it.
function choose(chosen, where) {
  const address = chosen === null ? '' : addressOf(chosen.kind, chosen.id);
  history.replaceState(null, '', `#${address}`);
  look(chosen, where);
}

function startHeader() {
  document.getElementById('header').classList.toggle('fails', report.fails);
  document.getElementById('headline').textContent = report.headline;
  document.title = `Lock order: ${report.headline}`;
  const {locks, classes, threads, runs, dropped, cut, undrawn} = report.coverage;
  const some = (count, one, many) => `${count} ${count === 1 ? one : many}`;
  const coverage = document.getElementById('coverage');
  coverage.append([some(locks, 'lock', 'locks') + ' of ' + some(classes, 'class', 'classes'),
                   some(report.coverage.edges, 'edge', 'edges'), some(threads, 'thread', 'threads'),
                   some(runs, 'run', 'runs'), `dropped: ${dropped}`].join(' · '));
  const warn = (text) => coverage.append(' · ', element('strong', {textContent: text}));
  if (cut > 0) warn('not all cycles were enumerated');
  if (undrawn > 0) warn(`${some(undrawn, 'edge is', 'edges are')} not drawn`);
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('select')) return;
  if (event.key === 'Escape') choose(null);
  if (event.key === '+' || event.key === '=') zoom(1.25);
  if (event.key === '-') zoom(0.8);
  if (event.key === '0') fit();
});
document.getElementById('zoom-in').onclick = () => zoom(1.25);
document.getElementById('zoom-out').onclick = () => zoom(0.8);
document.getElementById('fit').onclick = fit;
window.addEventListener('hashchange', () => look(fromAddress(location.hash.slice(1))));

startHeader();
startFilters();
startList();
startGraph();
if (!svg) {
  document.getElementById('tools').hidden = true;
  document.getElementById('legend').hidden = true;
}
applyFilters();
const first = report.cycles.find((cycle) => cycle.fails);
look(fromAddress(location.hash.slice(1)) ??
     (first && report.violations.length === 0 ? {kind: 'cycle', id: first.fingerprint} : null));

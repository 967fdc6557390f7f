// Which cycles, edges and locks are shown: by verdict and by thread.

const NO_CYCLE = 'no cycle';
const hiddenVerdicts = new Set();
let onlyThread = null;

const cycleIsShown = (cycle) => !hiddenVerdicts.has(cycle.verdict) &&
    (onlyThread === null || cycleThreads(cycle).has(onlyThread));

function edgeIsShown(edge) {
  if (onlyThread !== null && !edge.threads.includes(onlyThread)) return false;
  if (edge.cycles.length === 0) return !hiddenVerdicts.has(NO_CYCLE);
  return edge.cycles.some((number) => !hiddenVerdicts.has(report.cycles[number].verdict));
}

function applyFilters() {
  document.getElementById('reset').hidden = hiddenVerdicts.size === 0 && onlyThread === null;
  showList();
  if (!svg) return;
  const shownLocks = new Set();
  for (const edge of report.edges) {
    const shown = edgeIsShown(edge);
    edgeShape(edge.id)?.classList.toggle('filtered', !shown);
    if (shown) shownLocks.add(`lock-${edge.from}`).add(`lock-${edge.to}`);
  }
  for (const node of svg.querySelectorAll('.node')) {
    node.classList.toggle('filtered', !shownLocks.has(node.id));
  }
  for (const [cluster, nodes] of clusters) {
    cluster.classList.toggle('filtered', !nodes.some((node) => shownLocks.has(node.id)));
  }
}

function chip(verdict, kind, count) {
  const made = element('button', {className: `chip ${kind}`, type: 'button'},
                       verdict, element('b', {textContent: count}));
  made.dataset.verdict = verdict;
  made.setAttribute('aria-pressed', 'true');
  made.onclick = () => {
    const hide = !hiddenVerdicts.has(verdict);
    hiddenVerdicts[hide ? 'add' : 'delete'](verdict);
    made.setAttribute('aria-pressed', String(!hide));
    applyFilters();
  };
  return made;
}

function startFilters() {
  const chips = document.getElementById('verdicts');
  const counts = new Map();
  for (const cycle of report.cycles) {
    counts.set(cycle.verdict, {kind: weight(cycle),
                               count: (counts.get(cycle.verdict)?.count ?? 0) + 1});
  }
  for (const [verdict, {kind, count}] of counts) chips.append(chip(verdict, kind, count));
  const without = report.edges.filter((edge) => edge.cycles.length === 0).length;
  if (without > 0) chips.append(chip(NO_CYCLE, 'harmless', without));

  const select = document.getElementById('thread');
  select.append(element('option', {value: '', textContent: 'all'}));
  const threads = new Set([...report.edges.flatMap((edge) => edge.threads),
                           ...report.cycles.flatMap((cycle) => [...cycleThreads(cycle)])]);
  for (const thread of [...threads].sort((a, b) => a - b)) {
    select.append(element('option', {value: thread, textContent: threadName(thread)}));
  }
  select.onchange = () => {
    onlyThread = select.value === '' ? null : Number(select.value);
    applyFilters();
  };
  document.getElementById('reset').onclick = () => {
    hiddenVerdicts.clear();
    onlyThread = null;
    select.value = '';
    for (const one of chips.children) one.setAttribute('aria-pressed', 'true');
    applyFilters();
  };
}

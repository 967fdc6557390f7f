// The cycles, the strongest verdict first.

const cycleButtons = report.cycles.map((cycle) => {
  const button = element('button', {type: 'button'}, badge(cycle),
                         cycle.merged ? element('span', {className: 'tag', textContent: 'merged'}) : null,
                         element('span', {className: 'path', textContent: cyclePath(cycle)}),
                         element('span', {className: 'reason', textContent: cycle.reason}));
  button.onclick = () => choose({kind: 'cycle', id: cycle.fingerprint});
  return button;
});

function startList() {
  document.getElementById('cycles').append(
      ...cycleButtons.map((button) => element('li', {}, button)));
}

function showList() {
  let shown = 0;
  report.cycles.forEach((cycle, number) => {
    cycleButtons[number].parentNode.hidden = !cycleIsShown(cycle);
    if (cycleIsShown(cycle)) ++shown;
  });
  const note = document.getElementById('no-cycles');
  note.hidden = shown > 0;
  note.textContent = report.cycles.length === 0 ? 'There is no cycle: these runs cannot deadlock.' :
      'The filter hides every cycle.';
}

function markInList(chosen) {
  report.cycles.forEach((cycle, number) => {
    const is = chosen !== null && chosen.kind === 'cycle' && chosen.id === cycle.fingerprint;
    if (is) cycleButtons[number].setAttribute('aria-current', 'true');
    else cycleButtons[number].removeAttribute('aria-current');
    if (is) cycleButtons[number].scrollIntoView({block: 'nearest'});
  });
}

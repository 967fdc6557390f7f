// What is known of the cycle, edge or lock that is looked at.

const KINDS = {timed: ', with a deadline', reacquire: ', taken back after a wait', try: ', tried'};
const how = (request) => `${request.shared ? ', shared' : ''}${KINDS[request.kind] ?? ''}`;
const times = (count) => (count === 1 ? 'once' : `${count} times`);

function threadTitle(thread, ...more) {
  const {name, started} = report.threads[thread];
  const rest = [started ? `started at ${started}` : null, ...more].filter(Boolean).join(', ');
  return element('h4', {}, name, ' ', element('span', {className: 'muted', textContent: rest}));
}

const bold = (lock) => linkTo(lockName(lock), 'lock', lock);

function heldBlock(held, word) {
  return placeBlock([word, ' ', bold(held.lock), held.shared ? ', shared,' : ',', ' taken at'],
                    held.taken);
}

const askedBlock = (lock, request) =>
    placeBlock(['asks for ', bold(lock), `${how(request)}, at`], request.asked);

// Left what it holds, the lock in question first; right what it asks for.
function requestCard(request, holds, asks) {
  const left = element('div', {});
  const own = request.held.filter((held) => held.lock === holds);
  const others = request.held.filter((held) => held.lock !== holds);
  if (request.owes) left.append(placeBlock(['has to signal ', bold(holds), ', at'], request.owes));
  for (const held of own) left.append(heldBlock(held, 'holds'));
  for (const held of others) left.append(heldBlock(held, 'also holds'));
  const right = element('div', {}, askedBlock(asks, request));
  if (request.writer) {
    right.append(placeBlock([`behind ${threadName(request.writer.thread)}, which asks to write it at`],
                            request.writer.asked));
  }
  const othersToo = request.others?.map(threadName).join(', ');
  return element('div', {className: 'card request'},
                 threadTitle(request.thread, request.count ? `seen ${times(request.count)}` : null,
                             othersToo ? `and so did ${othersToo}` : null),
                 element('div', {className: 'sides'}, left, right));
}

// One request for all threads that made it in the same way, at the same places.
function grouped(requests) {
  const groups = new Map();
  for (const request of requests) {
    const key = JSON.stringify({...request, thread: null, count: null});
    const group = groups.get(key);
    if (!group) {
      groups.set(key, {...request, others: []});
    } else {
      group.others.push(request.thread);
      group.count += request.count;
    }
  }
  return [...groups.values()];
}

// With a capital letter.
function sentence(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function interleavingTable(interleaving) {
  const {columns, steps, letters} = interleaving;
  const table = element('table', {className: 'steps'});
  const head = table.createTHead().insertRow();
  const title = (column) =>
      `${letters ? `[${String.fromCharCode(65 + column)}] ` : ''}${threadName(columns[column])}`;
  const heads = letters ? columns.map((_, column) => title(column)) : ['thread', 'what it does'];
  for (const text of ['', ...heads]) head.append(element('th', {scope: 'col', textContent: text}));
  const body = table.createTBody();
  steps.forEach(([column, text], number) => {
    const row = body.insertRow();
    row.insertCell().textContent = number + 1;
    if (text.endsWith(': DEADLOCK')) row.className = 'deadlock';
    const cells = letters ? columns.map((_, c) => (c === column ? text : '')) : [title(column), text];
    for (const cell of cells) row.insertCell().textContent = cell;
  });
  return element('div', {className: 'scroll'}, table);
}

function cycleDetails(cycle) {
  const facts = element('p', {className: 'facts'}, 'fingerprint ',
                        element('code', {textContent: cycle.fingerprint}));
  if (cycle.instances > 1) {
    facts.append(` · stands for ${cycle.instances} cycles of the same classes and functions`);
  }
  if (cycle.merged) facts.append(' · its parts were seen in different runs');
  if (!cycle.replay && cycle.directed) {
    facts.append(` · did not happen in ${cycle.directed} directed ` +
                 (cycle.directed === 1 ? 'schedule' : 'schedules'));
  } else if (!cycle.replay && cycle.not_tried) {
    facts.append(` · not tried: ${cycle.not_tried}`);
  }
  const replay = cycle.replay ? element('p', {className: 'facts'}, 'replay token ',
                                        element('code', {textContent: cycle.replay}))
                              : null;
  return [
    element('h2', {}, badge(cycle), ' ', cyclePath(cycle)),
    element('p', {className: 'lead', textContent: cycle.reason}),
    facts, replay,
    element('h3', {textContent: sentence(cycle.interleaving.title)}),
    interleavingTable(cycle.interleaving),
    element('h3', {textContent: 'Threads and stacks'}),
    ...cycle.parts.map((part) => requestCard(part, part.holds, part.asks)),
    ...adviceBlock(cycle),
  ];
}

function adviceBlock(cycle) {
  if (!cycle.fails || report.advice.length === 0) return [];
  return [
    element('h3', {textContent: 'To break every cycle that can deadlock'}),
    element('ul', {}, ...report.advice.map((advice) => element('li', {}, advice.text,
        element('div', {className: 'muted mono', textContent: advice.places.join(', ')})))),
  ];
}

function cycleLinks(numbers) {
  if (numbers.length === 0) return [];
  return [
    element('h3', {textContent: numbers.length === 1 ? 'In this cycle' : 'In these cycles'}),
    element('ul', {}, ...numbers.map((number) => {
      const cycle = report.cycles[number];
      return element('li', {}, badge(cycle), ' ',
                     linkTo(cyclePath(cycle), 'cycle', cycle.fingerprint));
    })),
  ];
}

// The requests of an edge; a wait that only a cycle knows of has them there.
function requestsOf(edge) {
  if (edge.requests.length > 0) return edge.requests;
  return edge.cycles.flatMap((number) => report.cycles[number].parts.filter(
      (part) => part.holds === edge.from && part.asks === edge.to));
}

function edgeDetails(edge) {
  const requests = requestsOf(edge);
  const many = edge.threads.length;
  return [
    element('h2', {}, bold(edge.from), ' → ', bold(edge.to)),
    element('p', {className: 'lead', textContent:
        `${lockName(edge.to)} was asked for while ${lockName(edge.from)} was held, ` +
        `${edge.count ? times(edge.count) : 'at least once'}, by ` +
        `${many === 1 ? threadName(edge.threads[0]) : `${many} threads`}.`}),
    element('h3', {textContent: 'Stacks'}),
    ...grouped(requests).map((request) => requestCard(request, edge.from, edge.to)),
    edge.more ? element('p', {className: 'facts', textContent: `and ${edge.more} more`}) : null,
    ...cycleLinks(edge.cycles),
  ];
}

// One of each place, by thread.
function distinct(uses) {
  const known = new Map();
  for (const use of uses) known.set(`${use.thread} ${use.place.at} ${use.place.stack}`, use);
  return [...known.values()];
}

function useCards(title, uses) {
  if (uses.length === 0) return [];
  return [element('h3', {textContent: title}),
          ...uses.map(({thread, words, place}) => element('div', {className: 'card'},
              threadTitle(thread), placeBlock(words, place)))];
}

function lockDetails(lock) {
  const touching = report.edges.filter((edge) => edge.from === lock || edge.to === lock);
  const taken = [];
  const asked = [];
  for (const edge of touching) {
    for (const request of requestsOf(edge)) {
      for (const held of request.held) {
        if (held.lock !== lock) continue;
        taken.push({thread: request.thread, place: held.taken, words: ['taken at']});
      }
      if (edge.to !== lock) continue;
      asked.push({thread: request.thread, place: request.asked,
                  words: ['holding ', bold(edge.from), ', asked for at']});
    }
  }
  const list = (title, chosen, other) => chosen.length === 0 ? [] : [
    element('h3', {textContent: title}),
    element('ul', {}, ...chosen.map((edge) => element('li', {},
        linkTo(lockName(other(edge)), 'edge', edge.id)))),
  ];
  const cycles = [...new Set(touching.flatMap((edge) => edge.cycles))].sort((a, b) => a - b);
  return [
    element('h2', {textContent: lockName(lock)}),
    element('p', {className: 'lead', textContent: report.locks[lock].origin}),
    ...list('While it is held, these are asked for', touching.filter((edge) => edge.from === lock),
            (edge) => edge.to),
    ...list('It is asked for while these are held', touching.filter((edge) => edge.to === lock),
            (edge) => edge.from),
    ...cycleLinks(cycles),
    ...useCards('Where it is taken', distinct(taken)),
    ...useCards('Where it is asked for', distinct(asked)),
  ];
}

function overview() {
  const violations = report.violations.map((violation) => element('div', {},
      element('h3', {textContent: `Declared order violated: ${violation.rule}`}),
      requestCard(violation, violation.holds, violation.asks)));
  return [
    element('h2', {textContent: report.headline}),
    element('p', {className: 'lead muted', textContent:
        'Choose a cycle in the list, or a lock or an edge in the drawing.'}),
    ...violations,
  ];
}

function showDetails(chosen) {
  const content = chosen === null ? overview() :
      chosen.kind === 'edge' ? edgeDetails(edges.get(chosen.id)) :
      chosen.kind === 'lock' ? lockDetails(chosen.id) :
      cycleDetails(report.cycles[cycleNumber(chosen.id)]);
  const details = document.getElementById('details');
  details.replaceChildren(...content.filter((child) => child !== null));
  details.scrollTop = 0;
}

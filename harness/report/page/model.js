// What the report says. `report` is:
//   headline, fails, runs, coverage, advice: [{text, places}]
//   cycles:  [{verdict, fails, reason, fingerprint, parts: [request], interleaving, ...}]
//   edges:   [{id, from, to, threads, cycles: [number], requests: [request]}]
//   request: {thread, asked: place, kind, held: [{lock, taken: place}]}
//   place:   {at, stack}, where a stack is the number of a list of numbers of frames
//   locks, threads: by the numbers that the others refer to them by
const report = JSON.parse(document.getElementById('data').textContent);

const lockName = (lock) => report.locks[lock].name;
const threadName = (thread) => report.threads[thread].name;

// The kinds of cycles, by how much they matter.
const SHOWN = new Set(['ORDERED_OBSERVED', 'TIMED']);
const weight = (cycle) => (cycle.fails ? 'fails' : SHOWN.has(cycle.verdict) ? 'shown' : 'harmless');

const cyclePath = (cycle) =>
    [...cycle.parts.map((part) => lockName(part.holds)), lockName(cycle.parts[0].holds)].join(' → ');
const cycleThreads = (cycle) => new Set(cycle.parts.flatMap(
    (part) => [part.thread, ...(part.writer ? [part.writer.thread] : [])]));
const edgeId = (from, to) => `edge-${from}-${to}`;
const cycleEdges = (cycle) => cycle.parts.map((part) => edgeId(part.holds, part.asks));

const edges = new Map(report.edges.map((edge) => [edge.id, edge]));

// What is looked at: {kind: 'cycle' | 'edge' | 'lock', id}, as it is in the address after "#".
const IN_PLACE = 'in place';
const addressOf = (kind, id) => (kind === 'edge' ? id : `${kind}-${id}`);
const cycleNumber = (fingerprint) =>
    report.cycles.findIndex((cycle) => cycle.fingerprint === fingerprint);

function fromAddress(address) {
  if (edges.has(address)) return {kind: 'edge', id: address};
  const [, kind, id] = address.match(/^(cycle|lock)-(\w+)$/) ?? [];
  if (kind === 'lock' && report.locks[id]) return {kind, id: Number(id)};
  if (kind === 'cycle' && cycleNumber(id) >= 0) return {kind, id};
  return null;
}

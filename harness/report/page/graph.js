// The drawing: moving, zooming, pointing at locks and edges.

const svg = document.querySelector('#drawing svg');
const view = {x: 0, y: 0, scale: 1};  // the drawing's point in the left upper corner; pixels a unit
let whole = {x: 0, y: 0, width: 1, height: 1};

function showView() {
  const {width, height} = svg.getBoundingClientRect();
  if (width === 0) return;
  svg.setAttribute('viewBox',
                   `${view.x} ${view.y} ${width / view.scale} ${height / view.scale}`);
}

// Shows a rectangle of the drawing, in its middle, as large as it can be.
function frame({x, y, width, height}) {
  const box = svg.getBoundingClientRect();
  const margin = 32;
  const below = 20;  // the legend
  // Not larger than life: few locks need not fill the window.
  view.scale = Math.min((box.width - 2 * margin) / width,
                        (box.height - 2 * margin - below) / height, 1.3);
  if (!(view.scale > 0)) view.scale = 1;
  view.x = x + width / 2 - box.width / view.scale / 2;
  view.y = y + height / 2 - (box.height - below) / view.scale / 2;
  showView();
}

const fit = () => svg && frame(whole);

// Shows those locks and edges, with what is around them.
function frameShapes(shapes) {
  const box = svg.getBoundingClientRect();
  const rects = shapes.filter(Boolean).map((shape) => shape.getBoundingClientRect())
                    .filter((rect) => rect.width > 0);
  if (rects.length === 0) return;
  const left = Math.min(...rects.map((rect) => rect.left));
  const right = Math.max(...rects.map((rect) => rect.right));
  const top = Math.min(...rects.map((rect) => rect.top));
  const bottom = Math.max(...rects.map((rect) => rect.bottom));
  frame({x: view.x + (left - box.left) / view.scale, y: view.y + (top - box.top) / view.scale,
         width: (right - left) / view.scale, height: (bottom - top) / view.scale});
}

// Keeps the point of the window where it is.
function zoom(factor, clientX, clientY) {
  if (!svg) return;
  const box = svg.getBoundingClientRect();
  const x = (clientX ?? box.left + box.width / 2) - box.left;
  const y = (clientY ?? box.top + box.height / 2) - box.top;
  const scale = Math.min(Math.max(view.scale * factor, 0.02), 20);
  view.x += x / view.scale - x / scale;
  view.y += y / view.scale - y / scale;
  view.scale = scale;
  showView();
}

function letMove() {
  let last = null;
  let moved = 0;
  svg.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    last = event;
    moved = 0;
  });
  svg.addEventListener('pointermove', (event) => {
    if (last === null) return;
    const dx = event.clientX - last.clientX;
    const dy = event.clientY - last.clientY;
    moved += Math.abs(dx) + Math.abs(dy);
    last = event;
    // A hand that trembles still clicks.
    if (moved < 5) return;
    if (!svg.hasPointerCapture(event.pointerId)) svg.setPointerCapture(event.pointerId);
    svg.classList.add('moving');
    view.x -= dx / view.scale;
    view.y -= dy / view.scale;
    showView();
  });
  const stop = () => {
    last = null;
    svg.classList.remove('moving');
  };
  svg.addEventListener('pointerup', stop);
  svg.addEventListener('pointercancel', stop);
  svg.addEventListener('click', (event) => {
    if (moved < 5) return;
    event.stopPropagation();
    event.preventDefault();
  }, true);
  svg.addEventListener('wheel', (event) => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    zoom(Math.exp(-Math.max(-300, Math.min(300, event.deltaY * unit)) / 400), event.clientX,
         event.clientY);
  }, {passive: false});
}

function letChoose(shape, label, chosen) {
  shape.setAttribute('tabindex', '0');
  shape.setAttribute('role', 'button');
  shape.setAttribute('aria-label', label);
  // Graphviz's own tooltips and links say less.
  for (const link of shape.querySelectorAll('a')) link.removeAttribute('xlink:title');
  for (const title of shape.querySelectorAll('title')) title.textContent = label;
  shape.addEventListener('click', () => choose(chosen, IN_PLACE));
  shape.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose(chosen, IN_PLACE);
  });
}

const lockShape = (lock) => document.getElementById(`lock-${lock}`);
const edgeShape = (id) => document.getElementById(id);

// The locks that stand in each cluster's frame.
const clusters = new Map();

function startGraph() {
  if (!svg) return;
  svg.removeAttribute('width');
  svg.removeAttribute('height');
  const [x, y, width, height] = svg.getAttribute('viewBox').split(/[ ,]+/).map(Number);
  whole = {x, y, width, height};
  svg.querySelector('.graph > title')?.remove();
  for (const edge of report.edges) {
    const shape = edgeShape(edge.id);
    if (!shape) continue;
    const names = edge.threads.map(threadName).join(', ');
    letChoose(shape, `${lockName(edge.from)} → ${lockName(edge.to)}: ${names}`,
              {kind: 'edge', id: edge.id});
    // A thin line is hard to hit.
    const path = shape.querySelector('path');
    const reach = path.cloneNode();
    reach.classList.add('reach');
    path.after(reach);
    for (const lock of [edge.from, edge.to]) {
      const node = lockShape(lock);
      if (!node || node.hasAttribute('tabindex')) continue;
      letChoose(node, `${lockName(lock)}: ${report.locks[lock].origin}`, {kind: 'lock', id: lock});
    }
  }
  for (const cluster of svg.querySelectorAll('.cluster')) {
    const frame = cluster.getBBox();
    cluster.querySelector('title')?.remove();
    clusters.set(cluster, [...svg.querySelectorAll('.node')].filter((node) => {
      const box = node.getBBox();
      const middle = {x: box.x + box.width / 2, y: box.y + box.height / 2};
      return middle.x > frame.x && middle.x < frame.x + frame.width && middle.y > frame.y &&
             middle.y < frame.y + frame.height;
    }));
  }
  letMove();
  new ResizeObserver(showView).observe(svg);
  fit();
}

// The shapes of what is looked at, edges with their ends.
function shapesOf({kind, id}) {
  if (kind === 'lock') return [lockShape(id)];
  const ids = kind === 'edge' ? [id] : cycleEdges(report.cycles[cycleNumber(id)]);
  return ids.map((edge) => edges.get(edge)).filter(Boolean)
      .flatMap((edge) => [edgeShape(edge.id), lockShape(edge.from), lockShape(edge.to)]);
}

// Brings forward what is looked at.
function highlight(chosen) {
  if (!svg) return;
  for (const shape of svg.querySelectorAll('.chosen, .quiet')) {
    shape.classList.remove('chosen', 'quiet');
  }
  if (chosen === null) return;
  if (chosen.kind === 'edge') edgeShape(chosen.id)?.classList.add('chosen');
  if (chosen.kind === 'lock') lockShape(chosen.id)?.classList.add('chosen');
  if (chosen.kind !== 'cycle') return;
  const kept = new Set(shapesOf(chosen));
  for (const shape of svg.querySelectorAll('.node, .edge')) {
    shape.classList.toggle('quiet', !kept.has(shape));
  }
}

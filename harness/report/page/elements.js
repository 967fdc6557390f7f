// Building the page. Text from the report is only ever set as text, so no name can be markup.

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const badge = (cycle) =>
    element('span', {className: `badge ${weight(cycle)}`, textContent: cycle.verdict});

const linkTo = (text, kind, id) =>
    element('button', {className: 'link', type: 'button', textContent: text,
                       onclick: () => choose({kind, id})});

// The user's own frames; those of libraries appear when asked for.
function stackList(number) {
  const frames = report.stacks[number].map((frame) => report.frames[frame]);
  const anyUser = frames.some((frame) => frame.user);
  const list = element('ol', {className: 'stack'});
  const library = [];
  for (const frame of frames) {
    const item = element('li', {className: frame.user ? 'mono' : 'mono library'},
                         frame.function || '?', ' ',
                         element('span', {className: 'where', textContent: frame.place}));
    if (anyUser && !frame.user) {
      item.hidden = true;
      library.push(item);
    }
    list.append(item);
  }
  if (library.length === 0) return list;
  const label = () => {
    const what = library.length === 1 ? 'frame' : 'frames';
    return `${library[0].hidden ? 'show' : 'hide'} ${library.length} library ${what}`;
  };
  const toggle = element('button', {className: 'link', type: 'button', textContent: label()});
  toggle.onclick = () => {
    for (const item of library) item.hidden = !item.hidden;
    toggle.textContent = label();
  };
  return element('div', {}, list, toggle);
}

// "holds accounts, taken at bank.cc:31", and the stack.
function placeBlock(words, place) {
  return element('div', {className: 'place'},
                 element('p', {}, ...words, ' ', element('span', {className: 'muted mono',
                                                                  textContent: place.at})),
                 place.stack === undefined ? null : stackList(place.stack));
}

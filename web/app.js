// Keeps the page current: a stream of what changes while somebody looks. Every text goes in through
// textContent, because names, identities and vendor ids come from strangers. The cells say what
// page_rows.c says: change both.
import { aged, bytes, duration, endpoint, lists } from './lists.js';

const POLL_MS = 1000, BACKOFF_MAX_MS = 30000, STREAM_TRIES = 2;
const byId = (id) => document.getElementById(id);

function selector(s) {
  return s.protocol || s.port ? `${s.net}/${s.protocol}/${s.port}` : s.net;
}

// A cell is [text, small text, tag].
function sessionCells(s) {
  const bits = s.cipher === 'aes' && s.key_bits > 128 ? s.key_bits : '';
  return [
    [s.established ? 'Up' : 'Connecting', s.state, ''],
    [s.user || s.identity || 'not known yet', s.user ? s.identity : '', ''],
    [s.group || s.profile, s.group ? s.profile : '', ''],
    [s.assigned, '', ''],
    [endpoint(s.remote), s.nat ? 'through NAT' : '', ''],
    [s.client, '', ''],
    [s.established ? duration(s.age_ms) : '',
      s.established ? `last sign ${duration(s.idle_ms)} ago` : '', ''],
    [`${bytes(s.bytes_in)} / ${bytes(s.bytes_out)}`, '', ''],
    [`${s.cipher}${bits} ${s.hash} group ${s.dh_group}`, '', s.weak ? 'weak' : ''],
  ];
}

function tunnelCells(t) {
  return [
    [endpoint(t.remote), t.interface, t.ike_id === '0' ? 'no phase 1' : ''],
    [selector(t.ours), '', ''],
    [selector(t.theirs), '', ''],
    [`${t.spi_in} / ${t.spi_out}`, '', ''],
    [t.suite, t.encapsulation === 'udp' ? 'in UDP' : '', t.weak ? 'weak' : ''],
    [`${t.in.packets} / ${t.out.packets}`, '', ''],
    [`${t.in.errors} / ${t.out.errors}`, '', ''],
    [duration(t.remaining_ms), t.remaining_kb === null ? '' : bytes(t.remaining_kb * 1024), ''],
  ];
}

function setText(node, text) {
  const value = String(text);
  if (node && node.textContent !== value) node.textContent = value;
}

function newRow(id, cells, labels) {
  const row = document.createElement('tr');
  row.dataset.id = id;
  cells.forEach((cell, i) => {
    const td = document.createElement('td');
    td.dataset.label = labels[i];
    td.append(document.createElement('span'), document.createElement('small'),
      document.createElement('em'));
    row.append(td);
  });
  return row;
}

// Rows are kept and their cells patched, so that focus and selection survive.
function patchTable(table, items, key, cellsOf) {
  const body = table.tBodies[0];
  const labels = Array.from(table.tHead.rows[0].cells, (th) => th.textContent);
  const old = new Map(Array.from(body.rows, (row) => [row.dataset.id, row]));
  items.forEach((item, i) => {
    const cells = cellsOf(item);
    const row = old.get(item[key]) || newRow(item[key], cells, labels);
    old.delete(item[key]);
    cells.forEach((parts, column) => parts.forEach((text, part) =>
      setText(row.cells[column].children[part], text)));
    if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] || null);
  });
  old.forEach((row) => row.remove());
}

// Rows of the other lists have no names of their own: each place is filled anew.
function showList(name, data) {
  const table = byId(`t-${name}`), body = table.tBodies[0], { shown, cells } = lists[name];
  const labels = Array.from(table.tHead.rows[0].cells, (th) => th.textContent);
  const items = data[name].filter(shown || (() => true));
  const missing = data.missing.includes(name);
  items.forEach((item, i) => {
    const texts = cells(item);
    const row = body.rows[i] || body.appendChild(newRow(`${name}-${i}`, texts, labels));
    texts.forEach((parts, column) => parts.forEach((text, part) =>
      setText(row.cells[column].children[part], text)));
  });
  while (body.rows.length > items.length) body.lastElementChild.remove();
  table.hidden = items.length === 0;
  byId(`m-${name}`).hidden = !missing;
  byId(`e-${name}`).hidden = missing || items.length > 0;
}

function showDrops(drops) {
  let total = 0;
  document.querySelectorAll('[data-drop]').forEach((row) => {
    const n = drops[row.dataset.drop] || 0;
    total += n;
    row.hidden = n === 0;
    setText(row.cells[1], n);
  });
  setText(byId('n-drops'), total);
  byId('t-drops').hidden = total === 0;
  byId('no-drops').hidden = total !== 0;
}

function showSummary(summary) {
  setText(byId('n-sas'), summary.ike_sas);
  setText(byId('n-half'), summary.ike_half_open);
  setText(byId('n-tunnels'), summary.tunnels);
  setText(byId('n-established'), summary.established_total);
  setText(byId('n-refused'), summary.refused_total);
  setText(byId('n-started'), summary.started_total);
  showDrops(summary.drops);
}

function showRows(data) {
  patchTable(byId('t-sessions'), data.sessions, 'id', sessionCells);
  patchTable(byId('t-tunnels'), data.tunnels, 'tunnel', tunnelCells);
  Object.keys(lists).forEach((name) => showList(name, data));
  byId('t-sessions').hidden = data.sessions.length === 0;
  byId('empty').hidden = data.sessions.length !== 0;
  byId('s-tunnels').hidden = data.tunnels.length === 0;
  byId('more').hidden = !(data.sessions.length >= 200
    && data.summary.ike_sas + data.summary.ike_half_open > data.sessions.length);
}

let spoken = '';
function speak(state, text) {
  if (spoken && spoken !== state) setText(byId('status'), text);
  spoken = state;
}

function showState(state, text, keying) {
  const main = document.querySelector('main');
  byId('badge').className = `badge ${state}`;
  main.className = state;
  main.setAttribute('aria-busy', String(state !== 'live'));
  setText(byId('badge'), text);
  setText(byId('keying'), keying);
  speak(state, state === 'live' ? 'Connected again.' : text);
}

// What is known: the document as it was told, and when each part of it was. Rows are told by place.
let known = null, paused = false, away = false;

function stamp(value) {
  const now = Date.now();
  if (Array.isArray(value)) return value.map((row) => ({ row, at: now }));
  return { row: value, at: now };
}

// Times stand still when nothing comes any more: what is shown then is what was known.
function unstamp(value, now) {
  const one = ({ row, at }) => (row && typeof row === 'object' && !Array.isArray(row)
    ? aged(row, Math.max(0, now - at)) : row);
  return Array.isArray(value) ? value.map(one) : one(value);
}

function takeWhole(data) {
  known = {};
  Object.keys(data).forEach((key) => { known[key] = stamp(data[key]); });
}

// "missing" and the like are replaced; a list says its length and the rows that differ.
function takeChange(change) {
  Object.keys(change).forEach((key) => {
    const part = change[key];
    if (!Array.isArray(known[key]) || !part.rows) {
      known[key] = stamp(part);
      return;
    }
    known[key].length = part.length;
    Object.keys(part.rows).forEach((place) => {
      known[key][Number(place)] = { row: part.rows[place], at: Date.now() };
    });
  });
}

function current() {
  const data = {};
  const now = known.live.row ? Date.now() : known.live.at;
  Object.keys(known).forEach((key) => { data[key] = unstamp(known[key], now); });
  const age = known.age_ms;
  if (age.row !== null) data.age_ms = data.live ? age.row : age.row + Date.now() - age.at;
  return data;
}

function showAge(ms, keying) {
  if (ms !== null) {
    showState('stale', `Stale: data is ${Math.round(ms / 1000)} s old`,
      `${keying} What is shown is the last that was known.`);
  } else showState('none', 'Waiting for the keying process', keying);
}

function show() {
  const data = current();
  setText(document.querySelector('h1'), data.hub.hostname);
  const keying = data.linked ? 'is connected but does not answer.'
    : 'is away; the warden starts it again.';
  if (data.age_ms === null) {
    showAge(null, keying);
    return;
  }
  setText(byId('about'), `Hubward ${data.hub.version}, up ${duration(data.hub.uptime_ms)}`);
  showSummary(data.summary);
  showRows(data);
  if (data.live) showState('live', 'Live', 'answers.');
  else showAge(data.age_ms, keying);
}

// -- one stream; where there is none to be had, a fetch a second --------------------------------

let stream = null, failures = 0, timer = 0, waitMs = POLL_MS, lostAt = 0;

function came() {
  away = false;
  failures = 0;
  waitMs = POLL_MS;
  show();
}

function lost() {
  if (!away) lostAt = Date.now();
  away = true;
  failures += 1;
  waitMs = Math.min(BACKOFF_MAX_MS, waitMs * 2) * (0.8 + 0.4 * Math.random());
}

function closeAll() {
  clearTimeout(timer);
  if (stream) stream.close();
  stream = null;
}

async function poll() {
  try {
    const answer = await fetch('/api/v1/sessions', { cache: 'no-store', redirect: 'error' });
    if (!answer.ok) throw new Error(String(answer.status));
    takeWhole(await answer.json());
    if (!paused) came();
  } catch (error) {
    lost();
  }
  if (!paused && !document.hidden) timer = setTimeout(poll, waitMs);
}

// The browser comes back by itself and says which event it saw last, unless it was refused.
function listen() {
  stream = new EventSource('/api/v1/events');
  stream.addEventListener('snapshot', (event) => { takeWhole(JSON.parse(event.data)); came(); });
  stream.addEventListener('change', (event) => { takeChange(JSON.parse(event.data)); came(); });
  stream.addEventListener('error', () => {
    lost();
    if (stream && stream.readyState === EventSource.CLOSED) open();
  });
}

function open() {
  closeAll();
  if (paused || document.hidden) return;
  if (window.EventSource && failures < STREAM_TRIES) listen();
  else poll();
}

setInterval(() => {
  if (paused || document.hidden || !known) return;
  if (!away && stream) show();
  else if (away) {
    const since = known.age_ms.row === null ? null : known.age_ms.row + Date.now() - lostAt;
    showAge(since, 'not known: the page cannot reach its server.');
  }
}, 1000);

document.addEventListener('visibilitychange', () => {
  waitMs = POLL_MS;
  failures = 0;
  open();
});

const pause = byId('pause');
pause.hidden = false;
pause.addEventListener('click', () => {
  paused = !paused;
  setText(pause, paused ? 'Continue' : 'Pause');
  if (paused) {
    closeAll();
    showState('stale', 'Paused', byId('keying').textContent);
  } else {
    waitMs = POLL_MS;
    failures = 0;
    open();
  }
});

open();

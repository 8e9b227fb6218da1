// How numbers are written, and the cells of the lists beside sessions and tunnels. The cells say what
// page_lists.c says: change both. A cell is [text, small text, tag].
export function duration(ms) {
  const s = Math.floor(ms / 1000), day = 86400, week = 7 * day, year = 365 * day;
  const two = (n) => String(Math.floor(n)).padStart(2, '0');
  if (s < day) return `${two(s / 3600)}:${two((s / 60) % 60)}:${two(s % 60)}`;
  if (s < week) return `${Math.floor(s / day)}d${two((s % day) / 3600)}h`;
  if (s < year) return `${Math.floor(s / week)}w${Math.floor((s % week) / day)}d`;
  return `${Math.floor(s / year)}y${Math.floor((s % year) / week)}w`;
}

export function bytes(n) {
  if (n < 1024) return `${n} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let unit = -1;
  do { n /= 1024; unit += 1; } while (n >= 1024 && unit + 1 < units.length);
  return `${(Math.floor(n * 10) / 10).toFixed(1)} ${units[unit]}`;
}

export function endpoint(e) {
  return e.address.includes(':') ? `[${e.address}]:${e.port}` : `${e.address}:${e.port}`;
}

// Times that run by themselves between two changes; changes.c has the same table.
const running = { age_ms: 1, idle_ms: 1, up_ms: 1, uptime_ms: 1, remaining_ms: -1, kept_ms: -1 };

// A row as it stands `passed` milliseconds after it was told.
export function aged(row, passed) {
  const copy = { ...row };
  Object.keys(running).forEach((key) => {
    if (typeof copy[key] === 'number') copy[key] = Math.max(0, copy[key] + running[key] * passed);
  });
  return copy;
}

function moment(s) {
  return s ? `${new Date(s * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC` : '';
}

function since(word, s) {
  return s ? `${word} ${moment(s)}` : '';
}

function problemCells(p) {
  return [
    [moment(p.last_s), p.count > 1 ? since('first', p.first_s) : '', ''],
    [endpoint(p.peer), p.identity, ''],
    [p.stage, '', ''],
    [p.reason, p.count > 1 ? `${p.count} times` : '', ''],
    [p.theirs, '', ''],
    [p.ours, '', ''],
    [p.hint, '', ''],
  ];
}

function fillMark(p) {
  const percent = p.total ? Math.floor(((p.total - p.free) * 100) / p.total) : 0;
  if (percent < 80) return '';
  return `${percent >= 95 ? 'full' : 'nearly full'}, ${percent} %`;
}

function poolCells(p) {
  return [
    [p.name, `${p.first} to ${p.last}`, fillMark(p)],
    [p.active, '', ''],
    [p.kept, '', ''],
    [p.free, `${p.total} in all`, ''],
    [`${p.empty} times`, '', ''],
  ];
}

function leaseCells(l) {
  return [
    [l.address, l.pool, ''],
    [l.principal, '', ''],
    [l.active ? 'in use' : 'kept', l.active ? '' : `for ${duration(l.kept_ms)}`, ''],
  ];
}

function processCells(p) {
  return [
    [p.role, p.pid ? `pid ${p.pid}` : '', ''],
    [p.ready ? 'at work' : 'away', '', p.trouble],
    [p.pid ? duration(p.up_ms) : '', '', ''],
    [p.restarts, '', ''],
    [bytes(p.rss_kb * 1024), '', ''],
    [duration(p.cpu_ms), '', ''],
  ];
}

function peerCells(p) {
  return [
    [p.identity, p.principal, ''],
    [p.profile, '', ''],
    [endpoint(p.last), p.client, ''],
    [moment(p.last_seen_s), since('first', p.first_seen_s), ''],
    [p.reason, '', ''],
  ];
}

function historyCells(h) {
  return [
    [moment(h.ended_s), since('since', h.started_s), ''],
    [h.user || h.identity, h.user ? h.identity : '', ''],
    [h.group || h.profile, h.group ? h.profile : '', ''],
    [h.assigned, '', ''],
    [endpoint(h.remote), h.client, ''],
    [`${bytes(h.bytes_in)} / ${bytes(h.bytes_out)}`, '', ''],
    [h.reason, '', ''],
  ];
}

export const lists = {
  problems: { cells: problemCells },
  pools: { cells: poolCells },
  leases: { cells: leaseCells },
  history: { cells: historyCells, shown: (h) => h.ended_s !== 0 },
  peers: { cells: peerCells, shown: (p) => !p.up },
  processes: { cells: processCells },
};

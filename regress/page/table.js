// table.js - the table of all runs: rows exist only where they are seen. Filters walk once over flags made for each case and
// each signature; an order is made when it is first asked for and kept.
const ROW = 28, MARGIN = 6;
const configOf = Object.fromEntries(report.configs.map(c => [c.config, c]));
const caseOf = k => report.cases[runs.case[k]];
const failed = k => runs.bucket[k] >= 0;
const useOf = k => runs.clocks[k] && configOf[caseOf(k).config] ? runs.macs[k] / runs.clocks[k] / configOf[caseOf(k).config].array_macs : -1;

// Each run shares the beginning and the end of its line with the run of its case before it.
function againOf(k) {
    let first = k, line = '';
    while (first > 0 && runs.case[first - 1] === runs.case[k]) first--;
    for (; first <= k; first++) {
        const front = runs.again[3 * first], end = runs.again[3 * first + 1];
        line = line.slice(0, front) + runs.again[3 * first + 2] + line.slice(line.length - end, line.length);
    }
    return line;
}

// The place of each text among all of them, for sorting by number.
function places(texts) {
    const order = texts.map((_, k) => k).sort((a, b) => texts[a] < texts[b] ? -1 : texts[a] > texts[b] ? 1 : 0);
    const place = [];
    order.forEach((k, n) => place[k] = n && texts[k] === texts[order[n - 1]] ? place[order[n - 1]] : n);
    return place;
}
const configPlaces = places(report.cases.map(c => c.config)), bucketPlaces = places(report.buckets.map(b => b.signature));

const columns = [
    {name: 'verdict', key: k => failed(k) ? 1 : 0, show: k => failed(k) ? '✗ fail' : '✓ pass', class: k => failed(k) ? 'bad' : 'good', down: true},
    {name: 'case', key: k => runs.case[k], show: k => caseOf(k).name, class: () => 'mono'},
    {name: 'seed', key: k => Number(runs.seed[k]), show: k => String(runs.seed[k]), num: true},
    {name: 'config', key: k => configPlaces[runs.case[k]], show: k => caseOf(k).config},
    {name: 'signature', key: k => failed(k) ? bucketPlaces[runs.bucket[k]] : 1e9, show: k => failed(k) ? report.buckets[runs.bucket[k]].signature : '', class: () => 'mono'},
    {name: 'clocks', key: k => runs.clocks[k], show: k => runs.clocks[k] ? count(runs.clocks[k]) : '–', num: true},
    {name: 'use', key: useOf, show: k => useOf(k) < 0 ? '–' : percent(useOf(k)), num: true},
    {name: 'time', key: k => runs.us[k], show: k => seconds(runs.us[k] / 1e6), num: true},
    {name: 'memory', key: k => runs.kb[k], show: k => memory(runs.kb[k]), num: true},
];

const place = byId('runs'), grid = place.querySelector('table'), rows = place.querySelector('tbody');
const state = {column: 0, down: true, shown: new Uint32Array(total), length: 0, current: 0, from: -1, height: place.clientHeight};

// All runs in the order of a column; those that are equal there stay in the order of their keys, ascending both ways.
function orderOf(column, down) {
    if (!column.up) {
        const keys = Float64Array.from({length: total}, (_, k) => column.key(k));
        column.up = Uint32Array.from({length: total}, (_, k) => k).sort((a, b) => keys[a] - keys[b] || a - b);
        column.keys = keys;
    }
    if (!down) return column.up;
    if (!column.downward) {
        const {up, keys} = column;
        column.downward = new Uint32Array(total);
        for (let end = total, to = 0, begin; end > 0; end = begin) {
            for (begin = end - 1; begin > 0 && keys[up[begin - 1]] === keys[up[end - 1]];) begin--;
            for (let k = begin; k < end; k++) column.downward[to++] = up[k];
        }
    }
    return column.downward;
}

// One word of the filter: what it says of each case, each signature, and whether it may be the beginning of a seed.
function matcher(word) {
    const out = word.length > 1 && word.startsWith('-'), text = (out ? word.slice(1) : word).toLowerCase();
    const has = (...fields) => fields.some(f => f.toLowerCase().includes(text));
    const cases = report.cases.map(c => has(c.name, c.config, c.mode, c.tags));
    const buckets = report.buckets.map(b => has(b.signature));
    const digits = /^-?\d+$/.test(text);
    return k => (cases[runs.case[k]] || (runs.bucket[k] >= 0 && buckets[runs.bucket[k]]) || (digits && String(runs.seed[k]).startsWith(text))) !== out;
}

function filter() {
    const tests = byId('words').value.split(/\s+/).filter(Boolean).map(matcher);
    const verdict = byId('by-verdict').value, config = byId('by-config').value, bucket = byId('by-bucket').value;
    if (verdict) tests.push(k => failed(k) === (verdict === 'fail'));
    if (config) { const good = report.cases.map(c => c.config === config); tests.push(k => good[runs.case[k]]); }
    if (bucket) tests.push(k => runs.bucket[k] === Number(bucket));
    state.length = 0;
    for (const k of orderOf(columns[state.column], state.down)) {
        let good = true;
        for (let n = 0; good && n < tests.length; n++) good = tests[n](k);
        if (good) state.shown[state.length++] = k;
    }
    state.current = 0;
    render(true, 0);
    place.scrollTop = 0;
    byId('count').textContent = state.length === total ? plural(total, 'test') : `${count(state.length)} of ${plural(total, 'test')}`;
}

function rowOf(n) {
    const k = state.shown[n];
    return el('tr', {id: `run-${n}`, 'aria-rowindex': n + 2, 'aria-selected': n === state.current}, ...columns.map(c =>
        el('td', {class: [c.num ? 'num' : '', c.class ? c.class(k) : ''].join(' ').trim() || null}, c.show(k))));
}

// The rows that are seen and some around them; a space above and below stands for the others.
function render(all, first = Math.floor(place.scrollTop / ROW), seen = Math.ceil(state.height / ROW)) {
    const from = Math.max(0, first - MARGIN), to = Math.min(state.length, first + seen + MARGIN);
    if (!all && from === state.from) return;
    state.from = from;
    const space = height => el('tr', {class: 'space', 'aria-hidden': 'true'}, el('td', {colspan: columns.length, style: `height:${height}px`}));
    const list = [];
    if (from) list.push(space(from * ROW));
    for (let n = from; n < to; n++) list.push(rowOf(n));
    if (to < state.length) list.push(space((state.length - to) * ROW));
    if (!state.length) list.push(el('tr', {class: 'none'}, el('td', {colspan: columns.length, class: 'soft'}, total ? 'No test is like this.' : 'No test has run.')));
    rows.replaceChildren(...list);
    grid.setAttribute('aria-rowcount', state.length + 1);
    if (state.length) grid.setAttribute('aria-activedescendant', `run-${state.current}`);
    else grid.removeAttribute('aria-activedescendant');
}

function moveTo(n) {
    state.current = Math.max(0, Math.min(state.length - 1, n));
    const top = state.current * ROW, head = 32, room = state.height - head;
    if (top < place.scrollTop) place.scrollTop = top;
    if (top + ROW > place.scrollTop + room) place.scrollTop = top + ROW - room;
    render(true);
}

function sortBy(column) {
    state.down = column === state.column ? !state.down : Boolean(columns[column].num || columns[column].down);
    state.column = column;
    headings();
    filter();
}

function headings() {
    [...grid.querySelectorAll('thead th')].forEach((th, k) => {
        if (k === state.column) th.setAttribute('aria-sort', state.down ? 'descending' : 'ascending');
        else th.removeAttribute('aria-sort');
    });
}

// All that is known of one run.
function openRun(k) {
    const c = caseOf(k), bucket = failed(k) ? report.buckets[runs.bucket[k]] : null, first = bucket && bucket.case === c.name && String(bucket.seed) === String(runs.seed[k]);
    const told = failed(k) ? report.failures.find(f => f.case === c.name && String(f.seed) === String(runs.seed[k])) : null;
    const field = (name, value, wide) => value === '' || value === null ? null : el('div', {class: wide ? 'wide' : null}, el('dt', null, name), el('dd', {class: wide ? 'mono' : null}, value));
    const at = runs.started ? new Date(1000 * runs.started + runs.ms[k]).toISOString().replace('T', ' ').slice(0, 19) + ' UTC' : '';
    byId('one').replaceChildren(...[
        el('form', {method: 'dialog'}, el('button', {class: 'plain'}, 'Close')),
        el('h2', {id: 'one-title'}, `${c.name}, seed ${runs.seed[k]}`),
        el('p', {class: failed(k) ? 'bad' : 'good'}, failed(k) ? `✗ failed: ${bucket.signature}` : '✓ passed'),
        told?.message ? el('p', {class: 'message'}, told.message) : null,
        againLine(againOf(k)),
        first ? el('p', {class: 'links'}, ...files(bucket)) : null,
        el('dl', null, field('reason', c.reason, true), field('input', `${c.input} ${c.parameters}`, true), field('configuration', c.config), field('mode', c.mode), field('tags', c.tags),
            failed(k) && runs.clock[k] ? field('clock of the failure', count(runs.clock[k])) : null,
            field('clocks', runs.clocks[k] ? count(runs.clocks[k]) : ''), field('useful multiply-adds', count(runs.macs[k])), field('use', useOf(k) < 0 ? '' : percent(useOf(k))),
            field('beats in, out', `${count(runs.in[k])}, ${count(runs.out[k])}`), field('time', seconds(runs.us[k] / 1e6)), field('memory', memory(runs.kb[k])),
            field('host', runs.hosts[runs.host[k]] ?? ''), field('started', at),
            field('hash of the stimulus', runs.stimulus[k]), field('digest of the result begins', runs.digest[k]))].filter(Boolean));
    byId('one').showModal();
}

function startTable() {
    grid.querySelector('thead tr').append(...columns.map((c, k) => el('th', {scope: 'col', class: c.num ? 'num' : null}, el('button', {type: 'button', click: () => sortBy(k)}, c.name))));
    for (const c of report.configs) byId('by-config').append(el('option', {value: c.config}, c.config));
    report.buckets.forEach((b, k) => byId('by-bucket').append(el('option', {value: k}, `${b.signature} (${b.failures})`)));
    for (const id of ['words', 'by-verdict', 'by-config', 'by-bucket']) byId(id).addEventListener('input', filter);
    place.addEventListener('scroll', () => render(false), {passive: true});
    new ResizeObserver(() => {
        state.height = place.clientHeight;
        render(true);
    }).observe(place);
    addEventListener('beforeprint', () => render(true, 0, 200));
    addEventListener('afterprint', () => render(true));
    rows.addEventListener('click', event => {
        const row = event.target.closest('tr[id]');
        if (!row || String(getSelection())) return;
        state.current = Number(row.id.slice(4));
        render(true);
        openRun(state.shown[state.current]);
    });
    grid.addEventListener('keydown', event => {
        const page = Math.floor(state.height / ROW) - 2;
        const to = {ArrowDown: state.current + 1, ArrowUp: state.current - 1, PageDown: state.current + page, PageUp: state.current - page, Home: 0, End: state.length - 1}[event.key];
        if (event.target !== grid || !state.length || (to === undefined && event.key !== 'Enter')) return;
        event.preventDefault();
        if (to === undefined) openRun(state.shown[state.current]);
        else moveTo(to);
    });
    headings();
    filter();
}

// Sets the filter and goes there.
function showTests({words = '', verdict = '', bucket = ''}) {
    byId('words').value = words;
    byId('by-verdict').value = verdict;
    byId('by-config').value = '';
    byId('by-bucket').value = bucket;
    filter();
    byId('tests').scrollIntoView();
    grid.focus({preventScroll: true});
}

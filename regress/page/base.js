// base.js - the data, and what every part of the page uses. Nothing of the data is ever taken for HTML: all of it is text.
const report = JSON.parse(document.getElementById('report-data').textContent);
const runs = JSON.parse(document.getElementById('runs-data').textContent);
const total = runs.seed.length;
const byId = id => document.getElementById(id);
const body = id => document.querySelector(`#${id} .body`);

// An element: attributes and listeners by name, children as elements or text.
function el(name, attributes, ...children) {
    const e = name.startsWith('svg:') ? document.createElementNS('http://www.w3.org/2000/svg', name.slice(4)) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {}))
        if (typeof value === 'function') e.addEventListener(key, value);
        else if (value !== null && value !== undefined && value !== false) e.setAttribute(key, value);
    e.append(...children.filter(c => c !== null && c !== undefined && c !== false));
    return e;
}

const whole = new Intl.NumberFormat('en');
const brief = new Intl.NumberFormat('en', {notation: 'compact', maximumSignificantDigits: 3});
const count = n => whole.format(n);
const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
const percent = x => `${(100 * x).toFixed(1)} %`;
function seconds(s) {
    if (s < 0.9995) return `${(1000 * s).toFixed(s < 0.01 ? 2 : 1)} ms`;
    if (s < 120) return `${s.toFixed(2)} s`;
    return s < 7200 ? `${Math.floor(s / 60)} min ${Math.round(s % 60)} s` : `${(s / 3600).toFixed(1)} h`;
}
const memory = kb => kb < 10240 ? `${count(kb)} kB` : `${(kb / 1024).toFixed(1)} MB`;

function say(text) {
    byId('said').textContent = text;
}

// The line that runs a test again, and a button that copies it.
function againLine(line) {
    if (!line) return null;
    const code = el('code', null, line);
    return el('div', {class: 'again'}, code, el('button', {class: 'plain', type: 'button', 'aria-label': 'Copy the line that runs it again', click: async event => {
        try {
            await navigator.clipboard.writeText(line);
        } catch { // a browser that has no clipboard for files: the text is marked, ready to be copied
            getSelection().selectAllChildren(code);
            if (!document.execCommand('copy')) return say('Marked: press Ctrl+C');
        }
        event.target.textContent = 'Copied';
        say('Copied');
        setTimeout(() => event.target.textContent = 'Copy', 1500);
    }}, 'Copy'));
}

// A link to a file beside the page; never a scheme or another host.
function fileLink(label, path) {
    if (!path || path.startsWith('/') && path.startsWith('//')) return null;
    return el('a', {href: (path.startsWith('/') ? '' : './') + path.split('/').map(encodeURIComponent).join('/')}, label);
}

// A table whose headings sort. columns: {name, get: row => value, show: (value, row) => text or element, num: it is a number}.
function sortable(columns, rows, {caption, sorted = null, down = true, capped = true} = {}) {
    const head = el('tr'), tbody = el('tbody');
    const draw = () => {
        const list = [...rows];
        if (sorted !== null) {
            const get = columns[sorted].get, sign = down ? -1 : 1;
            list.sort((a, b) => { const x = get(a), y = get(b); return x < y ? -sign : x > y ? sign : 0; });
        }
        tbody.replaceChildren(...list.map(row => el('tr', null, ...columns.map(c => {
            const value = c.get(row);
            return el('td', {class: c.class ?? (c.num ? 'num' : null)}, c.show ? c.show(value, row) : c.num ? count(value) : String(value));
        }))));
        [...head.children].forEach((th, k) => {
            if (k === sorted) th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
            else th.removeAttribute('aria-sort');
        });
    };
    head.append(...columns.map((c, k) => el('th', {scope: 'col', class: c.num ? 'num' : null}, el('button', {type: 'button', click: () => {
        down = k === sorted ? !down : Boolean(c.num);
        sorted = k;
        draw();
    }}, c.name))));
    draw();
    return el('div', {class: capped ? 'scroll capped' : 'scroll', tabindex: capped ? 0 : null, role: capped ? 'region' : null, 'aria-label': capped ? caption : null},
        el('table', null, el('caption', {class: 'hidden'}, caption), el('thead', null, head), tbody));
}

// Draws now and whenever the width of its place changes.
function drawn(draw) {
    const place = el('div');
    let width = 0;
    new ResizeObserver(() => {
        const now = Math.floor(place.clientWidth);
        if (!now || now === width) return;
        width = now;
        place.replaceChildren(draw(width));
    }).observe(place);
    return place;
}

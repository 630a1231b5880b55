// charts.js - trend, utilisation, roofline.
const hue = k => `var(--k${1 + k % 8})`;

// ---- trend: a bar a regression ----

function trendChart(width, title, parts, show) {
    const high = 74, left = 46, top = 6, n = report.trend.length;
    const most = Math.max(...report.trend.map(t => parts.reduce((sum, p) => sum + p.get(t), 0)), 1e-9);
    const step = Math.min((width - left) / n, 46), wide = Math.max(step - 3, 2);
    const svg = el('svg:svg', {viewBox: `0 0 ${width} ${high + 22}`, height: high + 22, role: 'img', 'aria-label': `${title}, ${plural(n, 'regression')}; the figures are in the table below`});
    for (const share of [0, 0.5, 1])
        svg.append(el('svg:line', {class: 'axis', x1: left, x2: left + step * n, y1: top + high * (1 - share), y2: top + high * (1 - share)}),
            el('svg:text', {x: left - 6, y: top + high * (1 - share) + 4, 'text-anchor': 'end'}, share ? show(most * share) : '0'));
    report.trend.forEach((t, k) => {
        let y = top + high;
        const g = el('svg:g', null, el('svg:title', null, `${t.regression}\n${parts.map(p => `${p.name} ${p.show ? p.show(p.get(t)) : count(p.get(t))}`).join(', ')}\ncommit ${t.commit.slice(0, 12)}`));
        for (const p of parts) {
            const tall = high * p.get(t) / most;
            if (tall > 0) g.append(el('svg:rect', {x: left + k * step + 1, y: y -= Math.max(tall, p.least ?? 0), width: wide, height: Math.max(tall, p.least ?? 0), fill: p.fill, opacity: k === n - 1 ? 1 : 0.62}));
        }
        g.append(el('svg:rect', {x: left + k * step, y: top, width: step, height: high, fill: 'transparent'}));
        svg.append(g);
        const every = Math.ceil(44 / step);
        if ((n - 1 - k) % every === 0) svg.append(el('svg:text', {x: left + k * step + step / 2, y: high + 20, 'text-anchor': 'middle'}, t.started.slice(5, 10)));
    });
    return svg;
}

function trendFigures() {
    const charts = [
        ['Tests', [{name: 'passed', get: t => t.passed, fill: 'var(--k3)'}, {name: 'failed', get: t => t.failed, fill: 'var(--bad)', least: 3}], x => brief.format(x)],
        ['Clocks of all tests', [{name: 'clocks', get: t => t.clocks, fill: 'var(--k1)'}], x => brief.format(x)],
        ['Time of all tests', [{name: 'time', get: t => t.seconds, show: seconds, fill: 'var(--k5)'}], x => x < 1 ? `${brief.format(1000 * x)} ms` : x < 600 ? `${brief.format(x)} s` : `${brief.format(x / 60)} min`],
    ];
    return el('div', {class: 'columns'}, ...charts.map(([title, parts, show]) =>
        el('figure', null, el('figcaption', null, title), drawn(width => trendChart(width, title, parts, show)))));
}

// ---- utilisation: what each unit does with its clocks ----

function unitBar(unit) {
    const all = unit.kinds.reduce((sum, k) => sum + k.clocks, 0);
    if (!all) return null;
    const fill = (k, i) => k.kind === 'idle' ? 'var(--k0)' : hue(i - (unit.kinds[0].kind === 'idle'));
    const kinds = unit.kinds.map((k, i) => ({...k, share: k.clocks / all, fill: fill(k, i)}));
    const busy = [...kinds.filter(k => k.kind !== 'idle'), ...kinds.filter(k => k.kind === 'idle')]; // idle last
    return el('div', {class: 'unit'}, el('div', null, unit.unit),
        el('div', {class: 'bar', role: 'img', 'aria-label': busy.map(k => `${k.kind} ${percent(k.share)}`).join(', ')},
            ...busy.filter(k => k.clocks).map(k => el('i', {style: `width:${100 * k.share}%;background:${k.fill}`, title: `${k.kind}: ${count(k.clocks)} clocks, ${percent(k.share)}`}))),
        el('div', {class: 'legend', 'aria-hidden': 'true'}, ...busy.filter(k => k.clocks).map(k =>
            el('span', null, el('b', {style: `background:${k.fill}`}), `${k.kind} ${percent(k.share)}`))));
}

function useFigures() {
    const timed = report.configs.filter(c => c.use !== undefined);
    if (!timed.length) return el('p', {class: 'soft'}, 'No run has clocks.');
    return el('div', {class: 'columns'}, ...timed.map(c => el('div', null, el('h3', null, c.config),
        el('p', null, el('span', {class: 'big'}, percent(c.use)), ` of ${plural(c.array_macs, 'MAC')} used over ${count(c.clocks)} clocks`),
        ...c.units.map(unitBar))));
}

// ---- roofline ----

// The expansion factor of a case; the device's own where its parameters say nothing.
const expansion = c => Number(/(?:^|\s)expansion=(\d+)/.exec(c.parameters)?.[1] ?? 8);

// A mark for each expansion factor, of the same area.
function mark(e, x, y) {
    const d = {1: 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0', 2: 'M0-5L4.7 3.6H-4.7Z', 4: 'M-3.6-3.6H3.6V3.6H-3.6Z'}[e] ?? 'M0-5L5 0L0 5L-5 0Z';
    return el('svg:path', {d, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, fill: hue([1, 2, 4, 8].indexOf(e) + 4), 'fill-opacity': 0.75, stroke: 'var(--paper)', 'stroke-width': 0.8});
}

function roofline(width, config, cases) {
    const left = 44, bottom = 36, high = Math.min(330, Math.max(230, width * 0.62)), peak = config.array_macs, slope = peak / config.lanes;
    const ys = cases.map(c => c.macs_per_clock), xs = cases.map(c => c.intensity);
    const floor = v => 2 ** Math.floor(Math.log2(v)), ceiling = v => 2 ** Math.ceil(Math.log2(v));
    const x0 = floor(Math.min(...xs, 0.5)), x1 = ceiling(2 * config.lanes), y0 = floor(Math.min(...ys, slope * x0)), y1 = ceiling(peak * 1.5);
    const px = v => left + (width - left - 8) * Math.log(v / x0) / Math.log(x1 / x0), py = v => 16 + (high - bottom - 16) * Math.log(y1 / v) / Math.log(y1 / y0);
    const svg = el('svg:svg', {viewBox: `0 0 ${width} ${high}`, height: high, role: 'img', 'aria-label': `Roofline of ${config.config}, ${plural(cases.length, 'case')}; the figures are in the table below`});
    const power = v => v < 1 ? `1/${1 / v}` : String(v);
    const apart = Math.ceil(34 / ((width - left) / Math.log2(x1 / x0)));
    for (let v = x1, k = 0; v >= x0; v /= 2, k++)
        if (k % apart === 0) svg.append(el('svg:line', {class: 'axis', x1: px(v), x2: px(v), y1: 16, y2: high - bottom}), el('svg:text', {x: px(v), y: high - bottom + 15, 'text-anchor': 'middle'}, power(v)));
    const skip = Math.log2(y1 / y0) > 10 ? 4 : Math.log2(y1 / y0) > 6 ? 2 : 1;
    for (let v = y0, k = 0; v <= y1; v *= 2, k++)
        if (k % skip === 0) svg.append(el('svg:line', {class: 'axis', x1: left, x2: width - 8, y1: py(v), y2: py(v)}), el('svg:text', {x: left - 6, y: py(v) + 4, 'text-anchor': 'end'}, power(v)));
    svg.append(el('svg:text', {x: width - 8, y: high - 4, 'text-anchor': 'end'}, 'useful multiply-adds an element fetched'),
        el('svg:text', {x: px(x0) + 4, y: 4, 'dominant-baseline': 'middle'}, 'useful multiply-adds a clock'),
        el('svg:path', {class: 'roof', d: `M${px(x0)} ${py(slope * x0)}L${px(config.lanes)} ${py(peak)}H${px(x1)}`}),
        el('svg:text', {x: px(x1) - 4, y: py(peak) - 6, 'text-anchor': 'end'}, `${count(peak)} MACs`),
        el('svg:text', {x: px(x0) + 8, y: py(slope * x0) - 12, transform: `rotate(${-Math.atan2(py(slope * x0) - py(peak), px(config.lanes) - px(x0)) * 180 / Math.PI} ${px(x0) + 8} ${py(slope * x0) - 12})`}, `${count(slope)} elements a clock`));
    for (const c of cases) {
        const point = mark(expansion(c), px(c.intensity), py(c.macs_per_clock));
        point.append(el('svg:title', null, `${c.name}\nE = ${expansion(c)}: ${c.intensity.toFixed(2)} an element, ${c.macs_per_clock.toFixed(2)} a clock, ${percent(c.use)} of the MACs`));
        svg.append(point);
    }
    return svg;
}

function rooflineFigures() {
    const known = report.cases.filter(c => c.intensity > 0 && c.macs_per_clock > 0);
    if (!known.length) return el('p', {class: 'soft'}, 'No run has counted what the array fetches.');
    const key = el('p', {class: 'legend'}, ...[1, 2, 4, 8].map(e => {
        const svg = el('svg:svg', {width: 12, height: 12, viewBox: '-6 -6 12 12', style: 'display:inline;width:12px;vertical-align:-1px;margin-right:.3em'}, mark(e, 0, 0));
        return el('span', null, svg, `E = ${e}`);
    }));
    const figures = report.configs.map(config => [config, known.filter(c => c.config === config.config)]).filter(([, cases]) => cases.length);
    return el('div', null, key,
        el('div', {class: 'columns'}, ...figures.map(([config, cases]) => el('figure', null, el('figcaption', null, config.config), drawn(width => roofline(width, config, cases))))),
        el('details', null, el('summary', null, 'As a table'), sortable([
            {name: 'case', get: c => c.name, class: 'mono path'}, {name: 'configuration', get: c => c.config}, {name: 'E', get: expansion, num: true},
            {name: 'an element', get: c => c.intensity, show: v => v.toFixed(3), num: true}, {name: 'a clock', get: c => c.macs_per_clock, show: v => v.toFixed(3), num: true},
            {name: 'MACs used', get: c => c.use, show: percent, num: true}], known, {caption: 'Roofline, case by case', sorted: 3})));
}

// page.js - fills the sections, the table first.
const caseButton = name => el('button', {class: 'link', type: 'button', title: 'Show its tests', click: () => showTests({words: name})}, name);

function files(bucket) {
    return [['capsule', bucket.capsule], ['waves', bucket.waves], ['log', bucket.log]].map(([label, path]) => fileLink(label, path)).filter(Boolean);
}

function head() {
    const r = report.regression, missing = report.planned - report.run;
    const word = {pass: '✓ Passed', fail: '✗ Failed', incomplete: '… Incomplete'}[report.verdict];
    const tone = {pass: 'good', fail: 'bad', incomplete: 'warn'}[report.verdict];
    document.title = `${word} · D-com regression ${r.name}`;
    const share = n => `width:${100 * n / Math.max(report.planned, report.run, 1)}%`;
    byId('verdict').append(el('h1', null, 'D-com regression ', el('span', {class: 'mono'}, r.name)), el('strong', {class: tone}, word),
        el('p', null, `${count(report.passed)} passed, ${count(report.failed)} failed of ${plural(report.planned, 'test')} planned`,
            missing > 0 ? el('span', {class: 'warn'}, `; ${count(missing)} have not run`) : null, r.ended ? null : el('span', {class: 'warn'}, '; it has not ended')),
        el('div', {class: 'bar', 'aria-hidden': 'true'}, el('i', {style: `${share(report.passed)};background:var(--k3)`}), el('i', {style: `${share(report.failed)};min-width:${report.failed ? 3 : 0}px;background:var(--bad)`})));
    const fields = [['commit', r.commit.slice(0, 16)], ['version', r.version], ['seed', r.seed], ['tier', r.tier], ['tags', r.tags],
        ['started', r.started.replace('T', ' ').replace('Z', ' UTC')], ['time', r.ended ? `${seconds(r.wall)}, ${seconds(report.seconds)} of tests` : `${seconds(report.seconds)} of tests`],
        ['launcher', `${r.launcher}, ${plural(r.jobs, 'job')}`], ['host', r.host], ['Verilator', r.verilator], ['compiler', r.compiler], ['functional bins', `${report.bins_hit} of ${report.bins} hit`],
        ['case tables', r.cases], ['options', r.options]];
    byId('provenance').append(...fields.filter(([, value]) => value !== '').map(([name, value]) => el('div', {class: name === 'case tables' || name === 'options' ? 'wide' : null}, el('dt', null, name), el('dd', {class: name === 'commit' ? 'mono' : null, title: name === 'commit' ? r.commit : null}, String(value)))));
    byId('contents').append(...[...document.querySelectorAll('main section')].map(s => el('li', null, el('a', {href: `#${s.id}`}, s.querySelector('h2').textContent,
        s.id === 'failures' && report.buckets.length ? el('span', {class: 'bad'}, ` ${report.buckets.length}`) : null))));
}

function failures() {
    if (!report.buckets.length) return el('p', {class: report.verdict === 'pass' ? 'good' : 'warn'}, report.verdict === 'pass' ? 'None: every planned test has passed.' : 'None among the tests that have run; not all of them have.');
    return el('div', null, ...report.buckets.map((b, k) => el('article', {class: 'bucket'},
        el('h3', null, el('span', {class: 'bad'}, b.signature), ' ', report.changes && (!b.since || b.since === report.regression.name) ? el('span', {class: 'tag warn'}, 'new') : null),
        el('p', null, `${plural(b.failures, 'test')} of ${plural(b.cases, 'case')}, first `, el('code', null, b.case), ` seed ${b.seed}`, b.clock ? `, clock ${count(b.clock)}` : '',
            b.since && b.since !== report.regression.name ? `; known since ${b.since}` : '', ' ',
            el('span', {class: 'links'}, el('button', {class: 'link', type: 'button', click: () => showTests({bucket: String(k)})}, 'show'), ...files(b))),
        b.message ? el('p', {class: 'message'}, b.message) : null, againLine(b.again))));
}

function changes() {
    const c = report.changes;
    if (!c) return el('p', {class: 'soft'}, 'There is no earlier regression of these tests to compare with.');
    const part = (title, list, show) => list.length ? el('div', null, el('h3', null, `${title} (${count(list.length)})`),
        el('ul', null, ...list.slice(0, 8).map(x => el('li', null, ...show(x)))), list.length > 8 ? el('p', {class: 'soft'}, `and ${count(list.length - 8)} more, in report.json`) : null) : null;
    const test = x => [caseButton(x.case), ` seed ${x.seed}, `, el('code', null, x.signature)];
    const parts = [part('Fail now, passed before', c.broken, test), part('Pass now, failed before', c.mended, test), part('Signatures that are gone', c.gone, x => [el('code', null, x)]),
        part('Other results, bit for bit', c.digests, x => [caseButton(x.case), `: ${plural(x.tests, 'test')}, first seed ${x.seed}`]),
        part('Other clocks', c.clocks, x => [caseButton(x.case), `: ${count(x.now)}, before ${count(x.before)} (${x.now > x.before ? '+' : '−'}${(100 * Math.abs(x.now / (x.before || 1) - 1)).toFixed(2)} %)`])].filter(Boolean);
    return el('div', null, el('p', {class: 'note'}, `Since ${c.previous}: ${plural(c.compared, 'test')} in both, ${plural(c.new_cases, 'case')} new, ${count(c.old_cases)} gone. `,
        c.compared && !parts.length ? 'Each test that is in both has the same verdict, digest and clocks.' : ''), el('div', {class: 'columns'}, ...parts));
}

function trend() {
    if (report.trend.length < 2) return el('p', {class: 'soft'}, 'This is the first.');
    return el('div', null, trendFigures(), el('details', null, el('summary', null, 'As a table'), sortable([
        {name: 'regression', get: t => t.regression, class: 'mono path'}, {name: 'commit', get: t => t.commit.slice(0, 12), class: 'mono'}, {name: 'planned', get: t => t.planned, num: true},
        {name: 'passed', get: t => t.passed, num: true}, {name: 'failed', get: t => t.failed, num: true}, {name: 'clocks', get: t => t.clocks, num: true},
        {name: 'time of tests', get: t => t.seconds, show: seconds, num: true}, {name: 'time', get: t => t.ended ? t.wall : -1, show: w => w < 0 ? 'not ended' : seconds(w), num: true}],
        report.trend, {caption: 'Regressions', sorted: 0})));
}

function cases() {
    return sortable([
        {name: 'case', get: c => c.name, show: caseButton, class: 'path'}, {name: 'config', get: c => c.config}, {name: 'mode', get: c => c.mode},
        {name: 'passed', get: c => c.passed, num: true}, {name: 'failed', get: c => c.failed, num: true, show: n => n ? el('span', {class: 'bad'}, `✗ ${count(n)}`) : '0'},
        {name: 'not run', get: c => c.tests - c.run, num: true, show: n => n > 0 ? el('span', {class: 'warn'}, count(n)) : '0'},
        {name: 'time', get: c => c.seconds, show: seconds, num: true}, {name: 'slowest', get: c => c.slowest, show: seconds, num: true},
        {name: 'use', get: c => c.use ?? -1, show: u => u < 0 ? '–' : percent(u), num: true}, {name: 'reason', get: c => c.reason, class: 'path'}], report.cases, {caption: 'Cases', sorted: 4});
}

function coverage() {
    if (!report.bins) return el('p', {class: 'soft'}, 'The workers tell of no bins.');
    const configs = report.configs.map(c => c.config), groups = new Map();
    const total = bin => Object.values(bin.runs).reduce((sum, n) => sum + n, 0);
    for (const bin of report.coverage) {
        const group = bin.bin.includes(':') ? bin.bin.slice(0, bin.bin.indexOf(':')) : 'others';
        groups.set(group, [...groups.get(group) ?? [], bin]);
    }
    const never = report.coverage.filter(bin => !total(bin));
    const list = (name, bins) => {
        const hit = bins.filter(total).length;
        return el('details', {class: 'group'}, el('summary', null, `${name}: `, el('span', {class: hit < bins.length ? 'bad' : 'good'}, `${hit} of ${bins.length}`)),
            el('div', {class: 'scroll'}, el('table', null, el('thead', null, el('tr', null, el('th', {scope: 'col'}, 'bin'), ...configs.map(c => el('th', {scope: 'col', class: 'num'}, c)))),
                el('tbody', null, ...bins.map(bin => el('tr', {class: total(bin) ? null : 'never'}, el('td', {class: 'mono path', title: bin.first ? `first hit by ${bin.first}` : null}, bin.bin),
                    ...configs.map(c => el('td', {class: 'num'}, bin.runs[c] === undefined ? '' : bin.runs[c] ? count(bin.runs[c]) : '–'))))))));
    };
    return el('div', null, el('p', null, el('span', {class: 'big'}, percent(report.bins_hit / report.bins)), ` of ${plural(report.bins, 'bin')} hit`,
        never.length ? el('span', null, '; never hit: ', ...never.slice(0, 40).flatMap((bin, k) => [k ? ', ' : '', el('code', {class: 'bad'}, bin.bin)]), never.length > 40 ? ` and ${never.length - 40} more` : '') : '; none is missing'),
        el('div', {class: 'bins'}, ...[...groups].map(([name, bins]) => list(name, bins))));
}

function slowest() {
    if (!report.slowest.length) return el('p', {class: 'soft'}, 'No test has run.');
    const share = s => s.all / (report.seconds || 1);
    return sortable([{name: 'case', get: s => s.case, show: caseButton, class: 'path'}, {name: 'seed', get: s => s.seed, show: String, num: true}, {name: 'clocks', get: s => s.clocks, num: true},
        {name: 'memory', get: s => s.memory_kb, show: memory, num: true}, {name: 'time', get: s => s.seconds, show: seconds, num: true}, {name: 'tests of the case', get: s => s.tests, num: true},
        {name: 'their time', get: s => s.all, show: seconds, num: true}, {name: 'of all', get: share, show: percent, num: true}],
        report.slowest, {caption: 'Slowest tests', sorted: 4, capped: false});
}

head();
body('failures').append(failures());
startTable();
for (const [id, fill] of Object.entries({changes, trend, cases, coverage, use: useFigures, roofline: rooflineFigures, slowest})) body(id).append(fill());
document.documentElement.dataset.ready = 'yes';

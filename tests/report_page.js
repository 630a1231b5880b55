// report_page.js - report.html in headless Chromium, by its DevTools over a pipe: no package of npm is needed.
// SPDX-License-Identifier: Apache-2.0
//
// node report_page.js shots PAGE FOLDER     pictures, wide and narrow, light and dark
// node report_page.js test PAGE KIND        what the page shows and does, a line a case; KIND as of make_results
// node report_page.js speed PAGE            how long it takes to open, filter, sort, scroll
// CHROMIUM: the browser, if it is not called chromium.
const {spawn} = require('child_process'), fs = require('fs'), os = require('os'), path = require('path');

class Browser {
    constructor() {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'report-'));
        this.process = spawn(process.env.CHROMIUM || 'chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--disable-dev-shm-usage',
            '--remote-debugging-pipe', `--user-data-dir=${this.folder}`, 'about:blank'], {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});
        this.next = 1;
        this.waiting = new Map();
        this.faults = []; // exceptions of the page, and anything that it asked of a network
        let text = '';
        this.process.stdio[4].on('data', data => {
            const messages = (text += data).split('\0');
            text = messages.pop();
            messages.forEach(m => this.take(JSON.parse(m)));
        });
    }
    take(m) {
        if (m.method === 'Runtime.exceptionThrown') this.faults.push(m.params.exceptionDetails.exception?.description ?? m.params.exceptionDetails.text);
        if (m.method === 'Network.requestWillBeSent' && !/^(file|data|about):/.test(m.params.request.url)) this.faults.push(`asks for ${m.params.request.url}`);
        if (!this.waiting.has(m.id)) return;
        const {good, bad} = this.waiting.get(m.id);
        this.waiting.delete(m.id);
        if (m.error) bad(new Error(m.error.message));
        else good(m.result);
    }
    send(method, params = {}) {
        const id = this.next++;
        this.process.stdio[3].write(JSON.stringify({id, method, params, sessionId: this.session}) + '\0');
        return new Promise((good, bad) => this.waiting.set(id, {good, bad}));
    }
    async open() {
        const {targetInfos} = await this.send('Target.getTargets');
        const {targetId} = targetInfos.find(t => t.type === 'page');
        this.session = (await this.send('Target.attachToTarget', {targetId, flatten: true})).sessionId;
        for (const domain of ['Page', 'Runtime', 'Network']) await this.send(`${domain}.enable`);
    }
    async evaluate(expression) {
        const r = await this.send('Runtime.evaluate', {expression, awaitPromise: true, returnByValue: true});
        if (r.exceptionDetails) throw new Error(r.exceptionDetails.exception?.description ?? r.exceptionDetails.text);
        return r.result.value;
    }
    // Milliseconds from the start of the navigation until the page has drawn all of itself.
    async go(file) {
        await this.send('Page.navigate', {url: 'about:blank'});
        await this.send('Page.navigate', {url: `file://${path.resolve(file)}`});
        for (;;) {
            const ready = await this.evaluate(`location.protocol === 'file:' && document.documentElement?.dataset.ready === 'yes' &&
                new Promise(good => requestAnimationFrame(() => setTimeout(() => good(performance.now()))))`).catch(error => {
                if (!/context|navigated/.test(error.message)) throw error; // it left the page it was asked of
            });
            if (ready) return ready;
            if (this.faults.length) throw new Error(this.faults[0]);
        }
    }
    async look(width, height, scheme) {
        await this.send('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: 1, mobile: width < 500});
        await this.send('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value: scheme}]});
    }
    async picture(file, clip) {
        const {data} = await this.send('Page.captureScreenshot', {clip: {...clip, scale: 1}, captureBeyondViewport: true});
        fs.writeFileSync(file, Buffer.from(data, 'base64'));
    }
    async key(key, code = 0, text) {
        await this.send('Input.dispatchKeyEvent', {type: text ? 'keyDown' : 'rawKeyDown', key, windowsVirtualKeyCode: code, text});
        await this.send('Input.dispatchKeyEvent', {type: 'keyUp', key, windowsVirtualKeyCode: code});
    }
    async end() {
        await this.send('Browser.close').catch(() => {});
        await new Promise(good => this.process.exitCode === null ? this.process.on('exit', good) : good());
        fs.rmSync(this.folder, {recursive: true, force: true, maxRetries: 5});
    }
}

async function shots(browser, page, folder) {
    for (const [width, name] of [[1440, 'wide'], [390, 'narrow'], [360, 'least']])
        for (const scheme of ['light', 'dark']) {
            await browser.look(width, 900, scheme);
            await browser.go(page);
            const height = await browser.evaluate('document.documentElement.scrollHeight');
            await browser.look(width, height, scheme);
            await browser.evaluate('new Promise(good => setTimeout(good, 200))');
            for (let y = 0, k = 1; y < height; y += 1400, k++)
                await browser.picture(path.join(folder, `${name}-${scheme}-${k}.png`), {x: 0, y, width, height: Math.min(1400, height - y)});
        }
}

// ---- what the page shows and does ----

// In the page, for what is evaluated there.
const helpers = `
    const byId = id => document.getElementById(id);
    const report = JSON.parse(byId('report-data').textContent), runs = JSON.parse(byId('runs-data').textContent);
    const nextFrame = () => new Promise(good => requestAnimationFrame(() => setTimeout(good)));
    const place = byId('runs'), grid = place.querySelector('table');
    const rows = () => [...grid.querySelectorAll('tbody tr[id]')];
    const cell = (row, k) => row.children[k].textContent;
    const shown = () => Number(grid.getAttribute('aria-rowcount')) - 1;
    // Sets a field as a user would and waits for the frame that shows it. Milliseconds.
    async function set(id, value) {
        const begin = performance.now();
        byId(id).value = value;
        byId(id).dispatchEvent(new Event('input', {bubbles: true}));
        grid.getBoundingClientRect();
        await nextFrame();
        return performance.now() - begin;
    }
    async function clear() { for (const id of ['words', 'by-verdict', 'by-config', 'by-bucket']) await set(id, ''); }
    const number = text => Number(text.replace(/[^0-9.-]/g, ''));
`;

// WCAG's ratio for every text that is seen against what is behind it; those below 4.5.
const contrast = `(() => {
    const parts = c => (c.match(/[0-9.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
    const behind = e => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0.99) return c; } return [255, 255, 255]; };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), low = new Set();
    for (let n; (n = walker.nextNode());) {
        const e = n.parentElement;
        if (!n.data.trim() || !e.getClientRects().length || ['SCRIPT', 'OPTION', 'STYLE', 'title'].includes(e.tagName)) continue;
        const style = getComputedStyle(e), front = light(parts(e.namespaceURI.endsWith('svg') ? style.fill : style.color)), back = light(behind(e));
        const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
        if (ratio < 4.5) low.add(ratio.toFixed(2) + ' ' + e.tagName + ' ' + n.data.trim().slice(0, 30));
    }
    return [...low];
})()`;

async function test(browser, page, kind) {
    let bad = 0;
    const check = (name, fault) => {
        console.log(`${fault ? 'not ok' : 'ok'} - ${name}`);
        if (fault) console.log(`# ${String(fault).replaceAll('\n', '\n# ')}`);
        bad += Boolean(fault);
    };
    // What `body`, an async function's, returns in the page: a fault, or nothing.
    const inside = async (name, body) => check(name, await browser.evaluate(`(async () => {${helpers}${body}})()`).catch(error => error.message));
    const same = (what, is, want) => is === want ? '' : `${what} is ${is}, not ${want}`;

    await browser.look(1440, 900, 'light');
    await browser.go(page);
    await inside('verdict and counts', `
        const want = {good: 'Passed', bad: 'Failed', hostile: 'Failed', cut: 'Incomplete'}['${kind}'];
        if (!document.title.includes(want) || !byId('verdict').textContent.includes(want)) return document.title;
        if (shown() !== runs.seed.length || report.run !== runs.seed.length) return 'rows: ' + shown();
        if (!byId('count').textContent.startsWith(String(report.run))) return byId('count').textContent;
        if (document.querySelectorAll('.bucket').length !== report.buckets.length) return 'buckets';`);
    await inside('few rows exist, the last is reached', `
        if (rows().length > 60) return rows().length + ' rows';
        place.scrollTop = 1e9;
        await nextFrame();
        const last = rows().at(-1);
        if (Number(last.getAttribute('aria-rowindex')) !== shown() + 1) return last.outerHTML;
        if (rows().length > 60) return rows().length + ' rows';
        place.scrollTop = 0;`);
    await inside('the filter finds what a search of the data finds', `
        const has = (k, w) => [report.cases[runs.case[k]].name, report.cases[runs.case[k]].config, report.cases[runs.case[k]].mode, report.cases[runs.case[k]].tags,
            runs.bucket[k] < 0 ? '' : report.buckets[runs.bucket[k]].signature].some(t => t.toLowerCase().includes(w.toLowerCase())) || (/^[0-9]+$/.test(w) && String(runs.seed[k]).startsWith(w));
        for (const words of ['e8', 'SPECTRUM light', '-spectrum', 'noise -e1 small', '1', '12', 'quality', 'untimed', 'no such test', '']) {
            await set('words', words);
            const want = runs.seed.filter((_, k) => words.split(' ').filter(Boolean).every(w => w.startsWith('-') ? !has(k, w.slice(1)) : has(k, w))).length;
            if (shown() !== want) return words + ': ' + shown() + ', not ' + want;
            if (want < runs.seed.length && !byId('count').textContent.startsWith(want + ' of ')) return byId('count').textContent;
            if (!want && !grid.textContent.includes('No test is like this')) return 'nothing is said of an empty table';
        }
        await set('by-verdict', 'fail');
        if (shown() !== report.failed) return 'failed: ' + shown();
        await set('by-verdict', '');
        for (const c of report.configs) {
            await set('by-config', c.config);
            if (shown() !== c.run) return c.config + ': ' + shown();
        }
        await set('by-config', '');
        for (let k = 0; k < report.buckets.length; k++) {
            await set('by-bucket', String(k));
            if (shown() !== report.buckets[k].failures) return report.buckets[k].signature + ': ' + shown();
        }
        await clear();`);
    await inside('each column sorts both ways', `
        const order = [k => runs.bucket[k] >= 0 ? 1 : 0, null, k => runs.seed[k], null, null, k => runs.clocks[k], null, k => runs.us[k], k => runs.kb[k]];
        const buttons = () => [...grid.querySelectorAll('thead button')];
        for (let column = 0; column < buttons().length; column++) {
            const ends = {};
            for (let turn = 0; turn < 2; turn++) {
                buttons()[column].click();
                const way = grid.querySelectorAll('thead th')[column].getAttribute('aria-sort');
                if (grid.querySelectorAll('thead th[aria-sort]').length !== 1 || !way) return 'aria-sort of column ' + column;
                ends[way] = cell(rows()[0], column);
                if (column === 2) {
                    const want = (way === 'ascending' ? Math.min : Math.max)(...runs.seed);
                    if (Number(ends[way]) !== want) return 'seed ' + ends[way] + ', not ' + want;
                }
                if (column === 5 && number(ends[way].replace('–', '0')) !== (way === 'ascending' ? Math.min : Math.max)(...runs.clocks)) return 'clocks ' + ends[way];
                const keys = order[column] && rows().map(r => runs.seed.findIndex((s, k) => String(s) === cell(r, 2) && report.cases[runs.case[k]].name === cell(r, 1))).map(order[column]);
                if (keys && keys.some((key, k) => k && (way === 'ascending' ? key < keys[k - 1] : key > keys[k - 1]))) return 'column ' + column + ', ' + way + ': ' + keys;
            }
            if (Object.keys(ends).length !== 2) return 'column ' + column + ' sorts one way';
        }
        buttons()[0].click();
        if (grid.querySelector('th').getAttribute('aria-sort') !== 'descending') buttons()[0].click();`);
    if (kind === 'bad' || kind === 'hostile')
        await inside('a failed test opens with its message and its line', `
            await set('by-verdict', 'fail');
            for (let n = 0; n < Math.min(report.failures.length, 12); n++) {
                const row = rows()[n], f = report.failures.find(f => f.case === cell(row, 1) && String(f.seed) === cell(row, 2));
                row.children[0].click();
                const one = byId('one');
                if (!one.open || one.querySelector('.again code').textContent !== f.again) return f.again + '\\n' + one.textContent;
                if (one.querySelector('.message').textContent !== f.message) return one.querySelector('.message').textContent;
                one.close();
            }
            await clear();
            const show = document.querySelector('.bucket .links button');
            show.click();
            if (shown() !== report.buckets[0].failures || document.activeElement !== grid) return 'show: ' + shown();
            await clear();`);
    await inside('every line that runs a test again has its seed and case', `
        for (const words of ['e8', 'noise', 'lockstep']) {
            await set('words', words);
            place.scrollTop = 700;
            await nextFrame();
            for (let n = 0; n < Math.min(40, rows().length); n++) {
                const row = rows()[n]; // a click draws them anew
                row.children[0].click();
                const line = byId('one').querySelector('.again code').textContent, c = report.cases.find(c => c.name === cell(row, 1));
                byId('one').close();
                if (!line.includes('SEED=' + cell(row, 2) + ' ') || !line.includes("INPUT='" + c.input + "'")) return cell(row, 1) + ' ' + cell(row, 2) + ': ' + line;
            }
        }
        await clear();`);

    // by keyboard alone
    await browser.evaluate(`document.querySelector('#runs table').focus()`);
    for (const [key, code] of [['ArrowDown', 40], ['ArrowDown', 40], ['ArrowUp', 38]]) await browser.key(key, code);
    const at = () => browser.evaluate(`document.querySelector('#runs table').getAttribute('aria-activedescendant')`);
    check('arrow keys move', same('row', await at(), 'run-1'));
    await browser.key('End', 35);
    check('End goes to the last row, which is there', same('row', await at(), `run-${await browser.evaluate(`JSON.parse(document.getElementById('runs-data').textContent).seed.length - 1`)}`) ||
        await browser.evaluate(`document.querySelector('#runs tr[aria-selected=true]') ? '' : 'no row is selected'`));
    await browser.key('Enter', 13, '\r');
    check('Enter opens the test', await browser.evaluate(`document.getElementById('one').open ? '' : 'it does not'`));
    await browser.key('Escape', 27);
    check('Escape closes it', await browser.evaluate(`document.getElementById('one').open ? 'it does not' : ''`));
    if (kind === 'bad' || kind === 'hostile')
        check('a line is copied, or marked', await browser.evaluate(`(async () => {
            document.querySelector('.again button').click();
            for (let k = 0; k < 100 && !document.getElementById('said').textContent; k++) await new Promise(good => setTimeout(good, 20));
            return /Copied|Marked/.test(document.getElementById('said').textContent) ? '' : 'nothing is said';
        })()`));

    // names for who does not see it
    const {nodes} = await browser.send('Accessibility.getFullAXTree');
    const nameless = nodes.filter(n => !n.ignored && ['button', 'link', 'searchbox', 'combobox', 'textbox', 'grid', 'img', 'region', 'navigation', 'search'].includes(n.role?.value) && !n.name?.value);
    check('everything that can be used has a name', nameless.map(n => `${n.role.value} ${n.backendDOMNodeId}`).filter(n => !n.startsWith('search ')).join('\n'));
    check('headings of columns are headings', nodes.some(n => n.role?.value === 'columnheader' && n.name?.value.startsWith('seed')) ? '' : 'none is called seed');

    for (const [width, scheme] of [[1440, 'light'], [1440, 'dark'], [390, 'light'], [360, 'dark']]) {
        await browser.look(width, 900, scheme);
        await browser.go(page);
        check(`${width} px, ${scheme}: every text has a contrast of 4.5`, (await browser.evaluate(contrast)).slice(0, 8).join('\n'));
        check(`${width} px, ${scheme}: nothing sticks out`, await browser.evaluate(`document.documentElement.scrollWidth > ${width} ? 'the page is ' + document.documentElement.scrollWidth + ' px wide: ' +
            [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > ${width} + 1 && !e.closest('.scroll, nav, svg')).slice(0, 4).map(e => e.outerHTML.slice(0, 80)).join(' ') : ''`));
    }
    const {data} = await browser.send('Page.printToPDF', {printBackground: true});
    check('it prints', Buffer.from(data, 'base64').subarray(0, 5).toString() === '%PDF-' && data.length > 20000 ? '' : `${data.length} bytes`);
    check('no exception, nothing asked of a network', browser.faults.join('\n'));
    return bad;
}

// ---- how long it takes ----

// Milliseconds until the frame that shows it, and of the page's own thread, which is what is left of that on an idle machine.
async function speed(browser, page) {
    await browser.look(1440, 900, 'light');
    await browser.send('Performance.enable', {timeDomain: 'threadTicks'});
    const busy = async () => 1000 * (await browser.send('Performance.getMetrics')).metrics.find(m => m.name === 'TaskDuration').value;
    const wall = await browser.go(page);
    console.log(`page of ${(fs.statSync(page).size / 1e6).toFixed(1)} MB: drawn ${Math.round(wall)} ms after the navigation began, ${Math.round(await busy())} ms of its thread`);
    const steps = {
        'a key in the filter': ['spectrum', 'e8 light', '123', '-noise'].flatMap(word => [...word].map((_, k) => `set('words', '${word.slice(0, k + 1)}')`)),
        'a click on a heading, the first time': [1, 2, 3, 4, 5, 6, 7, 8].map(k => `(grid.querySelectorAll('thead button')[${k}].click(), nextFrame())`),
        'and again': [8, 7, 6, 5, 4, 3, 2, 1].map(k => `(grid.querySelectorAll('thead button')[${k}].click(), nextFrame())`),
        'a jump of the scroll bar': [...Array(20).keys()].map(k => `(place.scrollTop = place.scrollHeight * ${k * 7 % 20} / 20, nextFrame())`),
    };
    for (const [name, list] of Object.entries(steps)) {
        await browser.evaluate(`(async () => {${helpers} await clear(); await nextFrame(); })()`);
        const walls = [], threads = [];
        for (const step of list) {
            const before = await busy();
            walls.push(await browser.evaluate(`(async () => {${helpers.replace(/const report.*\n/, '')} const begin = performance.now(); await ${step}; return performance.now() - begin; })()`));
            threads.push(await busy() - before);
        }
        const figures = times => times.sort((x, y) => x - y) && `median ${times[times.length >> 1].toFixed(1)}, most ${times.at(-1).toFixed(1)}`;
        console.log(`${name}, ${list.length} times: ${figures(walls)} ms; of the thread ${figures(threads)} ms`);
    }
    return browser.faults.length;
}

(async () => {
    const [what, page, argument] = process.argv.slice(2);
    const browser = new Browser();
    try {
        await browser.open();
        process.exitCode = await {shots, test, speed}[what](browser, page, argument) ? 1 : 0;
    } finally {
        await browser.end();
    }
})();

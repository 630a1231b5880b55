-- merge.sql - database `part` into `main`: what is there stays. SPDX-License-Identifier: Apache-2.0

INSERT OR IGNORE INTO main.regression SELECT * FROM part.regression;
-- Whether it has ended is seen when all is together; one that was only begun knows nothing of its programs.
UPDATE main.regression AS m SET ended = NULL, commit_id = coalesce(m.commit_id, p.commit_id),
    version = coalesce(m.version, p.version), verilator = coalesce(m.verilator, p.verilator),
    compiler = coalesce(m.compiler, p.compiler)
FROM part.regression AS p WHERE p.regression = m.regression;
INSERT OR IGNORE INTO main.config SELECT * FROM part.config;
INSERT OR IGNORE INTO main.testcase SELECT * FROM part.testcase;

-- Tests that both have: what each says of it, in short and the rest, without times, hosts, and what a dying process says.
-- "seeds" is what the regression as a whole says of a run; the run itself was good.
CREATE TEMP TABLE twice AS
SELECT regression, name, seed, kind, message,
    iif(kind = 'seeds', 'pass', trim(verdict || ' ' || signature))
        || ', stimulus ' || stimulus || ', digest ' || digest || ', clocks ' || clocks AS said,
    json_array(clock, unit, register, macs, beats_in, beats_out, counters, bins,
        iif(kind IN ('seeds', 'crash', 'timeout', 'protocol'), '', message)) AS rest
FROM (
    SELECT * FROM main.run WHERE (regression, name, seed) IN (SELECT regression, name, seed FROM part.run)
    UNION ALL
    SELECT * FROM part.run WHERE (regression, name, seed) IN (SELECT regression, name, seed FROM main.run));

UPDATE main.run
SET verdict = 'fail', kind = 'unrepeatable', signature = 'unrepeatable', unit = '', register = '', message = q.message
FROM (
    SELECT regression, name, seed,
        coalesce(max(iif(kind = 'unrepeatable', message, NULL)), 'two runs differ: ' || min(said) || '; ' || max(said)) AS message
    FROM twice GROUP BY regression, name, seed HAVING count(DISTINCT said || rest) > 1) AS q
WHERE run.regression = q.regression AND run.name = q.name AND run.seed = q.seed;

DROP TABLE twice;

INSERT OR IGNORE INTO main.run SELECT * FROM part.run;

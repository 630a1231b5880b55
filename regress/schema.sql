-- schema.sql - the tables of results.db. SPDX-License-Identifier: Apache-2.0

-- One start of `make regress`, or of its parts; `ended` is NULL while a planned test has no row.
CREATE TABLE regression (
    regression TEXT PRIMARY KEY, -- 20261129T014500Z-SEED
    started TEXT, ended TEXT,
    seed INTEGER, cases TEXT, tier TEXT, tags TEXT,
    options TEXT,                -- all else that decides what is run: it goes on only if this is the same
    planned INTEGER,             -- tests, of all parts
    commit_id TEXT, version TEXT, verilator TEXT, compiler TEXT, -- of the programs
    launcher TEXT, jobs INTEGER, host TEXT);

CREATE TABLE config (
    regression TEXT, config TEXT,
    macs INTEGER, lanes INTEGER, -- MACs in the array, and in a row of a cluster
    counters TEXT,               -- JSON, [["unit","kind"],...]: what run.counters counts
    bins TEXT,                   -- JSON, every functional bin there is
    PRIMARY KEY (regression, config));

CREATE TABLE testcase (
    regression TEXT, name TEXT, config TEXT, run TEXT, input TEXT, parameters TEXT, tier TEXT, tags TEXT, features TEXT,
    reason TEXT, tests INTEGER, -- of all parts
    PRIMARY KEY (regression, name));

-- A test that has ended. Up to `bins` a function of commit, case and seed, but for the message of a crash.
CREATE TABLE run (
    regression TEXT, name TEXT, seed INTEGER,
    verdict TEXT CHECK (verdict IN ('pass', 'fail')),
    signature TEXT, kind TEXT, unit TEXT, register TEXT, message TEXT, clock INTEGER, -- of a failure
    stimulus TEXT, digest TEXT,                                                      -- hashes of what went in and came out
    clocks INTEGER, macs INTEGER, beats_in INTEGER, beats_out INTEGER, counters TEXT, bins TEXT,
    seconds REAL, peak_kb INTEGER, host TEXT, started REAL, -- Unix seconds
    again TEXT,                                             -- the one line that shows it again
    PRIMARY KEY (regression, name, seed));

-- The failures of one signature: the first of them, and what its run alone has left, below the folder of results.db.
CREATE TABLE bucket (
    regression TEXT, signature TEXT, name TEXT, seed INTEGER, capsule TEXT, waves TEXT, log TEXT, again TEXT,
    PRIMARY KEY (regression, signature));

PRAGMA user_version = 1;

// csr_cases.h - the directed cases of test_csr.cpp: what docs/csr.md promises, with the outcomes written out.
// SPDX-License-Identifier: Apache-2.0

#define CHECK(condition)                                                                                             \
    do                                                                                                               \
        if (!(condition)) fail("line %d, clock %llu: %s", __LINE__, (unsigned long long)r.clocks, #condition);       \
    while (0)

const unsigned OKAY = 0, SLVERR = 2;

void identity(rig &r) {
    r.in.cluster_rows = 16, r.in.cluster_columns = 11, r.in.tile_tokens = 4096, r.in.tile_channels = 328;
    r.in.basis_rows = 4088, r.in.mac_stages = 3;
    CHECK(r.read(0x000) == 0x44434F4D);
    CHECK(r.read(0x004) == 0x00000200);
    CHECK(r.read(0x008) == 0xC0FFEE11);
    CHECK(r.read(0x010) == 16 && r.read(0x014) == 11 && r.read(0x018) == 4096 && r.read(0x01C) == 328);
    CHECK(r.read(0x020) == 4088 && r.read(0x024) == 3 && r.read(0x028) == COUNTERS);
    CHECK(r.read(0x0C4) == 1);
    // what the parameters are after reset
    static const uint32_t want[] = {0, 0, 32, 8, 1, 16, 0, 1, 0};
    for (unsigned k = 0; k < 9; k++)
        CHECK(r.read(0x040 + 4 * k) == want[k]);
    for (unsigned k = 0; k < 8; k++)
        CHECK(r.read(0x080 + 4 * k) == 0 && r.response == OKAY);
}

// Every word of the address space: what answers is what the map lists
void mapped(rig &r) {
    for (unsigned a = 0; a < 0x1000; a += 4) {
        const bool here = a <= 0x008 || (a >= 0x010 && a <= 0x028) || (a >= 0x040 && a <= 0x060) ||
                          (a >= 0x080 && a <= 0x09C) || (a >= 0x0C0 && a <= 0x0D0) || (a >= 0x100 && a <= 0x118) ||
                          (a >= 0x800 && a < 0x800 + 8 * COUNTERS);
        const uint32_t data = r.read(a);
        CHECK(r.response == (here ? OKAY : SLVERR));
        CHECK(here || data == 0);
        const bool writable = (a >= 0x040 && a <= 0x060) || (a >= 0x080 && a <= 0x09C) || a == 0x0CC;
        CHECK(r.write(a, 0) == (writable ? OKAY : SLVERR));
        // an address within a word: the whole word is read; bytes from there on may be written, no others
        for (unsigned skew = 1; skew < 4; skew++) {
            CHECK(r.write(a + skew, 0) == SLVERR);
            CHECK(r.write(a + skew, 0, 1u << (skew - 1)) == SLVERR);
            CHECK(r.write(a + skew, 0, 15u << skew & 15) == (writable ? OKAY : SLVERR));
            CHECK(r.read(a + skew) == r.read(a) && r.response == (here ? OKAY : SLVERR));
        }
    }
    CHECK(r.starts == 0);
}

void orders(rig &r) {
    for (int skew = -9; skew <= 9; skew++) {
        CHECK(r.write(CSR_SEED, 1000u + static_cast<unsigned>(skew), 15, skew) == OKAY);
        CHECK(r.read(CSR_SEED) == 1000u + static_cast<unsigned>(skew));
    }
    // one half alone: no answer, no effect, then both
    for (const bool address_first : {true, false}) {
        r.in.axi_awaddr = CSR_SEED, r.in.axi_wdata = address_first ? 77 : 78, r.in.axi_wstrb = 15;
        r.in.axi_awvalid = address_first, r.in.axi_wvalid = !address_first;
        r.clock();
        r.in.axi_awvalid = r.in.axi_wvalid = 0;
        for (unsigned t = 0; t < 100; t++) {
            r.clock();
            CHECK(!r.dut.axi_bvalid && r.dut.axi_awready == !address_first && r.dut.axi_wready == address_first);
        }
        r.in.axi_awvalid = !address_first, r.in.axi_wvalid = address_first;
        r.clock();
        r.in.axi_awvalid = r.in.axi_wvalid = 0;
        r.wait(1);
        CHECK(r.dut.axi_bvalid && r.dut.axi_bresp == OKAY);
        r.wait(2);
        CHECK(r.read(CSR_SEED) == (address_first ? 77u : 78u));
    }
}

void back_pressure(rig &r) {
    r.in.axi_bready = 0, r.in.axi_awvalid = r.in.axi_wvalid = 1, r.in.axi_awaddr = CSR_ID, r.in.axi_wstrb = 15;
    r.wait(3);
    // a read goes on beside a write whose answer is stuck, and the other way round
    CHECK(r.dut.axi_bvalid && r.read(CSR_ID) == 0x44434F4D);
    for (unsigned t = 0; t < 50; t++) {
        r.clock();
        CHECK(r.dut.axi_bvalid && r.dut.axi_bresp == SLVERR && !r.dut.axi_awready && !r.dut.axi_wready);
    }
    r.in.axi_awvalid = r.in.axi_wvalid = 0, r.in.axi_bready = 1;
    r.clock();
    CHECK(!r.dut.axi_bvalid);
    r.in.axi_rready = 0, r.in.axi_arvalid = 1, r.in.axi_araddr = CSR_SEED;
    r.wait(3);
    CHECK(r.write(CSR_SEED, 5) == OKAY);
    for (unsigned t = 0; t < 50; t++) {
        r.clock();
        CHECK(r.dut.axi_rvalid && r.dut.axi_rdata == 1 && r.dut.axi_rresp == OKAY && !r.dut.axi_arready);
    }
    r.in.axi_arvalid = 0, r.in.axi_rready = 1;
    r.wait(2);
    CHECK(!r.dut.axi_rvalid && r.read(CSR_SEED) == 5);
}

void strobes(rig &r) {
    r.write(CSR_SEED, 0x11223344);
    for (unsigned s = 0; s < 16; s++) {
        CHECK(r.write(CSR_SEED, 0x11223344) == OKAY);
        CHECK(r.write(CSR_SEED, 0xAABBCCDD, s) == OKAY);
        const uint32_t mask =
            (s & 1 ? 0xFF : 0) | (s & 2 ? 0xFF00 : 0) | (s & 4 ? 0xFF0000 : 0) | (s & 8 ? 0xFF000000 : 0);
        CHECK(r.read(CSR_SEED) == ((0x11223344 & ~mask) | (0xAABBCCDD & mask)));
    }
    CHECK(r.write(CSR_SEED, 0xAABBCCDD) == OKAY);
    CHECK(r.write(CSR_SEED + 2, 0x00990000, 4) == OKAY && r.read(CSR_SEED) == 0xAA99CCDD);
    CHECK(r.write(CSR_SEED + 2, 0x00000077, 5) == SLVERR && r.read(CSR_SEED + 3) == 0xAA99CCDD);
    r.write(CSR_TOKENS, 0x1FFFF);
    CHECK(r.write(CSR_TOKENS, 0xFFFFFF12, 1) == OKAY && r.read(CSR_TOKENS) == 0x1FF12);
    CHECK(r.write(CSR_TOKENS, 0x00005600, 2) == OKAY && r.read(CSR_TOKENS) == 0x15612);
    CHECK(r.write(CSR_TOKENS, 0, 8) == OKAY && r.read(CSR_TOKENS) == 0x15612);
}

// A value that its register cannot hold is refused, not cut
void too_wide(rig &r) {
    static const struct {
        unsigned offset, width;
    } narrow[] = {
        {CSR_TOKENS, 17},   {CSR_CHANNELS, 17},   {CSR_RANK, 17},        {CSR_EXPANSION, 4},         {CSR_WARMUP, 4},
        {CSR_OUTLIERS, 17}, {CSR_EXACT_COUNT, 4}, {CSR_EXACT_TOKEN, 17}, {CSR_EXACT_TOKEN + 28, 17}, {CSR_FLAGS, 4}};
    for (const auto &n : narrow) {
        const uint32_t before = r.read(n.offset);
        for (unsigned bit = n.width; bit < 32; bit++) {
            CHECK(r.write(n.offset, 1u << bit | 1) == SLVERR);
            CHECK(r.read(n.offset) == before);
        }
        CHECK(r.write(n.offset, 1u << (n.width - 1)) == OKAY);
        CHECK(n.offset == CSR_FLAGS || r.read(n.offset) == 1u << (n.width - 1));
    }
}

void start(rig &r) {
    r.fill();
    r.write(CSR_EXPANSION, 4), r.write(CSR_WARMUP, 8), r.write(CSR_OUTLIERS, 89);
    r.write(CSR_TOLERANCE, 0x3E000000), r.write(CSR_SEED, 0xDEADBEEF), r.write(CSR_EXACT_COUNT, 8);
    for (unsigned k = 0; k < 8; k++)
        r.write(CSR_EXACT_TOKEN + 4 * k, 11 * k);
    for (unsigned command = 1; command <= 6; command++) {
        CHECK(r.write(CSR_COMMAND, command) == OKAY);
        r.wait(2);
        CHECK(r.starts == command); // one clock each
        CHECK(!r.dut.start && r.dut.command == command && !r.dut.abort_job);
        CHECK(r.read(CSR_STATUS) == 1u << CSR_STATUS_BUSY);
        r.finish();
        CHECK(r.read(CSR_STATUS) == (1u << CSR_STATUS_IDLE | 1u << CSR_STATUS_DONE));
        CHECK(r.read(CSR_JOBS) == command);
    }
    CHECK(r.dut.tokens == 100 && r.dut.channels == 90 && r.dut.rank == 16 && r.dut.expansion == 4);
    CHECK(r.dut.warmup == 8 && r.dut.outliers == 89 && r.dut.tolerance == 0x3E000000 && r.dut.seed == 0xDEADBEEF);
    CHECK(r.dut.exact_count == 8);
    for (unsigned k = 0; k < 8; k++)
        CHECK(word(r.dut.exact_tokens, k) == 11 * k);
    CHECK(r.read(CSR_COMMAND) == 0 && r.response == OKAY);
}

// Parameters written while a job runs are those of the next, captured when its COMMAND comes; what is of the matrix
// changes with the start of a LOAD alone
void double_buffer(rig &r) {
    r.load();
    r.write(CSR_COMMAND, CSR_COMMAND_DECOMPOSE);
    r.wait(2);
    r.write(CSR_TOKENS, 60), r.write(CSR_CHANNELS, 50), r.write(CSR_OUTLIERS, 5), r.write(CSR_SEED, 9);
    r.write(CSR_EXACT_COUNT, 1), r.write(CSR_EXACT_TOKEN, 3), r.write(CSR_EXACT_TOKEN + 8, 4);
    CHECK(r.dut.tokens == 100 && r.dut.seed == 1 && r.dut.exact_count == 0 && r.read(CSR_TOKENS) == 60);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == OKAY);
    CHECK(r.status_bit(CSR_STATUS_QUEUED) && r.status_bit(CSR_STATUS_BUSY));
    CHECK(r.dut.queued && r.dut.queued_command == CSR_COMMAND_STORE);
    r.write(CSR_TOKENS, 70), r.write(CSR_SEED, 10);
    CHECK(r.dut.tokens == 100 && r.dut.command == CSR_COMMAND_DECOMPOSE && r.starts == 2);
    r.finish();
    r.wait(2);
    CHECK(r.starts == 3 && r.dut.command == CSR_COMMAND_STORE && r.dut.seed == 9 && !r.dut.queued);
    CHECK(r.dut.tokens == 100 && r.dut.channels == 90 && r.dut.outliers == 16 && r.dut.exact_count == 0);
    CHECK(r.read(CSR_STATUS) == 1u << CSR_STATUS_BUSY); // nothing queued, and not done yet
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == OKAY);
    r.write(CSR_TOKENS, 80), r.write(CSR_EXACT_TOKEN, 4);
    CHECK(r.dut.queued && r.dut.queued_command == CSR_COMMAND_LOAD && r.dut.queued_tokens == 70);
    CHECK(r.dut.queued_channels == 50 && r.dut.queued_exact_count == 1 && word(r.dut.queued_exact_tokens, 0) == 3);
    CHECK(word(r.dut.queued_exact_tokens, 2) == 4 && r.dut.tokens == 100 && r.dut.exact_count == 0);
    r.finish();
    r.wait(2);
    CHECK(r.starts == 4 && r.dut.command == CSR_COMMAND_LOAD && r.dut.tokens == 70 && r.dut.channels == 50);
    CHECK(r.dut.outliers == 5 && r.dut.exact_count == 1 && word(r.dut.exact_tokens, 0) == 3 && r.dut.seed == 10);
    r.finish();
    r.wait(9);
    CHECK(r.starts == 4 && r.read(CSR_TOKENS) == 80 && r.status_bit(CSR_STATUS_IDLE));
}

// Without a LOAD there is nothing to work on
void order(rig &r) {
    r.fill();
    for (unsigned command = 2; command <= 6; command++) {
        CHECK(r.write(CSR_COMMAND, command) == SLVERR);
        CHECK(r.error() == CSR_ERROR_ORDER && r.read(CSR_ERROR) == 0);
    }
    r.write(CSR_WARMUP, 15); // ORDER goes before what is wrong with the parameters, behind all else
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_DECOMPOSE) == SLVERR && r.error() == CSR_ERROR_ORDER);
    CHECK(r.write(CSR_COMMAND, 8) == SLVERR && r.error() == CSR_ERROR_COMMAND);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_ABORT) == OKAY && r.error() == CSR_ERROR_NONE);
    r.write(CSR_TOKENS, 0);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == SLVERR && r.error() == CSR_ERROR_PARAMETER);
    r.write(CSR_TOKENS, 100);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR && r.error() == CSR_ERROR_ORDER);
    r.in.busy = 1;
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == OKAY && r.starts == 0); // a LOAD that waits, dropped
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR && r.error() == CSR_ERROR_BUSY);
    r.write(CSR_COMMAND, CSR_COMMAND_ABORT);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR && r.error() == CSR_ERROR_ORDER);
    r.in.busy = 0;
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == OKAY);
    r.write(CSR_WARMUP, 0);
    for (unsigned command = 2; command <= 6; command++) {
        CHECK(r.write(CSR_COMMAND, command) == OKAY); // behind the job before
        r.finish(), r.wait(3);
    }
    r.finish();
    CHECK(r.starts == 6 && r.read(CSR_JOBS) == 6);
    r.reset();
    r.fill();
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR && r.error() == CSR_ERROR_ORDER);
}

// A LOAD that fails leaves nothing, and takes along what waits for its matrix; a LOAD that is dropped leaves the old
void failed_load(rig &r) {
    for (unsigned k = 0; k < 3; k++) { // ended without done, after an ABORT, never begun
        r.reset();
        r.load();
        const unsigned before = r.starts;
        r.write(CSR_TOKENS, 60);
        r.responsive = k != 2;
        if (k == 2) r.in.busy = 1; // or it would be over before the next COMMAND
        r.write(CSR_COMMAND, CSR_COMMAND_LOAD);
        if (k == 2) r.in.busy = 0;
        if (k == 1) r.write(CSR_COMMAND, CSR_COMMAND_ABORT);
        if (k != 2) {
            CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == OKAY && r.dut.tokens == 60);
            r.finish(false);
        }
        r.wait(9);
        CHECK(r.starts == before + 1 && r.read(CSR_JOBS) == 1);
        CHECK(r.read(CSR_STATUS) == (1u << CSR_STATUS_IDLE | 1u << CSR_STATUS_ABORTED));
        CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR && r.error() == CSR_ERROR_ORDER);
        r.responsive = true;
    }
    // a LOAD behind one that fails goes on, and is enough for what follows
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == OKAY);
    r.write(CSR_TOKENS, 50);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == OKAY);
    r.finish(false), r.wait(3);
    CHECK(r.dut.command == CSR_COMMAND_LOAD && r.dut.tokens == 50 && r.status_bit(CSR_STATUS_BUSY));
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == OKAY);
    r.finish(), r.wait(3);
    CHECK(r.dut.command == CSR_COMMAND_STORE && r.dut.tokens == 50);
    // another job that fails leaves the matrix, and so does a LOAD that is dropped
    r.write(CSR_TOKENS, 40);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == OKAY && r.dut.queued_tokens == 40);
    r.write(CSR_COMMAND, CSR_COMMAND_ABORT);
    CHECK(!r.dut.queued);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_APPLY) == OKAY);
    r.finish(false), r.wait(3);
    CHECK(r.dut.command == CSR_COMMAND_APPLY && r.dut.tokens == 50 && r.dut.channels == 90);
    r.finish();
}

// A COMMAND on every clock around the end of a LOAD that fails: refused or dropped, never started
void failed_load_any_time(rig &r) {
    unsigned queued = 0, refused = 0;
    for (int late = -8; late < 8; late++) {
        r.load();
        r.write(CSR_COMMAND, CSR_COMMAND_LOAD);
        r.wait(2);
        const unsigned before = r.starts;
        r.race(CSR_COMMAND_STORE, late);
        CHECK(r.starts == before && !r.dut.queued && r.status_bit(CSR_STATUS_IDLE));
        queued += r.error() == CSR_ERROR_NONE, refused += r.error() == CSR_ERROR_ORDER;
    }
    CHECK(queued > 4 && refused > 4 && queued + refused == 16);
}

void third_command(rig &r) {
    r.fill();
    r.write(CSR_COMMAND, CSR_COMMAND_LOAD);
    r.write(CSR_COMMAND, CSR_COMMAND_APPLY);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR);
    CHECK(r.error() == CSR_ERROR_BUSY && r.read(CSR_ERROR) == 0);
    r.write(CSR_RANK, 0); // BUSY goes before what is wrong with the parameters
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR);
    CHECK(r.error() == CSR_ERROR_BUSY && r.read(CSR_ERROR) == 0);
    r.finish();
    r.wait(3);
    CHECK(r.dut.command == CSR_COMMAND_APPLY && r.starts == 2 && r.error() == CSR_ERROR_BUSY);
    r.finish();
    r.wait(3);
    CHECK(r.starts == 2 && r.read(CSR_JOBS) == 2);
    r.write(CSR_RANK, 16);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == OKAY && r.error() == CSR_ERROR_NONE);
}

void abort_running(rig &r) {
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_ABORT) == OKAY); // idle: nothing
    r.wait(3);
    CHECK(r.starts == 0 && !r.dut.abort_job && r.read(CSR_STATUS) == 1);
    r.fill();
    r.write(CSR_COMMAND, CSR_COMMAND_LOAD);
    r.write(CSR_COMMAND, CSR_COMMAND_STORE);
    r.write(CSR_RANK, 0); // wrong parameters and a full queue do not stop an ABORT
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_ABORT) == OKAY && r.error() == CSR_ERROR_NONE);
    for (unsigned t = 0; t < 20; t++) {
        CHECK(r.dut.abort_job);
        r.clock();
    }
    CHECK(r.read(CSR_STATUS) == (1u << CSR_STATUS_BUSY | 1u << CSR_STATUS_ABORTING));
    r.finish(false);
    CHECK(!r.dut.abort_job);
    r.wait(5);
    CHECK(r.starts == 1 && r.read(CSR_STATUS) == (1u << CSR_STATUS_IDLE | 1u << CSR_STATUS_ABORTED));
    CHECK(r.read(CSR_JOBS) == 0);
    // a job may be queued behind the one being aborted; one that makes it to its end is done
    r.write(CSR_RANK, 16);
    r.write(CSR_COMMAND, CSR_COMMAND_LOAD);
    r.write(CSR_COMMAND, CSR_COMMAND_ABORT);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_APPLY) == OKAY);
    CHECK(r.dut.abort_job && !r.status_bit(CSR_STATUS_ABORTED));
    r.finish();
    r.wait(3);
    CHECK(r.starts == 3 && r.dut.command == CSR_COMMAND_APPLY && !r.dut.abort_job && r.read(CSR_JOBS) == 1);
    r.finish();
    CHECK(r.read(CSR_JOBS) == 2);
}

// An ABORT on every clock around the start and the end of a job: never a start after it, never an abort left over
void abort_any_time(rig &r) {
    r.fill();
    for (unsigned delay = 0; delay < 12; delay++) {
        // the sequencer is busy with something of its own, so the job waits in the queue
        r.in.busy = 1;
        CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == OKAY);
        CHECK(r.read(CSR_STATUS) >> CSR_STATUS_QUEUED & 1);
        const unsigned before = r.starts;
        r.in.axi_awaddr = CSR_COMMAND, r.in.axi_wdata = CSR_COMMAND_ABORT, r.in.axi_wstrb = 15;
        r.in.axi_awvalid = r.in.axi_wvalid = 1;
        bool aborted = false;
        for (unsigned t = 0; t < 20; t++) {
            if (t == delay) r.in.busy = 0;
            const bool taken = r.in.axi_awvalid && r.dut.axi_awready;
            const unsigned held = r.starts;
            r.clock();
            CHECK(!aborted || r.starts == held);
            aborted |= r.dut.axi_bvalid;
            if (taken) r.in.axi_awvalid = r.in.axi_wvalid = 0;
        }
        CHECK(r.starts - before <= 1 && r.dut.abort_job == (r.starts > before));
        CHECK(delay > 4 ? r.starts == before : delay > 0 || r.starts > before);
        r.in.busy = 0;
        r.wait(2);
        CHECK(!r.dut.abort_job && r.status_bit(CSR_STATUS_IDLE));
    }
}

struct wrong {
    unsigned offset;
    uint32_t value;
    bool good;
    unsigned names; // the offset that ERROR gives
};

// With 2 x 3 clusters of 64 x 32 and 24 basis rows: 128 tokens, 96 channels, 48 basis rows. From 100 x 90, rank 16,
// E 8. For the commands that look at the register.
const wrong wrongs[] = {
    {CSR_TOKENS, 0, false, CSR_TOKENS},
    {CSR_TOKENS, 128, true, 0},
    {CSR_TOKENS, 129, false, CSR_TOKENS},
    {CSR_TOKENS, 65536 + 100, false, CSR_TOKENS},
    {CSR_TOKENS, 1, true, 0},
    {CSR_CHANNELS, 0, false, CSR_CHANNELS},
    {CSR_CHANNELS, 96, true, 0},
    {CSR_CHANNELS, 97, false, CSR_CHANNELS},
    {CSR_CHANNELS, 17, true, 0},
    {CSR_CHANNELS, 16, false, CSR_OUTLIERS},
    {CSR_RANK, 0, false, CSR_RANK},
    {CSR_RANK, 1, true, 0},
    {CSR_RANK, 40, true, 0},
    {CSR_RANK, 41, false, CSR_RANK},
    {CSR_RANK, 65535, false, CSR_RANK},
    {CSR_RANK, 65536, false, CSR_RANK},
    {CSR_RANK, 0x1FFFF, false, CSR_RANK},
    {CSR_EXPANSION, 0, false, CSR_EXPANSION},
    {CSR_EXPANSION, 1, true, 0},
    {CSR_EXPANSION, 2, true, 0},
    {CSR_EXPANSION, 3, false, CSR_EXPANSION},
    {CSR_EXPANSION, 4, true, 0},
    {CSR_EXPANSION, 5, false, CSR_EXPANSION},
    {CSR_EXPANSION, 7, false, CSR_EXPANSION},
    {CSR_EXPANSION, 9, false, CSR_EXPANSION},
    {CSR_EXPANSION, 15, false, CSR_EXPANSION},
    {CSR_WARMUP, 0, true, 0},
    {CSR_WARMUP, 8, true, 0},
    {CSR_WARMUP, 9, false, CSR_WARMUP},
    {CSR_OUTLIERS, 0, true, 0},
    {CSR_OUTLIERS, 89, true, 0},
    {CSR_OUTLIERS, 90, false, CSR_OUTLIERS},
    {CSR_TOLERANCE, 0x3F800000, true, 0},
    {CSR_TOLERANCE, 0x3F800001, false, CSR_TOLERANCE},
    {CSR_TOLERANCE, 0x00000001, true, 0},
    {CSR_TOLERANCE, 0x7F800000, false, CSR_TOLERANCE},
    {CSR_TOLERANCE, 0x7FC00000, false, CSR_TOLERANCE},
    {CSR_TOLERANCE, 0x80000000, true, 0},
    {CSR_TOLERANCE, 0x80000001, false, CSR_TOLERANCE},
    {CSR_TOLERANCE, 0xBF800000, false, CSR_TOLERANCE},
    {CSR_TOLERANCE, 0xFFC00000, false, CSR_TOLERANCE},
    {CSR_SEED, 0, true, 0},
    {CSR_SEED, 0xFFFFFFFF, true, 0},
    {CSR_EXACT_COUNT, 1, true, 0},
    {CSR_EXACT_COUNT, 8, false, CSR_EXACT_TOKEN + 4}, // all are 0: the second is not above the first
    {CSR_EXACT_COUNT, 9, false, CSR_EXACT_COUNT},
    {CSR_EXACT_TOKEN, 500, true, 0}, // none of them counts
};

bool judged(unsigned command, unsigned offset) {
    const bool matrix = offset == CSR_TOKENS || offset == CSR_CHANNELS || offset == CSR_OUTLIERS ||
                        offset == CSR_EXACT_COUNT || offset >= CSR_EXACT_TOKEN;
    return offset == CSR_EXPANSION || (command == CSR_COMMAND_LOAD) == matrix;
}

void ranges(rig &r) {
    for (const wrong &w : wrongs)
        for (unsigned command = 1; command <= 6; command++) {
            bool good = w.good || !judged(command, w.offset);
            if (command == CSR_COMMAND_APPLY && w.offset == CSR_RANK) good = w.value >= 1 && w.value <= 65535;
            r.reset();
            if (command == CSR_COMMAND_LOAD)
                r.fill();
            else
                r.load();
            const unsigned before = r.starts;
            CHECK(r.write(w.offset, w.value) == OKAY);
            const unsigned response = r.write(CSR_COMMAND, command);
            r.wait(3);
            if (response != (good ? OKAY : SLVERR) || r.starts != before + good ||
                r.error() != (good ? CSR_ERROR_NONE : CSR_ERROR_PARAMETER) ||
                r.read(CSR_ERROR) != (good ? 0 : w.names))
                fail("command %u, register %03x = %x: error %u at %03x", command, w.offset, w.value, r.error(),
                     r.read(CSR_ERROR));
            if (good) r.finish();
        }
    // queued jobs are judged too; the first of several is named; a good COMMAND clears the error
    r.reset();
    r.fill();
    r.write(CSR_COMMAND, CSR_COMMAND_LOAD);
    r.write(CSR_TOLERANCE, 0xFFFFFFFF), r.write(CSR_WARMUP, 15), r.write(CSR_OUTLIERS, 200);
    r.write(CSR_EXACT_COUNT, 9);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR && r.read(CSR_ERROR) == CSR_WARMUP);
    CHECK(!r.status_bit(CSR_STATUS_QUEUED));
    r.write(CSR_WARMUP, 1);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == SLVERR && r.read(CSR_ERROR) == CSR_TOLERANCE);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == SLVERR && r.read(CSR_ERROR) == CSR_OUTLIERS);
    r.write(CSR_OUTLIERS, 1);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == SLVERR && r.read(CSR_ERROR) == CSR_EXACT_COUNT);
    r.write(CSR_TOLERANCE, 0);
    CHECK(r.write(CSR_COMMAND, CSR_COMMAND_STORE) == OKAY && r.read(CSR_ERROR) == 0 && r.error() == CSR_ERROR_NONE);
    r.finish(), r.wait(3), r.finish();
    // exact tokens: ascending, below TOKENS, as many as count
    r.fill();
    r.write(CSR_EXACT_COUNT, 3);
    static const struct {
        unsigned token[3], names;
    } lists[] = {{{0, 1, 99}, 0}, {{0, 1, 100}, 8},   {{99, 1, 2}, 4},  {{7, 7, 8}, 4},
                 {{5, 9, 8}, 8},  {{100, 1, 2}, 0xF}, {{97, 98, 99}, 0}};
    for (const auto &list : lists) {
        for (unsigned k = 0; k < 3; k++)
            r.write(CSR_EXACT_TOKEN + 4 * k, list.token[k]);
        const unsigned names = list.names == 0 ? 0 : CSR_EXACT_TOKEN + (list.names == 0xF ? 0 : list.names);
        CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD) == (names ? SLVERR : OKAY));
        CHECK(r.read(CSR_ERROR) == names);
        r.wait(3);
        if (!names) r.finish();
    }
}

// The smaller side of the resident matrix binds the rank of DECOMPOSE alone, whatever the parameters say
void smaller_side(rig &r) {
    r.write(CSR_OUTLIERS, 3);
    for (const bool tall : {false, true})
        for (const unsigned side : {17u, 16u, 15u, 4u}) {
            r.load(tall ? 100 : side, tall ? side : 90);
            r.write(CSR_TOKENS, side > 15 ? 1 : 100), r.write(CSR_CHANNELS, side > 15 ? 1 : 90);
            CHECK(r.write(CSR_COMMAND, CSR_COMMAND_DECOMPOSE) == (side < 16 ? SLVERR : OKAY));
            CHECK(r.read(CSR_ERROR) == (side < 16 ? CSR_RANK : 0u));
            r.wait(3);
            if (side >= 16) r.finish();
            for (const unsigned command : {2u, 3u, 5u, 6u}) {
                CHECK(r.write(CSR_COMMAND, command) == OKAY);
                r.wait(3), r.finish();
            }
        }
    // on every clock around the start of a LOAD that was queued: the queue is full, or its matrix counts
    unsigned full = 0, counts = 0;
    for (int late = -8; late < 8; late++) {
        r.load();
        r.write(CSR_COMMAND, CSR_COMMAND_STORE);
        r.write(CSR_TOKENS, 10);
        r.write(CSR_COMMAND, CSR_COMMAND_LOAD);
        r.race(CSR_COMMAND_DECOMPOSE, late);
        full += r.error() == CSR_ERROR_BUSY,
            counts += r.error() == CSR_ERROR_PARAMETER && r.read(CSR_ERROR) == CSR_RANK;
        CHECK(!r.dut.queued && r.dut.tokens == 10);
        r.finish();
    }
    CHECK(full > 4 && counts > 4 && full + counts == 16);
}

void malformed_commands(rig &r) {
    r.fill();
    for (unsigned s = 0; s < 15; s++) {
        CHECK(r.write(CSR_COMMAND, CSR_COMMAND_LOAD, s) == SLVERR);
        CHECK(r.error() == CSR_ERROR_COMMAND && r.read(CSR_ERROR) == 0);
    }
    for (const uint32_t value : {0u, 8u, 12u, 0x80000001u, 0x101u}) {
        CHECK(r.write(CSR_COMMAND, value) == SLVERR && r.error() == CSR_ERROR_COMMAND);
        CHECK(r.write(CSR_COMMAND, CSR_COMMAND_ABORT) == OKAY && r.error() == CSR_ERROR_NONE);
    }
    CHECK(r.write(CSR_COMMAND + 1, CSR_COMMAND_LOAD) == SLVERR && r.error() == CSR_ERROR_COMMAND);
    r.wait(5);
    CHECK(r.starts == 0 && r.read(CSR_STATUS) == (1u << CSR_STATUS_IDLE | CSR_ERROR_COMMAND << CSR_STATUS_ERROR));
}

void sticky_flags(rig &r) {
    for (unsigned f = 0; f < 16; f++) {
        r.in.flags = static_cast<uint8_t>(f);
        r.clock();
        r.in.flags = 0;
        r.wait(5);
        CHECK(r.read(CSR_FLAGS) == f);
        for (unsigned bit = 0; bit < 4; bit++) {
            CHECK(r.write(CSR_FLAGS, 0) == OKAY && r.write(CSR_FLAGS, 15, 14) == OKAY &&
                  r.read(CSR_FLAGS) == (f & 15u << bit));
            CHECK(r.write(CSR_FLAGS, 1u << bit) == OKAY && r.read(CSR_FLAGS) == (f & 14u << bit));
        }
    }
    r.in.flags = 1 << CSR_FLAGS_FRAMING;
    r.clock();
    r.in.flags = 0;
    CHECK(r.read(CSR_FLAGS) == 8 && r.write(CSR_FLAGS, 15) == OKAY && r.read(CSR_FLAGS) == 0);
    // an event on each clock around the one that clears: before it is lost, on it and after it stays
    for (unsigned when = 0; when < 4; when++) {
        r.in.axi_awaddr = CSR_FLAGS, r.in.axi_wdata = 7, r.in.axi_wstrb = 15;
        for (unsigned t = 0; t < 5; t++) {
            r.in.axi_awvalid = r.in.axi_wvalid = t == 0;
            r.in.flags = t == when ? 1 << CSR_FLAGS_NAN : 0;
            r.clock();
        }
        CHECK(r.read(CSR_FLAGS) == (when == 0 ? 0u : 1u << CSR_FLAGS_NAN));
    }
}

void results(rig &r) {
    static const unsigned offsets[] = {CSR_STOP,       CSR_RESULT_RANK, CSR_PASSES, CSR_ROUNDS,
                                       CSR_DEFLATIONS, CSR_CERTIFICATE, CSR_BOUND};
    static const uint32_t want[] = {CSR_STOP_NOISE, 77777,      0x80000001, 0x12345678,
                                    0x9ABCDEF0,     0x3E123456, 0x3B654321};
    const auto show = [&r](unsigned stop, unsigned rank, const uint32_t *others) {
        r.in.stop = static_cast<uint8_t>(stop), r.in.result_rank = rank, r.in.passes = others[0];
        r.in.rounds = others[1], r.in.deflations = others[2], r.in.certificate = others[3], r.in.bound = others[4];
    };
    static const uint32_t none[5] = {};
    show(want[0], want[1], want + 2);
    r.in.done = 1; // without a job: nothing
    r.wait(2);
    r.in.done = 0;
    for (const unsigned offset : offsets)
        CHECK(r.read(offset) == 0);
    CHECK(r.read(CSR_JOBS) == 0 && r.read(CSR_STATUS) == 1);
    show(0, 0, none);
    r.load();
    show(want[0], want[1], want + 2);
    r.write(CSR_COMMAND, CSR_COMMAND_DECOMPOSE);
    r.wait(3);
    r.in.done = 1;
    r.clock();
    // from here on another's: the first `done` counts, and counts once
    show(0, 1, none);
    r.wait(2);
    r.in.done = 0;
    CHECK(r.read(CSR_STATUS) == (1u << CSR_STATUS_BUSY | 1u << CSR_STATUS_DONE));
    r.in.busy = 0;
    r.wait(2);
    CHECK(r.read(CSR_STATUS) == (1u << CSR_STATUS_IDLE | 1u << CSR_STATUS_DONE) && r.read(CSR_JOBS) == 2);
    for (unsigned k = 0; k < 7; k++)
        CHECK(r.read(offsets[k]) == want[k]);
    // the next job takes the bit away, not the results, until it is done itself; `done` may follow busy by a clock
    r.write(CSR_COMMAND, CSR_COMMAND_DECOMPOSE);
    r.wait(2);
    CHECK(!r.status_bit(CSR_STATUS_DONE) && r.read(CSR_PASSES) == want[2]);
    r.in.busy = 0, r.in.done = 1;
    r.clock();
    r.in.done = 0;
    CHECK(r.read(CSR_STATUS) == (1u << CSR_STATUS_IDLE | 1u << CSR_STATUS_DONE));
    CHECK(r.read(CSR_PASSES) == 0 && r.read(CSR_JOBS) == 3);
    // a sequencer that does not answer to start: aborted, never a hang
    r.responsive = false;
    r.write(CSR_COMMAND, CSR_COMMAND_DECOMPOSE);
    r.wait(3);
    CHECK(r.starts == 4 && r.read(CSR_STATUS) == (1u << CSR_STATUS_IDLE | 1u << CSR_STATUS_ABORTED));
}

void counters(rig &r) {
    r.read(CSR_COUNTER + 4); // no low word has been read
    CHECK(r.response == SLVERR);
    for (unsigned k = 0; k < COUNTERS; k++)
        r.in.counters[k] = 0x0123456700000000ull * (k + 1) + 0xFFFFFFFF - k;
    for (unsigned k = 0; k < COUNTERS; k++) {
        const uint64_t was = r.in.counters[k];
        CHECK(r.read(CSR_COUNTER + 8 * k) == static_cast<uint32_t>(was) && r.response == OKAY);
        r.in.counters[k] += 5; // carries into the high word
        for (unsigned other = 0; other < COUNTERS; other++) {
            const uint32_t high = r.read(CSR_COUNTER + 8 * other + 4);
            CHECK(other == k ? r.response == OKAY && high == was >> 32 : r.response == SLVERR && high == 0);
        }
        CHECK(r.read(CSR_COUNTER + 8 * k) == static_cast<uint32_t>(was + 5));
        CHECK(r.read(CSR_COUNTER + 8 * k + 4) == (was + 5) >> 32);
    }
    r.read(CSR_COUNTER + 8 * COUNTERS);
    CHECK(r.response == SLVERR);
    CHECK(r.read(CSR_COUNTER + 8 * (COUNTERS - 1) + 4) != 0 &&
          r.response == OKAY); // the miss left the snapshot alone
    r.in.rst = 1;
    r.clock();
    r.in.rst = 0;
    r.wait(2);
    r.read(CSR_COUNTER + 8 * (COUNTERS - 1) + 4);
    CHECK(r.response == SLVERR);
}

// Reset with everything on its way: all of it is gone
void reset(rig &r) {
    for (unsigned delay = 0; delay < 40; delay++) {
        r.fill();
        r.in.flags = 15;
        r.write(CSR_COMMAND, CSR_COMMAND_LOAD);
        if (delay % 2)
            r.write(CSR_COMMAND, delay % 4 == 1 ? CSR_COMMAND_LOAD : CSR_COMMAND_STORE), r.write(CSR_COMMAND, 0);
        if (delay % 3 == 0) r.in.done = 1;
        if (delay % 5 == 0) r.write(CSR_COMMAND, CSR_COMMAND_ABORT);
        r.in.axi_bready = r.in.axi_rready = 0, r.in.axi_awaddr = CSR_COMMAND, r.in.axi_wdata = CSR_COMMAND_DECOMPOSE;
        r.in.axi_araddr = CSR_TOKENS;
        for (unsigned t = 0; t < delay; t++) {
            r.in.axi_awvalid = t % 7 < 3, r.in.axi_wvalid = t % 5 < 2, r.in.axi_arvalid = 1;
            r.clock();
        }
        r.in.axi_awvalid = r.in.axi_wvalid = r.in.axi_arvalid = 0, r.in.busy = r.in.done = r.in.flags = 0;
        r.in.rst = 1, r.in.axi_bready = r.in.axi_rready = 1;
        r.clock();
        r.in.rst = 0;
        const unsigned before = r.starts;
        for (unsigned t = 0; t < 10; t++) {
            r.clock();
            CHECK(!r.dut.axi_bvalid && !r.dut.axi_rvalid && r.dut.axi_awready && r.dut.axi_wready &&
                  r.dut.axi_arready);
        }
        CHECK(r.starts == before && !r.dut.abort_job && r.read(CSR_STATUS) == 1 && r.read(CSR_FLAGS) == 0);
        CHECK(r.read(CSR_TOKENS) == 0 && r.read(CSR_RANK) == 32 && r.read(CSR_JOBS) == 0 && r.read(CSR_ERROR) == 0);
    }
}

struct directed {
    const char *name;
    void (*body)(rig &);
};
const directed cases[] = {
    {"identity, geometry and reset values", identity},
    {"every word of the address space answers as mapped", mapped},
    {"address and data in any order and distance", orders},
    {"answers are held, reads and writes are independent", back_pressure},
    {"strobes", strobes},
    {"a value wider than its register is refused", too_wide},
    {"a command starts a job with the parameters", start},
    {"parameters belong to the next job", double_buffer},
    {"nothing works without a LOAD", order},
    {"a LOAD that fails", failed_load},
    {"a command around the end of a LOAD that fails", failed_load_any_time},
    {"a third command is refused", third_command},
    {"abort", abort_running},
    {"abort on any clock", abort_any_time},
    {"ranges of the parameters", ranges},
    {"the smaller side of the resident matrix", smaller_side},
    {"malformed commands", malformed_commands},
    {"sticky flags", sticky_flags},
    {"results", results},
    {"counters and their snapshot", counters},
    {"reset in the middle", reset},
};

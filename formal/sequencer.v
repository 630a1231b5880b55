// sequencer.v - proof that rtl/sequencer.v never hangs: from the start of a job to its end a measure falls with every clock on which
// the unit that it waits for has answered, so that it is idle again after finitely many; and an ABORT ends a job within 16 such
// clocks, from any state.
//
// The measure, compared as numbers are, the first that differs deciding:
//   rows      basis rows that are wanted and not there                 falls in STORE
//   warm      warm-up passes to come                                   falls in MULTIPLIED
//   open      the block is not yet taken (1) or is (0)                 falls in DECIDE
//   barren    columns that may still come to nothing                   falls in DECIDE, of a block without a column
//   chance    the columns of this block are all old ones               falls in NEXT, after such a block
//   inner     rounds of orthonormalisation to come, and the choice     falls in JUDGED
//   chunk     chunks of the start block to come                        falls where a pass ends
//   left      vectors to come, of APPLY                                falls in APPLIED
//   phase     of the states in the order in which they follow
//   count     words to move
//
// Waits, each for an answer that comes (docs/formal.md says why): loader, selector, store, array and edges, scalar unit.
// Assumes parameters as csr.v lets them pass, which stand while the job runs, as `abort_job` does once it is up; of the scalar unit,
// that it keeps no more columns than the block has, and is ready but for a program that it was given; of the selector the same.
// SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter ROWS = 2,
    parameter COLUMNS = 2,
    parameter BANKS = 2,
    parameter TILE_TOKENS = 64,
    parameter ROW_BITS = 7,
    parameter BASIS_BITS = 6                 // 2 x 24 rows
) (
    input clk,
    input rst,
    input start_valid,
    input [2:0] job_command,
    input [16:0] job_tokens,
    input [16:0] job_channels,
    input [16:0] job_rank,
    input [3:0] job_lanes,
    input [3:0] job_warmup,
    input [31:0] job_seed,
    input abort_job,
    input queued_load,
    input [16:0] queued_tokens,
    input loader_ready,
    input loader_loaded,
    input loader_failed,
    input loader_block,
    input [16:0] loader_chunks,
    input selector_idle,
    input store_ready,
    input array_active,
    input column_idle,
    input [1:0] column_flags,
    input row_idle,
    input [1:0] row_flags,
    input program_ready,
    input [7:0] good,
    input any_far,
    input [3:0] kept,
    input reached,
    input noise,
    input possible,
    input residual_within,
    input limited,
    input empty,
    input overflow
);
  wire busy, done, pass_valid, row_valid, program_valid, selector_start, store_start, loader_start, loader_ahead, loader_next;
  sequencer #(
      .ROWS(ROWS), .COLUMNS(COLUMNS), .BANKS(BANKS), .TILE_TOKENS(TILE_TOKENS), .ROW_BITS(ROW_BITS), .BASIS_BITS(BASIS_BITS)
  ) dut (
      .clk(clk), .rst(rst), .start_valid(start_valid), .job_command(job_command), .job_tokens(job_tokens),
      .job_channels(job_channels), .job_rank(job_rank), .job_lanes(job_lanes), .job_warmup(job_warmup), .job_seed(job_seed),
      .abort_job(abort_job), .queued_load(queued_load), .queued_tokens(queued_tokens), .busy(busy), .done(done),
      .loader_start(loader_start), .loader_ahead(loader_ahead), .loader_next(loader_next), .loader_ready(loader_ready),
      .loader_loaded(loader_loaded), .loader_failed(loader_failed), .loader_framing(1'b0), .loader_block(loader_block),
      .loader_chunks(loader_chunks), .selector_start(selector_start), .selector_idle(selector_idle),
      .store_start(store_start), .store_ready(store_ready), .pass_valid(pass_valid), .array_active(array_active),
      .column_idle(column_idle), .column_flags(column_flags), .row_idle(row_idle), .row_valid(row_valid),
      .row_flags(row_flags), .word_h(256'd0), .peak(256'd0), .program_valid(program_valid),
      .program_ready(program_ready), .register_read(256'd0), .good(good), .any_far(any_far), .kept(kept),
      .reached(reached), .noise(noise), .possible(possible), .residual_within(residual_within), .limited(limited),
      .empty(empty), .overflow(overflow)
  );
  localparam [5:0] IDLE = 0, LOAD_BEGIN = 1, LOADING = 2, SELECT = 3, TOTAL = 4, TOTALLED = 5, LOADED = 6, BEGIN = 7, FIRST = 8,
      START = 9, NEXT = 10, MEASURE = 11, PASS = 12, WAIT = 13, GRAM = 14, MEASURED = 15, WALK = 16, RUN = 17, RUNNING = 18,
      SETTLE_SUM = 19, SETTLED = 20, FLOORS = 21, JUDGE = 22, JUDGED = 23, PUT = 24, COMBINE = 25, COMBINED = 26, DONE = 27,
      DECIDE = 28, MULTIPLIED = 29, SQUARED = 30, NORM_PUT = 31, BOUND_SUM = 32, BOUNDED = 33, STORE = 34, ENDED = 35,
      FINISH = 36, ABORTED = 37, APPLY_BEGIN = 38, APPLY_WAIT = 39, APPLIED = 40, ONE_PASS = 41, SENT = 42;
  localparam [2:0] C_LOAD = 1, C_DECOMPOSE = 4, C_APPLY = 5;
  (* hierconn *) wire [5:0] \dut.state_q , \dut.then_q ;
  (* hierconn *) wire [BASIS_BITS-1:0] \dut.rows_q ;
  (* hierconn *) wire [15:0] \dut.passes_q ;
  (* hierconn *) wire [3:0] \dut.width_q , \dut.fresh_q , \dut.barren_q , \dut.kept_q , \dut.count_q , \dut.round_q ;
  (* hierconn *) wire [16:0] \dut.chunk_q , \dut.left_q ;
  (* hierconn *) wire \dut.picking_q , \dut.stored_q , \dut.copy_q , \dut.chunk_only_q , \dut.tokens_q , \dut.walking_q , \dut.fill_q ;
  wire [5:0] state = \dut.state_q , then = \dut.then_q ;
  wire [3:0] width = \dut.width_q , fresh = \dut.fresh_q , barren_q = \dut.barren_q , kept_q = \dut.kept_q ;
  wire [3:0] count_q = \dut.count_q , round = \dut.round_q ;
  wire [16:0] chunk_q = \dut.chunk_q , left_q = \dut.left_q ;
  wire picking = \dut.picking_q , stored = \dut.stored_q ;
  wire all_idle = !array_active && column_idle && row_idle;

  // ---- is it waiting, and nothing comes
  wire [16:0] chunks = ((job_tokens + 17'd7 >> 3) + ROWS - 1) / ROWS;
  wire final_chunk = chunk_q + 17'd1 == chunks;
  reg waits;
  always @*
    case (state)
      LOAD_BEGIN, APPLY_BEGIN: waits = !abort_job && !loader_ready;
      LOADING: waits = !abort_job && !loader_failed && (final_chunk ? !loader_loaded || !store_ready : loader_chunks <= chunk_q);
      APPLY_WAIT: waits = !abort_job && !loader_failed && !loader_block;
      LOADED, STORE, APPLIED, SENT: waits = !abort_job && !store_ready;
      PASS: waits = !abort_job && (!all_idle || \dut.copy_q && !store_ready);
      SELECT: waits = !selector_idle;
      WALK, WAIT: waits = !all_idle;
      RUNNING: waits = !program_ready;
      default: waits = 0;
    endcase

  // ---- the measure; an activity belongs to the state that follows it
  wire active = state == PASS || state == WAIT || state == WALK || state == RUN || state == RUNNING;
  wire [5:0] goal = active ? then : state;
  reg [4:0] place;
  reg open, around;                          // around: in the rounds of orthonormalisation
  always @* begin
    {place, open, around} = 0;
    case (goal)
      LOAD_BEGIN, APPLY_BEGIN, ONE_PASS: place = 30;
      LOADING, APPLY_WAIT: place = 29;
      SELECT: place = 28;
      TOTAL: place = 27;
      TOTALLED: place = 26;
      LOADED, APPLIED, SENT: place = 25;
      BEGIN: {place, open} = {5'd30, 1'b1};
      FIRST: {place, open} = {5'd29, 1'b1};
      START: {place, open} = {5'd28, 1'b1};
      DECIDE: {place, open} = {stored ? 5'd27 : 5'd13, 1'b1};
      NEXT: {place, open} = {5'd26, 1'b1};
      PUT: {place, open, around} = {5'd25, 2'd3};
      COMBINE: {place, open, around} = {5'd24, 2'd3};
      COMBINED: {place, open, around} = {5'd23, 2'd3};
      MEASURE: {place, open, around} = {5'd22, 2'd3};
      GRAM: {place, open, around} = {5'd21, 2'd3};
      MEASURED: {place, open, around} = {5'd20, 2'd3};
      SETTLE_SUM: {place, open, around} = {5'd19, 2'd3};
      SETTLED: {place, open, around} = {5'd18, 2'd3};
      FLOORS: {place, open, around} = {5'd17, 2'd3};
      JUDGE: {place, open, around} = {5'd16, 2'd3};
      JUDGED: {place, open, around} = {5'd15, 2'd3};
      DONE: {place, open} = {5'd14, 1'b1};
      MULTIPLIED: place = 12;
      SQUARED: place = 11;
      NORM_PUT: place = 10;
      BOUND_SUM: place = 9;
      BOUNDED: place = 8;
      STORE: place = 7;
      ENDED: place = 3;
      FINISH: place = 1;
      default: place = 0;
    endcase
  end
  wire again = state == LOADING || state == START; // what it returns to once a pass has ended
  wire [2:0] step = again ? 7 : state == PASS || state == WALK || state == RUN ? 3 : active ? 2 : 0;
  wire before_rounds = goal == BEGIN || goal == FIRST || goal == START || goal == NEXT || goal == DECIDE && stored;
  wire [BASIS_BITS-1:0] rows = job_rank[BASIS_BITS-1:0] - \dut.rows_q ;
  wire [3:0] warm = \dut.passes_q < job_warmup ? job_warmup - \dut.passes_q [3:0] : 0;
  wire [2:0] barren = open ? 4 - barren_q : 0;
  wire chance = open && (goal == NEXT ? width != 0 : before_rounds || fresh == 0);
  wire [3:0] inner = before_rounds ? 10 : around && !picking ? 9 - round : 0;
  wire [16:0] chunk = chunks - chunk_q;
  wire [16:0] left = goal == APPLY_BEGIN || goal == APPLY_WAIT || goal == APPLIED ? left_q : 0;
  wire [3:0] count = state == GRAM ? 9 - count_q : state == PUT ? job_lanes - count_q : state == NORM_PUT ? kept_q - 1 - count_q : 0;
  wire [BASIS_BITS+58:0] measure = {rows, warm, open, barren, chance, inner, chunk, left, place, step, count};

  // ---- what a command comes through
  reg belongs;
  always @*
    case (goal)
      LOAD_BEGIN, LOADING, SELECT, TOTAL, TOTALLED, LOADED: belongs = job_command == C_LOAD;
      APPLY_BEGIN, APPLY_WAIT, APPLIED: belongs = job_command == C_APPLY;
      ONE_PASS, SENT: belongs = job_command != C_LOAD && job_command != C_APPLY && job_command != C_DECOMPOSE;
      FINISH, ABORTED: belongs = 1;
      default: belongs = job_command == C_DECOMPOSE;
    endcase

  // ---- clocks that an ABORT needs at most, nothing waited for
  reg [4:0] to_end;
  always @*
    case (state)
      IDLE: to_end = 0;
      FINISH, ABORTED: to_end = 1;
      RUN, WALK, SELECT, START, MEASURE, NEXT, COMBINE, ONE_PASS: to_end = 3;
      TOTAL, TOTALLED, BEGIN, SETTLE_SUM, SETTLED, FLOORS, JUDGE, SQUARED, BOUND_SUM, BOUNDED, ENDED: to_end = 4;
      FIRST, DONE, DECIDE, MULTIPLIED: to_end = 5;
      MEASURED, JUDGED, COMBINED: to_end = 6;
      GRAM, PUT, NORM_PUT: to_end = count + 7;
      default: to_end = 2;
    endcase

  // ---- what was on the clock before
  reg begun = 1'b0;
  reg was_busy, waited, aborting;
  reg [BASIS_BITS+58:0] measure_before;
  reg [4:0] to_end_before;
  reg [80:0] job_before;
  wire [80:0] job = {job_command, job_tokens, job_rank, job_lanes, job_warmup};
  reg in_program, selecting;
  always @(posedge clk) begin
    begun <= 1'b1;
    was_busy <= !rst && (busy || start_valid);
    aborting <= !rst && busy && abort_job;
    waited <= waits;
    measure_before <= measure;
    to_end_before <= to_end;
    job_before <= job;
    in_program <= !rst && (program_valid || in_program && !(state == RUNNING && program_ready));
    selecting <= !rst && (selector_start || selecting && !selector_idle);
  end

  always @* begin
    assume (begun || rst);
    if (start_valid) assume (!busy);
    if (start_valid || busy) begin
      assume (job_command >= 1 && job_command <= 6);
      assume (job_tokens != 0 && job_tokens <= ROWS * TILE_TOKENS);
      assume (job_command == C_LOAD || job_rank != 0);
      assume (job_lanes == 1 || job_lanes == 2 || job_lanes == 4 || job_lanes == 8);
      assume (job_command != C_DECOMPOSE || job_rank + job_lanes <= ROWS * 24 && job_warmup <= 8);
    end
    if (was_busy) assume (job == job_before);
    if (aborting && busy) assume (abort_job);
    if (state == PUT) assume (kept <= width); // where it is read
    assume (in_program || program_ready);
    assume (selecting || selector_idle);
    if (begun) begin
      // it always gets nearer to its end, unless it waits; and it waits only where something has not answered
      if (was_busy && busy && measure_before[BASIS_BITS+58:0] != measure) assert (started || measure < measure_before);
      if (was_busy && busy && measure_before == measure) assert (started || waited);
      // an abort: one of 16 clocks is gone with every one on which nothing was waited for
      assert (!busy || to_end <= 16);
      if (aborting && !waited) assert (to_end < to_end_before);
      if (aborting && waited) assert (to_end <= to_end_before);
      // units are told to work only where they take it
      assert (!pass_valid || all_idle);
      assert (!row_valid || all_idle);
      assert (!program_valid || program_ready);
      assert (!selector_start || selector_idle);
      assert (!store_start || store_ready);
      assert (in_program == (state == RUNNING));
      assert (!selecting || state == SELECT);
      // done is told by the last state alone
      assert (done == (state == FINISH) && (state <= SENT));
      // what the registers mean
      if (active) begin
        if (state == RUN || state == RUNNING)
          assert (then == TOTALLED || then == LOADED || then == FIRST || then == SETTLED || then == FLOORS || then == JUDGE ||
              then == JUDGED || then == PUT || then == DECIDE || then == SQUARED || then == NORM_PUT || then == BOUNDED ||
              then == STORE || then == FINISH);
        else if (state == WALK || state == WAIT && \dut.walking_q )
          assert (then == SETTLE_SUM || then == COMBINE || then == BOUND_SUM);
        else if (state == PASS || state == WAIT)
          assert (then == LOADING || then == TOTAL || then == START || then == MEASURE || then == GRAM || then == COMBINED ||
              then == MULTIPLIED || then == APPLIED || then == SENT);
      end
      if (busy) begin
        assert (belongs);
        assert (goal != LOADING && goal != LOAD_BEGIN && goal != SELECT || chunk_q < chunks);
        assert (!\dut.chunk_only_q || job_command == C_LOAD || job_command == C_DECOMPOSE);
        if (goal == BEGIN || goal == FIRST) assert (chunk_q == 0 && !stored);
        assert (goal != START || chunk_q < chunks);
        assert (chunk_q <= chunks);
        if (active && (then == START || then == LOADING)) assert (\dut.chunk_only_q && \dut.tokens_q && chunk_q + 17'd1 < chunks);
        if (job_command == C_DECOMPOSE && goal != FINISH && goal != ABORTED && goal != ENDED) begin
          assert (width <= job_lanes && barren_q < 4 && \dut.rows_q <= job_rank[BASIS_BITS-1:0]);
          assert (goal == DECIDE && stored || \dut.rows_q < job_rank[BASIS_BITS-1:0]);
          assert (goal == BEGIN || goal == FIRST || fresh <= job_lanes && round <= 8);
          assert (!((goal == NEXT || goal == DECIDE) && stored) || width != 0);
          assert (\dut.passes_q <= job_warmup + \dut.rows_q + (!open && goal != MULTIPLIED));
          assert (open || goal == MULTIPLIED || width == kept_q && kept_q != 0 && kept_q <= 8 && kept_q <= rows && \dut.passes_q > job_warmup);
          assert (goal != MULTIPLIED || width != 0);
        end
        assert (!\dut.fill_q || (state == PASS || state == WAIT) && then == MEASURE || state == ABORTED);
        if (state == GRAM) assert (count_q <= 9);
        if (state == PUT) assert (count_q <= job_lanes);
        if (state == NORM_PUT) assert (count_q < kept_q);
        if (goal == JUDGED || goal == JUDGE || goal == FLOORS || goal == SETTLED || goal == SETTLE_SUM) assert (!picking);
        if (goal == PUT) assert (count_q == 0 || state == PUT);
        if (goal == NORM_PUT) assert (count_q == 0 || state == NORM_PUT);
        if (goal == GRAM) assert (count_q == 0 || state == GRAM);
        if ((state == PASS || state == WAIT) && !\dut.walking_q && \dut.chunk_only_q && \dut.tokens_q )
          assert (chunk_q < chunks);
      end
    end
  end
  reg started;                               // the clock before was the start's
  always @(posedge clk) started <= start_valid && !busy;
endmodule

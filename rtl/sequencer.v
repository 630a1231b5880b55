// sequencer.v - runs a job on the loader, the array, its edges and the scalar unit, with no host in the loop: LOAD and its
// start block, block Lanczos with measured orthogonality as lanczos.c has it, APPLY, single passes.
// Twin: cmodel/sequencer.c
// SPDX-License-Identifier: Apache-2.0
//
// One activity at a time: a pass (commands to the array and both kinds of edge on one clock, then until all are idle), a
// walk of the row edges, a program of the scalar unit, or the moving of words between them. `then_q` is where a pass, walk
// or program returns to. Beside it, a LOAD that is queued streams into tile rows that the present matrix leaves free.
// An abort is obeyed where an activity ends or has not begun.
module sequencer #(
    parameter ROWS = 1,                      // cluster rows
    parameter COLUMNS = 1,                   // cluster columns
    parameter BANKS = 1,
    parameter TILE_TOKENS = 8,
    parameter ROW_BITS = 5,                  // of the array's local rows
    parameter CHANNEL_BITS = 4,
    parameter BASIS_BITS = 4,                // of basis rows in the whole array
    parameter REPEAT_BITS = 8
) (
    input clk,
    input rst,
    // job; the parameters stand until `busy` is low again
    input start_valid,
    input [2:0] job_command,                 // as csr.map
    input [16:0] job_tokens,
    input [16:0] job_channels,
    input [16:0] job_rank,
    input [3:0] job_lanes,                   // 1, 2, 4, 8
    input [3:0] job_warmup,
    input [31:0] job_seed,
    input abort_job,
    input queued_load,                       // a LOAD is queued
    input [16:0] queued_tokens,
    // result
    output busy,
    output done,
    output [2:0] stop,                       // dcom_stop
    output [3:0] flags,                      // events: {framing, uncertified, nan, overflow}
    output [BASIS_BITS-1:0] rank,
    output [15:0] passes,
    output [15:0] rounds,
    output [15:0] deflations,
    // loader
    output loader_start,
    output loader_ahead,                     // of the job that is queued
    output loader_vectors,
    output [ROW_BITS-1:0] loader_base,
    output [16:0] loader_blocks,
    output loader_next,
    output loader_abort,
    input loader_ready,
    input loader_loaded,
    input loader_failed,
    input loader_framing,
    input loader_block,
    input [16:0] loader_chunks,
    // selector
    output selector_start,
    input selector_idle,
    // store
    output store_start,
    output [2:0] store_packets,              // {P, V, outliers}
    output store_z,
    output [3:0] store_columns,
    input store_ready,
    // array
    output pass_valid,                       // to the array, and to the edges below
    input array_active,
    output pass_transpose,
    output [3:0] pass_lanes,
    output [ROW_BITS-1:0] pass_row,
    output [ROW_BITS-1:0] pass_rows,
    output [CHANNEL_BITS-3:0] pass_groups,
    // column edges: FEED in a forward pass, TAKE and a following WRITE in a transpose pass
    input column_idle,
    output [1:0] column_mode,                // w = result, w - result, w + result
    output column_write,                     // rows of the candidate, at basis row `rank`
    output column_copy,                      // V into the out memory
    output [REPEAT_BITS-1:0] column_repeats,
    output [3:0] column_lanes,               // of the candidate
    input [1:0] column_flags,
    output clear,                            // flags of all edges
    // row edges
    input row_idle,
    output row_valid,
    output [2:0] row_kind,
    output [ROW_BITS-1:0] row_row,           // local token or local basis row
    output [REPEAT_BITS-1:0] row_repeats,
    output [BASIS_BITS-1:0] row_first,
    output [BASIS_BITS-1:0] row_last,
    output [BASIS_BITS-1:0] row_limit,
    output [3:0] row_width,
    output [31:0] row_key,
    input [1:0] row_flags,
    // a word of one row edge
    output [3:0] word_edge,
    output word_read,
    output word_write,
    output word_norm,
    output [ROW_BITS-1:0] word_row,          // local basis row
    output [255:0] word_data,
    input [255:0] word_h,                    // of word_edge, of the read on the clock before
    input [255:0] peak,                      // over all row edges
    // scalar unit
    output program_valid,
    input program_ready,
    output [3:0] program_number,
    output sum_columns,                      // SUM is over the column edges
    output register_write,
    output [4:0] register_row,               // written, or shown in register_read on this clock
    output register_packed,
    output [255:0] register_data,
    input [255:0] register_read,
    input [7:0] good,
    input any_far,
    input [3:0] kept,                        // by the last inverse or choice
    input reached,
    input noise,
    input possible,
    input residual_within,
    input limited,
    input empty,
    input overflow,
    output [3:0] width,                      // columns of the block
    output [3:0] activity                    // of this clock, for the counters: see `activity` below
);
  localparam IDLE = 6'd0, LOAD_BEGIN = 6'd1, LOADING = 6'd2, SELECT = 6'd3, TOTAL = 6'd4, TOTALLED = 6'd5, LOADED = 6'd6,
      BEGIN = 6'd7, FIRST = 6'd8, START = 6'd9, NEXT = 6'd10, MEASURE = 6'd11, PASS = 6'd12, WAIT = 6'd13, GRAM = 6'd14,
      MEASURED = 6'd15, WALK = 6'd16, RUN = 6'd17, RUNNING = 6'd18, SETTLE_SUM = 6'd19, SETTLED = 6'd20, FLOORS = 6'd21,
      JUDGE = 6'd22, JUDGED = 6'd23, PUT = 6'd24, COMBINE = 6'd25, COMBINED = 6'd26, DONE = 6'd27, DECIDE = 6'd28,
      MULTIPLIED = 6'd29, SQUARED = 6'd30, NORM_PUT = 6'd31, BOUND_SUM = 6'd32, BOUNDED = 6'd33, STORE = 6'd34, ENDED = 6'd35,
      FINISH = 6'd36, ABORTED = 6'd37, APPLY_BEGIN = 6'd38, APPLY_WAIT = 6'd39, APPLIED = 6'd40, ONE_PASS = 6'd41,
      SENT = 6'd42;
  localparam P_JUDGE = 4'd0, P_INVERT = 4'd1, P_PICK_GOOD = 4'd2, P_SUM = 4'd3, P_FLOORS_START = 4'd4, P_FLOORS_LATER = 4'd5,
      P_NORMS = 4'd6, P_APPEND = 4'd7, P_SETTLE = 4'd8, P_VERDICT = 4'd9, P_TOTALS = 4'd10, P_START = 4'd11, P_RESULT = 4'd12;
  localparam R_G = 5'd0, R_X = 5'd8, R_PEAK = 5'd16, R_FLOOR = 5'd17, R_NORM = 5'd22;
  localparam TAKE_BASIS = 3'd0, TAKE_TOKENS = 3'd1, K_CERTIFY = 3'd2, K_SETTLE = 3'd3, FEED_BASIS = 3'd4, FEED_TOKENS = 3'd5,
      K_TURN = 3'd6;
  localparam C_LOAD = 3'd1, C_FORWARD = 3'd2, C_TRANSPOSE = 3'd3, C_DECOMPOSE = 3'd4, C_APPLY = 3'd5;
  localparam STOP_RANK = 3'd0, STOP_TOLERANCE = 3'd1, STOP_DEFLATED = 3'd2, STOP_NOISE = 3'd3, STOP_OVERFLOW = 3'd4;
  localparam REPLACE = 2'd0, SUBTRACT = 2'd1, ADD = 2'd2;
  localparam ROUNDS = 4'd8, BARREN = 4'd4;

  reg [5:0] state_q, then_q;
  reg [2:0] stop_q;
  reg [3:0] round_q;
  reg [1:0] flags_q;
  reg [BASIS_BITS-1:0] rows_q;               // basis rows in use
  reg [15:0] passes_q, rounds_q, deflations_q;
  reg [3:0] width_q, fresh_q, barren_q;
  reg [3:0] kept_q;                          // columns of the block in the out memories
  reg [31:0] key_q;
  reg pending_q;                             // the correction of the last block is not yet known
  reg picking_q;                             // giving up: the combination is a choice of columns
  reg stored_q;                              // the verdict is that after a block
  // the tiles
  reg [ROW_BITS-1:0] base_q, next_base_q;    // local row of token 0: of the present matrix, and of the one ahead
  reg ahead_q;                               // the queued LOAD streams in, or has
  reg [ROW_BITS-1:0] local_q;                // local tokens of the present matrix
  // the start block that LOAD made
  reg start_q;
  reg [3:0] start_lanes_q;
  reg [31:0] start_seed_q;
  reg [1:0] start_flags_q;
  // a pass or walk
  reg transpose_q, write_q, copy_q, fill_q;  // fill: idle lanes are filled with random signs
  reg [1:0] mode_q;
  reg [2:0] kind_q;
  reg [3:0] lanes_q;
  reg tokens_q, chunk_only_q;                // over tokens (of chunk_q alone), else over basis rows [first, last)
  reg [16:0] chunk_q, left_q;                // chunk of 8 local tokens; vectors that APPLY has not sent
  reg [BASIS_BITS-1:0] first_q, last_q;
  // a program, and the moving of words
  reg [3:0] program_q, count_q;
  reg columns_q;

  // addresses are computed in 32 bits
  // verilator lint_off UNUSEDSIGNAL

  // ---- the shape of the job, and of the one queued
  wire [31:0] job_blocks = ({15'd0, job_tokens} + 32'd7) >> 3, queued_blocks = ({15'd0, queued_tokens} + 32'd7) >> 3;
  wire [31:0] job_chunks = (job_blocks + ROWS - 1) / ROWS, queued_chunks = (queued_blocks + ROWS - 1) / ROWS;
  wire [31:0] channel_blocks = ({15'd0, job_channels} + 32'd7) >> 3;
  wire [31:0] groups = (channel_blocks + COLUMNS - 1) / COLUMNS;
  wire [31:0] base_32 = {{32 - ROW_BITS{1'b0}}, base_q}, chunk_32 = {15'd0, chunk_q};
  wire [31:0] local_32 = {{32 - ROW_BITS{1'b0}}, local_q};
  wire last_chunk = chunk_32 + 32'd1 == job_chunks;

  // ---- where basis rows live: row k is local row k / 8 / ROWS * 8 + k mod 8 of edge k / 8 mod ROWS
  wire [31:0] first_32 = {{32 - BASIS_BITS{1'b0}}, first_q}, last_32 = {{32 - BASIS_BITS{1'b0}}, last_q};
  wire [31:0] low = (first_32 >> 3) / ROWS, high = ((last_32 - 32'd1) >> 3) / ROWS;
  wire [31:0] word_basis = {{32 - BASIS_BITS{1'b0}}, rows_q} + {28'd0, count_q};
  wire [31:0] word_block = word_basis >> 3;
  wire [31:0] word_local = word_block / ROWS << 3 | word_basis & 32'd7;
  wire [31:0] read_block = word_basis - 32'd1 >> 3;
  wire [31:0] word_home = (state_q == GRAM ? read_block : word_block) % ROWS;

  // ---- a pass
  wire [31:0] pass_row_32 = !tokens_q ? low << 3 : chunk_only_q ? chunk_32 << 3 : 32'd0;
  wire [31:0] pass_rows_32 = !tokens_q ? (high - low + 32'd1) << 3 : chunk_only_q ? 32'd8 : job_chunks << 3;
  wire [31:0] array_row = pass_row_32 + (tokens_q ? base_32 : TILE_TOKENS);
  wire [31:0] blocks = pass_rows_32 >> 3;
  wire [31:0] column_turns = (blocks + BANKS - 1) / BANKS, row_turns = (groups + BANKS - 1) / BANKS;
  wire all_idle = !array_active && column_idle && row_idle;
  // what goes into the out memories waits until they have been sent
  wire may_pass = all_idle && (store_ready || !copy_q);
  assign pass_valid = state_q == PASS && may_pass && !abort_job;
  assign pass_transpose = transpose_q;
  assign pass_lanes = lanes_q;
  assign pass_row = array_row[ROW_BITS-1:0];
  assign pass_rows = pass_rows_32[ROW_BITS-1:0];
  assign pass_groups = groups[CHANNEL_BITS-3:0];
  assign column_mode = mode_q;
  assign column_write = write_q;
  assign column_copy = copy_q;
  assign column_repeats = column_turns[REPEAT_BITS-1:0];
  assign column_lanes = job_lanes;
  assign row_valid = pass_valid || state_q == WALK && all_idle;
  assign row_kind = kind_q;
  assign row_row = pass_row_32[ROW_BITS-1:0];
  assign row_repeats = row_turns[REPEAT_BITS-1:0];
  assign row_first = first_q;
  assign row_last = last_q;
  assign row_limit = rows_q;
  assign row_width = width_q;
  assign row_key = key_q;

  // ---- loader: of the job in LOAD_BEGIN and APPLY_BEGIN, else of the queued LOAD where its rows fit
  wire below = base_32 >= queued_chunks << 3;
  wire above = base_32 + local_32 + (queued_chunks << 3) <= TILE_TOKENS;
  wire begin_load = state_q == LOAD_BEGIN || state_q == APPLY_BEGIN;
  wire loads = job_command == C_LOAD || job_command == C_APPLY;
  wire go_ahead = queued_load && !ahead_q && loader_ready && busy && !loads && (below || above);
  assign loader_ahead = !begin_load;
  assign loader_start = begin_load || go_ahead;
  assign loader_vectors = state_q == APPLY_BEGIN;
  wire [31:0] above_base = base_32 + local_32;
  assign loader_base = begin_load || below ? {ROW_BITS{1'b0}} : above_base[ROW_BITS-1:0];
  wire [31:0] vectors = {15'd0, job_rank} + 32'd7 >> 3;
  assign loader_blocks = vectors[16:0];
  assign loader_next = state_q == APPLIED && store_ready;
  wire dropped = ahead_q && !queued_load && !start_valid;
  assign loader_abort = state_q == ABORTED && (job_command == C_LOAD || job_command == C_APPLY) || dropped;
  // verilator lint_on UNUSEDSIGNAL

  // outliers are chosen when the bits of those before have been sent
  wire complete = state_q == LOADING && last_chunk && loader_loaded;
  wire may_select = complete && store_ready;
  assign selector_start = may_select && !abort_job && !loader_failed;
  assign store_start = store_ready && (state_q == STORE || state_q == LOADED || state_q == APPLIED || state_q == SENT);
  assign store_packets = state_q == LOADED ? 3'b001 : state_q == STORE ? 3'b110 : state_q == APPLIED ? 3'b010 :
      job_command == C_FORWARD ? 3'b100 : job_command == C_TRANSPOSE ? 3'b010 : 3'b111;
  assign store_z = state_q == APPLIED || state_q == SENT && job_command == C_TRANSPOSE;
  assign store_columns = state_q != APPLIED ? kept_q : left_q[16:3] != 14'd0 ? 4'd8 : left_q[3:0];

  // ---- the scalar unit and words
  wire gram_write = state_q == GRAM && count_q != 4'd0;
  wire last_word = count_q == job_lanes;
  assign register_row = state_q == GRAM ? (count_q == 4'd9 ? R_PEAK : R_G + {1'b0, count_q} - 5'd1) :
      state_q == NORM_PUT ? R_NORM : last_word ? R_FLOOR : R_X + {1'b0, count_q};
  assign register_packed = state_q == PUT;
  assign register_write = gram_write || state_q == PUT && last_word;
  assign register_data = state_q == PUT ? register_read : count_q == 4'd9 ? peak : count_q > job_lanes ? 256'd0 : word_h;
  assign program_valid = state_q == RUN;
  assign program_number = program_q;
  assign sum_columns = columns_q;
  assign word_edge = word_home[3:0];
  assign word_row = word_local[ROW_BITS-1:0];
  assign word_read = state_q == GRAM && count_q < job_lanes;
  assign word_write = state_q == PUT && !last_word || state_q == NORM_PUT;
  assign word_norm = state_q == NORM_PUT;
  assign word_data = state_q == NORM_PUT ? {224'd0, register_read[32*{29'd0, count_q[2:0]}+:32]} : register_read;

  // ---- results
  wire decomposes = job_command == C_DECOMPOSE;
  wire uncertified = decomposes && limited && stop_q != STOP_TOLERANCE && (stop_q != STOP_RANK || !possible || residual_within);
  wire [1:0] all_flags = flags_q | column_flags | row_flags;
  wire broken = all_flags != 2'd0;
  assign busy = state_q != IDLE;
  assign done = state_q == FINISH;
  assign stop = stop_q;
  assign flags = {loader_framing, done && uncertified, done ? all_flags : 2'd0};
  assign rank = rows_q;
  assign passes = passes_q;
  assign rounds = rounds_q;
  assign deflations = deflations_q;
  assign width = width_q;
  assign clear = state_q == IDLE || state_q == SELECT || state_q == LOADED || state_q == START && last_chunk;

  // ---- what the clock goes to: 0 idle, 1 stream in, 2 selection, 3 pass over tokens, 4 pass over basis rows, 5 walk,
  // 6 program, 7 moving words and deciding, 8 waiting for the stream out
  wire waits_for_store = (state_q == PASS && all_idle && copy_q || complete || state_q == STORE || state_q == LOADED ||
      state_q == APPLIED || state_q == SENT) && !store_ready;
  reg walking_q;
  assign activity = waits_for_store ? 4'd8 :
      state_q == IDLE ? 4'd0 :
      state_q == LOAD_BEGIN || state_q == LOADING || state_q == APPLY_BEGIN || state_q == APPLY_WAIT ? 4'd1 :
      state_q == SELECT ? 4'd2 :
      state_q == WALK || state_q == WAIT && walking_q ? 4'd5 :
      state_q == PASS || state_q == WAIT ? (tokens_q ? 4'd3 : 4'd4) :
      state_q == RUN || state_q == RUNNING ? 4'd6 : 4'd7;

  wire [7:0] in_use = (8'd1 << width_q) - 8'd1;
  wire [BASIS_BITS-1:0] lanes_wide = {{BASIS_BITS - 4{1'b0}}, job_lanes}, room = job_rank[BASIS_BITS-1:0] - rows_q;
  wire keeping = passes_q >= {12'd0, job_warmup};
  wire [3:0] keep = keeping && {{BASIS_BITS - 4{1'b0}}, width_q} > room ? room[3:0] : width_q;

  // row_edge_hash() of the seed, or of ~key
  reg [31:0] hash;
  always @* begin
    hash = state_q == IDLE ? job_seed : ~key_q;
    hash = hash + 32'h7ED55D16 + (hash << 12);
    hash = (hash ^ 32'hC761C23C) ^ hash >> 19;
    hash = hash + 32'h165667B1 + (hash << 5);
    hash = (hash + 32'hD3A2646C) ^ hash << 9;
    hash = hash + 32'hFD7046C5 + (hash << 3);
    hash = (hash ^ 32'hB55A4F09) ^ hash >> 16;
  end

  always @(posedge clk) begin : control
    if (rst) begin
      state_q <= IDLE;
      {ahead_q, start_q, base_q, local_q, kept_q} <= 0;
    end else begin
      if (go_ahead) begin
        ahead_q <= 1'b1;
        next_base_q <= loader_base;
      end
      if (dropped) ahead_q <= 1'b0;
      case (state_q)
        IDLE:
          if (start_valid) begin
            {flags_q, passes_q, rounds_q, deflations_q, width_q, barren_q} <= 0;
            {pending_q, stored_q, columns_q, walking_q} <= 4'd0;
            {copy_q, fill_q, chunk_q} <= 0;
            stop_q <= STOP_RANK;
            key_q <= hash;
            left_q <= job_rank;
            {transpose_q, write_q, mode_q, tokens_q, chunk_only_q} <= {2'b10, REPLACE, 2'b10};
            kind_q <= FEED_TOKENS;
            lanes_q <= job_lanes;
            case (job_command)
              C_LOAD: begin
                rows_q <= 0;
                start_q <= 1'b0;
                ahead_q <= 1'b0;
                base_q <= ahead_q ? next_base_q : {ROW_BITS{1'b0}};
                local_q <= {job_chunks[ROW_BITS-4:0], 3'd0};
                state_q <= ahead_q ? LOADING : LOAD_BEGIN;
              end
              C_DECOMPOSE: begin
                rows_q <= 0;
                state_q <= BEGIN;
              end
              C_APPLY: state_q <= APPLY_BEGIN;
              C_FORWARD, C_TRANSPOSE: state_q <= ONE_PASS;
              default: state_q <= SENT;
            endcase
          end

        // LOAD: the matrix streams in; its start block in chunks, the last one with the outliers known
        LOAD_BEGIN:
          if (abort_job) state_q <= ABORTED;
          else if (loader_ready) state_q <= LOADING;
        LOADING: begin
          {transpose_q, tokens_q, chunk_only_q} <= 3'b111;
          mode_q <= chunk_q == 17'd0 ? REPLACE : ADD;
          write_q <= last_chunk;
          kind_q <= FEED_TOKENS;
          then_q <= LOADING;
          if (abort_job || loader_failed) state_q <= ABORTED;
          else if (last_chunk) begin
            if (may_select) state_q <= SELECT;
          end else if (loader_chunks > chunk_q) state_q <= PASS;
        end
        SELECT: if (selector_idle) {state_q, then_q} <= {PASS, TOTAL};
        TOTAL: begin
          start_flags_q <= column_flags;
          columns_q <= 1'b1;
          program_q <= P_SUM;
          then_q <= TOTALLED;
          state_q <= RUN;
        end
        TOTALLED: begin
          columns_q <= 1'b0;
          program_q <= P_TOTALS;
          then_q <= LOADED;
          state_q <= RUN;
        end
        LOADED:
          if (abort_job) state_q <= ABORTED;
          else if (store_ready) begin
            start_q <= 1'b1;
            start_lanes_q <= job_lanes;
            start_seed_q <= job_seed;
            state_q <= FINISH;
          end

        // DECOMPOSE: the start block as LOAD left it, or made anew
        BEGIN: begin
          program_q <= P_START;
          then_q <= FIRST;
          state_q <= RUN;
        end
        FIRST: begin
          start_q <= 1'b0;
          round_q <= 4'd0;
          picking_q <= 1'b0;
          fresh_q <= job_lanes;
          state_q <= START;
          if (overflow) begin
            flags_q <= 2'd1;
            stop_q <= STOP_OVERFLOW;
            state_q <= ENDED;
          end else if (start_q && start_lanes_q == job_lanes && start_seed_q == job_seed) begin
            flags_q <= start_flags_q;
            key_q <= hash;
            width_q <= job_lanes;
            state_q <= MEASURE;
          end
        end
        START: begin
          {transpose_q, tokens_q, chunk_only_q} <= 3'b111;
          mode_q <= chunk_q == 17'd0 ? REPLACE : ADD;
          write_q <= last_chunk;
          kind_q <= FEED_TOKENS;
          fill_q <= last_chunk;
          then_q <= last_chunk ? MEASURE : START;
          state_q <= PASS;
        end

        // W = D^T Y
        NEXT: begin
          {transpose_q, write_q, copy_q, fill_q, tokens_q, chunk_only_q} <= 6'b110110;
          mode_q <= REPLACE;
          kind_q <= FEED_TOKENS;
          lanes_q <= job_lanes;
          fresh_q <= job_lanes - width_q;
          round_q <= 4'd0;
          picking_q <= 1'b0;
          then_q <= MEASURE;
          state_q <= PASS;
        end
        PASS: begin
          walking_q <= 1'b0;
          if (abort_job) state_q <= ABORTED;
          else if (may_pass) state_q <= WAIT;
        end
        WALK: begin
          walking_q <= 1'b1;
          if (all_idle) state_q <= WAIT;
        end
        WAIT:
          if (all_idle) begin
            state_q <= abort_job ? ABORTED : then_q;
            fill_q <= 1'b0;
            if (chunk_only_q && !walking_q && tokens_q) chunk_q <= chunk_q + 17'd1;
            if (fill_q) begin
              // the signs have been sent
              if (fresh_q != 4'd0) key_q <= hash;
              width_q <= job_lanes;
            end
          end

        // h of all basis rows, the Gram matrix below it: into the scalar unit, rows that are not in use as +0
        MEASURE: begin
          {transpose_q, write_q, copy_q, tokens_q} <= 4'b0000;
          kind_q <= TAKE_BASIS;
          lanes_q <= job_lanes;
          first_q <= 0;
          last_q <= rows_q + lanes_wide;
          count_q <= 4'd0;
          then_q <= GRAM;
          state_q <= PASS;
        end
        GRAM: begin
          count_q <= count_q + 4'd1;
          if (count_q == 4'd9) state_q <= MEASURED;
        end
        MEASURED: begin
          first_q <= 0;
          last_q <= rows_q;
          kind_q <= K_SETTLE;
          then_q <= SETTLE_SUM;
          state_q <= picking_q || broken ? DONE : round_q != 4'd0 ? JUDGE : pending_q ? WALK : FLOORS;
        end

        // a program of the scalar unit
        RUN: state_q <= RUNNING;
        RUNNING: if (program_ready) state_q <= abort_job ? ABORTED : then_q;

        SETTLE_SUM: begin
          pending_q <= 1'b0;
          program_q <= P_SUM;
          then_q <= SETTLED;
          state_q <= RUN;
        end
        SETTLED: begin
          program_q <= P_SETTLE;
          then_q <= FLOORS;
          state_q <= RUN;
        end
        FLOORS: begin
          program_q <= rows_q != 0 ? P_FLOORS_LATER : P_FLOORS_START;
          then_q <= JUDGE;
          state_q <= RUN;
        end
        JUDGE: begin
          program_q <= P_JUDGE;
          then_q <= JUDGED;
          state_q <= RUN;
        end
        JUDGED: begin
          count_q <= 4'd0;
          then_q <= PUT;
          program_q <= round_q == ROUNDS ? P_PICK_GOOD : P_INVERT;
          picking_q <= round_q == ROUNDS;
          if (good == in_use) begin
            picking_q <= 1'b0;
            state_q <= DONE;
          end else if (round_q == ROUNDS) state_q <= RUN;
          else begin
            rounds_q <= rounds_q + 16'd1;
            round_q <= round_q + 4'd1;
            state_q <= RUN;
            if (any_far) begin
              // W -= V h; without a V, where a norm is all but 0, there is nothing to subtract
              {transpose_q, write_q, copy_q, tokens_q} <= 4'b1100;
              mode_q <= SUBTRACT;
              kind_q <= FEED_BASIS;
              lanes_q <= job_lanes;
              first_q <= 0;
              last_q <= rows_q;
              then_q <= MEASURE;
              state_q <= rows_q != 0 ? PASS : MEASURE;
            end
          end
        end

        // the inverse, its columns packed, a row at a time into h below the basis; its floors; h turned by it
        PUT: begin
          count_q <= count_q + 4'd1;
          if (last_word) begin
            width_q <= kept;
            deflations_q <= deflations_q + {12'd0, width_q - kept};
            kind_q <= K_TURN;
            first_q <= 0;
            last_q <= rows_q;
            then_q <= COMBINE;
            state_q <= rows_q != 0 ? WALK : COMBINE;
          end
        end
        COMBINE: begin
          {transpose_q, write_q, copy_q, tokens_q} <= 4'b1100;
          mode_q <= REPLACE;
          kind_q <= FEED_BASIS;
          lanes_q <= job_lanes;
          first_q <= 0;
          last_q <= rows_q + lanes_wide;
          then_q <= COMBINED;
          state_q <= PASS;
        end
        COMBINED: state_q <= !picking_q && (broken || width_q == 4'd0) ? DONE : MEASURE;

        // the block is orthonormal, or gone; or (stored) it has joined the basis
        DONE: begin
          stored_q <= 1'b0;
          program_q <= P_VERDICT;
          then_q <= DECIDE;
          state_q <= RUN;
          if (broken) begin
            stop_q <= STOP_OVERFLOW;
            state_q <= ENDED;
          end
        end
        DECIDE: begin
          {transpose_q, write_q, copy_q, tokens_q, chunk_only_q} <= 5'b00110;
          kind_q <= TAKE_TOKENS;
          lanes_q <= keep;
          then_q <= MULTIPLIED;
          state_q <= stored_q ? NEXT : PASS;
          if (rows_q != 0 && limited && reached) begin
            stop_q <= STOP_TOLERANCE;
            state_q <= ENDED;
          end else if (rows_q != 0 && noise) begin
            stop_q <= STOP_NOISE;
            state_q <= ENDED;
          end else if (stored_q) begin
            if (rows_q == job_rank[BASIS_BITS-1:0]) begin
              stop_q <= STOP_RANK;
              state_q <= ENDED;
            end
          end else if (width_q == 4'd0) begin
            barren_q <= barren_q + fresh_q;
            state_q <= NEXT;
            if (barren_q + fresh_q >= BARREN || empty) begin
              stop_q <= STOP_DEFLATED;
              state_q <= ENDED;
            end
          end else barren_q <= 4'd0;
        end

        // P = D V
        MULTIPLIED: begin
          passes_q <= passes_q + 16'd1;
          width_q <= keep;
          kept_q <= keep;
          program_q <= P_SUM;
          then_q <= SQUARED;
          state_q <= keeping ? RUN : NEXT;
          if (broken) begin
            stop_q <= STOP_OVERFLOW;
            state_q <= ENDED;
          end
        end
        // norms, into the row edges
        SQUARED: begin
          program_q <= P_NORMS;
          count_q <= 4'd0;
          then_q <= NORM_PUT;
          state_q <= RUN;
        end
        NORM_PUT: begin
          count_q <= count_q + 4'd1;
          kind_q <= K_CERTIFY;
          first_q <= rows_q;
          last_q <= rows_q + {{BASIS_BITS - 4{1'b0}}, kept_q};
          then_q <= BOUND_SUM;
          if (count_q == kept_q - 4'd1) state_q <= WALK;
        end
        BOUND_SUM: begin
          program_q <= P_SUM;
          then_q <= BOUNDED;
          state_q <= RUN;
        end
        BOUNDED: begin
          program_q <= P_APPEND;
          then_q <= STORE;
          state_q <= RUN;
        end
        STORE:
          if (abort_job) state_q <= ABORTED;
          else if (store_ready) begin
            pending_q <= 1'b1;
            rows_q <= rows_q + {{BASIS_BITS - 4{1'b0}}, kept_q};
            stored_q <= 1'b1;
            program_q <= P_VERDICT;
            then_q <= DECIDE;
            state_q <= RUN;
          end

        // APPLY: eight vectors at a time
        APPLY_BEGIN: begin
          lanes_q <= 4'd8;
          width_q <= 4'd8;
          copy_q <= 1'b1;
          write_q <= 1'b0;
          start_q <= 1'b0;
          if (abort_job) state_q <= ABORTED;
          else if (loader_ready) state_q <= APPLY_WAIT;
        end
        APPLY_WAIT: begin
          then_q <= APPLIED;
          if (abort_job || loader_failed) state_q <= ABORTED;
          else if (loader_block) state_q <= PASS;
        end
        APPLIED:
          if (abort_job) state_q <= ABORTED;
          else if (store_ready) begin
            left_q <= left_q - 17'd8;
            state_q <= left_q <= 17'd8 ? FINISH : APPLY_WAIT;
          end

        // single passes on what stands in the edges, and what is sent of it
        ONE_PASS: begin
          start_q <= 1'b0;
          transpose_q <= job_command == C_TRANSPOSE;
          kind_q <= job_command == C_TRANSPOSE ? FEED_TOKENS : TAKE_TOKENS;
          {write_q, copy_q} <= 2'b01;
          width_q <= job_lanes;
          kept_q <= job_lanes;
          then_q <= SENT;
          state_q <= PASS;
        end
        SENT:
          if (abort_job) state_q <= ABORTED;
          else if (store_ready) state_q <= FINISH;

        ENDED: begin
          program_q <= P_RESULT;
          then_q <= FINISH;
          state_q <= RUN;
        end
        default: state_q <= IDLE;            // FINISH, ABORTED
      endcase
    end
  end
endmodule

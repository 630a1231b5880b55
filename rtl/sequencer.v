// sequencer.v - runs a decomposition on the array, its edges and the scalar unit, with no host in the loop: block Lanczos
// with measured orthogonality, as the algorithm of lanczos.c has it.
// Twin: cmodel/sequencer.c
// SPDX-License-Identifier: Apache-2.0
//
// One activity at a time: a pass (commands to the array and both kinds of edge on one clock, then until all are idle), a
// walk of the row edges, a program of the scalar unit, or the moving of words between them. `then_q` is where a pass, walk
// or program returns to, `sum_then_q` where a sum over the row edges does.
module sequencer #(
    parameter ROWS = 1,                      // cluster rows
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
    output busy,
    input [ROW_BITS-1:0] job_tokens,         // local, multiple of 8
    input [CHANNEL_BITS:0] job_channels,     // local, multiple of 8
    input [BASIS_BITS-1:0] job_rank,
    input [3:0] job_lanes,                   // 1, 2, 4, 8
    input [3:0] job_warmup,
    input [31:0] job_key,                    // of the first random signs
    input job_limited,                       // a tolerance was given
    input job_empty,                         // nothing is left to decompose
    // result
    output [2:0] stop,                       // dcom_stop
    output [1:0] flags,                      // {nan, overflow}
    output [BASIS_BITS-1:0] rank,
    output [15:0] passes,
    output [15:0] rounds,
    output [15:0] deflations,
    // a block of `block_columns` columns from basis row `rank` stands in the edges: P and V are read, then taken
    output block_valid,
    input block_taken,
    output [3:0] block_columns,
    // array
    output pass_valid,                       // to the array, and to the edges below
    input array_active,
    output pass_transpose,
    output [3:0] pass_lanes,
    output [ROW_BITS-1:0] pass_row,
    output [ROW_BITS-1:0] pass_rows,
    // column edges: FEED in a forward pass, TAKE and a following WRITE in a transpose pass
    input column_idle,
    output column_subtract,
    output [REPEAT_BITS-1:0] column_repeats,
    output [3:0] column_lanes,               // of the candidate, at basis row `rank`
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
    input [256*ROWS-1:0] row_peak,
    input [512*ROWS-1:0] row_chain,
    // a word of one row edge
    output [3:0] word_edge,
    output word_read,
    output word_write,
    output word_norm,
    output [ROW_BITS-1:0] word_row,          // local basis row
    output [255:0] word_data,
    input [255:0] word_h,                    // of word_edge, one clock after the read
    // scalar unit
    output program_valid,
    input program_ready,
    output [3:0] program_number,
    output register_write,
    output [7:0] register_number,
    output [31:0] register_data,
    input [31:0] register_read,              // of register_number, of this clock
    // verilator lint_off UNUSEDSIGNAL
    input [63:0] flag,                       // of scalar_program.h; some are for `good` alone
    // verilator lint_on UNUSEDSIGNAL
    input [7:0] good,
    output [3:0] width                       // columns of the block
);
  localparam IDLE = 5'd0, NEXT = 5'd1, MEASURE = 5'd2, PASS = 5'd3, WAIT = 5'd4, GRAM_READ = 5'd5, GRAM_WRITE = 5'd6,
      PEAK = 5'd7, MEASURED = 5'd8, WALK = 5'd9, RUN = 5'd10, RUNNING = 5'd11, SUM = 5'd12, CHAIN = 5'd13,
      SETTLED = 5'd14, FLOORS = 5'd15, FILL = 5'd16, JUDGED = 5'd17, GATHER = 5'd18, PUT = 5'd19, PACK = 5'd20,
      COMBINED = 5'd21, DONE = 5'd22, DECIDE = 5'd23, MULTIPLIED = 5'd24, NORM = 5'd25, NORM_PUT = 5'd26, CERTIFIED = 5'd27,
      APPENDED = 5'd28, STORE = 5'd29, ENDED = 5'd30, INVERTED = 5'd31;
  localparam JUDGE = 4'd0, INVERT = 4'd1, ACCUMULATE = 4'd2, CLEAR = 4'd3, P_FLOORS = 4'd4, NORMS = 4'd5, APPEND = 4'd6,
      SETTLE = 4'd7, VERDICT = 4'd8;
  localparam TAKE_BASIS = 3'd0, TAKE_TOKENS = 3'd1, CERTIFY_KIND = 3'd2, SETTLE_KIND = 3'd3, FEED_BASIS = 3'd4,
      FEED_TOKENS = 3'd5;
  localparam STOP_RANK = 3'd0, STOP_TOLERANCE = 3'd1, STOP_DEFLATED = 3'd2, STOP_NOISE = 3'd3, STOP_OVERFLOW = 3'd4;
  localparam ROUND = 2'd0, PROJECTED = 2'd1, GIVEN_UP = 2'd2; // why something is measured
  localparam ROUNDS = 3'd6, BARREN = 4'd4;

  reg [4:0] state_q, then_q, sum_then_q;
  reg [2:0] stop_q, round_q;
  reg [1:0] flags_q, why_q;
  reg [BASIS_BITS-1:0] rows_q, from_q;       // basis rows in use; the first one measured
  reg [15:0] passes_q, rounds_q, deflations_q;
  reg [3:0] width_q, fresh_q, barren_q, kept_q;
  reg [31:0] key_q;
  reg pending_q;                             // the correction of the last block is not yet known
  reg picking_q;                             // the inverse is a choice of columns
  reg bound_q;                               // the sum is the certificate's bound, not the squares
  reg stored_q;                              // the verdict is that after a block
  reg [7:0] chosen_q;                        // columns that are kept
  // a pass or walk
  reg transpose_q, subtract_q;
  reg [2:0] kind_q;
  reg [3:0] lanes_q;
  reg tokens_q;                              // over tokens, else over basis rows [first, last)
  reg [BASIS_BITS-1:0] first_q, last_q;
  // a program, and the moving of words
  reg [3:0] program_q, edge_q, column_q, lane_q, slot_q;
  reg [4:0] count_q;
  reg [255:0] word_q;

  // addresses are computed in 32 bits
  // verilator lint_off UNUSEDSIGNAL

  // ---- where basis rows live: row k is local row k / 8 / ROWS * 8 + k mod 8 of edge k / 8 mod ROWS
  wire [31:0] first_32 = {{32 - BASIS_BITS{1'b0}}, first_q}, last_32 = {{32 - BASIS_BITS{1'b0}}, last_q};
  wire [31:0] low = (first_32 >> 3) / ROWS, high = ((last_32 - 32'd1) >> 3) / ROWS;
  wire [31:0] word_basis = {{32 - BASIS_BITS{1'b0}}, rows_q} + {28'd0, column_q};
  wire [31:0] word_block = word_basis >> 3;
  wire [31:0] word_local = word_block / ROWS << 3 | word_basis & 32'd7;
  wire [31:0] word_home = word_block % ROWS;

  // ---- a pass
  wire [31:0] pass_row_32 = tokens_q ? 32'd0 : low << 3;
  wire [31:0] pass_rows_32 = tokens_q ? {{32 - ROW_BITS{1'b0}}, job_tokens} : (high - low + 32'd1) << 3;
  wire [31:0] array_row = tokens_q ? 32'd0 : pass_row_32 + TILE_TOKENS;
  wire [31:0] blocks = pass_rows_32 >> 3, groups = {{31 - CHANNEL_BITS{1'b0}}, job_channels} >> 3;
  wire [31:0] column_turns = (blocks + BANKS - 1) / BANKS, row_turns = (groups + BANKS - 1) / BANKS;
  wire all_idle = !array_active && column_idle && row_idle;
  assign pass_valid = state_q == PASS && all_idle;
  assign pass_transpose = transpose_q;
  assign pass_lanes = lanes_q;
  assign pass_row = array_row[ROW_BITS-1:0];
  assign pass_rows = pass_rows_32[ROW_BITS-1:0];
  assign column_subtract = subtract_q;
  assign column_repeats = column_turns[REPEAT_BITS-1:0];
  assign column_lanes = job_lanes;
  assign row_valid = (state_q == PASS || state_q == WALK) && all_idle;
  assign row_kind = kind_q;
  assign row_row = pass_row_32[ROW_BITS-1:0];
  assign row_repeats = row_turns[REPEAT_BITS-1:0];
  assign row_first = first_q;
  assign row_last = last_q;
  assign row_limit = rows_q;
  assign row_width = width_q;
  assign row_key = key_q;
  // verilator lint_on UNUSEDSIGNAL

  // ---- the scalar unit and words
  wire [7:0] base = state_q == GRAM_WRITE ? 8'd0 + {1'b0, column_q, 3'd0} + {4'd0, lane_q} :
      state_q == PEAK ? 8'd64 + {4'd0, lane_q} :
      state_q == CHAIN ? 8'd160 + {3'd0, count_q} :
      state_q == FLOORS ? 8'd84 :
      state_q == FILL ? 8'd72 + {4'd0, lane_q} :
      state_q == PACK ? 8'd72 + {4'd0, count_q[4] ? slot_q : lane_q} :
      state_q == GATHER ? 8'd160 + {1'b0, column_q, 3'd0} + {4'd0, lane_q} : 8'd112 + {4'd0, column_q};
  reg [31:0] peak_max;
  always @* begin : maximum
    integer i;
    reg [31:0] x;
    peak_max = 32'd0;
    for (i = 0; i < ROWS; i = i + 1) begin
      x = row_peak[256*i+32*{29'd0, lane_q[2:0]}+:32];
      if (x > peak_max) peak_max = x;
    end
  end
  assign register_number = base;
  assign register_write = state_q == GRAM_WRITE || state_q == PEAK || state_q == CHAIN || state_q == FLOORS ||
      state_q == FILL && !lane_q[3] || state_q == PACK && count_q[4];
  assign register_data = state_q == GRAM_WRITE ? word_q[32*{29'd0, lane_q[2:0]}+:32] :
      state_q == PEAK ? peak_max :
      state_q == CHAIN ? row_chain[512*{28'd0, edge_q}+32*{28'd0, count_q[3:0]}+:32] :
      state_q == FLOORS ? (rows_q != 0 ? 32'h38800000 : 32'h37800000) :
      state_q == FILL ? 32'h7F800000 : word_q[31:0];
  assign program_valid = state_q == RUN;
  assign program_number = program_q;
  assign word_edge = word_home[3:0];
  assign word_row = word_local[ROW_BITS-1:0];
  assign word_read = state_q == GRAM_READ && !count_q[0] && column_q < job_lanes;
  assign word_write = state_q == PUT || state_q == NORM_PUT;
  assign word_norm = state_q == NORM_PUT;
  assign word_data = word_q;

  // ---- results
  assign busy = state_q != IDLE;
  assign stop = stop_q;
  assign flags = flags_q;
  assign rank = rows_q;
  assign passes = passes_q;
  assign rounds = rounds_q;
  assign deflations = deflations_q;
  assign block_valid = state_q == STORE;
  assign block_columns = kept_q;
  assign width = width_q;
  assign clear = state_q == IDLE;
  wire broken = flags_q != 2'd0 || column_flags != 2'd0 || row_flags != 2'd0;

  wire [7:0] in_use = (8'd1 << width_q) - 8'd1;
  wire against = (~flag[7:0] & in_use) != 8'd0;
  wire [BASIS_BITS-1:0] lanes_wide = {{BASIS_BITS - 4{1'b0}}, job_lanes}, room = job_rank - rows_q;
  wire keeping = passes_q >= {12'd0, job_warmup};
  wire [3:0] kept = keeping && {{BASIS_BITS - 4{1'b0}}, width_q} > room ? room[3:0] : width_q;
  wire last_lane = lane_q == 4'd7, last_column = column_q == job_lanes - 4'd1;
  wire chosen = chosen_q[lane_q[2:0]];

  // row_edge_hash() of ~key
  reg [31:0] hash;
  always @* begin
    hash = ~key_q;
    hash = hash + 32'h7ED55D16 + (hash << 12);
    hash = (hash ^ 32'hC761C23C) ^ hash >> 19;
    hash = hash + 32'h165667B1 + (hash << 5);
    hash = (hash + 32'hD3A2646C) ^ hash << 9;
    hash = hash + 32'hFD7046C5 + (hash << 3);
    hash = (hash ^ 32'hB55A4F09) ^ hash >> 16;
  end

  always @(posedge clk) begin : control
    reg [3:0] sum;
    integer i;
    {sum, i} = 0;
    if (rst) state_q <= IDLE;
    else
      case (state_q)
        IDLE: begin
          flags_q <= start_valid ? 2'd0 : flags_q;
          if (start_valid) begin
            {rows_q, passes_q, rounds_q, deflations_q, width_q, barren_q} <= 0;
            {pending_q, stored_q} <= 2'd0;
            key_q <= job_key;
            state_q <= NEXT;
          end
        end

        // W = D^T Y
        NEXT: begin
          {transpose_q, subtract_q, tokens_q} <= 3'b101;
          kind_q <= FEED_TOKENS;
          lanes_q <= job_lanes;
          fresh_q <= job_lanes - width_q;
          round_q <= 3'd0;
          why_q <= ROUND;
          from_q <= 0;
          then_q <= MEASURE;
          state_q <= PASS;
        end
        PASS, WALK: if (all_idle) state_q <= WAIT;
        WAIT:
          if (all_idle) begin
            state_q <= then_q;
            // the signs have been sent
            if (kind_q == FEED_TOKENS && fresh_q != 4'd0) key_q <= hash;
            if (kind_q == FEED_TOKENS) width_q <= job_lanes;
          end

        // h of basis rows [from, rows), the Gram matrix below it: into the scalar unit, rows that are not in use as +0
        MEASURE: begin
          {transpose_q, tokens_q} <= 2'b00;
          kind_q <= TAKE_BASIS;
          lanes_q <= job_lanes;
          first_q <= from_q;
          last_q <= rows_q + lanes_wide;
          {column_q, count_q} <= 9'd0;
          then_q <= GRAM_READ;
          state_q <= PASS;
        end
        GRAM_READ: begin
          count_q[0] <= !count_q[0];
          lane_q <= 4'd0;
          if (count_q[0]) begin
            word_q <= column_q < job_lanes ? word_h : 256'd0;
            state_q <= GRAM_WRITE;
          end
        end
        GRAM_WRITE: begin
          lane_q <= last_lane ? 4'd0 : lane_q + 4'd1;
          if (last_lane) begin
            column_q <= column_q + 4'd1;
            state_q <= column_q == 4'd7 ? PEAK : GRAM_READ;
          end
        end
        PEAK: begin
          lane_q <= lane_q + 4'd1;
          if (last_lane) state_q <= MEASURED;
        end
        MEASURED: begin
          lane_q <= width_q;
          first_q <= 0;
          last_q <= rows_q;
          kind_q <= SETTLE_KIND;
          then_q <= SUM;
          sum_then_q <= SETTLED;
          program_q <= why_q == PROJECTED ? INVERT : JUDGE;
          if (why_q == GIVEN_UP) state_q <= DONE;
          else if (broken) state_q <= DONE;
          else if (why_q == PROJECTED) begin
            then_q <= INVERTED;
            state_q <= RUN;
          end else if (round_q != 3'd0) begin
            then_q <= JUDGED;
            state_q <= RUN;
          end else state_q <= pending_q ? WALK : FLOORS;
        end

        // a program of the scalar unit
        RUN: state_q <= RUNNING;
        RUNNING: if (program_ready) state_q <= then_q;

        // chains of all row edges into S
        SUM: begin
          program_q <= CLEAR;
          edge_q <= 4'd0;
          count_q <= 5'd0;
          then_q <= CHAIN;
          state_q <= RUN;
        end
        CHAIN: begin
          count_q <= count_q[3:0] == 4'd15 ? 5'd0 : count_q + 5'd1;
          if (count_q[3:0] == 4'd15) begin
            program_q <= ACCUMULATE;
            edge_q <= edge_q + 4'd1;
            then_q <= {28'd0, edge_q} == ROWS - 1 ? sum_then_q : CHAIN;
            state_q <= RUN;
          end
        end
        SETTLED: begin
          pending_q <= 1'b0;
          program_q <= SETTLE;
          then_q <= FLOORS;
          state_q <= RUN;
        end

        // the least of a column that must be new; +infinity for columns that are not in use
        FLOORS: begin
          lane_q <= width_q;
          program_q <= P_FLOORS;
          then_q <= FILL;
          state_q <= RUN;
        end
        FILL: begin
          lane_q <= lane_q + 4'd1;
          if (lane_q >= 4'd7) begin
            program_q <= JUDGE;
            then_q <= JUDGED;
            state_q <= round_q == 3'd0 && why_q == ROUND ? RUN : PASS;
            if (!(round_q == 3'd0 && why_q == ROUND)) then_q <= COMBINED;
          end
        end

        JUDGED: begin
          chosen_q <= good;
          picking_q <= round_q == ROUNDS;
          {column_q, lane_q, slot_q} <= 12'd0;
          word_q <= 256'd0;
          program_q <= INVERT;
          then_q <= INVERTED;
          if (good == in_use) state_q <= DONE;
          else if (round_q == ROUNDS) state_q <= GATHER;
          else begin
            rounds_q <= rounds_q + 16'd1;
            if (against && rows_q != 0) begin
              // W -= V h, then its Gram matrix anew
              {transpose_q, subtract_q, tokens_q} <= 3'b110;
              kind_q <= FEED_BASIS;
              lanes_q <= job_lanes;
              first_q <= 0;
              last_q <= rows_q;
              from_q <= rows_q;
              why_q <= PROJECTED;
              then_q <= MEASURE;
              state_q <= PASS;
            end else state_q <= RUN;
          end
        end
        INVERTED: begin
          chosen_q <= flag[51:44];
          {column_q, lane_q, slot_q} <= 12'd0;
          word_q <= 256'd0;
          state_q <= GATHER;
        end

        // the inverse, its columns packed, a row at a time into h below the basis; or a choice of columns
        GATHER: begin
          lane_q <= last_lane ? 4'd0 : lane_q + 4'd1;
          if (chosen) begin
            word_q[32*{28'd0, slot_q}+:32] <= !picking_q ? register_read : lane_q == column_q ? 32'h3F800000 : 32'd0;
            slot_q <= slot_q + 4'd1;
          end
          if (last_lane) state_q <= PUT;
        end
        PUT: begin
          word_q <= 256'd0;
          column_q <= column_q + 4'd1;
          slot_q <= 4'd0;
          state_q <= last_column ? PACK : GATHER;
          if (last_column) begin
            count_q <= 5'd0;
            for (i = 0; i < 8; i = i + 1) sum = sum + {3'd0, chosen_q[i]};
            width_q <= sum;
            deflations_q <= deflations_q + {12'd0, width_q - sum};
          end
        end
        // floors of the columns kept, packed: read, then written
        PACK: begin
          count_q[4] <= !count_q[4] && chosen;
          word_q[31:0] <= register_read;
          if (count_q[4] || !chosen) begin
            lane_q <= lane_q + 4'd1;
            slot_q <= slot_q + {3'd0, count_q[4]};
            if (last_lane) begin
              lane_q <= width_q;
              {transpose_q, subtract_q, tokens_q} <= 3'b100;
              kind_q <= FEED_BASIS;
              lanes_q <= job_lanes;
              first_q <= rows_q;
              last_q <= rows_q + lanes_wide;
              from_q <= 0;
              why_q <= picking_q ? GIVEN_UP : PROJECTED;
              then_q <= COMBINED;
              state_q <= width_q == 4'd8 ? PASS : FILL;
            end
          end
        end
        COMBINED: begin
          if (picking_q) state_q <= MEASURE;
          else if (broken || width_q == 4'd0) state_q <= DONE;
          else begin
            why_q <= ROUND;
            round_q <= round_q + 3'd1;
            state_q <= MEASURE;
          end
        end

        // the block is orthonormal, or gone; or (stored) it has joined the basis
        DONE: begin
          stored_q <= 1'b0;
          program_q <= VERDICT;
          then_q <= DECIDE;
          state_q <= RUN;
          if (broken) begin
            stop_q <= STOP_OVERFLOW;
            state_q <= ENDED;
          end
        end
        DECIDE: begin
          {transpose_q, subtract_q, tokens_q} <= 3'b001;
          kind_q <= TAKE_TOKENS;
          lanes_q <= kept;
          kept_q <= kept;
          then_q <= MULTIPLIED;
          state_q <= stored_q ? NEXT : PASS;
          if (rows_q != 0 && job_limited && flag[53]) begin
            stop_q <= STOP_TOLERANCE;
            state_q <= ENDED;
          end else if (rows_q != 0 && flag[54]) begin
            stop_q <= STOP_NOISE;
            state_q <= ENDED;
          end else if (stored_q) begin
            if (rows_q == job_rank) begin
              stop_q <= STOP_RANK;
              state_q <= ENDED;
            end
          end else if (width_q == 4'd0) begin
            barren_q <= barren_q + fresh_q;
            state_q <= NEXT;
            if (barren_q + fresh_q >= BARREN || job_empty) begin
              stop_q <= STOP_DEFLATED;
              state_q <= ENDED;
            end
          end else barren_q <= 4'd0;
        end

        // P = D V
        MULTIPLIED: begin
          passes_q <= passes_q + 16'd1;
          width_q <= kept_q;
          sum_then_q <= NORM;
          bound_q <= 1'b0;
          column_q <= 4'd0;
          state_q <= keeping ? SUM : NEXT;
          if (broken) begin
            stop_q <= STOP_OVERFLOW;
            state_q <= ENDED;
          end
        end
        // squares and what was lost are in S: norms, into the row edges
        NORM: begin
          program_q <= NORMS;
          then_q <= NORM_PUT;
          bound_q <= 1'b0;
          if (!bound_q) begin
            bound_q <= 1'b1;
            state_q <= RUN;
            then_q <= NORM;
          end else begin
            word_q[31:0] <= register_read;
            state_q <= NORM_PUT;
            bound_q <= 1'b1;
          end
        end
        NORM_PUT: begin
          column_q <= column_q + 4'd1;
          state_q <= NORM;
          if (column_q == kept_q - 4'd1) begin
            kind_q <= CERTIFY_KIND;
            first_q <= rows_q;
            last_q <= rows_q + {{BASIS_BITS - 4{1'b0}}, kept_q};
            then_q <= SUM;
            sum_then_q <= CERTIFIED;
            state_q <= WALK;
          end
        end
        CERTIFIED: begin
          program_q <= APPEND;
          then_q <= APPENDED;
          state_q <= RUN;
        end
        APPENDED: begin
          pending_q <= 1'b1;
          state_q <= STORE;
        end
        STORE:
          if (block_taken) begin
            rows_q <= rows_q + {{BASIS_BITS - 4{1'b0}}, kept_q};
            stored_q <= 1'b1;
            program_q <= VERDICT;
            then_q <= DECIDE;
            state_q <= RUN;
          end
        default: begin                       // ENDED
          flags_q <= flags_q | column_flags | row_flags;
          state_q <= IDLE;
        end
      endcase
  end
endmodule

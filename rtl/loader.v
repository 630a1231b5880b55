// loader.v - takes the input stream apart: a matrix goes to the write port of the tile memories and to the statistics,
// vectors go to the row edges.
// Twin: cmodel/loader.c
// SPDX-License-Identifier: Apache-2.0
//
// Token t lives in cluster row (t / 8) mod ROWS, as its local row t / 8 / ROWS * 8 + t mod 8.
//   matrix    a token is as many beats as hold its channels, beat b a write of channels 8b .. 8b + 7 of every cluster column; what
//             lies past start_channels is written +0. After the last token rows of +0 follow, a write a clock, until the
//             chunk of 8 ROWS tokens is full. Each beat, but no such row, is shown to the statistics on the clock on which it
//             is written. `chunks`: those whose writes are all accepted; `loaded`: all are, until the next start.
//   vectors   start_blocks blocks of start_tokens beats, each a row of 128 bits, which is taken on its clock. After each block it
//             stops, block_loaded, until block_next.
// TLAST belongs on the last beat. Where it is found wrong, the beat and the job are given up: `framing` on the next clock,
// `failed` from then to the next start. Then, as after `abort_job`, the rest of a packet that has begun is discarded. All of
// tokens, channels, blocks of vectors are at least 1 and fit the tiles.
//
//   stage 0   s_axis_*; token_q, left_q, group_q, cluster_row_q, row_q say where it goes
//   stage 1   write_*_q or row_valid_q, data_q     to the write port and the statistics, or to the row edges
// From the clock of the start to the one that shows `loaded`, nothing held back: chunks x 8 ROWS x beats of a token + 2.
module loader #(
    parameter ROWS = 2,
    parameter COLUMNS = 3,
    parameter TILE_TOKENS = 64,
    parameter TILE_CHANNELS = 64,
    parameter BASIS_ROWS = 24,
    parameter ROW_BITS = $clog2(TILE_TOKENS + BASIS_ROWS + 1),
    parameter CHANNEL_BITS = $clog2(TILE_CHANNELS),
    parameter GROUP_BITS = CHANNEL_BITS > 3 ? CHANNEL_BITS - 3 : 1
) (
    input clk,
    input rst,
    input start_valid,
    output start_ready,                      // idle
    input start_vectors,
    input [16:0] start_tokens,
    input [16:0] start_channels,
    input [16:0] start_blocks,
    input [ROW_BITS-1:0] start_base,         // row of the tile memories for local token 0
    input [3:0] start_exact_count,           // 0..8
    input [135:0] start_exact_tokens,        // token k in bits 17k +: 17
    input abort_job,                             // forgets the job, also one that starts on this clock
    // the stream; tready does not follow tvalid
    input s_axis_tvalid,
    output s_axis_tready,
    input [128*COLUMNS-1:0] s_axis_tdata,
    input s_axis_tlast,
    // tile memories, all columns
    output write_valid,
    input write_ready,
    output [3:0] write_cluster_row,
    output [ROW_BITS-1:0] write_row,
    output [CHANNEL_BITS-1:0] write_channel,
    output [128*COLUMNS-1:0] write_data,
    // statistics of all columns; their data is write_data. A beat is accepted by both, or not at all
    output statistics_valid,
    input statistics_ready,
    output statistics_first,
    output statistics_exact,
    output [GROUP_BITS-1:0] statistics_group,
    output [16:0] chunks,
    output loaded,
    // row edges: 8 lanes x BF16
    output row_valid,
    output [3:0] row_edge,
    output [ROW_BITS-1:0] row_row,
    output [127:0] row_data,
    output block_loaded,
    input block_next,
    output framing,
    output failed
);
  localparam [2:0] IDLE = 3'd0, MATRIX = 3'd1, FILL = 3'd2, VECTORS = 3'd3, PAUSE = 3'd4, DISCARD = 3'd5;
  localparam [31:0] LAST_ROW = ROWS - 1, BEAT = 8 * COLUMNS;
  localparam [16:0] WIDTH = BEAT[16:0];      // channels of a beat
  localparam [ROW_BITS-1:0] ROW_1 = 1, ROW_7 = 7;
  localparam [GROUP_BITS-1:0] GROUP_1 = 1;

  // ---- the job
  reg [2:0] state_q;
  reg [16:0] tokens_q, channels_q, blocks_q; // blocks_q: this one included
  reg [3:0] exact_count_q;
  reg [135:0] exact_tokens_q;
  reg write_valid_q, row_valid_q;
  wire start = start_valid && start_ready;
  assign start_ready = state_q == IDLE && !write_valid_q;
  always @(posedge clk)
    if (start) begin
      tokens_q <= start_tokens;
      channels_q <= start_channels;
      exact_count_q <= start_exact_count;
      exact_tokens_q <= start_exact_tokens;
    end

  // ---- stage 0: where the next beat, or row of +0, goes
  reg [16:0] token_q, left_q;                // left_q: channels of the token from this beat on
  reg [GROUP_BITS-1:0] group_q;
  reg [3:0] cluster_row_q;
  reg [ROW_BITS-1:0] row_q;
  reg write_zero_q, open_q;
  wire vectors = state_q == VECTORS;
  wire streams = state_q == MATRIX || vectors;
  wire taken = write_valid_q && write_ready && (write_zero_q || statistics_ready);
  wire free = !write_valid_q || taken;
  assign s_axis_tready = streams && free || state_q == DISCARD;
  wire accept = s_axis_tvalid && s_axis_tready;
  wire emit = streams && accept || state_q == FILL && free;
  wire open = accept ? !s_axis_tlast : open_q; // a packet has begun and not ended
  wire token_end = vectors || left_q <= WIDTH;
  wire row_end = &token_q[2:0];              // of 8 tokens
  wire round = cluster_row_q == LAST_ROW[3:0];
  wire [16:0] token_next = token_q + 17'd1;
  wire block_end = token_end && token_next == tokens_q;
  wire chunk_end = token_end && row_end && round;
  wire wrong = streams && accept && s_axis_tlast != (block_end && (!vectors || blocks_q == 17'd1));
  wire block_go = block_loaded && block_next;
  always @(posedge clk)
    if (start || block_go) begin
      token_q <= 17'd0;
      left_q <= start ? start_channels : channels_q;
      group_q <= 0;
      cluster_row_q <= 4'd0;
      row_q <= start && !start_vectors ? start_base : {ROW_BITS{1'b0}};
      blocks_q <= start ? start_blocks : blocks_q - 17'd1;
    end else if (emit) begin
      left_q <= token_end ? channels_q : left_q - WIDTH;
      group_q <= token_end ? {GROUP_BITS{1'b0}} : group_q + GROUP_1;
      if (token_end) begin
        token_q <= token_next;
        if (row_end) cluster_row_q <= round ? 4'd0 : cluster_row_q + 4'd1;
        row_q <= row_end && !round ? row_q - ROW_7 : row_q + ROW_1;
      end
    end

  // ---- states
  assign block_loaded = state_q == PAUSE && !row_valid_q;
  always @(posedge clk) begin
    open_q <= !rst && open;
    if (rst) state_q <= IDLE;
    else if (abort_job) state_q <= open ? DISCARD : IDLE;
    else if (wrong) state_q <= s_axis_tlast ? IDLE : DISCARD;
    else
      case (state_q)
        IDLE: if (start) state_q <= start_vectors ? VECTORS : MATRIX;
        MATRIX: if (emit && block_end) state_q <= chunk_end ? IDLE : FILL;
        FILL: if (emit && chunk_end) state_q <= IDLE;
        VECTORS: if (emit && block_end) state_q <= PAUSE;
        PAUSE: if (block_go) state_q <= blocks_q == 17'd1 ? IDLE : VECTORS;
        default: if (accept && s_axis_tlast) state_q <= IDLE;
      endcase
  end

  // ---- stage 0 -> 1: what is past the channels, or the lanes, is +0
  reg [128*COLUMNS-1:0] data_q;
  reg [3:0] write_cluster_row_q;
  reg [ROW_BITS-1:0] write_row_q;
  reg [GROUP_BITS-1:0] write_group_q;
  reg write_first_q, write_exact_q, chunk_end_q, final_q;
  always @(posedge clk) begin : hold
    integer k;
    reg exact_d;
    reg [16:0] limit;
    reg [128*COLUMNS-1:0] data_d;
    {k, exact_d, limit, data_d} = 0;
    write_valid_q <= !rst && !abort_job && !wrong && (emit && !vectors || !free);
    row_valid_q <= !rst && !abort_job && !wrong && emit && vectors;
    if (emit) begin
      limit = vectors ? 17'd8 : state_q == MATRIX ? left_q : 17'd0;
      for (k = 0; k < 8 * COLUMNS; k = k + 1)
        data_d[16*k+:16] = {15'd0, limit} > k ? s_axis_tdata[16*k+:16] : 16'd0;
      for (k = 0; k < 8; k = k + 1)
        exact_d = exact_d || {28'd0, exact_count_q} > k && exact_tokens_q[17*k+:17] == token_q;
      data_q <= data_d;
      write_cluster_row_q <= cluster_row_q;
      write_row_q <= row_q;
      write_group_q <= group_q;
      write_zero_q <= state_q == FILL;
      write_first_q <= token_q == 17'd0;
      write_exact_q <= exact_d;
      chunk_end_q <= chunk_end;
      final_q <= chunk_end && (state_q == FILL || block_end);
    end
  end

  // ---- stage 1
  // verilator lint_off UNUSEDSIGNAL
  wire [GROUP_BITS+2:0] channel = {write_group_q, 3'd0}; // a bit too many where a tile has 8 channels
  // verilator lint_on UNUSEDSIGNAL
  assign write_valid = write_valid_q && (write_zero_q || statistics_ready);
  assign write_cluster_row = write_cluster_row_q;
  assign write_row = write_row_q;
  assign write_channel = channel[CHANNEL_BITS-1:0];
  assign write_data = data_q;
  assign statistics_valid = write_valid_q && !write_zero_q && write_ready;
  assign statistics_first = write_first_q;
  assign statistics_exact = write_exact_q;
  assign statistics_group = write_group_q;
  assign row_valid = row_valid_q;
  assign row_edge = write_cluster_row_q;
  assign row_row = write_row_q;
  assign row_data = data_q[127:0];

  // ---- what has come of the job
  reg [16:0] chunks_q;
  reg loaded_q, framing_q, failed_q;
  assign chunks = chunks_q;
  assign loaded = loaded_q;
  assign framing = framing_q;
  assign failed = failed_q;
  always @(posedge clk) begin
    framing_q <= !rst && !abort_job && wrong;
    if (rst || start) begin
      chunks_q <= 17'd0;
      loaded_q <= 1'b0;
      failed_q <= 1'b0;
    end else if (!abort_job) begin
      if (taken && chunk_end_q) chunks_q <= chunks_q + 17'd1;
      if (taken && final_q) loaded_q <= 1'b1;
      if (wrong) failed_q <= 1'b1;
    end
  end
endmodule

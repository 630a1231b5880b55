// store.v - sends results on the output stream: the outlier bits, then V (or Z) from the column edges, then P from the
// row edges, a packet each, in the order of the matrix, which the edges hold in blocks of 8.
// Twin: cmodel/store.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 0   want_q, left_q; block_q, edge_q, lane_q     the beat to read: the edges are addressed, chosen_bits is here
//   stage 1   beat_*_q, bits_q                            the edges' words are here, and stay until the next read
//   stage 2   tvalid_q, tdata_q, ...; skid_*_q behind it  the stream; one more beat, where it is held back
//
// A beat a clock, packets without a gap: of n beats in all the first is valid on the third clock after the start's, the
// last on clock n + 2, and start_ready is up again on clock n + 3. Outputs are functions of the registers.
module store #(
    parameter ROWS = 1,                        // clusters, 1..16
    parameter COLUMNS = 1,                     // 1..16
    parameter TILE_TOKENS = 8,                 // multiples of 8
    parameter TILE_CHANNELS = 8,
    parameter TOKEN_BITS = $clog2(TILE_TOKENS),
    parameter CHANNEL_BITS = $clog2(TILE_CHANNELS),
    parameter GROUP_BITS = CHANNEL_BITS > 3 ? CHANNEL_BITS - 3 : 1,
    // of a block of 8, of an edge, whichever side has more
    parameter BLOCK_BITS = TOKEN_BITS > GROUP_BITS + 3 ? TOKEN_BITS - 3 : GROUP_BITS,
    parameter EDGE_BITS = ROWS > COLUMNS ? $clog2(ROWS) : COLUMNS > 1 ? $clog2(COLUMNS) : 1
) (
    input clk,
    input rst,
    // what to send: at least one packet; taken when idle, which is: all has been sent
    input start_valid,
    output start_ready,
    input start_outliers,
    input start_v,
    input start_p,
    input start_z,                             // V goes out as Z
    input [3:0] start_columns,                 // lanes from there on are +0
    input [16:0] start_tokens,                 // 1..ROWS * TILE_TOKENS
    input [16:0] start_channels,               // 1..COLUMNS * TILE_CHANNELS
    // addresses are 0 where nothing is read
    // outlier bits of a group of 8 channels in every column edge, on the same clock
    output [GROUP_BITS-1:0] chosen_group,
    input [8*COLUMNS-1:0] chosen_bits,
    // V of a local channel of every column edge, from the next clock to the next read: 8 lanes x BF16 each
    output out_read,
    output [CHANNEL_BITS-1:0] out_channel,
    input [128*COLUMNS-1:0] column_data,
    // P of a local token of every row edge, in the same way
    output out_read_p,
    output [TOKEN_BITS-1:0] out_row,
    input [128*ROWS-1:0] row_data,
    // AXI4-Stream
    output m_axis_tvalid,
    input m_axis_tready,
    output [127:0] m_axis_tdata,
    output [1:0] m_axis_tuser,                 // kind
    output m_axis_tlast
);
  localparam [1:0] OUTLIERS = 2'd0, V = 2'd1, P = 2'd2, Z = 2'd3;
  localparam [31:0] ROW_COUNT = ROWS, COLUMN_COUNT = COLUMNS, BEAT_CHANNELS = 8 * COLUMNS;

  // ---- the job
  reg [2:0] want_q;                            // packets not read to their end: P, V or Z, OUTLIERS
  reg z_q;
  reg [3:0] columns_q;
  reg [16:0] tokens_q, channels_q;
  wire start = start_valid && start_ready;

  // ---- stage 0: the next beat, of the lowest packet wanted
  reg [16:0] left_q;                           // of the packet: channels or tokens, this beat's included
  reg [BLOCK_BITS-1:0] block_q;
  reg [EDGE_BITS-1:0] edge_q;
  reg [2:0] lane_q;                            // of the 8 of a block
  reg beat_valid_q, skid_valid_q, tvalid_q;
  wire [1:0] kind = want_q[0] ? OUTLIERS : !want_q[1] ? P : z_q ? Z : V;
  wire [16:0] step = want_q[0] ? BEAT_CHANNELS[16:0] : 17'd1;
  wire last = left_q <= step;
  wire [2:0] want_next = want_q & (want_q - 3'd1);
  wire turn = want_q[0] || lane_q == 3'd7;     // the last of its block in its edge
  wire [31:0] edges = kind == P ? ROW_COUNT : COLUMN_COUNT;
  wire wrap = want_q[0] || {{32 - EDGE_BITS{1'b0}}, edge_q} == edges - 32'd1;
  wire go = want_q != 3'd0 && (!beat_valid_q || !skid_valid_q);
  assign start_ready = want_q == 3'd0 && !beat_valid_q && !tvalid_q;
  // verilator lint_off UNUSEDSIGNAL
  wire [BLOCK_BITS+2:0] at = {block_q, lane_q}; // one side may have fewer bits
  // verilator lint_on UNUSEDSIGNAL
  assign chosen_group = want_q[0] ? block_q[GROUP_BITS-1:0] : {GROUP_BITS{1'b0}};
  assign out_read = go && (kind == V || kind == Z);
  assign out_channel = out_read ? at[CHANNEL_BITS-1:0] : {CHANNEL_BITS{1'b0}};
  assign out_read_p = go && kind == P;
  assign out_row = out_read_p ? at[TOKEN_BITS-1:0] : {TOKEN_BITS{1'b0}};
  always @(posedge clk)
    if (rst) want_q <= 3'd0;
    else if (start) begin
      want_q <= {start_p, start_v, start_outliers};
      z_q <= start_z;
      columns_q <= start_columns;
      tokens_q <= start_tokens;
      channels_q <= start_channels;
      left_q <= start_outliers || start_v ? start_channels : start_tokens;
      {block_q, edge_q, lane_q} <= 0;
    end else if (go && last) begin
      want_q <= want_next;
      left_q <= want_next[1] ? channels_q : tokens_q;
      {block_q, edge_q, lane_q} <= 0;
    end else if (go) begin
      left_q <= left_q - step;
      if (!want_q[0]) lane_q <= lane_q + 3'd1;
      if (turn) edge_q <= wrap ? {EDGE_BITS{1'b0}} : edge_q + 1'b1;
      if (turn && wrap) block_q <= block_q + 1'b1;
    end

  // ---- stage 1: it moves on unless the stream is two beats behind
  reg [1:0] beat_kind_q;
  reg [EDGE_BITS-1:0] beat_edge_q;
  reg beat_last_q;
  reg [8*COLUMNS-1:0] bits_q, bits;
  wire move = beat_valid_q && !skid_valid_q;
  always @* begin : outliers
    integer k;
    for (k = 0; k < 8 * COLUMNS; k = k + 1) bits[k] = chosen_bits[k] && k[16:0] < left_q;
  end
  always @(posedge clk) begin
    beat_valid_q <= !rst && (go || beat_valid_q && !move);
    if (go) begin
      beat_kind_q <= kind;
      beat_edge_q <= edge_q;
      beat_last_q <= last;
      if (want_q[0]) bits_q <= bits;
    end
  end

  // ---- stage 1 -> 2: the edge's word, without the lanes that are not there
  reg [127:0] data;
  wire [31:0] beat_edge = {{32 - EDGE_BITS{1'b0}}, beat_edge_q};
  always @* begin : select
    integer k;
    data = beat_kind_q == P ? row_data[128*beat_edge+:128] : column_data[128*beat_edge+:128];
    for (k = 0; k < 8; k = k + 1) if (k[3:0] >= columns_q) data[16*k+:16] = 16'd0;
    if (beat_kind_q == OUTLIERS) begin
      data = 128'd0;
      data[8*COLUMNS-1:0] = bits_q;
    end
  end

  // ---- stage 2
  reg [127:0] tdata_q, skid_data_q;
  reg [1:0] tuser_q, skid_user_q;
  reg tlast_q, skid_last_q;
  wire taken = !tvalid_q || m_axis_tready;
  assign {m_axis_tvalid, m_axis_tdata, m_axis_tuser, m_axis_tlast} = {tvalid_q, tdata_q, tuser_q, tlast_q};
  always @(posedge clk) begin
    tvalid_q <= !rst && (move || skid_valid_q || !taken);
    skid_valid_q <= !rst && !taken && (move || skid_valid_q);
    if (rst) {tdata_q, tuser_q, tlast_q} <= 131'd0;
    else if (taken && skid_valid_q) {tdata_q, tuser_q, tlast_q} <= {skid_data_q, skid_user_q, skid_last_q};
    else if (taken && move) {tdata_q, tuser_q, tlast_q} <= {data, beat_kind_q, beat_last_q};
    if (!taken && move) {skid_data_q, skid_user_q, skid_last_q} <= {data, beat_kind_q, beat_last_q};
  end
endmodule

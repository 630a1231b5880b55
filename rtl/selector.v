// selector.v - chooses the outliers over all cluster columns: `count` times the channel of the largest peak of those not chosen,
// the lowest channel first among equals; then has the sums made.
// Twin: cmodel/selector.c
// SPDX-License-Identifier: Apache-2.0
//
// Local channel l of column j is channel (l / 8 * COLUMNS + j) * 8 + l mod 8. All statistics scan at once, each for its best;
// of equal peaks the lowest local group wins, then the lowest column. The statistics may still have beats under way at the
// start, but get none from then on.
//
//   issue_q       scan_start or sum_start, when all statistics are idle
//   !issue_q      they scan or sum; their best -> choose_valid_q, column_q, choose_channel_q, beside the next start
// From the clock of the start to idle: (count + 1) x (groups + 3) + 1 clocks.
module selector #(
    parameter COLUMNS = 3,
    parameter TILE_CHANNELS = 64,
    parameter CHANNEL_BITS = $clog2(TILE_CHANNELS),
    parameter GROUP_BITS = CHANNEL_BITS > 3 ? CHANNEL_BITS - 3 : 1
) (
    input clk,
    input rst,
    input start,                             // taken while idle; clears what was chosen
    input [16:0] count,
    input [16:0] channels,                   // of the matrix
    input [GROUP_BITS:0] start_groups,       // groups of a column: channels / (8 COLUMNS), rounded up
    output idle,
    // to all statistics
    output clear_chosen,
    output scan_start,                       // follows statistics_idle, as sum_start does
    output sum_start,
    output [GROUP_BITS:0] groups,
    output [8*COLUMNS-1:0] last_lanes,       // of their last groups, 8 a column
    // from the statistics
    input statistics_idle,                   // all are
    input [COLUMNS-1:0] best_valid,
    input [15*COLUMNS-1:0] best_peak,
    input [CHANNEL_BITS*COLUMNS-1:0] best_channel,
    // to the statistics of one column
    output choose_valid,
    output [3:0] column,
    output [CHANNEL_BITS-1:0] choose_channel
);
  localparam KEY_BITS = 16 + CHANNEL_BITS;

  reg busy_q, issue_q, clear_q;
  reg [16:0] left_q;                         // channels to choose
  reg [GROUP_BITS:0] groups_q;
  reg [8*COLUMNS-1:0] last_lanes_q;
  wire go = issue_q && statistics_idle;
  wire finish = busy_q && !issue_q && statistics_idle;
  assign idle = !busy_q;
  assign clear_chosen = clear_q;
  assign scan_start = go && left_q != 17'd0;
  assign sum_start = go && left_q == 17'd0;
  assign groups = groups_q;
  assign last_lanes = last_lanes_q;
  always @(posedge clk) begin : control
    integer k;
    reg [31:0] rest;                         // channels of the last groups
    {k, rest} = 0;
    clear_q <= !rst && start && !busy_q;
    if (rst) {busy_q, issue_q} <= 2'd0;
    else if (start && !busy_q) begin
      {busy_q, issue_q} <= 2'd3;
      left_q <= count;
      groups_q <= start_groups;
      rest = {15'd0, channels} - ({{31 - GROUP_BITS{1'b0}}, start_groups} - 32'd1) * (8 * COLUMNS);
      for (k = 0; k < 8 * COLUMNS; k = k + 1) last_lanes_q[k] <= rest > k;
    end else if (go) issue_q <= 1'b0;
    else if (finish) begin
      if (left_q == 17'd0) busy_q <= 1'b0;
      else begin
        issue_q <= 1'b1;
        left_q <= left_q - 17'd1;
      end
    end
  end

  // ---- the best of the columns: a tree in which the lower column wins among equals
  reg choose_valid_q;
  reg [3:0] column_q;
  reg [CHANNEL_BITS-1:0] choose_channel_q;
  assign choose_valid = choose_valid_q;
  assign column = column_q;
  assign choose_channel = choose_channel_q;
  always @(posedge clk) begin : pick
    integer j, s;
    reg [KEY_BITS*COLUMNS-1:0] key;          // {valid, peak, ~group, ~lane}; the lane decides nothing
    reg [4*COLUMNS-1:0] number;
    {j, s, key, number} = 0;
    choose_valid_q <= !rst && finish && left_q != 17'd0 && |best_valid;
    if (finish && left_q != 17'd0) begin
      for (j = 0; j < COLUMNS; j = j + 1) begin
        key[KEY_BITS*j+:KEY_BITS] =
            {best_valid[j], best_peak[15*j+:15], ~best_channel[CHANNEL_BITS*j+:CHANNEL_BITS]};
        number[4*j+:4] = j[3:0];
      end
      for (s = 1; s < COLUMNS; s = s + s)
        for (j = 0; j + s < COLUMNS; j = j + s + s)
          if (key[KEY_BITS*(j+s)+3+:KEY_BITS-3] > key[KEY_BITS*j+3+:KEY_BITS-3]) begin
            key[KEY_BITS*j+:KEY_BITS] = key[KEY_BITS*(j+s)+:KEY_BITS];
            number[4*j+:4] = number[4*(j+s)+:4];
          end
      column_q <= number[3:0];
      choose_channel_q <= ~key[CHANNEL_BITS-1:0];
    end
  end
endmodule

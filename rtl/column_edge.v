// column_edge.v - the edge of one cluster column: keeps its channels of the block W between the passes. Three machines
// of their own: the feeder sends V into the column's vector_port, the taker turns results of its result_port into W and
// V, the writer hands V to the array's write port as rows of the basis.
// Twin: cmodel/column_edge.c
// SPDX-License-Identifier: Apache-2.0
//
// State: W, 8 lanes x FP32 a channel; V = BF16(W), 8 lanes a channel; `out`, the V to be streamed out; a mask bit a channel
// (outlier: V is +0). A command is taken when its machine is ready and has ended when it is idle; it names the channels
// [0, channels), at least one.
//
//   feeder   0   feed_channel_q             the channel to read
//            1   feed_valid_q, feed_q       to the vector port; copy_valid_q, copy_channel_q: its first clock, to `out`
//   taker    0   take_channel_q             the channel that the next result is of; W is addressed
//            1   arrive_q, result_q, read_q   the result and what W held
//            2   round_q, aligned_q, exponent_q   unrounded sums                 (ADD_STAGES == 2)
//            3   sum_valid_q, sum_q         the new W, rounded on its way into V
//            4   both written; taken_q, nan_q, overflow_q
//   writer   0   write_channel_q, write_lane_q   what to read, once it is taken
//            1   row_valid_q, row_channel_q, row_lane_q, turn_q   to the write port
module column_edge #(
    parameter TILE_CHANNELS = 8,             // multiple of 8
    parameter REPEATS = 8,                   // of one feed, at most
    parameter ADD_STAGES = 1,
    parameter CHANNEL_BITS = $clog2(TILE_CHANNELS),
    parameter REPEAT_BITS = $clog2(REPEATS + 1)
) (
    input clk,
    input rst,
    // FEED: v[0 .. channels), `repeats` times over; `copy`: the first time also to `out`
    input feed_valid,
    output feed_ready,
    output feed_idle,
    input [CHANNEL_BITS:0] feed_channels,
    input [REPEAT_BITS-1:0] feed_repeats,
    input feed_copy,
    // TAKE: for each result w = result, w - result, w + result as mode is 0, 1, 2; v = BF16(w); `copy`: v also to `out`,
    // while no FEED copies
    input take_valid,
    output take_ready,
    output take_idle,
    input [CHANNEL_BITS:0] take_channels,
    input [1:0] take_mode,
    input take_copy,
    // WRITE: channels in groups of 8, lanes [0, lanes) of a group in turn; a group only after the taker has taken it, in the
    // command that came last, with this one or before it, and covers these channels
    input write_valid,
    output write_ready,
    output write_idle,
    input [CHANNEL_BITS:0] write_channels,   // multiple of 8
    input [3:0] write_lanes,                 // 1..8
    // mask bit of a channel, for what is taken from the next clock on; reset and `clear` clear all, before a bit is set
    input mask_clear,
    input mask_valid,
    input [CHANNEL_BITS-1:0] mask_channel,
    input mask_bit,
    // `out` of a channel, from the next clock on: 8 lanes x BF16
    input out_read,
    input [CHANNEL_BITS-1:0] out_channel,
    output [127:0] out_data,
    // what was taken since the last clear: {NaN, overflow in rounding or infinite}, a bit a lane
    input flags_clear,
    output [15:0] flags,
    // to vector_port: 8 lanes x BF16
    output vector_valid,
    input vector_ready,
    output [127:0] vector_data,
    // from result_port: 8 lanes x FP32
    input result_valid,
    output result_ready,
    input [255:0] result_data,
    // to the write port of the tile memories: lane `row_lane` of 8 channels from `row_channel`, BF16
    output row_valid,
    input row_ready,
    output [CHANNEL_BITS-1:0] row_channel,
    output [2:0] row_lane,
    output [127:0] row_data
);
  // ---- feeder
  reg [CHANNEL_BITS-1:0] feed_channel_q;
  reg [CHANNEL_BITS:0] feed_end_q;
  reg [REPEAT_BITS-1:0] feed_left_q;         // repeats, this one included
  reg feed_valid_q, feed_copy_q, copy_valid_q;
  reg [CHANNEL_BITS-1:0] copy_channel_q;
  wire [CHANNEL_BITS:0] feed_next = {1'b0, feed_channel_q} + 1;
  wire feed_last = feed_next == feed_end_q;
  wire feed_go = !feed_ready && (!feed_valid_q || vector_ready);
  assign feed_ready = feed_left_q == 0;
  assign feed_idle = feed_ready && !feed_valid_q;
  assign vector_valid = feed_valid_q;
  always @(posedge clk) begin
    feed_valid_q <= !rst && (feed_go || feed_valid_q && !vector_ready);
    copy_valid_q <= !rst && feed_go && feed_copy_q;
    if (feed_go) copy_channel_q <= feed_channel_q;
    if (rst) feed_left_q <= 0;
    else if (feed_valid && feed_ready) begin
      feed_left_q <= feed_repeats;
      feed_end_q <= feed_channels;
      feed_channel_q <= 0;
      feed_copy_q <= feed_copy;
    end else if (feed_go) begin
      feed_left_q <= feed_left_q - {{REPEAT_BITS - 1{1'b0}}, feed_last};
      feed_copy_q <= feed_copy_q && !feed_last;
      feed_channel_q <= feed_last ? {CHANNEL_BITS{1'b0}} : feed_next[CHANNEL_BITS-1:0];
    end
  end

  // ---- taker, stage 0: results come in ascending order, and so do the writes
  reg [CHANNEL_BITS:0] take_channel_q, take_end_q, taken_q;
  reg [1:0] take_mode_q;
  reg take_copy_q, sum_valid_q;
  wire take_sum = take_mode_q != 2'd0;       // with what W holds
  wire take = result_valid && result_ready;
  assign result_ready = take_channel_q != take_end_q;
  assign take_idle = taken_q == take_end_q;
  assign take_ready = take_idle;
  always @(posedge clk)
    if (rst) {take_channel_q, take_end_q, taken_q} <= 0;
    else if (take_valid && take_ready) begin
      take_channel_q <= 0;
      take_end_q <= take_channels;
      taken_q <= 0;
      take_mode_q <= take_mode;
      take_copy_q <= take_copy;
    end else begin
      take_channel_q <= take_channel_q + {{CHANNEL_BITS{1'b0}}, take};
      taken_q <= taken_q + {{CHANNEL_BITS{1'b0}}, sum_valid_q};
    end

  // ---- stages 0 -> 3: 8 sums, or none
  reg arrive_q, round_q;
  reg [255:0] result_q, sum_q;
  reg [255:0] aligned_q, exponent_q;         // ADD_STAGES == 2
  wire [255:0] w;
  wire round = ADD_STAGES >= 2 ? round_q : arrive_q;
  always @(posedge clk) begin : add
    integer l;
    reg [31:0] x, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance;
    reg [31:0] upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result;
    reg [255:0] aligned_d, exponent_d, sum_d;
    {l, x, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance} = 0;
    {upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result} = 0;
    {aligned_d, exponent_d, sum_d} = 0;
    arrive_q <= !rst && take;
    round_q <= !rst && ADD_STAGES >= 2 && arrive_q;
    sum_valid_q <= !rst && round;
    if (take) result_q <= result_data;
    if (arrive_q) begin
      for (l = 0; l < 8; l = l + 1) begin
        c = w[32*l+:32];
        x = result_q[32*l+:32] ^ {take_mode_q[0], 31'd0};
`include "fp_expand.vh"
`include "fp_align.vh"
        if (ADD_STAGES < 2) begin
`include "fp_round.vh"
          sum_d[32*l+:32] = result;
        end else begin
          aligned_d[32*l+:32] = sign << 29 | magnitude;
          exponent_d[32*l+:32] = exponent;
        end
      end
      if (ADD_STAGES >= 2) begin
        aligned_q <= take_sum ? aligned_d : result_q;
        exponent_q <= exponent_d;
      end
    end
    if (ADD_STAGES >= 2) if (round_q)
      for (l = 0; l < 8; l = l + 1) begin
        n = aligned_q[32*l+:32];
        sign = n >> 29;
        magnitude = n & 32'h1FFFFFFF;
        exponent = exponent_q[32*l+:32];
`include "fp_round.vh"
        sum_d[32*l+:32] = result;
      end
    if (round) sum_q <= take_sum ? sum_d : ADD_STAGES >= 2 ? aligned_q : result_q;
  end
  edge_memory #(.WIDTH(256), .ROWS(TILE_CHANNELS), .ROW_BITS(CHANNEL_BITS)) u_w (
      .clk(clk), .read_valid(take && take_sum), .read_row(take_channel_q[CHANNEL_BITS-1:0]), .read_data(w),
      .write_valid(sum_valid_q), .write_row(taken_q[CHANNEL_BITS-1:0]), .write_data(sum_q)
  );

  // ---- stage 3 -> 4: BF16
  reg [TILE_CHANNELS-1:0] mask_q;
  reg [7:0] nan_q, overflow_q;
  reg [127:0] v_d;
  reg [7:0] nan_d, overflow_d;
  always @(*) begin : narrow
    integer l;
    reg [31:0] x, magnitude, result;
    {l, x, magnitude, result} = 0;
    {v_d, nan_d, overflow_d} = 0;
    if (sum_valid_q && !mask_q[taken_q[CHANNEL_BITS-1:0]])
      for (l = 0; l < 8; l = l + 1) begin
        x = sum_q[32*l+:32];
`include "fp_to_bf16.vh"
        v_d[16*l+:16] = result[15:0];
        nan_d[l] = magnitude > 32'h7F800000;
        overflow_d[l] = magnitude >= 32'h7F7F8000 && magnitude <= 32'h7F800000;
      end
  end
  assign flags = {nan_q, overflow_q};
  always @(posedge clk) begin
    nan_q <= rst ? 8'd0 : (flags_clear ? 8'd0 : nan_q) | nan_d;
    overflow_q <= rst ? 8'd0 : (flags_clear ? 8'd0 : overflow_q) | overflow_d;
    if (rst) mask_q <= 0;
    else begin
      if (mask_clear) mask_q <= 0;
      if (mask_valid) mask_q[mask_channel] <= mask_bit;
    end
  end

  // ---- writer
  reg [CHANNEL_BITS:0] write_channel_q, write_end_q;
  reg [3:0] write_lane_q, write_lanes_q;
  reg row_valid_q;
  reg [CHANNEL_BITS-1:0] row_channel_q;
  reg [2:0] row_lane_q;
  wire write_taken = taken_q > {write_channel_q[CHANNEL_BITS:3], 3'd7};
  wire write_go = !write_ready && write_taken && (!row_valid_q || row_ready);
  wire [3:0] write_next = write_lane_q + 4'd1;
  wire write_last = write_next == write_lanes_q;
  assign write_ready = write_channel_q == write_end_q;
  assign write_idle = write_ready && !row_valid_q;
  assign row_valid = row_valid_q;
  assign row_channel = row_channel_q;
  assign row_lane = row_lane_q;
  always @(posedge clk) begin
    row_valid_q <= !rst && (write_go || row_valid_q && !row_ready);
    if (write_go) begin
      row_channel_q <= write_channel_q[CHANNEL_BITS-1:0];
      row_lane_q <= write_lane_q[2:0];
    end
    if (rst) {write_channel_q, write_end_q} <= 0;
    else if (write_valid && write_ready) begin
      write_channel_q <= 0;
      write_end_q <= write_channels;
      write_lane_q <= 4'd0;
      write_lanes_q <= write_lanes;
    end else if (write_go) begin
      write_lane_q <= write_last ? 4'd0 : write_next;
      if (write_last) write_channel_q <= write_channel_q + 8;
    end
  end

  corner_memory #(.CHANNELS(TILE_CHANNELS), .CHANNEL_BITS(CHANNEL_BITS)) u_v (
      .clk(clk), .feed_valid(feed_go), .feed_channel(feed_channel_q), .feed_data(vector_data),
      .turn_valid(write_go), .turn_channel(write_channel_q[CHANNEL_BITS-1:0]), .turn_lane(write_lane_q[2:0]),
      .turn_data(row_data),
      .write_valid(sum_valid_q), .write_channel(taken_q[CHANNEL_BITS-1:0]), .write_data(v_d)
  );
  wire take_copies = sum_valid_q && take_copy_q;
  edge_memory #(.WIDTH(128), .ROWS(TILE_CHANNELS), .ROW_BITS(CHANNEL_BITS)) u_out (
      .clk(clk), .read_valid(out_read), .read_row(out_channel), .read_data(out_data),
      .write_valid(take_copies || copy_valid_q),
      .write_row(take_copies ? taken_q[CHANNEL_BITS-1:0] : copy_channel_q),
      .write_data(take_copies ? v_d : vector_data)
  );
endmodule

// statistics.v - what is known of the channels of one cluster column: sums of squares and peaks while a matrix streams in,
// and which channels are chosen as outliers.
// Twin: cmodel/statistics.c
// SPDX-License-Identifier: Apache-2.0
//
// For each of its channels: `whole`, the chain of fused a * a + sum from +0 over all tokens in the order in which they come;
// `kept`, the same over the tokens that are not exact, and `peak`, the largest magnitude of those, as bits; `chosen`.
//   beat (valid)   8 channels of a token. With `first` what was there counts as +0. Not ready while the group is in stage 1.
//   scan_start     best = the largest peak of the channels not chosen in groups [0, groups), the lowest channel first among
//                  equals; of the last group only the lanes in last_lanes
//   sum_start      chain, half 0 = FP32 sums from +0 of `kept` over the channels not chosen, 8 lanes, ascending groups;
//                  half 1 = sums of `whole` over all channels
// A start is taken while idle, if no beat is offered (a scan before a sum), and names at least one group. best and chain
// stand until the next start of their kind. From the clock of the start to the next idle one: groups + 2 clocks.
//
//   stage 0   group, data
//   stage 1   fetch_*_q, a_q            squares; the memories are read. A scan or a sum counts its groups here
//   stage 2   add_*_q, product_q, magnitude_q, read_q   16 additions, rounded in the same clock; peaks; the memories are written
//   stage 3   mem; chain_q; best_*_q
// The adders are shared: a sum takes its terms from the memories, a beat from product_q. `chosen` is seen in stage 2.
module statistics #(
    parameter TILE_CHANNELS = 64,            // multiple of 8
    parameter CHANNEL_BITS = $clog2(TILE_CHANNELS),
    parameter GROUP_BITS = CHANNEL_BITS > 3 ? CHANNEL_BITS - 3 : 1
) (
    input clk,
    input rst,
    // a beat: 8 x BF16
    input valid,
    output ready,                            // follows `group`
    input first,
    input exact,
    input [GROUP_BITS-1:0] group,
    input [127:0] data,
    input scan_start,
    input sum_start,
    input [GROUP_BITS:0] groups,
    input [7:0] last_lanes,
    output idle,
    output best_valid,                       // there is one
    output [14:0] best_peak,
    output [CHANNEL_BITS-1:0] best_channel,
    // chosen channels; reset clears all
    input clear_chosen,
    input choose_valid,
    input [CHANNEL_BITS-1:0] choose_channel,
    input [GROUP_BITS-1:0] chosen_group,
    output [7:0] chosen_bits,                // follow `chosen_group`
    output [511:0] chain                     // half h of lane l in bits 256h + 32l +: 32
);
  localparam GROUPS = TILE_CHANNELS > 8 ? TILE_CHANNELS / 8 : 2;
  localparam [1:0] BEAT = 2'd0, SCAN = 2'd1, SUM = 2'd2;
  localparam [GROUP_BITS-1:0] GROUP_1 = 1;
  localparam [GROUP_BITS:0] GROUPS_1 = 1;
  localparam [8*GROUPS-1:0] CHANNEL_0 = 1;

  // ---- stage 0 -> 1: a beat, or the next group of a scan or a sum
  reg fetch_valid_q, fetch_first_q, fetch_exact_q, add_valid_q;
  reg [1:0] fetch_kind_q;
  reg [GROUP_BITS-1:0] fetch_group_q;
  reg [GROUP_BITS:0] last_group_q;           // of a scan or sum
  reg [7:0] last_lanes_q;
  reg [127:0] a_q;
  wire walking = fetch_valid_q && fetch_kind_q != BEAT;
  wire fetch_last = {1'b0, fetch_group_q} == last_group_q;
  wire start_scan = scan_start && idle && !valid;
  wire start_sum = sum_start && !scan_start && idle && !valid;
  wire beat = valid && ready;
  assign ready = !fetch_valid_q || fetch_kind_q == BEAT && fetch_group_q != group;
  assign idle = !fetch_valid_q && !add_valid_q;
  always @(posedge clk) begin
    fetch_valid_q <= !rst && (beat || start_scan || start_sum || walking && !fetch_last);
    if (beat) begin
      fetch_kind_q <= BEAT;
      fetch_first_q <= first;
      fetch_exact_q <= exact;
      fetch_group_q <= group;
      a_q <= data;
    end else if (start_scan || start_sum) begin
      fetch_kind_q <= start_scan ? SCAN : SUM;
      fetch_group_q <= 0;
      last_group_q <= groups - GROUPS_1;
      last_lanes_q <= last_lanes;
    end else if (walking && !fetch_last) fetch_group_q <= fetch_group_q + GROUP_1;
  end

  // ---- stage 1 -> 2: squares {4'd0, exponent U12, significand U2.14}
  reg add_first_q, add_exact_q, add_last_q;
  reg [1:0] add_kind_q;
  reg [GROUP_BITS-1:0] add_group_q;
  reg [255:0] product_q;
  reg [127:0] magnitude_q;                   // 8 x {1'd0, 15 bits}, as in the memory
  wire [255:0] a_wide;                       // 32 bits each, that a simulator can take them all at once
  genvar lane_k;
  generate
    for (lane_k = 0; lane_k < 8; lane_k = lane_k + 1) begin : widen
      assign a_wide[32*lane_k+:32] = {16'd0, a_q[16*lane_k+:16]};
    end
  endgenerate
  always @(posedge clk) begin : square
    integer k;
    reg [31:0] x, n, zeros, exponent, operand;
    reg [255:0] product_d;
    {k, x, n, zeros, exponent, operand, product_d} = 0;
    add_valid_q <= !rst && fetch_valid_q;
    if (fetch_valid_q) begin
      add_kind_q <= fetch_kind_q;
      add_first_q <= fetch_first_q;
      add_exact_q <= fetch_exact_q;
      add_last_q <= fetch_last;
      add_group_q <= fetch_group_q;
    end
    if (fetch_valid_q && fetch_kind_q == BEAT) begin
      for (k = 0; k < 8; k = k + 1) begin
        x = a_wide[32*k+:32];
`include "fp_decode.vh"
        product_d[32*k+:32] = (operand >> 8 & 32'h7FF) << 17 | (operand & 32'hFF) * (operand & 32'hFF);
      end
      product_q <= product_d;
      magnitude_q <= a_q & {8{16'h7FFF}};
    end
  end

  // ---- memories
  wire [255:0] whole, kept;
  wire [127:0] peak;
  reg [511:0] sum_d;                         // {whole, kept}, or both halves of the chain; not a register
  wire [127:0] peak_d;
  wire add_beat = add_valid_q && add_kind_q == BEAT;
  wire add_kept = add_beat && (add_first_q || !add_exact_q);
  edge_memory #(.WIDTH(256), .ROWS(GROUPS), .ROW_BITS(GROUP_BITS)) u_whole (
      .clk(clk), .read_valid(fetch_valid_q && fetch_kind_q != SCAN), .read_row(fetch_group_q), .read_data(whole),
      .write_valid(add_beat), .write_row(add_group_q), .write_data(sum_d[511:256])
  );
  edge_memory #(.WIDTH(256), .ROWS(GROUPS), .ROW_BITS(GROUP_BITS)) u_kept (
      .clk(clk), .read_valid(fetch_valid_q && fetch_kind_q != SCAN), .read_row(fetch_group_q), .read_data(kept),
      .write_valid(add_kept), .write_row(add_group_q), .write_data(add_exact_q ? 256'd0 : sum_d[255:0])
  );
  edge_memory #(.WIDTH(128), .ROWS(GROUPS), .ROW_BITS(GROUP_BITS)) u_peak (
      .clk(clk), .read_valid(fetch_valid_q && fetch_kind_q != SUM), .read_row(fetch_group_q), .read_data(peak),
      .write_valid(add_kept), .write_row(add_group_q), .write_data(add_exact_q ? 128'd0 : peak_d)
  );

  // ---- chosen channels
  reg [8*GROUPS-1:0] chosen_q;
  wire [7:0] chosen = chosen_q[{add_group_q, 3'd0}+:8];
  assign chosen_bits = chosen_q[{chosen_group, 3'd0}+:8];
  always @(posedge clk)
    if (rst || clear_chosen) chosen_q <= 0;
    else if (choose_valid) chosen_q <= chosen_q | CHANNEL_0 << choose_channel;

  // ---- stage 2 -> 3: 16 additions
  reg [511:0] chain_q;
  assign chain = chain_q;
  always @* begin : add
    integer k;
    reg [31:0] x, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance;
    reg [31:0] upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result;
    reg [511:0] held, addend, product;
    reg summing;
    {k, x, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance} = 0;
    {upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result} = 0;
    {held, addend, product, summing, sum_d} = 0;
    if (add_valid_q && add_kind_q != SCAN) begin
      held = {whole, kept};
      product = {product_q, product_q};
      summing = add_kind_q == SUM;
      addend = summing ? chain_q : add_first_q ? 512'd0 : held;
      for (k = 0; k < 16; k = k + 1) begin
        x = held[32*k+:32];
        c = addend[32*k+:32];
`include "fp_expand.vh"
        n = product[32*k+:32];
        t_sign = summing ? t_sign : 32'd0;
        t_exponent = summing ? t_exponent : n >> 16;
        t_significand = summing ? t_significand : (n & 32'hFFFF) << 12;
`include "fp_align.vh"
`include "fp_round.vh"
        sum_d[32*k+:32] = result;
      end
    end
  end
  generate
    for (lane_k = 0; lane_k < 8; lane_k = lane_k + 1) begin : highest
      wire [15:0] old = peak[16*lane_k+:16], new_peak = magnitude_q[16*lane_k+:16];
      assign peak_d[16*lane_k+:16] = add_first_q || new_peak > old ? new_peak : old;
    end
  endgenerate
  always @(posedge clk) begin : chains
    integer k;
    k = 0;
    if (start_sum) chain_q <= 512'd0;
    else if (add_valid_q && add_kind_q == SUM) begin
      for (k = 0; k < 8; k = k + 1) if (!chosen[k]) chain_q[32*k+:32] <= sum_d[32*k+:32];
      chain_q[511:256] <= sum_d[511:256];
    end
  end

  // ---- stage 2 -> 3: the best of the group, by a tree in which the lower lane wins among equals, against the best so far
  reg best_valid_q;
  reg [14:0] best_peak_q;
  // verilator lint_off UNUSEDSIGNAL
  reg [GROUP_BITS+2:0] best_channel_q;       // a bit too many where a tile has 8 channels
  // verilator lint_on UNUSEDSIGNAL
  assign best_valid = best_valid_q;
  assign best_peak = best_peak_q;
  assign best_channel = best_channel_q[CHANNEL_BITS-1:0];
  always @(posedge clk) begin : search
    integer k, s;
    reg [127:0] key;                         // 8 x {candidate, peak}, 0 where it is none
    reg [23:0] lane;
    {k, s, key, lane} = 0;
    if (rst || start_scan) {best_valid_q, best_peak_q, best_channel_q} <= 0;
    else if (add_valid_q && add_kind_q == SCAN) begin
      for (k = 0; k < 8; k = k + 1) begin
        key[16*k+:16] = chosen[k] || add_last_q && !last_lanes_q[k] ? 16'd0 : {1'b1, peak[16*k+:15]};
        lane[3*k+:3] = k[2:0];
      end
      for (s = 1; s < 8; s = s + s)
        for (k = 0; k < 8; k = k + s + s)
          if (key[16*(k+s)+:16] > key[16*k+:16]) begin
            key[16*k+:16] = key[16*(k+s)+:16];
            lane[3*k+:3] = lane[3*(k+s)+:3];
          end
      if (key[15:0] > {best_valid_q, best_peak_q}) begin
        {best_valid_q, best_peak_q} <= key[15:0];
        best_channel_q <= {add_group_q, lane[2:0]};
      end
    end
  end
endmodule

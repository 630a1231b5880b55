// corner_memory.v - a block of 8 lanes x BF16 a channel, written a channel at a time, read by channel or turned: 8
// channels of one lane. Skewed over 8 banks, as tile_memory.v.
// Twin: cmodel/corner_memory.c
// SPDX-License-Identifier: Apache-2.0
//
// Lane e of channel c lies in bank (c + e) mod 8 of word c, so all lanes of one channel, or one lane of 8 channels,
// come out of 8 different banks. A bank is a 16-bit slice of `mem` with an address of its own.
//
//   stage 0   read addresses
//   stage 1   feed_q: 8 lanes of a channel; turn_q: 8 channels of a lane; before a write on stage 0's clock
module corner_memory #(
    parameter CHANNELS = 8,                  // multiple of 8
    parameter CHANNEL_BITS = 3
) (
    input clk,
    // 8 lanes of one channel, lane e in bits 16e +: 16
    input feed_valid,
    input [CHANNEL_BITS-1:0] feed_channel,
    output [127:0] feed_data,                // feed_q
    // one lane of 8 channels from `turn_channel` (multiple of 8), channel k in bits 16k +: 16
    input turn_valid,
    input [CHANNEL_BITS-1:0] turn_channel,
    input [2:0] turn_lane,
    output [127:0] turn_data,                // turn_q
    // 8 lanes of one channel
    input write_valid,
    input [CHANNEL_BITS-1:0] write_channel,
    input [127:0] write_data
);
  reg [127:0] mem [0:CHANNELS-1];
  reg [127:0] feed_q, turn_q;
  assign feed_data = feed_q;
  assign turn_data = turn_q;
  // words and banks are numbered in 32 bits
  // verilator lint_off UNUSEDSIGNAL
  wire [31:0] feed_word = {{32 - CHANNEL_BITS{1'b0}}, feed_channel};
  wire [31:0] turn_word = {{32 - CHANNEL_BITS{1'b0}}, turn_channel};
  wire [31:0] write_word = {{32 - CHANNEL_BITS{1'b0}}, write_channel};

  // ---- stage 0 -> 1
  always @(posedge clk) begin : feed
    integer k;
    reg [31:0] bank;
    reg [127:0] data, feed_d;
    {k, bank, data, feed_d} = 0;
    if (feed_valid) begin
      data = mem[feed_channel];
      for (k = 0; k < 8; k = k + 1) begin
        bank = (k + feed_word) & 32'd7;
        feed_d[16*k+:16] = data[16*bank+:16];
      end
      feed_q <= feed_d;
    end
  end
  always @(posedge clk) begin : turn
    integer k;
    reg [31:0] word, bank;
    reg [127:0] data, turn_d;
    {k, word, bank, data, turn_d} = 0;
    if (turn_valid) begin
      for (k = 0; k < 8; k = k + 1) begin
        word = turn_word | k;
        bank = (k + {29'd0, turn_lane}) & 32'd7;
        data = mem[word[CHANNEL_BITS-1:0]];
        turn_d[16*k+:16] = data[16*bank+:16];
      end
      turn_q <= turn_d;
    end
  end

  // ---- write
  always @(posedge clk) begin : write
    integer k;
    reg [31:0] bank;
    reg [127:0] data;
    {k, bank, data} = 0;
    if (write_valid) begin
      for (k = 0; k < 8; k = k + 1) begin
        bank = (k + write_word) & 32'd7;
        data[16*bank+:16] = write_data[16*k+:16];
      end
      mem[write_channel] <= data;
    end
  end
  // verilator lint_on UNUSEDSIGNAL
endmodule

// tile_memory.v - a cluster's block of A and, under it, its rows of the basis V^T: BF16, skewed over 8 banks.
// Twin: cmodel/tile_memory.c
// SPDX-License-Identifier: Apache-2.0
//
// Element (row i, channel c) lies in bank (i + c) mod 8 of word (i / 8 * GROUPS + c / 8) * 8 + i mod 8, so 8 rows of
// one channel (forward) or 8 channels of one row (transpose) come out of 8 different banks in one clock, and either
// from the 8 words of one 8 x 8 block. A bank is a 16-bit slice of `mem` with an address of its own; the rotation
// from bank order into element order is in the read path.
//
//   stage 0   read address of each bank
//   stage 1   element_q: 8 BF16, element k in bits 32k +: 16
module tile_memory #(
    parameter ROWS = 8,
    parameter GROUPS = 1,                // of 8 channels
    parameter ROW_BITS = 3,
    parameter CHANNEL_BITS = 3
) (
    input clk,
    // 8 rows from `read_row` (multiple of 8) of one channel, or 8 channels from `read_channel` (likewise) of one row
    input read_valid,
    input read_transpose,
    input read_zero,                     // eight times +0 instead
    input [ROW_BITS-1:0] read_row,
    input [CHANNEL_BITS-1:0] read_channel,
    output [255:0] element,              // element_q
    // 8 channels of one row, channel k in bits 16k +: 16
    input write_valid,
    input [ROW_BITS-1:0] write_row,
    input [CHANNEL_BITS-1:0] write_channel,
    input [127:0] write_data
);
  localparam WORDS = ROWS * GROUPS;
  localparam WORD_BITS = $clog2(WORDS);

  reg [127:0] mem [0:WORDS-1];
  reg [255:0] element_q;
  assign element = element_q;
  // a word's number is computed in 32 bits
  // verilator lint_off UNUSEDSIGNAL

  // ---- stage 0 -> 1
  wire [31:0] read_row_32 = {{32 - ROW_BITS{1'b0}}, read_row};
  wire [31:0] read_channel_32 = {{32 - CHANNEL_BITS{1'b0}}, read_channel};
  always @(posedge clk) begin : read
    integer k;
    reg [31:0] word, bank;
    reg [127:0] data;
    reg [255:0] element_d;
    {k, word, bank, data, element_d} = 0;
    if (read_valid) begin
      for (k = 0; k < 8; k = k + 1) begin
        word = ((read_row_32 >> 3) * GROUPS + (read_channel_32 >> 3)) << 3 | (read_transpose ? read_row_32 & 32'd7 : k);
        bank = (k + (read_transpose ? read_row_32 : read_channel_32)) & 32'd7;
        data = mem[word[WORD_BITS-1:0]];
        element_d[32*k+:32] = {16'd0, data[16*bank+:16]};
      end
      element_q <= read_zero ? 256'd0 : element_d;
    end
  end

  // ---- write: channel k of row i goes to bank (i + k) mod 8
  wire [31:0] write_row_32 = {{32 - ROW_BITS{1'b0}}, write_row};
  wire [31:0] write_channel_32 = {{32 - CHANNEL_BITS{1'b0}}, write_channel};
  always @(posedge clk) begin : write
    integer k;
    reg [31:0] word, bank;
    reg [127:0] data;
    {k, word, bank, data} = 0;
    if (write_valid) begin
      for (k = 0; k < 8; k = k + 1) begin
        bank = (k + write_row_32) & 32'd7;
        data[16*bank+:16] = write_data[16*k+:16];
      end
      word = ((write_row_32 >> 3) * GROUPS + (write_channel_32 >> 3)) << 3 | write_row_32 & 32'd7;
      mem[word[WORD_BITS-1:0]] <= data;
    end
  end
  // verilator lint_on UNUSEDSIGNAL
endmodule

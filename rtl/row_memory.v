// row_memory.v - a memory of a row edge: a word a row, one port to write, one to read. A word that is read while it is
// written shows what it was.
// Twin: cmodel/row_memory.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 0   read_row
//   stage 1   read_q, which stands until the next read
module row_memory #(
    parameter WIDTH = 16,
    parameter WORDS = 8,
    parameter BITS = $clog2(WORDS)
) (
    input clk,
    input read,
    input [BITS-1:0] read_row,
    output [WIDTH-1:0] read_data,
    input write,
    input [BITS-1:0] write_row,
    input [WIDTH-1:0] write_data
);
  reg [WIDTH-1:0] mem [0:WORDS-1];
  reg [WIDTH-1:0] read_q;
  assign read_data = read_q;
  always @(posedge clk) if (read) read_q <= mem[read_row];
  always @(posedge clk) if (write) mem[write_row] <= write_data;
endmodule

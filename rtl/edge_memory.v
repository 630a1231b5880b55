// edge_memory.v - what an edge keeps from one pass to another: a word a row, one port to write, one to read. A word that
// is read while it is written shows what it was.
// Twin: cmodel/edge_memory.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 0   read_row
//   stage 1   read_q, which stands until the next read
module edge_memory #(
    parameter WIDTH = 16,
    parameter ROWS = 8,
    parameter ROW_BITS = $clog2(ROWS)
) (
    input clk,
    input read_valid,
    input [ROW_BITS-1:0] read_row,
    output [WIDTH-1:0] read_data,                // read_q
    input write_valid,
    input [ROW_BITS-1:0] write_row,
    input [WIDTH-1:0] write_data
);
  reg [WIDTH-1:0] mem [0:ROWS-1];
  reg [WIDTH-1:0] read_q;
  assign read_data = read_q;
  always @(posedge clk) begin
    if (read_valid) read_q <= mem[read_row];
    if (write_valid) mem[write_row] <= write_data;
  end
endmodule

// edge_memory.v - the numbers that an edge keeps from one pass to another: a word of all lanes for each of its rows.
// Twin: cmodel/edge_memory.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 0   read address
//   stage 1   read_q: what the word held before the clock of its address
module edge_memory #(
    parameter WIDTH = 256,
    parameter ROWS = 8,
    parameter ROW_BITS = 3
) (
    input clk,
    input read_valid,
    input [ROW_BITS-1:0] read_row,
    output reg [WIDTH-1:0] read_q,
    input write_valid,
    input [ROW_BITS-1:0] write_row,
    input [WIDTH-1:0] write_data
);
  reg [WIDTH-1:0] mem [0:ROWS-1];
  always @(posedge clk) begin
    if (read_valid) read_q <= mem[read_row];
    if (write_valid) mem[write_row] <= write_data;
  end
endmodule

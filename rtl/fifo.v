// fifo.v - a queue of DEPTH words; the head is visible while `count` is not 0. Pushing into a full queue or popping
// an empty one is the caller's error: every user here holds a credit for what it does.
// Twin: cmodel/fifo.c
// SPDX-License-Identifier: Apache-2.0
module fifo #(
    parameter WIDTH = 8,
    parameter DEPTH_BITS = 3
) (
    input clk,
    input rst,
    input push,
    input [WIDTH-1:0] push_data,
    input pop,
    output [WIDTH-1:0] head,
    output [DEPTH_BITS:0] count
);
  reg [WIDTH-1:0] mem [0:(1<<DEPTH_BITS)-1];
  reg [DEPTH_BITS:0] write_q, read_q;
  assign count = write_q - read_q;
  assign head = mem[read_q[DEPTH_BITS-1:0]];
  always @(posedge clk) if (push) mem[write_q[DEPTH_BITS-1:0]] <= push_data;
  always @(posedge clk)
    if (rst) {write_q, read_q} <= 0;
    else begin
      write_q <= write_q + {{DEPTH_BITS{1'b0}}, push};
      read_q <= read_q + {{DEPTH_BITS{1'b0}}, pop};
    end
`ifdef FORMAL
  // formal/fifo.v follows the words of one slot, which the solver picks
  (* anyconst *) wire [DEPTH_BITS-1:0] slot;
  wire [WIDTH-1:0] slot_word = mem[slot];
`endif
endmodule

// counters.v - what happened, in clocks: counter k counts those on which event k was there, since reset, modulo 2^64.
// Twin: cmodel/counters.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 1   count_q
module counters #(
    parameter N = 2                            // 2..64
) (
    input clk,
    input rst,
    input [N-1:0] events,
    output [64*N-1:0] counts                   // counter k in bits 64k +: 64
);
  reg [64*N-1:0] count_q;
  assign counts = count_q;
  always @(posedge clk) begin : count
    integer k;
    for (k = 0; k < N; k = k + 1)
      if (rst) count_q[64*k+:64] <= 64'd0;
      else if (events[k]) count_q[64*k+:64] <= count_q[64*k+:64] + 64'd1;
  end
endmodule

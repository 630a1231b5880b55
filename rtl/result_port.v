// result_port.v - the end of one reduction: a row's (forward pass) or a column's (transpose pass). Queues finished
// rows of lanes for the edge and lends room in the queue before an operation that will fill it is issued.
// Twin: cmodel/result_port.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 8   sum of the last cluster
//   stage 9   queue, to the edge
module result_port #(
    parameter DEPTH_BITS = 5
) (
    input clk,
    input rst,
    // pass_control: is there room for a block of 8 rows; it takes it
    output room,
    input reserve,
    input in_valid,
    input [255:0] in_data,                   // 8 lanes x FP32
    output out_valid,
    input out_ready,
    output [255:0] out_data
);
  wire [DEPTH_BITS:0] count;
  wire pop = out_valid && out_ready;
  assign out_valid = count != 0;
  fifo #(.WIDTH(256), .DEPTH_BITS(DEPTH_BITS)) u_fifo (
      .clk(clk), .rst(rst), .push(in_valid), .push_data(in_data), .pop(pop), .head(out_data), .count(count)
  );

  reg [DEPTH_BITS:0] room_q;
  assign room = room_q[DEPTH_BITS:3] != 0;
  always @(posedge clk)
    if (rst) room_q <= {1'b1, {DEPTH_BITS{1'b0}}};
    else room_q <= room_q + {{DEPTH_BITS{1'b0}}, pop} - {{DEPTH_BITS - 3{1'b0}}, reserve, 3'd0};
endmodule

// vector_port.v - the head of one broadcast: a column's (forward pass) or a row's (transpose pass). Queues the vectors
// of one edge, meets each with its operation, decodes its lanes and drives all clusters of the column or row.
// Twin: cmodel/vector_port.c
// SPDX-License-Identifier: Apache-2.0
//
// Operations come from the neighbour of lower index, SKEW clocks a hop, so that the partial sums of the reduction
// meet on time. An operation is {valid, lanes, pop, last, first, bank, row, channel}; `pop` ends the vector's use.
//
//   stage -1  operation_in
//   stage 0   operation_q, to the clusters; the vector leaves the queue
//   stage 1   vector_q: decoded, lanes from `lanes` on are zero; delay_q (SKEW == 2)
module vector_port #(
    parameter SKEW = 1,
    parameter ADDRESS_BITS = 7,              // row and channel
    parameter DEPTH_BITS = 3
) (
    input clk,
    input rst,
    // vectors from the edge: 8 lanes x BF16
    input in_valid,
    output in_ready,
    input [127:0] in_data,
    // pass_control: may it issue; it did issue an operation that pops
    output available,
    input take,
    // operations from the neighbour, and to the next
    input [ADDRESS_BITS+8:0] operation_in,
    output [ADDRESS_BITS+8:0] operation_out,
    // broadcast
    output [ADDRESS_BITS+3:0] operation,     // {valid, last, first, bank, row, channel}
    output [255:0] broadcast                    // 8 lanes, decoded, one clock behind
);
  localparam OPERATION_BITS = ADDRESS_BITS + 9;

  // ---- stage -1 -> 0
  reg [OPERATION_BITS-1:0] operation_q, delay_q;
  always @(posedge clk) begin
    operation_q <= rst ? {OPERATION_BITS{1'b0}} : operation_in;
    delay_q <= rst || SKEW < 2 ? {OPERATION_BITS{1'b0}} : operation_q;
  end
  assign operation_out = SKEW < 2 ? operation_q : delay_q;
  wire valid = operation_q[OPERATION_BITS-1];
  wire [3:0] lanes = operation_q[OPERATION_BITS-2-:4];
  assign operation = {valid, operation_q[ADDRESS_BITS+2:0]};

  // ---- the queue, and a credit for each vector in it that no operation was issued for
  wire [127:0] head;
  wire [DEPTH_BITS:0] count;
  reg [DEPTH_BITS:0] credit_q;
  wire push = in_valid && in_ready;
  assign in_ready = !count[DEPTH_BITS];
  assign available = credit_q != 0;
  always @(posedge clk)
    if (rst) credit_q <= 0;
    else credit_q <= credit_q + {{DEPTH_BITS{1'b0}}, push} - {{DEPTH_BITS{1'b0}}, take};
  fifo #(.WIDTH(128), .DEPTH_BITS(DEPTH_BITS)) u_fifo (
      .clk(clk), .rst(rst), .push(push), .push_data(in_data),
      .pop(valid && operation_q[ADDRESS_BITS+3]), .head(head), .count(count)
  );

  // ---- stage 0 -> 1
  reg [255:0] vector_q;
  assign broadcast = vector_q;
  always @(posedge clk) begin : decode
    integer k;
    reg [31:0] x, n, zeros, exponent, operand;
    reg [255:0] vector_d;
    {k, x, n, zeros, exponent, operand, vector_d} = 0;
    if (valid) begin
      for (k = 0; k < 8; k = k + 1) begin
        x = k < {28'd0, lanes} ? {16'd0, head[16*k+:16]} : 32'd0;
`include "fp_decode.vh"
        vector_d[32*k+:32] = operand;
      end
      vector_q <= vector_d;
    end
  end
endmodule

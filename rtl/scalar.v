// scalar.v - the scalar unit: 256 FP32 registers and 64 flags under the microprograms of scalar_program.c, which judge a
// block, invert the factor of its Gram matrix, and keep the certificate.
// Twin: cmodel/scalar.c
// SPDX-License-Identifier: Apache-2.0
//
// In order, one operation a clock; an operation waits until no result is on its way to its registers. A word of the
// program is {op U4, dst U8, a U8, b U8}; 0 to 4 are scalar_alu's, the others as scalar_program.h has them.
//
//   stage 0   pc_q: word, operands
//   stage 1   scalar_alu; pick_q: what a PICK or CONSTANT writes; flag_q: what a comparison has found
//   stage 2   mem: from pick_q, or from either port of scalar_alu (three stages, fifteen stages later)
module scalar (
    input clk,
    input rst,
    // program: 0 JUDGE, 1 INVERT, 2 ACCUMULATE, 3 CLEAR, 4 FLOORS, 5 NORMS, 6 APPEND, 7 SETTLE, 8 VERDICT
    input start_valid,
    output start_ready,                      // idle, all results written
    input [3:0] start_program,
    // registers: one a clock, when idle
    input write_valid,
    input [7:0] write_register,
    input [31:0] write_data,                 // FP32
    input [7:0] read_register,
    output [31:0] read_data,                 // FP32, of this clock
    // flags; a column is good if it is clear of the basis, of norm 1, and apart from the good columns before it
    input [3:0] width,                       // columns in use
    output [63:0] flag,
    output [7:0] good
);
  reg [27:0] rom [0:1023];
  reg [9:0] entry [0:15];
  initial begin : programs
    integer k;
    for (k = 0; k < 1024; k = k + 1) rom[k] = 28'hF000000;
    for (k = 0; k < 16; k = k + 1) entry[k] = 10'd0;
`include "scalar_program.vh"
  end

  // ---- stage 0: the word, its operands, what it waits for
  reg running_q;
  reg [9:0] pc_q;
  reg [31:0] mem [0:255];
  reg [255:0] pending_q;                     // registers that a result is on its way to
  wire [27:0] word = rom[pc_q];
  wire [3:0] op = word[27:24];
  wire [7:0] dst = word[23:16], a_register = word[15:8], b_register = word[7:0];
  wire [31:0] a = mem[a_register], b = mem[b_register];
  wire is_alu = op <= 4'd4, is_compare = op == 4'd5 || op == 4'd6 || op == 4'd9, is_pick = op == 4'd7, is_constant = op == 4'd8;
  wire is_end = !(is_alu || is_compare || is_pick || is_constant);
  wire reads_a = !is_constant && !is_end, reads_b = is_alu && op != 4'd4 || is_compare;
  wire alu_ready;
  wire waits = reads_a && pending_q[a_register] || reads_b && pending_q[b_register] ||
      (is_alu || is_pick || is_constant) && pending_q[dst] || is_alu && !alu_ready || is_end && pending_q != 256'd0;
  wire issue = running_q && !waits;

  // ---- stage 1
  wire out_valid, iter_valid;
  wire [31:0] out_result, iter_result;
  wire [7:0] out_tag, iter_tag;
  scalar_alu u_scalar_alu (
      .clk(clk), .rst(rst),
      .in_valid(issue && is_alu), .in_ready(alu_ready), .op(op[2:0]), .a(a), .b(b), .tag(dst),
      .out_valid(out_valid), .out_result(out_result), .out_tag(out_tag),
      .iter_valid(iter_valid), .iter_result(iter_result), .iter_tag(iter_tag)
  );
  reg pick_valid_q;
  reg [7:0] pick_register_q;
  reg [31:0] pick_q;                         // FP32
  reg [63:0] flag_q;
  // an FP32 as a sign and a magnitude, in ascending order; a NaN compares with nothing
  wire [31:0] x = op == 4'd6 ? {1'b0, a[30:0]} : a, y = b;
  wire unordered = x[30:0] > 31'h7F800000 || y[30:0] > 31'h7F800000;
  wire both_zero = x[30:0] == 31'd0 && y[30:0] == 31'd0;
  wire greater = x[31] != y[31] ? y[31] : x[31] ? x[30:0] < y[30:0] : x[30:0] > y[30:0];
  wire smaller = x[31] != y[31] ? x[31] : x[31] ? x[30:0] > y[30:0] : x[30:0] < y[30:0];
  wire found = !unordered && (op == 4'd9 ? both_zero || !greater : !both_zero && (op == 4'd5 ? greater : smaller));
  assign start_ready = !running_q;
  always @(posedge clk) begin
    running_q <= !rst && (running_q ? !(issue && is_end) : start_valid);
    pc_q <= running_q ? pc_q + {9'd0, issue} : entry[start_program];
    pick_valid_q <= !rst && issue && (is_pick || is_constant);
    if (issue) begin
      pick_register_q <= dst;
      pick_q <= is_constant ? {word[15:0], 16'd0} : flag_q[b_register[5:0]] ? a : 32'd0;
    end
    if (issue && is_compare) flag_q[dst[5:0]] <= found;
  end

  // ---- stage 2
  always @(posedge clk) begin : pending
    reg [255:0] pending_d;
    pending_d = pending_q;
    if (pick_valid_q) pending_d[pick_register_q] = 1'b0;
    if (out_valid) pending_d[out_tag] = 1'b0;
    if (iter_valid) pending_d[iter_tag] = 1'b0;
    if (issue && (is_alu || is_pick || is_constant)) pending_d[dst] = 1'b1;
    pending_q <= rst ? 256'd0 : pending_d;
  end
  always @(posedge clk) begin
    if (write_valid && !running_q) mem[write_register] <= write_data;
    if (pick_valid_q) mem[pick_register_q] <= pick_q;
    if (out_valid) mem[out_tag] <= out_result;
    if (iter_valid) mem[iter_tag] <= iter_result;
  end
  assign read_data = mem[read_register];

  // ---- the verdict
  assign flag = flag_q;
  reg [7:0] good_d;
  always @* begin : verdict
    integer i, e;
    good_d = 8'd0;
    for (e = 0; e < 8; e = e + 1) begin
      good_d[e] = e < {28'd0, width} && flag_q[e] && flag_q[8+e];
      for (i = 0; i < e; i = i + 1) if (good_d[i] && !flag_q[16+e*(e-1)/2+i]) good_d[e] = 1'b0;
    end
  end
  assign good = good_d;
endmodule

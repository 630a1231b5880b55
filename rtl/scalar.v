// scalar.v - the scalar unit: 32 rows of 8 FP32 registers, rows of 8 flags, and 8 scalar_alu in lockstep under the
// microprograms of scalar_program.c, which judge a block, invert the factor of its Gram matrix, and keep the certificate.
// Twin: cmodel/scalar.c
// SPDX-License-Identifier: Apache-2.0
//
// In order, one operation on a row a clock; it waits until no result is on its way to its rows but what leaves the ALUs in
// this clock, which is forwarded. The words of a program are described in scalar_program.h.
//
//   stage 0   word_q, operands; pc_q: of the next word
//   stage 1   scalar_alu; flag_q: what a comparison has found; mem: from a MOVE
//   stage 2   mem: from either port of scalar_alu (three clocks, fifteen clocks later)
module scalar (
    input clk,
    input rst,
    // program, numbered as in scalar_program.h
    input start_valid,
    output start_ready,                      // idle, all results written
    input [3:0] start_program,
    input [3:0] width,                       // columns in use; stable while a program runs, as are the next two
    input [31:0] job_tolerance,              // FP32
    input [4:0] edges,
    output [3:0] edge_number,                // SUM: the edge and the half of its chains
    output edge_half,
    input [255:0] edge_data,                 // that are here on this clock: 8 FP32, the lowest lane in the lowest bits
    // registers: one row a clock, when idle
    input write_valid,
    input [4:0] write_row,
    input [255:0] write_data,
    input [4:0] read_row,
    input read_packed,                       // lanes that are kept, moved down; the others +0
    output [255:0] read_data,                // of this clock, at any time
    // what the programs have found
    output [7:0] good,
    output any_far,
    output [7:0] keep,
    output [3:0] kept,                       // lanes of keep that are set
    output reached,
    output noise,
    output possible,
    output residual_within,
    output limited,
    output empty,
    output overflow,
    output issued,                           // an operation, on the clock before: for the counters
    output [31:0] certificate,               // FP32
    output [31:0] bound                      // FP32
);
  reg [53:0] rom [0:511];
  reg [8:0] entry [0:15];
  initial begin : programs
    integer k;
    for (k = 0; k < 512; k = k + 1) rom[k] = 54'h1E000000000000;
    for (k = 0; k < 16; k = k + 1) entry[k] = 9'd511;
`include "scalar_program.vh"
  end

  // ---- stage 0: the word, what it waits for
  reg running_q, issued_q;
  assign issued = issued_q;
  reg [8:0] pc_q;
  reg [53:0] word_q;
  reg [31:0] pending_q;                      // rows that a result is on its way to
  reg [127:0] flag_q;                        // 16 rows
  wire [4:0] op, dst, a_row;
  wire [7:0] skip;
  wire fill;
  wire [1:0] gate, b_select;
  wire [3:0] flags;
  wire [2:0] lane, a_select;
  wire [15:0] b_field;
  assign {op, dst, skip, fill, gate, flags, lane, a_select, a_row, b_select, b_field} = word_q;
  wire [4:0] b_row = b_field[4:0];
  assign {edge_number, edge_half} = a_row;
  wire is_alu = op <= 5'd4, is_move = op == 5'd5, is_good = op == 5'd6, is_compare = op[4];
  wire no_edge = a_select == 3'd3 && {1'b0, edge_number} >= edges;
  wire is_end = !(is_alu || is_move || is_good || is_compare) || no_edge;
  wire [7:0] alu_ready, out_valid, iter_valid;
  wire [39:0] out_row, iter_row;             // of each lane; all the same
  reg [31:0] pending;                        // but for what leaves the ALUs
  always @* begin
    pending = pending_q;
    if (out_valid[0]) pending[out_row[4:0]] = 1'b0;
    if (iter_valid[0]) pending[iter_row[4:0]] = 1'b0;
  end
  wire waits = a_select == 3'd1 && pending[a_row] || a_select == 3'd2 && pending_q[7:0] != 8'd0 ||
      b_select != 2'd0 && pending[b_row] || (is_alu || is_move) && pending[dst] || is_alu && !(&alu_ready) ||
      is_end && pending != 32'd0;
  wire issue = running_q && !waits, writes = issue && (is_alu || is_move) && !is_end;
  wire [7:0] gate_row = flag_q[8*flags+:8];
  wire [7:0] passes = gate == 2'd0 ? 8'hFF : gate == 2'd1 ? ~(8'hFF << width) : gate == 2'd2 ? gate_row : {8{gate_row[lane]}};
  wire [7:0] enabled = passes & ~skip;

  // ---- the lanes
  wire [7:0] found;
  wire [255:0] row, b_rows;
  wire [63:0] results;
  wire [31:0] b_lane = b_rows[32*b_field[7:5]+:32];
  genvar k;
  generate for (k = 0; k < 8; k = k + 1) begin : lanes
    reg [31:0] mem [0:31];
    wire out_zero, out_write, iter_zero, iter_write;
    wire [31:0] out_result, iter_result;
    wire [31:0] out_value = out_zero ? 32'd0 : out_result, iter_value = iter_zero ? 32'd0 : iter_result;
    wire [4:0] out_to = out_row[5*k+:5], iter_to = iter_row[5*k+:5];

    // operands: a register, or what is about to be written to it
    wire [31:0] a_mem = out_valid[k] && out_write && out_to == a_row ? out_value :
        iter_valid[k] && iter_write && iter_to == a_row ? iter_value : mem[a_row];
    wire [31:0] b_mem = out_valid[k] && out_write && out_to == b_row ? out_value :
        iter_valid[k] && iter_write && iter_to == b_row ? iter_value : mem[b_row];
    wire [31:0] a = a_select == 3'd1 ? a_mem : a_select == 3'd2 ? mem[k] : a_select == 3'd3 ? edge_data[32*k+:32] :
        a_select == 3'd4 ? job_tolerance : a_select == 3'd5 && lane == k ? 32'h3F800000 : 32'd0;
    wire [31:0] b = b_select == 2'd0 ? {b_field, 16'd0} : b_select == 2'd1 ? b_mem : b_lane;
    assign b_rows[32*k+:32] = b_mem;

    // stage 1
    scalar_alu #(
        .TAG_BITS(7)
    ) u_scalar_alu (
        .clk(clk), .rst(rst),
        .in_valid(writes && is_alu), .in_ready(alu_ready[k]), .op(op[2:0]), .a(a), .b(b),
        .tag({!enabled[k], enabled[k] || fill, dst}),
        .out_valid(out_valid[k]), .out_result(out_result), .out_tag({out_zero, out_write, out_row[5*k+:5]}),
        .iter_valid(iter_valid[k]), .iter_result(iter_result), .iter_tag({iter_zero, iter_write, iter_row[5*k+:5]})
    );

    // a comparison: FP32 as a sign and a magnitude, in ascending order; a NaN compares with nothing
    wire unordered = a[30:0] > 31'h7F800000 || b[30:0] > 31'h7F800000;
    wire equal = a == b || a[30:0] == 31'd0 && b[30:0] == 31'd0;
    wire greater = a[31] != b[31] ? b[31] : a[31] ? a[30:0] < b[30:0] : a[30:0] > b[30:0];
    assign found[k] = unordered ? op[3] : equal ? op[1] : greater ? op[2] : op[0];

    // stage 2, and 1 of a MOVE
    always @(posedge clk) begin
      if (write_valid && !running_q) mem[write_row] <= write_data[32*k+:32];
      if (iter_valid[k] && iter_write) mem[iter_to] <= iter_value;
      if (out_valid[k] && out_write) mem[out_to] <= out_value;
      if (writes && is_move && (enabled[k] || fill)) mem[dst] <= enabled[k] ? b : 32'd0;
    end
    assign row[32*k+:32] = mem[read_row];
    if (k < 2) begin : relative
      assign results[32*k+:32] = mem[28];
    end
  end endgenerate

  // ---- stage 1: flags, the next word
  assign start_ready = !running_q;
  wire [8:0] pc = running_q ? pc_q : entry[start_program];
  wire [6:0] flag_at = {dst[3:0], 3'd0};
  always @(posedge clk) begin
    running_q <= !rst && (running_q ? !(issue && is_end) : start_valid);
    issued_q <= !rst && issue;
    if (issue || !running_q) begin
      word_q <= rom[pc];
      pc_q <= pc + 9'd1;
    end
    if (issue && is_good) flag_q[flag_at+:8] <= good;
    if (issue && is_compare) flag_q[flag_at+:8] <= flag_q[flag_at+:8] & skip | found & enabled;
  end
  always @(posedge clk) begin : scoreboard
    reg [31:0] pending_d;
    pending_d = pending;
    if (writes && is_alu) pending_d[dst] = 1'b1;
    pending_q <= rst ? 32'd0 : pending_d;
  end

  // ---- what is found: flags in the order of scalar_program.h; a column counts only the good ones before it
  assign keep = flag_q[111:104];
  assign {overflow, empty, limited, residual_within, possible, noise, reached} = flag_q[118:112];
  assign any_far = (flag_q[95:88] & ~flag_q[87:80]) != 8'd0;
  assign {bound, certificate} = results;
  reg [7:0] good_d;
  always @* begin : verdict
    integer i, e;
    good_d = 8'd0;
    for (e = 0; e < 8; e = e + 1) begin
      good_d[e] = flag_q[56+e] && flag_q[64+e] && flag_q[72+e];
      for (i = 0; i < e; i = i + 1) if (good_d[i] && !flag_q[8*i+e]) good_d[e] = 1'b0;
    end
  end
  assign good = good_d;

  // ---- reading
  reg [255:0] packed_d;
  reg [3:0] kept_d;
  always @* begin : packing
    integer e;
    packed_d = 256'd0;
    kept_d = 4'd0;
    for (e = 0; e < 8; e = e + 1)
      if (keep[e]) begin
        packed_d[32*kept_d[2:0]+:32] = row[32*e+:32];
        kept_d = kept_d + 4'd1;
      end
  end
  assign kept = kept_d;
  assign read_data = read_packed ? packed_d : row;
endmodule

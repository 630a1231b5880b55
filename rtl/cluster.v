// cluster.v - tile memory, 8 x 8 MACs and a node of the reduction. Executes what arrives on its column's broadcast
// (forward pass) or its row's (transpose pass); pass_control never lets both carry an operation.
// Twin: cmodel/cluster.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 0   operation                 {valid, last, first, bank, row, channel}; tile_memory is read
//   stage 1   vector, one clock behind its operation; control_q; the elements come out
//   stage 2.. mac_grid.v, reducer.v
module cluster #(
    parameter TILE_TOKENS = 8,
    parameter TILE_CHANNELS = 8,
    parameter BASIS_ROWS = 8,
    parameter STAGES = 2,
    parameter ADD_STAGES = 1,
    parameter BANKS = 1,
    parameter ROW_BITS = 4,
    parameter CHANNEL_BITS = 3
) (
    input clk,
    input rst,
    // broadcasts
    input [ROW_BITS+CHANNEL_BITS+3:0] column_operation,
    input [ROW_BITS+CHANNEL_BITS+3:0] row_operation,
    input row_unused,                        // the row of row_operation counts as +0
    input [255:0] column_vector,             // 8 lanes, decoded
    input [255:0] row_vector,
    // tile memory: 8 channels of one row
    input write_valid,
    input [ROW_BITS-1:0] write_row,
    input [CHANNEL_BITS-1:0] write_channel,
    input [127:0] write_data,
    // reduction
    input [255:0] west,                      // 8 lanes x FP32
    input [255:0] north,
    output sum_valid,
    output sum_transpose,
    output [255:0] sum
);
  localparam TOP = ROW_BITS + CHANNEL_BITS;
  wire transpose = row_operation[TOP+3];
  wire [TOP+3:0] operation = transpose ? row_operation : column_operation;

  // ---- stage 0 -> 1: {valid, transpose, bank, last, first}
  reg [4:0] control_q;
  always @(posedge clk)
    if (rst) control_q <= 5'd0;
    else control_q <= {operation[TOP+3], transpose, operation[TOP], operation[TOP+2], operation[TOP+1]};

  wire [255:0] element;
  tile_memory #(
      .ROWS(TILE_TOKENS + BASIS_ROWS), .GROUPS(TILE_CHANNELS / 8), .ROW_BITS(ROW_BITS), .CHANNEL_BITS(CHANNEL_BITS)
  ) u_tile_memory (
      .clk(clk),
      .read_valid(operation[TOP+3]), .read_transpose(transpose), .read_zero(transpose && row_unused),
      .read_row(operation[CHANNEL_BITS+:ROW_BITS]), .read_channel(operation[CHANNEL_BITS-1:0]),
      .element(element),
      .write_valid(write_valid), .write_row(write_row), .write_channel(write_channel), .write_data(write_data)
  );

  // ---- stages 1 -> 5
  wire finish, finish_bank, finish_transpose;
  wire [2048*BANKS-1:0] drain;
  mac_grid #(.STAGES(STAGES), .BANKS(BANKS)) u_mac_grid (
      .clk(clk), .rst(rst),
      .valid(control_q[4]), .first(control_q[0]), .last(control_q[1]), .bank(control_q[2]),
      .transpose(control_q[3]), .element(element), .broadcast(control_q[3] ? row_vector : column_vector),
      .finish(finish), .finish_bank(finish_bank), .finish_transpose(finish_transpose),
      .drain(drain)
  );

  // ---- stages 5 -> 7
  reducer #(.STAGES(ADD_STAGES), .BANKS(BANKS)) u_reducer (
      .clk(clk), .rst(rst),
      .finish(finish), .finish_bank(finish_bank), .finish_transpose(finish_transpose),
      .drain(drain), .west(west), .north(north),
      .sum_valid(sum_valid), .sum_transpose(sum_transpose), .sum(sum)
  );
endmodule

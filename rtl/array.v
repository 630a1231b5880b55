// array.v - ROWS x COLUMNS clusters between their broadcasts and reductions: the part of D-com that multiplies.
// Twin: cmodel/array.c
// SPDX-License-Identifier: Apache-2.0
//
// Forward pass: column j's vector goes to all clusters of column j; partial sums run from west to east, results
// leave at the row edges. Transpose pass: row i's vector to row i; north to south; results at the column edges.
// The only module that reads the generated configuration.
`include "dcom_config.vh"
module array #(
    parameter ROWS = `DCOM_CLUSTER_ROWS,
    parameter COLUMNS = `DCOM_CLUSTER_COLUMNS,
    parameter TILE_TOKENS = `DCOM_TILE_TOKENS,
    parameter TILE_CHANNELS = `DCOM_TILE_CHANNELS,
    parameter BASIS_ROWS = `DCOM_BASIS_ROWS,
    parameter STAGES = `DCOM_MAC_STAGES,
    parameter ROW_BITS = $clog2(TILE_TOKENS + BASIS_ROWS + 1),
    parameter CHANNEL_BITS = $clog2(TILE_CHANNELS),
    parameter BASIS_BITS = $clog2(ROWS * BASIS_ROWS + 1)
) (
    input clk,
    input rst,
    output [31:0] config_id,
    output active,
    output [2:0] activity,                   // pass_control.v
    // command to pass_control
    input command_valid,
    output command_ready,
    input command_transpose,
    input [3:0] command_lanes,
    input [ROW_BITS-1:0] command_row,
    input [ROW_BITS-1:0] command_rows,
    input [CHANNEL_BITS-3:0] command_groups,
    // basis rows in use, of the whole array, dealt in blocks of 8; stands while a pass is active. In a transpose pass the others
    // count as +0, whatever their memory holds
    input [BASIS_BITS-1:0] basis_used,
    // tile memory: 8 channels of one row in every cluster of one cluster row that `write_columns` names
    input write_valid,
    output write_ready,
    input [3:0] write_cluster_row,
    input [ROW_BITS-1:0] write_row,
    input [CHANNEL_BITS-1:0] write_channel,
    input [COLUMNS-1:0] write_columns,
    input [128*COLUMNS-1:0] write_data,
    // vectors in: 8 lanes x BF16
    input [COLUMNS-1:0] column_vector_valid,
    output [COLUMNS-1:0] column_vector_ready,
    input [128*COLUMNS-1:0] column_vector_data,
    input [ROWS-1:0] row_vector_valid,
    output [ROWS-1:0] row_vector_ready,
    input [128*ROWS-1:0] row_vector_data,
    // results out: 8 lanes x FP32
    output [ROWS-1:0] row_result_valid,
    input [ROWS-1:0] row_result_ready,
    output [256*ROWS-1:0] row_result_data,
    output [COLUMNS-1:0] column_result_valid,
    input [COLUMNS-1:0] column_result_ready,
    output [256*COLUMNS-1:0] column_result_data
);
  localparam SPAN = ROWS > COLUMNS ? ROWS : COLUMNS;
  localparam BANKS = STAGES > 2 ? 2 : 1;               // = clocks of the loop through an accumulator
  localparam ADD_STAGES = STAGES > 2 ? 2 : 1;
  localparam ADDRESS_BITS = ROW_BITS + CHANNEL_BITS;
  localparam VECTOR_DEPTH_BITS = $clog2(SPAN * ADD_STAGES + 4);
  localparam RESULT_DEPTH_BITS = $clog2(SPAN * ADD_STAGES + 16 * BANKS + 12);
  localparam SWITCH = SPAN * ADD_STAGES + 8 * BANKS + 8;

  assign config_id = `DCOM_CONFIG_ID;

  // ---- control
  wire [COLUMNS-1:0] column_available, column_room;
  wire [ROWS-1:0] row_available, row_room;
  wire [1:0] take, reserve;
  wire [ADDRESS_BITS+8:0] forward_operation, transpose_operation;
  pass_control #(
      .BANKS(BANKS), .SWITCH(SWITCH), .ROW_BITS(ROW_BITS), .CHANNEL_BITS(CHANNEL_BITS)
  ) u_pass_control (
      .clk(clk), .rst(rst),
      .command_valid(command_valid), .command_ready(command_ready), .command_transpose(command_transpose),
      .command_lanes(command_lanes), .command_row(command_row), .command_rows(command_rows),
      .command_groups(command_groups),
      .available({&row_available, &column_available}), .room({&column_room, &row_room}),
      .take(take), .reserve(reserve),
      .forward_operation(forward_operation), .transpose_operation(transpose_operation), .active(active),
      .activity(activity)
  );

  // ---- tile memory writes, one register from the port
  reg write_valid_q, write_ready_q;
  reg [3:0] write_cluster_row_q;
  reg [ROW_BITS-1:0] write_row_q;
  reg [CHANNEL_BITS-1:0] write_channel_q;
  reg [COLUMNS-1:0] write_columns_q;
  reg [128*COLUMNS-1:0] write_data_q;
  assign write_ready = write_ready_q;
  always @(posedge clk) begin
    write_ready_q <= !rst;
    write_valid_q <= !rst && write_valid && write_ready_q;
    if (write_valid && write_ready_q) begin
      write_cluster_row_q <= write_cluster_row;
      write_row_q <= write_row;
      write_channel_q <= write_channel;
      write_columns_q <= write_columns;
      write_data_q <= write_data;
    end
  end

  // ---- wires of the generated instances; the last hop's operation_out and the inner nodes' sum_valid and
  // sum_transpose lead nowhere
  // verilator lint_off UNUSEDSIGNAL
  genvar i, j;
  generate
    for (j = 0; j < COLUMNS; j = j + 1) begin : column_net
      wire [ADDRESS_BITS+8:0] operation_in, operation_out;
      wire [ADDRESS_BITS+3:0] operation;
      wire [255:0] broadcast;
    end
    for (i = 0; i < ROWS; i = i + 1) begin : row_net
      wire [ADDRESS_BITS+8:0] operation_in, operation_out;
      wire [ADDRESS_BITS+3:0] operation;
      wire [255:0] broadcast;
      for (j = 0; j < COLUMNS; j = j + 1) begin : node_net
        wire sum_valid, sum_transpose;
        wire [255:0] sum, west, north;
      end
    end
  endgenerate
  // verilator lint_on UNUSEDSIGNAL

  // ---- broadcasts of the columns, west to east, and of the rows, north to south
  generate
    for (j = 0; j < COLUMNS; j = j + 1) begin : column
      if (j == 0) begin : west_edge
        assign column_net[j].operation_in = forward_operation;
      end else begin : west_hop
        assign column_net[j].operation_in = column_net[j-1].operation_out;
      end
      vector_port #(.SKEW(ADD_STAGES), .ADDRESS_BITS(ADDRESS_BITS), .DEPTH_BITS(VECTOR_DEPTH_BITS)) u_vector_port (
          .clk(clk), .rst(rst),
          .in_valid(column_vector_valid[j]), .in_ready(column_vector_ready[j]),
          .in_data(column_vector_data[128*j+:128]), .available(column_available[j]), .take(take[0]),
          .operation_in(column_net[j].operation_in), .operation_out(column_net[j].operation_out),
          .operation(column_net[j].operation), .broadcast(column_net[j].broadcast)
      );
      result_port #(.DEPTH_BITS(RESULT_DEPTH_BITS)) u_result_port (
          .clk(clk), .rst(rst), .room(column_room[j]), .reserve(reserve[1]),
          .in_valid(row_net[ROWS-1].node_net[j].sum_valid && row_net[ROWS-1].node_net[j].sum_transpose),
          .in_data(row_net[ROWS-1].node_net[j].sum),
          .out_valid(column_result_valid[j]), .out_ready(column_result_ready[j]),
          .out_data(column_result_data[256*j+:256])
      );
    end
    for (i = 0; i < ROWS; i = i + 1) begin : row
      if (i == 0) begin : north_edge
        assign row_net[i].operation_in = transpose_operation;
      end else begin : north_hop
        assign row_net[i].operation_in = row_net[i-1].operation_out;
      end
      vector_port #(.SKEW(ADD_STAGES), .ADDRESS_BITS(ADDRESS_BITS), .DEPTH_BITS(VECTOR_DEPTH_BITS)) u_vector_port (
          .clk(clk), .rst(rst),
          .in_valid(row_vector_valid[i]), .in_ready(row_vector_ready[i]),
          .in_data(row_vector_data[128*i+:128]), .available(row_available[i]), .take(take[1]),
          .operation_in(row_net[i].operation_in), .operation_out(row_net[i].operation_out),
          .operation(row_net[i].operation), .broadcast(row_net[i].broadcast)
      );
      result_port #(.DEPTH_BITS(RESULT_DEPTH_BITS)) u_result_port (
          .clk(clk), .rst(rst), .room(row_room[i]), .reserve(reserve[0]),
          .in_valid(row_net[i].node_net[COLUMNS-1].sum_valid && !row_net[i].node_net[COLUMNS-1].sum_transpose),
          .in_data(row_net[i].node_net[COLUMNS-1].sum),
          .out_valid(row_result_valid[i]), .out_ready(row_result_ready[i]),
          .out_data(row_result_data[256*i+:256])
      );

      // ---- basis rows that are not in use
      // verilator lint_off UNUSEDSIGNAL
      wire [31:0] row_32 = {{32 - ROW_BITS{1'b0}}, row_net[i].operation[CHANNEL_BITS+:ROW_BITS]} - TILE_TOKENS;
      // verilator lint_on UNUSEDSIGNAL
      wire unused = !row_32[31] && ((row_32 >> 3) * ROWS + i << 3 | row_32 & 32'd7) >= {{32 - BASIS_BITS{1'b0}}, basis_used};

      // ---- the clusters; a partial sum starts from +0
      for (j = 0; j < COLUMNS; j = j + 1) begin : node
        if (j == 0) begin : west_edge
          assign row_net[i].node_net[j].west = 256'd0;
        end else begin : west_hop
          assign row_net[i].node_net[j].west = row_net[i].node_net[j-1].sum;
        end
        if (i == 0) begin : north_edge
          assign row_net[i].node_net[j].north = 256'd0;
        end else begin : north_hop
          assign row_net[i].node_net[j].north = row_net[i-1].node_net[j].sum;
        end
        cluster #(
            .TILE_TOKENS(TILE_TOKENS), .TILE_CHANNELS(TILE_CHANNELS), .BASIS_ROWS(BASIS_ROWS),
            .STAGES(STAGES), .ADD_STAGES(ADD_STAGES), .BANKS(BANKS),
            .ROW_BITS(ROW_BITS), .CHANNEL_BITS(CHANNEL_BITS)
        ) u_cluster (
            .clk(clk), .rst(rst),
            .column_operation(column_net[j].operation), .row_operation(row_net[i].operation), .row_unused(unused),
            .column_vector(column_net[j].broadcast), .row_vector(row_net[i].broadcast),
            .write_valid(write_valid_q && write_cluster_row_q == i && write_columns_q[j]),
            .write_row(write_row_q), .write_channel(write_channel_q), .write_data(write_data_q[128*j+:128]),
            .west(row_net[i].node_net[j].west), .north(row_net[i].node_net[j].north),
            .sum_valid(row_net[i].node_net[j].sum_valid), .sum_transpose(row_net[i].node_net[j].sum_transpose),
            .sum(row_net[i].node_net[j].sum)
        );
      end
    end
  endgenerate
endmodule

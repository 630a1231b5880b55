// accelerator.v - the cluster array between its edges, with the scalar unit and the sequencer: decomposes the matrix that
// lies in its tiles with no host in the loop. The host loads the tiles, sets masks and the scalars of the certificate, starts
// a job and reads each block as it stands in the edges.
// Twin: cmodel/accelerator.c
// SPDX-License-Identifier: Apache-2.0
`include "dcom_config.vh"
module accelerator #(
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
    // job
    input start_valid,
    output busy,
    input [ROW_BITS-1:0] job_tokens,         // of a cluster row, multiple of 8
    input [CHANNEL_BITS:0] job_channels,     // of a cluster column, multiple of 8
    input [BASIS_BITS-1:0] job_rank,
    input [3:0] job_lanes,
    input [3:0] job_warmup,
    input [31:0] job_key,
    input job_limited,
    input job_empty,
    output [2:0] stop,
    output [1:0] flags,
    output [BASIS_BITS-1:0] rank,
    output [15:0] passes,
    output [15:0] rounds,
    output [15:0] deflations,
    output block_valid,
    input block_taken,
    output [3:0] block_columns,
    // tiles: 8 channels of one row in every cluster of one cluster row; when idle
    input load_valid,
    output load_ready,
    input [3:0] load_cluster_row,
    input [ROW_BITS-1:0] load_row,
    input [CHANNEL_BITS-1:0] load_channel,
    input [128*COLUMNS-1:0] load_data,
    // masks: the same local channel or token of all edges that are named; when idle
    input [COLUMNS-1:0] column_mask_valid,
    input [ROWS-1:0] row_mask_valid,
    input [CHANNEL_BITS-1:0] column_mask_channel,
    // verilator lint_off UNUSEDSIGNAL
    input [ROW_BITS-1:0] row_mask_token,     // below TILE_TOKENS
    // verilator lint_on UNUSEDSIGNAL
    input mask_zero,
    // the scalar unit's registers, when idle
    input scalar_write,
    input [7:0] scalar_register,
    input [31:0] scalar_data,                // FP32
    output [31:0] scalar_read,
    output [63:0] scalar_flag,
    // V of a channel and P of a token of each edge, one clock later
    input [CHANNEL_BITS-1:0] read_channel,
    // verilator lint_off UNUSEDSIGNAL
    input [ROW_BITS-1:0] read_token,         // below TILE_TOKENS
    // verilator lint_on UNUSEDSIGNAL
    output [128*COLUMNS-1:0] read_v,
    output [128*ROWS-1:0] read_p
);
  localparam BANKS = STAGES > 2 ? 2 : 1;
  localparam ADD_STAGES = STAGES > 2 ? 2 : 1;
  localparam REPEATS = (TILE_TOKENS > BASIS_ROWS ? TILE_TOKENS : BASIS_ROWS) / 8;
  localparam COLUMN_REPEAT_BITS = $clog2(REPEATS + 1);
  localparam REPEAT_BITS = 8;
  localparam TOKEN_BITS = $clog2(TILE_TOKENS);
  localparam LOCAL_BITS = $clog2(BASIS_ROWS);
  localparam ADDRESS_BITS = TOKEN_BITS > LOCAL_BITS ? TOKEN_BITS : LOCAL_BITS;
  localparam EDGE_BITS = $clog2((TILE_TOKENS > BASIS_ROWS ? TILE_TOKENS : BASIS_ROWS) + 1);

  // addresses and counts of the array, the edges and the basis are of several widths: upper bits are zero; ready signals of
  // edges and array that are idle are high
  // verilator lint_off UNUSEDSIGNAL

  // ---- sequencer
  wire pass_valid, pass_transpose, array_active, column_subtract, clear, row_valid;
  wire [3:0] pass_lanes, column_lanes, row_width, word_edge, program_number, width;
  wire [ROW_BITS-1:0] pass_row, pass_rows, row_row, word_row;
  wire [REPEAT_BITS-1:0] column_repeats, row_repeats;
  wire [2:0] row_kind;
  wire [BASIS_BITS-1:0] row_first, row_last, row_limit;
  wire [31:0] row_key, register_data, register_read;
  wire word_read, word_write, word_norm, program_valid, program_ready, register_write;
  wire [255:0] word_data;
  wire [7:0] register_number, good;
  wire [63:0] flag;
  wire [COLUMNS-1:0] column_idle, row_strobe;
  wire [16*COLUMNS-1:0] column_flags;
  wire [ROWS-1:0] row_idle;
  wire [2*ROWS-1:0] row_flags;
  wire [256*ROWS-1:0] row_peak, row_h;
  wire [512*ROWS-1:0] row_chain;
  reg [15:0] column_lanes_any;
  reg [1:0] row_flags_any;
  always @* begin : any
    integer k;
    column_lanes_any = 16'd0;
    row_flags_any = 2'd0;
    for (k = 0; k < COLUMNS; k = k + 1) column_lanes_any = column_lanes_any | column_flags[16*k+:16];
    for (k = 0; k < ROWS; k = k + 1) row_flags_any = row_flags_any | row_flags[2*k+:2];
  end
  wire [1:0] column_flags_any = {|column_lanes_any[15:8], |column_lanes_any[7:0]};
  sequencer #(
      .ROWS(ROWS), .BANKS(BANKS), .TILE_TOKENS(TILE_TOKENS), .ROW_BITS(ROW_BITS), .CHANNEL_BITS(CHANNEL_BITS),
      .BASIS_BITS(BASIS_BITS), .REPEAT_BITS(REPEAT_BITS)
  ) u_sequencer (
      .clk(clk), .rst(rst), .start_valid(start_valid), .busy(busy), .job_tokens(job_tokens), .job_channels(job_channels),
      .job_rank(job_rank), .job_lanes(job_lanes), .job_warmup(job_warmup), .job_key(job_key),
      .job_limited(job_limited), .job_empty(job_empty),
      .stop(stop), .flags(flags), .rank(rank), .passes(passes), .rounds(rounds), .deflations(deflations),
      .block_valid(block_valid), .block_taken(block_taken), .block_columns(block_columns),
      .pass_valid(pass_valid), .array_active(array_active), .pass_transpose(pass_transpose), .pass_lanes(pass_lanes),
      .pass_row(pass_row), .pass_rows(pass_rows),
      .column_idle(&column_idle), .column_subtract(column_subtract), .column_repeats(column_repeats),
      .column_lanes(column_lanes), .column_flags(column_flags_any), .clear(clear),
      .row_idle(&row_idle), .row_valid(row_valid), .row_kind(row_kind), .row_row(row_row), .row_repeats(row_repeats),
      .row_first(row_first), .row_last(row_last), .row_limit(row_limit), .row_width(row_width), .row_key(row_key),
      .row_flags(row_flags_any), .row_peak(row_peak), .row_chain(row_chain),
      .word_edge(word_edge), .word_read(word_read), .word_write(word_write), .word_norm(word_norm), .word_row(word_row),
      .word_data(word_data), .word_h(row_h[256*{28'd0, word_edge}+:256]),
      .program_valid(program_valid), .program_ready(program_ready), .program_number(program_number),
      .register_write(register_write), .register_number(register_number), .register_data(register_data),
      .register_read(register_read), .flag(flag), .good(good), .width(width)
  );

  // ---- scalar unit: the host's when idle
  scalar u_scalar (
      .clk(clk), .rst(rst), .start_valid(program_valid), .start_ready(program_ready), .start_program(program_number),
      .write_valid(busy ? register_write : scalar_write), .write_register(busy ? register_number : scalar_register),
      .write_data(busy ? register_data : scalar_data), .read_register(busy ? register_number : scalar_register),
      .read_data(register_read), .width(width), .flag(flag), .good(good)
  );
  assign scalar_read = register_read;
  assign scalar_flag = flag;

  // ---- the array; its write port is the host's when idle, else the column edges', all of them on one clock: lane e of
  // the candidate is basis row rank + e
  wire [3*COLUMNS-1:0] strobe_lane;
  wire [CHANNEL_BITS*COLUMNS-1:0] strobe_channel;
  wire [128*COLUMNS-1:0] strobe_data;
  wire write_ready;
  wire [31:0] candidate = {{32 - BASIS_BITS{1'b0}}, rank} + {29'd0, strobe_lane[2:0]};
  wire [31:0] candidate_home = (candidate >> 3) % ROWS;
  wire [31:0] candidate_row = ((candidate >> 3) / ROWS << 3 | candidate & 32'd7) + TILE_TOKENS;
  wire strobe = &row_strobe;
  wire [COLUMNS-1:0] column_vector_valid, column_vector_ready, column_result_valid, column_result_ready;
  wire [ROWS-1:0] row_vector_valid, row_vector_ready, row_result_valid, row_result_ready;
  wire [128*COLUMNS-1:0] column_vector_data;
  wire [128*ROWS-1:0] row_vector_data;
  wire [256*COLUMNS-1:0] column_result_data;
  wire [256*ROWS-1:0] row_result_data;
  wire command_ready;
  assign load_ready = !busy && write_ready;
  array #(
      .ROWS(ROWS), .COLUMNS(COLUMNS), .TILE_TOKENS(TILE_TOKENS), .TILE_CHANNELS(TILE_CHANNELS), .BASIS_ROWS(BASIS_ROWS),
      .STAGES(STAGES)
  ) u_array (
      .clk(clk), .rst(rst), .config_id(config_id), .active(array_active),
      .command_valid(pass_valid), .command_ready(command_ready), .command_transpose(pass_transpose),
      .command_lanes(pass_lanes), .command_row(pass_row), .command_rows(pass_rows), .command_groups(job_channels[CHANNEL_BITS:3]),
      .write_valid(busy ? strobe : load_valid), .write_ready(write_ready),
      .write_cluster_row(busy ? candidate_home[3:0] : load_cluster_row),
      .write_row(busy ? candidate_row[ROW_BITS-1:0] : load_row),
      .write_channel(busy ? strobe_channel[CHANNEL_BITS-1:0] : load_channel), .write_columns({COLUMNS{1'b1}}),
      .write_data(busy ? strobe_data : load_data),
      .column_vector_valid(column_vector_valid), .column_vector_ready(column_vector_ready),
      .column_vector_data(column_vector_data),
      .row_vector_valid(row_vector_valid), .row_vector_ready(row_vector_ready), .row_vector_data(row_vector_data),
      .row_result_valid(row_result_valid), .row_result_ready(row_result_ready), .row_result_data(row_result_data),
      .column_result_valid(column_result_valid), .column_result_ready(column_result_ready),
      .column_result_data(column_result_data)
  );

  // ---- edges
  genvar k;
  generate
    for (k = 0; k < COLUMNS; k = k + 1) begin : column_edges
      wire feed_ready, feed_idle, take_ready, take_idle, writer_ready, write_idle;
      column_edge #(.TILE_CHANNELS(TILE_CHANNELS), .REPEATS(REPEATS), .ADD_STAGES(ADD_STAGES)) u_column_edge (
          .clk(clk), .rst(rst),
          .feed_valid(pass_valid && !pass_transpose), .feed_ready(feed_ready), .feed_idle(feed_idle),
          .feed_channels(job_channels), .feed_repeats(column_repeats[COLUMN_REPEAT_BITS-1:0]),
          .take_valid(pass_valid && pass_transpose), .take_ready(take_ready), .take_idle(take_idle),
          .take_channels(job_channels), .take_subtract(column_subtract),
          .write_valid(pass_valid && pass_transpose), .write_ready(writer_ready), .write_idle(write_idle),
          .write_channels(job_channels), .write_lanes(column_lanes), .write_follow(1'b1),
          .mask_valid(column_mask_valid[k]), .mask_channel(column_mask_channel), .mask_bit(mask_zero),
          .read_channel(read_channel), .read_data(read_v[128*k+:128]),
          .flags_clear(clear), .flags(column_flags[16*k+:16]),
          .vector_valid(column_vector_valid[k]), .vector_ready(column_vector_ready[k]),
          .vector_data(column_vector_data[128*k+:128]),
          .result_valid(column_result_valid[k]), .result_ready(column_result_ready[k]),
          .result_data(column_result_data[256*k+:256]),
          .row_valid(row_strobe[k]), .row_ready(strobe && write_ready),
          .row_channel(strobe_channel[CHANNEL_BITS*k+:CHANNEL_BITS]), .row_lane(strobe_lane[3*k+:3]),
          .row_data(strobe_data[128*k+:128])
      );
      assign column_idle[k] = feed_idle && take_idle && write_idle;
    end
    for (k = 0; k < ROWS; k = k + 1) begin : row_edges
      wire feed_ready, take_ready, walk_ready, writer_ready, read_ready;
      row_edge #(
          .TILE_TOKENS(TILE_TOKENS), .BASIS_ROWS(BASIS_ROWS), .ROWS(ROWS), .REPEAT_BITS(REPEAT_BITS)
      ) u_row_edge (
          .clk(clk), .rst(rst), .index(k[3:0]),
          .command_valid(row_valid), .command_kind(row_kind), .command_row(row_row[EDGE_BITS-1:0]),
          .command_rows(pass_rows[EDGE_BITS-1:0]), .command_repeats(row_repeats), .command_first(row_first),
          .command_last(row_last), .command_limit(row_limit), .command_width(row_width), .command_key(row_key),
          .feed_ready(feed_ready), .take_ready(take_ready), .walk_ready(walk_ready),
          .vector_valid(row_vector_valid[k]), .vector_ready(row_vector_ready[k]),
          .vector_data(row_vector_data[128*k+:128]),
          .result_valid(row_result_valid[k]), .result_ready(row_result_ready[k]),
          .result_data(row_result_data[256*k+:256]),
          .write_valid(word_write && {28'd0, word_edge} == k), .write_ready(writer_ready), .write_norm(word_norm),
          .write_row(word_row[ADDRESS_BITS-1:0]), .write_data(word_data),
          .mask_valid(row_mask_valid[k]), .mask_row(row_mask_token[TOKEN_BITS-1:0]), .mask_zero(mask_zero),
          .read_valid(word_read || block_valid), .read_ready(read_ready), .read_basis(!block_valid),
          .read_row(block_valid ? read_token[ADDRESS_BITS-1:0] : word_row[ADDRESS_BITS-1:0]),
          .read_p(read_p[128*k+:128]), .read_h(row_h[256*k+:256]),
          .chain(row_chain[512*k+:512]), .peak(row_peak[256*k+:256]), .clear(clear), .flags(row_flags[2*k+:2])
      );
      assign row_idle[k] = feed_ready && take_ready;
    end
  endgenerate
  // verilator lint_on UNUSEDSIGNAL
endmodule

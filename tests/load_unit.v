// load_unit.v - a loader, the statistics of its columns and a selector, not wired to each other: load_tb.cpp does that, or
// drives each at random. SPDX-License-Identifier: Apache-2.0
module load_unit #(
    parameter ROWS = 2,
    parameter COLUMNS = 3,
    parameter TILE_TOKENS = 64,
    parameter TILE_CHANNELS = 64,
    parameter BASIS_ROWS = 24,
    parameter ROW_BITS = $clog2(TILE_TOKENS + BASIS_ROWS + 1),
    parameter CHANNEL_BITS = $clog2(TILE_CHANNELS),
    parameter GROUP_BITS = CHANNEL_BITS > 3 ? CHANNEL_BITS - 3 : 1
) (
    input clk,
    input rst,
    // loader
    input start_valid,
    output start_ready,
    input start_vectors,
    input [16:0] start_tokens,
    input [16:0] start_channels,
    input [16:0] start_blocks,
    input [ROW_BITS-1:0] start_base,
    input [3:0] start_exact_count,
    input [135:0] start_exact_tokens,
    input abort_job,
    input s_axis_tvalid,
    output s_axis_tready,
    input [128*COLUMNS-1:0] s_axis_tdata,
    input s_axis_tlast,
    output write_valid,
    input write_ready,
    output [3:0] write_cluster_row,
    output [ROW_BITS-1:0] write_row,
    output [CHANNEL_BITS-1:0] write_channel,
    output [128*COLUMNS-1:0] write_data,
    output statistics_valid,
    input statistics_ready,
    output statistics_first,
    output statistics_exact,
    output [GROUP_BITS-1:0] statistics_group,
    output [16:0] chunks,
    output loaded,
    output row_valid,
    output [3:0] row_edge,
    output [ROW_BITS-1:0] row_row,
    output [127:0] row_data,
    output block_loaded,
    input block_next,
    output framing,
    output failed,
    // statistics, a field a column; control: {choose_valid, clear_chosen, sum_start, scan_start, exact, first, valid}
    input [7*COLUMNS-1:0] control,
    input [16*COLUMNS-1:0] group,
    input [128*COLUMNS-1:0] data,
    input [16*COLUMNS-1:0] groups,
    input [8*COLUMNS-1:0] last_lanes,
    input [16*COLUMNS-1:0] choose_channel,
    input [16*COLUMNS-1:0] chosen_group,
    output [3*COLUMNS-1:0] state,            // {best_valid, idle, ready}
    output [16*COLUMNS-1:0] best_peak,
    output [16*COLUMNS-1:0] best_channel,
    output [8*COLUMNS-1:0] chosen_bits,
    output [512*COLUMNS-1:0] chain,
    // selector
    input select_start,
    input [16:0] select_count,
    input [16:0] select_channels,
    input [15:0] select_groups,
    output select_idle,
    output select_clear_chosen,
    output select_scan_start,
    output select_sum_start,
    output [15:0] select_out_groups,
    output [8*COLUMNS-1:0] select_last_lanes,
    input select_statistics_idle,
    input [COLUMNS-1:0] select_best_valid,
    input [16*COLUMNS-1:0] select_best_peak,
    input [16*COLUMNS-1:0] select_best_channel,
    output select_choose_valid,
    output [3:0] select_column,
    output [15:0] select_choose_channel
);
  loader #(
      .ROWS(ROWS), .COLUMNS(COLUMNS), .TILE_TOKENS(TILE_TOKENS), .TILE_CHANNELS(TILE_CHANNELS), .BASIS_ROWS(BASIS_ROWS)
  ) u_loader (
      .clk(clk), .rst(rst), .start_valid(start_valid), .start_ready(start_ready), .start_vectors(start_vectors),
      .start_tokens(start_tokens), .start_channels(start_channels), .start_blocks(start_blocks), .start_base(start_base),
      .start_exact_count(start_exact_count), .start_exact_tokens(start_exact_tokens), .abort_job(abort_job),
      .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready), .s_axis_tdata(s_axis_tdata),
      .s_axis_tlast(s_axis_tlast), .write_valid(write_valid), .write_ready(write_ready),
      .write_cluster_row(write_cluster_row), .write_row(write_row), .write_channel(write_channel),
      .write_data(write_data), .statistics_valid(statistics_valid), .statistics_ready(statistics_ready),
      .statistics_first(statistics_first), .statistics_exact(statistics_exact), .statistics_group(statistics_group),
      .chunks(chunks), .loaded(loaded), .row_valid(row_valid), .row_edge(row_edge), .row_row(row_row),
      .row_data(row_data), .block_loaded(block_loaded), .block_next(block_next), .framing(framing), .failed(failed)
  );

  wire [15*COLUMNS-1:0] peaks;
  wire [CHANNEL_BITS*COLUMNS-1:0] channels;
  genvar j;
  generate
    for (j = 0; j < COLUMNS; j = j + 1) begin : column
      wire [14:0] peak;
      wire [CHANNEL_BITS-1:0] channel;
      assign best_peak[16*j+:16] = {1'b0, peak};
      assign best_channel[16*j+:16] = {{16 - CHANNEL_BITS{1'b0}}, channel};
      assign peaks[15*j+:15] = select_best_peak[16*j+:15];
      assign channels[CHANNEL_BITS*j+:CHANNEL_BITS] = select_best_channel[16*j+:CHANNEL_BITS];
      statistics #(.TILE_CHANNELS(TILE_CHANNELS)) u_statistics (
          .clk(clk), .rst(rst), .valid(control[7*j]), .ready(state[3*j]), .first(control[7*j+1]),
          .exact(control[7*j+2]), .group(group[16*j+:GROUP_BITS]), .data(data[128*j+:128]),
          .scan_start(control[7*j+3]), .sum_start(control[7*j+4]), .groups(groups[16*j+:GROUP_BITS+1]),
          .last_lanes(last_lanes[8*j+:8]), .idle(state[3*j+1]), .best_valid(state[3*j+2]), .best_peak(peak),
          .best_channel(channel), .clear_chosen(control[7*j+5]), .choose_valid(control[7*j+6]),
          .choose_channel(choose_channel[16*j+:CHANNEL_BITS]), .chosen_group(chosen_group[16*j+:GROUP_BITS]),
          .chosen_bits(chosen_bits[8*j+:8]), .chain(chain[512*j+:512])
      );
    end
  endgenerate

  wire [CHANNEL_BITS-1:0] chosen_channel;
  wire [GROUP_BITS:0] chosen_groups;
  assign select_choose_channel = {{16 - CHANNEL_BITS{1'b0}}, chosen_channel};
  assign select_out_groups = {{15 - GROUP_BITS{1'b0}}, chosen_groups};
  selector #(.COLUMNS(COLUMNS), .TILE_CHANNELS(TILE_CHANNELS)) u_selector (
      .clk(clk), .rst(rst), .start(select_start), .count(select_count), .channels(select_channels),
      .start_groups(select_groups[GROUP_BITS:0]), .idle(select_idle), .clear_chosen(select_clear_chosen),
      .scan_start(select_scan_start), .sum_start(select_sum_start), .groups(chosen_groups),
      .last_lanes(select_last_lanes), .statistics_idle(select_statistics_idle), .best_valid(select_best_valid),
      .best_peak(peaks), .best_channel(channels), .choose_valid(select_choose_valid), .column(select_column),
      .choose_channel(chosen_channel)
  );
endmodule

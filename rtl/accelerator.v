// accelerator.v - the whole co-accelerator behind AXI: registers and jobs, the stream in and its statistics, the cluster
// array between its edges, the scalar unit, the sequencer, the stream out.
// Twin: cmodel/accelerator.c
// SPDX-License-Identifier: Apache-2.0
`include "dcom_config.vh"
module accelerator #(
    parameter ROWS = `DCOM_CLUSTER_ROWS,
    parameter COLUMNS = `DCOM_CLUSTER_COLUMNS,
    parameter TILE_TOKENS = `DCOM_TILE_TOKENS,
    parameter TILE_CHANNELS = `DCOM_TILE_CHANNELS,
    parameter BASIS_ROWS = `DCOM_BASIS_ROWS,
    parameter STAGES = `DCOM_MAC_STAGES
) (
    input clk,
    input rst,
    // AXI4-Lite: docs/csr.md
    input axi_awvalid,
    output axi_awready,
    input [11:0] axi_awaddr,
    input axi_wvalid,
    output axi_wready,
    input [31:0] axi_wdata,
    input [3:0] axi_wstrb,
    output axi_bvalid,
    input axi_bready,
    output [1:0] axi_bresp,
    input axi_arvalid,
    output axi_arready,
    input [11:0] axi_araddr,
    output axi_rvalid,
    input axi_rready,
    output [31:0] axi_rdata,
    output [1:0] axi_rresp,
    // AXI4-Stream in: 8 channels of each cluster column, BF16; docs/accelerator.md
    input s_axis_tvalid,
    output s_axis_tready,
    input [128*COLUMNS-1:0] s_axis_tdata,
    input s_axis_tlast,
    // AXI4-Stream out: 8 lanes x BF16, or outlier bits; tuser is the kind of packet
    output m_axis_tvalid,
    input m_axis_tready,
    output [127:0] m_axis_tdata,
    output [1:0] m_axis_tuser,
    output m_axis_tlast
);
  localparam ROW_BITS = $clog2(TILE_TOKENS + BASIS_ROWS + 1);
  localparam CHANNEL_BITS = $clog2(TILE_CHANNELS);
  localparam BASIS_BITS = $clog2(ROWS * BASIS_ROWS + 1);
  localparam BANKS = STAGES > 2 ? 2 : 1;
  localparam ADD_STAGES = STAGES > 2 ? 2 : 1;
  localparam REPEATS = (TILE_TOKENS > BASIS_ROWS ? TILE_TOKENS : BASIS_ROWS) / 8;
  localparam COLUMN_REPEAT_BITS = $clog2(REPEATS + 1);
  localparam REPEAT_BITS = 8;
  localparam TOKEN_BITS = $clog2(TILE_TOKENS);
  localparam LOCAL_BITS = $clog2(BASIS_ROWS);
  localparam ADDRESS_BITS = TOKEN_BITS > LOCAL_BITS ? TOKEN_BITS : LOCAL_BITS;
  localparam EDGE_BITS = $clog2((TILE_TOKENS > BASIS_ROWS ? TILE_TOKENS : BASIS_ROWS) + 1);
  localparam GROUP_BITS = CHANNEL_BITS > 3 ? CHANNEL_BITS - 3 : 1;
  localparam COUNTERS = 32;

  // addresses and counts of the modules are of several widths: upper bits are zero; ready signals of what is idle are high
  // verilator lint_off UNUSEDSIGNAL

  // ---- registers
  wire [31:0] config_id;
  wire job_start, job_abort, queued;
  wire [2:0] job_command, queued_command;
  wire [16:0] job_tokens, job_channels, job_rank, job_outliers, queued_tokens, queued_channels;
  wire [3:0] job_lanes, job_warmup, job_exact_count, queued_exact_count;
  wire [31:0] job_tolerance, job_seed, certificate, bound;
  wire [135:0] job_exact_tokens, queued_exact_tokens;
  wire busy, done;
  wire [2:0] stop;
  wire [3:0] flags;
  wire [BASIS_BITS-1:0] rank;
  wire [15:0] passes, rounds, deflations;
  wire [64*COUNTERS-1:0] counters;
  csr #(.COUNTERS(COUNTERS)) u_csr (
      .clk(clk), .rst(rst),
      .axi_awvalid(axi_awvalid), .axi_awready(axi_awready), .axi_awaddr(axi_awaddr), .axi_wvalid(axi_wvalid),
      .axi_wready(axi_wready), .axi_wdata(axi_wdata), .axi_wstrb(axi_wstrb), .axi_bvalid(axi_bvalid),
      .axi_bready(axi_bready), .axi_bresp(axi_bresp), .axi_arvalid(axi_arvalid), .axi_arready(axi_arready),
      .axi_araddr(axi_araddr), .axi_rvalid(axi_rvalid), .axi_rready(axi_rready), .axi_rdata(axi_rdata),
      .axi_rresp(axi_rresp),
      .config_id(config_id), .cluster_rows(ROWS[4:0]), .cluster_columns(COLUMNS[4:0]), .tile_tokens(TILE_TOKENS[12:0]),
      .tile_channels(TILE_CHANNELS[12:0]), .basis_rows(BASIS_ROWS[12:0]), .mac_stages(STAGES[1:0]),
      .start(job_start), .abort_job(job_abort), .command(job_command), .tokens(job_tokens), .channels(job_channels),
      .rank(job_rank), .expansion(job_lanes), .warmup(job_warmup), .outliers(job_outliers), .tolerance(job_tolerance),
      .seed(job_seed), .exact_count(job_exact_count), .exact_tokens(job_exact_tokens),
      .queued(queued), .queued_command(queued_command), .queued_tokens(queued_tokens), .queued_channels(queued_channels),
      .queued_exact_count(queued_exact_count), .queued_exact_tokens(queued_exact_tokens),
      .busy(busy), .done(done), .stop(stop), .flags(flags), .result_rank({{17 - BASIS_BITS{1'b0}}, rank}),
      .passes({16'd0, passes}), .rounds({16'd0, rounds}), .deflations({16'd0, deflations}),
      .certificate(certificate), .bound(bound), .counters(counters)
  );

  // ---- sequencer
  wire loader_start, loader_ahead, loader_vectors, loader_next, loader_abort, loader_ready, loader_loaded, loader_failed;
  wire loader_framing, loader_block, selector_start, selector_idle, store_start, store_z, store_ready;
  wire [ROW_BITS-1:0] loader_base;
  wire [16:0] loader_blocks, loader_chunks;
  wire [2:0] store_packets;
  wire [3:0] store_columns;
  wire pass_valid, pass_transpose, array_active, column_write, column_copy, clear, row_valid;
  wire [3:0] pass_lanes, column_lanes, row_width, word_edge, program_number, width, activity;
  wire [1:0] column_mode;
  wire [ROW_BITS-1:0] pass_row, pass_rows, row_row, word_row;
  wire [CHANNEL_BITS-3:0] pass_groups;
  wire [REPEAT_BITS-1:0] column_repeats, row_repeats;
  wire [2:0] row_kind;
  wire [BASIS_BITS-1:0] row_first, row_last, row_limit;
  wire [31:0] row_key;
  wire word_read, word_write, word_norm, program_valid, program_ready, register_write, register_packed, sum_columns;
  wire [255:0] word_data, register_data, register_read;
  wire [4:0] register_row;
  wire [7:0] good, keep;
  wire [3:0] kept;
  wire any_far, reached, noise, possible, residual_within, limited, empty, overflow;
  wire [COLUMNS-1:0] column_idle, row_strobe;
  wire [16*COLUMNS-1:0] column_flags;
  wire [ROWS-1:0] row_idle;
  wire [2*ROWS-1:0] row_flags;
  wire [256*ROWS-1:0] row_peak, row_h;
  wire [512*ROWS-1:0] row_chain;
  wire [512*COLUMNS-1:0] column_chain;
  reg [15:0] column_lanes_any;
  reg [1:0] row_flags_any;
  reg [255:0] peak;
  always @* begin : any
    integer k;
    column_lanes_any = 16'd0;
    row_flags_any = 2'd0;
    for (k = 0; k < COLUMNS; k = k + 1) column_lanes_any = column_lanes_any | column_flags[16*k+:16];
    for (k = 0; k < ROWS; k = k + 1) row_flags_any = row_flags_any | row_flags[2*k+:2];
  end
  always @* begin : highest
    integer k, e;
    peak = 256'd0;
    for (k = 0; k < ROWS; k = k + 1)
      for (e = 0; e < 8; e = e + 1)
        if (row_peak[256*k+32*e+:32] > peak[32*e+:32]) peak[32*e+:32] = row_peak[256*k+32*e+:32];
  end
  wire [1:0] column_flags_any = {|column_lanes_any[15:8], |column_lanes_any[7:0]};
  sequencer #(
      .ROWS(ROWS), .COLUMNS(COLUMNS), .BANKS(BANKS), .TILE_TOKENS(TILE_TOKENS), .ROW_BITS(ROW_BITS),
      .CHANNEL_BITS(CHANNEL_BITS), .BASIS_BITS(BASIS_BITS), .REPEAT_BITS(REPEAT_BITS)
  ) u_sequencer (
      .clk(clk), .rst(rst), .start_valid(job_start), .job_command(job_command), .job_tokens(job_tokens),
      .job_channels(job_channels), .job_rank(job_rank), .job_lanes(job_lanes), .job_warmup(job_warmup), .job_seed(job_seed),
      .abort_job(job_abort), .queued_load(queued && queued_command == 3'd1), .queued_tokens(queued_tokens),
      .busy(busy), .done(done), .stop(stop), .flags(flags), .rank(rank), .passes(passes), .rounds(rounds),
      .deflations(deflations),
      .loader_start(loader_start), .loader_ahead(loader_ahead), .loader_vectors(loader_vectors), .loader_base(loader_base),
      .loader_blocks(loader_blocks), .loader_next(loader_next), .loader_abort(loader_abort), .loader_ready(loader_ready),
      .loader_loaded(loader_loaded), .loader_failed(loader_failed), .loader_framing(loader_framing),
      .loader_block(loader_block), .loader_chunks(loader_chunks),
      .selector_start(selector_start), .selector_idle(selector_idle),
      .store_start(store_start), .store_packets(store_packets), .store_z(store_z), .store_columns(store_columns),
      .store_ready(store_ready),
      .pass_valid(pass_valid), .array_active(array_active), .pass_transpose(pass_transpose), .pass_lanes(pass_lanes),
      .pass_row(pass_row), .pass_rows(pass_rows), .pass_groups(pass_groups),
      .column_idle(&column_idle), .column_mode(column_mode), .column_write(column_write), .column_copy(column_copy),
      .column_repeats(column_repeats), .column_lanes(column_lanes), .column_flags(column_flags_any), .clear(clear),
      .row_idle(&row_idle), .row_valid(row_valid), .row_kind(row_kind), .row_row(row_row), .row_repeats(row_repeats),
      .row_first(row_first), .row_last(row_last), .row_limit(row_limit), .row_width(row_width), .row_key(row_key),
      .row_flags(row_flags_any),
      .word_edge(word_edge), .word_read(word_read), .word_write(word_write), .word_norm(word_norm), .word_row(word_row),
      .word_data(word_data), .word_h(row_h[256*{28'd0, word_edge}+:256]), .peak(peak),
      .program_valid(program_valid), .program_ready(program_ready), .program_number(program_number),
      .sum_columns(sum_columns), .register_write(register_write), .register_row(register_row),
      .register_packed(register_packed), .register_data(register_data), .register_read(register_read),
      .good(good), .any_far(any_far), .kept(kept), .reached(reached), .noise(noise), .possible(possible),
      .residual_within(residual_within), .limited(limited), .empty(empty), .overflow(overflow), .width(width), .activity(activity)
  );

  // ---- scalar unit; while the row edges turn h, they say which row of the inverse they need
  wire [3:0] sum_edge;
  wire sum_half, scalar_issue;
  wire [2:0] turn_index;
  wire turning = row_kind == 3'd6;
  wire [4:0] shown_row = turning ? {2'b01, turn_index} : register_row;
  wire [31:0] sum_at = 512 * {28'd0, sum_edge} + 256 * {31'd0, sum_half};
  scalar u_scalar (
      .clk(clk), .rst(rst), .start_valid(program_valid), .start_ready(program_ready), .start_program(program_number),
      .width(width), .edges(sum_columns ? COLUMNS[4:0] : ROWS[4:0]), .edge_number(sum_edge), .edge_half(sum_half),
      .edge_data(sum_columns ? column_chain[sum_at+:256] : row_chain[sum_at+:256]),
      .write_valid(register_write), .write_row(register_row), .write_data(register_data),
      .read_row(shown_row), .read_packed(turning || register_packed), .read_data(register_read),
      .job_tolerance(job_tolerance), .good(good), .keep(keep), .any_far(any_far), .kept(kept), .reached(reached),
      .noise(noise), .possible(possible), .residual_within(residual_within), .limited(limited), .empty(empty), .overflow(overflow),
      .certificate(certificate), .bound(bound), .issued(scalar_issue)
  );
  reg [127:0] turn_x;
  always @* begin : narrow
    integer e;
    reg [31:0] x, magnitude, result;
    {e, x, magnitude, result, turn_x} = 0;
    if (turning)
      for (e = 0; e < 8; e = e + 1) begin
        x = register_read[32*e+:32];
`include "fp_to_bf16.vh"
        turn_x[16*e+:16] = result[15:0];
      end
  end

  // ---- the stream in
  wire load_valid, load_ready, statistics_valid, statistics_first, statistics_exact, load_row_valid;
  wire [3:0] load_cluster_row, load_row_edge;
  wire [ROW_BITS-1:0] load_row;
  wire [CHANNEL_BITS-1:0] load_channel;
  wire [128*COLUMNS-1:0] load_data;
  wire [GROUP_BITS-1:0] statistics_group;
  wire [ROW_BITS-1:0] load_row_row;
  wire [127:0] load_row_data;
  wire [COLUMNS-1:0] statistics_ready;
  loader #(
      .ROWS(ROWS), .COLUMNS(COLUMNS), .TILE_TOKENS(TILE_TOKENS), .TILE_CHANNELS(TILE_CHANNELS), .BASIS_ROWS(BASIS_ROWS)
  ) u_loader (
      .clk(clk), .rst(rst), .start_valid(loader_start), .start_ready(loader_ready), .start_vectors(loader_vectors),
      .start_tokens(loader_ahead ? queued_tokens : job_tokens), .start_channels(loader_ahead ? queued_channels : job_channels),
      .start_blocks(loader_blocks), .start_base(loader_base),
      .start_exact_count(loader_ahead ? queued_exact_count : job_exact_count),
      .start_exact_tokens(loader_ahead ? queued_exact_tokens : job_exact_tokens), .abort_job(loader_abort),
      .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready), .s_axis_tdata(s_axis_tdata), .s_axis_tlast(s_axis_tlast),
      .write_valid(load_valid), .write_ready(load_ready), .write_cluster_row(load_cluster_row), .write_row(load_row),
      .write_channel(load_channel), .write_data(load_data),
      .statistics_valid(statistics_valid), .statistics_ready(&statistics_ready), .statistics_first(statistics_first),
      .statistics_exact(statistics_exact), .statistics_group(statistics_group),
      .row_valid(load_row_valid), .row_edge(load_row_edge), .row_row(load_row_row), .row_data(load_row_data),
      .chunks(loader_chunks), .loaded(loader_loaded), .block_loaded(loader_block), .block_next(loader_next),
      .framing(loader_framing), .failed(loader_failed)
  );
  wire scan_start, sum_start, choose_clear, choose_valid;
  wire [3:0] choose_column;
  wire [CHANNEL_BITS-1:0] choose_channel;
  wire [GROUP_BITS:0] scan_groups;
  wire [8*COLUMNS-1:0] last_lanes;
  wire [COLUMNS-1:0] statistics_idle, best_valid;
  wire [15*COLUMNS-1:0] best_peak;
  wire [CHANNEL_BITS*COLUMNS-1:0] best_channel;
  selector #(.COLUMNS(COLUMNS), .TILE_CHANNELS(TILE_CHANNELS)) u_selector (
      .clk(clk), .rst(rst), .start(selector_start), .count(job_outliers), .channels(job_channels),
      .start_groups(pass_groups[GROUP_BITS:0]), .idle(selector_idle), .clear_chosen(choose_clear), .scan_start(scan_start),
      .sum_start(sum_start), .groups(scan_groups), .last_lanes(last_lanes), .statistics_idle(&statistics_idle),
      .best_valid(best_valid), .best_peak(best_peak), .best_channel(best_channel), .choose_valid(choose_valid),
      .column(choose_column), .choose_channel(choose_channel)
  );

  // ---- the array; its write port is the column edges', all of them on one clock: lane e of the candidate is basis row
  // rank + e; else the loader's
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
  wire [2:0] array_activity;
  assign load_ready = write_ready && !strobe;
  array #(
      .ROWS(ROWS), .COLUMNS(COLUMNS), .TILE_TOKENS(TILE_TOKENS), .TILE_CHANNELS(TILE_CHANNELS), .BASIS_ROWS(BASIS_ROWS),
      .STAGES(STAGES)
  ) u_array (
      .clk(clk), .rst(rst), .config_id(config_id), .active(array_active), .activity(array_activity),
      .command_valid(pass_valid), .command_ready(command_ready), .command_transpose(pass_transpose),
      .command_lanes(pass_lanes), .command_row(pass_row), .command_rows(pass_rows), .command_groups(pass_groups),
      .basis_used(row_last),
      .write_valid(strobe || load_valid), .write_ready(write_ready),
      .write_cluster_row(strobe ? candidate_home[3:0] : load_cluster_row),
      .write_row(strobe ? candidate_row[ROW_BITS-1:0] : load_row),
      .write_channel(strobe ? strobe_channel[CHANNEL_BITS-1:0] : load_channel), .write_columns({COLUMNS{1'b1}}),
      .write_data(strobe ? strobe_data : load_data),
      .column_vector_valid(column_vector_valid), .column_vector_ready(column_vector_ready),
      .column_vector_data(column_vector_data),
      .row_vector_valid(row_vector_valid), .row_vector_ready(row_vector_ready), .row_vector_data(row_vector_data),
      .row_result_valid(row_result_valid), .row_result_ready(row_result_ready), .row_result_data(row_result_data),
      .column_result_valid(column_result_valid), .column_result_ready(column_result_ready),
      .column_result_data(column_result_data)
  );

  // ---- edges
  wire [CHANNEL_BITS:0] channels = {pass_groups, 3'd0};
  wire out_read_v, out_read_p;
  wire [CHANNEL_BITS-1:0] out_channel;
  wire [TOKEN_BITS-1:0] out_row;
  wire [GROUP_BITS-1:0] chosen_group;
  wire [8*COLUMNS-1:0] chosen_bits;
  wire [128*COLUMNS-1:0] out_v;
  wire [128*ROWS-1:0] out_p;
  wire [3*ROWS-1:0] turn_indices;
  assign turn_index = turn_indices[2:0];
  genvar k;
  generate
    for (k = 0; k < COLUMNS; k = k + 1) begin : column_edges
      wire feed_ready, feed_idle, take_ready, take_idle, writer_ready, write_idle;
      wire choose = choose_valid && {28'd0, choose_column} == k;
      column_edge #(.TILE_CHANNELS(TILE_CHANNELS), .REPEATS(REPEATS), .ADD_STAGES(ADD_STAGES)) u_column_edge (
          .clk(clk), .rst(rst),
          .feed_valid(pass_valid && !pass_transpose), .feed_ready(feed_ready), .feed_idle(feed_idle),
          .feed_channels(channels), .feed_repeats(column_repeats[COLUMN_REPEAT_BITS-1:0]), .feed_copy(column_copy),
          .take_valid(pass_valid && pass_transpose), .take_ready(take_ready), .take_idle(take_idle),
          .take_channels(channels), .take_mode(column_mode), .take_copy(column_copy),
          .write_valid(pass_valid && pass_transpose && column_write), .write_ready(writer_ready), .write_idle(write_idle),
          .write_channels(channels), .write_lanes(column_lanes),
          .mask_clear(choose_clear), .mask_valid(choose), .mask_channel(choose_channel), .mask_bit(1'b1),
          .out_read(out_read_v), .out_channel(out_channel), .out_data(out_v[128*k+:128]),
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
      statistics #(.TILE_CHANNELS(TILE_CHANNELS)) u_statistics (
          .clk(clk), .rst(rst), .valid(statistics_valid), .ready(statistics_ready[k]), .first(statistics_first),
          .exact(statistics_exact), .group(statistics_group), .data(load_data[128*k+:128]),
          .scan_start(scan_start), .sum_start(sum_start), .groups(scan_groups), .last_lanes(last_lanes[8*k+:8]),
          .idle(statistics_idle[k]), .best_valid(best_valid[k]), .best_peak(best_peak[15*k+:15]),
          .best_channel(best_channel[CHANNEL_BITS*k+:CHANNEL_BITS]),
          .clear_chosen(choose_clear), .choose_valid(choose), .choose_channel(choose_channel),
          .chosen_group(chosen_group), .chosen_bits(chosen_bits[8*k+:8]), .chain(column_chain[512*k+:512])
      );
    end
    for (k = 0; k < ROWS; k = k + 1) begin : row_edges
      wire feed_ready, take_ready, walk_ready, writer_ready, read_ready;
      row_edge #(
          .TILE_TOKENS(TILE_TOKENS), .BASIS_ROWS(BASIS_ROWS), .ROWS(ROWS), .REPEAT_BITS(REPEAT_BITS)
      ) u_row_edge (
          .clk(clk), .rst(rst), .index(k[3:0]),
          .job_tokens(job_tokens), .exact_count(job_exact_count), .exact_tokens(job_exact_tokens),
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
          .load_valid(load_row_valid && {28'd0, load_row_edge} == k), .load_row(load_row_row[TOKEN_BITS-1:0]), .load_data(load_row_data),
          .read_valid(word_read), .read_ready(read_ready), .read_row(word_row[LOCAL_BITS-1:0]), .read_h(row_h[256*k+:256]),
          .out_read(out_read_p), .out_row(out_row), .out_data(out_p[128*k+:128]),
          .turn_index(turn_indices[3*k+:3]), .turn_x(turn_x),
          .chain(row_chain[512*k+:512]), .peak(row_peak[256*k+:256]), .clear(clear), .flags(row_flags[2*k+:2])
      );
      assign row_idle[k] = feed_ready && take_ready;
    end
  endgenerate

  // ---- the stream out
  store #(
      .ROWS(ROWS), .COLUMNS(COLUMNS), .TILE_TOKENS(TILE_TOKENS), .TILE_CHANNELS(TILE_CHANNELS)
  ) u_store (
      .clk(clk), .rst(rst), .start_valid(store_start), .start_ready(store_ready), .start_outliers(store_packets[0]),
      .start_v(store_packets[1]), .start_p(store_packets[2]), .start_z(store_z), .start_columns(store_columns),
      .start_tokens(job_tokens), .start_channels(job_channels),
      .chosen_group(chosen_group), .chosen_bits(chosen_bits),
      .out_read(out_read_v), .out_channel(out_channel), .column_data(out_v),
      .out_read_p(out_read_p), .out_row(out_row), .row_data(out_p),
      .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready), .m_axis_tdata(m_axis_tdata), .m_axis_tuser(m_axis_tuser),
      .m_axis_tlast(m_axis_tlast)
  );

  // ---- counters: of every unit, each clock is of one kind; they stand still while nothing is at work
  wire works = busy || !loader_ready || !store_ready;
  wire moves_columns = (column_vector_valid & column_vector_ready | column_result_valid & column_result_ready) != 0;
  wire moves_rows = (row_vector_valid & row_vector_ready | row_result_valid & row_result_ready) != 0;
  wire [COUNTERS-1:0] events = {COUNTERS{works}} & {
      !moves_rows && !(&row_idle), moves_rows, !moves_rows && (&row_idle),
      !moves_columns && !(&column_idle), moves_columns, !moves_columns && (&column_idle),
      !program_ready && !scalar_issue, !program_ready && scalar_issue, program_ready,
      !m_axis_tvalid && !store_ready, m_axis_tvalid && !m_axis_tready, m_axis_tvalid && m_axis_tready,
      !m_axis_tvalid && store_ready,
      !s_axis_tready && !loader_ready, s_axis_tready && !s_axis_tvalid, s_axis_tready && s_axis_tvalid,
      !s_axis_tready && loader_ready,
      array_activity == 3'd4, array_activity == 3'd3, array_activity == 3'd2, array_activity == 3'd1, array_activity == 3'd0,
      activity == 4'd8, activity == 4'd7, activity == 4'd6, activity == 4'd5, activity == 4'd4, activity == 4'd3,
      activity == 4'd2, activity == 4'd1, activity == 4'd0, 1'b1};
  counters #(.N(COUNTERS)) u_counters (.clk(clk), .rst(rst), .events(events), .counts(counters));
  // verilator lint_on UNUSEDSIGNAL
endmodule

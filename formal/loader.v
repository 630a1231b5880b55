// loader.v - proof of the stream in, rtl/loader.v: each beat that is accepted is written, or handed to the row edges, once, in order
// and unchanged but for what lies past the channels; what is offered to the tile memories stands until both they and the
// statistics take it; tready does not wait for tvalid; TLAST is judged on every beat; what is discarded is a rest of a packet.
// Assumes a reset, and jobs as the header of rtl/loader.v has them. SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter ROWS = 2,
    parameter COLUMNS = 2
) (
    input clk,
    input rst,
    input start_valid,
    input start_vectors,
    input [16:0] start_tokens,
    input [16:0] start_channels,
    input [16:0] start_blocks,
    input abort_job,
    input tvalid,
    input [128*COLUMNS-1:0] tdata,
    input tlast,
    input write_ready,
    input statistics_ready,
    input block_next
);
  localparam [16:0] BEAT = 8 * COLUMNS, CHUNK = 8 * ROWS;
  localparam [2:0] IDLE = 3'd0, MATRIX = 3'd1, FILL = 3'd2, VECTORS = 3'd3, PAUSE = 3'd4, DISCARD = 3'd5;
  wire start_ready, tready, write_valid, statistics_valid, loaded, row_valid, block_loaded, framing, failed;
  wire [3:0] write_cluster_row, row_edge;
  wire [5:0] write_row, row_row;
  wire [5:0] write_channel;
  wire [128*COLUMNS-1:0] write_data;
  wire [127:0] row_data;
  wire [16:0] chunks;
  loader #(.ROWS(ROWS), .COLUMNS(COLUMNS), .TILE_TOKENS(32), .TILE_CHANNELS(64), .BASIS_ROWS(16)) dut (
      .clk(clk), .rst(rst), .start_valid(start_valid), .start_ready(start_ready), .start_vectors(start_vectors),
      .start_tokens(start_tokens), .start_channels(start_channels), .start_blocks(start_blocks), .start_base(6'd0),
      .start_exact_count(4'd0), .start_exact_tokens(136'd0), .abort_job(abort_job),
      .s_axis_tvalid(tvalid), .s_axis_tready(tready), .s_axis_tdata(tdata), .s_axis_tlast(tlast),
      .write_valid(write_valid), .write_ready(write_ready), .write_cluster_row(write_cluster_row), .write_row(write_row),
      .write_channel(write_channel), .write_data(write_data), .statistics_valid(statistics_valid),
      .statistics_ready(statistics_ready), .chunks(chunks), .loaded(loaded), .row_valid(row_valid), .row_edge(row_edge),
      .row_row(row_row), .row_data(row_data), .block_loaded(block_loaded), .block_next(block_next), .framing(framing),
      .failed(failed)
  );
  (* hierconn *) wire [2:0] \dut.state_q ;
  (* hierconn *) wire \dut.write_valid_q , \dut.write_zero_q , \dut.open_q , \dut.final_q ;
  (* hierconn *) wire [16:0] \dut.token_q , \dut.left_q , \dut.tokens_q , \dut.channels_q , \dut.blocks_q ;
  (* hierconn *) wire [3:0] \dut.cluster_row_q ;
  (* hierconn *) wire [5:0] \dut.row_q ;
  (* hierconn *) wire [2:0] \dut.group_q ;
  wire [2:0] state = \dut.state_q ;
  wire accept = tvalid && tready, start = start_valid && start_ready;
  wire streams = state == MATRIX || state == VECTORS;
  wire taken = write_valid && write_ready && (\dut.write_zero_q || statistics_valid && statistics_ready);

  // ---- the specification: the place of the next beat, {token, beats of it before}, and the beat that is held
  reg begun = 1'b0;
  reg vectors, held, zero;                   // held: accepted, or of a row of +0, and not taken
  reg [16:0] tokens, channels, blocks, token, beat;
  reg [128*COLUMNS-1:0] word;
  reg [16:0] word_token, word_beat;
  reg within, wrong_before, stood;           // within a packet
  reg [128*COLUMNS+16:0] before;
  wire [128*COLUMNS+16:0] now = {write_data, write_cluster_row, write_row, write_channel, \dut.write_zero_q };
  wire [16:0] reach = (beat + 17'd1) * BEAT; // channels of the token up to this beat
  wire token_ends = vectors || reach >= channels;
  wire job_ends = token_ends && token + 17'd1 == tokens && (!vectors || blocks == 1);
  wire wrong = streams && accept && tlast != job_ends;
  wire filling = token >= tokens;            // past the matrix, up to whole chunks
  wire emit = accept && streams || state == FILL && (!held || taken);
  reg [128*COLUMNS-1:0] expected;
  reg [16:0] limit;
  integer k;
  always @* begin
    limit = vectors ? 17'd8 : filling ? 17'd0 : channels - beat * BEAT;
    for (k = 0; k < 8 * COLUMNS; k = k + 1) expected[16*k+:16] = k < limit ? tdata[16*k+:16] : 16'd0;
  end
  always @(posedge clk) begin
    begun <= 1'b1;
    if (start) begin
      vectors <= start_vectors;
      tokens <= start_tokens;
      channels <= start_channels;
      blocks <= start_blocks;
      token <= 0;
      beat <= 0;
    end else if (block_loaded && block_next) begin
      blocks <= blocks - 17'd1;
      token <= 0;
      beat <= 0;
    end else if (emit) begin
      beat <= token_ends ? 17'd0 : beat + 17'd1;
      token <= token + token_ends;
    end
    held <= !rst && !abort_job && !wrong && (emit || held && !vectors && !taken);
    if (emit) begin
      word <= expected;
      word_token <= token;
      word_beat <= beat;
      zero <= filling;
    end
    within <= !rst && (accept ? !tlast : within);
    wrong_before <= !rst && !abort_job && wrong;
    stood <= !rst && !abort_job && !wrong && held && !vectors && !taken;
    before <= now;
  end

  wire [16:0] at_row = word_token / CHUNK * 8 + word_token[2:0];
  wire [16:0] next_row = token / CHUNK * 8 + token[2:0];
  always @* begin
    assume (begun || rst);
    if (start_valid) begin
      assume (start_tokens != 0 && start_tokens <= 32 * ROWS && start_channels != 0 && start_channels <= 64 * COLUMNS);
      assume (!start_vectors || start_blocks != 0);
    end
    if (begun) begin
      // each beat accepted is at the ports, until it is taken; nothing else is
      assert (\dut.write_valid_q == (held && !vectors) && row_valid == (held && vectors));
      if (held) assert (vectors ? row_data == word[127:0] : write_data == word && \dut.write_zero_q == zero);
      if (held && !vectors) assert (write_cluster_row == word_token / 8 % ROWS && write_row == at_row && write_channel == word_beat * 8);
      if (held && vectors) assert (row_edge == word_token / 8 % ROWS && row_row == at_row);
      // a beat is accepted only where the one before has been taken, and only of a job or of what is discarded
      if (accept && !vectors && streams) assert (!held || taken);
      assert (tready == (streams && (!\dut.write_valid_q || taken) || state == DISCARD)); // tvalid is not in it
      // both take it, or neither; it stands until they do
      assert ((write_valid && write_ready) == taken && (statistics_valid && statistics_ready) == (taken && !zero));
      if (stood) assert (\dut.write_valid_q && now == before);
      // TLAST
      assert (framing == wrong_before);
      if (state == DISCARD) assert (within);
      if (within) assert (streams || state == DISCARD || state == PAUSE);
      if (state == PAUSE && blocks == 1) assert (!within);
      // what the registers mean
      assert (state <= DISCARD && \dut.open_q == within);
      assert (!start_ready || !held);
      if (state == MATRIX || state == FILL || state == VECTORS || state == PAUSE) begin
        assert (\dut.tokens_q == tokens && \dut.channels_q == channels && \dut.blocks_q == blocks);
        assert (vectors == (state == VECTORS || state == PAUSE) && tokens != 0 && tokens <= 32 * ROWS);
        assert (channels != 0 && channels <= 64 * COLUMNS && (!vectors || blocks != 0));
        assert (\dut.token_q == token && (state == PAUSE || filling == (state == FILL)));
        assert (state == PAUSE || \dut.cluster_row_q == token / 8 % ROWS && \dut.row_q == next_row);
        assert (vectors ? beat == 0 : \dut.group_q == beat && \dut.left_q == channels - beat * BEAT && beat * BEAT < channels);
        assert (state != FILL || token % CHUNK != 0 && token < 32 * ROWS);
      end
    end
  end
endmodule

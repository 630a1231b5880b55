// store.v - proof of rtl/store.v: what is read of the edges is sent, each word once and in order, under any back-pressure; a beat
// offered stands until it is taken; packets come in their order, each as long as the matrix says, TLAST on its last beat alone.
// The edges here answer every read with its number, so that the stream must count.
// Assumes a reset, and jobs as the header of rtl/store.v has them. SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter ROWS = 1,
    parameter COLUMNS = 1,
    parameter TILE_TOKENS = 16,
    parameter TILE_CHANNELS = 24
) (
    input clk,
    input rst,
    input start_valid,
    input start_outliers,
    input start_v,
    input start_p,
    input start_z,
    input [16:0] start_tokens,
    input [16:0] start_channels,
    input [8*COLUMNS-1:0] chosen_bits,
    input tready
);
  localparam [16:0] TOKENS = ROWS * TILE_TOKENS, CHANNELS = COLUMNS * TILE_CHANNELS, BEAT = 8 * COLUMNS;
  localparam [1:0] OUTLIERS = 2'd0, V = 2'd1, P = 2'd2, Z = 2'd3;
  wire start_ready, out_read, out_read_p, tvalid, tlast;
  wire [127:0] tdata;
  wire [1:0] tuser;
  reg [15:0] serial;                         // of the last read
  store #(.ROWS(ROWS), .COLUMNS(COLUMNS), .TILE_TOKENS(TILE_TOKENS), .TILE_CHANNELS(TILE_CHANNELS)) dut (
      .clk(clk), .rst(rst), .start_valid(start_valid), .start_ready(start_ready), .start_outliers(start_outliers),
      .start_v(start_v), .start_p(start_p), .start_z(start_z), .start_columns(4'd8), .start_tokens(start_tokens),
      .start_channels(start_channels), .chosen_bits(chosen_bits), .out_read(out_read),
      .column_data({COLUMNS{112'd0, serial}}), .out_read_p(out_read_p), .row_data({ROWS{112'd0, serial}}),
      .m_axis_tvalid(tvalid), .m_axis_tready(tready), .m_axis_tdata(tdata), .m_axis_tuser(tuser), .m_axis_tlast(tlast)
  );
  (* hierconn *) wire \dut.go , \dut.beat_valid_q , \dut.skid_valid_q , \dut.beat_last_q , \dut.skid_last_q , \dut.z_q ;
  (* hierconn *) wire [2:0] \dut.want_q ;
  (* hierconn *) wire [3:0] \dut.columns_q ;
  (* hierconn *) wire [16:0] \dut.left_q , \dut.tokens_q , \dut.channels_q ;
  (* hierconn *) wire [1:0] \dut.beat_kind_q , \dut.skid_user_q ;
  (* hierconn *) wire [127:0] \dut.skid_data_q ;
  (* hierconn *) wire [8*COLUMNS-1:0] \dut.bits_q ;
  localparam EDGE_BITS = ROWS > COLUMNS ? $clog2(ROWS) : COLUMNS > 1 ? $clog2(COLUMNS) : 1;
  localparam BLOCK_BITS = TILE_TOKENS > TILE_CHANNELS ? $clog2(TILE_TOKENS) - 3 : $clog2(TILE_CHANNELS) - 3;
  (* hierconn *) wire [EDGE_BITS-1:0] \dut.edge_q , \dut.beat_edge_q ;
  (* hierconn *) wire [BLOCK_BITS-1:0] \dut.block_q ;
  (* hierconn *) wire [2:0] \dut.lane_q ;
  wire go = \dut.go , in_beat = \dut.beat_valid_q , in_skid = \dut.skid_valid_q , send = tvalid && tready;

  // ---- the specification: beats read and sent, and where in which packet the stream stands
  reg begun = 1'b0;
  reg [15:0] sent;
  reg [2:0] due;                             // packets not sent to their end
  reg z;
  reg [16:0] tokens, channels, at;           // at: channels or tokens sent of the packet
  reg stood;
  reg [130:0] before;
  wire [130:0] now = {tdata, tuser, tlast};
  wire [1:0] kind = due[0] ? OUTLIERS : !due[1] ? P : z ? Z : V;
  wire [16:0] length = kind == P ? tokens : channels, step = kind == OUTLIERS ? BEAT : 17'd1;
  wire ends = at + step >= length;
  wire start = start_valid && start_ready;
  always @(posedge clk) begin
    begun <= 1'b1;
    serial <= rst ? 0 : serial + go;
    sent <= rst ? 0 : sent + send;
    if (rst) due <= 0;
    else if (start) begin
      due <= {start_p, start_v, start_outliers};
      z <= start_z;
      tokens <= start_tokens;
      channels <= start_channels;
      at <= 0;
    end else if (send) begin
      at <= ends ? 0 : at + step;
      if (ends) due <= due & (due - 1);
    end
    stood <= !rst && tvalid && !tready;
    before <= now;
  end

  // ---- where each beat on its way belongs: the k-th from the stream
  wire [15:0] first = sent + 16'd1, second = sent + 16'd2;
  function [20:0] after;                     // {due, at + 1 step, last} of the beat behind one
    input [20:0] x;
    reg [16:0] n, s, l;
    begin
      s = x[0] ? BEAT : 17'd1;
      l = x[2:0] == 3'b100 ? tokens : channels;
      n = x[19:3] + s;
      after = n >= l ? {1'b0, 17'd0, x[2:0] & (x[2:0] - 3'd1)} : {1'b0, n, x[2:0]};
    end
  endfunction
  function [2:0] shows;                      // {kind, last} of a beat
    input [20:0] x;
    reg [16:0] s, l;
    begin
      s = x[0] ? BEAT : 17'd1;
      l = x[2:0] == 3'b100 ? tokens : channels;
      shows = {x[0] ? OUTLIERS : !x[1] ? P : z ? Z : V, x[19:3] + s >= l};
    end
  endfunction
  wire [20:0] place_0 = {1'b0, at, due};
  wire [20:0] place_1 = tvalid ? after(place_0) : place_0;
  wire [20:0] place_2 = in_skid ? after(place_1) : place_1;
  wire [20:0] place_3 = in_beat ? after(place_2) : place_2;
  wire [31:0] edges = place_3[2:0] == 3'b100 ? ROWS : COLUMNS;
  wire [2:0] shows_0 = shows(place_0), shows_1 = shows(place_1), shows_2 = shows(place_2);

  always @* begin
    assume (begun || rst);
    if (start_valid) begin
      assume (start_outliers || start_v || start_p);
      assume (start_tokens != 0 && start_tokens <= TOKENS && start_channels != 0 && start_channels <= CHANNELS);
    end
    if (begun) begin
      // what is read is sent: as many as are on their way have been read and not sent, in their order
      assert (serial == sent + tvalid + in_skid + in_beat);
      if (tvalid && tuser != OUTLIERS) assert (tdata == first);
      if (in_skid && \dut.skid_user_q != OUTLIERS) assert (tvalid && \dut.skid_data_q == second);
      assert (!in_skid || tvalid);
      // packets: kind and TLAST of each beat
      if (tvalid) assert (due != 0 && {tuser, tlast} == shows_0);
      if (in_skid) assert ({\dut.skid_user_q , \dut.skid_last_q } == shows_1 && place_1[2:0] != 0);
      if (in_beat) assert ({\dut.beat_kind_q , \dut.beat_last_q } == shows_2 && place_2[2:0] != 0);
      assert (start_ready == (due == 0));
      // reads are of the packet whose beat it will be
      assert (out_read == (go && !\dut.want_q [0] && \dut.want_q [1]) && out_read_p == (go && \dut.want_q == 3'b100));
      // stable under stall
      if (stood) assert (tvalid && now == before);
      // progress: a packet wanted and a stream that takes is a beat on each clock from the third on
      assert (tvalid || in_beat || go || start_ready);
      // what the registers mean
      assert (\dut.want_q == place_3[2:0]);
      if (due != 0) begin
        assert (\dut.columns_q == 8 && \dut.tokens_q == tokens && \dut.channels_q == channels && \dut.z_q == z);
        assert (tokens != 0 && tokens <= TOKENS && channels != 0 && channels <= CHANNELS);
        assert (at < length);
      end
      if (in_beat) assert (\dut.beat_edge_q < (shows_2[2:1] == P ? ROWS : COLUMNS));
      if (\dut.want_q != 0) begin
        // element (8 (block x edges + edge) + lane) of the matrix is lane `lane` of that block of that edge
        assert (\dut.edge_q < edges);
        assert (\dut.want_q [0] ? {15'd0, place_3[19:3]} == \dut.block_q * BEAT && \dut.edge_q == 0 && \dut.lane_q == 0 :
            {15'd0, place_3[19:3]} == 8 * (\dut.block_q * edges + \dut.edge_q ) + \dut.lane_q );
      end
      if (\dut.want_q != 0) assert (\dut.left_q == (place_3[2:0] == 3'b100 ? tokens : channels) - place_3[19:3]);
    end
  end
endmodule

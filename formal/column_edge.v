// column_edge.v - proof of the three streams of rtl/column_edge.v: the feeder sends each channel once a repeat, in order, and what it
// offers stands until it is taken; each result accepted is written to W once, in order; the writer hands over every lane of every
// group once, in order, after the taker has written it, and what it offers stands until it is taken. Each ends.
// Assumes commands as its header has them, whatever the sums are.
// cut: sum_q v_d read_q
// SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter ADD_STAGES = 1
) (
    input clk,
    input rst,
    input feed_valid,
    input [4:0] feed_channels,
    input [2:0] feed_repeats,
    input vector_ready,
    input take_valid,
    input [4:0] take_channels,
    input [1:0] take_mode,
    input result_valid,
    input [255:0] result_data,
    input write_valid,
    input [4:0] write_channels,
    input [3:0] write_lanes,
    input row_ready
);
  wire feed_ready, feed_idle, take_ready, take_idle, write_ready, write_idle, vector_valid, result_ready, row_valid;
  wire [127:0] vector_data, row_data;
  wire [3:0] row_channel;
  wire [2:0] row_lane;
  column_edge #(.TILE_CHANNELS(16), .REPEATS(7), .ADD_STAGES(ADD_STAGES)) dut (
      .clk(clk), .rst(rst), .feed_valid(feed_valid), .feed_ready(feed_ready), .feed_idle(feed_idle),
      .feed_channels(feed_channels), .feed_repeats(feed_repeats), .feed_copy(1'b0), .take_valid(take_valid),
      .take_ready(take_ready), .take_idle(take_idle), .take_channels(take_channels), .take_mode(take_mode),
      .take_copy(1'b0), .write_valid(write_valid), .write_ready(write_ready), .write_idle(write_idle),
      .write_channels(write_channels), .write_lanes(write_lanes), .mask_clear(1'b0), .mask_valid(1'b0),
      .mask_channel(4'd0), .mask_bit(1'b0), .out_read(1'b0), .out_channel(4'd0), .flags_clear(1'b0),
      .vector_valid(vector_valid), .vector_ready(vector_ready), .vector_data(vector_data), .result_valid(result_valid),
      .result_ready(result_ready), .result_data(result_data), .row_valid(row_valid), .row_ready(row_ready),
      .row_channel(row_channel), .row_lane(row_lane), .row_data(row_data)
  );
  (* hierconn *) wire \dut.feed_go , \dut.arrive_q , \dut.round_q , \dut.sum_valid_q , \dut.write_go ;
  (* hierconn *) wire [3:0] \dut.feed_channel_q , \dut.write_lane_q , \dut.write_lanes_q ;
  (* hierconn *) wire [4:0] \dut.feed_end_q , \dut.take_channel_q , \dut.take_end_q , \dut.taken_q , \dut.write_channel_q , \dut.write_end_q ;
  (* hierconn *) wire [2:0] \dut.feed_left_q ;
  wire feed = feed_valid && feed_ready, take = take_valid && take_ready, write = write_valid && write_ready;
  wire read = \dut.feed_go , sent = vector_valid && vector_ready, accept = result_valid && result_ready;
  wire handed = row_valid && row_ready;

  // ---- the specification: what is to be sent, accepted, written and handed over next, and what is left
  reg begun = 1'b0;
  reg [4:0] feed_length, feed_at, take_length, accepted, written, write_length, group;
  reg [2:0] repeats;                         // not sent, this one included
  reg [3:0] lanes, lane;
  reg feed_stood, row_stood;
  reg [127:0] vector_before, row_before;
  reg [6:0] place_before;
  wire [1:0] on_way = \dut.arrive_q + (ADD_STAGES == 2 && \dut.round_q ) + \dut.sum_valid_q ;
  always @(posedge clk) begin
    begun <= 1'b1;
    if (rst) repeats <= 0;
    else if (feed) begin
      repeats <= feed_repeats;
      feed_length <= feed_channels;
      feed_at <= 0;
    end else if (sent) begin
      feed_at <= feed_at + 1 == feed_length ? 0 : feed_at + 1;
      if (feed_at + 1 == feed_length) repeats <= repeats - 1;
    end
    if (rst) {take_length, accepted, written} <= 0;
    else if (take) begin
      take_length <= take_channels;
      {accepted, written} <= 0;
    end else begin
      accepted <= accepted + accept;
      written <= written + \dut.sum_valid_q ;
    end
    if (rst) {write_length, group, lane} <= 0;
    else if (write) begin
      write_length <= write_channels;
      lanes <= write_lanes;
      {group, lane} <= 0;
    end else if (handed) begin
      lane <= lane + 1 == lanes ? 0 : lane + 1;
      if (lane + 1 == lanes) group <= group + 8;
    end
    feed_stood <= !rst && vector_valid && !vector_ready;
    vector_before <= vector_data;
    row_stood <= !rst && row_valid && !row_ready;
    row_before <= row_data;
    place_before <= {row_channel, row_lane};
  end

  // the place behind: of the next read of the feeder, and of the writer, where one is under way
  wire feed_wraps = feed_at + 1 == feed_length, lane_wraps = lane + 1 == lanes;
  wire [4:0] read_at = !vector_valid ? feed_at : feed_wraps ? 0 : feed_at + 1;
  wire [2:0] read_left = repeats - (vector_valid && feed_wraps);
  wire [3:0] go_lane = !row_valid ? lane : lane_wraps ? 0 : lane + 1;
  wire [4:0] go_group = group + (row_valid && lane_wraps ? 8 : 0);
  always @* begin
    assume (begun || rst);
    if (feed_valid) assume (feed_channels != 0 && feed_channels <= 16 && feed_repeats != 0);
    if (take_valid) assume (take_channels != 0 && take_channels <= 16);
    if (write_valid) assume (write_channels[2:0] == 0 && write_channels != 0 && write_channels <= 16 && write_lanes != 0 && write_lanes <= 8);
    // the sequencer: commands come when all are idle
    if (feed) assume (feed_idle);
    if (write) assume (write_idle);
    // a WRITE is of the TAKE that came last, and the next TAKE waits for it
    if (write && !take) assume (write_channels <= take_length);
    if (write && take) assume (write_channels <= take_channels);
    if (take && !write) assume (write_idle);
    if (begun) begin
      // feeder: reads are of the channel whose turn it is; idle is: all are sent
      assert (vector_valid == 0 || repeats != 0);
      assert (feed_idle == (repeats == 0));
      assert (\dut.feed_left_q == read_left);
      if (read_left != 0) assert (\dut.feed_channel_q == read_at);
      if (read) assert (read_left != 0 && (!vector_valid || sent));
      if (feed_stood) assert (vector_valid && vector_data == vector_before);
      assert (vector_valid || read || feed_idle); // it never waits but for the port
      // taker: what is accepted is written, one place each
      assert (accepted == written + on_way && written <= accepted && accepted <= take_length && take_length <= 16);
      assert (\dut.take_channel_q == accepted && \dut.take_end_q == take_length && \dut.taken_q == written);
      assert (result_ready == (accepted != take_length) && take_idle == (written == take_length));
      assert (ADD_STAGES == 2 || !\dut.round_q );
      // writer: every lane of every group of 8 that is written
      assert (!row_valid || group < write_length && row_channel == group && row_lane == lane && written >= group + 8);
      assert (write_idle == (group == write_length));
      if (row_stood) assert (row_valid && row_data == row_before && {row_channel, row_lane} == place_before);
      if (\dut.write_go ) assert (!row_valid || handed);
      assert (row_valid || \dut.write_go || write_idle || !take_idle); // it waits for the taker and the port alone
      // what the registers mean
      if (repeats != 0) assert (feed_length != 0 && feed_length <= 16 && feed_at < feed_length && \dut.feed_end_q == feed_length);
      assert (\dut.write_channel_q == go_group && \dut.write_end_q == write_length && write_length[2:0] == 0 && group[2:0] == 0);
      assert (group <= write_length);
      if (group != write_length) assert (write_length <= take_length && lanes != 0 && lanes <= 8 && lane < lanes && \dut.write_lanes_q == lanes);
      if (!write_ready) assert (\dut.write_lane_q == go_lane);
    end
  end
endmodule

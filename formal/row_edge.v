// row_edge.v - proof of the streams of rtl/row_edge.v: the feeder sends every row of [row, row + rows) once a repeat, in order, what it
// offers stands until it is taken, and what it has read stands behind it; each result accepted is taken once, for the row whose
// turn it is, and written there if it counts; FEED, TAKE and the others do not meet; each ends.
// Assumes commands as its header has them; those of all kinds, reads and writes of words at any time, whatever the sums are.
// cut: read_q
// SPDX-License-Identifier: Apache-2.0
module proof (
    input clk,
    input rst,
    input command_valid,
    input [2:0] command_kind,
    input [4:0] command_row,
    input [4:0] command_rows,
    input [2:0] command_repeats,
    input [5:0] command_first,
    input [5:0] command_last,
    input [3:0] command_width,
    input [31:0] command_key,
    input [16:0] job_tokens,
    input vector_ready,
    input result_valid,
    input write_valid,
    input write_norm,
    input [3:0] write_row,
    input read_valid,
    input [3:0] read_row
);
  wire feed_ready, take_ready, walk_ready, vector_valid, result_ready, write_ready, read_ready;
  wire [127:0] vector_data;
  row_edge #(.TILE_TOKENS(16), .BASIS_ROWS(16), .ROWS(2), .REPEAT_BITS(3)) dut (
      .clk(clk), .rst(rst), .index(4'd1), .command_valid(command_valid), .command_kind(command_kind),
      .command_row(command_row), .command_rows(command_rows), .command_repeats(command_repeats),
      .command_first(command_first), .command_last(command_last), .command_limit(6'd0), .command_width(command_width),
      .command_key(command_key), .feed_ready(feed_ready), .take_ready(take_ready), .walk_ready(walk_ready),
      .job_tokens(job_tokens), .exact_count(4'd0), .exact_tokens(136'd0), .turn_x(128'd0), .vector_valid(vector_valid),
      .vector_ready(vector_ready), .vector_data(vector_data), .result_valid(result_valid), .result_ready(result_ready),
      .result_data(256'd0), .write_valid(write_valid), .write_ready(write_ready), .write_norm(write_norm),
      .write_row(write_row), .write_data(256'd0), .read_valid(read_valid), .read_ready(read_ready), .read_row(read_row),
      .load_valid(1'b0), .load_row(4'd0), .load_data(128'd0), .out_read(1'b0), .out_row(4'd0), .clear(1'b0)
  );
  (* hierconn *) wire \dut.feed_command , \dut.take_command , \dut.walk_command , \dut.feed_issue , \dut.feed_busy_q ;
  (* hierconn *) wire \dut.fetched_q , \dut.feed_tokens_q , \dut.take_busy_q , \dut.taken_q , \dut.taken_norm_q , \dut.u_h.read_valid ;
  (* hierconn *) wire \dut.turn_q , \dut.turned_q , \dut.store , \dut.in_range ;
  (* hierconn *) wire [3:0] \dut.multiply_q , \dut.add_q ;
  (* hierconn *) wire [4:0] \dut.feed_row_q , \dut.feed_start_q , \dut.feed_end_q , \dut.take_row_q , \dut.take_end_q ;
  (* hierconn *) wire [2:0] \dut.feed_left_q , \dut.take_kind_q ;
  (* hierconn *) wire [3:0] \dut.taken_row_q ;
  (* hierconn *) wire [1:0] \dut.taken_kind_q ;
  wire issue = \dut.feed_issue , fetched = \dut.fetched_q , sent = vector_valid && vector_ready;
  wire accept = result_valid && result_ready;
  wire feed = command_valid && command_kind[2:1] == 2'd2 && feed_ready;
  wire take = command_valid && command_kind[2:1] == 2'd0 && take_ready;
  wire walk = command_valid && command_kind[1] && walk_ready;

  // ---- the specification: the row to be sent and accepted next, and what is left
  reg begun = 1'b0;
  reg [4:0] start, stop, at, take_at, take_stop;
  reg [2:0] repeats;                         // not sent, this one included
  reg taking, stood, accepted;
  reg [127:0] before;
  reg [4:0] accepted_row;
  reg accepted_counts;
  wire wraps = at + 5'd1 == stop;
  always @(posedge clk) begin
    begun <= 1'b1;
    if (rst) repeats <= 0;
    else if (feed) begin
      repeats <= command_repeats;
      start <= command_row;
      stop <= command_row + command_rows;
      at <= command_row;
    end else if (sent) begin
      at <= wraps ? start : at + 5'd1;
      if (wraps) repeats <= repeats - 3'd1;
    end
    if (rst) taking <= 1'b0;
    else if (take) begin
      taking <= 1'b1;
      take_at <= command_row;
      take_stop <= command_row + command_rows;
    end else if (accept) begin
      take_at <= take_at + 5'd1;
      taking <= take_at + 5'd1 != take_stop;
    end
    stood <= !rst && vector_valid && !vector_ready;
    before <= vector_data;
    accepted <= !rst && accept;
    accepted_row <= take_at;
    accepted_counts <= \dut.take_kind_q [0] || \dut.in_range ;
  end

  // ---- the row behind one, {repeats left, row}; the feeder reads one or two ahead of what is offered
  function [7:0] after;
    input [7:0] x;
    after = x[4:0] + 5'd1 == stop ? {x[7:5] - 3'd1, start} : {x[7:5], x[4:0] + 5'd1};
  endfunction
  wire [7:0] place_0 = {repeats, at};
  wire [7:0] place_1 = vector_valid ? after(place_0) : place_0;
  wire [7:0] place_2 = fetched ? after(place_1) : place_1;
  wire moves = !vector_valid || vector_ready;
  // on their way behind a TAKE or what walks or turns; a word that is written passes by the same registers
  wire way = \dut.multiply_q [1] || \dut.add_q [1] || \dut.turn_q || \dut.turned_q || \dut.taken_q && \dut.taken_kind_q != 0;
  wire walks = \dut.take_kind_q [1] && (\dut.take_busy_q || way); // the walker or the turner is at work
  always @* begin
    assume (begun || rst);
    if (command_valid) begin
      assume (command_kind <= 6 && command_rows != 0 && {1'b0, command_row} + command_rows <= 16 && command_repeats != 0);
    end
    if (begun) begin
      assert (\dut.feed_command == feed && \dut.take_command == take && \dut.walk_command == walk);
      // feeder
      assert (!(vector_valid || fetched) || repeats != 0);
      assert (\dut.feed_busy_q == (place_2[7:5] != 0));
      if (\dut.feed_busy_q ) assert (\dut.feed_row_q == place_2[4:0] && \dut.feed_left_q == place_2[7:5]);
      if (place_0[7:5] != 0) assert (start <= at && at < stop && stop <= 16);
      if (place_0[7:5] != 0 && \dut.feed_busy_q ) assert (\dut.feed_start_q == start && \dut.feed_end_q == stop);
      if (place_1[7:5] == 0) assert (!fetched);
      if (stood) assert (vector_valid && vector_data == before);
      if (fetched && !moves) assert (!\dut.u_h.read_valid || \dut.feed_tokens_q );
      assert (!feed_ready || repeats == 0);
      assert (vector_valid || fetched || issue || repeats == 0); // it waits for the port alone
      // taker: each result for its row, and none too many
      assert (result_ready == taking);
      assert (taking == (\dut.take_busy_q && !\dut.take_kind_q [1]));
      if (taking) assert (\dut.take_row_q == take_at && \dut.take_end_q == take_stop && take_at < take_stop && take_stop <= 16);
      if (accepted && accepted_counts) assert (\dut.taken_q && \dut.taken_row_q == accepted_row[3:0] && !\dut.taken_norm_q );
      assert (!take_ready || !taking && !(accepted && accepted_counts)); // idle is: all are taken
      // what walks or turns is alone
      if (walks) assert (repeats == 0 && !taking);
      if (\dut.take_busy_q || way)
        assert (\dut.take_kind_q <= 3 || \dut.take_kind_q == 6);
      if (\dut.taken_q && \dut.taken_kind_q != 0) assert ({1'b0, \dut.taken_kind_q } == \dut.take_kind_q );
      assert (\dut.multiply_q [3:2] == 0 || \dut.multiply_q [1] && \dut.take_kind_q == 6);
      assert (\dut.add_q [3:2] == 0 || \dut.add_q [1] && \dut.take_kind_q == 6);
      assert (!(\dut.turn_q || \dut.turned_q ) || \dut.take_kind_q [2:1] == 2'd3);
      assert (!(\dut.store && accept));
    end
  end
endmodule

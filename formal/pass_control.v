// pass_control.v - proof of rtl/pass_control.v: it issues only what it may, and a command ends.
//   it takes a vector and reserves room only where they are shown, in its direction alone
//   a command takes what it is due, no operation more: a measure of what is left falls with each operation, to nothing at its end
//   with a vector and room at hand an operation is issued within 8 clocks, 16 with two banks; so a command ends if they come
//   blocks of 8 rows follow on a bank no sooner than the reducer is done with the one before
// Assumes commands as its header has them. SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter BANKS = 1,
    parameter SWITCH = 20,
    parameter ROW_BITS = 5,
    parameter CHANNEL_BITS = 4
) (
    input clk,
    input rst,
    input command_valid,
    input command_transpose,
    input [3:0] command_lanes,
    input [ROW_BITS-1:0] command_row,
    input [ROW_BITS-1:0] command_rows,
    input [CHANNEL_BITS-3:0] command_groups,
    input [1:0] available,
    input [1:0] room
);
  localparam [5:0] DRAIN = BANKS == 1 ? 8 : 16; // rows that the reducer has still to take, at most
  wire command_ready, active;
  wire [1:0] take, reserve;
  wire [ROW_BITS+CHANNEL_BITS+8:0] forward_operation, transpose_operation;
  wire [2:0] activity;
  pass_control #(.BANKS(BANKS), .SWITCH(SWITCH), .ROW_BITS(ROW_BITS), .CHANNEL_BITS(CHANNEL_BITS)) dut (
      .clk(clk), .rst(rst), .command_valid(command_valid), .command_ready(command_ready),
      .command_transpose(command_transpose), .command_lanes(command_lanes), .command_row(command_row),
      .command_rows(command_rows), .command_groups(command_groups), .available(available), .room(room),
      .take(take), .reserve(reserve), .forward_operation(forward_operation),
      .transpose_operation(transpose_operation), .active(active), .activity(activity)
  );
  (* hierconn *) wire \dut.busy_q , \dut.transpose_q , \dut.issue , \dut.bank_q , \dut.empty_q , \dut.done , \dut.last , \dut.more ;
  (* hierconn *) wire [4:0] \dut.drain_q ;
  (* hierconn *) wire [7:0] \dut.settle_q ;
  (* hierconn *) wire [ROW_BITS-1:0] \dut.row_q , \dut.first_row_q , \dut.end_row_q ;
  (* hierconn *) wire [CHANNEL_BITS:0] \dut.channel_q , \dut.end_channel_q ;
  wire busy = \dut.busy_q , transpose = \dut.transpose_q ;
  wire [31:0] row = \dut.row_q , first = \dut.first_row_q , end_row = \dut.end_row_q ;
  wire [31:0] channel = \dut.channel_q , end_channel = \dut.end_channel_q ;
  wire bank = \dut.bank_q ;

  // ---- what is left, in the order of the operations: {blocks of the output, contraction index, banks of the turn}
  wire [31:0] base = transpose ? channel - (bank ? 8 : 0) : row - (bank ? 8 : 0); // of the group
  wire [31:0] out_end = transpose ? end_channel : end_row;
  wire [31:0] index = transpose ? row : channel, index_end = transpose ? end_row : end_channel;
  wire [67:0] left = {busy, busy ? out_end - base : 32'd0, index_end - index, !bank, \dut.empty_q };

  reg begun = 1'b0;
  reg issued, accepted, were_busy;
  reg [67:0] before;
  reg [4:0] waited;                          // clocks with all that is needed, and no operation
  wire [1:0] mine = {transpose, !transpose};
  always @(posedge clk) begin
    begun <= 1'b1;
    issued <= !rst && \dut.issue ;
    accepted <= !rst && command_valid && command_ready;
    were_busy <= !rst && busy;
    before <= left;
    waited <= rst || !busy || \dut.issue || !(|(available & mine)) || !(|(room & mine)) ? 0 : waited + 1;
  end

  always @* begin
    assume (begun || rst);
    if (command_valid) begin
      assume (command_row[2:0] == 0 && command_rows != 0 && command_groups != 0);
      assume (command_transpose || command_rows[2:0] == 0);
      assume ({1'b0, command_row} + command_rows < 1 << ROW_BITS);
      assume (command_groups <= 1 << CHANNEL_BITS - 3);
    end
    if (begun) begin
      assert ((take & ~(available & mine)) == 0);
      assert ((reserve & ~(room & available & mine)) == 0);
      assert (command_ready == !active && (!busy || active));
      if (were_busy) assert (left < before || left == before && !issued);
      if (were_busy && issued) assert (left < before);
      assert (!(\dut.issue && \dut.done ) || \dut.last );
      assert (waited + \dut.drain_q <= DRAIN);
      // what the registers mean
      if (busy) begin
        assert (first[2:0] == 0 && first < end_row && end_channel[2:0] == 0 && end_channel != 0);
        assert (end_channel <= 1 << CHANNEL_BITS && row >= first && row < end_row && channel < end_channel);
        assert (transpose || end_row[2:0] == 0 && row[2:0] == 0);
        assert (!transpose || channel[2:0] == 0);
        assert (BANKS == 2 || !bank && !\dut.empty_q );
        assert (!(bank && \dut.last ) || \dut.drain_q <= 8);
        assert (!(bank && \dut.empty_q ));
        assert (!bank || base < out_end - 8 && (transpose || base >= first));
      end
    end
  end
endmodule

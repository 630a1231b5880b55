// result_port.v - proof of rtl/result_port.v: with 8 words at most for each block reserved, its queue neither overflows nor
// is popped empty, room that is lent comes back, and what it offers stands until it is taken.
// Assumes that room is reserved only where it is shown (asserted in pass_control.v), and that no word comes that was not reserved.
// SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter DEPTH_BITS = 6
) (
    input clk,
    input rst,
    input reserve,
    input in_valid,
    input [255:0] in_data,
    input out_ready
);
  localparam [DEPTH_BITS+1:0] DEPTH = 1 << DEPTH_BITS;
  wire room, out_valid;
  result_port #(.DEPTH_BITS(DEPTH_BITS)) dut (
      .clk(clk), .rst(rst), .room(room), .reserve(reserve), .in_valid(in_valid), .in_data(in_data),
      .out_valid(out_valid), .out_ready(out_ready)
  );
  (* hierconn *) wire [DEPTH_BITS:0] \dut.room_q , \dut.count ;

  reg begun = 1'b0;
  reg [DEPTH_BITS+1:0] owed;                 // words reserved that have not come
  reg stood;
  always @(posedge clk) begin
    begun <= 1'b1;
    owed <= rst ? 0 : owed + (reserve ? 8 : 0) - in_valid;
    stood <= !rst && out_valid && !out_ready;
  end

  always @* begin
    assume (begun || rst);
    assume (!reserve || room);
    assume (!in_valid || owed != 0);
    if (begun) begin
      assert ({1'b0, \dut.room_q } + owed + \dut.count == DEPTH && owed <= DEPTH);
      assert (!in_valid || \dut.count < DEPTH); // what fifo.v asks for
      assert (!room || \dut.count + owed <= DEPTH - 8);
      assert (out_valid == (\dut.count != 0));
      if (stood) assert (out_valid); // and its word: fifo.v
    end
  end
endmodule

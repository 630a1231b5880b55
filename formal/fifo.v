// fifo.v - proof of rtl/fifo.v: word n pushed is word n popped, for ever. Any one slot of its memory is followed.
// Assumes what the header of rtl/fifo.v asks of its users; their own proofs (vector_port, result_port) assert it.
// SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter WIDTH = 8,
    parameter DEPTH_BITS = 3
) (
    input clk,
    input rst,
    input push,
    input [WIDTH-1:0] push_data,
    input pop
);
  wire [WIDTH-1:0] head;
  wire [DEPTH_BITS:0] count;
  fifo #(.WIDTH(WIDTH), .DEPTH_BITS(DEPTH_BITS)) dut (
      .clk(clk), .rst(rst), .push(push), .push_data(push_data), .pop(pop), .head(head), .count(count)
  );
  (* hierconn *) wire [DEPTH_BITS:0] \dut.write_q , \dut.read_q ;
  (* hierconn *) wire [DEPTH_BITS-1:0] \dut.slot ;
  (* hierconn *) wire [WIDTH-1:0] \dut.slot_word ;
  wire [DEPTH_BITS-1:0] slot = \dut.slot ;

  // ---- the specification: how many words went in and out, and what lives in the slot
  reg begun = 1'b0;
  reg [DEPTH_BITS:0] pushed, popped;
  reg live;
  reg [WIDTH-1:0] word;
  wire first = popped[DEPTH_BITS-1:0] == slot; // the slot is the head
  wire in = push && pushed[DEPTH_BITS-1:0] == slot, out = pop && first;
  always @(posedge clk) begin
    begun <= 1'b1;
    pushed <= rst ? 0 : pushed + push;
    popped <= rst ? 0 : popped + pop;
    live <= !rst && (in || live && !out);
    if (in) word <= push_data;
  end

  wire [DEPTH_BITS:0] held = pushed - popped;
  wire [DEPTH_BITS-1:0] behind = slot - popped[DEPTH_BITS-1:0]; // the head
  always @* begin
    assume (begun || rst);
    assume (!push || !count[DEPTH_BITS]);
    assume (!pop || count != 0);
    if (begun) begin
      assert (count == held && held <= 1 << DEPTH_BITS);
      assert (\dut.write_q == pushed && \dut.read_q == popped);
      assert (live == ({1'b0, behind} < held));
      assert (!live || \dut.slot_word == word);
      if (live && first) assert (head == word); // and stands until it is popped
      if (out) assert (live);
    end
  end
endmodule

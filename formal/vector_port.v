// vector_port.v - proof of rtl/vector_port.v: its queue neither overflows nor is popped empty, every operation finds a vector
// at the head, and a vector counts as available once.
// Assumes pass_control.v as proved there: an operation is issued only where a vector is available, and one that pops takes
// it on that clock; operations arrive DELAY clocks later, in order. Port k of an edge has DELAY = 1 + k * SKEW.
// SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter DEPTH_BITS = 3,
    parameter DELAY = 1
) (
    input clk,
    input rst,
    input in_valid,
    input [127:0] in_data,
    input issue,
    input pops,
    input [15:0] rest
);
  wire in_ready, available;
  reg [2*DELAY-1:0] way;                     // {valid, pops} of the operations on their way, the last issued lowest
  wire [1:0] arrives = way[2*DELAY-1-:2];
  wire [15:0] operation_out;
  vector_port #(.SKEW(1), .ADDRESS_BITS(7), .DEPTH_BITS(DEPTH_BITS)) dut (
      .clk(clk), .rst(rst), .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data), .available(available),
      .take(issue && pops), .operation_in({arrives[1], rest[14:11], arrives[0], rest[9:0]}), .operation_out(operation_out)
  );
  (* hierconn *) wire [DEPTH_BITS:0] \dut.credit_q , \dut.count ;
  wire operates = operation_out[15], pop = operates && operation_out[10];

  // ---- from the port outwards: how many pops are ahead of each operation, and what is left for it
  reg begun = 1'b0;
  reg [DEPTH_BITS+2:0] ahead, all;
  reg each_finds;
  integer k;
  always @* begin
    all = pop;
    for (k = 0; k < DELAY; k = k + 1) all = all + (way[2*k+1] && way[2*k]);
    ahead = pop;
    each_finds = 1'b1;
    for (k = DELAY - 1; k >= 0; k = k - 1) begin
      if (way[2*k+1] && \dut.count <= ahead) each_finds = 1'b0;
      ahead = ahead + (way[2*k+1] && way[2*k]);
    end
  end
  always @(posedge clk) begin
    begun <= 1'b1;
    way <= rst ? 0 : {way, issue, issue && pops};
  end

  always @* begin
    assume (begun || rst);
    assume (!issue || available);
    if (begun) begin
      assert (\dut.count <= 1 << DEPTH_BITS && in_ready == (\dut.count != 1 << DEPTH_BITS));
      assert (\dut.count == \dut.credit_q + all);
      assert (each_finds);
      assert (!operates || \dut.count != 0);  // what fifo.v asks for, and that the head is a vector
    end
  end
endmodule

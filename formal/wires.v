// wires.v - registers as wires: a pipeline that is fed the same on all clocks, combinational for the engine `wires`.
// SPDX-License-Identifier: Apache-2.0
(* techmap_celltype = "$dff" *)
module wires_dff (
    input CLK,
    input [WIDTH-1:0] D,
    output [WIDTH-1:0] Q
);
  parameter WIDTH = 1;
  parameter CLK_POLARITY = 1'b1;
  assign Q = D;
endmodule

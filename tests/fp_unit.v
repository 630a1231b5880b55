// fp_unit.v - multiply-add units and adders of every number of pipeline stages, side by side, for fp_rtl.cpp.
// SPDX-License-Identifier: Apache-2.0
module fp_unit (
    input clk,
    input rst,
    // mac_grid with 1, 2 and 3 stages; BANKS as in array.v
    input [2:0] valid,
    input first,
    input bank,
    input [255:0] element,
    input [255:0] broadcast,
    output [2:0] finish,
    output [2:0] finish_bank,
    output [2:0] finish_transpose,
    output [2047:0] drain_1,
    output [2047:0] drain_2,
    output [4095:0] drain_3,
    // reducer with 1 and 2 stages
    input add_finish,
    input add_bank,
    input add_transpose,
    input [2047:0] add_drain_1,
    input [4095:0] add_drain_2,
    input [255:0] west,
    input [255:0] north,
    output [1:0] sum_valid,
    output [1:0] sum_transpose,
    output [255:0] sum_1,
    output [255:0] sum_2
);
  mac_grid #(.STAGES(1), .BANKS(1)) stages_1 (
      .clk(clk), .rst(rst), .valid(valid[0]), .first(first), .last(1'b1), .bank(bank), .transpose(first),
      .element(element), .broadcast(broadcast), .finish(finish[0]), .finish_bank(finish_bank[0]),
      .finish_transpose(finish_transpose[0]), .drain(drain_1)
  );
  mac_grid #(.STAGES(2), .BANKS(1)) stages_2 (
      .clk(clk), .rst(rst), .valid(valid[1]), .first(first), .last(1'b1), .bank(bank), .transpose(first),
      .element(element), .broadcast(broadcast), .finish(finish[1]), .finish_bank(finish_bank[1]),
      .finish_transpose(finish_transpose[1]), .drain(drain_2)
  );
  mac_grid #(.STAGES(3), .BANKS(2)) stages_3 (
      .clk(clk), .rst(rst), .valid(valid[2]), .first(first), .last(1'b1), .bank(bank), .transpose(first),
      .element(element), .broadcast(broadcast), .finish(finish[2]), .finish_bank(finish_bank[2]),
      .finish_transpose(finish_transpose[2]), .drain(drain_3)
  );
  reducer #(.STAGES(1), .BANKS(1)) adder_1 (
      .clk(clk), .rst(rst), .finish(add_finish), .finish_bank(add_bank), .finish_transpose(add_transpose),
      .drain(add_drain_1), .west(west), .north(north), .sum_valid(sum_valid[0]), .sum_transpose(sum_transpose[0]),
      .sum(sum_1)
  );
  reducer #(.STAGES(2), .BANKS(2)) adder_2 (
      .clk(clk), .rst(rst), .finish(add_finish), .finish_bank(add_bank), .finish_transpose(add_transpose),
      .drain(add_drain_2), .west(west), .north(north), .sum_valid(sum_valid[1]), .sum_transpose(sum_transpose[1]),
      .sum(sum_2)
  );
endmodule

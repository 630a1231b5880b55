// generate_tb.v - tb/generate.vh against the matrices in +vectors=FILE (tests/make_generated.c), a TAP case each.
// SPDX-License-Identifier: Apache-2.0
module generate_tb;
`include "generate.vh"

  reg [1023:0] path, text;
  reg [9*8-1:0] kind;
  reg [31:0] seed;
  reg [15:0] expected, found;
  integer file, rows, columns, a, b, row, column, matrices, differ;

  initial begin
    if ($value$plusargs("vectors=%s", path) == 0) path = 0;
    file = $fopen(path, "r");
    matrices = 0;
    while (file != 0 && $fscanf(file, "%s %d %d %d %d %d %s", kind, rows, columns, a, b, seed, text) == 7) begin
      matrices = matrices + 1;
      differ = 0;
      for (row = 0; row < rows; row = row + 1) begin
        for (column = 0; column < columns; column = column + 1) begin
          found = generate_element(kind, columns, a, b, seed, row, column);
          if ($fscanf(file, "%h", expected) != 1 || found !== expected) begin
            if (differ == 0) $display("# row %0d, column %0d: %h, not %h", row, column, found, expected);
            differ = differ + 1;
          end
        end
      end
      $display("%0s %0d - %0s of seed %0d: %0d elements", differ == 0 ? "ok" : "not ok", matrices, text, seed, rows * columns);
    end
    $display("1..%0d", matrices);
    $finish;
  end
endmodule

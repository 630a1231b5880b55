// decompose.sv - a matrix of rank 3 in SystemVerilog on the installed package: docs/dpi.md says how it is built.
// SPDX-License-Identifier: Apache-2.0
module decompose;
  import dcom_pkg::*;
  initial begin
    dcom_reference numbers;
    numbers = new("small");
    numbers.rank = 8;
    numbers.outliers = 0;
    void'(numbers.matrix(DCOM_A, 48, 40));
    for (int t = 0; t < 48; t++)
      for (int c = 0; c < 40; c++) void'(numbers.put(DCOM_A, t, c, t % 3 == c % 3 ? 16'h3F80 : 16'h0000));  // 1.0
    if (numbers.decompose())
      $display("rank %0d, relative error %.4f", numbers.result_rank, numbers.certificate());
    numbers.close();
    $finish;
  end
endmodule

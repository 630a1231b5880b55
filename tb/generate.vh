// generate.vh - the generators of golden vectors and regressions for a bench: the same bits as cmodel/generate.c and
// python/dcom/generate.py. Functions to `include in a module or a package; Verilog-2005, whole numbers only.
// docs/vectors.md has the formulas, and what a kind's two numbers mean. SPDX-License-Identifier: Apache-2.0

// The same for the same three numbers, whoever asks, in whatever order
function automatic [31:0] hash3(input [31:0] seed, input [31:0] i, input [31:0] j);
  reg [31:0] h;
  begin
    h = seed * 32'h9E3779B9 ^ i * 32'h85EBCA6B ^ j * 32'hC2B2AE35;
    h = (h ^ h >> 16) * 32'h7FEB352D;
    h = (h ^ h >> 15) * 32'h846CA68B;
    hash3 = h ^ h >> 16;
  end
endfunction

// n 2^exponent in BF16, rounded to nearest even; |n| < 2^24, and < 2^8 where the result may be subnormal
function automatic [15:0] generate_scaled(input integer n, input integer exponent);
  reg [31:0] m, half;
  integer top;
  begin
    m = n < 0 ? -n : n;
    top = 0;
    while (m >> top > 1) top = top + 1;
    if (m == 0 || exponent + top < -126) begin
      m = m << (exponent + 133);  // subnormal: in units of 2^-133
    end else if (top <= 7) begin
      m = ((exponent + top + 127) << 7) + ((m << (7 - top)) & 127);
    end else begin
      half = (1 << (top - 8)) - 1 + ((m >> (top - 7)) & 1);
      m = ((exponent + top + 126) << 7) + ((m + half) >> (top - 7));  // a carry out of the fraction is the next exponent's
    end
    generate_scaled = {n < 0, m[14:0]};
  end
endfunction

// -255..255 of eight bits and a sign
function automatic integer generate_small(input [31:0] h);
  generate_small = (h & 256) != 0 ? -(h & 255) : h & 255;
endfunction

// -127..127
function automatic integer generate_factor(input [31:0] h);
  generate_factor = (h >> 24) % 255 - 127;
endfunction

// Whether a column is the first of one of `count` runs of columns
function automatic generate_is_outlier(input integer count, input integer columns, input integer column);
  integer run;
  begin
    run = count > 0 && count < columns ? columns / count : 1;
    generate_is_outlier = column % run == 0 && column / run < count;
  end
endfunction

// Element (row, column) of the matrix KIND(ROWS,COLUMNS,A,B) from `seed`, BF16 bits, as in
//   generate_element("spectrum", 576, 12, 8, seed, row, column)
// KIND is a string; no element depends on how many rows there are. An unknown kind is x.
function automatic [15:0] generate_element(input [9*8-1:0] kind, input integer columns, input integer a, input integer b,
                                           input [31:0] seed, input integer row, input integer column);
  reg [31:0] h;
  integer k, n, weight;
  begin
    h = hash3(seed, row, column);
    n = generate_small(h);
    weight = 256;
    case (kind)
      "zero": generate_element = {a != 0 && h[0], 15'd0};
      "constant": generate_element = a[15:0];
      "identity": generate_element = generate_scaled(row == column ? 1 : 0, a);
      "noise": generate_element = generate_scaled(n, a);
      "cancel": begin
        h = hash3(seed, row, column / 2);
        n = 128 + h % 127 + {31'd0, column[0]};
        generate_element = generate_scaled(h[31] ^ column[0] ? -n : n, a);
      end
      "ties": begin
        n = {26'd0, h[12:8], 1'b1};
        generate_element = generate_scaled(h[0] ? -n : n, h[17:16] == 0 ? -24 : 0);
      end
      "repeat": generate_element = generate_scaled(generate_small(hash3(seed, row, column % a)), -8);
      "deficient": begin
        n = 0;
        for (k = 0; k < a; k = k + 1) begin
          h = hash3(seed, row, 2 * k) % 5;
          weight = hash3(seed, column, 2 * k + 1) % 5;
          n = n + ($signed(h) - 2) * (weight - 2);
        end
        generate_element = generate_scaled(n, 0);
      end
      "holes": generate_element = generate_scaled(column % a == 0 ? 0 : n, -8);
      "outliers": generate_element = generate_scaled(n, generate_is_outlier(a, columns, column) ? b - 8 : -8);
      "range": begin
        k = a < b ? b - a + 1 : a - b + 1;
        h = (h >> 9) % k;
        generate_element = generate_scaled(n, (a < b ? a : b) + $signed(h));
      end
      "spectrum": begin
        h = hash3(~seed, row, column / 2);
        n = ({16'd0, column[0] ? h[31:16] : h[15:0]} - 32768) * 16;
        for (k = 0; k < a; k = k + 1) begin
          n = n + weight * generate_factor(hash3(seed, row, 2 * k + 2)) * generate_factor(hash3(seed, column, 2 * k + 1));
          weight = weight * 3 / 4;
        end
        generate_element = generate_scaled(n, generate_is_outlier(b, columns, column) ? -16 : -20);
      end
      default: generate_element = 16'bx;
    endcase
  end
endfunction

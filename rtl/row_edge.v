// row_edge.v - the edge of one cluster row: feeds P, random signs or h to its vectors, takes P or h from its results,
// turns h for a combination, and makes the sums of the certificate over its rows.
// Twin: cmodel/row_edge.c
// SPDX-License-Identifier: Apache-2.0
//
// A command is taken on the clock on which its kind is ready; first, last and limit are numbers of basis rows in the whole
// array, rows are local: local basis row or token l is number (l / 8 * ROWS + index) * 8 + l mod 8. A token is masked if
// its number is `job_tokens` or more, or one of the first `exact_count` of `exact_tokens`: it is exact, or past the matrix.
//   0 TAKE basis    for each result: h = result for rows in [first, last); peak = largest |h| over those below `limit`; flags
//   1 TAKE tokens   p, out = BF16(masked result); chain 0 += p p, chain 1 += p BF16(2 (result - p)), from +0; flags
//   2 CERTIFY       for rows below `last`: overlap = BF16(h), of 2 h below `first`; +0 on the diagonal (row first + e in lane
//                   e) and in lanes from last - first on; chain 0 += abs(overlap) norm, from +0
//   3 SETTLE        chain 0 += overlap BF16(h), from +0, for rows below `last`
//   4 FEED basis    BF16(h) of rows in [first, last), else +0
//   5 FEED tokens   lane e: p if e < width, else +1 or -1 as bit e of hash(key + number) is 0 or 1; +0 where masked
//   6 TURN          for rows below `last`: h[e] = fused chain of -BF16(h[k]) turn_x[e], k = `turn_index` = 0..7, from +0; flags
// TAKE and FEED: local rows [row, row + rows), at least one; FEED sends them `repeats` times over. One row a clock, each.
//
// FEED and TAKE run side by side; CERTIFY, SETTLE and TURN alone. A command sees what was written on clocks before its
// own. All edges that take a TURN on the same clock are at the same k; the edge of index 0 has the most rows.
//
//   feeder   0 feed_row_q   1 fetched_q, hash_q, read_q of p and h   2 vector_q
//   taker    0 take_row_q   1 taken_q, result_q   2 p or h; a_q, b_q, c_q   3 product_q   4 chain_q
//   walker   0 take_row_q   1 taken_q, read_q of h, norm, overlap   then as the taker
//   turner   0 take_row_q   1 turn_q, turn_index_q, read_q of h   2 a_q, b_q   3 product_q   4 chain_q, turned_q
//            5 taken_q, result_q: as a word written to h
// A chain is a fused multiply-add: align and round in one clock, as mac_grid.v with STAGES 2; decode and multiply in stage 3.
// Clocks from the one that takes a command to the one on which the edge is ready for the next, nothing held back:
//   FEED rows * repeats + 3   TAKE basis rows + 2 (1 if the last is outside)   TAKE tokens rows + 4
//   CERTIFY, SETTLE n + 4, TURN 8 n + 6 for n rows, 2 for none
module row_edge #(
    parameter TILE_TOKENS = 8,
    parameter BASIS_ROWS = 8,
    parameter ROWS = 1,                      // cluster rows of the array
    parameter REPEAT_BITS = 8,
    parameter TOKEN_BITS = $clog2(TILE_TOKENS),
    parameter LOCAL_BITS = $clog2(BASIS_ROWS),
    parameter ADDRESS_BITS = TOKEN_BITS > LOCAL_BITS ? TOKEN_BITS : LOCAL_BITS,
    parameter ROW_BITS = $clog2((TILE_TOKENS > BASIS_ROWS ? TILE_TOKENS : BASIS_ROWS) + 1),
    parameter BASIS_BITS = $clog2(ROWS * BASIS_ROWS + 1)
) (
    input clk,
    input rst,
    input [3:0] index,                       // of this cluster row; constant
    input command_valid,
    input [2:0] command_kind,
    input [ROW_BITS-1:0] command_row,
    input [ROW_BITS-1:0] command_rows,
    input [REPEAT_BITS-1:0] command_repeats,
    input [BASIS_BITS-1:0] command_first,
    input [BASIS_BITS-1:0] command_last,
    input [BASIS_BITS-1:0] command_limit,
    input [3:0] command_width,
    input [31:0] command_key,
    output feed_ready,                       // for kinds 4, 5
    output take_ready,                       // for kinds 0, 1
    output walk_ready,                       // for kinds 2, 3, 6
    // which tokens are masked; stable while a command runs
    input [16:0] job_tokens,
    input [3:0] exact_count,
    input [8*17-1:0] exact_tokens,
    // row `turn_index` of what TURN multiplies by, 8 lanes x BF16, on the same clock
    output [2:0] turn_index,
    input [127:0] turn_x,
    // the array: 8 lanes x BF16 in, 8 lanes x FP32 out
    output vector_valid,
    input vector_ready,
    output [127:0] vector_data,
    input result_valid,
    output result_ready,
    input [255:0] result_data,
    // scalar unit: writes h, or norm from lane 0, either FP32 (rounded here); reads h, which stands from the next clock on
    input write_valid,
    output write_ready,
    input write_norm,
    input [ADDRESS_BITS-1:0] write_row,
    input [255:0] write_data,
    input read_valid,
    output read_ready,
    input [LOCAL_BITS-1:0] read_row,
    output [255:0] read_h,
    // stream in: writes p; only while no TAKE tokens runs
    input load_valid,
    input [TOKEN_BITS-1:0] load_row,
    input [127:0] load_data,
    // stream out: the P last taken, one clock later
    input out_read,
    input [TOKEN_BITS-1:0] out_row,
    output [127:0] out_data,
    // sums; chain c of lane e in bits 256c + 32e +: 32
    output [511:0] chain,
    output [255:0] peak,
    input clear,                             // flags, but for those that rise on this clock
    output [1:0] flags                       // {nan, overflow}: of what was taken, or written to h; stay until cleared
);
  localparam [ROW_BITS-1:0] ROW_1 = 1;
  localparam [REPEAT_BITS-1:0] REPEAT_1 = 1;

  wire feed_idle, feed_command, take_idle, take_command, walk_idle, walk_command;
  assign take_ready = take_idle;
  assign feed_ready = feed_idle && walk_idle;
  assign walk_ready = feed_idle && take_idle;
  assign feed_command = command_valid && command_kind[2:1] == 2'd2 && feed_ready;
  assign take_command = command_valid && command_kind[2:1] == 2'd0 && take_ready;
  assign walk_command = command_valid && command_kind[1] && walk_ready;
  wire [31:0] index_32 = {28'd0, index};

  // ---- memories
  reg [127:0] rounded;                       // stage 1 of the taker: BF16; not a register
  reg [ROW_BITS-1:0] take_row_q, feed_row_q;
  reg [ADDRESS_BITS-1:0] taken_row_q;
  reg [2:0] take_kind_q;                     // command_kind; bit 1: of the walker; bit 2: TURN
  reg [1:0] taken_kind_q;                    // its low bits; what TURN and `write` write is as what TAKE basis takes
  reg taken_q, taken_norm_q;
  reg [255:0] result_q;
  reg feed_tokens_q, feed_busy_q;
  wire walk_issue, turn_issue, feed_issue;
  wire read = read_valid && read_ready;
  wire [LOCAL_BITS-1:0] h_row = walk_issue || turn_issue ? take_row_q[LOCAL_BITS-1:0] :
      feed_busy_q ? feed_row_q[LOCAL_BITS-1:0] : read_row;
  wire [127:0] p, overlap;
  wire [15:0] norm;
  wire row_taken = taken_q && !taken_norm_q;
  wire p_taken = row_taken && taken_kind_q == 2'd1;
  edge_memory #(.WIDTH(128), .ROWS(TILE_TOKENS)) u_p (
      .clk(clk), .read_valid(feed_issue && feed_tokens_q), .read_row(feed_row_q[TOKEN_BITS-1:0]), .read_data(p),
      .write_valid(p_taken || load_valid), .write_row(p_taken ? taken_row_q[TOKEN_BITS-1:0] : load_row),
      .write_data(p_taken ? rounded : load_data)
  );
  edge_memory #(.WIDTH(128), .ROWS(TILE_TOKENS)) u_out (
      .clk(clk), .read_valid(out_read), .read_row(out_row), .read_data(out_data),
      .write_valid(p_taken), .write_row(taken_row_q[TOKEN_BITS-1:0]), .write_data(rounded)
  );
  edge_memory #(.WIDTH(256), .ROWS(BASIS_ROWS)) u_h (
      .clk(clk), .read_valid(walk_issue || turn_issue || feed_issue && !feed_tokens_q || read),
      .read_row(h_row), .read_data(read_h),
      .write_valid(row_taken && taken_kind_q == 2'd0), .write_row(taken_row_q[LOCAL_BITS-1:0]), .write_data(result_q)
  );
  edge_memory #(.WIDTH(128), .ROWS(BASIS_ROWS)) u_overlap (
      .clk(clk), .read_valid(walk_issue), .read_row(take_row_q[LOCAL_BITS-1:0]), .read_data(overlap),
      .write_valid(row_taken && taken_kind_q == 2'd2), .write_row(taken_row_q[LOCAL_BITS-1:0]), .write_data(rounded)
  );
  edge_memory #(.WIDTH(16), .ROWS(BASIS_ROWS)) u_norm (
      .clk(clk), .read_valid(walk_issue), .read_row(take_row_q[LOCAL_BITS-1:0]), .read_data(norm),
      .write_valid(taken_q && taken_norm_q), .write_row(taken_row_q[LOCAL_BITS-1:0]), .write_data(rounded[15:0])
  );

  // ---- feeder, stage 0: the row to fetch
  reg fetched_q, vector_valid_q;
  reg [ROW_BITS-1:0] feed_start_q, feed_end_q;
  reg [REPEAT_BITS-1:0] feed_left_q;
  reg [BASIS_BITS-1:0] feed_first_q, feed_last_q;
  reg [3:0] feed_width_q;
  reg [31:0] feed_key_q;
  wire feed_move = !vector_valid_q || vector_ready;
  wire [ROW_BITS-1:0] feed_next = feed_row_q + ROW_1;
  wire [31:0] feed_row_32 = {{32 - ROW_BITS{1'b0}}, feed_row_q};
  wire [31:0] feed_number = ((feed_row_32 >> 3) * ROWS + index_32) << 3 | feed_row_32 & 32'd7;
  wire feed_outside = feed_number < {{32 - BASIS_BITS{1'b0}}, feed_first_q} ||
      feed_number >= {{32 - BASIS_BITS{1'b0}}, feed_last_q};
  assign feed_issue = feed_busy_q && feed_move;
  assign feed_idle = !feed_busy_q && !fetched_q && !vector_valid_q;
  assign read_ready = feed_ready;
  always @(posedge clk)
    if (rst) feed_busy_q <= 1'b0;
    else if (feed_command) begin
      feed_busy_q <= 1'b1;
      feed_tokens_q <= command_kind[0];
      feed_row_q <= command_row;
      feed_start_q <= command_row;
      feed_end_q <= command_row + command_rows;
      feed_left_q <= command_repeats;
      feed_first_q <= command_first;
      feed_last_q <= command_last;
      feed_width_q <= command_width;
      feed_key_q <= command_key;
    end else if (feed_issue) begin
      feed_row_q <= feed_next == feed_end_q ? feed_start_q : feed_next;
      if (feed_next == feed_end_q) begin
        feed_left_q <= feed_left_q - REPEAT_1;
        feed_busy_q <= feed_left_q != REPEAT_1;
      end
    end

  // ---- masks, of the rows at stage 0
  wire [31:0] take_number;
  reg feed_masked, take_masked;              // not registers
  always @* begin : masks
    integer k;
    reg [31:0] token;
    {k, token} = 0;
    feed_masked = feed_number >= {15'd0, job_tokens};
    take_masked = take_number >= {15'd0, job_tokens};
    for (k = 0; k < 8; k = k + 1) begin
      token = {15'd0, exact_tokens[17*k+:17]};
      if (k < {28'd0, exact_count}) begin
        feed_masked = feed_masked || feed_number == token;
        take_masked = take_masked || take_number == token;
      end
    end
  end

  // ---- feeder, stage 0 -> 1: the first half of the hash
  reg fetched_zero_q;
  reg [31:0] hash_q;
  always @(posedge clk) begin : fetch
    reg [31:0] x;
    x = 0;
    if (rst) fetched_q <= 1'b0;
    else if (feed_move) fetched_q <= feed_busy_q;
    if (feed_issue) begin
      x = feed_key_q + feed_number;
      x = x + 32'h7ED55D16 + (x << 12);
      x = x ^ 32'hC761C23C ^ x >> 19;
      x = x + 32'h165667B1 + (x << 5);
      hash_q <= x;
      fetched_zero_q <= feed_tokens_q ? feed_masked : feed_outside;
    end
  end

  // ---- feeder, stage 1 -> 2: the second half; p, signs or BF16(h)
  reg [127:0] vector_q;
  assign vector_valid = vector_valid_q;
  assign vector_data = vector_q;
  always @(posedge clk) begin : send
    integer e;
    reg [31:0] x, hash;
    reg [15:0] lane;
    reg [127:0] vector_d;
    {e, x, hash, lane, vector_d} = 0;
    if (rst) vector_valid_q <= 1'b0;
    else if (feed_move) vector_valid_q <= fetched_q;
    if (feed_move && fetched_q) begin
      hash = hash_q;
      hash = hash + 32'hD3A2646C ^ hash << 9;
      hash = hash + 32'hFD7046C5 + (hash << 3);
      hash = hash ^ 32'hB55A4F09 ^ hash >> 16;
      for (e = 0; e < 8; e = e + 1) begin
        x = read_h[32*e+:32];
        x = x[30:0] > 31'h7F800000 ? 32'h7FC00000 : x + 32'h7FFF + (x >> 16 & 32'd1);
        lane = !feed_tokens_q ? x[31:16] : e < {28'd0, feed_width_q} ? p[16*e+:16] : {hash[e], 15'h3F80};
        vector_d[16*e+:16] = fetched_zero_q ? 16'd0 : lane;
      end
      vector_q <= vector_d;
    end
  end

  // ---- taker, walker and turner, stage 0: the row to come
  reg take_busy_q;
  reg [ROW_BITS-1:0] take_end_q;
  reg [BASIS_BITS-1:0] take_first_q, take_last_q, take_limit_q;
  wire [ROW_BITS-1:0] take_next = take_row_q + ROW_1;
  wire [31:0] take_row_32 = {{32 - ROW_BITS{1'b0}}, take_row_q};
  assign take_number = ((take_row_32 >> 3) * ROWS + index_32) << 3 | take_row_32 & 32'd7;
  wire [31:0] first_32 = {{32 - BASIS_BITS{1'b0}}, take_first_q}, last_32 = {{32 - BASIS_BITS{1'b0}}, take_last_q};
  wire take = result_valid && result_ready;
  wire below_last = take_number < last_32;
  wire walk = take_busy_q && take_kind_q[1] && below_last;
  reg turn_q;                                // a row of h stands in read_q
  reg [2:0] turn_index_q;
  wire turn_idle;
  assign walk_issue = walk && !take_kind_q[2];
  assign turn_issue = walk && take_kind_q[2] && (!turn_q || turn_index_q == 3'd7);
  assign result_ready = take_busy_q && !take_kind_q[1];
  assign write_ready = !take_busy_q && turn_idle;
  assign turn_index = turn_index_q;
  always @(posedge clk) begin
    if (rst) turn_q <= 1'b0;
    else turn_q <= turn_issue || turn_q && turn_index_q != 3'd7;
    if (turn_issue) turn_index_q <= 3'd0;
    else if (turn_q) turn_index_q <= turn_index_q + 3'd1;
  end
  always @(posedge clk)
    if (rst) take_busy_q <= 1'b0;
    else if (take_command || walk_command) begin
      take_busy_q <= 1'b1;
      take_kind_q <= command_kind;
      take_row_q <= walk_command ? {ROW_BITS{1'b0}} : command_row;
      take_end_q <= walk_command ? BASIS_ROWS[ROW_BITS-1:0] : command_row + command_rows;
      take_first_q <= command_first;
      take_last_q <= command_last;
      take_limit_q <= command_limit;
    end else if (take || walk_issue || turn_issue) begin
      take_row_q <= take_next;
      take_busy_q <= take_next != take_end_q;
    end else if (take_kind_q[1] && !below_last) take_busy_q <= 1'b0;

  // ---- stage 0 -> 1: a result, a word to write, a row turned, or what the memories show
  wire write = write_valid && write_ready;
  wire in_range = take_number >= first_32 && below_last;
  wire [31:0] offset = take_number - first_32, kept = last_32 - first_32;
  reg taken_peak_q, taken_twice_q, turned_q;
  reg [7:0] taken_zero_q;                    // lanes
  reg [511:0] chain_q;
  reg [ROW_BITS-1:0] turn_row_q;             // whose chain ends next
  wire store = write || turned_q;            // into h or norm
  always @(posedge clk) begin : receive
    integer e;
    reg [7:0] zero_d;
    {e, zero_d} = 0;
    for (e = 0; e < 8; e = e + 1) zero_d[e] = offset == e || kept <= e;
    taken_q <= !rst && (store || walk_issue || take && (take_kind_q[0] || in_range));
    if (store || take || walk_issue) begin
      taken_kind_q <= store ? 2'd0 : take_kind_q[1:0];
      taken_norm_q <= write && write_norm;
      taken_row_q <= turned_q ? turn_row_q[ADDRESS_BITS-1:0] : write ? write_row : take_row_q[ADDRESS_BITS-1:0];
      taken_peak_q <= !store && take_kind_q == 3'd0 && take_number < {{32 - BASIS_BITS{1'b0}}, take_limit_q};
      taken_twice_q <= !store && take_kind_q == 3'd2 && take_number < first_32;
      taken_zero_q <= store ? 8'd0 : take_kind_q == 3'd1 ? {8{take_masked}} : take_kind_q == 3'd2 ? zero_d : 8'd0;
    end
    if (store || take) result_q <= turned_q ? chain_q[255:0] : write ? write_data : result_data;
    if (walk_command) turn_row_q <= 0;
    else if (turned_q) turn_row_q <= turn_row_q + ROW_1;
  end

  // ---- stage 1: FP32, masked or doubled, and what it rounds to
  reg [255:0] value;                         // not a register
  always @* begin : round
    integer e;
    reg [31:0] x, n;
    {e, x, n, value, rounded} = 0;
    for (e = 0; e < 8; e = e + 1) begin
      x = taken_kind_q[1] ? read_h[32*e+:32] : result_q[32*e+:32];
      n = x & 32'h7FFFFFFF;
      n = n[30:23] == 8'd0 ? n << 1 : n[30:23] == 8'd255 ? n : n[30:23] == 8'd254 ? 32'h7F800000 : n + 32'h800000;
      x = taken_twice_q ? x & 32'h80000000 | n : x;
      x = taken_zero_q[e] ? 32'd0 : x;
      value[32*e+:32] = x;
      x = x[30:0] > 31'h7F800000 ? 32'h7FC00000 : x + 32'h7FFF + (x >> 16 & 32'd1);
      rounded[16*e+:16] = x[31:16];
    end
  end

  // ---- stage 1 -> 2: peak and flags
  reg [255:0] peak_q;
  reg [1:0] flags_q;
  assign peak = peak_q;
  assign flags = flags_q;
  always @(posedge clk) begin : watch
    integer e;
    reg [31:0] n;
    reg [1:0] raised;
    reg [255:0] peak_d;
    {e, n, raised} = 0;
    peak_d = peak_q;
    for (e = 0; e < 8; e = e + 1) begin
      n = value[32*e+:32] & 32'h7FFFFFFF;
      raised = raised | {n > 32'h7F800000, n >= 32'h7F7F8000 && n <= 32'h7F800000};
      peak_d[32*e+:32] = n > peak_d[32*e+:32] ? n : peak_d[32*e+:32];
    end
    if (take_command && !command_kind[0]) peak_q <= 256'd0;
    else if (taken_q && taken_peak_q) peak_q <= peak_d;
    if (rst) flags_q <= 2'd0;
    else flags_q <= (clear ? 2'd0 : flags_q) | (row_taken && !taken_kind_q[1] ? raised : 2'd0);
  end

  // ---- stage 1 -> 2: the factors, a b for chain 0 and a c for chain 1; BF16(2 (x - p)) from the bits that p lost
  reg [127:0] a_q, b_q, c_q;
  reg [3:0] multiply_q;                      // {last and first of a row of TURN, valid, both chains}
  always @(posedge clk) begin : factors
    integer e;
    reg [31:0] x, n, zeros, limit, sign, exponent, magnitude, result;
    reg up;
    reg [127:0] c_d;
    {e, x, n, zeros, limit, sign, exponent, magnitude, result, up, c_d} = 0;
    multiply_q <= rst ? 4'd0 : {turn_q && turn_index_q == 3'd7, turn_q && turn_index_q == 3'd0,
        turn_q || row_taken && taken_kind_q != 2'd0, !turn_q && taken_kind_q == 2'd1};
    if (turn_q) begin
      x = read_h[32*turn_index_q+:32];
      x = x[30:0] > 31'h7F800000 ? 32'h7FC00000 : x + 32'h7FFF + (x >> 16 & 32'd1);
      a_q <= {8{x[31:16] ^ 16'h8000}};
      b_q <= turn_x;
    end else if (row_taken && taken_kind_q != 2'd0) begin
      a_q <= taken_kind_q == 2'd3 ? overlap : taken_kind_q == 2'd2 ? rounded & {8{16'h7FFF}} : rounded;
      b_q <= taken_kind_q == 2'd2 ? {8{norm}} : rounded;
    end
    if (row_taken && taken_kind_q == 2'd1) begin
      for (e = 0; e < 8; e = e + 1) begin
        x = value[32*e+:32];
        up = rounded[16*e+:16] != x[31:16];
        n = x & 32'hFFFF;
        n = up ? 32'h10000 - n : n;
        sign = n == 32'd0 ? 32'd0 : x >> 31 ^ {31'd0, up};
        magnitude = x[30:23] == 8'd255 ? 32'd0 : rounded[16*e+:15] == 15'h7F80 ? 32'd1 : n << 4;
        exponent = rounded[16*e+7+:8] == 8'd255 ? 32'd2047 : x[30:23] == 8'd0 ? 32'd674 : (x >> 23 & 32'hFF) + 32'd673;
`include "fp_round.vh"
        x = result + 32'h7FFF + (result >> 16 & 32'd1);
        c_d[16*e+:16] = x[31:16];
      end
      c_q <= c_d;
    end
  end

  // ---- stage 2 -> 3: exact products {3'd0, sign, exponent U12, significand U2.14}, chain c of lane e at 256c + 32e
  reg [511:0] product_q;
  reg [3:0] add_q;                           // as multiply_q
  always @(posedge clk) begin : multiply
    integer k;
    reg [31:0] x, n, zeros, exponent, operand, a;
    reg [511:0] product_d;
    {k, x, n, zeros, exponent, operand, a, product_d} = 0;
    add_q <= rst ? 4'd0 : multiply_q;
    if (multiply_q[1]) begin
      for (k = 0; k < 16; k = k + 1) begin
        x = {16'd0, a_q[16*(k&7)+:16]};
`include "fp_decode.vh"
        a = operand;
        x = k < 8 ? {16'd0, b_q[16*(k&7)+:16]} : {16'd0, c_q[16*(k&7)+:16]};
`include "fp_decode.vh"
        product_d[32*k+:32] = ((a ^ operand) >> 19 & 32'd1) << 28 |
            ((a >> 8 & 32'h7FF) + (operand >> 8 & 32'h7FF)) << 16 | (a & 32'hFF) * (operand & 32'hFF);
      end
      product_q[255:0] <= product_d[255:0];
      if (multiply_q[0]) product_q[511:256] <= product_d[511:256];
    end
  end

  // ---- stage 3 -> 4: 16 chains, from +0
  assign chain = chain_q;
  always @(posedge clk) begin : chains
    integer k;
    reg [31:0] c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance;
    reg [31:0] upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result;
    reg [511:0] chain_d;
    {k, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance} = 0;
    {upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result, chain_d} = 0;
    if (add_q[1]) begin
      for (k = 0; k < 16; k = k + 1) begin
        c = add_q[2] ? 32'd0 : chain_q[32*k+:32];
        n = product_q[32*k+:32];
        t_sign = n >> 28;
        t_exponent = n >> 16 & 32'hFFF;
        t_significand = (n & 32'hFFFF) << 12;
`include "fp_align.vh"
`include "fp_round.vh"
        chain_d[32*k+:32] = result;
      end
      chain_q[255:0] <= chain_d[255:0];
      if (add_q[0]) chain_q[511:256] <= chain_d[511:256];
    end
    turned_q <= !rst && add_q[3];
    if (walk_command || take_command && command_kind[0]) chain_q[255:0] <= 256'd0;
    if (take_command && command_kind[0]) chain_q[511:256] <= 256'd0;
  end

  assign turn_idle = !take_kind_q[2] || !turn_q && !multiply_q[1] && !add_q[1] && !turned_q;
  assign take_idle = !take_busy_q && !taken_q && !multiply_q[1] && !add_q[1] && turn_idle;
  assign walk_idle = !take_kind_q[1] || take_idle;
endmodule

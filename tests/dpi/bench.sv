// bench.sv - accelerator.v under an AXI driver, with monitors on its pins that use dcom_pkg as a UVM environment would:
// transactions go to a dcom_scoreboard, pins to a dcom_lockstep on every clock, beats of packets are compared with a
// dcom_reference. LOAD, DECOMPOSE and APPLY of one matrix, with pauses. Run by tests/test_dpi.sh; docs/dpi.md lists the
// plusargs. Last line PASS or FAIL, and $fatal behind FAIL. SPDX-License-Identifier: Apache-2.0
`include "dcom_config.vh"
`include "csr_map.vh"
module bench;
  import dcom_pkg::*;
  import refusals::*;

  localparam int WIDTH = 8 * `DCOM_CLUSTER_COLUMNS;  // BF16 of a beat in
  localparam int MOST_TOKENS = `DCOM_CLUSTER_ROWS * `DCOM_TILE_TOKENS;
  localparam int MOST_BEATS = MOST_TOKENS * (`DCOM_TILE_CHANNELS / 8 > 8 ? `DCOM_TILE_CHANNELS / 8 : 8);
  localparam int LOAD = 1, DECOMPOSE = 4, APPLY = 5;  // COMMAND

  // Reports go where this bench wants them, as a UVM component would send them to `uvm_error
  class checked_scoreboard extends dcom_scoreboard;
    function new(string geometry);
      super.new(geometry);
    endfunction
    virtual function void error(string text);
      $display("ERROR %s", text);
    endfunction
  endclass

  class checked_lockstep extends dcom_lockstep;
    function new(string geometry);
      super.new(geometry);
    endfunction
    virtual function void error(string text);
      $display("ERROR %s", text);
    endfunction
  endclass

  checked_scoreboard scoreboard;
  checked_lockstep lockstep;
  dcom_reference numbers;

  // ---- the DUT

  bit clk;
  always #5 clk = !clk;

  logic rst, axi_awvalid, axi_wvalid, axi_bready, axi_arvalid, axi_rready, s_axis_tvalid, s_axis_tlast, m_axis_tready;
  logic [11:0] axi_awaddr, axi_araddr;
  logic [31:0] axi_wdata;
  logic [3:0] axi_wstrb;
  logic [16*WIDTH-1:0] s_axis_tdata;
  wire axi_awready, axi_wready, axi_bvalid, axi_arready, axi_rvalid, s_axis_tready, m_axis_tvalid, m_axis_tlast;
  wire [1:0] axi_bresp, axi_rresp, m_axis_tuser;
  wire [31:0] axi_rdata;
  wire [127:0] m_axis_tdata;
  accelerator dut (.*);

  dcom_inputs in;
  assign in = {rst, axi_awvalid, axi_awaddr, axi_wvalid, axi_wdata, axi_wstrb, axi_bready, axi_arvalid, axi_araddr,
               axi_rready, s_axis_tvalid, s_axis_tlast, m_axis_tready, 2048'(s_axis_tdata)};
  dcom_outputs out;
  assign out = {axi_awready, axi_wready, axi_bvalid, axi_bresp, axi_arready, axi_rvalid, axi_rdata, axi_rresp,
                s_axis_tready, m_axis_tvalid, m_axis_tuser, m_axis_tlast, m_axis_tdata};

  // ---- what was asked for

  string geometry, file;
  int unsigned tokens, channels, vectors, stall, stall_seed, exact_count;
  logic [31:0] tolerance;
  int unsigned exact[8];
  int packets;  // file of the beats out

`include "generate.vh"

  // A number between 2^-3 and 2^3, of either sign
  function automatic bit [15:0] drawn(int unsigned seed, int unsigned a, int unsigned b);
    int unsigned h;
    h = hash3(seed, a, b);
    return {h[31], 15'h3E00 + 15'(h[15:0] % 16'h300)};
  endfunction

  int unsigned clock = 1;  // the one whose edge comes, as dcom_lockstep counts
  // Whether a side of a handshake goes on
  function automatic bit go(int unsigned port);
    return (hash3(stall_seed, clock, port) & 255) >= stall;
  endfunction

  // ---- a fault between DUT and monitors: bit +fault_bit of the packed outputs at clock +fault_clock, or while beat
  // +fault_beat of the stream out is offered; or that beat is not seen at all, +fault_drop

  int unsigned fault_bit, fault_clock, fault_beat, beats_out;
  bit fault_drop;
  wire beat_hit = fault_beat != 0 && beats_out + 1 == fault_beat && out.m_axis_tvalid;
  wire hit = beat_hit && !fault_drop || fault_clock != 0 && clock == fault_clock;
  wire [DCOM_OUTPUT_BITS-1:0] turned_over = {{DCOM_OUTPUT_BITS - 1{1'b0}}, hit} << fault_bit;
  dcom_outputs seen;
  assign seen = out ^ turned_over;

  // ---- monitors

  logic [11:0] awaddr, araddr;
  logic [31:0] wdata;
  logic [3:0] wstrb;
  int unsigned quiet, patience = 200000;  // clocks since the last transaction, and at most
  int unsigned wrong_beats, kind_packets[4], beat;

  // The lanes of the beat, of the packet of its kind, as the reference has them
  function automatic bit [127:0] expected(logic [1:0] user, int unsigned packet, int unsigned row);
    bit [127:0] lanes;
    int unsigned first, columns;  // first: channel or column
    lanes = 0;
    first = 0;
    if (user == 2'(DCOM_PACKET_OUTLIERS)) begin
      for (int unsigned k = 0; k < numbers.outlier_count; k++) begin
        first = numbers.outlier(k);
        if (first / WIDTH == row) lanes[first%WIDTH] = 1'b1;
      end
      return lanes;
    end
    if (user == 2'(DCOM_PACKET_Z)) begin
      for (int unsigned e = 0; e < 8; e++)
        if (8 * packet + e < vectors) lanes[16*e+:16] = numbers.get(DCOM_Z, 8 * packet + e, row);
      return lanes;
    end
    if (packet >= numbers.blocks) return lanes;
    for (int unsigned k = 0; k < packet; k++) first = first + numbers.block(k);
    columns = numbers.block(packet);
    for (int unsigned e = 0; e < columns; e++)
      lanes[16*e+:16] = numbers.get(user == 2'(DCOM_PACKET_V) ? DCOM_V : DCOM_P, row, first + e);
    return lanes;
  endfunction

  function automatic void take_beat();
    bit [127:0] want;
    beats_out = beats_out + 1;
    if (fault_drop && fault_beat == beats_out) return;
    if (packets != 0) $fdisplay(packets, "%h %h %h", seen.m_axis_tuser, seen.m_axis_tdata, seen.m_axis_tlast);
    void'(scoreboard.stream_out(seen.m_axis_tdata, seen.m_axis_tuser, seen.m_axis_tlast));
    want = expected(seen.m_axis_tuser, kind_packets[seen.m_axis_tuser], beat);
    if (seen.m_axis_tdata !== want) begin
      wrong_beats = wrong_beats + 1;
      if (wrong_beats < 5)
        $display("ERROR reference: packet %0d of kind %0d, beat %0d: %h, not %h", kind_packets[seen.m_axis_tuser],
                 seen.m_axis_tuser, beat, seen.m_axis_tdata, want);
    end
    beat = beat + 1;
    if (seen.m_axis_tlast) begin
      kind_packets[seen.m_axis_tuser] = kind_packets[seen.m_axis_tuser] + 1;
      beat = 0;
    end
  endfunction

  always @(posedge clk) begin
    clock <= clock + 1;
    quiet <= quiet + 1;
    void'(lockstep.sample(in, seen));
    if (in.rst) void'(scoreboard.reset());
    else begin
      if (in.axi_awvalid && seen.axi_awready) awaddr = in.axi_awaddr;
      if (in.axi_wvalid && seen.axi_wready) {wdata, wstrb} = {in.axi_wdata, in.axi_wstrb};
      if (in.axi_arvalid && seen.axi_arready) araddr = in.axi_araddr;
      if (seen.axi_bvalid && in.axi_bready) begin
        quiet <= 0;
        if (seen.axi_bresp == 0) void'(scoreboard.write_register(awaddr, wdata, wstrb));
      end
      if (seen.axi_rvalid && in.axi_rready && seen.axi_rresp == 0)
        void'(scoreboard.read_register(araddr, seen.axi_rdata));
      if (in.s_axis_tvalid && seen.s_axis_tready) begin
        quiet <= 0;
        void'(scoreboard.stream_in(in.s_axis_tdata, in.s_axis_tlast));
      end
      if (seen.m_axis_tvalid && in.m_axis_tready) begin
        quiet <= 0;
        take_beat();
      end
    end
    if (quiet > patience) fail($sformatf("clock %0d: no transaction for %0d clocks", clock, patience));
  end

  // ---- drivers: they act at rising edges, what the test asks of them changes at falling ones

  logic [16*WIDTH-1:0] beats[0:MOST_BEATS-1];  // of the matrix, then of the vectors
  int unsigned beats_in, beats_sent, beats_base;  // all told; of those at the head of `beats`

  always @(posedge clk) begin : stream_driver
    int unsigned next;
    m_axis_tready <= go(4);
    next = beats_sent;
    if (s_axis_tvalid && s_axis_tready) next = next + 1;
    if (!s_axis_tvalid || s_axis_tready) begin
      s_axis_tvalid <= next < beats_in && go(5);
      s_axis_tdata <= next < beats_in ? beats[next-beats_base] : '0;
      s_axis_tlast <= next + 1 == beats_in;
    end
    beats_sent <= next;
    if (rst) begin
      s_axis_tvalid <= 1'b0;
      beats_sent <= 0;
    end
  end

  bit access, access_write, access_over;  // wanted, and over once the driver says so
  logic [11:0] access_address;
  logic [31:0] access_data, access_result;
  bit [1:0] access_taken;  // address, data of the write

  always @(posedge clk) begin : register_driver
    bit [1:0] taken;
    bit answered;
    taken = access_taken | {axi_awvalid && axi_awready || axi_arvalid && axi_arready, axi_wvalid && axi_wready};
    answered = !rst && (axi_bvalid && axi_bready || axi_rvalid && axi_rready);
    axi_awvalid <= access && access_write && !taken[1] && (axi_awvalid || go(1));
    axi_wvalid <= access && access_write && !taken[0] && (axi_wvalid || go(2));
    axi_arvalid <= access && !access_write && !taken[1] && (axi_arvalid || go(6));
    axi_bready <= access && access_write && !answered && go(3);
    axi_rready <= access && !access_write && !answered && go(7);
    axi_awaddr <= access_address;
    axi_araddr <= access_address;
    axi_wdata <= access_data;
    axi_wstrb <= 4'hF;
    access_taken <= access ? taken : 2'd0;
    access_over <= access && (access_over || answered);
    if (answered) begin
      access_result <= axi_rdata;
      if ((access_write ? axi_bresp : axi_rresp) != 0) fail($sformatf("an access of %h is refused", access_address));
    end
    if (rst) {axi_awvalid, axi_wvalid, axi_arvalid, axi_bready, axi_rready, access_taken, access_over} <= 0;
  end

  task automatic reach(bit write, logic [11:0] address, logic [31:0] data);
    access_write = write;
    access_address = address;
    access_data = data;
    access = 1'b1;
    @(negedge clk);
    while (!access_over) @(negedge clk);
    access = 1'b0;
    @(negedge clk);
  endtask

  task automatic write_register(logic [11:0] address, logic [31:0] data);
    reach(1'b1, address, data);
  endtask

  task automatic read_register(logic [11:0] address, output logic [31:0] data);
    reach(1'b0, address, 32'd0);
    data = access_result;
  endtask

  // Until the jobs are over and all they send has been seen
  task automatic settle();
    logic [31:0] word;
    word = 0;
    while (!word[0]) read_register(`CSR_STATUS, word);
    while (scoreboard.still_awaited() != 0) @(negedge clk);
  endtask

  task automatic read_results();
    logic [31:0] word;
    for (int a = 32'(`CSR_STOP); a <= 32'(`CSR_BOUND); a += 4) read_register(12'(a), word);
    for (int a = 32'(`CSR_TOKENS); a <= 32'(`CSR_EXACT_COUNT); a += 4) read_register(12'(a), word);
    read_register(`CSR_FLAGS, word);
    read_register(`CSR_JOBS, word);
  endtask

  // ---- the test

  function automatic void fail(string text);
    $display("FAIL %s", text);
    $fatal(1, "%s", text);
  endfunction

  function automatic real from_fp32(logic [31:0] bits);
    return bits == 0 ? 0.0 : $bitstoreal({bits[31], 11'(bits[30:23]) + 11'd896, bits[22:0], 29'd0});
  endfunction

  function automatic int unsigned number(string name, int unsigned otherwise);
    int unsigned found;
    return $value$plusargs({name, "=%d"}, found) != 0 ? found : otherwise;
  endfunction

  bit [47:0] writes[$];  // of registers, up to the commands: address and data, as in registers.hex

  function automatic void set(logic [11:0] address, logic [31:0] data);
    writes.push_back({4'd0, address, data});
  endfunction

  // The run of a folder of golden vectors: its registers, in its order
  task automatic choose_folder();
    bit [47:0] word;
    int from;
    from = $fopen({file, "/registers.hex"}, "r");
    if (from == 0) fail({file, "/registers.hex: cannot be read"});
    while ($fscanf(from, "%h", word) == 1) begin
      writes.push_back(word);
      case (word[43:32])
        `CSR_TOKENS: tokens = word[31:0];
        `CSR_CHANNELS: channels = word[31:0];
        `CSR_RANK: numbers.rank = word[31:0];
        `CSR_EXPANSION: numbers.expansion = word[31:0];
        `CSR_WARMUP: numbers.warmup = word[31:0];
        `CSR_OUTLIERS: numbers.outliers = word[31:0];
        `CSR_TOLERANCE: tolerance = word[31:0];
        `CSR_SEED: numbers.seed = word[31:0];
        `CSR_EXACT_COUNT: exact_count = word[31:0];
        default:
        if (word[43:32] >= `CSR_EXACT_TOKEN && word[43:32] < `CSR_EXACT_TOKEN + 12'd32)
          exact[word[36:34]] = word[31:0];
      endcase
    end
    $fclose(from);
    file = {file, "/A.hex"};
  endtask

  task automatic choose_parameters();
    string text;
    tokens = number("tokens", 24);
    channels = number("channels", 20);
    numbers.rank = number("rank", tokens < channels ? tokens : channels);
    numbers.expansion = number("expansion", numbers.expansion);
    numbers.warmup = number("warmup", numbers.warmup);
    numbers.outliers = number("outliers", 3);
    numbers.seed = number("seed", numbers.seed);
    if ($value$plusargs("tolerance=%h", tolerance) == 0) tolerance = 0;
    if ($value$plusargs("exact=%s", text) != 0)
      exact_count = $sscanf(text, "%d,%d,%d,%d,%d,%d,%d,%d", exact[0], exact[1], exact[2], exact[3], exact[4],
                            exact[5], exact[6], exact[7]);
    if ($value$plusargs("matrix=%s", file) == 0) file = "";
    set(`CSR_TOKENS, tokens);
    set(`CSR_CHANNELS, channels);
    set(`CSR_RANK, numbers.rank);
    set(`CSR_EXPANSION, numbers.expansion);
    set(`CSR_WARMUP, numbers.warmup);
    set(`CSR_OUTLIERS, numbers.outliers);
    set(`CSR_TOLERANCE, tolerance);
    set(`CSR_SEED, numbers.seed);
    set(`CSR_EXACT_COUNT, exact_count);
    for (int unsigned k = 0; k < exact_count; k++) set(`CSR_EXACT_TOKEN + 12'(4 * k), exact[k]);
    set(`CSR_COMMAND, LOAD);
    set(`CSR_COMMAND, DECOMPOSE);  // queued
  endtask

  task automatic choose();
    string text;
    if ($value$plusargs("folder=%s", file) != 0) choose_folder();
    else choose_parameters();
    numbers.set_tolerance(from_fp32(tolerance));
    vectors = number("vectors", 11);
    patience = number("patience", patience);
    stall = number("stall", 0);
    stall_seed = number("stall_seed", 1);
    fault_bit = number("fault_bit", 0);
    fault_clock = number("fault_clock", 0);
    fault_beat = number("fault_beat", 0);
    fault_drop = $test$plusargs("fault_drop") != 0;
    if ($value$plusargs("packets=%s", text) != 0) begin
      packets = $fopen(text, "w");
      if (packets == 0) fail({text, ": cannot be written"});
    end
    if (tokens == 0 || tokens > MOST_TOKENS || channels == 0 || channels > `DCOM_CLUSTER_COLUMNS * `DCOM_TILE_CHANNELS)
      fail($sformatf("%0d tokens x %0d channels do not fit", tokens, channels));
    if ((vectors + 7) / 8 * tokens > MOST_BEATS) fail($sformatf("%0d vectors do not fit", vectors));
  endtask

  // The matrix: beats of a file or drawn; and what follows from it. A call a statement: Verilator 5.006 does not keep
  // the order of those in one expression
  task automatic prepare();
    int unsigned row_beats, left;
    bit [16*WIDTH-1:0] word;
    row_beats = (channels + WIDTH - 1) / WIDTH;
    if (file != "") $readmemh(file, beats, 0, int'(tokens * row_beats) - 1);
    else
      for (int unsigned k = 0; k < tokens * row_beats; k++) begin
        for (int unsigned e = 0; e < WIDTH; e++) word[16*e+:16] = drawn(numbers.seed, k, e);
        beats[k] = word;
      end
    void'(numbers.matrix(DCOM_A, tokens, channels));
    for (int unsigned k = 0; k < tokens * row_beats; k++) begin
      left = channels - k % row_beats * WIDTH;
      void'(numbers.put_row(DCOM_A, k / row_beats, k % row_beats * WIDTH, left < WIDTH ? left : WIDTH,
                            2048'(beats[k])));
    end
    for (int unsigned k = 0; k < exact_count; k++) void'(numbers.exact_token(exact[k]));
    void'(numbers.decompose());
    // the matrix as weights: +0 where the hardware counts outliers and exact tokens as +0
    void'(numbers.matrix(DCOM_WEIGHTS, channels, tokens));
    void'(numbers.matrix(DCOM_FACTOR, vectors, tokens));
    for (int unsigned t = 0; t < tokens; t++)
      for (int unsigned c = 0; c < channels; c++) void'(numbers.put(DCOM_WEIGHTS, c, t, numbers.get(DCOM_A, t, c)));
    for (int unsigned k = 0; k < numbers.outlier_count; k++)
      for (int unsigned t = 0; t < tokens; t++) void'(numbers.put(DCOM_WEIGHTS, numbers.outlier(k), t, 16'd0));
    for (int unsigned k = 0; k < exact_count; k++)
      for (int unsigned c = 0; c < channels; c++) void'(numbers.put(DCOM_WEIGHTS, c, exact[k], 16'd0));
    for (int unsigned v = 0; v < vectors; v++)
      for (int unsigned t = 0; t < tokens; t++) void'(numbers.put(DCOM_FACTOR, v, t, drawn(numbers.seed + 1, v, t)));
    if (vectors != 0) void'(numbers.apply());
    if (numbers.errors != 0) fail("the reference is not to be had");
  endtask

  // The beats of the vectors, 8 at a time, one element of each
  task automatic prepare_vectors();
    bit [16*WIDTH-1:0] word;
    for (int unsigned k = 0; k < (vectors + 7) / 8 * tokens; k++) begin
      word = '1;  // past the vectors: NaN, which nobody may look at
      word[127:0] = 0;
      for (int unsigned e = 0; e < 8; e++)
        if (k / tokens * 8 + e < vectors) word[16*e+:16] = numbers.get(DCOM_FACTOR, k / tokens * 8 + e, k % tokens);
      beats[k] = word;
    end
  endtask

  task automatic send(int unsigned count);
    beats_base = beats_sent;
    beats_in = beats_sent + count;
    while (beats_sent != beats_in) @(negedge clk);
  endtask

  initial begin
    rst = 1'b1;
    if ($test$plusargs("refusals") != 0) begin
      refuse();
      $finish;
    end else begin
      compare();
    end
  end

  task automatic compare();
    logic [31:0] word;
    bit good;
    if ($value$plusargs("config=%s", geometry) == 0) geometry = "tiny";
    scoreboard = new(geometry);
    lockstep = new(geometry);
    numbers = new(geometry);
    choose();
    prepare();
    repeat (3) @(negedge clk);
    rst = 1'b0;

    for (int a = 0; a <= 32'(`CSR_COUNTERS); a += 4) if (a != 32'h00C) read_register(12'(a), word);
    foreach (writes[k]) write_register(writes[k][43:32], writes[k][31:0]);
    send(tokens * ((channels + WIDTH - 1) / WIDTH));
    settle();
    read_results();
    if (vectors != 0) begin
      prepare_vectors();
      write_register(`CSR_RANK, vectors);
      write_register(`CSR_COMMAND, APPLY);
      send((vectors + 7) / 8 * tokens);
      settle();
      read_results();
    end
    repeat (20) @(negedge clk);

    good = lockstep.finish();
    if (!scoreboard.finish()) good = 1'b0;
    if (wrong_beats != 0) good = 1'b0;
    if (packets != 0) $fclose(packets);
    $display("configuration %s: %0d x %0d, rank %0d of %0d, stall %0d, stall_seed %0d", geometry, tokens, channels,
             numbers.result_rank, numbers.rank, stall, stall_seed);
    $display("scoreboard    %s", scoreboard.report());
    $display("lockstep      %s", lockstep.report());
    $display("reference     %0d beats compared, %0d differ", beats_out, wrong_beats);
    scoreboard.close();
    lockstep.close();
    numbers.close();
    if (!good) fail("a comparison failed");
    $display("PASS");
    $finish;
  endtask
endmodule

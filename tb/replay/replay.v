// replay.v - drives accelerator.v with a stored trace and compares every output on every clock; needs no C.
// The trace: docs/trace.md, written by cmodel/trace.c, whose table of signals is here too.
//   +trace=FILE  +clocks=N: no further  +packets=FILE: each beat taken from m_axis, `user data last`
//   +waves=FILE +from=N: VCD from clock N on (Icarus)
// The last line is `PASS replay: N clocks, M values compared`, or one that begins with FAIL; then it ends by $stop, which
// is an exit status under Verilator, and under `vvp -N`.
// SPDX-License-Identifier: Apache-2.0
`include "dcom_config.vh"
module replay;
  localparam COLUMNS = `DCOM_CLUSTER_COLUMNS;
  localparam WIDEST = 128 * COLUMNS;
  localparam VERSION = 1;
  localparam BLOCK = 4096;
  localparam INPUTS = 14;
  localparam SIGNALS = 27;
  localparam OUTPUTS = SIGNALS - INPUTS;
  localparam FIXED_BYTES = 60;
  localparam SIGNAL_BYTES = 19;
  localparam HEADER_BYTES = FIXED_BYTES + SIGNALS * SIGNAL_BYTES + 1;

  // ---- the accelerator, what drives it (no prefix) and what it must show (e_)
  reg clk = 0;
  reg rst, axi_awvalid, axi_wvalid, axi_bready, axi_arvalid, axi_rready, s_axis_tvalid, s_axis_tlast, m_axis_tready;
  reg [11:0] axi_awaddr, axi_araddr;
  reg [31:0] axi_wdata;
  reg [3:0] axi_wstrb;
  reg [WIDEST-1:0] s_axis_tdata;
  wire axi_awready, axi_wready, axi_bvalid, axi_arready, axi_rvalid, s_axis_tready, m_axis_tvalid, m_axis_tlast;
  wire [1:0] axi_bresp, axi_rresp, m_axis_tuser;
  wire [31:0] axi_rdata;
  wire [127:0] m_axis_tdata;
  reg e_axi_awready, e_axi_wready, e_axi_bvalid, e_axi_arready, e_axi_rvalid, e_s_axis_tready, e_m_axis_tvalid;
  reg e_m_axis_tlast;
  reg [1:0] e_axi_bresp, e_axi_rresp, e_m_axis_tuser;
  reg [31:0] e_axi_rdata;
  reg [127:0] e_m_axis_tdata;

  accelerator u_accelerator (
      .clk(clk), .rst(rst),
      .axi_awvalid(axi_awvalid), .axi_awready(axi_awready), .axi_awaddr(axi_awaddr), .axi_wvalid(axi_wvalid),
      .axi_wready(axi_wready), .axi_wdata(axi_wdata), .axi_wstrb(axi_wstrb), .axi_bvalid(axi_bvalid),
      .axi_bready(axi_bready), .axi_bresp(axi_bresp), .axi_arvalid(axi_arvalid), .axi_arready(axi_arready),
      .axi_araddr(axi_araddr), .axi_rvalid(axi_rvalid), .axi_rready(axi_rready), .axi_rdata(axi_rdata),
      .axi_rresp(axi_rresp),
      .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready), .s_axis_tdata(s_axis_tdata),
      .s_axis_tlast(s_axis_tlast),
      .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready), .m_axis_tdata(m_axis_tdata),
      .m_axis_tuser(m_axis_tuser), .m_axis_tlast(m_axis_tlast)
  );

  // ---- the table of signals
  function [16*8-1:0] name_of(input [4:0] id);
    case (id)
      0: name_of = "rst";
      1: name_of = "axi_awvalid";
      2: name_of = "axi_wvalid";
      3: name_of = "axi_bready";
      4: name_of = "axi_arvalid";
      5: name_of = "axi_rready";
      6: name_of = "s_axis_tvalid";
      7: name_of = "s_axis_tlast";
      8: name_of = "m_axis_tready";
      9: name_of = "axi_awaddr";
      10: name_of = "axi_wdata";
      11: name_of = "axi_wstrb";
      12: name_of = "axi_araddr";
      13: name_of = "s_axis_tdata";
      14: name_of = "axi_awready";
      15: name_of = "axi_wready";
      16: name_of = "axi_bvalid";
      17: name_of = "axi_arready";
      18: name_of = "axi_rvalid";
      19: name_of = "s_axis_tready";
      20: name_of = "m_axis_tvalid";
      21: name_of = "m_axis_tlast";
      22: name_of = "axi_bresp";
      23: name_of = "axi_rdata";
      24: name_of = "axi_rresp";
      25: name_of = "m_axis_tdata";
      26: name_of = "m_axis_tuser";
      default: name_of = "no signal";
    endcase
  endfunction

  function integer width_of(input [4:0] id);
    case (id)
      9, 12: width_of = 12;
      10, 23: width_of = 32;
      11: width_of = 4;
      13: width_of = WIDEST;
      22, 24, 26: width_of = 2;
      25: width_of = 128;
      default: width_of = 1;
    endcase
  endfunction

  task store(input [4:0] id, input [WIDEST-1:0] x);
    case (id)
      0: rst = x[0];
      1: axi_awvalid = x[0];
      2: axi_wvalid = x[0];
      3: axi_bready = x[0];
      4: axi_arvalid = x[0];
      5: axi_rready = x[0];
      6: s_axis_tvalid = x[0];
      7: s_axis_tlast = x[0];
      8: m_axis_tready = x[0];
      9: axi_awaddr = x[11:0];
      10: axi_wdata = x[31:0];
      11: axi_wstrb = x[3:0];
      12: axi_araddr = x[11:0];
      13: s_axis_tdata = x;
      14: e_axi_awready = x[0];
      15: e_axi_wready = x[0];
      16: e_axi_bvalid = x[0];
      17: e_axi_arready = x[0];
      18: e_axi_rvalid = x[0];
      19: e_s_axis_tready = x[0];
      20: e_m_axis_tvalid = x[0];
      21: e_m_axis_tlast = x[0];
      22: e_axi_bresp = x[1:0];
      23: e_axi_rdata = x[31:0];
      24: e_axi_rresp = x[1:0];
      25: e_m_axis_tdata = x[127:0];
      26: e_m_axis_tuser = x[1:0];
      default: failed = 1;
    endcase
  endtask

  // ---- the file
  integer file, packets, character, blocks = 0, k;
  reg [256*8-1:0] path, packets_path;
  reg [7:0] header[0:HEADER_BYTES-1];
  reg [7:0] got, crc;
  reg failed = 0;
  reg over = 0;
  reg [63:0] clock = 0, values = 0, limit, total;

  // Polynomial 0x107, highest bit first
  function [7:0] crc_of(input [7:0] was, input [7:0] data);
    integer b;
    begin
      crc_of = was ^ data;
      for (b = 0; b < 8; b = b + 1) crc_of = {crc_of[6:0], 1'b0} ^ (crc_of[7] ? 8'h07 : 8'h00);
    end
  endfunction

  task take;  // the next byte, into `got`
    begin
      character = $fgetc(file);
      got = character[7:0];
      if (character < 0 && !failed) begin
        $display("FAIL clock %0d: %0s: it is truncated", clock, path);
        failed = 1;
      end
      crc = crc_of(crc, got);
    end
  endtask

  task take_check(output good);  // the next byte must be the check of all before
    reg [7:0] was;
    begin
      was = crc;
      take;
      good = got == was;
      crc = was;
    end
  endtask

  task damaged(input [63:0] at, input [16*8-1:0] what);
    if (!failed) begin
      $display("FAIL clock %0d: %0s: the stored value is damaged", at, what);
      failed = 1;
    end
  endtask

  // What the whole file is refused for
  task refuse(input [32*8-1:0] what, input [31:0] found, input [31:0] wanted);
    if (!failed) begin
      $display("FAIL trace: %0s: %0s is %0d, not %0d", path, what, found, wanted);
      failed = 1;
    end
  endtask

  function [31:0] word(input integer at);
    word = {header[at+3], header[at+2], header[at+1], header[at]};
  endfunction

  task match(input [32*8-1:0] what, input integer at, input [31:0] wanted);
    if (word(at) != wanted) refuse(what, word(at), wanted);
  endtask

  reg [16*8-1:0] name;
  reg good;
  integer id, at;
  task read_header;
    begin
      crc = 0;
      for (k = 0; k < HEADER_BYTES - 1 && !failed; k = k + 1) begin
        take;
        header[k] = got;
      end
      take_check(good);
      if (!failed && {word(4), word(0)} != "\nCRTMOCD") begin
        $display("FAIL trace: %0s: not a trace of the accelerator", path);
        failed = 1;
      end
      match("version", 8, VERSION);
      if (!failed && !good) begin
        $display("FAIL trace: %0s: the header is damaged", path);
        failed = 1;
      end
      match("numeric contract", 12, `DCOM_NUMERIC_CONTRACT);
      match("geometry: cluster_rows", 20, `DCOM_CLUSTER_ROWS);
      match("geometry: cluster_columns", 24, `DCOM_CLUSTER_COLUMNS);
      match("geometry: mac_rows", 28, `DCOM_MAC_ROWS);
      match("geometry: lanes", 32, `DCOM_LANES);
      match("geometry: tile_tokens", 36, `DCOM_TILE_TOKENS);
      match("geometry: tile_channels", 40, `DCOM_TILE_CHANNELS);
      match("geometry: basis_rows", 44, `DCOM_BASIS_ROWS);
      match("geometry: mac_stages", 48, `DCOM_MAC_STAGES);
      match("configuration", 16, `DCOM_CONFIG_ID);
      match("clocks of a block", 52, BLOCK);
      match("number of signals", 56, SIGNALS);
      for (id = 0; id < SIGNALS && !failed; id = id + 1) begin
        at = FIXED_BYTES + id * SIGNAL_BYTES;
        name = 0;
        for (k = 0; k < 16; k = k + 1) if (header[at+k] != 0) name = {name[15*8-1:0], header[at+k]};
        if (name != name_of(id[4:0]) || header[at+16] != (id < INPUTS ? "i" : "o") ||
            {16'd0, header[at+18], header[at+17]} != width_of(id[4:0])) begin
          $display("FAIL trace: %0s: signal %0d is %0s, not %0s as here", path, id, name, name_of(id[4:0]));
          failed = 1;
        end
      end
    end
  endtask

  // ---- blocks
  integer in_block = 0, due, block_clocks, shift, step;
  reg [WIDEST-1:0] value;
  reg last;

  // When the next record is due; 0: none, and the end of the block is as it should be
  task take_step;
    begin
      step = 0;
      got = 8'h40;
      for (shift = 0; got[6] && !failed; shift = shift + 6) begin
        take;
        if (!(^got) || shift > 12) damaged(clock + 1, "step");
        step = step | ({26'd0, got[5:0]} << shift);
      end
      due = step == 0 ? 0 : in_block + step;
      if (due > BLOCK) damaged(clock + 1, "step");
      if (due == 0 && !failed) begin
        take;
        block_clocks = {24'd0, got};
        take;
        block_clocks = block_clocks | ({24'd0, got} << 8);
        take_check(good);
        if (!good || block_clocks < in_block || block_clocks < 1 || block_clocks > BLOCK) damaged(clock, "end of the block");
      end
    end
  endtask

  task take_record;
    begin
      last = 0;
      while (!last && !failed) begin
        take;
        id = {27'd0, got[4:0]};
        last = got[6];
        value = {{WIDEST - 1{1'b0}}, got[5]};
        if (!(^got) || id >= SIGNALS) damaged(clock, "head of an entry");
        else if (width_of(id[4:0]) > 1) begin
          good = !got[5];
          at = (width_of(id[4:0]) + 7) / 8;
          for (k = 0; k < at && !failed; k = k + 1) begin
            take;
            value = {got, value[WIDEST-1:8]};
          end
          value = value >> (WIDEST - 8 * at);
          if (good) take_check(good);
          if (!good || (value >> width_of(id[4:0])) != 0) damaged(clock, name_of(id[4:0]));
        end
        if (!failed) store(id[4:0], value);
      end
      if (!failed) take_step;
    end
  endtask

  task take_index;
    begin
      for (k = 0; k < 8 * blocks && !failed; k = k + 1) take;
      total = 0;
      for (k = 0; k < 8; k = k + 1) begin
        take;
        total = {got, total[63:8]};
      end
      take_check(good);
      if (!good || total != clock) damaged(clock, "index");
      total = 0;
      for (k = 0; k < 8; k = k + 1) begin
        take;
        total = {total[55:0], got};
      end
      if (total != "DCOMEND\n" || $fgetc(file) >= 0) damaged(clock, "end of the file");
    end
  endtask

  task begin_block;
    begin
      crc = 0;
      take;
      in_block = 0;
      if (got == "I") begin
        over = 1;
        take_index;
      end else if (got != "B" || clock % BLOCK != 0) damaged(clock + 1, "start of a block");
      else begin
        blocks = blocks + 1;
        for (id = 0; id < SIGNALS; id = id + 1) store(id[4:0], 0);
        take_step;
      end
    end
  endtask

  // ---- one clock: inputs before the rising edge, outputs after it
  `define COMPARE(NAME, SHOWN, EXPECTED) \
      if (!failed && (SHOWN) !== (EXPECTED)) begin \
        $display("FAIL clock %0d: %0s: expected %h, got %h", clock, NAME, EXPECTED, SHOWN); \
        failed = 1; \
      end
  task compare;
    begin
      `COMPARE("axi_awready", axi_awready, e_axi_awready)
      `COMPARE("axi_wready", axi_wready, e_axi_wready)
      `COMPARE("axi_bvalid", axi_bvalid, e_axi_bvalid)
      `COMPARE("axi_arready", axi_arready, e_axi_arready)
      `COMPARE("axi_rvalid", axi_rvalid, e_axi_rvalid)
      `COMPARE("s_axis_tready", s_axis_tready, e_s_axis_tready)
      `COMPARE("m_axis_tvalid", m_axis_tvalid, e_m_axis_tvalid)
      `COMPARE("m_axis_tlast", m_axis_tlast, e_m_axis_tlast)
      `COMPARE("axi_bresp", axi_bresp, e_axi_bresp)
      `COMPARE("axi_rdata", axi_rdata, e_axi_rdata)
      `COMPARE("axi_rresp", axi_rresp, e_axi_rresp)
      `COMPARE("m_axis_tdata", m_axis_tdata, e_m_axis_tdata)
      `COMPARE("m_axis_tuser", m_axis_tuser, e_m_axis_tuser)
      values = values + OUTPUTS;
    end
  endtask

  task open;
    begin
      file = 0;
      packets = 0;
      if (!$value$plusargs("clocks=%d", limit)) limit = 0;
      if (!$value$plusargs("trace=%s", path)) path = "no +trace=";
      else file = $fopen(path, "rb");
      if (file == 0) begin
        $display("FAIL trace: %0s: cannot be opened", path);
        failed = 1;
      end
      if ($value$plusargs("packets=%s", packets_path)) begin
        packets = $fopen(packets_path, "w");
        if (packets == 0) begin
          $display("FAIL packets: %0s: cannot be opened", packets_path);
          failed = 1;
        end
      end
    end
  endtask

`ifdef __ICARUS__
  reg [256*8-1:0] waves_path;
  reg [63:0] from;
  initial begin
    if (!$value$plusargs("from=%d", from)) from = 1;
    if ($value$plusargs("waves=%s", waves_path)) begin
      wait (clock == from);
      $dumpfile(waves_path);
      $dumpvars(0, replay);
    end
  end
`endif

  initial begin
    open;
    if (!failed) read_header;
    if (!failed) begin_block;
    while (!failed && !over) begin
      in_block = in_block + 1;
      clock = clock + 1;
      if (in_block == due) take_record;
      if (!failed) begin
        #1;
        if (packets != 0 && m_axis_tvalid && m_axis_tready && !rst)
          $fdisplay(packets, "%h %h %h", m_axis_tuser, m_axis_tdata, m_axis_tlast);
        clk = 1;
        #1 compare;
        clk = 0;
        if (clock == limit) over = 1;
        else if (due == 0 && in_block == block_clocks && !failed) begin_block;
      end
    end
    if (!failed && values == 0) begin
      $display("FAIL trace: %0s: it has no clock", path);
      failed = 1;
    end
    if (packets != 0) $fclose(packets);
    if (!failed) begin
      $display("PASS replay: %0d clocks, %0d values compared", clock, values);
      $finish;
    end else $stop;
  end
endmodule

// csr.v - proof of the AXI4-Lite side of rtl/csr.v: each request has one answer, two clocks after it is whole, and no answer is
// without a request; answers stand until they are taken; a write acts once; requests are accepted.
// Assumes nothing but a reset: master and sequencer do what they like, withdrawn requests and a reset at any time included.
// SPDX-License-Identifier: Apache-2.0
module proof (
    input clk,
    input rst,
    input awvalid,
    input [11:0] awaddr,
    input wvalid,
    input [31:0] wdata,
    input [3:0] wstrb,
    input bready,
    input arvalid,
    input [11:0] araddr,
    input rready,
    input busy,
    input done,
    input [3:0] flags,
    input [63:0] counters
);
  wire awready, wready, bvalid, arready, rvalid;
  wire [1:0] bresp, rresp;
  wire [31:0] rdata;
  csr #(.COUNTERS(1)) dut (
      .clk(clk), .rst(rst), .axi_awvalid(awvalid), .axi_awready(awready), .axi_awaddr(awaddr), .axi_wvalid(wvalid),
      .axi_wready(wready), .axi_wdata(wdata), .axi_wstrb(wstrb), .axi_bvalid(bvalid), .axi_bready(bready),
      .axi_bresp(bresp), .axi_arvalid(arvalid), .axi_arready(arready), .axi_araddr(araddr), .axi_rvalid(rvalid),
      .axi_rready(rready), .axi_rdata(rdata), .axi_rresp(rresp),
      .config_id(32'd1), .cluster_rows(5'd1), .cluster_columns(5'd1), .tile_tokens(13'd64), .tile_channels(13'd64),
      .basis_rows(13'd40), .mac_stages(2'd3), .busy(busy), .done(done), .stop(3'd0), .result_rank(17'd0),
      .passes(32'd0), .rounds(32'd0), .deflations(32'd0), .certificate(32'd0), .bound(32'd0), .flags(flags),
      .counters(counters)
  );
  (* hierconn *) wire \dut.act , \dut.aw_held_q , \dut.w_held_q , \dut.ar_held_q ;

  // ---- the specification: requests that are open, for how many clocks they are whole, and whether the write has acted
  reg begun = 1'b0;
  reg [1:0] addresses, words, reads, write_age, read_age, write_wait, word_wait, read_wait;
  reg acted, b_stood, r_stood;
  reg [1:0] b_before;
  reg [33:0] r_before;
  wire b = bvalid && bready, r = rvalid && rready;
  wire whole = addresses != 0 && words != 0;
  always @(posedge clk) begin
    begun <= 1'b1;
    addresses <= rst ? 0 : addresses + (awvalid && awready) - b;
    words <= rst ? 0 : words + (wvalid && wready) - b;
    reads <= rst ? 0 : reads + (arvalid && arready) - r;
    write_age <= rst || !whole || b ? 0 : write_age[1] ? 2 : write_age + 1;
    read_age <= rst || reads == 0 || r ? 0 : read_age[1] ? 2 : read_age + 1;
    acted <= !rst && (\dut.act || acted && !b);
    // clocks for which a request has been offered, none being open
    write_wait <= rst || !awvalid || awready || addresses != 0 ? 0 : write_wait + 1;
    word_wait <= rst || !wvalid || wready || words != 0 ? 0 : word_wait + 1;
    read_wait <= rst || !arvalid || arready || reads != 0 ? 0 : read_wait + 1;
    b_stood <= !rst && bvalid && !bready;
    r_stood <= !rst && rvalid && !rready;
    b_before <= bresp;
    r_before <= {rdata, rresp};
  end

  always @* begin
    assume (begun || rst);
    if (begun) begin
      // one answer to a request, none without
      assert (addresses <= 1 && words <= 1 && reads <= 1);
      assert (!bvalid || whole);
      assert (!rvalid || reads == 1);
      // in time
      assert (bvalid == (write_age >= 1));
      assert (rvalid == (read_age >= 1));
      assert (write_wait <= 1 && word_wait <= 1 && read_wait <= 1);
      // standing until taken
      if (b_stood) assert (bvalid && bresp == b_before);
      if (r_stood) assert (rvalid && {rdata, rresp} == r_before);
      // a write acts once, before its answer
      assert (!(\dut.act && acted));
      assert (acted == bvalid);
      // what the registers mean
      assert (\dut.aw_held_q == addresses[0] && \dut.w_held_q == words[0] && \dut.ar_held_q == reads[0]);
      assert (!awready || addresses == 0);
      assert (!wready || words == 0);
      assert (!arready || reads == 0);
    end
  end
endmodule

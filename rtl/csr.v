// csr.v - the registers of the accelerator: an AXI4-Lite slave, the parameters of the next job, a queue of one job
// behind the running one, and what the sequencer reports. docs/csr.md says what each register means.
// Twin: cmodel/csr.c
// SPDX-License-Identifier: Apache-2.0
//
// One write and one read at a time, independent of each other. The map is rtl/csr.map: offsets, widths, accesses and
// reset values come from it.
//
//   stage 1   awaddr_q, wdata_q, wstrb_q     in any order          araddr_q
//   stage 2   bresp_q; the write acts                              rdata_q, rresp_q
//   stage 3   queued_*_q -> job_*_q, start_q, where the sequencer is free
//
// The rules on parameters are checked all the time: capacities, then wrong_q. A COMMAND acts at least three clocks
// after the write before it, so wrong_q is that of the parameters as they are.
//
// What describes the matrix comes with its LOAD and stands in job_*_q until the next LOAD starts: a COMMAND is accepted
// only when none waits, so the LOAD accepted last, if it was not dropped, is the one started last.
`include "csr_map.vh"
module csr #(
    parameter COUNTERS = 8                     // 1..64
) (
    input clk,
    input rst,
    // AXI4-Lite write
    input axi_awvalid,
    output axi_awready,
    input [11:0] axi_awaddr,
    input axi_wvalid,
    output axi_wready,
    input [31:0] axi_wdata,
    input [3:0] axi_wstrb,
    output axi_bvalid,
    input axi_bready,
    output [1:0] axi_bresp,
    // AXI4-Lite read
    input axi_arvalid,
    output axi_arready,
    // verilator lint_off UNUSEDSIGNAL
    input [11:0] axi_araddr,                   // within a word: the word
    // verilator lint_on UNUSEDSIGNAL
    output axi_rvalid,
    input axi_rready,
    output [31:0] axi_rdata,
    output [1:0] axi_rresp,
    // the configuration: constants
    input [31:0] config_id,
    input [4:0] cluster_rows,
    input [4:0] cluster_columns,
    input [12:0] tile_tokens,
    input [12:0] tile_channels,
    input [12:0] basis_rows,
    input [1:0] mac_stages,
    // to the sequencer: `start` for one clock; command and parameters stand until the next start, those of the matrix
    // until the next start of a LOAD
    output start,
    output abort_job,                          // until the job has ended
    output [2:0] command,
    output [16:0] tokens,
    output [16:0] channels,
    output [16:0] rank,
    output [3:0] expansion,
    output [3:0] warmup,
    output [16:0] outliers,
    output [31:0] tolerance,                   // FP32
    output [31:0] seed,
    output [3:0] exact_count,
    output [135:0] exact_tokens,               // token k in bits 17k +: 17
    // the job that waits: a LOAD may stream in early. What is of the matrix is a LOAD's alone
    output queued,
    output [2:0] queued_command,
    output [16:0] queued_tokens,
    output [16:0] queued_channels,
    output [3:0] queued_exact_count,
    output [135:0] queued_exact_tokens,
    // from the sequencer
    input busy,                                // from the clock after `start` until the job has ended
    input done,                                // the job has done its work; the results below are its own
    input [2:0] stop,
    input [16:0] result_rank,
    input [31:0] passes,
    input [31:0] rounds,
    input [31:0] deflations,
    input [31:0] certificate,                  // FP32
    input [31:0] bound,                        // FP32
    input [3:0] flags,                         // events: each sets its sticky flag
    input [64*COUNTERS-1:0] counters           // 64 bits each, number 0 is CYCLE
);
  localparam [1:0] OKAY = 2'b00, SLVERR = 2'b10;
  localparam [11:0] EXACT_TOKEN = `CSR_EXACT_TOKEN, COUNTER = `CSR_COUNTER;
  localparam [31:0] COUNT = COUNTERS;
  // a rule's bit in wrong_q is the distance of its register from TOKENS, in words
  localparam RANK_RULE = (`CSR_RANK - `CSR_TOKENS) / 4, EXPANSION_RULE = (`CSR_EXPANSION - `CSR_TOKENS) / 4;
  localparam WARMUP_RULE = (`CSR_WARMUP - `CSR_TOKENS) / 4, TOLERANCE_RULE = (`CSR_TOLERANCE - `CSR_TOKENS) / 4;
  localparam [23:0] ONE = 24'd1, RANK_WRONG = ONE << RANK_RULE;
  // the rules of every command but LOAD; a LOAD's are all the others, and EXPANSION's
  localparam [23:0] WORK = RANK_WRONG | ONE << EXPANSION_RULE | ONE << WARMUP_RULE | ONE << TOLERANCE_RULE;
  localparam [23:0] LOAD = ~WORK | ONE << EXPANSION_RULE;
`include "csr_decode.vh"

  // ---- stage 1, write: address and data, in any order
  reg awready_q, wready_q, aw_held_q, w_held_q, bvalid_q;
  reg [11:0] awaddr_q;
  reg [31:0] wdata_q;
  reg [3:0] wstrb_q;
  wire aw_taken = axi_awvalid && awready_q, w_taken = axi_wvalid && wready_q;
  wire answered = bvalid_q && axi_bready;
  wire aw_held = aw_taken || aw_held_q && !answered, w_held = w_taken || w_held_q && !answered;
  wire act = aw_held_q && w_held_q && !bvalid_q;
  assign axi_awready = awready_q;
  assign axi_wready = wready_q;
  assign axi_bvalid = bvalid_q;
  always @(posedge clk) begin
    {awready_q, wready_q} <= rst ? 2'd0 : {!aw_held, !w_held};
    {aw_held_q, w_held_q} <= rst ? 2'd0 : {aw_held, w_held};
    bvalid_q <= !rst && (act || bvalid_q && !axi_bready);
    if (aw_taken) awaddr_q <= axi_awaddr;
    if (w_taken) {wdata_q, wstrb_q} <= {axi_wdata, axi_wstrb};
  end

  // ---- stage 2, write: may it be, and what does it set and keep
  reg [1:0] bresp_q;
  reg queued_q, resident_q;
  reg [23:0] wrong_q;
  reg rank_over_basis_q;
  reg [16:0] rank_q, job_tokens_q, job_channels_q;
  wire [31:0] strobed = {{8{wstrb_q[3]}}, {8{wstrb_q[2]}}, {8{wstrb_q[1]}}, {8{wstrb_q[0]}}};
  wire [31:0] set = wdata_q & strobed, keep = ~strobed;
  wire [11:0] write_at = {awaddr_q[11:2], 2'd0};
  wire [2:0] write_access = access_of(awaddr_q[11:2]);
  wire [5:0] write_width = width_of(awaddr_q[11:2]);
  wire fits = write_width == 6'd32 || set >> write_width == 32'd0;
  wire straight = (wstrb_q & ~(4'hF << awaddr_q[1:0])) == 4'd0; // no byte below the address
  // a COMMAND: of those known, ABORT is never refused
  wire commanded = act && write_at == `CSR_COMMAND;
  wire known = &wstrb_q && straight && fits && wdata_q[2:0] != 3'd0;
  wire aborts = commanded && known && wdata_q[2:0] == `CSR_COMMAND_ABORT;
  wire loads = wdata_q[2:0] == `CSR_COMMAND_LOAD;
  wire ordered = loads || resident_q;
  wire rank_over_side = rank_q > job_tokens_q || rank_q > job_channels_q;
  wire rank_over = wdata_q[2:0] == `CSR_COMMAND_APPLY ? rank_q[16] :
      rank_over_basis_q || rank_over_side && wdata_q[2:0] == `CSR_COMMAND_DECOMPOSE;
  wire [23:0] wrong = loads ? wrong_q & LOAD : wrong_q & WORK | (rank_over ? RANK_WRONG : 24'd0);
  wire accepts = commanded && known && !aborts && !queued_q && ordered && wrong == 24'd0;
  wire writable = write_access == `CSR_ACCESS_RW || write_access == `CSR_ACCESS_W1C ||
      write_access == `CSR_ACCESS_W1 && (accepts || aborts);
  wire good = straight && fits && writable;
  wire write = act && good;
  assign axi_bresp = bresp_q;
  always @(posedge clk)
    if (rst) bresp_q <= OKAY;
    else if (act) bresp_q <= good ? OKAY : SLVERR;

  // ---- the parameters of the next job
  reg [16:0] tokens_q, channels_q, outliers_q;
  reg [3:0] expansion_q, warmup_q, exact_count_q;
  reg [31:0] tolerance_q, seed_q;
  reg [135:0] exact_tokens_q;
  wire [7:0] exact_at = 8'd17 * {5'd0, awaddr_q[4:2]};
  always @(posedge clk)
    if (rst) begin
      tokens_q <= `CSR_TOKENS_RESET;
      channels_q <= `CSR_CHANNELS_RESET;
      rank_q <= `CSR_RANK_RESET;
      expansion_q <= `CSR_EXPANSION_RESET;
      warmup_q <= `CSR_WARMUP_RESET;
      outliers_q <= `CSR_OUTLIERS_RESET;
      tolerance_q <= `CSR_TOLERANCE_RESET;
      seed_q <= `CSR_SEED_RESET;
      exact_count_q <= `CSR_EXACT_COUNT_RESET;
      exact_tokens_q <= {8{`CSR_EXACT_TOKEN_RESET}};
    end else if (write) begin
      case (write_at)
        `CSR_TOKENS: tokens_q <= tokens_q & keep[16:0] | set[16:0];
        `CSR_CHANNELS: channels_q <= channels_q & keep[16:0] | set[16:0];
        `CSR_RANK: rank_q <= rank_q & keep[16:0] | set[16:0];
        `CSR_EXPANSION: expansion_q <= expansion_q & keep[3:0] | set[3:0];
        `CSR_WARMUP: warmup_q <= warmup_q & keep[3:0] | set[3:0];
        `CSR_OUTLIERS: outliers_q <= outliers_q & keep[16:0] | set[16:0];
        `CSR_TOLERANCE: tolerance_q <= tolerance_q & keep | set;
        `CSR_SEED: seed_q <= seed_q & keep | set;
        `CSR_EXACT_COUNT: exact_count_q <= exact_count_q & keep[3:0] | set[3:0];
        default:
          if (awaddr_q[11:5] == EXACT_TOKEN[11:5])
            exact_tokens_q[exact_at+:17] <= exact_tokens_q[exact_at+:17] & keep[16:0] | set[16:0];
      endcase
    end

  // ---- their rules, two clocks deep
  reg [16:0] token_capacity_q, channel_capacity_q, basis_capacity_q;
  wire expansion_good = expansion_q == 4'd1 || expansion_q == 4'd2 || expansion_q == 4'd4 || expansion_q == 4'd8;
  wire [17:0] rank_reach = {1'b0, rank_q} + {14'd0, expansion_q};
  reg [7:0] exact_wrong;
  always @* begin : exact_rule
    integer k;
    exact_wrong = 8'd0;
    for (k = 0; k < 8; k = k + 1) begin
      exact_wrong[k] = exact_tokens_q[17*k+:17] >= tokens_q;
      if (k > 0) exact_wrong[k] = exact_wrong[k] || exact_tokens_q[17*k+:17] <= exact_tokens_q[17*(k-1)+:17];
      exact_wrong[k] = exact_wrong[k] && k[3:0] < exact_count_q;
    end
  end
  always @(posedge clk) begin
    token_capacity_q <= {12'd0, cluster_rows} * {4'd0, tile_tokens};
    channel_capacity_q <= {12'd0, cluster_columns} * {4'd0, tile_channels};
    basis_capacity_q <= {12'd0, cluster_rows} * {4'd0, basis_rows};
    // from EXACT_TOKEN[7] down to TOKENS; every SEED is right
    wrong_q <= {
      exact_wrong,
      7'd0,
      exact_count_q > 4'd8,
      1'b0,
      tolerance_q > 32'h3F800000 && tolerance_q != 32'h80000000, // above 1, a NaN or negative; -0 is 0
      outliers_q >= channels_q,
      warmup_q > 4'd8,
      !expansion_good,
      rank_q == 17'd0,
      channels_q == 17'd0 || channels_q > channel_capacity_q,
      tokens_q == 17'd0 || tokens_q > token_capacity_q
    };
    rank_over_basis_q <= expansion_good && rank_reach > {1'b0, basis_capacity_q};
  end

  // ---- the fate of the last COMMAND
  reg [2:0] error_q;
  reg [11:0] error_offset_q;
  reg [4:0] first_wrong;
  always @* begin : first
    integer k;
    first_wrong = 5'd0;
    for (k = 23; k >= 0; k = k - 1) if (wrong[k]) first_wrong = k[4:0];
  end
  wire refused = known && !aborts && !queued_q && ordered && wrong != 24'd0;
  always @(posedge clk)
    if (rst) begin
      error_q <= `CSR_ERROR_NONE;
      error_offset_q <= `CSR_ERROR_RESET;
    end else if (commanded) begin
      error_q <= !known ? `CSR_ERROR_COMMAND : refused ? `CSR_ERROR_PARAMETER :
          accepts || aborts ? `CSR_ERROR_NONE : queued_q ? `CSR_ERROR_BUSY : `CSR_ERROR_ORDER;
      error_offset_q <= refused ? `CSR_TOKENS + {5'd0, first_wrong, 2'd0} : 12'd0;
    end

  // ---- the queued job
  reg [2:0] queued_command_q;
  reg [16:0] queued_tokens_q, queued_channels_q, queued_rank_q, queued_outliers_q;
  reg [3:0] queued_expansion_q, queued_warmup_q, queued_exact_count_q;
  reg [31:0] queued_tolerance_q, queued_seed_q;
  reg [135:0] queued_exact_tokens_q;
  reg start_q, running_q, abort_q;
  wire queued_load = queued_command_q == `CSR_COMMAND_LOAD;
  wire strands = queued_q && !queued_load && !resident_q; // its LOAD has failed: it is dropped
  wire launch = queued_q && !strands && !running_q && !busy && !aborts;
  wire launch_load = launch && queued_load;
  assign {queued, queued_command} = {queued_q, queued_command_q};
  assign {queued_tokens, queued_channels} = {queued_tokens_q, queued_channels_q};
  assign {queued_exact_count, queued_exact_tokens} = {queued_exact_count_q, queued_exact_tokens_q};
  always @(posedge clk) begin
    queued_q <= !rst && (accepts || queued_q && !strands && !launch && !aborts);
    if (accepts) begin
      queued_command_q <= wdata_q[2:0];
      queued_rank_q <= rank_q;
      queued_expansion_q <= expansion_q;
      queued_warmup_q <= warmup_q;
      queued_tolerance_q <= tolerance_q;
      queued_seed_q <= seed_q;
    end
    if (accepts && loads) begin
      queued_tokens_q <= tokens_q;
      queued_channels_q <= channels_q;
      queued_outliers_q <= outliers_q;
      queued_exact_count_q <= exact_count_q;
      queued_exact_tokens_q <= exact_tokens_q;
    end
  end

  // ---- stage 3: the running job; it has ended when the sequencer is no longer busy
  reg [2:0] job_command_q;
  reg [16:0] job_rank_q, job_outliers_q;
  reg [3:0] job_expansion_q, job_warmup_q, job_exact_count_q;
  reg [31:0] job_tolerance_q, job_seed_q;
  reg [135:0] job_exact_tokens_q;
  wire ended = running_q && !start_q && !busy;
  assign {start, abort_job, command} = {start_q, abort_q, job_command_q};
  assign {tokens, channels, rank, outliers} = {job_tokens_q, job_channels_q, job_rank_q, job_outliers_q};
  assign {expansion, warmup, tolerance, seed} = {job_expansion_q, job_warmup_q, job_tolerance_q, job_seed_q};
  assign {exact_count, exact_tokens} = {job_exact_count_q, job_exact_tokens_q};
  always @(posedge clk) begin
    start_q <= !rst && launch;
    running_q <= !rst && (launch || running_q && !ended);
    abort_q <= !rst && (abort_q || aborts) && running_q && !ended;
    if (launch) begin
      job_command_q <= queued_command_q;
      job_rank_q <= queued_rank_q;
      job_expansion_q <= queued_expansion_q;
      job_warmup_q <= queued_warmup_q;
      job_tolerance_q <= queued_tolerance_q;
      job_seed_q <= queued_seed_q;
    end
    if (launch_load) begin
      job_tokens_q <= queued_tokens_q;
      job_channels_q <= queued_channels_q;
      job_outliers_q <= queued_outliers_q;
      job_exact_count_q <= queued_exact_count_q;
      job_exact_tokens_q <= queued_exact_tokens_q;
    end
  end

  // ---- what it came to: taken on the first `done` of a job
  reg done_q, aborted_q;
  reg [31:0] jobs_q, passes_q, rounds_q, deflations_q, certificate_q, bound_q;
  reg [2:0] stop_q;
  reg [3:0] flags_q;
  reg [16:0] result_rank_q;
  wire finish = running_q && !start_q && done && !done_q;
  wire fails = ended && !done_q && !finish;
  wire clears = write && write_at == `CSR_FLAGS;
  always @(posedge clk)
    if (rst) begin
      {done_q, aborted_q} <= 2'd0;
      {jobs_q, passes_q, rounds_q, deflations_q, certificate_q, bound_q} <= 192'd0;
      {stop_q, flags_q, result_rank_q} <= 24'd0;
      resident_q <= 1'b0;
    end else begin
      done_q <= !launch && (done_q || finish);
      aborted_q <= !launch && (ended ? fails : aborted_q);
      resident_q <= launch_load || resident_q && !(fails && job_command_q == `CSR_COMMAND_LOAD);
      flags_q <= flags_q & ~(clears ? set[3:0] : 4'd0) | flags;
      if (finish) begin
        jobs_q <= jobs_q + 32'd1;
        stop_q <= stop;
        result_rank_q <= result_rank;
        passes_q <= passes;
        rounds_q <= rounds;
        deflations_q <= deflations;
        certificate_q <= certificate;
        bound_q <= bound;
      end
    end

  // ---- stage 1, read
  reg arready_q, ar_held_q, rvalid_q;
  reg [11:2] araddr_q;
  wire ar_taken = axi_arvalid && arready_q;
  wire ar_held = ar_taken || ar_held_q && !(rvalid_q && axi_rready);
  wire look = ar_held_q && !rvalid_q;
  assign axi_arready = arready_q;
  assign axi_rvalid = rvalid_q;
  always @(posedge clk) begin
    arready_q <= !rst && !ar_held;
    ar_held_q <= !rst && ar_held;
    rvalid_q <= !rst && (look || rvalid_q && !axi_rready);
    if (ar_taken) araddr_q <= axi_araddr[11:2];
  end

  // ---- stage 2, read; the low word of a counter latches the high one, which is good for this counter alone
  reg [31:0] rdata_q, high_q;
  reg [1:0] rresp_q;
  reg [5:0] high_number_q;
  reg high_valid_q;
  wire [5:0] number = araddr_q[8:3];
  wire counts = araddr_q[11:9] == COUNTER[11:9];
  wire counted = {26'd0, number} < COUNT && (!araddr_q[2] || high_valid_q && high_number_q == number);
  wire [63:0] counter = counters[64*{26'd0, counted ? number : 6'd0}+:64];
  wire [7:0] exact_read = 8'd17 * {5'd0, araddr_q[4:2]};
  wire readable = access_of(araddr_q) != `CSR_ACCESS_NONE && (!counts || counted);
  wire [10:0] status;
  assign status[`CSR_STATUS_IDLE] = !running_q && !queued_q && !busy;
  assign status[`CSR_STATUS_BUSY] = running_q || busy;
  assign status[`CSR_STATUS_DONE] = done_q;
  assign status[`CSR_STATUS_QUEUED] = queued_q;
  assign status[`CSR_STATUS_ABORTED] = aborted_q;
  assign status[`CSR_STATUS_ABORTING] = abort_q;
  assign status[7:6] = 2'd0;
  assign status[`CSR_STATUS_ERROR+:3] = error_q;
  assign axi_rdata = rdata_q;
  assign axi_rresp = rresp_q;
  reg [31:0] value;
  always @*
    case ({araddr_q, 2'd0})
      `CSR_ID: value = `CSR_ID_RESET;
      `CSR_VERSION: value = `CSR_VERSION_RESET;
      `CSR_CONFIG_ID: value = config_id;
      `CSR_CLUSTER_ROWS: value = {27'd0, cluster_rows};
      `CSR_CLUSTER_COLUMNS: value = {27'd0, cluster_columns};
      `CSR_TILE_TOKENS: value = {19'd0, tile_tokens};
      `CSR_TILE_CHANNELS: value = {19'd0, tile_channels};
      `CSR_BASIS_ROWS: value = {19'd0, basis_rows};
      `CSR_MAC_STAGES: value = {30'd0, mac_stages};
      `CSR_COUNTERS: value = COUNT;
      `CSR_TOKENS: value = {15'd0, tokens_q};
      `CSR_CHANNELS: value = {15'd0, channels_q};
      `CSR_RANK: value = {15'd0, rank_q};
      `CSR_EXPANSION: value = {28'd0, expansion_q};
      `CSR_WARMUP: value = {28'd0, warmup_q};
      `CSR_OUTLIERS: value = {15'd0, outliers_q};
      `CSR_TOLERANCE: value = tolerance_q;
      `CSR_SEED: value = seed_q;
      `CSR_EXACT_COUNT: value = {28'd0, exact_count_q};
      `CSR_STATUS: value = {21'd0, status};
      `CSR_ERROR: value = {20'd0, error_offset_q};
      `CSR_FLAGS: value = {28'd0, flags_q};
      `CSR_JOBS: value = jobs_q;
      `CSR_STOP: value = {29'd0, stop_q};
      `CSR_RESULT_RANK: value = {15'd0, result_rank_q};
      `CSR_PASSES: value = passes_q;
      `CSR_ROUNDS: value = rounds_q;
      `CSR_DEFLATIONS: value = deflations_q;
      `CSR_CERTIFICATE: value = certificate_q;
      `CSR_BOUND: value = bound_q;
      default:
        if (counts) value = araddr_q[2] ? high_q : counter[31:0];
        else if (araddr_q[11:5] == EXACT_TOKEN[11:5]) value = {15'd0, exact_tokens_q[exact_read+:17]};
        else value = 32'd0;
    endcase
  always @(posedge clk) begin
    if (look) begin
      rdata_q <= readable ? value : 32'd0;
      rresp_q <= readable ? OKAY : SLVERR;
    end
    if (rst) {rdata_q, rresp_q} <= 34'd0;
    if (rst) high_valid_q <= 1'b0;
    else if (look && readable && counts && !araddr_q[2]) high_valid_q <= 1'b1;
    if (look && readable && counts && !araddr_q[2]) begin
      high_q <= counter[63:32];
      high_number_q <= number;
    end
  end
endmodule

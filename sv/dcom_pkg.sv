// dcom_pkg.sv - the golden model of D-com in SystemVerilog: the classes dcom_scoreboard (transactions of a DUT's ports),
// dcom_lockstep (its pins on every clock) and dcom_reference (the numbers), over DPI-C. C side: dcom_dpi.c; docs/dpi.md.
// SPDX-License-Identifier: Apache-2.0
//
// A class holds one context. Constructors end the simulation ($fatal) when package, C side and library are not of one ABI
// or the configuration is not to be had. Whatever fails later goes to error(), $error unless overridden, and is counted:
// finish() cannot pass behind it. All vectors that come from pins are 4-state; an unknown bit is never taken for a 0.
package dcom_pkg;
  // classes of a package, some of whose members only users read
  // verilator lint_off DECLFILENAME
  // verilator lint_off UNUSEDSIGNAL

  localparam int DCOM_ABI = 3;  // of dcom.h

  // of dcom.h, in its order
  typedef enum int {
    DCOM_OK,
    DCOM_E_ARGUMENT,
    DCOM_E_CONFIG,
    DCOM_E_SHAPE,
    DCOM_E_VALUE,
    DCOM_E_FILE,
    DCOM_E_MEMORY,
    DCOM_E_HOST,
    DCOM_E_STOPPED,
    DCOM_E_DIFFERENT
  } dcom_status;

  // Kinds of packet: m_axis_tuser
  typedef enum int {
    DCOM_PACKET_OUTLIERS,
    DCOM_PACKET_V,
    DCOM_PACKET_P,
    DCOM_PACKET_Z
  } dcom_packet;

  // Of dcom_reference; A, FACTOR and WEIGHTS are given to it
  typedef enum int {
    DCOM_A,
    DCOM_FACTOR,
    DCOM_WEIGHTS,
    DCOM_Z,
    DCOM_P,
    DCOM_V
  } dcom_matrix;

  // The stream in at its widest, 16 cluster columns: a narrower one is extended with zeros, dcom_beat'(s_axis_tdata)
  typedef logic [2047:0] dcom_beat;
  // Up to 128 BF16 of a row, the first in the lowest bits
  typedef bit [2047:0] dcom_elements;

  // The ports of accelerator.v under their names; the C side has the same list
  typedef struct packed {
    logic rst;
    logic axi_awvalid;
    logic [11:0] axi_awaddr;
    logic axi_wvalid;
    logic [31:0] axi_wdata;
    logic [3:0] axi_wstrb;
    logic axi_bready;
    logic axi_arvalid;
    logic [11:0] axi_araddr;
    logic axi_rready;
    logic s_axis_tvalid;
    logic s_axis_tlast;
    logic m_axis_tready;
    logic [2047:0] s_axis_tdata;
  } dcom_inputs;

  typedef struct packed {
    logic axi_awready;
    logic axi_wready;
    logic axi_bvalid;
    logic [1:0] axi_bresp;
    logic axi_arready;
    logic axi_rvalid;
    logic [31:0] axi_rdata;
    logic [1:0] axi_rresp;
    logic s_axis_tready;
    logic m_axis_tvalid;
    logic [1:0] m_axis_tuser;
    logic m_axis_tlast;
    logic [127:0] m_axis_tdata;
  } dcom_outputs;

  localparam int DCOM_INPUT_BITS = $bits(dcom_inputs);
  localparam int DCOM_OUTPUT_BITS = $bits(dcom_outputs);

  // ---- the C side, for benches without classes: a dcom_status each, 0 when good; dcom_sv_message() says what was wrong

  import "DPI-C" function string dcom_sv_abi_fault(input int package_abi);
  import "DPI-C" function int dcom_sv_abi_library();
  import "DPI-C" function int dcom_sv_abi_shim();
  import "DPI-C" function chandle dcom_sv_scoreboard_create(input int package_abi, input string geometry);
  import "DPI-C" function chandle dcom_sv_lockstep_create(input int package_abi, input string geometry);
  import "DPI-C" function chandle dcom_sv_reference_create(input int package_abi, input string geometry);
  import "DPI-C" function void dcom_sv_destroy(input chandle handle);
  import "DPI-C" function string dcom_sv_status_name(input int status);
  import "DPI-C" function int dcom_sv_status(input chandle handle);
  import "DPI-C" function string dcom_sv_message(input chandle handle);

  import "DPI-C" function int dcom_sv_scoreboard_reset(input chandle handle);
  import "DPI-C" function int dcom_sv_scoreboard_write(
    input chandle handle, input int unsigned address, input int unsigned data, input int unsigned strobes);
  import "DPI-C" function int dcom_sv_scoreboard_read(
    input chandle handle, input int unsigned address, input int unsigned data);
  import "DPI-C" function int dcom_sv_scoreboard_in(input chandle handle, input bit [2047:0] data, input bit last);
  import "DPI-C" function int dcom_sv_scoreboard_out(
    input chandle handle, input bit [127:0] data, input int unsigned user, input bit last);
  import "DPI-C" function int dcom_sv_scoreboard_finish(input chandle handle);
  import "DPI-C" function int dcom_sv_scoreboard_counts(
    input chandle handle, output longint unsigned jobs, output longint unsigned beats,
    output longint unsigned registers, output longint unsigned unjudged, output longint unsigned mismatches,
    output longint unsigned awaited, output longint unsigned unexpected);

  import "DPI-C" function int dcom_sv_lockstep_compare(
    input chandle handle, input bit [DCOM_OUTPUT_BITS-1:0] got, input bit [DCOM_OUTPUT_BITS-1:0] known);
  import "DPI-C" function int dcom_sv_lockstep_step(input chandle handle, input bit [DCOM_INPUT_BITS-1:0] inputs);
  import "DPI-C" function int dcom_sv_lockstep_outputs(
    input chandle handle, output bit [DCOM_OUTPUT_BITS-1:0] outputs);
  import "DPI-C" function int dcom_sv_lockstep_counts(
    input chandle handle, output longint unsigned clocks, output longint unsigned compared,
    output longint unsigned values, output longint unsigned mismatches);

  import "DPI-C" function void dcom_sv_defaults(
    output int unsigned rank, output int unsigned expansion, output int unsigned warmup, output int unsigned outliers,
    output real tolerance, output int unsigned seed);
  import "DPI-C" function int dcom_sv_matrix(
    input chandle handle, input int which, input int unsigned rows, input int unsigned columns);
  import "DPI-C" function int dcom_sv_put(
    input chandle handle, input int which, input int unsigned row, input int unsigned column, input int unsigned count,
    input bit [2047:0] data);
  import "DPI-C" function int dcom_sv_get(
    input chandle handle, input int which, input int unsigned row, input int unsigned column,
    output int unsigned bits);
  import "DPI-C" function int dcom_sv_exact_token(input chandle handle, input int unsigned token);
  import "DPI-C" function int dcom_sv_decompose(
    input chandle handle, input int unsigned rank, input int unsigned expansion, input int unsigned warmup,
    input int unsigned outliers, input real tolerance, input int unsigned seed);
  import "DPI-C" function int dcom_sv_result(
    input chandle handle, output int unsigned rank, output int unsigned blocks, output int unsigned outliers,
    output int unsigned passes, output int unsigned rounds, output int unsigned deflations, output int unsigned stop,
    output int unsigned flags, output real certificate, output real bound);
  import "DPI-C" function int dcom_sv_block(input chandle handle, input int unsigned k, output int unsigned columns);
  import "DPI-C" function int dcom_sv_outlier(input chandle handle, input int unsigned k, output int unsigned channel);
  import "DPI-C" function int dcom_sv_apply(input chandle handle, output int unsigned flags);

  // Ends the simulation unless package, C side and library are of one ABI. Constructors do it by themselves.
  function automatic void dcom_check_abi(int package_abi = DCOM_ABI);
    string fault;
    fault = dcom_sv_abi_fault(package_abi);
    if (fault != "")
      $fatal(1, "dcom: %s: package %0d, shim %0d, library %0d", fault, package_abi, dcom_sv_abi_shim(),
             dcom_sv_abi_library());
  endfunction

  // ---- what the classes have in common
  virtual class dcom_base;
    protected chandle handle;
    protected string label;
    int unsigned errors;  // calls that failed or told a difference
    int unsigned most = 20;  // of them that are reported; the others are counted only

    // Where reports go: override it with `uvm_error
    virtual function void error(string text);
      $error("%s", text);
    endfunction

    // Reports one line
    protected function void tell(string text);
      errors++;
      if (errors <= most) error({"dcom ", label, ": ", text});
      else if (errors == most + 1) error({"dcom ", label, ": more errors are counted only"});
    endfunction

    // Whether a call was good; reports it else
    protected function bit good(int status);
      if (status == 0) return 1'b1;
      tell({dcom_sv_status_name(status), ": ", dcom_sv_message(handle)});
      return 1'b0;
    endfunction

    protected function void adopt(string what, chandle created);
      label = what;
      handle = created;
      if (handle == null) $fatal(1, "dcom %s: out of memory", label);
      if (dcom_sv_status(handle) != 0) $fatal(1, "dcom %s: %s", label, dcom_sv_message(handle));
    endfunction

    function dcom_status status();
      return dcom_status'(dcom_sv_status(handle));
    endfunction

    function string status_name();
      return dcom_sv_status_name(dcom_sv_status(handle));
    endfunction

    // One line on the last call if it failed, else ""
    function string message();
      return dcom_sv_message(handle);
    endfunction

    // Gives the memory back; every later call fails
    function void close();
      dcom_sv_destroy(handle);
      handle = null;
    endfunction
  endclass

  // ---- scoreboard: what monitors saw on a DUT's ports goes in, in the order of each port. A write or read counts when it
  // was answered OKAY, a beat when it was taken. Ports need not be in step. Of what is predicted, see dcom.h. Each method
  // returns 1 when nothing it led to compare differs.
  class dcom_scoreboard extends dcom_base;
    longint unsigned jobs, beats, registers, unjudged, mismatches, awaited, unexpected;  // as of the last counts()

    // geometry: name of a configuration, or the path of a .cfg
    function new(string geometry);
      adopt("scoreboard", dcom_sv_scoreboard_create(DCOM_ABI, geometry));
    endfunction

    // The DUT was reset: jobs and beats are forgotten, counts stay
    function bit reset();
      return good(dcom_sv_scoreboard_reset(handle));
    endfunction

    function bit write_register(logic [11:0] address, logic [31:0] data, logic [3:0] strobes = 4'hF);
      if ($isunknown({address, data, strobes})) begin
        tell($sformatf("a write of %h, strobes %b, to %h: unknown bits", data, strobes, address));
        return 1'b0;
      end
      return good(dcom_sv_scoreboard_write(handle, 32'(address), data, 32'(strobes)));
    endfunction

    // A read during which no write was under way
    function bit read_register(logic [11:0] address, logic [31:0] data);
      if ($isunknown({address, data})) begin
        tell($sformatf("a read of %h gave %h: unknown bits", address, data));
        return 1'b0;
      end
      return good(dcom_sv_scoreboard_read(handle, 32'(address), data));
    endfunction

    // An element with an unknown bit counts as a NaN: allowed past the channels, where nobody looks, refused elsewhere
    function bit stream_in(dcom_beat data, logic last);
      bit [2047:0] beat;
      beat = data;
      if ($isunknown(data))
        for (int k = 0; k < 128; k++) if ($isunknown(data[16*k+:16])) beat[16*k+:16] = 16'h7FC1;
      if ($isunknown(last)) begin
        tell("s_axis_tlast is unknown");
        return 1'b0;
      end
      return good(dcom_sv_scoreboard_in(handle, beat, last));
    endfunction

    function bit stream_out(logic [127:0] data, logic [1:0] user, logic last);
      if ($isunknown({data, user, last})) begin
        tell($sformatf("a beat out of unknown bits: TDATA %h, TUSER %b, TLAST %b", data, user, last));
        // what is not known cannot be equal: the beat takes its place among the others
        void'(dcom_sv_scoreboard_out(handle, data, 32'(user), last));
        return 1'b0;
      end
      return good(dcom_sv_scoreboard_out(handle, data, 32'(user), last));
    endfunction

    function void counts();
      void'(good(dcom_sv_scoreboard_counts(handle, jobs, beats, registers, unjudged, mismatches, awaited, unexpected)));
    endfunction

    // Beats that jobs have made and that were not seen yet: the end of a test waits for 0
    function longint unsigned still_awaited();
      counts();
      return awaited;
    endfunction

    // At the end of a test: 1 if all that was expected came, something was compared, and nothing ever failed
    function bit finish();
      void'(good(dcom_sv_scoreboard_finish(handle)));
      return errors == 0;
    endfunction

    function string report();
      counts();
      return $sformatf("%0d jobs, %0d beats and %0d registers compared, %0d not judged, %0d mismatches, %0d awaited, %0d unexpected",
                       jobs, beats, registers, unjudged, mismatches, awaited, unexpected);
    endfunction
  endclass

  // ---- lockstep: the model's pins on every clock. Nothing counts before the first clock with rst high.
  class dcom_lockstep extends dcom_base;
    longint unsigned clocks, compared, values, mismatches;  // as of the last counts()

    function new(string geometry);
      adopt("lockstep", dcom_sv_lockstep_create(DCOM_ABI, geometry));
    endfunction

    // Once a rising edge, with all pins as they were sampled before it: compares the outputs, then clocks the model.
    // Returns 1 when all are equal; names clock (the number of the call) and pins else.
    function bit sample(dcom_inputs pins, dcom_outputs got);
      bit equal;
      // 1 where a bit is 0 or 1
      equal = good(dcom_sv_lockstep_compare(handle, got, ~(got ^ got)));
      return step(pins) && equal;
    endfunction

    // The model alone, as a predictor: one rising edge
    function bit step(dcom_inputs pins);
      logic [7:0] controls;
      bit known;
      controls = {pins.rst, pins.axi_awvalid, pins.axi_wvalid, pins.axi_bready, pins.axi_arvalid, pins.axi_rready,
                  pins.s_axis_tvalid, pins.m_axis_tready};
      counts();
      known = compared == 0 || pins.rst === 1'b1 || !$isunknown(controls);
      if (!known)
        tell($sformatf("clock %0d: rst, awvalid, wvalid, bready, arvalid, rready, s tvalid, m tready are %b", clocks + 1,
                       controls));
      return good(dcom_sv_lockstep_step(handle, pins)) && known;
    endfunction

    // What its ports show after the last edge
    function bit outputs(output dcom_outputs shown);
      bit [DCOM_OUTPUT_BITS-1:0] pins;
      bit done;
      done = good(dcom_sv_lockstep_outputs(handle, pins));
      shown = pins;
      return done;
    endfunction

    function void counts();
      void'(good(dcom_sv_lockstep_counts(handle, clocks, compared, values, mismatches)));
    endfunction

    // At the end of a test: 1 if something was compared and nothing ever failed
    function bit finish();
      counts();
      if (compared == 0) tell("no clock was compared");
      return errors == 0;
    endfunction

    function string report();
      counts();
      return $sformatf("%0d clocks compared, %0d values, %0d mismatches", compared, values, mismatches);
    endfunction
  endclass

  // ---- reference: the numbers of a decomposition and of APPLY. BF16 bits everywhere; each method returns 1 when good.
  class dcom_reference extends dcom_base;
    // parameters of decompose(), as in dcom.h; the tolerance by set_tolerance()
    int unsigned rank, expansion, warmup, outliers, seed;
    // results of the last good decompose(); P is tokens x result_rank, V channels x result_rank
    int unsigned result_rank, blocks, outlier_count, passes, rounds, deflations, stop, flags;
    int unsigned apply_flags;
    // $realtobits: Verilator 5.006 has no real in a class
    local bit [63:0] tolerance_bits, certificate_bits, bound_bits;

    function new(string geometry);
      real tolerance;
      adopt("reference", dcom_sv_reference_create(DCOM_ABI, geometry));
      dcom_sv_defaults(rank, expansion, warmup, outliers, tolerance, seed);
      set_tolerance(tolerance);
    endfunction

    // 0 to 1: decompose() stops when the certified relative error is at or below; 0: never
    function void set_tolerance(real tolerance);
      tolerance_bits = $realtobits(tolerance);
    endfunction

    // Relative error that the hardware knows, and what is not known of its square
    function real certificate();
      return $bitstoreal(certificate_bits);
    endfunction

    function real bound();
      return $bitstoreal(bound_bits);
    endfunction

    // Makes DCOM_A (tokens x channels, and forgets the exact tokens), DCOM_FACTOR (rows x channels) or DCOM_WEIGHTS
    // (outputs x channels) anew, all +0
    function bit matrix(dcom_matrix which, int unsigned rows, int unsigned columns);
      return good(dcom_sv_matrix(handle, which, rows, columns));
    endfunction

    function bit put(dcom_matrix which, int unsigned row, int unsigned column, bit [15:0] bits);
      return good(dcom_sv_put(handle, which, row, column, 1, 2048'(bits)));
    endfunction

    // Up to 128 neighbours of a row
    function bit put_row(dcom_matrix which, int unsigned row, int unsigned column, int unsigned count, dcom_elements bits);
      return good(dcom_sv_put(handle, which, row, column, count, bits));
    endfunction

    // Tokens on the exact track, ascending; after matrix(DCOM_A, ...)
    function bit exact_token(int unsigned token);
      return good(dcom_sv_exact_token(handle, token));
    endfunction

    function bit decompose();
      bit done;
      real relative, unknown;
      done = good(dcom_sv_decompose(handle, rank, expansion, warmup, outliers, $bitstoreal(tolerance_bits), seed));
      done = good(dcom_sv_result(handle, result_rank, blocks, outlier_count, passes, rounds, deflations, stop, flags,
                                 relative, unknown)) && done;
      certificate_bits = $realtobits(relative);
      bound_bits = $realtobits(unknown);
      return done;
    endfunction

    // DCOM_Z = DCOM_FACTOR x DCOM_WEIGHTS^T, rows x outputs
    function bit apply();
      return good(dcom_sv_apply(handle, apply_flags));
    endfunction

    // An element; 0 and a report where there is none
    function bit [15:0] get(dcom_matrix which, int unsigned row, int unsigned column);
      int unsigned bits;
      void'(good(dcom_sv_get(handle, which, row, column, bits)));
      return bits[15:0];
    endfunction

    // Columns of block k, that is of one V packet and one P packet
    function int unsigned block(int unsigned k);
      int unsigned columns;
      void'(good(dcom_sv_block(handle, k, columns)));
      return columns;
    endfunction

    // Channel of the k-th outlier, ascending
    function int unsigned outlier(int unsigned k);
      int unsigned channel;
      void'(good(dcom_sv_outlier(handle, k, channel)));
      return channel;
    endfunction
  endclass
endpackage

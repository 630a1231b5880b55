// refusals.sv - what dcom_pkg refuses, by the line it says: null contexts, contexts of another kind, what does not fit,
// calls behind close(). Called by bench.sv for +refusals; TAP. SPDX-License-Identifier: Apache-2.0
package refusals;
  // verilator lint_off DECLFILENAME
  import dcom_pkg::*;

  int cases;

  function automatic void check(string name, bit good, string detail);
    cases = cases + 1;
    if (good) $display("ok %0d - %s", cases, name);
    else $display("not ok %0d - %s", cases, name);
    if (!good) $display("# %s", detail);
  endfunction

  function automatic bit holds(string text, string part);
    for (int k = 0; k + part.len() <= text.len(); k++)
      if (text.substr(k, k + part.len() - 1) == part) return 1'b1;
    return 1'b0;
  endfunction

  class quiet_reference extends dcom_reference;
    string last;
    function new(string geometry);
      super.new(geometry);
    endfunction
    virtual function void error(string text);
      last = text;
    endfunction
  endclass

  class quiet_scoreboard extends dcom_scoreboard;
    string last;
    function new(string geometry);
      super.new(geometry);
    endfunction
    virtual function void error(string text);
      last = text;
    endfunction
  endclass

  class quiet_lockstep extends dcom_lockstep;
    string last;
    function new(string geometry);
      super.new(geometry);
    endfunction
    virtual function void error(string text);
      last = text;
    endfunction
  endclass

  // A call of the C side that must be refused with these words
  function automatic void refused(string name, int status, chandle handle, int code, string words);
    string text;
    text = dcom_sv_message(handle);
    check(name, status == code && dcom_sv_status(handle) == code && holds(text, words),
          $sformatf("status %0d, message: %s", status, text));
  endfunction

  function automatic void said(string name, bit good, string text, string words);
    check(name, !good && holds(text, words), text);
  endfunction

  function automatic void refuse();
    chandle none, handle;
    quiet_reference numbers;
    quiet_scoreboard board;
    quiet_lockstep pins;
    longint unsigned a, b, c, d, e, f, g;
    int unsigned bits;
    bit good;
    dcom_status code;
    dcom_inputs reset;
    bit [DCOM_OUTPUT_BITS-1:0] shown, known;
    string name;

    none = null;
    for (int k = 1; k <= 32'(DCOM_E_DIFFERENT) + 1; k++) begin
      code = dcom_status'(k);
      name = k <= 32'(DCOM_E_DIFFERENT) ? code.name() : "DCOM_E_UNKNOWN";
      check({name, " is the library's"}, {"DCOM_E_", dcom_sv_status_name(k)} == name, dcom_sv_status_name(k));
    end
    check("ABI of the library", dcom_sv_abi_fault(DCOM_ABI) == "" && dcom_sv_abi_library() == DCOM_ABI,
          dcom_sv_abi_fault(DCOM_ABI));
    check("another ABI", holds(dcom_sv_abi_fault(DCOM_ABI + 1), "the ABI of dcom_pkg.sv is not that of"), "not told");
    handle = dcom_sv_scoreboard_create(DCOM_ABI + 1, "tiny");
    refused("a context of another ABI", dcom_sv_scoreboard_reset(handle), handle, DCOM_E_ARGUMENT,
            $sformatf("package %0d, shim %0d, library %0d", DCOM_ABI + 1, DCOM_ABI, DCOM_ABI));
    dcom_sv_destroy(handle);
    handle = dcom_sv_lockstep_create(DCOM_ABI, "huge");
    check("unknown configuration", dcom_sv_status(handle) == DCOM_E_CONFIG && holds(dcom_sv_message(handle), "huge"),
          dcom_sv_message(handle));
    check("which stays refused", dcom_sv_lockstep_step(handle, 0) == DCOM_E_ARGUMENT
          && holds(dcom_sv_message(handle), "huge"), dcom_sv_message(handle));
    dcom_sv_destroy(handle);
    handle = dcom_sv_reference_create(DCOM_ABI, "none/there.cfg");
    check("a configuration file that is not there", dcom_sv_status(handle) != 0
          && holds(dcom_sv_message(handle), "none/there.cfg"), dcom_sv_message(handle));
    dcom_sv_destroy(handle);

    refused("null: write", dcom_sv_scoreboard_write(none, 0, 0, 0), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: read", dcom_sv_scoreboard_read(none, 0, 0), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: in", dcom_sv_scoreboard_in(none, 0, 0), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: out", dcom_sv_scoreboard_out(none, 0, 0, 0), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: finish", dcom_sv_scoreboard_finish(none), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: reset", dcom_sv_scoreboard_reset(none), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: counts", dcom_sv_scoreboard_counts(none, a, b, c, d, e, f, g), none, DCOM_E_ARGUMENT,
            "the context is null");
    refused("null: compare", dcom_sv_lockstep_compare(none, 0, 0), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: step", dcom_sv_lockstep_step(none, 0), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: lockstep counts", dcom_sv_lockstep_counts(none, a, b, c, d), none, DCOM_E_ARGUMENT,
            "the context is null");
    refused("null: matrix", dcom_sv_matrix(none, DCOM_A, 1, 1), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: put", dcom_sv_put(none, DCOM_A, 0, 0, 1, 0), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: get", dcom_sv_get(none, DCOM_A, 0, 0, bits), none, DCOM_E_ARGUMENT, "the context is null");
    refused("null: decompose", dcom_sv_decompose(none, 1, 1, 0, 0, 0.0, 1), none, DCOM_E_ARGUMENT,
            "the context is null");
    refused("null: apply", dcom_sv_apply(none, bits), none, DCOM_E_ARGUMENT, "the context is null");
    dcom_sv_destroy(none);

    handle = dcom_sv_scoreboard_create(DCOM_ABI, "rtl/config/tiny.cfg");
    check("a configuration file", dcom_sv_status(handle) == DCOM_OK, dcom_sv_message(handle));
    refused("a scoreboard is no lockstep", dcom_sv_lockstep_step(handle, 0), handle, DCOM_E_ARGUMENT,
            "the context is a scoreboard, the call is for a lockstep");
    refused("nor a reference", dcom_sv_apply(handle, bits), handle, DCOM_E_ARGUMENT,
            "the context is a scoreboard, the call is for a reference");
    dcom_sv_destroy(handle);

    // a pin of which a bit is not known
    handle = dcom_sv_lockstep_create(DCOM_ABI, "tiny");
    reset = '0;
    reset.rst = 1'b1;
    check("reset", dcom_sv_lockstep_step(handle, reset) == 0, dcom_sv_message(handle));
    check("and again", dcom_sv_lockstep_step(handle, reset) == 0, dcom_sv_message(handle));
    check("what the model shows", dcom_sv_lockstep_outputs(handle, shown) == 0, dcom_sv_message(handle));
    known = '1;
    check("is equal to itself", dcom_sv_lockstep_compare(handle, shown, known) == 0, dcom_sv_message(handle));
    known[139] = 1'b0;
    refused("an unknown bit is not", dcom_sv_lockstep_compare(handle, shown, known), handle, DCOM_E_DIFFERENT,
            "clock 3: axi_rdata: 000000x0, not 00000000");
    dcom_sv_destroy(handle);

    numbers = new("tiny");
    good = numbers.matrix(DCOM_P, 1, 1);
    said("P is not given", good, numbers.last, "matrix 4 is none that is given");
    good = numbers.decompose();
    said("no matrix", good, numbers.last, "ARGUMENT: a is NULL");
    good = numbers.matrix(DCOM_A, 9, 20);
    check("a matrix", good, numbers.last);
    good = numbers.put_row(DCOM_A, 8, 19, 1, 0);
    check("the last element", good, numbers.last);
    good = numbers.put_row(DCOM_A, 9, 0, 1, 0);
    said("a row past the last", good, numbers.last, "SHAPE: row 9, columns 0 to 0 of a matrix of 9 x 20");
    good = numbers.put_row(DCOM_A, 8, 13, 8, 0);
    said("columns past the last", good, numbers.last, "row 8, columns 13 to 20 of a matrix of 9 x 20");
    good = numbers.put(DCOM_A, 2, 3, 16'h7FC0);
    check("a NaN is an element", good, numbers.last);
    good = numbers.decompose();
    said("a rank above the smaller side", good, numbers.last, "ARGUMENT: rank 32 is not 1..9");
    numbers.rank = 9;
    good = numbers.decompose();
    said("a NaN in the matrix", good, numbers.last, "VALUE: row 2, column 3 of the matrix is NaN");
    check("leaves no result", numbers.result_rank == 0 && numbers.blocks == 0, "there is one");
    bits = 32'(numbers.get(DCOM_P, 0, 0));
    said("of which nothing can be had", bits != 0, numbers.last, "row 0, column 0 of a matrix of 0 x 0");
    bits = numbers.outlier(0);
    said("outliers neither", bits != 0, numbers.last, "outlier 0 of 0");
    good = numbers.apply();
    said("no weights", good, numbers.last, "ARGUMENT: weights is NULL");
    good = numbers.matrix(DCOM_FACTOR, 2, 3);
    check("a factor", good, numbers.last);
    good = numbers.matrix(DCOM_WEIGHTS, 5, 4);
    check("weights", good, numbers.last);
    good = numbers.apply();
    said("factor and weights of different channels", good, numbers.last, "FACTOR has 3 channels, WEIGHTS 4");
    check("errors are counted", numbers.errors == 10, $sformatf("%0d", numbers.errors));
    check("and named", numbers.status_name() == "SHAPE" && numbers.message() != "", numbers.status_name());
    numbers.close();
    good = numbers.decompose();
    said("behind close()", good, numbers.last, "ARGUMENT: the context is null");

    board = new("tiny");
    good = board.finish();
    said("a scoreboard that saw nothing", good, board.last, "DIFFERENT: no beat was compared");
    good = board.stream_out(0, 2'd1, 1'b0);
    check("a beat of no job waits", good, board.last);
    good = board.finish();
    said("and is told at the end", good, board.last, "1 beats out that no job sends");
    good = board.write_register(12'h0C0, 2);
    said("a command without prediction", good, board.last, "COMMAND 2: what it does does not follow");
    board.close();

    pins = new("tiny");
    good = pins.sample('1, '1);
    check("outputs before any reset are not compared", good, pins.last);
    good = pins.finish();
    said("a lockstep that compared nothing", good, pins.last, "no clock was compared");
    pins.close();
    $display("1..%0d", cases);
  endfunction
endpackage

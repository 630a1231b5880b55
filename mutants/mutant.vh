// mutant.vh - in every module of the mutated RTL: the number of the mutant that is at work, 0: none.
// SPDX-License-Identifier: Apache-2.0
  reg [15:0] mutant;
  initial mutant = $c16("(std::getenv(\"MUTANT\") ? std::atoi(std::getenv(\"MUTANT\")) : 0)");

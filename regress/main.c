/* main.c - the subcommand `report` alone, until the runner's main.c is here. SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

int main(int argc, char **argv) { return regress_report(argc - 1, argv + 1); }

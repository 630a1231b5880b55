// fp_denormalise.vh - statement text: magnitude and exponent of a product, quotient or root -> what fp_round.vh takes.
// Twin: fp32_denormalise() of cmodel/fp32.h. Text, not a function: docs/decisions.md, "one body for 256 clusters".
// SPDX-License-Identifier: Apache-2.0
//
// Needs 32-bit variables; in and out: magnitude U3.26 with a sticky last bit, exponent U11; scratch: distance, shifted.
// fp_round.vh shifts left only. 669 is the least exponent that it knows: its bit 8 of the magnitude weighs 2^-149, the
// last bit of a subnormal. What lies below is shifted right to it, the bits that fall off kept in the last.
distance = exponent < 32'd669 ? 32'd669 - exponent : 32'd0;
distance = distance > 32'd31 ? 32'd31 : distance;
shifted = magnitude >> distance[4:0];
magnitude = shifted << distance[4:0] == magnitude ? shifted : shifted | 32'd1;
exponent = exponent < 32'd669 ? 32'd669 : exponent;

# test_generate.py - dcom.generate: the bits of the C generators, for every kind; texts are refused with the command's words.
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import unittest

import dcom
import numpy as np

BUILD = os.environ["BUILD"]


class Generate(unittest.TestCase):
    def test_bits(self):
        """Every kind at the borders of its numbers, and drawn"""
        run = subprocess.run([f"{BUILD}/tests/make_generated", os.environ["SEED"]], check=True, capture_output=True, text=True)
        lines = iter(run.stdout.splitlines())
        kinds = set()
        for line in lines:
            kind, rows, _, _, _, seed, text = line.split()
            made = np.array([[int(x, 16) for x in next(lines).split()] for _ in range(int(rows))], np.uint16)
            with self.subTest(text=text, seed=seed):
                np.testing.assert_array_equal(dcom.generate(text, int(seed)), made)
            kinds.add(kind)
        self.assertEqual(len(kinds), 12)

    def test_defaults(self):
        for short, long in (("noise(9,8)", "noise(9,8,-8)"), ("range(9,8)", "range(9,8,-60,50)"), ("range(9,8,1)", "range(9,8,1,50)"),
                            ("spectrum(9,8)", "spectrum(9,8,12,8)"), ("outliers(9,8)", "outliers(9,8,4,8)"), ("holes(9,8)", "holes(9,8,3)")):
            np.testing.assert_array_equal(dcom.generate(short), dcom.generate(long, seed=1))

    def test_refused(self):
        """By the words of the command"""
        for text in ("noise", "noise()", "noise(8)", "noise(8,0)", "noise(8,65537)", "noise(8,8,-134)", "noise(8,8,1,2)", "noise(8, 8)", "noise(8,8,)",
                     "noise(8,99999999)", "noise(8,8))", "deficient(8,8,61)", "nois(8,8)", "range(8,8,121)", "range(8,8,0,121)", "ties(8,8,1)"):
            with self.subTest(text=text):
                with self.assertRaises(dcom.Error) as caught:
                    dcom.generate(text)
                self.assertIs(caught.exception.status, dcom.Status.VALUE)
                if text.endswith(")"):  # else the command takes it for a file's name
                    told = subprocess.run([f"{BUILD}/dcom", "vectors", text, "--out", "none"], capture_output=True, text=True)
                    self.assertEqual(told.stderr, f"dcom: {caught.exception}\n")


if __name__ == "__main__":
    unittest.main()

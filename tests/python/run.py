# run.py [TEST...]: the unit tests of this folder and the examples of docs/python.md, as TAP. TEST: module.Class.method or less of it
# SPDX-License-Identifier: Apache-2.0
import doctest
import os
import shutil
import subprocess
import sys
import tempfile
import unittest


class Tap(unittest.TestResult):
    """A line a test, what went wrong as comments"""
    count = 0

    def told(self, test, good, detail=""):
        self.count += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {test.id()}")
        for line in detail.splitlines():
            print(f"# {line}")
        sys.stdout.flush()

    def addSuccess(self, test):
        self.told(test, True)

    def addSkip(self, test, reason):
        self.told(test, False, f"skipped: {reason}")

    def _bad(self, test, error):
        self.told(test, False, self._exc_info_to_string(error, test))

    def addError(self, test, error):
        super().addError(test, error)
        self._bad(test, error)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._bad(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            self._bad(subtest, error)


def example(document):
    """The folder of golden vectors that the documentation has"""
    folder = document.globs["folder"] = tempfile.mkdtemp()
    subprocess.run([f"{os.environ['BUILD']}/dcom", "vectors", "spectrum(40,36)", "--config", "tiny", "--rank", "12", "--outliers", "3", "--trace",
                    "--out", folder, "--quiet"], check=True)


loader, names = unittest.TestLoader(), sys.argv[1:]
if names:
    suite = loader.loadTestsFromNames(names)
else:
    suite = loader.discover("tests/python", "test_*.py", "tests/python")
    suite.addTests(doctest.DocFileSuite("docs/python.md", module_relative=False, setUp=example, tearDown=lambda d: shutil.rmtree(d.globs["folder"])))
result = Tap()
suite.run(result)
print(f"1..{result.count}")
sys.exit(not result.wasSuccessful() or result.count == 0)

# test_install.py - which library is taken, and refused; the module as pip and as `make install` put it.
# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import dcom
from test_layout import compiler

LIBRARY = os.environ["DCOM_LIBRARY"]
SAYS = "import dcom; print(dcom.__file__, dcom._library.lib._name, dcom.decompose([[1.0, 2.0], [3.0, 4.0]], config='tiny', rank=1, outliers=0).rank)"


class Install(unittest.TestCase):
    def python(self, path, code=SAYS, **environment):
        cleared = {k: v for k, v in os.environ.items() if k not in ("DCOM_LIBRARY", "PYTHONPATH", "LD_LIBRARY_PATH")}
        done = subprocess.run([sys.executable, "-c", code], env={**cleared, "PYTHONPATH": path, **environment}, capture_output=True,
                              text=True, check=False, cwd="/")
        return done.returncode, done.stdout.split(), done.stderr.strip().splitlines()[-1:] or [""]

    def folder(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        return temporary.name

    def test_pip(self):
        site = os.environ["SITE"]
        self.assertEqual(self.python(site, DCOM_LIBRARY=LIBRARY), (0, [f"{site}/dcom/__init__.py", LIBRARY, "1"], [""]))
        found = [name for name in os.listdir(site) if name.endswith(".dist-info")]
        self.assertEqual(found, [f"dcom-{dcom.VERSION}.dist-info"])

    def test_prefix(self):
        """With no variable set, the library of the same PREFIX, wherever that is moved"""
        prefix = f"{self.folder()}/moved"
        shutil.copytree(os.environ["PREFIX"], prefix, symlinks=True)
        path = f"{prefix}/share/dcom/python"
        self.assertEqual(self.python(path), (0, [f"{path}/dcom/__init__.py", f"{prefix}/lib/libdcom.so.{dcom.ABI}", "1"], [""]))

    def test_loader(self):
        lib = f"{os.environ['PREFIX']}/lib"
        self.assertEqual(self.python(os.path.abspath("python"), LD_LIBRARY_PATH=lib)[:2],
                         (0, [os.path.abspath("python/dcom/__init__.py"), f"libdcom.so.{dcom.ABI}", "1"]))

    def refused(self, message, **environment):
        code, out, error = self.python(os.path.abspath("python"), **environment)
        self.assertEqual((code, out), (1, []))
        self.assertRegex(error[0], message)

    def test_none(self):
        self.refused(rf"^ImportError: dcom: libdcom\.so\.{dcom.ABI}: .*; the environment variable DCOM_LIBRARY says where another is$")
        self.refused("^ImportError: dcom: /nowhere.so: ", DCOM_LIBRARY="/nowhere.so")

    def test_other_abi(self):
        folder = self.folder()
        for name, text, message in (
                ("newer", f"unsigned dcom_abi_version(void) {{ return {dcom.ABI + 1}; }}",
                 f"its ABI is {dcom.ABI + 1}, this module's is {dcom.ABI}"),
                ("strange", "int other(void) { return 1; }", "not libdcom: it has no dcom_abi_version")):
            path = f"{folder}/{name}.so"
            subprocess.run([compiler(), "-shared", "-fPIC", "-x", "c", "-", "-o", path], input=text, text=True, check=True)
            self.refused(f"^ImportError: dcom: {path}: {message}$", DCOM_LIBRARY=path)

# test_layout.py - every structure, number and name of dcom.h in _library.py, against what a C compiler makes of the header.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import dcom
from dcom import _library

HEADER = "cmodel/dcom.h"


def compiler():
    return next(name for name in (os.environ.get("CC"), "clang", "gcc", "cc") if name and shutil.which(name))


def compiled(lines):
    """The words that a C program of these lines prints"""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/layout.c", "w", encoding="ascii") as file:
            file.write("\n".join(["#include <stddef.h>", "#include <stdio.h>", '#include "dcom.h"', "int main(void) {", *lines, "}"]))
        subprocess.run([compiler(), "-Wall", "-Wextra", "-Werror", "-Icmodel", f"{folder}/layout.c", "-o", f"{folder}/layout"], check=True)
        return subprocess.run([f"{folder}/layout"], check=True, capture_output=True, text=True).stdout.split()


class Layout(unittest.TestCase):
    def test_structures(self):
        """Sizes, offsets, signedness; and as many fields as there are, for one more would be in -Wmissing-field-initializers"""
        lines, want = [], []
        for name, struct in _library.STRUCTURES.items():
            lines.append(f'printf("%zu\\n", sizeof({name}));')
            want.append(ctypes.sizeof(struct))
            initial = []
            for field, kind in struct._fields_:
                place = getattr(struct, field)
                lines.append(f'printf("%zu %zu\\n", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));')
                want += [place.offset, place.size]
                array = issubclass(kind, ctypes.Array)
                initial.append("{0}" if array else "0")
                element = kind._type_ if array or hasattr(kind, "contents") else kind
                if element is not ctypes.c_char:
                    access = f"(({name} *)0)->{field}" + ("[0]" if element is not kind else "")
                    lines.append(f'printf("%d %zu\\n", (__typeof__({access} + 0))-1 < 0, sizeof({access}));')
                    # a small unsigned number is an int in a sum
                    signed = element(-1).value < 0 or ctypes.sizeof(element) < 4
                    want += [int(signed), ctypes.sizeof(element)]
            lines.append(f"{{ {name} whole = {{{', '.join(initial)}}}; (void)whole; }}")
        self.assertEqual([int(word) for word in compiled(lines)], want)

    def test_numbers(self):
        """Statuses, reasons to stop, flags, versions: their values, and that there are no others"""
        with open(HEADER, encoding="utf-8") as file:
            text = file.read()
        ours = {"DCOM_OK": 0, **{f"DCOM_E_{s.name}": s.value for s in dcom.Status if s}, **{f"DCOM_STOP_{s.name}": s.value for s in dcom.Stop},
                **{f"DCOM_FLAG_{f.name}": f.value for f in dcom.Flags}, "DCOM_ABI": dcom.ABI, "DCOM_NUMERIC_CONTRACT": dcom.NUMERIC_CONTRACT}
        theirs = re.findall(r"^ +(DCOM_(?:OK|E_\w+|STOP_\w+|FLAG_\w+))\b", text, re.M)
        self.assertEqual(set(theirs), {name for name in ours if name not in ("DCOM_ABI", "DCOM_NUMERIC_CONTRACT")})
        words = compiled([f'printf("%d\\n", (int){name});' for name in ours] + ['printf("%s\\n", DCOM_VERSION);'])
        self.assertEqual([int(word) for word in words[:-1]], list(ours.values()))
        self.assertEqual(words[-1], dcom.VERSION)
        self.assertEqual(words[-1], dcom.__version__)

    def test_status_names(self):
        name = _library.lib.dcom_status_name
        name.restype = ctypes.c_char_p
        for status in dcom.Status:
            self.assertEqual(name(status.value).decode(), status.name)

    def test_functions(self):
        """Each function has as many arguments as its declaration"""
        with open(HEADER, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        declared = dict(re.findall(r"\b(dcom_\w+)\(([^)]*)\);", text))
        checked = 0
        for name, arguments in declared.items():
            function = _library.lib.__dict__.get(name)
            if function is None or function.argtypes is None:
                continue
            count = 0 if arguments.strip() == "void" else arguments.count(",") + 1
            self.assertEqual(len(function.argtypes), count, name)
            checked += 1
        self.assertGreater(checked, 25)

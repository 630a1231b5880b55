# tap.py RESULTS.xml: cocotb's results as TAP.
# SPDX-License-Identifier: Apache-2.0
import sys
import xml.etree.ElementTree as tree

count = 0
for case in tree.parse(sys.argv[1]).iter("testcase"):
    count += 1
    bad = case.find("failure") is not None or case.find("error") is not None or case.find("skipped") is not None
    print(f"{'not ok' if bad else 'ok'} {count} - {case.get('classname')}: {case.get('name')}")
print(f"1..{count}")

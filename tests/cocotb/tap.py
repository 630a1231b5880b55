# tap.py NAME...: cocotb's results in the files NAME.xml, in turn, as TAP; where a file is missing, a case that failed.
# SPDX-License-Identifier: Apache-2.0
import sys
import xml.etree.ElementTree as tree

count = 0
for name in sys.argv[1:]:
    try:
        cases = list(tree.parse(f"{name}.xml").iter("testcase"))
    except (OSError, tree.ParseError):
        cases = []
    if not cases:
        count += 1
        print(f"not ok {count} - {name}: no results")
    for case in cases:
        count += 1
        bad = case.find("failure") is not None or case.find("error") is not None or case.find("skipped") is not None
        print(f"{'not ok' if bad else 'ok'} {count} - {case.get('classname')}: {case.get('name')}")
print(f"1..{count}")

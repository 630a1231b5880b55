# report.mk - the page of the report: regress/page/ put together, as a C string. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

PAGE := regress/page/page.html regress/page/page.css $(addprefix regress/page/,base.js charts.js table.js page.js)

$(BUILD)/report_page.inc: $(PAGE) regress/report.mk
	@mkdir -p $(@D)
	cat $(filter %.js,$^) > $@.js
	sed -e '/^@style@$$/{r regress/page/page.css' -e 'd}' -e '/^@script@$$/{r $@.js' -e 'd}' regress/page/page.html | \
	    sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' > $@
	@rm $@.js
$(call object,regress/report_page.c): $(BUILD)/report_page.inc

# install.mk - what users get: libdcom.so, a libdcom.a that shows no more than it, and `make install`.
# Included by the Makefile. SPDX-License-Identifier: Apache-2.0

# ---- the library as a product; build/libdcom.a is for the tests, which look inside ----

ABI := $(shell sed -nE 's/^\#define DCOM_ABI ([0-9]+).*/\1/p' cmodel/dcom.h)
VERSION := $(shell sed -nE 's/^\#define DCOM_VERSION "(.*)"/\1/p' cmodel/dcom.h)
SONAME := libdcom.so.$(ABI)
SHARED := $(SONAME).$(VERSION)

product: $(BUILD)/libdcom.so $(BUILD)/product/libdcom.a $(BUILD)/dcom $(BUILD)/dcom_csr.h

$(BUILD)/$(SHARED): $(BUILD)/libdcom.a
	$(CC) $(CFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,--whole-archive $< -Wl,--no-whole-archive -o $@ $(LIBRARY_LIBS)

$(BUILD)/libdcom.so: $(BUILD)/$(SHARED)
	ln -sf $(SHARED) $(BUILD)/$(SONAME)
	ln -sf $(SONAME) $@

# One object, in which all that is not declared in dcom.h is local: a program may have an apply_layer() of its own
$(BUILD)/product/libdcom.a: $(BUILD)/libdcom.a
	@mkdir -p $(@D)
	ld -r --whole-archive $< -o $(@D)/libdcom.o
	objcopy --localize-hidden $(@D)/libdcom.o
	@rm -f $@
	ar rcs $@ $(@D)/libdcom.o

# The registers under names that are ours
$(BUILD)/dcom_csr.h: $(BUILD)/csr_map.h
	sed 's/\bCSR_/DCOM_CSR_/g' $< > $@

# ---- install ----

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
AT = $(DESTDIR)$(PREFIX)
AT_LIB = $(DESTDIR)$(LIBDIR)

# Folders of share/dcom, each with its files; a folder without files is left out
SHARE := rtl replay vectors sv python/dcom $(CONFIGS)
SHARE_rtl = $(wildcard rtl/*.v rtl/*.vh) $(filter %.vh,$(RTL_HEADERS))
SHARE_replay = $(wildcard tb/replay/*.v tb/replay/*.vh)
SHARE_vectors = $(wildcard vectors/*.cases)
SHARE_sv = sv/dcom_pkg.sv sv/dcom_dpi.c tb/generate.vh
SHARE_python/dcom = $(wildcard python/dcom/*.py)
$(foreach c,$(CONFIGS),$(eval SHARE_$c = rtl/config/$c.cfg $(BUILD)/$c/dcom_config.vh))

define DCOM_PC
prefix=$(PREFIX)
libdir=$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))
includedir=$${prefix}/include
datadir=$${prefix}/share/dcom

Name: dcom
Description: Bit-exact golden model of the D-com low-rank decomposition co-accelerator
Version: $(VERSION)
Requires.private: $(LIBRARY_REQUIRES)
Libs: -L$${libdir} -ldcom
Libs.private: -lm
Cflags: -I$${includedir}
endef
export DCOM_PC

install: product headers ## library, headers, pkg-config file, command, RTL and more: PREFIX=/usr/local DESTDIR=
	install -d $(AT)/bin $(AT)/include $(AT_LIB)/pkgconfig
	install $(BUILD)/dcom $(AT)/bin
	install -m 644 cmodel/dcom.h $(BUILD)/dcom_csr.h $(AT)/include
	install -m 644 $(BUILD)/$(SHARED) $(BUILD)/product/libdcom.a $(AT_LIB)
	ln -sf $(SHARED) $(AT_LIB)/$(SONAME)
	ln -sf $(SONAME) $(AT_LIB)/libdcom.so
	echo "$$DCOM_PC" > $(AT_LIB)/pkgconfig/dcom.pc
	$(foreach f,$(SHARE),$(if $(SHARE_$f),install -D -m 644 -t $(AT)/share/dcom/$f $(SHARE_$f) &&)) true

uninstall: ## removes what install put there
	rm -f $(AT)/bin/dcom $(addprefix $(AT)/include/,dcom.h dcom_csr.h)
	rm -f $(addprefix $(AT_LIB)/,$(SHARED) $(SONAME) libdcom.so libdcom.a pkgconfig/dcom.pc)
	rm -rf $(AT)/share/dcom

.PHONY: product install uninstall

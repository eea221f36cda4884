# SPDX-License-Identifier: BSD-2-Clause
# conctrace: make help prints the targets. Output goes to build/.
V ?= 0
SAN ?=
BPF ?= 1
SDL ?= 1
B ?= build$(if $(SAN),-san)
prefix ?= /usr/local
bindir ?= $(prefix)/bin
libexecdir ?= $(prefix)/libexec/conctrace
mandir ?= $(prefix)/share/man
datadir ?= $(prefix)/share
includedir ?= $(prefix)/include

CLANG ?= clang
BPFTOOL ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
PKG_CONFIG ?= pkg-config
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2))

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef
# With CI=1 warnings are errors, in what was built before, too; from then on they stay so in that folder.
STRICT := $(if $(filter-out 0,$(CI)),$(B)/strict,$(wildcard $(B)/strict))
FLAGS := -std=gnu11 -D_GNU_SOURCE $(WARN) $(if $(STRICT),-Werror) $(if $(SAN),-fsanitize=$(SAN) \
	-fno-omit-frame-pointer -fno-sanitize-recover=all) $(CFLAGS) -Iuserspace -I. -I$(B) -MMD -MP
# The state machine and the analyses are many small functions in many files: the programs are optimised
# as a whole, which saves a third of the time of a report. Tests link the same objects one by one.
CC_IS := $(shell $(CC) -v 2>&1)
LTO ?= $(if $(SAN),,$(if $(findstring gcc version,$(CC_IS)),-O3 -flto=auto -ffat-lto-objects))
NO_LTO := $(if $(LTO),-fno-lto)
# What -O3 takes for possible by what it has inlined is a warning also where warnings are errors.
GUESSES := maybe-uninitialized format-truncation format-overflow stringop-overflow stringop-overread array-bounds
# Seen across files, what a result of 0 promises is taken for doubt; within each it is checked.
DO_LTO := $(if $(LTO),$(LTO) -Wno-maybe-uninitialized $(patsubst %,-Wno-error=%,$(GUESSES)))
LIBS := -lz -lm
SDL_CFLAGS = $(shell $(PKG_CONFIG) --cflags sdl2 SDL2_ttf libpng)
SDL_LIBS = $(shell $(PKG_CONFIG) --libs sdl2 SDL2_ttf libpng)

LIB_SRC := $(wildcard $(patsubst %,userspace/%/*.c,base trace import export model analysis))
CMD_SRC := $(wildcard userspace/cmd/*.c)
BPF_CMD := $(patsubst %,userspace/cmd/%.c,record record_options signals watcher doctor workloads lessons lesson_run question seen tour)
ifeq ($(BPF),0)
CMD_SRC := $(filter-out $(BPF_CMD),$(CMD_SRC))
$(B)/userspace/cmd/main.o: FLAGS += -DNO_BPF
else
CMD_SRC += $(wildcard userspace/collect/*.c)
LIBS_CMD := -lbpf -ldw -lelf -liberty -pthread
endif
# Of the collector, what needs neither libbpf nor libdw: for tests.
NAMING_SRC := $(patsubst %,userspace/collect/%.c,answers asked cpython holders maps naming rings sockets)
SDL_SRC := viz/paint_sdl.c viz/window_sdl.c viz/font.c
VIZ_SRC := $(filter-out $(if $(filter 0,$(SDL)),$(SDL_SRC),viz/no_sdl.c),$(wildcard viz/*.c))
LESSON_SRC := workloads/truth.c workloads/crew.c
WORKLOADS := $(patsubst workloads/%.c,$(B)/workloads/%,$(filter-out $(LESSON_SRC),$(wildcard workloads/*.c)))
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
objects = $(patsubst %.c,$(B)/%.o,$(1))
PROGRAMS := $(B)/conctrace $(B)/conctrace-view

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: FORCE all help deps demo check check-fast check-kernels check-lessons bench viewer workloads unit witness install clean
all: $(PROGRAMS) workloads

help:
	@printf '%s\n' 'make            build everything in build/' \
	'make deps       install the Debian packages that building and testing need' \
	'make demo       deps, build, trace a bundled workload live (no display: demo.png and text)' \
	'make check      deps, build, every test' \
	'make check-fast unit and golden tests: no root, no display' \
	'make check-kernels  KERNELS="6.1 6.12": recording on those, with 8 cores, in QEMU' \
	'make check-lessons  RUNS=10: every lesson so often in a row' \
	'make bench      speed, size and memory against the targets and against other tracers' \
	'make viewer     only conctrace-view: needs no libbpf, no clang' \
	'make install    DESTDIR= prefix=/usr/local' \
	'make clean      remove what was built' \
	'options         V=1 show commands, SAN=address,undefined, BPF=0, SDL=0, CI=1 (-Werror)'

viewer: $(B)/conctrace-view
TWINS := $(patsubst %,$(B)/%,$(wildcard workloads/python/*.py))
workloads: $(WORKLOADS) $(TWINS) $(B)/workloads/lessons.txt
unit: $(UNIT) $(FUZZ) $(B)/tests/all_types $(B)/tests/bare $(B)/tests/bare-view
witness: $(if $(filter 0,$(BPF)),,$(B)/tests/witness)

# How it was built is kept beside it, and what was built otherwise is built again: an object by the flags, a
# program also by what of eBPF and SDL it has.
kept = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(1))' >$@
$(B)/flags: FORCE
	$(call kept,$(CC) $(SAN) $(CFLAGS) $(LTO))
$(B)/flags.bpf: FORCE
	$(call kept,BPF=$(BPF))
$(B)/flags.sdl: FORCE
	$(call kept,SDL=$(SDL))
$(B)/strict: FORCE
	@mkdir -p $(@D); [ -e $@ ] || touch $@
$(B)/userspace/cmd/main.o: $(B)/flags.bpf

$(call objects,$(LIB_SRC)): FLAGS += $(LTO) $(if $(LTO),$(patsubst %,-Wno-error=%,$(GUESSES)))

$(B)/libconctrace.a: $(call objects,$(LIB_SRC))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/conctrace: $(call objects,$(CMD_SRC)) $(B)/libconctrace.a $(B)/flags.bpf
	$(call say,LINK,$@)
	$(Q)$(CC) $(FLAGS) $(DO_LTO) $(filter %.o %.a,$^) $(LIBS_CMD) $(LIBS) -o $@

$(B)/conctrace-view: $(call objects,$(VIZ_SRC)) $(B)/libconctrace.a $(B)/flags.sdl
	$(call say,LINK,$@)
	$(Q)$(CC) $(FLAGS) $(DO_LTO) $(filter %.o %.a,$^) $(if $(filter 0,$(SDL)),,$(SDL_LIBS)) $(LIBS) -o $@

$(B)/%.o: %.c $(B)/flags $(STRICT)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(FLAGS) $(if $(filter $<,$(SDL_SRC)),$(SDL_CFLAGS)) -c $< -o $@

$(B)/workloads/%: workloads/%.c $(LESSON_SRC) $(wildcard workloads/*.h include/*.h) $(B)/flags $(STRICT)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(FLAGS) -Iinclude $(filter %.c,$^) -pthread -lm -o $@

$(B)/workloads/lessons.txt: workloads/list.sh workloads/lessons.list $(WORKLOADS)
	$(call say,LIST,$@)
	$(Q)workloads/list.sh $(@D) $(WORKLOADS) <workloads/lessons.list >$@

$(B)/workloads/python/%.py: workloads/python/%.py
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@

# The viewer without its window, for tests.
$(B)/libviz.a: $(call objects,$(filter-out viz/main.c viz/no_sdl.c $(SDL_SRC),$(VIZ_SRC)))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/libnaming.a: $(call objects,$(NAMING_SRC))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/tests/%: tests/unit/%.c $(B)/libviz.a $(B)/libnaming.a $(B)/libconctrace.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(FLAGS) $(NO_LTO) $< $(filter %.a,$^) -lcmocka -pthread $(LIBS) -o $@

$(B)/tests/%: tests/fuzz/%.c tests/fuzz/standalone.c $(B)/libconctrace.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(FLAGS) $(NO_LTO) $(filter %.c,$^) $(B)/libconctrace.a $(LIBS) -o $@

$(B)/tests/%: tests/format/%.c $(B)/libconctrace.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(FLAGS) $(NO_LTO) $< $(B)/libconctrace.a -lcmocka $(LIBS) -o $@

# The kernel side: one object, one skeleton. BPF_ARCH selects the pt_regs layout.
BPF_ARCH ?= $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))
BPF_FLAGS = -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Wall -Wextra -Werror \
	-Wno-unused-parameter -Iuserspace -Ibpf -I/usr/include/$(shell uname -m)-linux-gnu
BPF_OBJ = $(B)/bpf/conctrace.$(BPF_ARCH).bpf.o
$(B)/bpf/conctrace.%.bpf.o: bpf/conctrace.bpf.c $(wildcard bpf/*.h) userspace/trace/record.h
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_FLAGS) -c $< -o $@

$(B)/bpf/conctrace.skel.h: $(BPF_OBJ)
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name conctrace_bpf > $@
$(B)/userspace/collect/probes.o: $(B)/bpf/conctrace.skel.h

# What the live tests hold the numbers against: a tracer of its own.
$(B)/tests/witness.bpf.o: tests/live/witness.bpf.c tests/live/witness.h
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_FLAGS) -c $< -o $@

$(B)/tests/witness.skel.h: $(B)/tests/witness.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name witness_bpf > $@

$(B)/tests/witness: tests/live/witness.c tests/live/witness.h $(B)/tests/witness.skel.h
	$(call say,CC,$<)
	$(Q)$(CC) $(FLAGS) -Itests/live $< -lbpf -lelf -lz -o $@

# What BPF=0 and SDL=0 leave out is left by all of the rest: linked for tests, with the library that is there.
$(B)/tests/bare: $(filter-out $(BPF_CMD),$(wildcard userspace/cmd/*.c)) $(B)/libconctrace.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(FLAGS) -O0 -DNO_BPF $(NO_LTO) $(filter %.c %.a,$^) $(LIBS) -o $@

$(B)/tests/bare-view: viz/main.c viz/no_sdl.c $(B)/libviz.a $(B)/libconctrace.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(FLAGS) -O0 $(NO_LTO) $(filter %.c %.a,$^) $(LIBS) -o $@

deps:
	@tests/deps.sh

demo: deps
	@$(MAKE) --no-print-directory all
	@tests/demo.sh $(B)

# Warnings are errors with the compiler and the flags that are known to have none; others may warn of more.
KNOWN := $(if $(SAN)$(filter-out file,$(origin CFLAGS)),,$(findstring Debian 12.,$(CC_IS)))
CHECK_CI := $(or $(CI),$(if $(KNOWN),1))
check: deps
	@$(MAKE) --no-print-directory CI=$(CHECK_CI) all unit witness
	@tests/run.sh $(B)

check-fast:
	@$(MAKE) --no-print-directory BPF=0 SDL=0 LTO= B=build-fast build-fast/conctrace viewer unit
	@tests/run.sh build-fast fast

check-kernels: all
	@python3 tests/kernels.py $(B) $(KERNELS)

RUNS ?= 10
check-lessons: all witness
	@for run in $$(seq $(RUNS)); do python3 tests/live/test_lessons.py $(B) >$(B)/lessons.log || bad=1; \
	echo "run $$run: $$(grep -c '^ok' $(B)/lessons.log) passed, $$(grep -c '^not ok' $(B)/lessons.log) failed"; \
	grep -B1 -e '^not ok' -e '^# ' $(B)/lessons.log; done; [ -z "$$bad" ]

$(B)/bench/%: bench/%.c $(B)/libconctrace.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(FLAGS) $(NO_LTO) $< $(B)/libconctrace.a $(LIBS) -o $@

bench: all $(B)/bench/bench_codec $(B)/bench/make_trace $(B)/bench/futex_pingpong
	@$(B)/bench/bench_codec
	@python3 bench/run.py $(B)

install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir)/workloads $(DESTDIR)$(mandir)/man1
	install -m 755 $(PROGRAMS) $(DESTDIR)$(bindir)
	install -m 755 $(WORKLOADS) $(DESTDIR)$(libexecdir)/workloads
	install -m 644 $(B)/workloads/lessons.txt $(DESTDIR)$(libexecdir)/workloads
	install -d $(DESTDIR)$(libexecdir)/workloads/python
	$(if $(TWINS),install -m 755 $(TWINS) $(DESTDIR)$(libexecdir)/workloads/python)
	install -m 644 $(wildcard man/*.1) $(DESTDIR)$(mandir)/man1
	install -D -m 644 include/conctrace.h $(DESTDIR)$(includedir)/conctrace.h
	install -D -m 644 viz/desktop/conctrace.desktop $(DESTDIR)$(datadir)/applications/conctrace.desktop
	install -D -m 644 viz/desktop/conctrace.xml $(DESTDIR)$(datadir)/mime/packages/conctrace.xml
	install -D -m 644 viz/desktop/conctrace.svg $(DESTDIR)$(datadir)/icons/hicolor/scalable/apps/conctrace.svg

clean:
	rm -rf build build-san build-fast

-include $(shell find $(B) -name '*.d' 2>/dev/null)

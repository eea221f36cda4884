# SPDX-License-Identifier: BSD-2-Clause
# make deps: Debian packages · make: build · make check: set-up and every test
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
B := build
CC ?= gcc
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
ALL_CFLAGS := -std=gnu11 $(WARN) $(if $(CI),-Werror) $(SANFLAGS) $(CFLAGS) -Iuserspace -I. -MMD -MP

LIB_SRC := $(wildcard userspace/base/*.c userspace/trace/*.c userspace/model/*.c userspace/analysis/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))

.DELETE_ON_ERROR:
.PHONY: all deps check clean
all: $(B)/libconctrace.a

$(B)/libconctrace.a: $(LIB_OBJ)
	@echo "  AR      $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

$(B)/tests/%: tests/unit/%.c $(B)/libconctrace.a
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(ALL_CFLAGS) $< $(B)/libconctrace.a -lcmocka -lz -o $@

deps:
	@tests/deps.sh

check: deps
	@$(MAKE) --no-print-directory all unit
	@tests/run.sh

unit: $(UNIT)
.PHONY: unit

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

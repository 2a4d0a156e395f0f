# Makefile - GNU make; see README.md

VERSION = 0.1

# The parts, in reading order: each includes only parts named before it.
LIB = span text os file confine log wire reply verb path param dot listing \
      users maildir spool trace envelope message peer record stranger options \
      setup reader dialogue script talk

# A static program starts four times as fast, so it is made where musl is there.
ifeq ($(origin CC),default)
ifneq ($(shell command -v musl-gcc),)
CC = musl-gcc
STATIC = -static
else
CC = cc
endif
endif
O ?= build

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-qual \
	-Wpointer-arith -Wvla -Wundef -Wformat=2
HARDENING = -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
OURS = -std=c17 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -Ilib -O2 -g $(WARNINGS) $(HARDENING)
OBJECTS = $(LIB:%=$(O)/%.o)

all: smtp-stdio

smtp-stdio: $(O)/smtp-stdio.o $(OBJECTS)
	$(CC) $(CFLAGS) $(STATIC) -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^

$(O)/%.o: lib/%.c
	@mkdir -p $(O)
	$(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -MMD -c -o $@ $<
$(O)/%.o: %.c
	@mkdir -p $(O)
	$(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -MMD -c -o $@ $<

-include $(OBJECTS:.o=.d) $(O)/smtp-stdio.d

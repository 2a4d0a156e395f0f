# smtp-stdio - GNU make
#
#   make             the program
#   make demo        shows a session and the mail that it stored
#   make serve       catches mail on localhost:2525, or PORT; TLS=yes, USERS=FILE
#   make check       all tests; installs what they need, where it may
#   make install     program, manual pages, systemd units, users.txt, completion
#   make uninstall   removes them, but no mail and no users.txt that was edited
#   make clean
#
# tests/tests.mk has the longer tests, analysers and benchmarks, pack/pack.mk the
# packages and the generated pages.
#
# PREFIX (/usr/local) and DESTDIR say where to; /etc/smtp-stdio stays there.
# CC, CPPFLAGS, CFLAGS and LDFLAGS are added to the flags below.  SYSTEMD=yes adds
# structured fields in systemd's journal; the program is then dynamic and takes
# four times as long to start.

VERSION = 0.1

# The parts by room, in reading order: each includes only parts named before it.
LIB = \
	base/span base/text base/utf8 base/fds base/os base/file base/beneath base/tempfile \
	base/sandbox base/seccomp base/journal base/log base/children base/process \
	smtp/wire smtp/reply smtp/base64 smtp/verb smtp/path smtp/param smtp/dot \
	smtp/bdat smtp/header smtp/trace smtp/nonsmtp smtp/peer smtp/proxy_v1 \
	smtp/proxy \
	cli/usage cli/value cli/options \
	users/userfile users/key users/action users/entry users/users \
	monitor/request monitor/tls monitor/state monitor/output monitor/job monitor/command \
	monitor/work monitor/line monitor/filter monitor/checkpassword monitor/policy \
	monitor/service monitor/monitor \
	store/maildir store/spool store/envelope \
	store/recipient store/copy store/runner store/filtering store/delivery \
	session/message session/sessionlog session/startup \
	session/session session/policies session/begin session/auth session/answer session/lab \
	check/report check/userfile_check check/tlscert check/tlshello \
	check/tlscheck check/trial check/confinement check/commandcheck \
	check/programs check/check \
	client/escape client/glob client/linereader client/terminal client/recorder \
	client/secret client/conversation client/transcript client/server client/suite \
	client/client

# Static with musl if it is installed: it starts four times as fast.
ifeq ($(origin CC),default)
CC := $(if $(SYSTEMD),cc,$(or $(shell command -v musl-gcc),cc))
endif
ifeq ($(notdir $(CC)),musl-gcc)
LINKING = -static
BUILD = static with musl
else
LINKING = -pie
PIE = -fPIE
BUILD = dynamic with $(notdir $(firstword $(CC)))
endif

ifeq ($(SYSTEMD),yes)
JOURNAL = lib/base/journal_systemd.c
LIBS = -lsystemd
else
JOURNAL = lib/base/journal_none.c
endif

O = build
PROGRAM = smtp-stdio
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-qual \
	-Wpointer-arith -Wvla -Wundef -Wformat=2
HARDENING = -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
	$(PIE)
COMPILE = $(CC) -std=c17 -D_XOPEN_SOURCE=700 -D_FILE_OFFSET_BITS=64 \
	-D_TIME_BITS=64 -Ilib -O2 -g $(WARNINGS) \
	$(HARDENING) $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) $(CFLAGS) $(LINKING) -Wl,-z,relro,-z,now $(LDFLAGS)

PARTS = $(LIB:%=$(O)/%.o)

all: $(PROGRAM)

$(PROGRAM): $(O)/smtp-stdio.o $(PARTS)
	$(LINK) -o $@ $^ $(LIBS)

$(O)/%.o: lib/%.c $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/%.o: %.c $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/base/journal.o: $(JOURNAL) $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/cli/usage.o: CPPFLAGS += -DVERSION='"$(VERSION)"' -DBUILD='"$(BUILD)"'

# Changes with the compiler and the flags, so that all is compiled again.
$(O)/flags: always
	@mkdir -p $(O) $(sort $(dir $(PARTS)))
	@echo '$(COMPILE) $(LINK) $(LIBS)' | cmp -s - $@ || \
		echo '$(COMPILE) $(LINK) $(LIBS)' >$@

-include $(wildcard $(O)/*.d $(O)/*/*.d)

demo: $(PROGRAM)
	@tools/demo ./$(PROGRAM)

PORT = 2525
serve: $(PROGRAM)
	@tools/serve ./$(PROGRAM) $(PORT)

# tests/tools may install musl-gcc, so the tests are built in a second make.
check:
	@tests/tools
	@$(MAKE) --no-print-directory check-here

include tests/tests.mk

PREFIX = /usr/local
SBIN = $(DESTDIR)$(PREFIX)/sbin
SYSTEM = $(DESTDIR)$(PREFIX)/lib/systemd/system
MAN = $(DESTDIR)$(PREFIX)/share/man
BASH = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ETC = $(DESTDIR)/etc/smtp-stdio
MAN5 = $(wildcard doc/man/*.5)
MAN8 = $(wildcard doc/man/*.8)
SERVICES = smtp-stdio@.service smtp-stdio-tls@.service \
	smtp-stdio-tcpserver.service
SOCKETS = smtp-stdio.socket smtp-stdio-tls.socket

# users.txt is readable for all: the dynamic user of systemd has to read it.
install: $(PROGRAM)
	for dir in $(SBIN) $(SYSTEM) $(MAN)/man5 $(MAN)/man8 $(BASH) $(ETC); do \
		[ -d $$dir ] || install -d $$dir || exit; done
	install -m 755 $(PROGRAM) $(SBIN)/smtp-stdio
	install -m 755 tools/smtp-stdio-tls $(SBIN)
	install -m 644 $(SOCKETS:%=units/%) $(SYSTEM)
	for unit in $(SERVICES); do \
		sed -e 's,/usr/local/,$(PREFIX)/,' $(JOURNAL_UNIT) units/$$unit \
			>$(SYSTEM)/$$unit && chmod 644 $(SYSTEM)/$$unit || exit; done
	install -m 644 $(MAN5) $(MAN)/man5
	install -m 644 $(MAN8) $(MAN)/man8
	install -m 644 pack/smtp-stdio.bash $(BASH)/smtp-stdio
	[ -e $(ETC)/users.txt ] || [ -L $(ETC)/users.txt ] || \
		install -m 644 pack/users.txt $(ETC)

# A users.txt that was edited stays.
uninstall:
	rm -f $(SBIN)/smtp-stdio $(SBIN)/smtp-stdio-tls \
		$(SOCKETS:%=$(SYSTEM)/%) $(SERVICES:%=$(SYSTEM)/%) $(MAN5:doc/man/%=$(MAN)/man5/%) \
		$(MAN8:doc/man/%=$(MAN)/man8/%) $(BASH)/smtp-stdio
	! cmp -s pack/users.txt $(ETC)/users.txt || rm $(ETC)/users.txt
	rmdir $(ETC) 2>/dev/null || :

include pack/pack.mk

clean:
	rm -rf build smtp-stdio smtp-stdio-*.tar.gz

always:
.SECONDARY:
.PHONY: all always check clean demo install serve uninstall

# smtp-stdio - GNU make
#
#   make             the program
#   make demo        shows a session and the mail that it stored
#   make serve       listens on localhost:2525, or PORT
#   make check       all tests; installs what they need, where it may
#   make transcripts only the dialogues; with any CC
#   make smuggle     its test of where messages end, in some minutes
#   make sanitize    the same with the address and undefined-behaviour sanitizers
#   make faults      every system call fails once, which takes minutes
#   make bench       how fast it is, beside its peers: all, or FIGURE=start
#   make growth      what grows with what; these two write to build/bench
#   make count       instructions and calls, against tests/bench/count.budget
#   make fuzz        each parser, and whole sessions, for SECONDS each
#   make cluster     several hosts, of which one dies, and what that costs
#   make analyze     gcc's, clang's and cppcheck's static analysis
#   make bench-listeners  what a connection costs, by listener; takes root
#   make format      settles the layout of the code; format-check compares
#   make spell       the spelling of code and papers
#   make install     the program, its manual pages, the systemd units, users.txt
#                    and completion for bash
#   make doc         doc/classroom.md from the tables in the code, and the pictures
#   make uninstall   takes them away, but no mail and no users.txt of yours
#   make dist        a tar file of what is committed
#   make deb         a Debian package, in build/packages
#   make tarball     a tar file of the program, static, to be installed anywhere
#   make clean
#
# PREFIX (/usr/local) and DESTDIR say where to; /etc/smtp-stdio stays there.
# CC, CPPFLAGS, CFLAGS and LDFLAGS add to ours.  SYSTEMD=yes asks for structured
# fields in systemd's journal, at the price of a dynamic program that starts in
# four times the time.

VERSION = 0.1

# The parts by room, in reading order: each includes only parts named before it.
LIB = \
	base/span base/text base/file base/os base/sandbox base/journal \
	base/log base/process \
	smtp/wire smtp/reply smtp/verb smtp/path smtp/param smtp/dot \
	smtp/bdat smtp/trace smtp/nonsmtp smtp/peer smtp/proxy_v1 \
	smtp/proxy \
	cli/usage cli/options \
	users/userfile users/action users/users \
	store/maildir store/spool store/envelope \
	store/recipient store/command store/delivery \
	session/message session/sessionlog session/tls session/startup \
	session/session session/lab \
	check/report check/userfile_check check/tlscert check/tlshello \
	check/tlscheck check/check \
	client/escape client/glob client/linereader client/terminal client/recorder \
	client/conversation client/transcript client/server client/suite client/client

# A static program starts four times as fast, so it is made where musl is there.
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
# Its fields go to the journal by a UNIX socket.
JOURNAL_UNIT = -e 's/^RestrictAddressFamilies=none/RestrictAddressFamilies=AF_UNIX/' \
	-e 's/^RestrictAddressFamilies=AF_INET/& AF_UNIX/' \
	-e 's/^\(SystemCallFilter=~connect.*\) sendmsg/\1/'
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
UNITS = $(patsubst tests/unit/%.c,$(O)/%,$(wildcard tests/unit/test_*.c))
SOURCES = $(wildcard smtp-stdio.c lib/*/*.[ch] tests/*/*.[ch])

all: $(PROGRAM)

$(PROGRAM): $(O)/smtp-stdio.o $(PARTS)
	$(LINK) -o $@ $^ $(LIBS)

$(O)/%.o: lib/%.c $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/%.o: %.c $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/%.o: tests/unit/%.c $(O)/flags
	$(COMPILE) -Itests/unit -MMD -MP -c -o $@ $<
$(O)/%.o: tests/fuzz/%.c $(O)/flags
	$(COMPILE) -Itests/unit -MMD -MP -c -o $@ $<
$(O)/%.o: tests/bench/%.c $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/%.o: tests/lib/%.c $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/base/journal.o: $(JOURNAL) $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/cli/usage.o: CPPFLAGS += -DVERSION='"$(VERSION)"' -DBUILD='"$(BUILD)"'

# It changes when another compiler or other flags are asked for.
$(O)/flags: always
	@mkdir -p $(O) $(sort $(dir $(PARTS)))
	@echo '$(COMPILE) $(LINK) $(LIBS)' | cmp -s - $@ || \
		echo '$(COMPILE) $(LINK) $(LIBS)' >$@

$(O)/test_%: $(O)/test_%.o $(O)/unit.o $(PARTS)
	$(LINK) -o $@ $^ $(LIBS)
$(O)/drip: $(O)/drip.o
	$(LINK) -o $@ $^
$(O)/limits: $(O)/limits.o
	$(LINK) -o $@ $^
$(O)/bench_client: $(patsubst tests/bench/%.c,$(O)/%.o,$(wildcard tests/bench/bench*.c))
	$(LINK) -o $@ $^

-include $(wildcard $(O)/*.d $(O)/*/*.d)

demo: $(PROGRAM)
	@tools/demo ./$(PROGRAM)

PORT = 2525
serve: $(PROGRAM)
	@tools/serve ./$(PROGRAM) $(PORT)

# The tools come first, in a make of their own: musl may be among them.
check:
	@tests/tools
	@$(MAKE) --no-print-directory check-here

check-here: $(PROGRAM) $(UNITS) $(O)/drip
	@O=$(abspath $(O)) SMTP_STDIO=$(abspath $(PROGRAM)) \
		LIB='$(LIB)' tests/run

# The dialogues alone, say with another compiler: CC=clang O=build/clang
# PROGRAM=build/clang/smtp-stdio.
transcripts: $(PROGRAM) $(O)/drip
	@export SMTP_STDIO=$(abspath $(PROGRAM)) DRIP=$(abspath $(O))/drip && \
		printf '%s\0' tests/transcripts/*.txt | \
		xargs -0 -n 8 -P 2 tests/lib/play
	@echo "the transcripts pass ($(BUILD))"

smuggle: $(PROGRAM)
	@tests/tools bats python3
	@SMUGGLE=all SMTP_STDIO=$(abspath $(PROGRAM)) bats tests/faults/smuggle.bats

# There is no heap to leak, and the leak finder is shut in, too.
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize:
	@tests/tools
	@ASAN_OPTIONS=detect_leaks=0 \
		$(MAKE) --no-print-directory check-here CC=gcc O=build/sanitize \
		PROGRAM=build/sanitize/smtp-stdio SANITIZED=yes \
		CFLAGS='$(SANITIZE) -U_FORTIFY_SOURCE'

faults: $(PROGRAM)
	@tests/faults/faults $(PROGRAM)

# A target replaces what it defines as __wrap_NAME.  Comparisons are not traced:
# the words are in tests/fuzz/fuzz.dict, and it goes five times as fast.
FUZZERS = $(patsubst tests/fuzz/%.c,$(O)/%,$(wildcard tests/fuzz/fuzz_*.c))
SECONDS = 60
FUZZ = $(SANITIZE) -fsanitize=fuzzer-no-link \
	-fno-sanitize-coverage=trace-cmp
CLANG_RT = /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux
fuzz:
	@tests/tools clang python3 $(CLANG_RT)
	@$(MAKE) --no-print-directory fuzzers CC=clang O=build/fuzz \
		CFLAGS='$(FUZZ) -U_FORTIFY_SOURCE'
	@O=build/fuzz tests/fuzz/fuzz $(SECONDS) $(TARGETS)

fuzzers: $(FUZZERS)
$(O)/fuzz_%: $(O)/fuzz_%.o $(O)/oracle.o $(O)/unit.o $(PARTS)
	$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS) \
		$$(nm $< | sed -n 's/.* T __wrap_/-Wl,--wrap=/p')

# Its figures are those of doc/scaling.md.
cluster: $(PROGRAM)
	@tests/tools
	@tests/tools /usr/lib/dovecot/lmtp /usr/lib/python3/dist-packages/pika
	@CLUSTER=all SMTP_STDIO=$(abspath $(PROGRAM)) O=$(abspath $(O)) \
		bats --tap tests/cluster/*.bats

analyze:
	@tests/tools clang cppcheck
	@tests/analyze $(LIB:%=lib/%.c)

bench-listeners: $(PROGRAM)
	@tests/tools
	@tests/bench/bench_listeners

# BUDGET=new writes the budget anew.
count: $(PROGRAM)
	@tests/tools valgrind strace
	@tests/bench/count ./$(PROGRAM) $(BUDGET)

bench growth: $(PROGRAM) $(O)/bench_client $(O)/limits
	@tests/tools gnuplot
	@O=$(abspath $(O)) SMTP_STDIO=$(abspath $(PROGRAM)) tests/bench/$@ $(FIGURE)

doc: doc/classroom.md doc/images/parts.svg doc/images/states.svg
doc/classroom.md: doc/classroom/classroom.in.md doc/classroom/classroom.py \
		doc/classroom/replies.txt \
		smtp-stdio.c lib/smtp/reply.c
	doc/classroom/classroom.py >$@.new && mv $@.new $@
doc/images/%.svg: doc/images/%.dot
	dot -Tsvg -o $@ $<

format:
	clang-format -i $(SOURCES)

format-check:
	@tests/tools clang-format
	@clang-format --dry-run -Werror $(SOURCES)

# Words that are right and look wrong are in tests/docs/spelling.
spell:
	@tests/tools codespell
	@git ls-files -z -- ':!*.svg' ':!tests/unit' ':!tests/fuzz' \
		':!tests/transcripts' | \
		xargs -0 codespell --ignore-words=tests/docs/spelling

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

# A user of its own, whom systemd makes, reads users.txt: so may everybody.
install: $(PROGRAM)
	for dir in $(SBIN) $(SYSTEM) $(MAN)/man5 $(MAN)/man8 $(BASH) $(ETC); do \
		[ -d $$dir ] || install -d $$dir || exit; done
	install -m 755 $(PROGRAM) $(SBIN)/smtp-stdio
	install -m 755 tools/smtp-stdio-tls $(SBIN)
	install -m 644 $(SOCKETS:%=units/%) $(SYSTEM)
	for unit in $(SERVICES); do \
		sed -e 's,/usr/local/,$(PREFIX)/,' $(JOURNAL_UNIT) units/$$unit \
			>$(SYSTEM)/$$unit && chmod 644 $(SYSTEM)/$$unit || exit; done
	$(if $(MAN5),install -m 644 $(MAN5) $(MAN)/man5)
	$(if $(MAN8),install -m 644 $(MAN8) $(MAN)/man8)
	install -m 644 pack/smtp-stdio.bash $(BASH)/smtp-stdio
	[ -e $(ETC)/users.txt ] || install -m 644 users.txt $(ETC)

# What was changed in users.txt is not ours to throw away.
uninstall:
	rm -f $(SBIN)/smtp-stdio $(SBIN)/smtp-stdio-tls \
		$(SOCKETS:%=$(SYSTEM)/%) $(SERVICES:%=$(SYSTEM)/%) $(MAN5:doc/man/%=$(MAN)/man5/%) \
		$(MAN8:doc/man/%=$(MAN)/man8/%) $(BASH)/smtp-stdio
	! cmp -s users.txt $(ETC)/users.txt || rm $(ETC)/users.txt
	rmdir $(ETC) 2>/dev/null || :

dist:
	git archive --prefix=smtp-stdio-$(VERSION)/ \
		-o smtp-stdio-$(VERSION).tar.gz HEAD

# debhelper wants debian/ at the top of a tree, so it gets a tree of its own.
RELEASE = smtp-stdio-$(VERSION)
SOURCE = CHANGES.md CONTRIBUTING.md LICENSE Makefile README.md \
	SECURITY.md doc lib pack smtp-stdio.c tests tools units users.txt
PACKAGES = build/packages
deb:
	rm -rf $(PACKAGES)/deb
	mkdir -p $(PACKAGES)/deb/$(RELEASE)
	cp -R $(SOURCE) pack/debian $(PACKAGES)/deb/$(RELEASE)
	cd $(PACKAGES)/deb/$(RELEASE) && \
		env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc -b
	mv $(PACKAGES)/deb/*.deb $(PACKAGES)

# What is linked statically runs on any Linux of this machine's kind.
BINARY = $(RELEASE)-$(shell uname -m)
tarball: $(PROGRAM)
	@[ -n '$(filter -static,$(LINKING))' ] || \
		{ echo 'It takes musl-gcc: Debian has it in musl-tools.' >&2; exit 1; }
	rm -rf $(PACKAGES)/$(BINARY)
	$(MAKE) install PREFIX=/usr/local DESTDIR=$(abspath $(PACKAGES)/$(BINARY))
	cp -R CHANGES.md CONTRIBUTING.md LICENSE README.md SECURITY.md doc tools units pack/install.sh $(PACKAGES)/$(BINARY)
	tar -C $(PACKAGES) --owner=root:0 --group=root:0 --mode=go=u-w \
		-czf $(PACKAGES)/$(BINARY).tar.gz $(BINARY)

clean:
	rm -rf build smtp-stdio smtp-stdio-*.tar.gz

always:
.SECONDARY:
.PHONY: all always analyze bench bench-listeners check check-here \
	clean cluster count deb demo dist doc faults format format-check fuzz fuzzers \
	growth install sanitize serve smuggle spell tarball transcripts uninstall

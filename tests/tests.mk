# Tests, analysers and benchmarks; included by Makefile.
#
#   make transcripts the dialogues alone; with any CC
#   make smuggle     all ends of data of CR, LF, NUL and dot: 5 minutes
#   make faults      each system call fails, or is the last: 40 minutes
#   make fuzz        each parser, and whole sessions, SECONDS each
#   make sanitize    all tests with the address and undefined-behaviour sanitizers
#   make analyze     gcc's, clang's and cppcheck's static analysis
#   make count       instructions and calls, against tests/bench/count.budget
#   make bench       the speed beside other servers: all, or FIGURE=start
#   make growth      the cost by size, recipients and addresses
#   make bench-listeners  the cost of a connection by listener; as root
#   make cluster     several hosts of which one dies, and what that costs
#   make check-programs  mail by each client program, or by ONLY=smtplib,curl
#   make format      formats the code; format-check compares
#   make spell       checks the spelling of code and pages

UNITS = $(patsubst tests/unit/%.c,$(O)/%,$(wildcard tests/unit/test_*.c))

$(O)/%.o: tests/unit/%.c $(O)/flags
	$(COMPILE) -Itests/unit -MMD -MP -c -o $@ $<
$(O)/%.o: tests/fuzz/%.c $(O)/flags
	$(COMPILE) -Itests/unit -MMD -MP -c -o $@ $<
$(O)/%.o: tests/faults/%.c $(O)/flags
	$(COMPILE) -Itests/unit -MMD -MP -c -o $@ $<
$(O)/%.o: tests/bench/%.c $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/%.o: tests/lib/%.c $(O)/flags
	$(COMPILE) -MMD -MP -c -o $@ $<
$(O)/test_%: $(O)/test_%.o $(O)/unit.o $(PARTS)
	$(LINK) -o $@ $^ $(LIBS)
$(O)/drip $(O)/inject: %: %.o
	$(LINK) -o $@ $^
$(O)/limits: $(O)/limits.o
	$(LINK) -o $@ $^
# The program, with another session: see tests/faults/hijacked.h.
HIJACKED = $(patsubst tests/faults/%.c,$(O)/%.o,$(wildcard tests/faults/hijacked*.c))
$(O)/hijacked: $(HIJACKED) $(O)/unit.o $(O)/smtp-stdio.o $(PARTS)
	$(LINK) -o $@ $^ $(LIBS) \
		$$(nm $(O)/hijacked.o | sed -n 's/.* T __wrap_/-Wl,--wrap=/p')
$(O)/unlisted.o: lib/base/seccomp.c $(O)/flags
	$(COMPILE) -DNO_LIST -c -o $@ $<
$(O)/unlisted: $(O)/smtp-stdio.o $(O)/unlisted.o $(filter-out %/seccomp.o,$(PARTS))
	$(LINK) -o $@ $^ $(LIBS)
$(O)/bench_client: $(patsubst tests/bench/%.c,$(O)/%.o,$(wildcard tests/bench/bench*.c))
	$(LINK) -o $@ $^

check-here: $(PROGRAM) $(UNITS) $(O)/drip $(O)/hijacked $(O)/inject $(O)/unlisted
	@O=$(abspath $(O)) SMTP_STDIO=$(abspath $(PROGRAM)) \
		LIB='$(LIB)' tests/run

# With another compiler: CC=clang O=build/clang
# PROGRAM=build/clang/smtp-stdio.
transcripts: $(PROGRAM) $(O)/drip
	@export SMTP_STDIO=$(abspath $(PROGRAM)) DRIP=$(abspath $(O))/drip && \
		printf '%s\0' tests/transcripts/*.txt | \
		xargs -0 -n 8 -P 2 tests/lib/play
	@echo "the transcripts pass ($(BUILD))"

smuggle: $(PROGRAM)
	@tests/tools bats python3
	@SMUGGLE=all SMTP_STDIO=$(abspath $(PROGRAM)) bats tests/faults/smuggle.bats

# The leak finder is off: it cannot run in the sandbox, and there is no heap.
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize:
	@tests/tools
	@ASAN_OPTIONS=detect_leaks=0 \
		$(MAKE) --no-print-directory check-here CC=gcc O=build/sanitize \
		PROGRAM=build/sanitize/smtp-stdio SANITIZED=yes \
		CFLAGS='$(SANITIZE) -U_FORTIFY_SOURCE'

faults: $(PROGRAM) $(O)/inject
	@O=$(abspath $(O)) tests/faults/faults $(PROGRAM)

# A target replaces each function that it defines as __wrap_NAME.  Comparisons are
# not traced, which is five times as fast; tests/fuzz/fuzz.dict has the words.
FUZZERS = $(patsubst tests/fuzz/%.c,$(O)/%,$(wildcard tests/fuzz/fuzz_*.c))
SECONDS = 60
FUZZ = $(SANITIZE) -fsanitize=fuzzer-no-link \
	-fno-sanitize-coverage=trace-cmp
fuzz:
	@tests/tools clang python3
	@tests/tools "$$(clang -print-runtime-dir)"
	@$(MAKE) --no-print-directory fuzzers CC=clang O=build/fuzz \
		CFLAGS='$(FUZZ) -U_FORTIFY_SOURCE'
	@O=build/fuzz tests/fuzz/fuzz $(SECONDS) $(TARGETS)

fuzzers: $(FUZZERS)
$(O)/fuzz_%: $(O)/fuzz_%.o $(O)/oracle.o $(O)/unit.o $(PARTS)
	$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS) \
		$$(nm $< | sed -n 's/.* T __wrap_/-Wl,--wrap=/p')

# doc/scaling.md has its figures.
cluster: $(PROGRAM)
	@tests/tools
	@tests/tools /usr/lib/dovecot/lmtp /usr/lib/python3/dist-packages/pika
	@CLUSTER=all SMTP_STDIO=$(abspath $(PROGRAM)) O=$(abspath $(O)) \
		bats --tap tests/cluster/*.bats

# TABLE=new writes the table of doc/programs.md.
ONLY =
check-programs: $(PROGRAM)
	@tests/tools python3 openssl stunnel4 tcpserver \
		$$(tests/programs/programs --needs $(ONLY))
	@O=$(abspath $(O)) SMTP_STDIO=$(abspath $(PROGRAM)) \
		tests/programs/programs $(if $(TABLE),--page doc/programs.md,$(ONLY))

analyze:
	@tests/tools clang cppcheck
	@tests/analyze $(LIB:%=lib/%.c)

bench-listeners: $(PROGRAM)
	@tests/tools
	@tests/bench/bench_listeners

# BUDGET=new writes a new budget.
count: $(PROGRAM) $(O)/unlisted
	@tests/tools valgrind strace
	@O=$(abspath $(O)) tests/bench/count ./$(PROGRAM) $(BUDGET)

bench growth: $(PROGRAM) $(O)/bench_client $(O)/limits $(O)/unlisted
	@tests/tools gnuplot
	@O=$(abspath $(O)) SMTP_STDIO=$(abspath $(PROGRAM)) tests/bench/$@ $(FIGURE)

SOURCES = $(wildcard smtp-stdio.c lib/*/*.[ch] tests/*/*.[ch])
format:
	clang-format -i $(SOURCES)

format-check:
	@tests/tools clang-format
	@clang-format --dry-run -Werror $(SOURCES)

# Words that codespell takes for errors are in tests/docs/spelling.
spell:
	@tests/tools codespell
	@git ls-files -z -- ':!*.svg' ':!tests/unit' ':!tests/fuzz' \
		':!tests/transcripts' | \
		xargs -0 codespell --ignore-words=tests/docs/spelling

.PHONY: analyze bench bench-listeners check-here check-programs cluster count \
	faults format format-check fuzz fuzzers growth sanitize smuggle spell transcripts

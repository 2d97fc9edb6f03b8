# ksrkit: see README.md.  One file, no recursion.
#   make              build everything into build/
#   make demo         a whole ceremony on a throw-away token
#   make check        all tests
#   make check-year   a year on real servers, some minutes
#   make mutate       each rule taken away, and the test that notices
#   make assurance    from each rule to its code, switch, manual and tests
#   make fuzz         every parser on bytes of libFuzzer's making, FUZZ_TIME seconds each
#   make bench        our speed beside that of raw loops
#   make install      with DESTDIR and PREFIX
#   make SAN=1 ...    with AddressSanitizer and UndefinedBehaviorSanitizer
#   make SHARED=1     libxml2, ldns and so on as shared libraries, not within the programs
#   make CC=clang WERROR=1 BUILD=build/clang ...

VERSION	 = 0.1
PREFIX	?= /usr/local
BINDIR	 = $(PREFIX)/bin
MANDIR	 = $(PREFIX)/share/man
DOCDIR	 = $(PREFIX)/share/doc/ksrkit

# The tools, a folder a line; each is one file.
KSR	 = ksr-create ksr-check ksr-show
SKR	 = skr-sign skr-check skr-show skr-export skr-import skr-seal skr-open
KEYGEN	 = key-ds key-anchor key-generate key-list key-purge key-import key-dnskey key-csr
BACKUP	 = backup-create backup-check backup-copy backup-restore share-split share-join
CEREMONY = doc-hash doc-confirm
TOKENTOOLS = ksr-create skr-sign share-split key-generate key-list key-purge key-import \
	key-dnskey key-csr skr-open backup-create backup-restore
TOOLS	 = $(KSR) $(SKR) $(KEYGEN) $(BACKUP) $(CEREMONY)
MAN7	 = ksr-ceremony.7 ksr-rules.7
MAN5	 = ksr.5 ksr-policy.5 ksr-backup.5 ksr-shares.5 ksr-keylist.5 skr-sealed.5

# Debian packages: to build, for the demo, for the tests.
BUILD_PKGS = pkg-config libldns-dev libssl-dev libxml2-dev libicu-dev libyaml-dev libp11-dev libp11-kit-dev libarchive-dev liblzma-dev zlib1g-dev
DEMO_PKGS = $(BUILD_PKGS) softhsm2 opensc
CHECK_PKGS = $(DEMO_PKGS) libcunit1-dev libgfshare-dev ldnsutils bind9-utils expect libxml2-utils mandoc perl \
	shellcheck strace bind9-dnsutils unbound unbound-anchor openssl nsd libarchive-tools knot knot-dnssecutils \
	p11-kit p11-kit-modules opencryptoki libtpm2-pkcs11-1 swtpm libtss2-tcti-swtpm0 tpm2-abrmd \
	libtss2-tcti-tabrmd0 dbus-daemon rng-tools5 \
	bind9 nsd libengine-pkcs11-openssl
FUZZ_PKGS = $(BUILD_PKGS) clang libclang-rt-dev

# Commands are shown in short; V=1 shows them whole.
ifeq ($(V),)
Q	 = @
SAY	 = @echo "  $(1) $(2)"
else
SAY	 = @:
endif

BUILD	?= build
ifneq ($(SAN),)
BUILD	:= build/san
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifneq ($(FUZZER),)
BUILD	:= build/fuzzer
CC	 = clang
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SANFLAGS += -fsanitize=fuzzer-no-link
endif

# SoftHSM and the libraries that modules bring leak a little of their own.
# Signals as they are by default, also where whoever started it all has them ignored (nohup).
TESTENV	 = env --default-signal LSAN_OPTIONS=suppressions=$(abspath tests/lsan.supp):print_suppressions=0

PKGCONF	 = pkg-config
DEPS_LIB = libcrypto libxml-2.0 ldns yaml-0.1 libarchive zlib
DEPS_TOK = libp11 p11-kit-1
CFLAGS	?= -O2 -g
WARN	 = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla
ifneq ($(WERROR),)
WARN	+= -Werror
endif
HARDEN	 = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
ifneq ($(SAN)$(FUZZER),)
HARDEN	 = -fPIE
endif
ALLFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(WARN) $(HARDEN) $(SANFLAGS) $(CFLAGS) \
	-Ilib -I$(BUILD)/gen $$($(PKGCONF) --cflags $(DEPS_LIB) $(DEPS_TOK)) -MMD -MP
LDALL	 = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANFLAGS) $(LDFLAGS)

# What a program is linked with, and with PKCS#11.  Shared are the C library and libcrypto, which modules use
# too.  The rest is within each program: so it starts in half the time, and maps none of what that rest would
# bring (ICU, libssl, some ten more).
ifeq ($(SHARED),)
WITHIN	 = -Wl,--gc-sections,-Bstatic,--start-group $(1) $(LIBKSR) -Wl,--end-group -llzma -lz -Wl,-Bdynamic
LIBS	 = $(call WITHIN,-lxml2 -lldns -lyaml -larchive) $$($(PKGCONF) --libs libcrypto) -lm -lpthread
TOKLIBS	 = $(call WITHIN,-lp11) $(LIBS)
else
LIBS	 = $$($(PKGCONF) --libs $(DEPS_LIB)) -lpthread
TOKLIBS	 = $$($(PKGCONF) --libs $(DEPS_LIB) libp11) -lpthread
endif

LIBSRC	 = $(wildcard lib/base/*.c lib/model/*.c lib/judge/*.c lib/act/*.c)
TOKSRC	 = $(wildcard lib/token/*.c)
LIBOBJ	 = $(LIBSRC:%.c=$(BUILD)/obj/%.o)
TOKOBJ	 = $(TOKSRC:%.c=$(BUILD)/obj/%.o)
LIBKSR	 = $(BUILD)/libksr.a
LIBTOKEN = $(BUILD)/libtoken.a
BINS	 = $(TOOLS:%=$(BUILD)/bin/%)
UNITS	 = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
UNITLIB	 = $(patsubst %,$(BUILD)/obj/tests/unit/%.o,fixture faults letters)
MINT	 = $(BUILD)/tests/mint
FUZZ	 = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TIME = 60
REPLAYS	 = $(FUZZ:%=$(BUILD)/tests/replay_%)
FUZZTOOLS = $(BUILD)/tests/cut $(BUILD)/tests/bounded
FAULTY	 = $(BUILD)/tests/faulty.so $(BUILD)/tests/hoard.so $(BUILD)/tests/memgrep
CLOCK	 = $(BUILD)/tests/clock.so
BENCH	 = $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
SCRIPTS	 = $(wildcard tests/*.t tests/tools/*.t tests/pipes/*.t)

all: $(BINS)

SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)
$(BUILD)/obj/lib/base/build.o: ALLFLAGS += -DBUILD_TIME=$(SOURCE_DATE_EPOCH)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,CC,$<)
	$(Q)$(CC) $(ALLFLAGS) -c -o $@ $<

# The schema of both documents, as a C string.
$(BUILD)/gen/schema.h: lib/model/ksr.rng
	@mkdir -p $(@D)
	$(Q)sed -e 's/["\\]/\\&/g' -e 's/^/"/' -e 's/$$/\\n"/' $< >$@
$(BUILD)/obj/lib/model/xml.o: $(BUILD)/gen/schema.h

# The product of all primes below 2^16, computed by a program of its own.
$(BUILD)/gen/primorial: lib/judge/gen/primorial.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(WARN) -O1 -o $@ $< $$($(PKGCONF) --cflags --libs libcrypto)
$(BUILD)/gen/primorial.h: $(BUILD)/gen/primorial
	$(Q)$< >$@
$(BUILD)/obj/lib/judge/quality.o: $(BUILD)/gen/primorial.h

$(LIBKSR): $(LIBOBJ)
	@rm -f $@
	$(call SAY,AR,$@)
	$(Q)$(AR) rcs $@ $^
$(LIBTOKEN): $(TOKOBJ)
	@rm -f $@
	$(call SAY,AR,$@)
	$(Q)$(AR) rcs $@ $^

define tool_rule
$(BUILD)/bin/$(1): $(BUILD)/obj/src/$(2)/$(1).o $(if $(filter $(1),$(TOKENTOOLS)),$(LIBTOKEN)) $(LIBKSR)
	@mkdir -p $$(@D)
	$$(call SAY,LD,$$@)
	$$(Q)$$(CC) $$(LDALL) -o $$@ $$^ $$($(if $(filter $(1),$(TOKENTOOLS)),TOK)LIBS)
endef
$(foreach t,$(KSR),$(eval $(call tool_rule,$(t),ksr)))
$(foreach t,$(SKR),$(eval $(call tool_rule,$(t),skr)))
$(foreach t,$(KEYGEN),$(eval $(call tool_rule,$(t),keygen)))
$(foreach t,$(BACKUP),$(eval $(call tool_rule,$(t),backup)))
$(foreach t,$(CEREMONY),$(eval $(call tool_rule,$(t),ceremony)))

# libgfshare is the oracle for our own shares, and in no program.
$(BUILD)/tests/test_share: TESTLIBS = $$($(PKGCONF) --libs libgfshare)
# As is p11-kit, of which the programs take the header of PKCS#11, for its URIs.
$(BUILD)/tests/test_p11uri: TESTLIBS = $$($(PKGCONF) --libs p11-kit-1)
$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(UNITLIB) $(LIBTOKEN) $(LIBKSR)
	@mkdir -p $(@D)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDALL) -o $@ $^ $$($(PKGCONF) --libs cunit) $(TESTLIBS) $(TOKLIBS)

$(MINT): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/mint/*.c)) $(LIBKSR)
	@mkdir -p $(@D)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDALL) -o $@ $^ $(LIBS)

# A fuzz target as a program that runs files, as libFuzzer's, and a test of its own.
$(BUILD)/tests/replay_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o \
    $(LIBTOKEN) $(LIBKSR)
	@mkdir -p $(@D)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDALL) -o $@ $^ $(TOKLIBS)
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(LIBTOKEN) $(LIBKSR)
	@mkdir -p $(@D)
	$(call SAY,LD,$@)
	$(Q)$(CC) -fsanitize=fuzzer $(LDALL) -o $@ $^ $(TOKLIBS)
$(BUILD)/tests/%: $(BUILD)/obj/tests/fuzz/%.o $(LIBKSR)
	@mkdir -p $(@D)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDALL) -o $@ $^ $(LIBS)

$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDALL) -o $@ $^ -ldl -lpthread $$($(PKGCONF) --libs libcrypto)

# A PKCS#11 module that misbehaves, and what looks for secrets in the memory of a process.
$(BUILD)/obj/tests/faulty/faulty.o $(BUILD)/obj/tests/faulty/hoard.o: HARDEN += -fPIC
$(BUILD)/tests/%.so: $(BUILD)/obj/tests/faulty/%.o
	@mkdir -p $(@D)
	$(call SAY,LD,$@)
	$(Q)$(CC) -shared $(SANFLAGS) $(LDFLAGS) -o $@ $< -ldl -lpthread
$(BUILD)/tests/memgrep: $(BUILD)/obj/tests/faulty/memgrep.o
	@mkdir -p $(@D)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDALL) -o $@ $<

# A false clock for servers and validators, which are nobody's to sanitize.
$(CLOCK): tests/clock/shim.c
	@mkdir -p $(@D)
	$(call SAY,LD,$@)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -fPIC -shared $(LDFLAGS) -o $@ $< -ldl

# What the tools and tests need beyond a compiler: installed by root, else named.
demo-packages:
	@.ci/packages $(DEMO_PKGS)
check-packages:
	@.ci/packages $(CHECK_PKGS)

demo: demo-packages
	@$(MAKE) --no-print-directory all $(MINT)
	@KSR_BIN=$(abspath $(BUILD)/bin) tests/pipes/demo

check: check-packages
	@$(MAKE) --no-print-directory all units $(MINT) $(FAULTY) $(CLOCK)
	@$(MAKE) --no-print-directory run-units run-scripts

check-year: check-packages
	@$(MAKE) --no-print-directory all $(MINT) $(CLOCK)
	@KSR_BIN=$(abspath $(BUILD)/bin) prove --timer -e bash tests/year/year.t

units: $(UNITS) $(REPLAYS) $(FUZZTOOLS)

# Each rule in its turn accepts everything: then some test must fail.
mutate: check-packages
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/mutant CFLAGS='-O1 -DMUTANT' mutants
	@tests/mutate $(BUILD)/mutant $(BUILD)/mutation.txt

mutants: $(BINS) $(filter $(BUILD)/tests/test_check% $(BUILD)/tests/test_plan,$(UNITS))

# From each rule to its code, switch, manual and tests.
assurance: $(MINT)
	@tests/assurance $(BUILD)

run-units:
	@for t in $(UNITS); do $(TESTENV) $$t || exit 1; done
	@for f in $(FUZZ); do \
		echo "replay_$$f:"; \
		$(TESTENV) $(BUILD)/tests/replay_$$f tests/fuzz/corpus/$$f testdata || exit 1; \
	done
run-scripts:
	@$(TESTENV) KSR_BIN=$(abspath $(BUILD)/bin) prove --timer -e bash $(SCRIPTS)

# What is new or fails is left in build/fuzz/.
fuzz:
	@.ci/packages $(FUZZ_PKGS)
	@$(MAKE) --no-print-directory FUZZER=1 fuzzers
	@for f in $(FUZZ); do \
		mkdir -p build/fuzz/$$f; \
		echo "fuzz_$$f: $(FUZZ_TIME) seconds"; \
		$(TESTENV) build/fuzzer/fuzz/$$f -max_total_time=$(FUZZ_TIME) -timeout=10 \
			-verbosity=0 -print_final_stats=1 -artifact_prefix=build/fuzz/$$f- \
			$$([ ! -e tests/fuzz/$$f.dict ] || echo -dict=tests/fuzz/$$f.dict) \
			build/fuzz/$$f tests/fuzz/corpus/$$f testdata || exit 1; \
	done

fuzzers: $(FUZZ:%=$(BUILD)/fuzz/%)

bench: check-packages
	@$(MAKE) --no-print-directory all $(MINT) $(BENCH)
	@KSR_BIN=$(abspath $(BUILD)/bin) tests/bench/bench

# The samples in testdata/, made anew with new keys.
testdata: all $(MINT)
	tests/mint/testdata.sh

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(MANDIR)/man7
	install -m 755 $(BINS) $(DESTDIR)$(BINDIR)
	install -m 644 $(TOOLS:%=man/%.1) $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(MAN5:%=man/%) $(DESTDIR)$(MANDIR)/man5
	install -m 644 $(MAN7:%=man/%) $(DESTDIR)$(MANDIR)/man7
	install -d $(DESTDIR)$(DOCDIR)
	cp -R README.md testdata/policy.yaml examples $(DESTDIR)$(DOCDIR)/

clean:
	rm -rf build

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

.PHONY: all clean demo check check-year mutate mutants assurance units run-units run-scripts fuzz fuzzers \
	bench testdata install demo-packages check-packages
.SECONDARY:
.DELETE_ON_ERROR:

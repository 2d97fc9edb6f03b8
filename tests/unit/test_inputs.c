#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "judge/inputs.h"

static const struct option_spec specs[] = {
	INPUT_SPECS, INPUT_REQUEST_SPECS, INPUT_DS_SPEC, OPTIONS_LAST
};
static const struct tool tool = { "tool", "Test.", specs, NULL, 0, 0 };

/* Files that the tests name: all of one sound world. */
static char	policy[128], ds_policy[128], previous[128], anchor[128], other[128];
static char	use[128], answers[128];
static struct buf previous_bytes;

/* A descriptor turned to a file for a while, and what came there. */
struct diverted {
	int	 fd;
	int	 saved;
};

static struct diverted
divert(int fd, const char *path)
{
	struct diverted	 d = { fd, dup(fd) };
	int		 to = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	fflush(NULL);
	if (d.saved == -1 || to == -1 || dup2(to, fd) == -1)
		exit(1);
	close(to);
	return d;
}

static void
restore(struct diverted d)
{
	fflush(NULL);
	dup2(d.saved, d.fd);
	close(d.saved);
}

static char	out_path[128], err_path[128];

static const char *
text_of(const char *path)
{
	static struct buf b;

	buf_free(&b);
	if (buf_load(&b, path, 1 << 20) == -1)
		exit(1);
	return b.data == NULL ? "" : (const char *)b.data;
}

/* One option; what it says is in err_path. */
static int
option(struct input_options *in, int id, const char *arg)
{
	const struct options o = { .tool = &tool };
	struct diverted	 d = divert(STDERR_FILENO, err_path);
	int		 rv = input_option(in, &o, id, arg);

	restore(d);
	return rv;
}

static void
test_option(void)
{
	struct input_options in = INPUT_OPTIONS_EMPTY;

	CU_ASSERT_EQUAL(in.max_bytes, 1048576);
	CU_ASSERT_EQUAL(option(&in, 'p', "a"), 1);
	CU_ASSERT_EQUAL(option(&in, 'P', "b"), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_FIRST, NULL), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_ANCHOR, "c"), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_UNAUTHENTICATED, NULL), 1);
	CU_ASSERT_EQUAL(option(&in, 't', "2030-01-01"), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_MAX_BYTES, "77"), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_ZSK_USE, "d"), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_HISTORY, "e"), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_AGAIN, "lost"), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_DS, "f"), 1);
	CU_ASSERT_EQUAL(option(&in, 'j', NULL), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_SHOW_POLICY, NULL), 1);
	CU_ASSERT_STRING_EQUAL(text_of(err_path), "");
	CU_ASSERT_STRING_EQUAL(in.policy, "a");
	CU_ASSERT_STRING_EQUAL(in.previous, "b");
	CU_ASSERT_EQUAL_FATAL(in.nanchors, 1);
	CU_ASSERT_STRING_EQUAL(in.anchors[0], "c");
	CU_ASSERT_STRING_EQUAL(in.time, "2030-01-01");
	CU_ASSERT_STRING_EQUAL(in.zsk_use, "d");
	CU_ASSERT_STRING_EQUAL(in.history, "e");
	CU_ASSERT_STRING_EQUAL(in.again, "lost");
	CU_ASSERT_STRING_EQUAL(in.ds, "f");
	CU_ASSERT_TRUE(in.first && in.unauthenticated && in.json && in.show_policy);
	CU_ASSERT_EQUAL(in.max_bytes, 77);
	CU_ASSERT_EQUAL(option(&in, INPUT_OWN, "x"), 0);
	CU_ASSERT_EQUAL(option(&in, 'x', "x"), 0);
}

static void
test_bad_option(void)
{
	struct input_options in = INPUT_OPTIONS_EMPTY;
	int		 i;

	CU_ASSERT_EQUAL(option(&in, 't', "yesterday"), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(err_path), "--time takes"));
	CU_ASSERT_EQUAL(option(&in, 't', "2030-02-30"), -1);
	CU_ASSERT_EQUAL(option(&in, 't', "now"), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_MAX_BYTES, "0"), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(err_path), "--max-bytes takes"));
	CU_ASSERT_EQUAL(in.max_bytes, 1048576);
	for (i = 0; i < INPUT_ANCHORS; i++)
		CU_ASSERT_EQUAL(option(&in, INPUT_ANCHOR, "c"), 1);
	CU_ASSERT_EQUAL(option(&in, INPUT_ANCHOR, "d"), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(err_path), "16 times"));
	CU_ASSERT_EQUAL(in.nanchors, INPUT_ANCHORS);
}

/* The table as a tool uses it: known to the parser of options, one row a word. */
static void
test_specs(void)
{
	char		*argv[] = {
		(char[]){ "tool" }, (char[]){ "--policy=p" }, (char[]){ "--first" },
		(char[]){ "--anchor=a" }, (char[]){ "--anchor" }, (char[]){ "b" },
		(char[]){ "--max-bytes=9" }, (char[]){ "--unauth" }, (char[]){ "-jt" },
		(char[]){ "now" }, NULL
	};
	struct input_options in = INPUT_OPTIONS_EMPTY;
	struct options	 o;
	const char	*arg;
	int		 c;

	options_start(&o, &tool, 10, argv);
	while ((c = options_next(&o, &arg)) > 0)
		CU_ASSERT_EQUAL(input_option(&in, &o, c, arg), 1);
	CU_ASSERT_EQUAL(c, OPTIONS_END);
	CU_ASSERT_EQUAL(in.nanchors, 2);
	CU_ASSERT_EQUAL(in.max_bytes, 9);
	CU_ASSERT_TRUE(in.first && in.json && in.unauthenticated && !in.show_policy);
	CU_ASSERT_STRING_EQUAL(in.time, "now");
}

static int
complete(bool first, const char *prev, bool show)
{
	const struct options o = { .tool = &tool };
	struct input_options in = { .first = first, .previous = prev, .show_policy = show };
	struct diverted	 d = divert(STDERR_FILENO, err_path);
	int		 rv = input_complete(&in, &o);

	restore(d);
	return rv;
}

/* Missing context is asked for by name. */
static void
test_complete(void)
{
	CU_ASSERT_EQUAL(complete(true, NULL, false), 0);
	CU_ASSERT_EQUAL(complete(false, "f", false), 0);
	CU_ASSERT_EQUAL(complete(false, NULL, true), 0);
	CU_ASSERT_EQUAL(complete(true, "f", true), 0);
	CU_ASSERT_STRING_EQUAL(text_of(err_path), "");
	CU_ASSERT_EQUAL(complete(false, NULL, false), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(err_path), "--previous FILE, or say --first"));
	CU_ASSERT_EQUAL(complete(true, "f", false), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(err_path), "exclude each other"));
}

static void
test_again(void)
{
	const struct options o = { .tool = &tool };
	struct input_options in = { .first = true, .again = "lost" };
	struct diverted	 d = divert(STDERR_FILENO, err_path);

	CU_ASSERT_EQUAL(input_complete(&in, &o), -1);
	in.history = "h";
	CU_ASSERT_EQUAL(input_complete(&in, &o), 0);
	restore(d);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(err_path), "--again goes with --history"));
}

#define LOAD(...) (struct input_options){ __VA_ARGS__ }

static struct inputs	in;

/* With our policy and a limit, where none are given. */
static enum verdict
load(struct input_options o, bool token)
{
	enum verdict	 v;

	if (o.policy == NULL)
		o.policy = policy;
	if (o.max_bytes == 0)
		o.max_bytes = KSR_MAX_BYTES;
	inputs_free(&in);
	in = (struct inputs){ .tool = "tool", .o = o };
	v = inputs_load(&in, token);
	CU_ASSERT_EQUAL(v, report_verdict(&in.report));
	return v;
}

static void
test_first(void)
{
	struct subject	 s;

	CU_ASSERT_EQUAL(load(LOAD(.first = true), false), ACCEPT);
	s = inputs_subject(&in);
	CU_ASSERT_PTR_EQUAL(s.policy, in.policy);
	CU_ASSERT_PTR_NOT_NULL(s.verifier);
	CU_ASSERT_PTR_NULL(s.previous);
	CU_ASSERT_PTR_NULL(s.anchors);
	CU_ASSERT_PTR_NULL(s.ksr);
	CU_ASSERT_PTR_NULL(s.skr);
	CU_ASSERT_PTR_EQUAL(s.report, &in.report);
	CU_ASSERT_TRUE(s.now > 1700000000 && s.now == in.now);
	CU_ASSERT_EQUAL(in.report.count, 0);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .time = "2030-01-01T00:00:01Z"), false), ACCEPT);
	CU_ASSERT_EQUAL(in.now, START + 1);
	CU_ASSERT_TRUE(report_has(&in.report, WARNING, NULL, "a time given by hand"));
}

/* The clock's time or somebody's word, and the day of signing. */
static void
test_times(void)
{
	struct subject	 s;

	CU_ASSERT_EQUAL(load(LOAD(.first = true), false), ACCEPT);
	s = inputs_subject(&in);
	CU_ASSERT_FALSE(s.by_hand);
	CU_ASSERT_EQUAL(s.sign_at, s.now);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .time = "2030-01-01", .sign_at = START + DAY),
	    false), ACCEPT);
	s = inputs_subject(&in);
	CU_ASSERT_TRUE(s.by_hand);
	CU_ASSERT_EQUAL(s.now, START);
	CU_ASSERT_EQUAL(s.sign_at, START + DAY);
}

/* What --zsk-use and --history name. */
static void
test_records(void)
{
	struct subject	 s;

	CU_ASSERT_EQUAL(load(LOAD(.first = true), false), ACCEPT);
	s = inputs_subject(&in);
	CU_ASSERT_PTR_NULL(s.zsk_uses);
	CU_ASSERT_PTR_NULL(s.history);
	CU_ASSERT_PTR_NULL(s.again);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .zsk_use = use, .history = answers,
	    .again = "lost"), false), ACCEPT);
	s = inputs_subject(&in);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.zsk_uses);
	CU_ASSERT_EQUAL(s.zsk_uses->n, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.history);
	CU_ASSERT_EQUAL(history_last(s.history), INT64_MIN);
	CU_ASSERT_STRING_EQUAL(s.again, "lost");
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .zsk_use = "/nonexistent"), false), FAULT);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .zsk_use = answers), false), FAULT);
	CU_ASSERT_TRUE(report_has(&in.report, FAULTY, NULL, "is empty"));
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .history = "/nonexistent"), false), FAULT);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .history = use), false), FAULT);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .history = use, .zsk_use = use), false), FAULT);
}

/* What --ds names; and what --anchor alone makes trusted. */
static void
test_trust(void)
{
	struct subject	 s;
	const char	*nothing = work_file("parent", "# nothing\n", 10);

	CU_ASSERT_EQUAL(load(LOAD(.first = true), false), ACCEPT);
	CU_ASSERT_PTR_NULL(inputs_subject(&in).parent);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .ds = nothing), false), ACCEPT);
	CU_ASSERT_PTR_NOT_NULL(inputs_subject(&in).parent);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .ds = "/nonexistent"), false), FAULT);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .ds = use), false), FAULT);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .policy = ds_policy), false), ACCEPT);
	s = inputs_subject(&in);
	CU_ASSERT_PTR_NOT_NULL(s.anchors);
	CU_ASSERT_PTR_NULL(s.trust);		/* a ds_sha256 is known before it is trusted */
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .anchors = { anchor }, .nanchors = 1), false), ACCEPT);
	CU_ASSERT_PTR_EQUAL(inputs_subject(&in).trust, &in.anchors);
}

static void
test_anchored(void)
{
	struct subject	 s;

	CU_ASSERT_EQUAL(load(LOAD(.previous = previous, .anchors = { anchor }, .nanchors = 1),
	    false), ACCEPT);
	s = inputs_subject(&in);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.previous);
	CU_ASSERT_STRING_EQUAL(s.previous->id, "request-1");
	CU_ASSERT_PTR_EQUAL(s.anchors, &in.anchors);
	CU_ASSERT_EQUAL(in.anchors.n, 1);
	CU_ASSERT_EQUAL(in.report.count, 0);
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous, .anchors = { other, anchor },
	    .nanchors = 2), false), ACCEPT);
	CU_ASSERT_EQUAL(in.anchors.n, 2);
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous, .anchors = { other }, .nanchors = 1),
	    false), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&in.report), "SKR-ANCHOR");
	CU_ASSERT_STRING_EQUAL(in.report.findings[0].input, previous);
	/* A wrong anchor is one for a signer too. */
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous, .anchors = { other }, .nanchors = 1),
	    true), REFUSE);
}

/* The policy's own ds_sha256, unless anchors are given. */
static void
test_pinned(void)
{
	CU_ASSERT_EQUAL(load(LOAD(.policy = ds_policy, .previous = previous), false), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(in.anchors.n, 1);
	CU_ASSERT_TRUE(in.anchors.v[0].tagless);
	CU_ASSERT_STRING_EQUAL(in.anchors.v[0].name, "ksk");
	CU_ASSERT_EQUAL(load(LOAD(.policy = ds_policy, .previous = previous, .anchors = { other },
	    .nanchors = 1), false), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&in.report), "SKR-ANCHOR");
	CU_ASSERT_EQUAL(in.anchors.n, 1);
}

static void
test_unanchored(void)
{
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous), false), FAULT);
	CU_ASSERT_TRUE(report_has(&in.report, FAULTY, NULL, "nothing to authenticate it with"));
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous), true), ACCEPT);
	CU_ASSERT_EQUAL(in.anchors.n, 0);
	CU_ASSERT_PTR_NOT_NULL(in.previous);
	CU_ASSERT_EQUAL(in.report.count, 0);
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous, .unauthenticated = true), false), ACCEPT);
	CU_ASSERT_TRUE(report_has(&in.report, WARNING, "SKR-ANCHOR", "not authenticated"));
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous, .unauthenticated = true,
	    .anchors = { other }, .nanchors = 1), false), ACCEPT);
}

/* What is not authenticated is verified all the same. */
static void
test_tampered(void)
{
	char		*text = copy_of((char *)previous_bytes.data), *p;
	const char	*path;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p = strstr(text, "<SignatureData>"));
	p += strlen("<SignatureData>");
	*p = *p == 'A' ? 'B' : 'A';
	path = work_file("tampered.xml", text, strlen(text));
	CU_ASSERT_EQUAL(load(LOAD(.previous = path, .unauthenticated = true), false), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&in.report), "SKR-VERIFY");
	CU_ASSERT_EQUAL(load(LOAD(.previous = path), true), REFUSE);
	free(text);
}

static void
test_bad_files(void)
{
	const char	*empty = work_file("empty", "", 0);
	const char	*junk = work_file("junk", "<a/>\n", 5);

	CU_ASSERT_EQUAL(load(LOAD(.policy = "/nonexistent", .first = true), false), FAULT);
	CU_ASSERT_EQUAL(load(LOAD(.policy = junk, .first = true), false), FAULT);
	CU_ASSERT_EQUAL(load(LOAD(.previous = "/nonexistent", .unauthenticated = true), false),
	    FAULT);
	CU_ASSERT_EQUAL(load(LOAD(.previous = empty, .unauthenticated = true), false), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&in.report), "SKR-XML");
	CU_ASSERT_EQUAL(load(LOAD(.previous = junk, .unauthenticated = true), false), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&in.report), "SKR-SCHEMA");
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous, .unauthenticated = true,
	    .max_bytes = previous_bytes.len - 1), false), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&in.report), "SKR-XML");
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous, .unauthenticated = true,
	    .max_bytes = previous_bytes.len), false), ACCEPT);
	CU_ASSERT_EQUAL(load(LOAD(.first = true, .time = "never"), false), FAULT);
	/* Every anchor file is read, and one bad one is enough. */
	CU_ASSERT_EQUAL(load(LOAD(.previous = previous, .nanchors = 3,
	    .anchors = { "/nonexistent", empty, anchor }), false), FAULT);
	CU_ASSERT_EQUAL(report_count(&in.report, FAULTY), 2);
	CU_ASSERT_PTR_NULL(in.previous);
}

/* What a gate does with the bytes, and what is left on both its outputs. */
static enum verdict
pass(enum verdict v, const char *out)
{
	struct buf	 b = BUF_EMPTY;
	struct diverted	 d1 = divert(STDOUT_FILENO, out), d2 = divert(STDERR_FILENO, err_path);

	if (buf_puts(&b, "judged\n") == -1)
		exit(1);
	v = inputs_pass(&in, v, &b);
	restore(d2);
	restore(d1);
	buf_free(&b);
	return v;
}

static void
test_pass(void)
{
	CU_ASSERT_EQUAL_FATAL(load(LOAD(.first = true), false), ACCEPT);
	CU_ASSERT_EQUAL(pass(ACCEPT, out_path), ACCEPT);
	CU_ASSERT_STRING_EQUAL(text_of(out_path), "judged\n");
	CU_ASSERT_STRING_EQUAL(text_of(err_path), "");
	CU_ASSERT_EQUAL(pass(REFUSE, out_path), REFUSE);
	CU_ASSERT_STRING_EQUAL(text_of(out_path), "");
	CU_ASSERT_EQUAL(pass(FAULT, out_path), FAULT);
	CU_ASSERT_STRING_EQUAL(text_of(out_path), "");
	CU_ASSERT_EQUAL(pass(ACCEPT, "/dev/full"), FAULT);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(err_path), "tool: standard output: "));
	report_warning(&in.report, NULL, NULL, "careful");
	CU_ASSERT_EQUAL(pass(ACCEPT, out_path), ACCEPT);
	CU_ASSERT_STRING_EQUAL(text_of(err_path), "tool: warning: careful\n");
	/* What the report knows counts, whatever the caller says. */
	report_broken(&in.report, NULL, "KSR-ID", "known");
	CU_ASSERT_EQUAL(pass(ACCEPT, out_path), REFUSE);
	CU_ASSERT_STRING_EQUAL(text_of(out_path), "");
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(err_path), "tool: KSR-ID: known\n"));
	in.o.json = true;
	CU_ASSERT_EQUAL(pass(ACCEPT, out_path), REFUSE);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(err_path),
	    "{\"tool\":\"tool\",\"verdict\":\"refuse\""));
}

static enum verdict
show_policy(const char *path, const char *out)
{
	struct diverted	 d;
	enum verdict	 v;

	inputs_free(&in);
	in = (struct inputs){ .tool = "tool", .o = LOAD(.policy = path, .show_policy = true) };
	d = divert(STDOUT_FILENO, out);
	v = inputs_show_policy(&in);
	restore(d);
	return v;
}

static void
test_show_policy(void)
{
	char		 line[DIGEST_HEX + 256], hex[DIGEST_HEX];

	CU_ASSERT_EQUAL(show_policy(policy, out_path), ACCEPT);
	snprintf(line, sizeof(line), "# %s  %s\n", digest_hex(hex, in.policy->digest), policy);
	CU_ASSERT_EQUAL(strncmp(text_of(out_path), line, strlen(line)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(out_path), "\n  num_bundles: 9\n"));
	CU_ASSERT_EQUAL(show_policy(policy, "/dev/full"), FAULT);
	CU_ASSERT_TRUE(report_has(&in.report, FAULTY, NULL, "standard output"));
	CU_ASSERT_EQUAL(show_policy("/nonexistent", out_path), FAULT);
	CU_ASSERT_STRING_EQUAL(text_of(out_path), "");
}

static void
keep_file(char path[128], const char *name, const char *text)
{
	snprintf(path, 128, "%s", work_file(name, text, strlen(text)));
}

static void
ds_line(char out[256], const struct key *key, const struct dname *zone)
{
	unsigned char	 digest[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];

	if (key_ds(digest, key, zone) == -1)
		exit(1);
	snprintf(out, 256, ". IN DS %u 13 2 %s\n", key->tag, digest_hex(hex, digest));
}

static void
make_files(void)
{
	struct world	*w = world_new();
	char		 line[256], yaml[512];

	if (skr_write(&previous_bytes, w->previous) == -1)
		exit(1);
	keep_file(previous, "previous.xml", (char *)previous_bytes.data);
	ds_line(line, &w->pairs[KSK_OTHER].key, &w->ksr->name);
	keep_file(other, "other.ds", line);
	ds_line(line, &w->pairs[KSK].key, &w->ksr->name);
	keep_file(anchor, "anchor.ds", line);
	keep_file(policy, "policy.yaml", "request_policy:\n  approved_algorithms: [ECDSAP256SHA256]\n");
	snprintf(yaml, sizeof(yaml), "keys:\n  ksk:\n    algorithm: ECDSAP256SHA256\n"
	    "    ds_sha256: %.64s\n", strrchr(line, ' ') + 1);
	keep_file(ds_policy, "ds.yaml", yaml);
	keep_file(use, "use", "zsk-now - -\n");
	keep_file(answers, "answers", "");
	keep_file(out_path, "stdout", "");
	keep_file(err_path, "stderr", "");
	world_free(w);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_option), TEST(test_bad_option), TEST(test_specs), TEST(test_complete),
		TEST(test_again), TEST(test_first), TEST(test_times), TEST(test_records), TEST(test_trust),
		TEST(test_anchored), TEST(test_pinned), TEST(test_unanchored), TEST(test_tampered),
		TEST(test_bad_files), TEST(test_pass), TEST(test_show_policy),
	};
	int		 rv;

	make_files();
	rv = run_tests("inputs", tests, sizeof(tests) / sizeof(tests[0]));
	inputs_free(&in);
	buf_free(&previous_bytes);
	return rv;
}

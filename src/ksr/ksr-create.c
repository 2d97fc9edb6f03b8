/*
 * ksr-create: the Key Signing Requests of one cycle or several, signed with the ZSKs that stand in them.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/request.h"
#include "act/schedule.h"
#include "act/zsks.h"
#include "base/fields.h"
#include "base/folder.h"
#include "base/isotime.h"
#include "judge/inputs.h"
#include "model/textksr.h"
#include "model/xml.h"
#include "token/prove.h"
#include "token/reach.h"

#define FILES_MAX	256		/* --key-file */

enum {
	OPT_START = INPUT_OWN, OPT_CYCLE, OPT_CYCLES, OPT_SERIAL, OPT_ID, OPT_SIGN_AT, OPT_OUTPUT,
	OPT_KEY_FILE, OPT_SECOND, OPT_FROM_BIND, OPT_FROM_KNOT, OPT_WRITE_USE
};

static const struct option_spec specs[] = {
	INPUT_SPECS,
	{ OPT_START, "start", "DATE", 0, "slot 1 begins on this day, or at this time" },
	{ OPT_CYCLE, "cycle", "QUARTER", 0, "slot 1 begins with this quarter: 2027q1" },
	{ OPT_CYCLES, "cycles", "N", 0, "N requests, one for each cycle from there on" },
	{ OPT_KEY_FILE, "key-file", "FILE", OPTION_REPEAT,
	    "a ZSK in a file: K*.private or PEM; may be repeated" },
	REACH_SPECS,
	{ OPT_SECOND, "second-algorithm", "ALGORITHM", 0,
	    "ZSKs of this algorithm too, while one takes over" },
	{ OPT_FROM_BIND, "from-bind", "FILE", 0, "the keys of each slot from BIND's text KSR" },
	{ OPT_FROM_KNOT, "from-knot", "FILE", 0, "the keys of each slot from Knot's text KSR" },
	{ OPT_SERIAL, "serial", "N", 0, "serial number of the requests (1)" },
	{ OPT_ID, "id", "ID", OPTION_REPEAT, "id of the request (a new UUID); one for each cycle" },
	{ OPT_SIGN_AT, "sign-at", "DATE", OPTION_REPEAT,
	    "the day on which it will be signed (today);\nonce, or once for each cycle" },
	{ INPUT_ZSK_USE, "zsk-use", "FILE", 0,
	    "judge by this: which ZSK is active when" },
	{ OPT_WRITE_USE, "write-zsk-use", NULL, 0,
	    "also write OUTPUT.use, which ZSK is active when" },
	{ OPT_OUTPUT, "output", "PATH", OPTION_CREATES, "a new file; with --cycles, a new folder" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"ksr-create", "Make the Key Signing Request of a cycle, with proof of possession.",
	specs, "[KEYLIST]", 0, 1
};

struct made {				/* one request */
	char		 name[ISOTIME_SIZE];	/* of its cycle */
	struct buf	 input;		/* its name in messages */
	struct request	 request;
	struct buf	 out;
	struct zsk_uses	 uses;
	struct buf	 use;		/* the file of --write-zsk-use */
	struct buf	 file;		/* names in the folder */
	struct buf	 usefile;
};

struct create {
	struct inputs	 in;
	struct reach	 reach;
	int64_t		 start;
	size_t		 ncycles;
	unsigned	 second;
	uint64_t	 serial;
	const char	*ids[CYCLES_MAX];
	size_t		 nids;
	int64_t		 sign_at[CYCLES_MAX];
	size_t		 nsign_at;
	const char	*files[FILES_MAX];
	size_t		 nfiles;
	const char	*text;		/* --from-bind, --from-knot; NULL: none */
	enum text_form	 form;
	bool		 write_use;
	const char	*output;	/* NULL: standard output */
	const char	*list;		/* the key list; NULL: none is read */
	bool		 on_token;
	struct cycle	 cycles[CYCLES_MAX];
	struct keylist	 lines;
	struct textksr	*textksr;
	struct zsks	 keys;
	struct lineup	 lineup;
	struct tokens	*tokens;
	struct token_key **held;	/* [key]; NULL: not on a token */
	size_t		 nverified;	/* of the signatures that are made */
	struct made	*made;		/* [cycle] */
};

static enum verdict
no_memory(struct create *c)
{
	return report_fault(&c->in.report, NULL, "out of memory");
}

static const struct zsk_section *
section(const struct create *c)
{
	return &c->in.policy->zsk;
}

static enum verdict
judge_output(struct create *c)
{
	const struct spot at = { c->output, 0, 0 };

	if (c->output == NULL || (access(c->output, F_OK) == -1 && errno == ENOENT))
		return ACCEPT;
	return report_fault(&c->in.report, &at, "%s", access(c->output, F_OK) == 0 ?
	    "exists; nothing is overwritten" : strerror(errno));
}

/* Where the keys are: named files, a token that is named, the policy's folder, the policy's token. */
static void
choose_place(struct create *c)
{
	const struct zsk_section *z = section(c);
	bool		 named = c->reach.module != NULL || c->reach.nhsms > 0 || c->reach.ntokens > 0;
	size_t		 i;

	c->on_token = c->nfiles == 0 && (named || z->key_dir == NULL);
	if (c->on_token && c->list == NULL)
		c->list = "-";
	if (!c->on_token || named || z->hsm == NULL)
		return;
	for (i = 0; i < c->in.policy->nhsms; i++)
		if (strcmp(c->in.policy->hsms[i].name, z->hsm) == 0)
			c->reach.hsms[c->reach.nhsms++] = z->hsm;
}

/* The candidates: from the list, and from files. */
static enum verdict
collect(struct create *c, const struct dname *zone)
{
	struct report	*rep = &c->in.report;
	const struct zsk_section *z = section(c);
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (c->list != NULL && ((v = keylist_load(&c->lines, c->list, rep)) != ACCEPT ||
	    (v = zsks_from_list(&c->keys, &c->lines, z, zone, rep)) != ACCEPT))
		return v;
	if (c->on_token)
		return ACCEPT;
	for (i = 0; i < c->nfiles; i++)
		v = verdict_worse(v, zsks_add_file(&c->keys, c->files[i], z, rep));
	if (c->nfiles == 0)
		v = zsks_add_folder(&c->keys, z->key_dir, z, zone, c->list != NULL, rep);
	return v;
}

static enum verdict
read_text(struct create *c, const struct dname *zone)
{
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;

	if (c->text == NULL)
		return ACCEPT;
	if ((v = inputs_read(&c->in, &buf, c->text, NULL)) == ACCEPT)
		v = textksr_parse(&c->textksr, &buf, c->text, c->form, TEXT_KSR, zone,
		    &c->in.report);
	buf_free(&buf);
	return v;
}

/*
 * What needs no private key: policy, grid, keys, the previous SKR, and spans.  Once all that stands in pipes and files
 * of ours is read, the token's module is loaded while the previous SKR is judged; the token is asked nothing.
 */
static enum verdict
prepare(struct create *c)
{
	struct inputs	*in = &c->in;
	struct report	*rep = &in->report;
	struct dname	 zone;
	enum verdict	 v;

	if ((v = inputs_policy(in)) != ACCEPT)
		return v;
	if (dname_parse(&zone, section(c)->domain) == -1)
		return report_fault(rep, NULL, "zsk.domain is no domain name");
	choose_place(c);
	if ((v = judge_output(c)) != ACCEPT || (v = schedule_cycles(c->cycles, c->ncycles,
	    section(c), c->start, in->policy->input, rep)) != ACCEPT ||
	    (v = read_text(c, &zone)) != ACCEPT || (v = collect(c, &zone)) != ACCEPT)
		return v;
	if (c->on_token && in->o.previous != NULL &&
	    (v = reach_begin(&c->reach, in->policy, rep)) != ACCEPT)
		return v;
	if ((v = inputs_load(in, false)) != ACCEPT || c->textksr != NULL)
		return v;
	return lineup_by_spans(&c->lineup, &c->keys, section(c), c->cycles, c->ncycles, c->second,
	    rep);
}

/* Which of the candidates are needed: those that stand, or may have to. */
static bool
needed(const struct create *c, const struct zsk *k)
{
	return k->stands || c->textksr != NULL ||
	    (c->in.previous != NULL && zsk_continues(k, c->in.previous));
}

static bool
fits_xml(const char *text)
{
	struct buf	 b = BUF_EMPTY;
	bool		 fits = xml_escape(&b, text) == 0 || errno != EINVAL;

	buf_free(&b);
	return fits;
}

/* With require_backup: a key that stands is in a backup, as its line says. */
static enum verdict
judge_backup(struct create *c, const struct zsk *k)
{
	if (!c->in.policy->require_backup || !k->stands ||
	    (k->line != NULL && k->line->archive != NULL))
		return ACCEPT;
	return report_broken(&c->in.report, &k->at, NULL, "key %s: %s, and the policy says "
	    "require_backup", k->name, k->line != NULL ? "its line names no backup" :
	    "no line of a key list names its backup");
}

/*
 * No proof without a private half, no key without a name that the request can hold, and none that would
 * be lost with its token.
 */
static enum verdict
judge_standing(struct create *c)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < c->keys.n; i++) {
		const struct zsk *k = &c->keys.v[i];
		bool	 lacks = c->on_token ? k->line->flags != 0 &&
			     (k->line->flags & KEY_PRIVATE) == 0 : k->soft == NULL;

		if (k->stands && !fits_xml(k->name))
			v = report_broken(&c->in.report, &k->at, "KSR-BUNDLE-KEYS",
			    "key %s: a name with characters that no XML can hold", k->name);
		if (k->stands && lacks)
			v = report_broken(&c->in.report, &k->at, "KSR-BUNDLE-POP",
			    "key %s: its private half is missing%s%s", k->name,
			    c->on_token ? ", as the line says" : c->nfiles > 0 ?
			    " from the files given" : ": no file of that name in ",
			    c->on_token || c->nfiles > 0 ? "" : section(c)->key_dir);
		v = verdict_worse(v, judge_backup(c, k));
	}
	return v;
}

static enum verdict
find_keys(struct create *c)
{
	struct report	*rep = &c->in.report;
	bool		*wanted;
	enum verdict	 v;
	size_t		 i;

	if ((c->held = calloc(c->keys.n + 1, sizeof(struct token_key *))) == NULL)
		return no_memory(c);
	if (!c->on_token)
		return ACCEPT;
	if ((wanted = calloc(c->keys.n + 1, sizeof(*wanted))) == NULL)
		return no_memory(c);
	for (i = 0; i < c->keys.n; i++)
		wanted[i] = needed(c, &c->keys.v[i]);
	v = reach_open(&c->tokens, &c->reach, c->in.policy, rep);
	if (v == ACCEPT)
		v = prove_find(c->held, c->tokens, &c->keys, wanted, &c->lines, section(c), rep);
	free(wanted);
	return v;
}

/* The keys of each slot, complete. */
static enum verdict
line_up(struct create *c)
{
	struct report	*rep = &c->in.report;
	enum verdict	 v = ACCEPT;

	if (c->textksr != NULL)
		return lineup_by_text(&c->lineup, &c->keys, section(c), c->cycles, c->ncycles,
		    c->second, c->textksr, rep);
	if (c->in.previous != NULL)
		v = lineup_continue(&c->lineup, &c->keys, c->in.previous, rep);
	return v;
}

static enum verdict
lay_out(struct create *c)
{
	struct request_spec spec = { .serial = c->serial, .made = c->in.now };
	enum verdict	 v;
	size_t		 i;

	for (i = 0; i < c->ncycles; i++) {
		struct made	*m = &c->made[i];

		schedule_name(m->name, section(c), &c->cycles[i]);
		if (buf_printf(&m->input, "the request of %s", m->name) == -1 ||
		    buf_printf(&m->file, "ksr-%s.xml", m->name) == -1 ||
		    buf_printf(&m->usefile, "ksr-%s.xml.use", m->name) == -1)
			return no_memory(c);
		spec.cycle = i;
		spec.id = i < c->nids ? c->ids[i] : NULL;
		spec.input = (char *)m->input.data;
		if ((v = request_lay_out(&m->request, &spec, &c->keys, &c->lineup,
		    &c->in.report)) != ACCEPT)
			return v;
	}
	return ACCEPT;
}

/*
 * A signature that came back wrong is a fault of the token, not of the request.  Each is looked at where it
 * was made: what it is of is the same wherever it stands.
 */
static void
verify(void *arg, struct proof *p)
{
	struct create	*c = arg;
	const struct zsk *k = &c->keys.v[p->zsk];
	const struct bundle *b = &p->ksr->bundles.v[p->bundle];
	struct sig	 sig = b->sigs[p->sig];

	sig.data = p->made;
	sig.len = p->len;
	if (rrsig_verify(c->in.verifier, &sig, &k->key, &p->ksr->name, b) == 1)
		c->nverified++;
	else
		report_fault(&c->in.report, NULL, "KSR-BUNDLE-POP: bundle %zu (%s): the "
		    "signature that %s made with key %u (%s) does not verify", p->bundle + 1, b->id,
		    c->held[p->zsk] != NULL ? token_key_where(c->held[p->zsk]) : "the file",
		    k->key.tag, k->name);
}

static enum verdict
make_proofs(struct create *c, struct proof **all, size_t n)
{
	enum verdict	 v;
	size_t		 i;

	if (c->on_token)
		v = prove_make(all, n, c->held, c->tokens, verify, c, &c->in.report);
	else
		v = proofs_make(all, n, &c->keys, &c->in.report);
	for (i = 0; v == ACCEPT && i < n; i++)
		if (!c->on_token || all[i]->made == NULL)
			verify(c, all[i]);
	return v == ACCEPT && c->nverified != n ? FAULT : v;
}

/* All proofs of all requests in one go, each signature once. */
static enum verdict
prove(struct create *c)
{
	struct proof	**all;
	enum verdict	 v;
	size_t		 i, j, n = 0;

	for (i = 0; i < c->ncycles; i++)
		n += c->made[i].request.n;
	if ((all = calloc(n + 1, sizeof(struct proof *))) == NULL)
		return no_memory(c);
	for (i = n = 0; i < c->ncycles; i++)
		for (j = 0; j < c->made[i].request.n; j++)
			all[n++] = &c->made[i].request.proofs[j];
	v = make_proofs(c, all, proofs_unite(all, n));
	free(all);
	return v;
}

static bool
stands_in(const struct create *c, size_t cycle, size_t key)
{
	size_t	 s;

	for (s = 0; s < c->lineup.nslots; s++)
		if (*lineup_at(&c->lineup, cycle, s, key))
			return true;
	return false;
}

static int
put_time(struct buf *out, int64_t t, const char *end)
{
	char	 text[ISOTIME_SIZE];

	return buf_printf(out, "%s%s", t == INT64_MIN || t == INT64_MAX ? "-" :
	    isotime_format(text, t, "Z"), end);
}

/* Which ZSK is active when: to be judged by, and as a file. */
static enum verdict
state_uses(struct create *c, size_t cycle)
{
	struct made	*m = &c->made[cycle];
	size_t		 i;

	m->uses.input = (char *)m->input.data;
	if ((m->uses.v = calloc(c->keys.n + 1, sizeof(*m->uses.v))) == NULL ||
	    buf_printf(&m->use, "# keyIdentifier, active from, until: request %s\n",
	    m->request.ksr->id) == -1)
		return no_memory(c);
	for (i = 0; i < c->keys.n; i++) {
		const struct zsk *k = &c->keys.v[i];

		if (!stands_in(c, cycle, i))
			continue;
		m->uses.v[m->uses.n++] = (struct zsk_use){ k->name, k->from, k->until, 0 };
		if (field_put(&m->use, k->name) == -1 || buf_puts(&m->use, " ") == -1 ||
		    put_time(&m->use, k->from, " ") == -1 || put_time(&m->use, k->until, "\n") == -1)
			return no_memory(c);
	}
	return ACCEPT;
}

/* The finished bytes, read back and judged as ksr-check does; then the chain goes on from them. */
static enum verdict
judge(struct create *c, size_t i, struct ksr **before)
{
	struct made	*m = &c->made[i];
	struct subject	 s = inputs_subject(&c->in);
	struct skr	 chain;
	struct ksr	*ksr = NULL;
	enum verdict	 v;

	if ((v = ksr_parse(&ksr, &m->out, (char *)m->input.data, &c->in.report)) != ACCEPT)
		return v;
	if (*before != NULL) {
		chain = (struct skr){ .input = (*before)->input, .id = (*before)->id,
		    .name = (*before)->name, .bundles = (*before)->bundles };
		s.previous = &chain;
	}
	s.ksr = ksr;
	if (c->write_use)
		s.zsk_uses = &m->uses;
	if (c->nsign_at > 0)
		s.sign_at = c->sign_at[c->nsign_at > 1 ? i : 0];
	v = check_request(&s);
	ksr_free(*before);
	*before = ksr;
	return v;
}

static enum verdict
finish(struct create *c)
{
	struct ksr	*before = NULL;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < c->ncycles && v != FAULT; i++) {
		struct made	*m = &c->made[i];

		if (request_write(&m->out, &m->request) == -1)
			v = report_fault(&c->in.report, NULL, "cannot write the request: %s",
			    strerror(errno));
		else if (!c->write_use || (v = verdict_worse(v, state_uses(c, i))) != FAULT)
			v = verdict_worse(v, judge(c, i, &before));
	}
	ksr_free(before);
	return v;
}

static enum verdict
create(struct create *c)
{
	enum verdict	 v;

	if ((c->made = calloc(c->ncycles, sizeof(*c->made))) == NULL)
		return no_memory(c);
	if ((v = prepare(c)) != ACCEPT || (v = judge_standing(c)) != ACCEPT ||
	    (v = find_keys(c)) != ACCEPT || (v = line_up(c)) != ACCEPT ||
	    (v = judge_standing(c)) != ACCEPT || (v = lay_out(c)) != ACCEPT ||
	    (v = prove(c)) != ACCEPT)
		return v;
	return finish(c);
}

/* One request, and the file beside it. */
static int
write_one(const struct create *c, const struct made *m)
{
	struct buf	 use = BUF_EMPTY;
	sigset_t	 all, old;
	int		 error, rv = -1;

	if (c->output == NULL)
		return buf_write(&m->out, STDOUT_FILENO);
	if (!c->write_use)
		return buf_create(&m->out, c->output, 0644);
	if (buf_printf(&use, "%s.use", c->output) == -1)
		return -1;
	/* A signal half-way would leave one without the other. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	if (buf_create(&m->use, (char *)use.data, 0644) == 0 &&
	    (rv = buf_create(&m->out, c->output, 0644)) == -1) {
		error = errno;
		unlink((char *)use.data);
		errno = error;
	}
	error = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	buf_free(&use);
	errno = error;
	return rv;
}

static int
write_folder(const struct create *c)
{
	struct folder_file files[2 * CYCLES_MAX];
	size_t		 i, n = 0;

	for (i = 0; i < c->ncycles; i++) {
		const struct made *m = &c->made[i];

		files[n++] = (struct folder_file){ (char *)m->file.data, &m->out };
		if (c->write_use)
			files[n++] = (struct folder_file){ (char *)m->usefile.data, &m->use };
	}
	return folder_create(c->output, files, n, 0644);
}

/* Only what nothing speaks against is written: all of it, or nothing. */
static enum verdict
deliver(struct create *c, enum verdict v)
{
	if ((v = inputs_report(&c->in, v)) != ACCEPT)
		return v;
	if ((c->ncycles > 1 ? write_folder(c) : write_one(c, &c->made[0])) == 0)
		return ACCEPT;
	fprintf(stderr, "%s: %s: %s\n", tool.name, c->output == NULL ? "standard output" :
	    c->output, strerror(errno));
	return FAULT;
}

static enum verdict
run(struct create *c)
{
	enum verdict	 v = create(c);
	size_t		 i;

	tokens_close(c->tokens);
	reach_free(&c->reach);
	v = deliver(c, v);
	for (i = 0; c->made != NULL && i < c->ncycles; i++) {
		struct made	*m = &c->made[i];

		request_clear(&m->request);
		free(m->uses.v);
		buf_free(&m->use);
		buf_free(&m->out);
		buf_free(&m->input);
		buf_free(&m->file);
		buf_free(&m->usefile);
	}
	free(c->made);
	free(c->held);
	lineup_clear(&c->lineup);
	zsks_clear(&c->keys);
	textksr_free(c->textksr);
	keylist_clear(&c->lines);
	return v;
}

/* Decimal digits, and nothing else.  0, or -1. */
static int
parse_number(uint64_t *out, const char *text, uint64_t min, uint64_t max)
{
	unsigned long long n;
	char		*end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || n < min || n > max)
		return -1;
	*out = n;
	return 0;
}

/* Those of when, and how many. */
static const char *
take_times(struct create *c, int id, const char *arg)
{
	uint64_t	 n;

	switch (id) {
	case OPT_START:
	case OPT_CYCLE:
		if (c->start != -1)
			return "--start and --cycle exclude each other";
		if (id == OPT_START ? isotime_option(&c->start, arg) == -1 :
		    schedule_quarter(&c->start, arg) == -1)
			return id == OPT_START ? "--start takes YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ" :
			    "--cycle takes a quarter: 2027q1";
		return NULL;
	case OPT_CYCLES:
		if (parse_number(&n, arg, 1, CYCLES_MAX) == -1)
			return "--cycles takes a number from 1 to 40";
		c->ncycles = (size_t)n;
		return NULL;
	case OPT_SIGN_AT:
		if (c->nsign_at == CYCLES_MAX || isotime_option(&c->sign_at[c->nsign_at++], arg) == -1)
			return "--sign-at takes a date";
		return NULL;
	case OPT_SERIAL:
		return parse_number(&c->serial, arg, 0, UINT64_MAX) == -1 ?
		    "--serial takes a number" : NULL;
	}
	return NULL;
}

/* Those of which keys, and where to.  NULL, or what is wrong. */
static const char *
take_own(struct create *c, int id, const char *arg)
{
	int	 algorithm;

	switch (id) {
	case OPT_ID:
		if (c->nids == CYCLES_MAX || *arg == '\0' || !fits_xml(arg))
			return "--id takes the id of a request";
		c->ids[c->nids++] = arg;
		return NULL;
	case OPT_KEY_FILE:
		if (c->nfiles == FILES_MAX)
			return "too many times --key-file";
		c->files[c->nfiles++] = arg;
		return NULL;
	case OPT_SECOND:
		if ((algorithm = algorithm_number(arg)) == -1 ||
		    algorithm_family((unsigned)algorithm) == FAMILY_NONE)
			return "--second-algorithm takes an algorithm: ECDSAP256SHA256";
		c->second = (unsigned)algorithm;
		return NULL;
	case OPT_FROM_BIND:
	case OPT_FROM_KNOT:
		if (c->text != NULL)
			return "--from-bind and --from-knot exclude each other";
		c->text = arg;
		c->form = id == OPT_FROM_BIND ? TEXT_BIND : TEXT_KNOT;
		return NULL;
	case OPT_WRITE_USE:
		c->write_use = true;
		return NULL;
	case OPT_OUTPUT:
		c->output = arg;
		return NULL;
	}
	return take_times(c, id, arg);
}

/* What options ask of each other.  NULL, or what is wrong. */
static const char *
complete(struct create *c)
{
	if (c->start == -1)
		return "give --start DATE or --cycle QUARTER";
	if (c->ncycles > 1 && c->output == NULL)
		return "several requests need --output, a new folder";
	if (c->nids > 0 && c->nids != c->ncycles)
		return "give --id once for each cycle";
	if (c->nsign_at > 1 && c->nsign_at != c->ncycles)
		return "give --sign-at once, or once for each cycle";
	if (c->write_use && c->output == NULL)
		return "--write-zsk-use goes with --output";
	if (c->write_use && c->in.o.zsk_use != NULL)
		return "--zsk-use and --write-zsk-use exclude each other";
	if (c->in.o.zsk_use != NULL && c->ncycles > 1)
		return "--zsk-use goes with one request";
	if (c->write_use && c->text != NULL)
		return "a text states no spans of activity: --write-zsk-use goes without it";
	if (c->nfiles > 0 && (c->reach.module != NULL || c->reach.nhsms > 0 || c->reach.ntokens > 0))
		return "--key-file and a token exclude each other";
	if (c->list != NULL && c->text != NULL && strcmp(c->list, "-") == 0 &&
	    strcmp(c->text, "-") == 0)
		return "the key list and the text cannot both be standard input";
	return NULL;
}

int
main(int argc, char *argv[])
{
	static struct create c = { .in = { .tool = "ksr-create", .o = INPUT_OPTIONS_EMPTY },
		.reach = REACH_EMPTY, .start = -1, .ncycles = 1, .serial = 1 };
	struct options	 o;
	const char	*arg, *wrong;
	enum verdict	 v;
	int		 id, taken;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0) {
		if ((taken = input_option(&c.in.o, &o, id, arg)) == 0)
			taken = reach_option(&c.reach, &o, id, arg);
		if (taken == -1)
			return FAULT;
		if (taken == 0 && (wrong = take_own(&c, id, arg)) != NULL)
			return (int)options_usage(&o, "%s", wrong);
	}
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if (input_complete(&c.in.o, &o) == -1 ||
	    reach_complete(&c.reach, &o, c.in.o.policy) == -1)
		return FAULT;
	c.list = o.count > 0 ? o.operands[0] : NULL;
	if (!c.in.o.show_policy && (wrong = complete(&c)) != NULL)
		return (int)options_usage(&o, "%s", wrong);
	v = c.in.o.show_policy ? inputs_report(&c.in, inputs_show_policy(&c.in)) : run(&c);
	inputs_free(&c.in);
	return (int)v;
}

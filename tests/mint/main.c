/* The commands of mint and their options. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/isotime.h"
#include "mint.h"

#define KSKS_MAX	16

struct options {
	struct story	 st;
	char		*ksks;		/* names, separated by commas */
	struct answer	 how;
	const char	*input;		/* of skr, legal and hostile */
	const char	*fault;
	const char	*form;
	char		**names;	/* operands */
	size_t		 nnames;
};

struct command {
	const char	*name;
	const char	*accepts;	/* letters of its options */
	bool		 names;		/* takes operands */
	void		(*run)(struct options *);
};

static const struct option longopts[] = {
	{ "dir",	required_argument, NULL, 'd' },
	{ "zone",	required_argument, NULL, 'z' },
	{ "algorithm",	required_argument, NULL, 'a' },
	{ "bits",	required_argument, NULL, 'b' },
	{ "start",	required_argument, NULL, 's' },
	{ "slots",	required_argument, NULL, 'n' },
	{ "bundles",	required_argument, NULL, 'n' },
	{ "ttl",	required_argument, NULL, 't' },
	{ "id",		required_argument, NULL, 'i' },
	{ "break",	required_argument, NULL, 'B' },
	{ "ksk",	required_argument, NULL, 'k' },
	{ "ksr",	required_argument, NULL, 'r' },
	{ "publish",	required_argument, NULL, 'p' },
	{ "revoke",	required_argument, NULL, 'R' },
	{ "pubkey",	required_argument, NULL, 'P' },
	{ "module",	required_argument, NULL, 'm' },
	{ "pin",	required_argument, NULL, 'N' },
	{ "form",	required_argument, NULL, 'f' },
	{ "in",		required_argument, NULL, 'I' },
	{ "help",	no_argument,	   NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static const char help[] =
"mint: keys, requests and responses for the tests, good ones and broken ones.\n"
"\n"
"mint keys     --dir D --algorithm A [--bits N] NAME...\n"
"	private keys in D/NAME.pem (PKCS#8, mode 0600); existing ones are kept\n"
"mint ksr      --dir D [--id ID] [--break CASE] REQUEST\n"
"	the KSR of a quarter to standard output; ZSKs are made when they are missing.\n"
"	Files that a CASE needs besides are written into D, from its policy.yaml\n"
"mint skr      --dir D --ksr FILE [--ksk NAME[,NAME...]] [--publish NAME]\n"
"	      [--revoke NAME] [--break CASE]\n"
"	the SKR that answers it; every slot signed by the KSKs (ksk-1)\n"
"mint ds       {--dir D | --pubkey FILE} [--zone Z] [--ttl T] --algorithm A NAME\n"
"mint dnskey   the same\n"
"	one line, DS with SHA-256 or DNSKEY; FILE is a DER SubjectPublicKeyInfo\n"
"mint bind     --dir D [--zone Z] --algorithm A NAME...\n"
"	existing keys also as D/K<zone>+<algorithm>+<tag>.key and .private; prints their\n"
"	base names\n"
"mint policy   {--dir D | --pubkey FILE} [--module PATH [--pin PIN]] REQUEST NAME\n"
"	a policy file for such requests, signed by the key NAME\n"
"mint ceremony --dir D [--ksk NAME] [--module PATH [--pin PIN]] REQUEST\n"
"	D/prev.ksr.xml, prev.xml (its SKR), ksr.xml, skr.xml, ksk.ds, policy.yaml\n"
"mint many     --bundles N, the rest as ceremony\n"
"	ksr.xml, skr.xml, ksk.ds and policy.yaml with so many bundles\n"
"mint cases    [--algorithm A] [--start DATE]\n"
"	all CASEs: name, kind, broken rules (-: none), arguments for the judge, meaning\n"
"	(--time is stated for requests of that start)\n"
"mint legal    --form FORM {--in FILE | --dir D REQUEST}\n"
"	the same document in another legal way; --form list names them\n"
"mint hostile  --form FORM {--in FILE | --dir D REQUEST}\n"
"	a document that means harm; --form list names them\n"
"\n"
"REQUEST: [--zone .] [--algorithm RSASHA256] [--bits 2048] [--start 2027-01-01]\n"
"         [--slots 9] [--ttl 172800]\n";

static unsigned long
number(const char *s, unsigned long min, unsigned long max)
{
	char		*end;
	unsigned long	 n = strtoul(s, &end, 10);

	if (*s < '0' || *s > '9' || *end != '\0' || n < min || n > max)
		die("'%s' is no number from %lu to %lu", s, min, max);
	return n;
}

static void
need_dir(const struct options *o)
{
	if (o->st.dir == NULL)
		die("--dir is missing");
}

/* The public half of the one key named as operand, as a KSK. */
static void
get_ksk(struct key *key, struct options *o)
{
	struct keytype	 type = o->st.spec.type;
	struct keyring	*ring;
	struct softkey	*k;

	if (o->nnames != 1)
		die("one NAME is wanted");
	o->st.ksk = o->names[0];
	if (o->st.pubkey != NULL) {
		k = softkey_load_public(o->st.pubkey, o->st.ksk, type.algorithm);
		softkey_dnskey(key, k, DNSKEY_KSK, o->st.spec.ttl);
		softkey_free(k);
		return;
	}
	need_dir(o);
	ring = keyring_open(o->st.dir);
	softkey_dnskey(key, keyring_get(ring, o->st.ksk, &type), DNSKEY_KSK, o->st.spec.ttl);
	keyring_close(ring);
}

static void
flush(struct buf *b)
{
	if (buf_write(b, STDOUT_FILENO) != 0)
		die("standard output: cannot write");
	buf_wipe(b);
}

static void
run_keys(struct options *o)
{
	struct keyring	*ring;
	size_t		 i;

	need_dir(o);
	ring = keyring_open(o->st.dir);
	for (i = 0; i < o->nnames; i++)
		keyring_get(ring, o->names[i], &o->st.spec.type);
	keyring_close(ring);
}

static void
run_ds(struct options *o)
{
	struct key	 ksk = { 0 };
	struct buf	 b = BUF_EMPTY;

	get_ksk(&ksk, o);
	ds_write(&b, &o->st, &ksk);
	flush(&b);
	key_clear(&ksk);
}

static void
run_dnskey(struct options *o)
{
	struct key	 ksk = { 0 };
	struct buf	 b = BUF_EMPTY;
	struct dname	 owner;

	get_ksk(&ksk, o);
	if (dname_parse(&owner, o->st.spec.zone) != 0)
		die("'%s' is no domain name", o->st.spec.zone);
	done(key_print(&b, &ksk, &owner));
	flush(&b);
	key_clear(&ksk);
}

static void
run_policy(struct options *o)
{
	struct key	 ksk = { 0 };
	struct buf	 b = BUF_EMPTY;

	get_ksk(&ksk, o);
	policy_write(&b, &o->st, &ksk);
	flush(&b);
	key_clear(&ksk);
}

/* Apply a fault if this is its stage. */
static void
hurt(const struct fault *f, enum stage stage, struct scene *s)
{
	s->fault = f;
	if (f != NULL && f->stage == stage)
		f->apply(s);
}

/* NULL: it is a fault of the text, or none at all. */
static const struct fault *
find_fault(const struct fault *const *tables, const struct options *o)
{
	const struct fault	*f = NULL;

	if (o->fault != NULL)
		f = fault_find(tables, o->fault);
	if (f != NULL && !fault_fits(f, o->st.spec.type.algorithm))
		die("%s does not exist with this algorithm", f->name);
	return f;
}

/* A fault of the text, unless it was one of the table. */
static void
hurt_text(const struct options *o, const struct fault *f, struct buf *b, const char *kind)
{
	if (o->fault == NULL || f != NULL)
		return;
	if (strncmp(o->fault, kind, strlen(kind)) != 0 || !text_fault(b, o->fault))
		die("%s: no such case", o->fault);
}

static void
run_ksr(struct options *o)
{
	const struct spec	*spec = &o->st.spec;
	const struct fault	*f = find_fault(ksr_tables, o);
	struct buf		 b = BUF_EMPTY;
	struct scene		 s = { 0 };

	need_dir(o);
	s.spec = spec;
	s.ring = keyring_open(o->st.dir);
	s.ksr = request_make(s.ring, spec);
	s.owner = &s.ksr->name;
	s.bundles = &s.ksr->bundles;
	s.written = &b;
	hurt(f, CONTENT, &s);
	request_sign(s.ksr, s.ring, spec);
	hurt(f, SIGNED, &s);
	done(ksr_write(&b, s.ksr));
	hurt(f, WRITTEN, &s);
	hurt_text(o, f, &b, "KSR-");
	flush(&b);
	ksr_free(s.ksr);
	keyring_close(s.ring);
}

/* What is known of the request from its own content. */
static void
respec(struct spec *spec, const struct ksr *ksr)
{
	spec->zone = ksr->domain;
	spec->type = request_type(ksr);
	spec->start = ksr->bundles.v[0].inception;
	spec->slots = ksr->bundles.n;
	spec->ttl = ksr->bundles.v[0].keys[0].ttl;
}

/* The request, read; and where the fault wants it, changed before it is answered. */
static struct ksr *
take_request(struct options *o, struct keyring *ring, const struct fault **f)
{
	struct buf	 b = BUF_EMPTY;
	struct scene	 s = { 0 };

	if (o->input == NULL)
		die("--ksr is missing");
	load(&b, o->input);
	s.ksr = request_read(&b, o->input);
	buf_free(&b);
	respec(&o->st.spec, s.ksr);
	*f = find_fault(skr_tables, o);
	s.spec = &o->st.spec;
	s.ring = ring;
	s.owner = &s.ksr->name;
	s.bundles = &s.ksr->bundles;
	hurt(*f, REQUEST, &s);
	return s.ksr;
}

static void
run_skr(struct options *o)
{
	const struct fault	*f = NULL;
	struct buf		 b = BUF_EMPTY;
	struct scene		 s = { 0 };
	struct ksr		*ksr;

	need_dir(o);
	s.spec = &o->st.spec;
	s.ring = keyring_open(o->st.dir);
	ksr = take_request(o, s.ring, &f);
	s.skr = response_make(ksr, s.ring, &o->how);
	s.owner = &s.skr->name;
	s.bundles = &s.skr->bundles;
	s.written = &b;
	hurt(f, CONTENT, &s);
	response_sign(s.skr, s.ring, &o->how);
	hurt(f, SIGNED, &s);
	done(skr_write(&b, s.skr));
	hurt(f, WRITTEN, &s);
	hurt_text(o, f, &b, "SKR-");
	flush(&b);
	skr_free(s.skr);
	ksr_free(ksr);
	keyring_close(s.ring);
}

static void
run_ceremony(struct options *o)
{
	struct keyring	*ring;

	need_dir(o);
	ring = keyring_open(o->st.dir);
	ceremony_write(&o->st, ring);
	keyring_close(ring);
}

static void
run_many(struct options *o)
{
	struct keyring	*ring;

	need_dir(o);
	ring = keyring_open(o->st.dir);
	many_write(&o->st, ring);
	keyring_close(ring);
}

static void
run_cases(struct options *o)
{
	faults_list(o->st.spec.start, o->st.spec.type.algorithm);
}

static void
run_bind(struct options *o)
{
	size_t		 i;

	need_dir(o);
	for (i = 0; i < o->nnames; i++)
		bind_write(o->st.dir, o->names[i], o->st.spec.zone,
		    o->st.spec.type.algorithm);
}

/* The document that legal and hostile begin with. */
static void
take_document(struct buf *b, struct options *o)
{
	struct keyring	*ring;

	if (o->input != NULL) {
		load(b, o->input);
		return;
	}
	need_dir(o);
	ring = keyring_open(o->st.dir);
	request_write(b, ring, &o->st.spec);
	keyring_close(ring);
}

static void
transform(struct options *o, bool (*write)(struct buf *, const struct buf *, const char *),
    void (*list)(void))
{
	struct buf	 in = BUF_EMPTY, out = BUF_EMPTY;

	if (o->form == NULL)
		die("--form is missing");
	if (strcmp(o->form, "list") == 0) {
		list();
		return;
	}
	take_document(&in, o);
	if (!write(&out, &in, o->form))
		die("%s: no such form", o->form);
	flush(&out);
	buf_free(&in);
}

static void
run_legal(struct options *o)
{
	transform(o, legal_write, legal_list);
}

static void
run_hostile(struct options *o)
{
	transform(o, hostile_write, hostile_list);
}

#define REQUEST_OPTIONS	"zabsnt"

static const struct command commands[] = {
	{ "keys",     "dzab", true, run_keys },
	{ "ksr",      "diB" REQUEST_OPTIONS, false, run_ksr },
	{ "skr",      "dkrpRB", false, run_skr },
	{ "ds",       "dzabtP", true, run_ds },
	{ "dnskey",   "dzabtP", true, run_dnskey },
	{ "bind",     "dza", true, run_bind },
	{ "policy",   "dPmN" REQUEST_OPTIONS, true, run_policy },
	{ "ceremony", "dkmN" REQUEST_OPTIONS, false, run_ceremony },
	{ "many",     "dkmN" REQUEST_OPTIONS, false, run_many },
	{ "cases",    "as", false, run_cases },
	{ "legal",    "dfI" REQUEST_OPTIONS, false, run_legal },
	{ "hostile",  "dfI" REQUEST_OPTIONS, false, run_hostile },
};

static void
set_request_option(struct spec *spec, int c, const char *arg)
{
	int	 n;

	switch (c) {
	case 'z':
		spec->zone = arg;
		break;
	case 'a':
		if ((n = algorithm_number(arg)) == -1 || algorithm_family((unsigned)n) == FAMILY_NONE)
			die("'%s' is no algorithm that is supported", arg);
		spec->type.algorithm = (unsigned)n;
		break;
	case 'b':
		spec->type.bits = (unsigned)number(arg, 512, 16384);
		break;
	case 's':
		if (isotime_option(&spec->start, arg) != 0)
			die("'%s' is no date", arg);
		break;
	case 'n':
		spec->slots = number(arg, 1, SLOTS_MAX);
		break;
	case 't':
		spec->ttl = (uint32_t)number(arg, 0, INT32_MAX);
		break;
	case 'i':
		spec->id = arg;
		break;
	}
}

static void
set_option(struct options *o, int c, char *arg)
{
	switch (c) {
	case 'd':
		o->st.dir = arg;
		break;
	case 'B':
		o->fault = arg;
		break;
	case 'k':
		o->ksks = arg;
		break;
	case 'r':
	case 'I':
		o->input = arg;
		break;
	case 'p':
		o->how.publish = arg;
		break;
	case 'R':
		o->how.revoke = arg;
		break;
	case 'P':
		o->st.pubkey = arg;
		break;
	case 'm':
		o->st.module = arg;
		break;
	case 'N':
		o->st.pin = arg;
		break;
	case 'f':
		o->form = arg;
		break;
	default:
		set_request_option(&o->st.spec, c, arg);
		break;
	}
}

static void
split_ksks(struct options *o, char *list, char *names[KSKS_MAX])
{
	char	*p, *save_p = NULL;

	for (p = strtok_r(list, ",", &save_p); p != NULL; p = strtok_r(NULL, ",", &save_p)) {
		if (o->how.nksks == KSKS_MAX)
			die("too many KSKs");
		names[o->how.nksks++] = p;
	}
	if (o->how.nksks == 0)
		die("--ksk without a name");
	o->how.ksks = names;
	o->st.ksk = names[0];
}

static const struct command *
find_command(const char *name)
{
	size_t	 i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	die("no command '%s'; try --help", name);
}

int
main(int argc, char *argv[])
{
	struct options		 o = { 0 };
	const struct command	*cmd;
	char			 usual[] = "ksk-1", *names[KSKS_MAX];
	int			 c;

	umask(077);
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(help, argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	cmd = find_command(argv[1]);
	o.st.spec = (struct spec){ ".", { RSASHA256, RSA_BITS, RSA_EXPONENT }, 0, ROOT_SLOTS, ROOT_TTL, NULL };
	done(isotime_option(&o.st.spec.start, "2027-01-01"));
	while ((c = getopt_long(argc - 1, argv + 1, "h", longopts, NULL)) != -1) {
		if (c == '?')
			return 2;
		if (c == 'h') {
			fputs(help, stdout);
			return 0;
		}
		if (strchr(cmd->accepts, c) == NULL)
			die("an option that %s does not have", cmd->name);
		set_option(&o, c, optarg);
	}
	split_ksks(&o, o.ksks != NULL ? o.ksks : usual, names);
	o.names = argv + 1 + optind;
	o.nnames = (size_t)(argc - 1 - optind);
	if (!cmd->names && o.nnames > 0)
		die("'%s' is one operand too many", o.names[0]);
	cmd->run(&o);
	return 0;
}

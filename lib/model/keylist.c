#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fields.h"
#include "base/isotime.h"
#include "base/json.h"
#include "model/dname.h"
#include "model/dnskey.h"
#include "model/keylist.h"

#define COLUMNS		12
#define MAX_BITS	65536

/* In the order of a line. */
enum { ZONE, LABEL, ID, ROLE, ALGORITHM, BITS, TAG, REVOKED_TAG, FROM, UNTIL, FLAGS, ARCHIVE };

static const struct { const char *name, *takes; } columns[COLUMNS] = {
	[ZONE] = { "zone", "a domain name" },
	[LABEL] = { "label", "a text" },
	[ID] = { "id", "hex digits in pairs" },
	[ROLE] = { "role", "ksk, zsk" },
	[ALGORITHM] = { "algorithm", "the mnemonic of an algorithm" },
	[BITS] = { "size", "a number of bits" },
	[TAG] = { "tag", "a number up to 65535" },
	[REVOKED_TAG] = { "revoked tag", "a number up to 65535" },
	[FROM] = { "from", "a day as YYYY-MM-DD" },
	[UNTIL] = { "until", "a day as YYYY-MM-DD after the one before it" },
	[FLAGS] = { "flags", "letters of pPsxt in this order" },
	[ARCHIVE] = { "archive", "a text" },
};

static const char letters[] = "pPsxt";		/* of enum key_flag, from its lowest bit */

const char *
key_role_name(enum key_role role)
{
	return role == ROLE_KSK ? "ksk" : role == ROLE_ZSK ? "zsk" : "-";
}

int
key_role_parse(enum key_role *role, const char *text)
{
	enum key_role	 r;

	for (r = ROLE_UNKNOWN; r <= ROLE_ZSK; r++)
		if (strcmp(text, key_role_name(r)) == 0) {
			*role = r;
			return 0;
		}
	return -1;
}

/* Text of a field; *out NULL for "-". */
static int
get_text(char **out, char *field)
{
	if (*field == '\0' || field_get(field) == -1)
		return -1;
	if (*field == '\0')
		return 0;
	return (*out = strdup(field)) == NULL ? -1 : 0;
}

static int
get_zone(char **out, char *field)
{
	char		 text[DNAME_TEXT];
	struct dname	 name;

	if (*field == '\0' || field_get(field) == -1)
		return -1;
	if (*field == '\0')
		return 0;
	if (dname_parse(&name, field) == -1)
		return -1;
	return (*out = strdup(dname_format(text, &name))) == NULL ? -1 : 0;
}

static int
nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int
get_id(struct keyline *k, const char *field)
{
	size_t	 i, n = strlen(field);
	int	 high, low;

	if (strcmp(field, "-") == 0)
		return 0;
	if (n == 0 || n % 2 != 0 || n / 2 > KEYLIST_MAX_ID ||
	    (k->id = malloc(n / 2)) == NULL)
		return -1;
	for (i = 0; i < n / 2; i++) {
		high = nibble(field[2 * i]);
		low = nibble(field[2 * i + 1]);
		if (high == -1 || low == -1)
			return -1;
		k->id[i] = (unsigned char)(high << 4 | low);
	}
	k->idlen = n / 2;
	return 0;
}

/* Decimal from 0 to max; *out as it was for "-". */
static int
get_number(int32_t *out, const char *field, int32_t max)
{
	int32_t	 n = 0;
	size_t	 i;

	if (strcmp(field, "-") == 0)
		return 0;
	if (*field == '\0' || strlen(field) > 5)
		return -1;
	for (i = 0; field[i] != '\0'; i++) {
		if (field[i] < '0' || field[i] > '9')
			return -1;
		n = 10 * n + (field[i] - '0');
	}
	if (n > max)
		return -1;
	*out = n;
	return 0;
}

static int
get_algorithm(uint8_t *out, const char *field)
{
	int	 n;

	if (strcmp(field, "-") == 0)
		return 0;
	if ((n = algorithm_number(field)) <= 0 || n > UINT8_MAX)
		return -1;
	*out = (uint8_t)n;
	return 0;
}

static int
get_day(int64_t *out, const char *field)
{
	if (strcmp(field, "-") == 0)
		return 0;
	/* of what isotime_option takes, the form of ten characters alone */
	return strlen(field) == 10 ? isotime_option(out, field) : -1;
}

static int
get_flags(unsigned *out, const char *field)
{
	const char	*at = letters, *p;

	if (strcmp(field, "-") == 0)
		return 0;
	if (*field == '\0')
		return -1;
	for (; *field != '\0'; field++) {
		if ((p = strchr(at, *field)) == NULL)
			return -1;
		*out |= 1u << (p - letters);
		at = p + 1;
	}
	return 0;
}

/* The number of the first field that is wrong; COLUMNS: none. */
static int
get_line(struct keyline *k, char *const f[COLUMNS])
{
	int32_t	 bits = 0;

	if (get_zone(&k->zone, f[ZONE]) == -1)
		return ZONE;
	if (get_text(&k->label, f[LABEL]) == -1)
		return LABEL;
	if (get_id(k, f[ID]) == -1)
		return ID;
	if (key_role_parse(&k->role, f[ROLE]) == -1)
		return ROLE;
	if (get_algorithm(&k->algorithm, f[ALGORITHM]) == -1)
		return ALGORITHM;
	if (get_number(&bits, f[BITS], MAX_BITS) == -1)
		return BITS;
	k->bits = (unsigned)bits;
	if (get_number(&k->tag, f[TAG], UINT16_MAX) == -1)
		return TAG;
	if (get_number(&k->revoked_tag, f[REVOKED_TAG], UINT16_MAX) == -1)
		return REVOKED_TAG;
	if (get_day(&k->from, f[FROM]) == -1)
		return FROM;
	if (get_day(&k->until, f[UNTIL]) == -1 || k->until <= k->from)
		return UNTIL;
	if (get_flags(&k->flags, f[FLAGS]) == -1)
		return FLAGS;
	if (get_text(&k->archive, f[ARCHIVE]) == -1)
		return ARCHIVE;
	return COLUMNS;
}

struct reader {
	struct keylist	 list;
	struct spot	 at;
	size_t		 token;		/* that lines are bound to; SIZE_MAX: none */
	size_t		 since;		/* keys before the first that "# keys" counts */
	struct report	*report;
};

static enum verdict
take_key(struct reader *r, char *line)
{
	char		*f[COLUMNS + 1], *p;
	struct keyline	*k;
	size_t		 n = 0;
	int		 bad;

	for (p = line; *p != '\0'; p++)
		if (*p != '\t' && (*p <= 0x20 || *p >= 0x7f)) {
			r->at.column = (unsigned long)(p - line) + 1;
			return report_fault(r->report, &r->at, "a byte that is not printable "
			    "ASCII; in a key-list line it stands as %%XX");
		}
	while (n <= COLUMNS && (p = strsep(&line, "\t")) != NULL)
		f[n++] = p;
	if (n != COLUMNS)
		return report_fault(r->report, &r->at, "%s%zu fields separated by tabs, a "
		    "key-list line has %d", n > COLUMNS ? "more than " : "",
		    n > COLUMNS ? n - 1 : n, COLUMNS);
	if ((k = keylist_add(&r->list)) == NULL)
		return report_fault(r->report, &r->at, "out of memory");
	k->line = r->at.line;
	k->token = r->token;
	if ((bad = get_line(k, f)) == COLUMNS)
		return ACCEPT;
	return report_fault(r->report, &r->at, "field %d, %s: '%s' is not %s or -", bad + 1,
	    columns[bad].name, f[bad], columns[bad].takes);
}

/* "LABEL serial S model M firmware F" */
static enum verdict
take_token(struct reader *r, char *line)
{
	static const char *const words[] = { NULL, "serial", NULL, "model", NULL, "firmware", NULL };
	char		*v[7], *p;
	size_t		 n = 0;
	bool		 good = true;

	while (n < 7 && (p = strsep(&line, " ")) != NULL)
		v[n++] = p;
	good = n == 7 && line == NULL;
	for (n = 0; good && n < 7; n++)
		good = words[n] != NULL ? strcmp(v[n], words[n]) == 0 :
		    *v[n] != '\0' && field_get(v[n]) == 0;
	if (!good)
		return report_fault(r->report, &r->at, "not '# token LABEL serial S model M "
		    "firmware F'");
	if (r->list.ntokens >= KEYLIST_MAX_TOKENS)
		return report_fault(r->report, &r->at, "more than %d tokens", KEYLIST_MAX_TOKENS);
	r->token = keylist_add_token(&r->list, v[0], v[2], v[4], v[6]);
	return r->token != SIZE_MAX ? ACCEPT : report_fault(r->report, &r->at, "out of memory");
}

/* "LABEL SHA256" */
static enum verdict
take_identity(struct reader *r, char *line)
{
	struct keytoken	*t = r->token == SIZE_MAX ? NULL : &r->list.tokens[r->token];
	char		*label = strsep(&line, " ");
	unsigned char	 digest[DIGEST_SIZE];

	if (t == NULL)
		return report_fault(r->report, &r->at, "'# identity' without a '# token'");
	if (line == NULL || digest_from_hex(digest, line) == -1 || field_get(label) == -1 ||
	    *label == '\0')
		return report_fault(r->report, &r->at, "not '# identity LABEL SHA256'");
	if (t->identity != NULL && (strcmp(t->identity, label) != 0 ||
	    memcmp(t->fingerprint, digest, DIGEST_SIZE) != 0))
		return report_fault(r->report, &r->at, "a second identity of one token");
	if (t->identity == NULL && (t->identity = strdup(label)) == NULL)
		return report_fault(r->report, &r->at, "out of memory");
	memcpy(t->fingerprint, digest, DIGEST_SIZE);
	return ACCEPT;
}

static enum verdict
take_count(struct reader *r, const char *text)
{
	size_t	 stood = r->list.n - r->since;
	char	*end;

	r->since = r->list.n;
	errno = 0;
	if (*text >= '0' && *text <= '9' && strtoull(text, &end, 10) == stood && *end == '\0' &&
	    errno == 0)
		return ACCEPT;
	return report_fault(r->report, &r->at, "'# keys %s', but %zu lines stand above it", text,
	    stood);
}

static enum verdict
take_line(struct reader *r, char *line)
{
	if (strncmp(line, "# token ", 8) == 0)
		return take_token(r, line + 8);
	if (strncmp(line, "# identity ", 11) == 0)
		return take_identity(r, line + 11);
	if (strncmp(line, "# keys ", 7) == 0)
		return take_count(r, line + 7);
	return *line == '#' || *line == '\0' ? ACCEPT : take_key(r, line);
}

static void
token_clear(struct keytoken *t)
{
	free(t->label);
	free(t->serial);
	free(t->model);
	free(t->firmware);
	free(t->identity);
}

/* Back to so many tokens and keys; the keys behind them are moved, or empty. */
static void
cut_back(struct keylist *list, size_t ntokens, size_t n)
{
	while (list->ntokens > ntokens)
		token_clear(&list->tokens[--list->ntokens]);
	list->n = n;
}

/* The identity of a token that the other list may have without one. */
static int
move_identity(struct keytoken *to, const struct keytoken *from)
{
	if (from->identity == NULL || to->identity != NULL)
		return 0;
	memcpy(to->fingerprint, from->fingerprint, DIGEST_SIZE);
	return (to->identity = strdup(from->identity)) == NULL ? -1 : 0;
}

/* All of one list to the end of another; 0, or -1 and nothing has moved. */
static int
move_all(struct keylist *to, struct keylist *from)
{
	size_t		 where[KEYLIST_MAX_TOKENS], i, n = to->n, ntokens = to->ntokens;
	struct keyline	*k;

	for (i = 0; i < from->ntokens; i++) {
		where[i] = keylist_add_token(to, from->tokens[i].label, from->tokens[i].serial,
		    from->tokens[i].model, from->tokens[i].firmware);
		if (where[i] == SIZE_MAX ||
		    move_identity(&to->tokens[where[i]], &from->tokens[i]) == -1)
			break;
	}
	for (; i == from->ntokens && to->n < n + from->n;)
		if (keylist_add(to) == NULL)
			break;
	if (to->n < n + from->n || i < from->ntokens) {
		cut_back(to, ntokens, n);
		return -1;
	}
	for (i = 0; i < from->n; i++) {
		k = &to->keys[n + i];
		*k = from->keys[i];
		if (k->token != SIZE_MAX)
			k->token = where[k->token];
	}
	from->n = 0;
	return 0;
}

enum verdict
keylist_parse(struct keylist *out, const struct buf *in, const char *input,
    struct report *report)
{
	struct reader	 r = { KEYLIST_EMPTY, { input, 0, 0 }, SIZE_MAX, 0, report };
	enum verdict	 v = ACCEPT;
	char		*text, *line, *rest, *name = NULL;

	if (in->len == 0)
		return report_fault(report, &r.at, "empty");
	if (memchr(in->data, '\0', in->len) != NULL)
		return report_fault(report, &r.at, "a NUL byte: not a text file");
	if ((text = strdup((const char *)in->data)) == NULL || (name = strdup(input)) == NULL) {
		free(text);
		return report_fault(report, &r.at, "out of memory");
	}
	for (rest = text; (line = strsep(&rest, "\n")) != NULL && rest != NULL;) {
		r.at.line++;
		r.at.column = 0;
		v = verdict_worse(v, take_line(&r, line));
	}
	r.at.line++;
	r.at.column = 0;
	if (line != NULL && *line != '\0')
		v = report_fault(report, &r.at, "the last line has no end: the file was cut");
	if (v == ACCEPT && move_all(out, &r.list) == -1)
		v = report_fault(report, &r.at, "out of memory");
	if (v == ACCEPT) {
		free(out->input);
		out->input = name;
		name = NULL;
	}
	keylist_clear(&r.list);
	free(name);
	free(text);
	return v;
}

enum verdict
keylist_load(struct keylist *list, const char *path, struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 in = BUF_EMPTY;
	enum verdict	 v;
	int		 rv;

	rv = strcmp(path, "-") == 0 ? buf_read(&in, STDIN_FILENO, KEYLIST_MAX_BYTES) :
	    buf_load(&in, path, KEYLIST_MAX_BYTES);
	if (rv == -1 && errno == EFBIG)
		v = report_fault(report, &at, "more than %zu bytes", KEYLIST_MAX_BYTES);
	else if (rv == -1)
		v = report_fault(report, &at, "%s", strerror(errno));
	else
		v = keylist_parse(list, &in, path, report);
	buf_free(&in);
	return v;
}

struct keyline *
keylist_add(struct keylist *list)
{
	struct keyline	*k = array_add(&list->keys, list->n, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->tag = k->revoked_tag = -1;
	k->from = KEYLIST_ALWAYS;
	k->until = KEYLIST_FOREVER;
	k->token = SIZE_MAX;
	list->n++;
	return k;
}

size_t
keylist_add_token(struct keylist *list, const char *label, const char *serial,
    const char *model, const char *firmware)
{
	struct keytoken	*t;
	size_t		 i;

	for (i = 0; i < list->ntokens; i++) {
		t = &list->tokens[i];
		if (strcmp(t->label, label) == 0 && strcmp(t->serial, serial) == 0 &&
		    strcmp(t->model, model) == 0 && strcmp(t->firmware, firmware) == 0)
			return i;
	}
	if ((t = array_add(&list->tokens, list->ntokens, sizeof(*t))) == NULL)
		return SIZE_MAX;
	t->label = strdup(label);
	t->serial = strdup(serial);
	t->model = strdup(model);
	t->firmware = strdup(firmware);
	if (t->label == NULL || t->serial == NULL || t->model == NULL || t->firmware == NULL) {
		token_clear(t);
		return SIZE_MAX;
	}
	return list->ntokens++;
}

static int
copy_text(char **to, const char *from)
{
	return from != NULL && (*to = strdup(from)) == NULL ? -1 : 0;
}

int
keyline_copy(struct keyline *to, const struct keyline *from)
{
	struct keyline	 k = *from;

	k.zone = k.label = k.archive = NULL;
	k.id = NULL;
	k.token = SIZE_MAX;
	if (from->idlen > 0 && (k.id = malloc(from->idlen)) != NULL)
		memcpy(k.id, from->id, from->idlen);
	if ((from->idlen > 0 && k.id == NULL) || copy_text(&k.zone, from->zone) == -1 ||
	    copy_text(&k.label, from->label) == -1 ||
	    copy_text(&k.archive, from->archive) == -1) {
		keyline_clear(&k);
		return -1;
	}
	*to = k;
	return 0;
}

/* NULL before all text. */
static int
compare_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

int
keyline_compare(const struct keyline *a, const struct keyline *b)
{
	size_t	 n = a->idlen < b->idlen ? a->idlen : b->idlen;
	int	 c = n == 0 ? 0 : memcmp(a->id, b->id, n);

	if (c == 0)
		c = (a->idlen > b->idlen) - (a->idlen < b->idlen);
	if (c == 0)
		c = compare_text(a->label, b->label);
	return c != 0 ? c : (a->tag > b->tag) - (a->tag < b->tag);
}

static int
by_token(const void *va, const void *vb)
{
	const struct keyline *a = va, *b = vb;
	/* none (SIZE_MAX) is 0 here */
	size_t	 ta = a->token + 1, tb = b->token + 1;

	return ta != tb ? (ta > tb) - (ta < tb) : keyline_compare(a, b);
}

void
keylist_sort(struct keylist *list)
{
	if (list->n > 0)
		qsort(list->keys, list->n, sizeof(*list->keys), by_token);
}

bool
keyline_same(const struct keyline *a, const struct keyline *b)
{
	return a->idlen == b->idlen && (a->idlen == 0 || memcmp(a->id, b->id, a->idlen) == 0) &&
	    compare_text(a->label, b->label) == 0 &&
	    (a->algorithm == 0 || b->algorithm == 0 || a->algorithm == b->algorithm) &&
	    (a->bits == 0 || b->bits == 0 || a->bits == b->bits) &&
	    (a->tag == -1 || b->tag == -1 || a->tag == b->tag);
}

static int
put_id(struct buf *out, const struct keyline *k)
{
	static const char digits[] = "0123456789abcdef";
	char	 pair[2];
	size_t	 i;

	if (k->idlen == 0)
		return buf_puts(out, "-");
	for (i = 0; i < k->idlen; i++) {
		pair[0] = digits[k->id[i] >> 4];
		pair[1] = digits[k->id[i] & 0xf];
		if (buf_append(out, pair, sizeof(pair)) == -1)
			return -1;
	}
	return 0;
}

static int
put_number(struct buf *out, int32_t n, bool known)
{
	return known ? buf_printf(out, "%" PRId32, n) : buf_puts(out, "-");
}

static int
put_day(struct buf *out, int64_t t)
{
	char	 text[ISOTIME_SIZE];

	if (t == KEYLIST_ALWAYS || t == KEYLIST_FOREVER)
		return buf_puts(out, "-");
	return buf_append(out, isotime_format(text, t, ""), 10);
}

static int
put_flags(struct buf *out, unsigned flags)
{
	size_t	 i;

	if (flags == 0)
		return buf_puts(out, "-");
	for (i = 0; letters[i] != '\0'; i++)
		if ((flags & 1u << i) != 0 && buf_append(out, &letters[i], 1) == -1)
			return -1;
	return 0;
}

static int
put_algorithm(struct buf *out, unsigned algorithm)
{
	const char	*name = algorithm_name(algorithm);

	if (algorithm == 0)
		return buf_puts(out, "-");
	return name != NULL ? buf_puts(out, name) : buf_printf(out, "%u", algorithm);
}

static int
put_field(struct buf *out, const struct keyline *k, int column)
{
	switch (column) {
	case ZONE:
		return field_put(out, k->zone);
	case LABEL:
		return field_put(out, k->label);
	case ID:
		return put_id(out, k);
	case ROLE:
		return buf_puts(out, key_role_name(k->role));
	case ALGORITHM:
		return put_algorithm(out, k->algorithm);
	case BITS:
		return put_number(out, (int32_t)k->bits, k->bits != 0);
	case TAG:
		return put_number(out, k->tag, k->tag != -1);
	case REVOKED_TAG:
		return put_number(out, k->revoked_tag, k->revoked_tag != -1);
	case FROM:
		return put_day(out, k->from);
	case UNTIL:
		return put_day(out, k->until);
	case FLAGS:
		return put_flags(out, k->flags);
	}
	return field_put(out, k->archive);
}

int
keyline_print(struct buf *out, const struct keyline *k)
{
	int	 i;

	for (i = 0; i < COLUMNS; i++)
		if ((i > 0 && buf_puts(out, "\t") == -1) || put_field(out, k, i) == -1)
			return -1;
	return buf_puts(out, "\n");
}

int
keytoken_print(struct buf *out, const struct keytoken *t)
{
	char	 hex[DIGEST_HEX];

	if (buf_puts(out, "# token ") == -1 || field_put(out, t->label) == -1 ||
	    buf_puts(out, " serial ") == -1 || field_put(out, t->serial) == -1 ||
	    buf_puts(out, " model ") == -1 || field_put(out, t->model) == -1 ||
	    buf_puts(out, " firmware ") == -1 || field_put(out, t->firmware) == -1 ||
	    buf_puts(out, "\n") == -1)
		return -1;
	if (t->identity == NULL)
		return 0;
	if (buf_puts(out, "# identity ") == -1 || field_put(out, t->identity) == -1)
		return -1;
	return buf_printf(out, " %s\n", digest_hex(hex, t->fingerprint));
}

/* The lines bound to one token, and their number. */
static int
print_keys(struct buf *out, const struct keylist *list, size_t token)
{
	size_t	 i, n = 0;

	for (i = 0; i < list->n; i++) {
		if (list->keys[i].token != token)
			continue;
		if (keyline_print(out, &list->keys[i]) == -1)
			return -1;
		n++;
	}
	return n > 0 || token != SIZE_MAX || list->ntokens == 0 ?
	    buf_printf(out, "# keys %zu\n", n) : 0;
}

int
keylist_print(struct buf *out, const struct keylist *list)
{
	size_t	 i;

	if (print_keys(out, list, SIZE_MAX) == -1)
		return -1;
	for (i = 0; i < list->ntokens; i++)
		if (keytoken_print(out, &list->tokens[i]) == -1 ||
		    print_keys(out, list, i) == -1)
			return -1;
	return 0;
}

/* A field as a JSON string, or null. */
static int
json_field(struct buf *out, const struct keyline *k, int column)
{
	struct buf	 f = BUF_EMPTY;
	const char	*text;
	int		 rv;

	if ((rv = put_field(&f, k, column)) == 0) {
		text = (const char *)f.data;
		rv = json_string(out, strcmp(text, "-") == 0 ? NULL : text);
	}
	buf_free(&f);
	return rv;
}

int
keyline_json(struct buf *out, const struct keyline *k)
{
	static const char *const members[COLUMNS] = {
		"zone", "label", "id", "role", "algorithm", "size", "tag", "revoked_tag",
		"from", "until", "flags", "archive"
	};
	int	 i, rv;

	for (i = 0; i < COLUMNS; i++) {
		if (buf_printf(out, "%s\"%s\":", i == 0 ? "{" : ",", members[i]) == -1)
			return -1;
		if ((i == BITS && k->bits != 0) || (i == TAG && k->tag != -1) ||
		    (i == REVOKED_TAG && k->revoked_tag != -1))
			rv = put_field(out, k, i);
		else
			rv = json_field(out, k, i);
		if (rv == -1)
			return -1;
	}
	return buf_puts(out, "}");
}

static int
json_escaped(struct buf *out, const char *member, const char *text)
{
	struct buf	 f = BUF_EMPTY;
	int		 rv = -1;

	if (field_put(&f, text) == 0 && buf_printf(out, "\"%s\":", member) == 0)
		rv = json_string(out, strcmp((const char *)f.data, "-") == 0 ? NULL :
		    (const char *)f.data);
	buf_free(&f);
	return rv;
}

int
keytoken_json(struct buf *out, const struct keytoken *t)
{
	char	 hex[DIGEST_HEX];

	if (buf_puts(out, "{") == -1 || json_escaped(out, "label", t->label) == -1 ||
	    buf_puts(out, ",") == -1 || json_escaped(out, "serial", t->serial) == -1 ||
	    buf_puts(out, ",") == -1 || json_escaped(out, "model", t->model) == -1 ||
	    buf_puts(out, ",") == -1 || json_escaped(out, "firmware", t->firmware) == -1 ||
	    buf_puts(out, ",") == -1 || json_escaped(out, "identity", t->identity) == -1)
		return -1;
	if (t->identity == NULL)
		return buf_puts(out, ",\"fingerprint\":null}");
	return buf_printf(out, ",\"fingerprint\":\"%s\"}", digest_hex(hex, t->fingerprint));
}

void
keyline_clear(struct keyline *k)
{
	free(k->zone);
	free(k->label);
	free(k->id);
	free(k->archive);
	*k = (struct keyline){
		.tag = -1, .revoked_tag = -1, .from = KEYLIST_ALWAYS, .until = KEYLIST_FOREVER,
		.token = SIZE_MAX,
	};
}

void
keylist_clear(struct keylist *list)
{
	size_t	 i;

	for (i = 0; i < list->n; i++)
		keyline_clear(&list->keys[i]);
	for (i = 0; i < list->ntokens; i++)
		token_clear(&list->tokens[i]);
	free(list->keys);
	free(list->tokens);
	free(list->input);
	*list = (struct keylist)KEYLIST_EMPTY;
}

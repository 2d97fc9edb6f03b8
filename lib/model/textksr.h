/*
 * textksr: requests and responses as text: what BIND's dnssec-ksr and Knot DNS's keymgr
 * write and read.  Sets of keys, each from the time of its header to that of the next.
 */
#ifndef MODEL_TEXTKSR_H
#define MODEL_TEXTKSR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/report.h"
#include "model/bundle.h"

enum text_form { TEXT_BIND, TEXT_KNOT };
enum text_kind { TEXT_KSR, TEXT_SKR };

struct textksr {
	char		*input;
	enum text_form	 form;
	enum text_kind	 kind;
	char		*domain;	/* the owner of all records, with its last dot */
	struct dname	 name;
	/*
	 * In the order of their times.  inception: the time of the header; expiration: that of
	 * the next one, TEXT_FOREVER for the last.  There is no id.  Keys, at least one in a set, are those
	 * of the DNSKEY records, sigs the RRSIGs over them, in the order of the text.
	 *
	 * The texts name no keys.  The identifier that a key has here is its algorithm and the tag of
	 * its form without REVOKE, "008+21715", the same in every set; another key of that name in this document
	 * is "008+21715-2".  A signature bears the name of the key it fits, if the set has one, else
	 * one made of its own tag.
	 */
	struct bundles	 sets;
	size_t		 passed_over;	/* records CDS, CDNSKEY and RRSIGs over them */
	unsigned char	 digest[DIGEST_SIZE];	/* SHA-256 of the bytes it was read from */
};

#define TEXT_FOREVER	INT64_MAX

/* The form of this name: "bind", "knot".  0, or -1 and *out unchanged. */
int		 text_form(enum text_form *out, const char *name);

/*
 * Read a text of this form and kind.  ACCEPT and *out set (free with textksr_free), else *out unchanged
 * and the report says why, with input and line, under no rule's id: REFUSE, or FAULT when
 * memory runs out.  Each faulty record is named, not only the first.
 *
 * Refused: no header before the first record; a header of the other kind, of another version than 1.0, or
 * whose time is not of the form's kind (BIND: 14 digits; Knot: seconds since 1970, or 14
 * digits from 2024 on); headers whose times do not rise; a set without DNSKEY; no last line "generated at",
 * or anything but comments after it; owners that are relative, left out or differ (all have
 * the name of the first record, or "zone" where that is not NULL); TTL missing, or not one in a
 * set; a class other than IN, and for BIND none at all; types other than DNSKEY and, in a response,
 * RRSIG, CDS, CDNSKEY; for BIND, parentheses, for Knot those that do not match; what is not
 * rdata (RFC 4034 2.2, 3.2), keys and signatures of a wrong length; the same record twice in a set.  In
 * a request, keys with other flags than 256.  Whether a signature holds is not judged here.
 *
 * Not limited in size: the limit is that of input_read.  Takes time in proportion to that size.
 */
enum verdict	 textksr_parse(struct textksr **out, const struct buf *, const char *input,
		    enum text_form, enum text_kind, const struct dname *zone, struct report *);

/* The set in force at this instant, borrowed; NULL before the first. */
const struct bundle *textksr_at(const struct textksr *, int64_t time);

void		 textksr_free(struct textksr *);

#endif

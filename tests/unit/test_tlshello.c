/* tlshello: a server's answer, in any records and pieces, and invalid
 * answers. */
#include "check/tlshello.h"

#include <string.h>

#include "base/text.h"
#include "unit.h"

#define L(text) LITERAL(text)

enum {
	TLSCERT_SIZE = 300,
	ANSWER_MAX = 8192,
	MUTATIONS = 200000,
};

static struct tlshello h;

/* The result for TEXT, independent of the octets after it. */
static enum tlshello_result
parse(struct unit *u, struct span text)
{
	enum tlshello_result one, two;
	struct span name = L("nothing behind the answer counts");

	memset(h.octets, 0, ANSWER_MAX);
	memcpy(h.octets, text.s, text.n);
	h.n = text.n;
	one = tlshello_parse(&h);
	memset(h.octets + text.n, 0xff, ANSWER_MAX - text.n);
	two = tlshello_parse(&h);
	if (one != two)
		EXPECT_NUMBER(u, name, one, two);
	return two;
}

static void
put_number(struct text *t, size_t n, unsigned octets)
{
	while (octets-- > 0)
		text_char(t, (char)(n >> 8 * octets));
}

/* ServerHello, and Certificate with DER, which is also that of its issuer. */
static struct span
messages(struct span der, char buffer[static ANSWER_MAX])
{
	struct text t = text_in(buffer, ANSWER_MAX);
	char hello[70] = { 3, 3 };
	int i;

	text_char(&t, 2);
	put_number(&t, sizeof(hello), 3);
	text_span(&t, (struct span){ hello, sizeof(hello) });
	text_char(&t, 11);
	put_number(&t, 3 + 2 * (3 + der.n), 3);
	put_number(&t, 2 * (3 + der.n), 3);
	for (i = 0; i < 2; i++) {
		put_number(&t, der.n, 3);
		text_span(&t, der);
	}
	return text_span_of(&t);
}

/* The same in records of SIZE octets. */
static struct span
records(struct span all, size_t size, char buffer[static ANSWER_MAX])
{
	struct text t = text_in(buffer, ANSWER_MAX);
	struct span piece;

	while (all.n > 0) {
		piece = span_take_n(&all, size);
		text_add(&t, "\x16\x03\x03");
		put_number(&t, piece.n, 2);
		text_span(&t, piece);
	}
	return text_span_of(&t);
}

/* Each further octet gives TLSHELLO_MORE, and finally the certificate. */
static bool
comes_in_time(struct unit *u, struct span answer, struct span der)
{
	enum tlshello_result r = TLSHELLO_MORE;
	struct span part = { answer.s, 0 };

	while (r == TLSHELLO_MORE && part.n < answer.n) {
		part.n++;
		r = parse(u, part);
	}
	return r == TLSHELLO_CERTIFICATE && octets_same(h.certificate, der) &&
	    parse(u, answer) == TLSHELLO_CERTIFICATE;
}

static void
test_answers(struct unit *u)
{
	struct span name = L("a certificate, in records of any size");
	char der[TLSCERT_SIZE], one[ANSWER_MAX], two[ANSWER_MAX];
	struct span all, want = { der, sizeof(der) };
	uint64_t state = 1;
	bool good = true;
	size_t size, i;

	for (i = 0; i < sizeof(der); i++)
		der[i] = (char)random_next(&state);
	all = messages(want, one);
	for (size = 1; good && size <= all.n; size += 1 + size / 3)
		good = comes_in_time(u, records(all, size, two), want);
	EXPECT_TRUE(u, name, good);
}

static const struct {
	struct span name, octets;
	enum tlshello_result want;
} answers[] = {
	{ L("nothing"), L(""), TLSHELLO_MORE },
	{ L("a greeting"), L("2"), TLSHELLO_NONSENSE },
	{ L("SSL 2"), L("\x16\x02"), TLSHELLO_NONSENSE },
	{ L("an empty record"), L("\x16\x03\x03\x00\x00"), TLSHELLO_MORE },
	{ L("an alert"), L("\x15\x03\x03\x00\x02\x02\x28"), TLSHELLO_ALERT },
	{ L("part of one"), L("\x15\x03\x03\x00\x02\x02"), TLSHELLO_MORE },
	{ L("too short a one"), L("\x15\x03\x03\x00\x01\x02"),
	    TLSHELLO_NONSENSE },
	{ L("a warning"), L("\x15\x03\x03\x00\x02\x01\x70"), TLSHELLO_MORE },
	{ L("not this version"), L("\x15\x03\x03\x00\x02\x02\x46"),
	    TLSHELLO_NEWER },
	{ L("no ServerHello"), L("\x16\x03\x03\x00\x04\x0b\x00\x00\x00"),
	    TLSHELLO_NONSENSE },
	{ L("no list"),
	    L("\x16\x03\x03\x00\x08\x02\x00\x00\x00\x0b\x00\x00\x00"),
	    TLSHELLO_NONSENSE },
	{ L("no certificate in the list"),
	    L("\x16\x03\x03\x00\x0b\x02\x00\x00\x00\x0b\x00\x00\x03\x00\x00"
	      "\x00"),
	    TLSHELLO_NONSENSE },
	{ L("an empty certificate"),
	    L("\x16\x03\x03\x00\x0e\x02\x00\x00\x00\x0b\x00\x00\x06\x00\x00"
	      "\x03\x00\x00\x00"),
	    TLSHELLO_NONSENSE },
	{ L("a certificate that is longer than its message"),
	    L("\x16\x03\x03\x00\x0f\x02\x00\x00\x00\x0b\x00\x00\x07\x00\x00"
	      "\x04\x00\x00\x02\x30"),
	    TLSHELLO_NONSENSE },
};

static void
test_table(struct unit *u)
{
	struct span full = L("too much of it");
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		EXPECT_NUMBER(u, answers[i].name, parse(u, answers[i].octets),
		    answers[i].want);
	memset(h.octets, 0, sizeof(h.octets));
	for (i = 0; i + 5 <= sizeof(h.octets); i += 5)
		memcpy(h.octets + i, "\x16\x03\x03\x00\x00", 5);
	h.n = sizeof(h.octets);
	memcpy(h.octets + i - 5, "\x16\x03\x03\xff\xff", 5);
	EXPECT_NUMBER(u, full, tlshello_parse(&h), TLSHELLO_NONSENSE);
}

/* Randomly changed octets: the certificate is always within the messages. */
static void
test_mutations(struct unit *u)
{
	struct span name = L("what is named lies within what has come");
	char one[ANSWER_MAX], two[ANSWER_MAX];
	struct span der = L("certificate");
	struct span answer = records(messages(der, one), 40, two);
	uint64_t state = 7;
	bool good = true;
	size_t at;
	int i;

	for (i = 0; good && i < MUTATIONS; i++) {
		at = random_next(&state) % answer.n;
		memcpy(h.octets, answer.s, answer.n);
		h.octets[at] = (char)random_next(&state);
		h.octets[random_next(&state) % answer.n] ^= 1;
		h.n = answer.n;
		if (tlshello_parse(&h) == TLSHELLO_CERTIFICATE)
			good = h.certificate.n > 0 &&
			    h.certificate.s >= h.messages &&
			    h.certificate.s + h.certificate.n <=
			        h.messages + h.messages_n;
	}
	EXPECT_TRUE(u, name, good);
}

static void
test_hello(struct unit *u)
{
	struct span name = L("the lengths of ClientHello are what they say");
	struct span hello = tlshello_hello();
	const unsigned char *s = (const unsigned char *)hello.s;

	EXPECT_NUMBER(u, name, s[4] + 5U, hello.n);
	EXPECT_NUMBER(u, name, s[8] + 9U, hello.n);
}

int
main(void)
{
	struct unit u = { .out = 1 };

	test_hello(&u);
	test_answers(&u);
	test_table(&u);
	test_mutations(&u);
	return unit_end(&u);
}

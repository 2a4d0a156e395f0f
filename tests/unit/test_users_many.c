/* users: two thousand addresses, sorted and unsorted, give the same results as
 * a search in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "smtp/path.h"
#include "unit.h"
#include "users/users.h"

#define L(text) LITERAL(text)

enum {
	USERS = 2000,
	DOMAINS = 10,
	ADDRESS_MAX = 288,
	FILE_MAX = USERS * (ADDRESS_MAX + 64),
};

/* Maildir `m` and its number, which is the index before the shuffle. */
struct user {
	char address[ADDRESS_MAX];
	unsigned number;
};

/* Two files of the same users, and the same in memory. */
struct world {
	struct user user[USERS];
	struct scratch scanned_file, halved_file;
	struct users scanned, halved;
	char octets[FILE_MAX];
};

/* Addresses of many lengths and letters; two domains accept all addresses, and
 * some addresses differ only by a tag. */
static void
make_user(struct user *user, unsigned i)
{
	static const char *const fronts[] = { "User", "", "user_", "U-", "~" };
	static const char *const backs[] = { "", ".x", "", "+list", "Z" };
	static const char padding[] =
	    "pppppppppppppppppppppppppppppppppppppppp"
	    "PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP";
	char local[ADDRESS_MAX - 32] = "";

	if (i >= 2)
		snprintf(local, sizeof(local), "%s%u%.*s%s", fronts[i % 5],
		    i / 2, i % 7 == 0 ? (int)(i % 80) : 0, padding,
		    backs[i % 5]);
	snprintf(user->address, sizeof(user->address), "%s@D%u.example", local,
	    i % DOMAINS);
	user->number = i;
}

static int
compare(const void *a, const void *b)
{
	const unsigned char *p = a, *q = b;

	while (*p && to_lower(*p) == to_lower(*q)) {
		p++;
		q++;
	}
	return to_lower(*p) - to_lower(*q);
}

static void
shuffle(struct world *w)
{
	uint64_t state = 0x5eed;
	struct user other;
	size_t i, j;

	for (i = USERS - 1; i > 0; i--) {
		j = (size_t)(random_next(&state) % (i + 1));
		other = w->user[i];
		w->user[i] = w->user[j];
		w->user[j] = other;
	}
}

static void
write_users(struct world *w, const struct scratch *s, const char *first)
{
	struct text t = text_in(w->octets, sizeof(w->octets));
	size_t i;

	text_add(&t, first);
	for (i = 0; i < USERS; i++) {
		text_add(&t, w->user[i].address);
		text_add(&t, i % 3 ? " ./m" : "\t  ./m");
		text_number(&t, w->user[i].number, 0);
		text_add(&t, i % 5 ? "/" : "/ # a comment");
		text_add(&t, i % 11 ? "\n" : "\r\n");
	}
	scratch_write(s, text_span_of(&t));
}

/* Sorts the users. */
static void
make_world(struct world *w)
{
	unsigned i;

	for (i = 0; i < USERS; i++)
		make_user(&w->user[i], i);
	scratch_open(&w->scanned_file);
	scratch_open(&w->halved_file);
	shuffle(w);
	write_users(w, &w->scanned_file, "# out of order\n");
	qsort(w->user, USERS, sizeof(*w->user), compare);
	write_users(w, &w->halved_file, "# sorted\n");
	if (users_open(&w->scanned, w->scanned_file.file) < 0 ||
	    users_open(&w->halved, w->halved_file.file) < 0)
		_exit(2);
}

/* The number of the user that gets the mail, or USERS. */
static unsigned
listed(const struct world *w, struct span local, struct span domain)
{
	char key[ADDRESS_MAX + 16];
	const struct user *found;

	snprintf(key, sizeof(key), "%.*s@%.*s", (int)local.n, local.s,
	    (int)domain.n, domain.s);
	found = bsearch(key, w->user, USERS, sizeof(*w->user), compare);
	return found ? found->number : USERS;
}

static unsigned
want(const struct world *w, const struct path *p)
{
	struct span rest = p->local, nobody = { "", 0 };
	struct span base = span_take_until(&rest, '+');
	unsigned number = listed(w, p->local, p->domain);

	if (number == USERS)
		number = listed(w, base, p->domain);
	return number == USERS ? listed(w, nobody, p->domain) : number;
}

static unsigned
got(struct users *users, const struct path *p)
{
	const struct users_address a = { p->local, p->domain };
	enum users_result result;
	struct users_entry entry;
	uint64_t number;

	result = users_find(users, &a, span_of("mx.example"), &entry);
	if (result != USERS_FOUND)
		return result == USERS_NONE ? USERS : USERS + 1;
	if (entry.action.text[0] != 'm' ||
	    !span_number(span_of(entry.action.text + 1), &number))
		return USERS + 2;
	return (unsigned)number;
}

/* The number of files with a wrong result for ADDRESS with BETWEEN after its
 * local part.  Adds to *HITS if there is such a user. */
static unsigned
wrong(struct world *w, struct span address, const char *between, unsigned *hits)
{
	char octets[ADDRESS_MAX + 16];
	struct text t = text_in(octets, sizeof(octets));
	struct span local = span_take_until(&address, '@'), rest;
	struct path p;
	unsigned wanted, mistakes = 0;

	text_char(&t, '<');
	text_span(&t, local);
	text_add(&t, between);
	text_span(&t, address);
	text_char(&t, '>');
	if (path_parse(text_span_of(&t), &p, &rest) != PATH_OK)
		return 2;
	wanted = want(w, &p);
	*hits += wanted < USERS;
	mistakes += got(&w->scanned, &p) != wanted;
	mistakes += got(&w->halved, &p) != wanted;
	return mistakes;
}

/* All users, each with BETWEEN after the local part. */
static void
ask_all(struct unit *u, struct world *w, const char *between)
{
	unsigned i, mistakes = 0, hits = 0;

	for (i = 0; i < USERS; i++)
		if (w->user[i].address[0] != '@')
			mistakes += wrong(w, span_of(w->user[i].address),
			    between, &hits);
	EXPECT_NUMBER(u, span_of("mistakes about users"), mistakes, 0);
	EXPECT_TRUE(u, span_of("some are listed"), hits >= USERS / 10);
}

/* Similar addresses: one letter more or less, at the front and at the end. */
static void
ask_neighbours(struct unit *u, struct world *w)
{
	unsigned i, mistakes = 0, hits = 0;
	char octets[ADDRESS_MAX + 8];
	struct span all;

	for (i = 0; i < USERS; i += 3) {
		if (w->user[i].address[0] == '@')
			continue;
		all = span_of(w->user[i].address);
		snprintf(octets, sizeof(octets), "!%s", all.s);
		mistakes += wrong(w, span_of(octets), "", &hits);
		snprintf(octets, sizeof(octets), "%so", all.s);
		mistakes += wrong(w, span_of(octets), "", &hits);
		mistakes +=
		    wrong(w, (struct span){ all.s, all.n - 1 }, "", &hits);
		snprintf(octets, sizeof(octets), "%s", all.s);
		octets[0]--;
		mistakes += wrong(w, span_of(octets), "", &hits);
	}
	EXPECT_NUMBER(u, span_of("mistakes about neighbours"), mistakes, 0);
	EXPECT_TRUE(u, span_of("few are listed"), hits < USERS);
}

/* A file marked as sorted that is not sorted gives wrong results, which are
 * detected. */
static void
wrong_order(struct unit *u, struct world *w)
{
	unsigned i, mistakes = 0, hits = 0;

	shuffle(w);
	write_users(w, &w->halved_file, "# sorted\n");
	qsort(w->user, USERS, sizeof(*w->user), compare);
	close(w->halved.list.fd);
	if (users_open(&w->halved, w->halved_file.file) < 0)
		_exit(2);
	for (i = 2; i < USERS; i += 10)
		mistakes += wrong(w, span_of(w->user[i].address), "", &hits);
	EXPECT_TRUE(u, span_of("a wrong order is noticed"), mistakes > 0);
}

/* The order of a sorted file. */
static void
comparing(struct unit *u)
{
	static const struct {
		struct span address, key;
		int want;
	} table[] = {
		{ L(""), L(""), 0 },
		{ L("aBc"), L("abc"), 0 },
		{ L("a"), L(""), 1 },
		{ L(""), L("a"), -1 },
		{ L("a"), L("ab"), -1 },
		{ L("B"), L("ab"), 1 },
		{ L("Z"), L("["), 1 },
		{ L("_"), L("a"), -1 },
		{ L("\xff"), L("z"), 1 },
		{ L("\x80"), L("\x7f"), 1 },
		{ L("a"), L("\xe1"), -1 },
		{ L("a\0b"), L("a\0c"), -1 },
		{ L("a\0"), L("a"), 1 },
	};
	struct guard one = guard_open(16), two = guard_open(16);
	size_t i;
	int got;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		got = userfile_compare(guarded(&one, table[i].address),
		    guarded(&two, table[i].key));
		EXPECT_TRUE(u, table[i].address,
		    (got > 0) - (got < 0) == table[i].want);
	}
}

int
main(void)
{
	static struct world world;
	struct unit u = { .out = STDOUT_FILENO };

	comparing(&u);
	make_world(&world);
	EXPECT_TRUE(&u, span_of("one is sorted"),
	    world.halved.list.sorted && !world.scanned.list.sorted);
	ask_all(&u, &world, "");
	ask_all(&u, &world, "+tag");
	ask_all(&u, &world, "0");
	ask_neighbours(&u, &world);
	wrong_order(&u, &world);
	scratch_close(&world.scanned_file);
	scratch_close(&world.halved_file);
	return unit_end(&u);
}

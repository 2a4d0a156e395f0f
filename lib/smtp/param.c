/* Parser for the parameters after a path.  See param.h. */
#include "smtp/param.h"

/* esmtp-value: no `=`, no blank; verb_check() has rejected control octets */
static bool
is_word(unsigned char c)
{
	return c > ' ' && c != '=';
}

static bool
is_upper_hex(unsigned char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'F');
}

/* Printable octets, and others as `+` and two digits (RFC 3461 4). */
static bool
is_xtext(struct span value)
{
	struct span code;

	while (value.n > 0) {
		code = span_take_until(&value, '+');
		if (!span_all(code, is_printable))
			return false;
		if (!span_take(&value, '+'))
			break;
		code = span_take_n(&value, 2);
		if (code.n < 2 || !span_all(code, is_upper_hex))
			return false;
	}
	return true;
}

static enum param_result
set_size(struct mail_params *p, struct span value)
{
	if (p->has_size || value.n == 0 || value.n > 20 ||
	    !span_all(value, is_digit)) /* size-value = 1*20DIGIT */
		return PARAM_BAD;
	p->has_size = true;
	p->size = UINT64_MAX; /* 20 digits may exceed it */
	span_number(value, &p->size);
	return PARAM_OK;
}

/* BODY changes nothing: the octets of the message are stored unchanged. */
static enum param_result
set_body(struct mail_params *p, struct span value)
{
	if (p->has_body)
		return PARAM_BAD;
	p->has_body = true;
	return span_is(value, "7BIT") || span_is(value, "8BITMIME") ? PARAM_OK
	                                                            : PARAM_BAD;
}

static enum param_result
set_utf8(struct mail_params *p, struct span value)
{
	if (p->utf8 || value.s)
		return PARAM_BAD;
	p->utf8 = true;
	return PARAM_OK;
}

/* The value is checked, and else of no use here. */
static enum param_result
set_auth(struct mail_params *p, struct span value)
{
	if (p->has_auth || value.n == 0)
		return PARAM_BAD;
	p->has_auth = true;
	return span_is(value, "<>") || is_xtext(value) ? PARAM_OK : PARAM_BAD;
}

static const struct param {
	const char *keyword;
	bool of_auth; /* known only where AUTH is offered */
	enum param_result (*set)(struct mail_params *p, struct span value);
} params[] = {
	{ "SIZE", false, set_size },
	{ "BODY", false, set_body },
	{ "SMTPUTF8", false, set_utf8 },
	{ "AUTH", true, set_auth },
};

/* Returns the row of KEYWORD, or NULL. */
static const struct param *
find_param(struct span keyword, bool auth)
{
	size_t i;

	for (i = 0; i < sizeof(params) / sizeof(*params); i++)
		if (span_is(keyword, params[i].keyword))
			return auth || !params[i].of_auth ? &params[i] : NULL;
	return NULL;
}

enum param_result
param_parse_mail(struct span rest, bool auth, struct mail_params *ret)
{
	struct mail_params p = { 0 };
	const struct param *param;
	struct span value;
	enum param_result r;

	while (rest.n > 0) {
		if (span_take_while(&rest, is_blank).n == 0)
			return PARAM_BAD; /* no blank after the path */
		if (rest.n == 0)
			break;
		param = find_param(span_take_while(&rest, is_word), auth);
		value = (struct span){ NULL, 0 }; /* no value */
		if (span_take(&rest, '='))
			value = span_take_while(&rest, is_word);
		r = param ? param->set(&p, value) : PARAM_UNKNOWN;
		if (r != PARAM_OK)
			return r;
	}
	*ret = p;
	return PARAM_OK;
}

enum param_result
param_parse_none(struct span rest)
{
	if (rest.n > 0 && span_take_while(&rest, is_blank).n == 0)
		return PARAM_BAD;
	return rest.n > 0 ? PARAM_UNKNOWN : PARAM_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/check.h"

/* The first that is part of the name. */
static const struct {
	const char *part;
	unsigned bits;
} ciphers[] = {{"NULL", 0}, {"RC4", 0}, {"DES-CBC3", 112}, {"3DES", 112},
    {"DES", 0}, {"AES128", 128}, {"AES-128", 128}, {"CAMELLIA128", 128},
    {"AES256", 256}, {"AES-256", 256}, {"CAMELLIA256", 256}, {"CHACHA20", 256}};

static const struct {
	const char *name;
	unsigned bits;
} groups[] = {{"SECP256R1", 128}, {"SECP384R1", 192}, {"SECP521R1", 256},
    {"X25519", 128}, {"X448", 224}, {"BRAINPOOLP256R1", 128},
    {"BRAINPOOLP384R1", 192}, {"BRAINPOOLP512R1", 256}, {"SECP256K1", 128},
    {"SECP224R1", 112}, {"SECP224K1", 112}, {"SECP192R1", 96},
    {"SECP160R1", 80}, {"FFDHE_2048", 112}, {"FFDHE_3072", 128},
    {"FFDHE_4096", 152}, {"FFDHE_6144", 176}, {"FFDHE_8192", 200}};

/* What it takes to factor, or to find the logarithm: SP 800-57 part 1, table
 * 2, and RFC 7919 app. A. */
static unsigned
bits_of_modulus(unsigned modulus)
{
	static const struct {
		unsigned modulus, bits;
	} table[] = {{8192, 200}, {7680, 192}, {4096, 152}, {3072, 128},
	    {2048, 112}, {1024, 80}, {512, 56}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (modulus >= table[i].modulus)
			return table[i].bits;
	return 0;
}

static void
set(struct check_strength *ret, unsigned bits)
{
	ret->known = true;
	ret->bits = bits;
	ret->weak = bits < CHECK_WEAK;
	ret->broken = bits < CHECK_BROKEN;
}

void
check_cipher(const char *cipher, struct check_strength *ret)
{
	*ret = (struct check_strength){0};
	(void)snprintf(ret->name, sizeof(ret->name), "%s", cipher);
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (strstr(cipher, ciphers[i].part) != NULL) {
			set(ret, ciphers[i].bits);
			return;
		}
}

void
check_group(const char *group, unsigned dh_bits, struct check_strength *ret)
{
	*ret = (struct check_strength){0};
	if (dh_bits > 0) {
		(void)snprintf(ret->name, sizeof(ret->name),
		    "Diffie-Hellman, %u bit", dh_bits);
		set(ret, bits_of_modulus(dh_bits));
		return;
	}
	(void)snprintf(ret->name, sizeof(ret->name), "%s", group);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strcasecmp(group, groups[i].name) == 0)
			set(ret, groups[i].bits);
}

enum ca_status
check_key(const struct ca_spki *spki, struct check_strength *ret)
{
	struct ca_buf name = {0};
	enum ca_status st = ca_spki_append_text(&name, spki);

	*ret = (struct check_strength){0};
	(void)snprintf(ret->name, sizeof(ret->name), "%s",
	    ca_buf_text(&name) != NULL ? ca_buf_text(&name) : "?");
	ca_buf_free(&name);
	switch (spki->type) {
	case CA_KEY_RSA:
		set(ret, bits_of_modulus(spki->bits));
		ret->weak = ret->broken = spki->bits < 2048;
		return st;
	case CA_KEY_P384:
		set(ret, 192);
		return st;
	case CA_KEY_P521:
		set(ret, 256);
		return st;
	case CA_KEY_ED448:
		set(ret, 224);
		return st;
	case CA_KEY_P256:
	case CA_KEY_ED25519:
	case CA_KEY_NONE:
		break;
	}
	set(ret, 128);
	return st;
}

/* command_sha256.c - SHA-256 in pieces, in hexadecimal. SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct sha256 {
    EVP_MD_CTX *context;
    bool good;
};

sha256 *sha256_begin(void) {
    sha256 *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->context = EVP_MD_CTX_new();
    s->good = s->context && EVP_DigestInit_ex(s->context, EVP_sha256(), NULL);
    return s;
}

void sha256_add(sha256 *s, const void *bytes, size_t count) {
    if (s && s->good) s->good = EVP_DigestUpdate(s->context, bytes, count);
}

bool sha256_end(sha256 *s, char text[65]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    bool good = s && s->good;
    if (good) good = EVP_DigestFinal_ex(s->context, hash, NULL) == 1;
    for (unsigned i = 0; i < 32; i++) {
        text[2 * i] = good ? digits[hash[i] >> 4] : 0;
        text[2 * i + 1] = good ? digits[hash[i] & 15] : 0;
    }
    text[64] = 0;
    if (s) EVP_MD_CTX_free(s->context);
    free(s);
    return good;
}

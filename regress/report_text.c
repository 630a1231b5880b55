/* report_text.c - memory that is released as a whole, numbers for names, escapes. SPDX-License-Identifier: Apache-2.0
 */
#include "report_parts.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 20, ALIGNED = 16 };

struct block {
    struct block *before;
    size_t used, size;
    _Alignas(ALIGNED) char bytes[];
};

void *arena_take(arena *a, size_t count, size_t size) {
    size_t want = 0;
    if (__builtin_mul_overflow(count, size, &want) || want > SIZE_MAX / 2) a->failed = true;
    want = (want + ALIGNED - 1) / ALIGNED * ALIGNED;
    if (!a->failed && (!a->last || a->last->size - a->last->used < want)) {
        const size_t room = want > BLOCK ? want : BLOCK;
        struct block *b = calloc(1, sizeof *b + room);
        if (b) {
            b->before = a->last;
            b->size = room;
            a->last = b;
        }
        a->failed = !b;
    }
    if (a->failed) return NULL;
    void *taken = a->last->bytes + a->last->used;
    a->last->used += want;
    return taken;
}

void arena_release(arena *a) {
    while (a->last) {
        struct block *before = a->last->before;
        free(a->last);
        a->last = before;
    }
}

/* Bytes of the character that begins here, 0: this is no UTF-8. `code`: the character. */
static size_t utf8(const unsigned char *s, uint32_t *code) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = s[0] < 0x80             ? 1
                          : (s[0] & 0xE0) == 0xC0 ? 2
                          : (s[0] & 0xF0) == 0xE0 ? 3
                          : (s[0] & 0xF8) == 0xF0 ? 4
                                                  : 0;
    if (length < 2) {
        *code = s[0];
        return length;
    }
    *code = s[0] & (0x7FU >> length);
    for (size_t k = 1; k < length; k++) {
        if ((s[k] & 0xC0) != 0x80) return 0;
        *code = *code << 6 | (s[k] & 0x3F);
    }
    return *code < least[length] || *code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000) ? 0 : length;
}

/* What XML refuses or editors hide: C1 controls, U+FFFE, U+FFFF, what turns the direction of writing. */
static bool is_unfit(uint32_t code) {
    return (code >= 0x80 && code < 0xA0) || (code & 0xFFFE) == 0xFFFE || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

const char *arena_text(arena *a, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    size_t length = 0;
    bool plain = true;
    for (; s && s[length]; length++)
        plain = plain && s[length] >= 0x20 && s[length] < 0x7F;
    if (!length) return "";
    char *copy = arena_take(a, plain ? length + 1 : 3 * length + 1, 1), *to = copy; /* a picture has 3 bytes */
    if (!copy) return "";
    if (plain) return memcpy(copy, text, length);
    while (*s) {
        uint32_t code = 0;
        const size_t bytes = utf8(s, &code);
        const bool control = bytes == 1 && (code < 0x20 || code == 0x7F) && code != '\n' && code != '\t';
        if (control) {
            *to++ = (char)0xE2;
            *to++ = (char)0x90;
            *to++ = (char)(0x80 | (code == 0x7F ? 0x21 : code));
        } else if (!bytes || is_unfit(code)) {
            memcpy(to, "\xEF\xBF\xBD", 3);
            to += 3;
        } else {
            memcpy(to, s, bytes);
            to += bytes;
        }
        s += bytes ? bytes : 1;
    }
    return copy;
}

/* ---- names ---- */

static uint32_t hash(const char *name, size_t length) {
    uint32_t h = 2166136261U; /* FNV-1a */
    for (size_t k = 0; k < length; k++)
        h = (h ^ (unsigned char)name[k]) * 16777619U;
    return h;
}

static uint32_t *find(const names *n, const char *name, size_t length) {
    size_t k = hash(name, length) & (n->slots - 1);
    for (; n->slot[k]; k = (k + 1) & (n->slots - 1)) {
        const char *there = n->at[n->slot[k] - 1];
        if (strncmp(there, name, length) == 0 && !there[length]) break;
    }
    return &n->slot[k];
}

static bool grow(names *n) {
    const size_t room = n->room ? 2 * n->room : 64;
    const char **at = arena_take(n->memory, room, sizeof *at);
    uint32_t *slot = arena_take(n->memory, 2 * room, sizeof *slot);
    if (!at || !slot) return false;
    for (size_t k = 0; k < n->count; k++)
        at[k] = n->at[k];
    n->at = at;
    n->room = room;
    n->slot = slot;
    n->slots = 2 * room;
    for (size_t k = 0; k < n->count; k++)
        *find(n, at[k], strlen(at[k])) = (uint32_t)k + 1;
    return true;
}

long names_number(names *n, const char *name, size_t length) {
    if (n->count == n->room && !grow(n)) return REPORT_NONE;
    uint32_t *slot = find(n, name, length);
    if (!*slot) {
        char *copy = arena_take(n->memory, length + 1, 1);
        if (!copy) return REPORT_NONE;
        n->at[n->count++] = memcpy(copy, name, length);
        *slot = (uint32_t)n->count;
    }
    return (long)*slot - 1;
}

/* ---- escapes ---- */

void put_xml(FILE *file, const char *text) {
    for (; *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        case '\n':
            fputs("&#10;", file);
            break;
        case '\t':
            fputs("&#9;", file);
            break;
        default:
            putc(*text, file);
        }
}

/* The longest run of backticks; a fence has more. */
static int backticks(const char *text) {
    int most = 0, run = 0;
    for (; *text; text++) {
        run = *text == '`' ? run + 1 : 0;
        if (run > most) most = run;
    }
    return most;
}

static void fence(FILE *file, int count) {
    while (count-- > 0)
        putc('`', file);
}

void put_code(FILE *file, const char *text, size_t most) {
    const int count = backticks(text) + 1;
    if (!*text) return;
    fence(file, count);
    if (*text == '`' || *text == ' ') putc(' ', file);
    size_t length = 0;
    const char *last = text;
    for (; *text && length < most; text++) {
        if (*text == '|') putc('\\', file);
        putc(*text == '\n' || *text == '\t' ? ' ' : *text, file);
        last = text;
        length += (text[1] & 0xC0) != 0x80; /* whole characters only */
    }
    if (*text)
        fputs(" ...", file);
    else if (*last == '`' || *last == ' ')
        putc(' ', file);
    fence(file, count);
}

void put_block(FILE *file, const char *text) {
    const int count = backticks(text) < 3 ? 3 : backticks(text) + 1;
    putc('\n', file);
    fence(file, count);
    fprintf(file, "sh\n%s\n", text);
    fence(file, count);
    putc('\n', file);
}

void put_command(FILE *file, const char *text, bool property) {
    for (; *text; text++)
        if (strchr("%\r\n", *text) || (property && strchr(":,", *text)))
            fprintf(file, "%%%02X", (unsigned)*text);
        else
            putc(*text, file);
}

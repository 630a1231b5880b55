/* mutate.c - writes a Verilog or C file again with all its mutants in it, of which one is selected at run time.
 * SPDX-License-Identifier: Apache-2.0
 *
 * usage: mutate FIRST FILE OUT LIST    mutants are numbered from FIRST on; LIST gets a line each, appended:
 *        number, file, line number, kind, line with [what stands there => what stands there instead]; prints the
 * number after the last
 *        mutate FIRST FILE OUT LIST /N   the same, but only every N-th is in the file, those whose number N divides
 *        mutate FIRST FILE OUT LIST N    the file with mutant N alone, as a human would have written it
 *
 * An expression `e` that is assigned, returned, tested or connected to a port becomes
 *     is(first .. last) ? is(first) ? e1 : is(first + 1) ? e2 : ... : e
 * where each e1, e2, ... is the text of `e` with one token changed. Nothing is parsed but tokens and brackets: where
 * an expression begins and ends, and what a token is, shows in the tokens around it. A deleted assignment assigns
 * what its left side has already; a deleted call is one that is not made. Not mutated: what must be constant (ranges,
 * replication counts, parameters, loop headers of the RTL, static data), comments, `initial` blocks, a zero at the
 * head of a concatenation, which only pads, and the 0 that temporaries start as. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { WORD, NUMBER, STRING, OPERATOR } token_kind;

typedef struct {
    token_kind kind;
    size_t begin, end;
    int match;  /* of a bracket: its other end */
    int parent; /* the bracket around it, -1: none */
    bool fixed; /* must stay as it is */
} token;

typedef struct {
    size_t begin, end; /* of the text that is replaced */
    const char *kind;
    char text[160];
} alternative;

enum { ALTERNATIVES = 4096 };

static struct {
    const char *name;
    bool verilog;
    char *text;
    size_t size;
    token *token;
    int count;
    alternative alternative[ALTERNATIVES]; /* of the expression at hand */
    int alternatives;
    unsigned number; /* of the next mutant */
    unsigned only;   /* not 0: this mutant alone, and no selection */
    unsigned every;  /* which mutants are in the file: those whose number it divides */
    FILE *out, *list;
    size_t copied; /* of the text */
} f;

static _Noreturn void die(const char *format, ...) {
    va_list list;
    va_start(list, format);
    fprintf(stderr, "mutate: ");
    vfprintf(stderr, format, list);
    fprintf(stderr, "\n");
    exit(2);
}

/* ---- tokens ---- */

static bool is(int k, const char *text) {
    const size_t n = strlen(text);
    return k >= 0 && k < f.count && f.token[k].end - f.token[k].begin == n &&
           !memcmp(f.text + f.token[k].begin, text, n);
}

static bool is_one_of(int k, const char *const *list) {
    for (; *list; list++)
        if (is(k, *list)) return true;
    return false;
}
#define ONE_OF(k, ...) is_one_of(k, (const char *const[]){__VA_ARGS__, NULL})

static bool opens(int k) { return ONE_OF(k, "(", "[", "{"); }
static bool closes(int k) { return ONE_OF(k, ")", "]", "}"); }

static size_t operator_length(const char *s) {
    static const char *const c[] = {"<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=",
                                    "&&",  "||",  "+=",  "-=", "*=", "/=", "%=", "&=", "|=", "^=", NULL};
    static const char *const verilog[] = {"===", "!==", ">>>", "<<<", "<<", ">>", "<=", ">=", "==",
                                          "!=",  "&&",  "||",  "+:",  "-:", "~&", "~|", "~^", NULL};
    for (const char *const *o = f.verilog ? verilog : c; *o; o++)
        if (!strncmp(s, *o, strlen(*o))) return strlen(*o);
    return 1;
}

static size_t line_end(size_t at, bool joins) {
    while (at < f.size && (f.text[at] != '\n' || (joins && f.text[at - 1] == '\\')))
        at++;
    return at;
}

static void tokenise(void) {
    bool line_start = true;
    int open = -1;
    f.token = calloc(f.size + 1, sizeof *f.token);
    if (!f.token) die("out of memory");
    for (size_t at = 0, end; at < f.size; at = end) {
        const char *s = f.text + at;
        end = at + 1;
        if (*s == '\n') line_start = true;
        if (isspace((unsigned char)*s)) continue;
        if (!strncmp(s, "//", 2)) end = line_end(at, false);
        if (!strncmp(s, "/*", 2)) end = (size_t)(strstr(s, "*/") + 2 - f.text);
        /* directives; in Verilog a macro's name is a word */
        if (line_start && *s == (f.verilog ? '`' : '#')) end = line_end(at, true);
        line_start = false;
        if (end != at + 1) continue;
        token *t = &f.token[f.count++];
        *t = (token){.kind = OPERATOR, .begin = at, .match = -1, .parent = open};
        const char *p = s;
        if (isalpha((unsigned char)*s) || strchr("_$`", *s)) {
            t->kind = WORD;
            do
                p++;
            while (isalnum((unsigned char)*p) || strchr("_$", *p));
        } else if (isdigit((unsigned char)*s)) {
            t->kind = NUMBER;
            while (isalnum((unsigned char)*p) || *p == '.' || *p == '\'' || (strchr("+-", *p) && strchr("pP", p[-1])))
                p++;
        } else if (*s == '"' || (*s == '\'' && !f.verilog)) {
            t->kind = STRING;
            for (p++; *p != *s; p++)
                p += *p == '\\';
            p++;
        } else {
            p += operator_length(s);
        }
        t->end = end = (size_t)(p - f.text);
        const int k = f.count - 1;
        if (opens(k)) open = k;
        if (closes(k)) {
            if (open < 0) die("%s: a bracket closes what is not open", f.name);
            t->match = open;
            t->parent = f.token[open].parent;
            f.token[open].match = k;
            open = t->parent;
        }
    }
    if (open >= 0) die("%s: a bracket is not closed", f.name);
}

static int line_of(size_t at) {
    int line = 1;
    for (size_t k = 0; k < at; k++)
        line += f.text[k] == '\n';
    return line;
}

/* The end of what begins at token k: the first of , ; or an unmatched closing bracket. */
static int expression_end(int k) {
    while (k < f.count && !ONE_OF(k, ";", ",") && !closes(k))
        k = opens(k) ? f.token[k].match + 1 : k + 1;
    return k;
}

/* The first token of the left side that ends before token k. */
static int left_side(int k) {
    for (k--; k > 0; k--) {
        if (ONE_OF(k, "]", "}", ")")) k = f.token[k].match;
        if (is(k, "[") || is(k, "(")) continue;
        if (ONE_OF(k - 1, "->", ".")) {
            k--;
            continue;
        }
        break;
    }
    return k;
}

/* ---- what may not change ---- */

static bool is_replication(int brace) {
    const int inner = f.token[brace].match - 1; /* its } */
    if (!is(brace, "{") || !is(inner, "}")) return false;
    const int open = f.token[inner].match;
    return f.token[open].parent == brace && !ONE_OF(open - 1, "{", ",");
}

static void fix(int first, int end) {
    for (int k = first; k < end; k++)
        f.token[k].fixed = true;
}

static void fix_constants(void) {
    for (int k = 0; k < f.count; k++) {
        const int end = f.token[k].match;
        if (f.verilog && is(k, "["))
            for (int m = k + 1; m < end; m++)
                if (f.token[m].parent == k && ONE_OF(m, ":", "+:", "-:")) fix(k, end);
        if (f.verilog && is(k, "[") && is(end + 1, ".")) fix(k, end); /* one of the generated scopes */
        if (f.verilog && is_replication(k)) fix(k, f.token[end - 1].match);
        if (f.verilog && is(k, "for")) fix(k, f.token[k + 1].match);
        if (f.verilog && is(k, "{") && f.token[k + 1].kind == NUMBER && end != k + 2) {
            const char *quote = memchr(f.text + f.token[k + 1].begin, '\'', 8);
            if (quote && strtoul(quote + 2, NULL, 16) == 0) fix(k + 1, k + 2);
        }
        if (f.verilog && is(k, "{") && is(k + 1, "1'b0") && end == k + 2) fix(k + 1, k + 2);
        if (!f.verilog && is(k, "sizeof")) fix(k, is(k + 1, "(") ? f.token[k + 1].match : k + 2);
    }
}

/* C: is the bracket that ends at k a cast? A type is words and stars, with a known name in it or a star last. */
static bool ends_cast(int k) {
    const int open = f.token[k].match;
    bool known = is(k - 1, "*");
    if (f.verilog || !is(k, ")")) return false;
    for (int m = open + 1; m < k; m++) {
        if (f.token[m].kind != WORD && !is(m, "*")) return false;
        const token *t = &f.token[m];
        known |= ONE_OF(m, "float", "double", "int", "unsigned", "char", "long", "void") ||
                 (t->end - t->begin > 2 && !memcmp(f.text + t->end - 2, "_t", 2));
    }
    return known;
}

/* Does an operator at k have a left operand? */
static bool is_binary(int k) {
    const token *before = &f.token[k - 1];
    if (ONE_OF(k + 1, ")", ",")) return ONE_OF(k, "++", "--"); /* of a type */
    if (ONE_OF(k - 1, "return", "sizeof", "else", "case")) return false;
    if (before->kind == WORD || before->kind == NUMBER) return true;
    return ONE_OF(k - 1, ")", "]", "}", "++", "--") && !ends_cast(k - 1);
}

/* ---- alternatives ---- */

static void add(size_t begin, size_t end, const char *kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void add(size_t begin, size_t end, const char *kind, const char *format, ...) {
    va_list list;
    if (f.alternatives == ALTERNATIVES)
        die("%s: line %d has more than %d mutants", f.name, line_of(begin), ALTERNATIVES);
    alternative *a = &f.alternative[f.alternatives++];
    *a = (alternative){.begin = begin, .end = end, .kind = kind};
    va_start(list, format);
    if (vsnprintf(a->text, sizeof a->text, format, list) >= (int)sizeof a->text) f.alternatives--;
    va_end(list);
}

static void add_operator(int k) {
    static const char *const binary[][2] = {{"+", "-"},   {"-", "+"},   {"*", "+"},   {"/", "*"},  {"%", "/"},
                                            {"<<", ">>"}, {">>", "<<"}, {"<", "<="},  {"<=", "<"}, {">", ">="},
                                            {">=", ">"},  {"==", "!="}, {"!=", "=="}, {"&", "|"},  {"|", "&"},
                                            {"^", "|"},   {"&&", "||"}, {"||", "&&"}};
    const token *t = &f.token[k];
    if (!is_binary(k)) {
        if (ONE_OF(k, "!", "~")) add(t->begin, t->end, "unary", " ");
        if (f.verilog && is(k, "&")) add(t->begin, t->end, "unary", "|");
        if (f.verilog && is(k, "|")) add(t->begin, t->end, "unary", "&");
        if (!f.verilog && is(k, "-") && !is(k + 1, "1")) add(t->begin, t->end, "unary", "+");
        return;
    }
    for (size_t n = 0; n < sizeof binary / sizeof binary[0]; n++)
        if (is(k, binary[n][0])) add(t->begin, t->end, "operator", "%s", binary[n][1]);
    if (is(k, "++")) add(t->begin, t->end, "operator", "--");
}

static void add_number(int k) {
    const token *t = &f.token[k];
    const int length = (int)(t->end - t->begin);
    const char *s = f.text + t->begin, *quote = memchr(s, '\'', (size_t)length);
    if (quote) {
        const int base = quote[1] == 'h' ? 16 : quote[1] == 'b' ? 2 : 10;
        add(t->begin, t->end, "constant", "%.*s'h%" PRIX64, (int)(quote - s), s,
            (uint64_t)strtoull(quote + 2, NULL, base) ^ 1);
    } else if (memchr(s, '.', (size_t)length) || (memchr(s, 'x', (size_t)length) && memchr(s, 'p', (size_t)length))) {
        add(t->begin, t->end, "constant", strtod(s, NULL) != 0 ? "(2 * %.*s)" : "(1 + %.*s)", length, s);
    } else {
        add(t->begin, t->end, "constant", "(%.*s ^ 1)", length, s);
    }
}

/* The condition before the ? at k, in an expression that begins at `first`: always, and never. */
static void add_condition(int k, int first) {
    int begin = k;
    while (begin > first && !ONE_OF(begin - 1, ",", "?", ":", "=") && !opens(begin - 1))
        begin = closes(begin - 1) ? f.token[begin - 1].match : begin - 1;
    const char *const prefix = f.verilog ? "1'b" : "";
    for (int value = 1; value >= 0; value--)
        add(f.token[begin].begin, f.token[k - 1].end, "condition", "%s%d", prefix, value);
}

static void add_tokens(int first, int end) {
    for (int k = first; k < end; k++) {
        if (f.token[k].fixed) continue;
        if (is(k, "?"))
            add_condition(k, first);
        else if (f.token[k].kind == NUMBER)
            add_number(k);
        else if (f.token[k].kind == OPERATOR)
            add_operator(k);
    }
}

/* ---- writing ---- */

static void put(size_t begin, size_t end) { fwrite(f.text + begin, 1, end - begin, f.out); }

static void put_selected(unsigned first, unsigned count) {
    if (f.verilog && count == 1)
        fprintf(f.out, "mutant == 16'd%u", first);
    else if (f.verilog)
        fprintf(f.out, "mutant - 16'd%u < 16'd%u", first, count);
    else
        fprintf(f.out, "MUTANT(%u, %u)", first, count);
}

/* Text on one line of the list, blanks as one; no more of it than `most`. */
static void put_listed(size_t begin, size_t end, size_t most) {
    if (end - begin > most) end = begin + most;
    for (size_t k = begin; k < end; k++)
        if (!isspace((unsigned char)f.text[k]))
            fputc(f.text[k], f.list);
        else if (k > begin && !isspace((unsigned char)f.text[k - 1]))
            fputc(' ', f.list);
}

/* A line of the list: the line of the file with [what stands there => what stands there instead]. */
static void list_alternative(unsigned number, const alternative *a) {
    size_t begin = a->begin, end = a->end;
    while (begin > 0 && f.text[begin - 1] != '\n')
        begin--;
    while (begin < a->begin && f.text[begin] == ' ')
        begin++;
    end = line_end(end, false);
    fprintf(f.list, "%u\t%s\t%d\t%s\t", number, f.name, line_of(a->begin), a->kind);
    put_listed(begin, a->begin, a->begin - begin);
    fputc('[', f.list);
    put_listed(a->begin, a->end, 60);
    fprintf(f.list, " => %s]", a->text);
    put_listed(a->end, end, end - a->end);
    fputc('\n', f.list);
}

static void put_instead(const alternative *a) {
    put(f.copied, a->begin);
    fprintf(f.out, "/* mutant */ %s", a->text);
    f.copied = a->end;
}

static bool is_in(int k) { return (f.number + (unsigned)k) % f.every == 0; }

/* Alternative k, of an expression at `begin` to `stop`, if it is chosen; the last one is whatever is chosen. */
static void put_alternative(int k, size_t begin, size_t stop, bool last) {
    const alternative *a = &f.alternative[k];
    if (!last) {
        put_selected(f.number + (unsigned)k, 1);
        fputs(" ? ", f.out);
    }
    fputc('(', f.out);
    put(begin, a->begin);
    fputs(a->text, f.out);
    put(a->end, stop);
    fputs(last ? ")" : ") : ", f.out);
}

/* The alternatives of tokens [first, end) instead of these. */
static void write_expression(int first, int end) {
    const size_t begin = f.token[first].begin, stop = f.token[end - 1].end;
    int from = f.alternatives, to = from; /* of those that are in the file, the first and the last */
    for (int k = 0; k < f.alternatives; k++) {
        list_alternative(f.number + (unsigned)k, &f.alternative[k]);
        if (is_in(k)) from = from < k ? from : k, to = k;
    }
    if (f.only) {
        const unsigned k = f.only - f.number;
        if (k < (unsigned)f.alternatives) put_instead(&f.alternative[k]);
    } else if (from < f.alternatives) {
        put(f.copied, begin);
        fputc('(', f.out);
        put_selected(f.number + (unsigned)from, (unsigned)(to - from) + 1);
        fputs(" ? (", f.out);
        for (int k = from; k <= to; k++)
            if (is_in(k)) put_alternative(k, begin, stop, k == to);
        fputs(") : (", f.out);
        put(begin, stop);
        fputs("))", f.out);
        f.copied = stop;
    }
    f.number += (unsigned)f.alternatives;
}

static int mutate_expression(int first, int end) {
    if (first < end && (f.verilog || !is(first, "{")) && f.token[first].kind != STRING) {
        add_tokens(first, end);
        write_expression(first, end);
    }
    f.alternatives = 0;
    return end;
}

static void add_whole(int first, int end, const char *kind, const char *text) {
    add(f.token[first].begin, f.token[end - 1].end, kind, "%s", text);
}

/* `left op right` with right in [k + 1, end): right becomes what makes the assignment nothing. */
static void add_deletion(int left, int k, int end) {
    const int length = (int)(f.token[k - 1].end - f.token[left].begin);
    add(f.token[k + 1].begin, f.token[end - 1].end, "deletion", "%.*s", length, f.text + f.token[left].begin);
}

/* ---- Verilog ---- */

/* Only of parameters: decided before the run. */
static bool is_elaborated(int first, int end) {
    bool words = false;
    for (int k = first; k < end; k++) {
        if (f.token[k].kind != WORD) continue;
        words = true;
        for (size_t c = f.token[k].begin; c < f.token[k].end; c++)
            if (islower((unsigned char)f.text[c])) return false;
    }
    return words;
}

/* The token after the block or statement that begins at k. */
static int block_end(int k) {
    int depth = 0;
    for (; k < f.count; k++) {
        depth += is(k, "begin");
        if (is(k, "end") && --depth == 0) return k + 1;
        if (is(k, ";") && depth == 0) return k + 1;
    }
    return k;
}

static void mutate_verilog(void) {
    for (int k = 0; k < f.count;) {
        if (ONE_OF(k, "localparam", "parameter", "genvar", "defparam")) {
            while (!is(k, ";") && !is(k, ")"))
                k = opens(k) ? f.token[k].match + 1 : k + 1;
        } else if (is(k, "module")) {
            while (!is(k, ";"))
                k = opens(k) ? f.token[k].match + 1 : k + 1;
            if (f.only) continue;
            put(f.copied, f.token[k].end);
            fputs("\n`include \"mutant.vh\"", f.out);
            f.copied = f.token[k].end;
        } else if (is(k, "initial")) {
            k = block_end(k + 1);
        } else if (ONE_OF(k, "for", "@", "#", "case") && is(k + 1, "(")) {
            k = f.token[k + 1].match + 1;
        } else if (is(k, "if") && is(k + 1, "(")) {
            const int first = k + 2, end = f.token[k + 1].match;
            const bool generates = is(end + 1, "begin") && is(end + 2, ":");
            if (!generates && !is_elaborated(first, end)) {
                add_whole(first, end, "condition", "1'b1");
                add_whole(first, end, "condition", "1'b0");
                mutate_expression(first, end);
            }
            k = end + 1;
        } else if (is(k, "=") || is(k, "<=")) {
            const int end = expression_end(k + 1);
            const int left = left_side(k);
            if (is(k, "<=")) add_deletion(left, k, end);
            /* temporaries start as 0 only so that no latch is asked for */
            const bool clears = is(k, "=") && is(left, "{") && is(k + 1, "0") && end == k + 2;
            k = clears ? end : mutate_expression(k + 1, end);
        } else if (is(k, ".") && is(k + 2, "(")) {
            const int end = f.token[k + 2].match;
            if (end > k + 4) mutate_expression(k + 3, end);
            k = end + 1;
        } else {
            k++;
        }
    }
}

/* ---- C ---- */

static bool in_function(int k) {
    int root = f.token[k].parent;
    while (root >= 0 && f.token[root].parent >= 0)
        root = f.token[root].parent;
    return root >= 0 && is(root, "{") && is(root - 1, ")");
}

/* A statement that is a call, at k: the token of its ; else 0. */
static int call_end(int k) {
    if (!ONE_OF(k - 1, ";", "{", "}", ")", "else") || f.token[k].kind != WORD) return 0;
    if (ONE_OF(k, "if", "for", "while", "switch", "return", "sizeof", "else", "do")) return 0;
    int m = k + 1;
    while (ONE_OF(m, "->", "."))
        m += 2;
    if (!is(m, "(")) return 0;
    const int end = f.token[m].match + 1;
    return is(end, ";") ? end : 0;
}

static bool is_statement(int left) { return ONE_OF(left - 1, ";", "{", "}", ")", "else"); }

static void mutate_assignment(int k, int end) {
    const int left = left_side(k);
    if (is_statement(left) && !is(left, ")")) {
        if (is(k, "="))
            add_deletion(left, k, end);
        else if (ONE_OF(k, "+=", "-=", "|=", "^=", "<<=", ">>="))
            add_whole(k + 1, end, "deletion", "0");
        else if (ONE_OF(k, "*=", "/="))
            add_whole(k + 1, end, "deletion", "1");
        else if (is(k, "&="))
            add_whole(k + 1, end, "deletion", "~0u");
    }
    mutate_expression(k + 1, end);
}

static void mutate_c(void) {
    for (int k = 0; k < f.count;) {
        int end;
        if (!in_function(k)) {
            k++;
        } else if (is(k, "static")) {
            while (!is(k, ";"))
                k = opens(k) ? f.token[k].match + 1 : k + 1;
        } else if (is(k, "enum")) {
            k = is(k + 1, "{") ? f.token[k + 1].match : k + 1;
        } else if ((is(k, "if") || is(k, "while")) && is(k + 1, "(")) {
            const int first = k + 2;
            end = f.token[k + 1].match;
            if (is(k, "if")) add_whole(first, end, "condition", "1");
            add_whole(first, end, "condition", "0");
            mutate_expression(first, end);
            k = end + 1;
        } else if (is(k, "return")) {
            end = expression_end(k + 1);
            k = is(end, ";") ? mutate_expression(k + 1, end) : end;
        } else if (is(k, ";") && f.token[k].parent >= 0 && is(f.token[k].parent - 1, "for") &&
                   (end = expression_end(k + 1)) && is(end, ";")) {
            k = mutate_expression(k + 1, end) + 1; /* the condition of a loop */
        } else if (ONE_OF(k, "=", "+=", "-=", "*=", "/=", "&=", "|=", "^=", "<<=", ">>=")) {
            end = expression_end(k + 1);
            mutate_assignment(k, end);
            k = end;
        } else if ((end = call_end(k))) {
            add(f.token[k].begin, f.token[end - 1].end, "deletion", "(void)0");
            /* what it returns, if anything, is not used; no other mutants: their types may differ */
            list_alternative(f.number, &f.alternative[0]);
            if (f.only == f.number) put_instead(&f.alternative[0]);
            if (!f.only) {
                put(f.copied, f.token[k].begin);
                put_selected(f.number, 1);
                fputs(" ? (void)0 : (void)", f.out);
                put(f.token[k].begin, f.token[end - 1].end);
                f.copied = f.token[end - 1].end;
            }
            f.number++;
            f.alternatives = 0;
            k = end;
        } else {
            k++;
        }
    }
}

/* ---- files ---- */

static void read_file(void) {
    FILE *in = fopen(f.name, "rb");
    long size = -1;
    if (!in || fseek(in, 0, SEEK_END) || (size = ftell(in)) < 0 || fseek(in, 0, SEEK_SET))
        die("%s cannot be read", f.name);
    f.size = (size_t)size;
    f.text = calloc(f.size + 16, 1);
    if (!f.text || fread(f.text, 1, f.size, in) != f.size) die("%s cannot be read", f.name);
    fclose(in);
}

int main(int argc, char **argv) {
    char *rest;
    if (argc < 5 || argc > 6 || (f.number = (unsigned)strtoul(argv[1], &rest, 10), *rest)) {
        fprintf(stderr, "usage: mutate FIRST FILE OUT LIST [N | /N]\n");
        return 2;
    }
    f.every = 1;
    if (argc == 6 && argv[5][0] == '/')
        f.every = (unsigned)strtoul(argv[5] + 1, NULL, 10);
    else if (argc == 6)
        f.only = (unsigned)strtoul(argv[5], NULL, 10);
    if (!f.every) die("%s: every how many?", argv[5]);
    f.name = argv[2];
    const char *suffix = strrchr(f.name, '.');
    f.verilog = suffix && suffix[1] == 'v';
    read_file();
    f.out = fopen(argv[3], "w");
    f.list = fopen(argv[4], "a");
    if (!f.out) die("%s cannot be written", argv[3]);
    if (!f.list) die("%s cannot be written", argv[4]);
    tokenise();
    fix_constants();
    if (f.verilog)
        mutate_verilog();
    else
        mutate_c();
    put(f.copied, f.size);
    if (fclose(f.out) || fclose(f.list)) die("%s or %s cannot be written", argv[3], argv[4]);
    printf("%u\n", f.number);
    free(f.text), free(f.token);
    return 0;
}

/* generator.c - fuzz target: the text of a generator, and small matrices of it. SPDX-License-Identifier: Apache-2.0
 */
#include "fuzz.h"
#include "generate.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char message[256] = "", again[256], canonical[GENERATE_TEXT], twice[GENERATE_TEXT];
    char *text = fuzz_text(data, size);
    generator g, same;
    const bool good = generate_parse(text, &g, message);
    if (good) {
        FUZZ_CHECK(generate_is_call(text));
        generate_text(&g, canonical);
        FUZZ_CHECK(strlen(canonical) + 1 < GENERATE_TEXT && generate_parse(canonical, &same, again));
        generate_text(&same, twice);
        FUZZ_CHECK(strcmp(canonical, twice) == 0);
        const size_t count = (size_t)g.rows * g.columns;
        uint16_t *a = count <= MOST ? malloc(count * sizeof *a) : NULL;
        FUZZ_CHECK(!a || generate(&g, (uint32_t)size, a));
        for (size_t k = 0; a && k < count; k++)
            FUZZ_CHECK((a[k] & 0x7F80) != 0x7F80 && "elements are finite");
        free(a);
    } else {
        FUZZ_CHECK(message[0]);
    }
    free(text);
    return 0;
}

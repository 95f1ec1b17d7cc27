#include "ck_convolution.h"
#include "ck_platform.h"
#include "ck_vector.h"

#include <string.h>

// Depthwise convolution with stride 1. A chunk of channels of every row is packed with zeros on both sides: borders
// need no loop of their own, and neighbouring pixels lie side by side. In the map they are all channels apart, often a
// power of two, and would push each other out of the few places of the cache that share low address bits.
//
// Output rows are walked `dilation` apart, so that each needs one new row of the map only.

enum { CHUNK = CK_DENSE_CHUNK, LANES = 16, PIXELS = 4, TAPS = 3, AHEAD = 8 };

static const size_t EMPTY = (size_t)-1;

/// The packed rows that one output row reads: slot `row / dilation % kernel_h` holds `row`.
typedef struct {
    const float *map;
    size_t height, width, channels, padding, count;
    float *slots;
    size_t slot_floats;
} packed_rows;

/// Copies `count` channels of the pixels of a row, CHUNK floats apart, between `padding` zeros on either side.
CK_INLINE void pack(
    const float *row, size_t width, size_t channels, size_t count, size_t padding, float *packed) {
    memset(packed, 0, padding * CHUNK * sizeof(float));
    packed += padding * CHUNK;
    for (size_t x = 0; x < width; x++) {
        if (x + AHEAD < width) {
            for (size_t c = 0; c < count; c += LANES) __builtin_prefetch(row + (x + AHEAD) * channels + c);
        }
        if (count == CHUNK) {
            for (size_t c = 0; c < CHUNK; c += LANES) {
                CK_STORE16(packed + x * CHUNK + c, CK_LOAD16(row + x * channels + c));
            }
        } else {
            for (size_t c = 0; c < count; c++) packed[x * CHUNK + c] = row[x * channels + c];
            for (size_t c = count; c < CHUNK; c++) packed[x * CHUNK + c] = 0;
        }
    }
    memset(packed + width * CHUNK, 0, padding * CHUNK * sizeof(float));
}

/// The taps of `weight` (`[T, channels]`) for one chunk as `[T, CHUNK]`, last tap first where `reversed`.
CK_INLINE void pack_weights(
    const float *weight, size_t taps, size_t channels, size_t count, int reversed, float *packed) {
    for (size_t t = 0; t < taps; t++) {
        const float *from = weight + (reversed ? taps - 1 - t : t) * channels;
        for (size_t c = 0; c < CHUNK; c++) packed[t * CHUNK + c] = c < count ? from[c] : 0;
    }
}

/// Four neighbouring outputs at a time, so that each weight is loaded once for them. `rows[i]` is where tap row `i`
/// starts, NULL outside the map; `step` is from one tap of a row to the next, in floats.
CK_INLINE void output_row(
    const float *const *rows, size_t kernel_h, size_t kernel_w, size_t step, const float *weight, const float *bias,
    size_t width, size_t count, size_t channels, float *output) {
#pragma clang fp reassociate(on) contract(fast)
    for (size_t x = 0; x < width; x += PIXELS) {
        const size_t pixels = width - x < PIXELS ? width - x : PIXELS;
        for (size_t c = 0; c < count; c += LANES) {
            const ck_float16 start = CK_LOAD16(bias + c);
            ck_float16 a0 = start, a1 = start, a2 = start, a3 = start;
            for (size_t i = 0; i < kernel_h; i++) {
                if (!rows[i]) continue;
                for (size_t j = 0; j < kernel_w; j++) {
                    const float *s = rows[i] + x * CHUNK + j * step + c;
                    const ck_float16 w = CK_LOAD16(weight + (i * kernel_w + j) * CHUNK + c);
                    // Past the end of the row this reads the next slot, and the result is dropped.
                    a0 += CK_LOAD16(s) * w, a1 += CK_LOAD16(s + CHUNK) * w;
                    a2 += CK_LOAD16(s + 2 * CHUNK) * w, a3 += CK_LOAD16(s + 3 * CHUNK) * w;
                }
            }
            float *to = output + x * channels + c;
            if (pixels == PIXELS && c + LANES <= count) {
                CK_STORE16(to, a0), CK_STORE16(to + channels, a1);
                CK_STORE16(to + 2 * channels, a2), CK_STORE16(to + 3 * channels, a3);
            } else {
                const ck_float16 all[PIXELS] = {a0, a1, a2, a3};
                const size_t lanes = count - c < LANES ? count - c : LANES;
                for (size_t k = 0; k < pixels; k++) memcpy(to + k * channels, &all[k], lanes * sizeof(float));
            }
        }
    }
}

/// Where the taps of output row `y` of one map start, each packed unless its slot holds it already.
CK_INLINE void gather_rows(
    const packed_rows *p, const ck_window *w, size_t y, size_t *held, const float **rows) {
    for (size_t i = 0; i < w->kernel_h; i++) {
        const size_t shifted = y + i * w->dilation_h;
        rows[i] = NULL;
        if (shifted < w->padding_h || shifted - w->padding_h >= p->height) continue;
        const size_t row = shifted - w->padding_h, slot = shifted / w->dilation_h % w->kernel_h;
        float *packed = p->slots + slot * p->slot_floats;
        if (held[slot] != row) {
            pack(p->map + row * p->width * p->channels, p->width, p->channels, p->count, p->padding, packed);
            held[slot] = row;
        }
        rows[i] = packed;
    }
}

CK_INLINE size_t slot_floats(const ck_sliding *s) {
    return (s->in_w + 2 * s->window.padding_w + PIXELS) * CHUNK;
}

size_t ck_depthwise_dense_scratch(const ck_sliding *sliding) {
    const ck_window w = sliding->window;
    // Packed rows, packed weights or their sums, bias, and one packed row of the output.
    return w.kernel_h * slot_floats(sliding) + (w.kernel_h * w.kernel_w + 1) * CHUNK
        + (sliding->out_w + PIXELS) * CHUNK;
}

/// `sums[j, c] += sum over x of row[x + j dilation, c] * upstream[x, c]` for the taps of one row. Called with a literal
/// `kernel_w` for the usual window.
CK_INLINE void add_tap_row(
    const float *row, const float *upstream, size_t kernel_w, size_t step, size_t width, float *sums) {
#pragma clang fp reassociate(on) contract(fast)
    for (size_t c = 0; c < CHUNK; c += LANES) {
        for (size_t j = 0; j < kernel_w; j += TAPS) {
            const size_t two = j + 1 < kernel_w ? step : 0, three = j + 2 < kernel_w ? 2 * step : 0;
            const float *r = row + j * step + c, *u = upstream + c;
            ck_float16 a0 = {0}, a1 = {0}, a2 = {0}, b0 = {0}, b1 = {0}, b2 = {0};
            size_t x = 0;
            for (; x + 2 <= width; x += 2, r += 2 * CHUNK, u += 2 * CHUNK) {
                const ck_float16 here = CK_LOAD16(u), next = CK_LOAD16(u + CHUNK);
                a0 += CK_LOAD16(r) * here, b0 += CK_LOAD16(r + CHUNK) * next;
                a1 += CK_LOAD16(r + two) * here, b1 += CK_LOAD16(r + two + CHUNK) * next;
                a2 += CK_LOAD16(r + three) * here, b2 += CK_LOAD16(r + three + CHUNK) * next;
            }
            if (x < width) {
                const ck_float16 here = CK_LOAD16(u);
                a0 += CK_LOAD16(r) * here, a1 += CK_LOAD16(r + two) * here, a2 += CK_LOAD16(r + three) * here;
            }
            float *to = sums + j * CHUNK + c;
            CK_STORE16(to, CK_LOAD16(to) + (a0 + b0));
            if (two) CK_STORE16(to + CHUNK, CK_LOAD16(to + CHUNK) + (a1 + b1));
            if (three) CK_STORE16(to + 2 * CHUNK, CK_LOAD16(to + 2 * CHUNK) + (a2 + b2));
        }
    }
}

/// What is done with the gathered rows of one output row: the output itself, or what it adds to the gradients.
typedef struct {
    const float *weight, *bias;
    int reversed;
    float *output;
    const float *upstream;
    float *weight_gradient, *bias_gradient;
} row_task;

/// Weights and bias of a chunk, packed; for gradients their sums.
typedef struct {
    float *weights, *bias, *row;
} packed_chunk;

CK_INLINE void prepare_chunk(
    const row_task *task, const ck_sliding *s, size_t chunk, size_t count, packed_chunk packed) {
    const size_t taps = s->window.kernel_h * s->window.kernel_w;
    if (task->weight_gradient) {
        memset(packed.weights, 0, taps * CHUNK * sizeof(float));
        memset(packed.bias, 0, CHUNK * sizeof(float));
    } else {
        pack_weights(task->weight + chunk, taps, s->channels, count, task->reversed, packed.weights);
        for (size_t c = 0; c < CHUNK; c++) packed.bias[c] = task->bias && c < count ? task->bias[chunk + c] : 0;
    }
}

/// `kernel_h` and `kernel_w` are those of the window, literal for the usual one.
CK_INLINE void process_row(
    const row_task *task, const ck_sliding *s, const float *const *rows, size_t kernel_h, size_t kernel_w, size_t start,
    size_t count, packed_chunk packed) {
    const size_t step = s->window.dilation_w * CHUNK;
    if (!task->weight_gradient) {
        float *to = task->output + start;
        output_row(rows, kernel_h, kernel_w, step, packed.weights, packed.bias, s->out_w, count, s->channels, to);
        return;
    }
    pack(task->upstream + start, s->out_w, s->channels, count, 0, packed.row);
    for (size_t i = 0; i < kernel_h; i++) {
        if (rows[i]) add_tap_row(rows[i], packed.row, kernel_w, step, s->out_w, packed.weights + i * kernel_w * CHUNK);
    }
    for (size_t x = 0; x < s->out_w && task->bias_gradient; x++) {
        for (size_t c = 0; c < CHUNK; c++) packed.bias[c] += packed.row[x * CHUNK + c];
    }
}

CK_INLINE void finish_chunk(
    const row_task *task, const ck_sliding *s, size_t chunk, size_t count, packed_chunk packed) {
    if (!task->weight_gradient) return;
    for (size_t t = 0; t < s->window.kernel_h * s->window.kernel_w; t++) {
        float *to = task->weight_gradient + t * s->channels + chunk;
        for (size_t c = 0; c < count; c++) to[c] += packed.weights[t * CHUNK + c];
    }
    for (size_t c = 0; c < count && task->bias_gradient; c++) task->bias_gradient[chunk + c] += packed.bias[c];
}

/// Every chunk of channels, and in it every output row, one phase of rows after another.
CK_INLINE void walk(
    const row_task task, const float *input, const ck_sliding s, size_t first_row, size_t row_count, float *scratch) {
    const ck_window w = s.window;
    const size_t taps = w.kernel_h * w.kernel_w;
    const packed_chunk packed = {
        .weights = scratch + w.kernel_h * slot_floats(&s),
        .bias = scratch + w.kernel_h * slot_floats(&s) + taps * CHUNK,
        .row = scratch + w.kernel_h * slot_floats(&s) + (taps + 1) * CHUNK};
    for (size_t chunk = 0; chunk < s.channels; chunk += CHUNK) {
        const size_t count = s.channels - chunk < CHUNK ? s.channels - chunk : CHUNK;
        packed_rows p = {
            .height = s.in_h, .width = s.in_w, .channels = s.channels, .padding = w.padding_w, .count = count,
            .slots = scratch, .slot_floats = slot_floats(&s)};
        prepare_chunk(&task, &s, chunk, count, packed);
        for (size_t phase = 0; phase < w.dilation_h; phase++) {
            size_t held[CK_DENSE_KERNEL], image = EMPTY;
            for (size_t row = first_row + phase; row < first_row + row_count; row += w.dilation_h) {
                if (row / s.out_h != image) {
                    image = row / s.out_h;
                    p.map = input + image * s.in_h * s.in_w * s.channels + chunk;
                    for (size_t i = 0; i < w.kernel_h; i++) held[i] = EMPTY;
                }
                const float *rows[CK_DENSE_KERNEL];
                gather_rows(&p, &w, row % s.out_h, held, rows);
                const size_t start = row * s.out_w * s.channels + chunk;
                if (w.kernel_h == 3 && w.kernel_w == 3) {
                    process_row(&task, &s, rows, 3, 3, start, count, packed);
                } else {
                    process_row(&task, &s, rows, w.kernel_h, w.kernel_w, start, count, packed);
                }
            }
        }
        finish_chunk(&task, &s, chunk, count, packed);
    }
}

CK_CLONES void ck_depthwise_dense(
    const float *input, const float *weight, int reversed, const float *bias, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *scratch, float *output) {
    const row_task task = {.weight = weight, .bias = bias, .reversed = reversed, .output = output};
    walk(task, input, *sliding, first_row, row_count, scratch);
}

CK_CLONES void ck_depthwise_dense_weight_gradient(
    const float *input, const float *upstream, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *scratch, float *weight_gradient, float *bias_gradient) {
    const row_task task = {
        .upstream = upstream, .weight_gradient = weight_gradient, .bias_gradient = bias_gradient};
    walk(task, input, *sliding, first_row, row_count, scratch);
}

#include "include/CImageCodecs.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf jump;
    char *message;
    int ended_early, is_damaged, has_many_scans;
} error_state;

static void keep_message(j_common_ptr codec) {
    char text[JMSG_LENGTH_MAX];
    codec->err->format_message(codec, text);
    char *message = ((error_state *)codec->err)->message;
    strncpy(message, text, CIMG_MESSAGE_BYTES - 1);
    message[CIMG_MESSAGE_BYTES - 1] = 0;
}

static void on_error(j_common_ptr codec) {
    keep_message(codec);
    longjmp(((error_state *)codec->err)->jump, 1);
}

/// libjpeg fills what is missing or garbled with grey and only warns; for training data that is an error.
static void on_message(j_common_ptr codec, int level) {
    error_state *state = (error_state *)codec->err;
    if (level >= 0) return;
    codec->err->num_warnings++;
    switch (codec->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
        state->ended_early = 1;
        break;
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_MUST_RESYNC:
        if (!state->is_damaged) keep_message(codec);
        state->is_damaged = 1;
        break;
    default:  // Stray bytes between segments and odd version numbers do no harm.
        break;
    }
}

static struct jpeg_error_mgr *install(error_state *state, char *message) {
    struct jpeg_error_mgr *manager = jpeg_std_error(&state->base);
    state->base.error_exit = on_error;
    state->base.emit_message = on_message;
    state->message = message;
    state->ended_early = state->is_damaged = state->has_many_scans = 0;
    strncpy(message, "the JPEG data ends early", CIMG_MESSAGE_BYTES - 1);
    return manager;
}

typedef struct {
    struct jpeg_decompress_struct codec;
    error_state errors;
    struct jpeg_progress_mgr progress;
} read_state;

/// A progressive file of a few kilobytes may ask for the whole image any number of times; encoders make up to 20 scans.
enum { MOST_SCANS = 200 };
/// Pixels that all scans of a file may ask for together: some seconds of work.
static const double MOST_SCANNED_PIXELS = 2e9;

static void count_scans(j_common_ptr codec) {
    j_decompress_ptr file = (j_decompress_ptr)codec;
    double pixels = (double)file->image_width * (double)file->image_height * file->input_scan_number;
    int is_first = file->input_scan_number <= 20;
    if (is_first || (file->input_scan_number <= MOST_SCANS && pixels <= MOST_SCANNED_PIXELS)) return;
    error_state *state = (error_state *)codec->err;
    state->has_many_scans = 1;
    snprintf(
        state->message, CIMG_MESSAGE_BYTES, "it has more than %d scans of its %ux%u pixels, which would take very long",
        file->input_scan_number - 1, file->image_width, file->image_height);
    longjmp(state->jump, 1);
}

/// What a read delivers, and where to.
typedef struct {
    int header_only, denominator;
    size_t maximum_pixels;
    /// The caller's memory; NULL when only the size is asked for.
    uint8_t *pixels;
    size_t byte_count;
} request;

static int read_rows(read_state *state, const cimg_info *info, const request *wanted) {
    size_t row_bytes = (size_t)info->width * 3;
    if (wanted->byte_count != row_bytes * (size_t)info->height) {
        strncpy(state->errors.message, "the memory for its pixels has another size", CIMG_MESSAGE_BYTES - 1);
        return CIMG_UNSUPPORTED;
    }
    jpeg_start_decompress(&state->codec);
    while (state->codec.output_scanline < state->codec.output_height) {
        JSAMPROW row = wanted->pixels + row_bytes * state->codec.output_scanline;
        jpeg_read_scanlines(&state->codec, &row, 1);
    }
    jpeg_finish_decompress(&state->codec);
    if (state->errors.ended_early) return CIMG_TRUNCATED;
    return state->errors.is_damaged ? CIMG_NOT_AN_IMAGE : CIMG_OK;
}

/// libjpeg's jumps land here and nowhere else.
static int read_image(
    read_state *state, const uint8_t *bytes, size_t count, const request *wanted, cimg_info *info) {
    if (setjmp(state->errors.jump)) {
        if (state->errors.has_many_scans) return CIMG_UNSUPPORTED;
        return state->errors.ended_early ? CIMG_TRUNCATED : CIMG_NOT_AN_IMAGE;
    }
    jpeg_create_decompress(&state->codec);
    state->progress.progress_monitor = count_scans;
    state->codec.progress = &state->progress;
    jpeg_mem_src(&state->codec, bytes, count);
    jpeg_read_header(&state->codec, TRUE);
    info->width = (int32_t)state->codec.image_width;
    info->height = (int32_t)state->codec.image_height;
    info->channels = state->codec.num_components;
    info->bit_depth = 8;
    info->is_palette = 0;
    info->is_progressive = jpeg_has_multiple_scans(&state->codec);
    if (wanted->header_only) return CIMG_OK;
    if ((size_t)info->width * (size_t)info->height > wanted->maximum_pixels) return CIMG_TOO_LARGE;
    if (state->codec.num_components == 4) {
        strncpy(state->errors.message, "it holds four printing colours (CMYK)", CIMG_MESSAGE_BYTES - 1);
        return CIMG_UNSUPPORTED;
    }
    info->channels = 3;
    state->codec.out_color_space = JCS_RGB;
    state->codec.scale_num = 1;
    state->codec.scale_denom = (unsigned)wanted->denominator;
    jpeg_calc_output_dimensions(&state->codec);
    info->width = (int32_t)state->codec.output_width;
    info->height = (int32_t)state->codec.output_height;
    return wanted->pixels ? read_rows(state, info, wanted) : CIMG_OK;
}

static int read_jpeg(
    const uint8_t *bytes, size_t count, const request *wanted, cimg_info *info, char *message) {
    if (count < 3 || bytes[0] != 0xFF || bytes[1] != 0xD8) {
        strncpy(message, "not a JPEG file", CIMG_MESSAGE_BYTES - 1);
        return CIMG_NOT_AN_IMAGE;
    }
    read_state state;
    memset(&state, 0, sizeof state);
    state.codec.err = install(&state.errors, message);
    int status = read_image(&state, bytes, count, wanted, info);
    jpeg_destroy_decompress(&state.codec);
    return status;
}

int cimg_jpeg_info(const uint8_t *bytes, size_t count, cimg_info *info, char *message) {
    request wanted = {.header_only = 1, .denominator = 1};
    return read_jpeg(bytes, count, &wanted, info, message);
}

int cimg_jpeg_read(
    const uint8_t *bytes, size_t count, int denominator, size_t maximum_pixels, cimg_info *info, void *pixels,
    size_t byte_count, char *message) {
    request wanted = {
        .denominator = denominator, .maximum_pixels = maximum_pixels, .pixels = pixels, .byte_count = byte_count};
    return read_jpeg(bytes, count, &wanted, info, message);
}

typedef struct {
    struct jpeg_compress_struct codec;
    error_state errors;
    unsigned char *bytes;
    unsigned long count;
} write_state;

static int write_image(write_state *state, const uint8_t *pixels, const cimg_info *info, int quality) {
    if (setjmp(state->errors.jump)) return CIMG_OUT_OF_MEMORY;
    jpeg_create_compress(&state->codec);
    jpeg_mem_dest(&state->codec, &state->bytes, &state->count);
    state->codec.image_width = (JDIMENSION)info->width;
    state->codec.image_height = (JDIMENSION)info->height;
    state->codec.input_components = 3;
    state->codec.in_color_space = JCS_RGB;
    jpeg_set_defaults(&state->codec);
    jpeg_set_quality(&state->codec, quality, TRUE);
    jpeg_start_compress(&state->codec, TRUE);
    size_t row_bytes = (size_t)info->width * 3;
    while (state->codec.next_scanline < state->codec.image_height) {
        JSAMPROW row = (JSAMPROW)(pixels + row_bytes * state->codec.next_scanline);
        jpeg_write_scanlines(&state->codec, &row, 1);
    }
    jpeg_finish_compress(&state->codec);
    return CIMG_OK;
}

int cimg_jpeg_write(
    const uint8_t *pixels, const cimg_info *info, int quality, uint8_t **bytes, size_t *count, char *message) {
    write_state state;
    memset(&state, 0, sizeof state);
    state.codec.err = install(&state.errors, message);
    int status = write_image(&state, pixels, info, quality);
    jpeg_destroy_compress(&state.codec);
    if (status != CIMG_OK) {
        free(state.bytes);
        return status;
    }
    *bytes = state.bytes;
    *count = state.count;
    return CIMG_OK;
}

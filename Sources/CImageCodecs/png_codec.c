#include "include/CImageCodecs.h"
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t count, position;
    int ran_out;
    char *message;
} reader;

typedef struct {
    uint8_t *bytes;
    size_t count, capacity;
    char *message;
} writer;

static void set_message(char *message, const char *text) {
    strncpy(message, text, CIMG_MESSAGE_BYTES - 1);
    message[CIMG_MESSAGE_BYTES - 1] = 0;
}

static void on_error(png_structp png, png_const_charp text) {
    set_message((char *)png_get_error_ptr(png), text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) { (void)png; (void)text; }

static void read_bytes(png_structp png, png_bytep out, size_t length) {
    reader *in = png_get_io_ptr(png);
    if (length > in->count - in->position) {
        in->ran_out = 1;
        png_error(png, "the file ends early");
    }
    memcpy(out, in->bytes + in->position, length);
    in->position += length;
}

static void write_bytes(png_structp png, png_bytep data, size_t length) {
    writer *out = png_get_io_ptr(png);
    if (out->count + length > out->capacity) {
        size_t capacity = (out->count + length) * 2;
        uint8_t *grown = realloc(out->bytes, capacity);
        if (!grown) png_error(png, "out of memory");
        out->bytes = grown;
        out->capacity = capacity;
    }
    memcpy(out->bytes + out->count, data, length);
    out->count += length;
}

static void flush_bytes(png_structp png) { (void)png; }

static int is_png(const uint8_t *bytes, size_t count) { return count >= 8 && png_sig_cmp(bytes, 0, 8) == 0; }

static void fill_info(png_structp png, png_infop header, cimg_info *info) {
    info->width = (int32_t)png_get_image_width(png, header);
    info->height = (int32_t)png_get_image_height(png, header);
    info->channels = png_get_channels(png, header);
    info->bit_depth = png_get_bit_depth(png, header);
    info->is_palette = png_get_color_type(png, header) == PNG_COLOR_TYPE_PALETTE;
    info->is_progressive = 0;
}

/// Asks libpng for the samples of `mode`; colours are taken as they are, without gamma.
static int choose_transforms(png_structp png, png_infop header, int mode, char *message) {
    int type = png_get_color_type(png, header);
    int depth = png_get_bit_depth(png, header);
    if (mode == CIMG_PNG_RGB8) {
        if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
        if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
        if (depth == 16) png_set_scale_16(png);
        png_set_strip_alpha(png);
        if (type == PNG_COLOR_TYPE_GRAY || type == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_gray_to_rgb(png);
        return CIMG_OK;
    }
    if (mode == CIMG_PNG_RAW8) {
        if ((type != PNG_COLOR_TYPE_GRAY && type != PNG_COLOR_TYPE_PALETTE) || depth > 8) {
            set_message(message, "labels must be 8-bit grey or palette");
            return CIMG_UNSUPPORTED;
        }
        png_set_packing(png);
        return CIMG_OK;
    }
    if (type & PNG_COLOR_MASK_ALPHA) {
        set_message(message, "an id image must not have an alpha channel");
        return CIMG_UNSUPPORTED;
    }
    if (depth < 16) png_set_packing(png);
    if (depth == 16) png_set_swap(png);
    return CIMG_OK;
}

typedef struct {
    png_structp png;
    png_infop header;
    png_bytep *rows;
} read_state;

/// Where decoded samples go: the caller's memory of so many bytes, or nowhere when only their number is asked for.
typedef struct {
    uint8_t *pixels;
    size_t byte_count;
} destination;

/// Widens 8-bit samples to 16 bits where they lie: they fill the second half of `pixels`.
static void widen(uint8_t *pixels, size_t count) {
    uint16_t *wide = (uint16_t *)(void *)pixels;
    for (size_t i = 0; i < count; i++) wide[i] = pixels[count + i];
}

/// Decodes all rows; 8-bit samples that 16 bits are wanted of are widened.
static int read_rows(read_state *state, const cimg_info *info, int widens, destination to, char *message) {
    size_t row_bytes = png_get_rowbytes(state->png, state->header), height = (size_t)info->height;
    size_t offset = widens ? row_bytes * height : 0;
    if (to.byte_count != offset + row_bytes * height) {
        set_message(message, "the memory for its pixels has another size");
        return CIMG_UNSUPPORTED;
    }
    state->rows = malloc(sizeof(png_bytep) * height);
    if (!state->rows) return CIMG_OUT_OF_MEMORY;
    for (size_t y = 0; y < height; y++) state->rows[y] = to.pixels + offset + row_bytes * y;
    png_read_image(state->png, state->rows);
    png_read_end(state->png, NULL);
    if (widens) widen(to.pixels, row_bytes * height);
    return CIMG_OK;
}

/// Chunks that change nothing of what is read, each name with the zero behind it.
static const png_byte unread_chunks[] = "tEXt\0zTXt\0iTXt\0iCCP\0sPLT\0eXIf";

/// Everything between png_create and png_destroy; libpng's jumps land here and nowhere else.
static int read_image(
    read_state *state, reader *in, int mode, int header_only, size_t maximum_pixels, cimg_info *info, destination to,
    char *message) {
    if (setjmp(png_jmpbuf(state->png))) return in->ran_out ? CIMG_TRUNCATED : CIMG_NOT_AN_IMAGE;
    png_set_read_fn(state->png, in, read_bytes);
    png_set_user_limits(state->png, 0x7fffffff, 0x7fffffff);
    // Texts and profiles are not read: a few kilobytes of them may unpack to gigabytes.
    png_set_keep_unknown_chunks(state->png, PNG_HANDLE_CHUNK_NEVER, unread_chunks, sizeof unread_chunks / 5);
    // Every chunk has a checksum of its own; the one over the inflated bytes would only cost time.
    png_set_option(state->png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
    png_read_info(state->png, state->header);
    fill_info(state->png, state->header, info);
    if (header_only) return CIMG_OK;
    if ((size_t)info->width * (size_t)info->height > maximum_pixels) return CIMG_TOO_LARGE;
    int status = choose_transforms(state->png, state->header, mode, message);
    if (status != CIMG_OK) return status;
    png_set_interlace_handling(state->png);
    png_read_update_info(state->png, state->header);
    int file_depth = info->bit_depth, is_palette = info->is_palette;
    fill_info(state->png, state->header, info);
    info->is_palette = is_palette;
    info->bit_depth = file_depth;
    if (!to.pixels) return CIMG_OK;
    return read_rows(state, info, mode == CIMG_PNG_RAW16 && file_depth < 16, to, message);
}

static int read_png(
    const uint8_t *bytes, size_t count, int mode, int header_only, size_t maximum_pixels, cimg_info *info,
    destination to, char *message) {
    set_message(message, "not a PNG file");
    if (!is_png(bytes, count)) return CIMG_NOT_AN_IMAGE;
    reader in = {bytes, count, 0, 0, message};
    read_state state = {0};
    state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
    state.header = state.png ? png_create_info_struct(state.png) : NULL;
    int status = state.header ? read_image(&state, &in, mode, header_only, maximum_pixels, info, to, message)
                              : CIMG_OUT_OF_MEMORY;
    png_destroy_read_struct(&state.png, &state.header, NULL);
    free(state.rows);
    return status;
}

int cimg_png_info(const uint8_t *bytes, size_t count, cimg_info *info, char *message) {
    return read_png(bytes, count, CIMG_PNG_RGB8, 1, 0, info, (destination){NULL, 0}, message);
}

int cimg_png_read(
    const uint8_t *bytes, size_t count, int mode, size_t maximum_pixels, cimg_info *info, void *pixels,
    size_t byte_count, char *message) {
    return read_png(bytes, count, mode, 0, maximum_pixels, info, (destination){pixels, byte_count}, message);
}

static int write_image(
    png_structp png, png_infop header, writer *out, const void *pixels, const cimg_info *info, const uint8_t *palette,
    int palette_count, int level) {
    if (setjmp(png_jmpbuf(png))) return CIMG_OUT_OF_MEMORY;
    png_set_write_fn(png, out, write_bytes, flush_bytes);
    int type = palette ? PNG_COLOR_TYPE_PALETTE : info->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
    png_set_IHDR(
        png, header, (png_uint_32)info->width, (png_uint_32)info->height, info->bit_depth, type, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (palette) png_set_PLTE(png, header, (png_const_colorp)palette, palette_count);
    png_set_compression_level(png, level);
    // Photographs gain from one cheap filter; label maps compress best without.
    png_set_filter(png, 0, info->channels == 3 ? PNG_FILTER_SUB : PNG_FILTER_NONE);
    png_write_info(png, header);
    if (info->bit_depth == 16) png_set_swap(png);
    size_t row_bytes = (size_t)info->width * (size_t)info->channels * (size_t)(info->bit_depth / 8);
    for (int32_t y = 0; y < info->height; y++) {
        png_write_row(png, (png_const_bytep)pixels + row_bytes * (size_t)y);
    }
    png_write_end(png, header);
    return CIMG_OK;
}

int cimg_png_write(
    const void *pixels, const cimg_info *info, const uint8_t *palette, int palette_count, int level, uint8_t **bytes,
    size_t *count, char *message) {
    set_message(message, "out of memory");
    writer out = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
    png_infop header = png ? png_create_info_struct(png) : NULL;
    int status = header ? write_image(png, header, &out, pixels, info, palette, palette_count, level)
                        : CIMG_OUT_OF_MEMORY;
    png_destroy_write_struct(&png, &header);
    if (status != CIMG_OK) {
        free(out.bytes);
        return status;
    }
    *bytes = out.bytes;
    *count = out.count;
    return CIMG_OK;
}

void cimg_free(void *memory) { free(memory); }

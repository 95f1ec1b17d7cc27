// What stands in for a card's compiler, to try out how kernels are compiled and kept where there is none: its results
// are the texts with a line before them.

#include <cstdlib>
#include <cstring>
#include <string>

#include "standin.hpp"

struct cdd_program_s {
    std::string source, image, portable, log;
};

namespace cdk {
namespace {

/// As libnvrtc has them.
enum { kCompilation = 6, kInvalidOption = 5 };

/// Older than every real one, so that its results are never taken for those of a real one of the same version.
int version(int *major, int *minor) {
    *major = *minor = 0;
    return 0;
}

int create(
    cdd_program *program, const char *source, const char *, int, const char *const *, const char *const *) {
    *program = new cdd_program_s{source, {}, {}, {}};
    return 0;
}

int destroy(cdd_program *program) {
    delete *program;
    *program = nullptr;
    return 0;
}

int compile(cdd_program program, int count, const char *const *options) {
    std::string architecture;
    for (int i = 0; i < count; i++) {
        const char *value = std::strchr(options[i], '=');
        if (value && std::strncmp(options[i], "--gpu-architecture", 18) == 0) architecture = value + 1;
    }
    const bool is_portable = architecture.rfind("compute_", 0) == 0;
    if (!is_portable && architecture.rfind("sm_", 0) != 0) return kInvalidOption;
    if (program->source.find("#error") != std::string::npos) {
        program->log = "error: #error directive";
        return kCompilation;
    }
    (is_portable ? program->portable : program->image) = "stand-in for " + architecture + "\n" + program->source;
    return 0;
}

int copy(const std::string &from, char *to) {
    std::memcpy(to, from.data(), from.size());
    return 0;
}

int log_size(cdd_program program, size_t *size) {
    *size = program->log.size() + 1;
    return 0;
}
int log(cdd_program program, char *text) {
    std::memcpy(text, program->log.c_str(), program->log.size() + 1);
    return 0;
}
int cubin_size(cdd_program program, size_t *size) {
    *size = program->image.size();
    return 0;
}
int cubin(cdd_program program, char *image) { return copy(program->image, image); }
int portable_size(cdd_program program, size_t *size) {
    *size = program->portable.size();
    return 0;
}
int portable(cdd_program program, char *image) { return copy(program->portable, image); }

const int kArchitectures[] = {80, 86, 90, 100};

int architecture_count(int *count) {
    *count = sizeof kArchitectures / sizeof kArchitectures[0];
    return 0;
}
int architectures(int *list) {
    std::memcpy(list, kArchitectures, sizeof kArchitectures);
    return 0;
}

const char *error_text(int code) { return code == kCompilation ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR"; }

}  // namespace
}  // namespace cdk

extern "C" void cdk_standin_compiler(cdd_compiler *compiler) {
    using namespace cdk;
    cdd_compiler table = {};
    table.version = version;
    table.create = create;
    table.destroy = destroy;
    table.compile = compile;
    table.log_size = log_size;
    table.log = cdk::log;
    table.cubin_size = cubin_size;
    table.cubin = cubin;
    table.portable_size = portable_size;
    table.portable = portable;
    table.architecture_count = architecture_count;
    table.architectures = architectures;
    table.error_text = error_text;
    *compiler = table;
}

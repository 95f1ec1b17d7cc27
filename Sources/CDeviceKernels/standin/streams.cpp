// The streams of the stand-in, their events, and graphs of what they are told. Each stream has a queue, which knows nothing
// of the others but by the places that its work waits for.

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "standin.hpp"

namespace cdk {

int StandIn::tell(cdd_stream_s *stream, std::function<int(cdd_stream_s *)> what) {
    if (!stream) return CDD_INVALID_VALUE;
    if (!stream->recording) return what(stream);
    stream->recording->nodes.push_back(std::move(what));
    return CDD_SUCCESS;
}

int StandIn::queue(cdd_stream_s *stream, std::function<void()> work) {
    if (!stream) return CDD_INVALID_VALUE;
    if (stream->recording) return CDD_NOT_WHILE_RECORDING;
    stream->queue->work.push_back({std::move(work), {}, nullptr});
    stream->queue->queued++;
    return CDD_SUCCESS;
}

bool StandIn::advance(Queue &queue) {
    Queue::Work &next = queue.work.front();
    if (!next.after.is_reached()) return advance(*next.after.queue);
    if (error == CDD_SUCCESS && next.is_done && !next.is_done()) return false;
    if (error == CDD_SUCCESS && next.run) next.run();
    queue.work.pop_front();
    queue.done++;
    return true;
}

bool StandIn::is_chosen(int64_t chosen, int64_t since_set, int64_t of_step) const {
    if (chosen == 0) return false;
    return options.failing_step == 0 ? since_set == chosen : options.failing_step == steps && of_step == chosen;
}

void StandIn::pause() {
    lock.unlock();
    usleep(50);
    lock.lock();
}

bool StandIn::go_on(const Place &place) {
    if (options.seed != 0) {
        turns = turns * 6364136223846793005ull + options.seed * 2 + 1;
        Queue &other = *queues[(turns >> 33) % queues.size()];
        if (!other.work.empty()) advance(other);
    }
    return place.is_reached() || advance(*place.queue);
}

int StandIn::run(const Place &place) {
    while (!place.is_reached()) {
        if (!go_on(place)) pause();
    }
    return error;
}

namespace {

using Lock = std::lock_guard<std::recursive_mutex>;

// MARK: streams and events

int stream_create(cdd_stream *stream, unsigned) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    *stream = new cdd_stream_s;
    s.queues.push_back((*stream)->queue);
    return CDD_SUCCESS;
}

int stream_destroy(cdd_stream stream) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    s.run({stream->queue, stream->queue->queued});
    s.queues.erase(std::find(s.queues.begin(), s.queues.end(), stream->queue));
    delete stream;
    return CDD_SUCCESS;
}

/// The host waits, if there is anything to wait for.
int wait(StandIn &s, const Place &place) {
    if (!place.is_reached()) s.counters.waits++;
    return s.run(place);
}

int stream_wait(cdd_stream stream) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (stream->recording) return CDD_NOT_WHILE_RECORDING;
    return wait(s, {stream->queue, stream->queue->queued});
}

/// Without times, as `CU_EVENT_DISABLE_TIMING`.
enum : unsigned { kNoTimes = 2 };

int event_create(cdd_event *event, unsigned flags) {
    *event = new cdd_event_s;
    if (!(flags & kNoTimes)) (*event)->seconds = std::make_shared<double>(0);
    return CDD_SUCCESS;
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int event_destroy(cdd_event event) {
    delete event;
    return CDD_SUCCESS;
}

int event_record(cdd_event event, cdd_stream stream) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (stream->recording) return CDD_NOT_WHILE_RECORDING;
    if (auto seconds = event->seconds) s.queue(stream, [seconds] { *seconds = now(); });
    event->place = {stream->queue, stream->queue->queued};
    return CDD_SUCCESS;
}

int event_elapsed(float *milliseconds, cdd_event start, cdd_event end) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    for (cdd_event event : {start, end}) {
        if (!event->place.queue || !event->seconds) return CDD_INVALID_HANDLE;
        if (!event->place.is_reached()) return CDD_NOT_READY;
    }
    *milliseconds = (float)((*end->seconds - *start->seconds) * 1e3);
    return s.error;
}

/// Pieces of work that a device does, to a host that asks again and again.
enum { kPiecesAQuestion = 16 };

int event_query(cdd_event event) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    s.counters.queries++;
    for (int i = 0; i < kPiecesAQuestion && !event->place.is_reached(); i++) {
        if (!s.go_on(event->place)) break;
    }
    if (s.error != CDD_SUCCESS) return s.error;
    return event->place.is_reached() ? CDD_SUCCESS : CDD_NOT_READY;
}

int event_wait(cdd_event event) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    return wait(s, event->place);
}

/// What the stream is told from now on waits for the event as it was recorded last; the host goes on.
int stream_wait_event(cdd_stream stream, cdd_event event, unsigned) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (stream->recording) return CDD_NOT_WHILE_RECORDING;
    if (++s.event_waits_since_set == s.options.forgotten_wait) return CDD_SUCCESS;
    stream->queue->work.push_back({nullptr, event->place, nullptr});
    stream->queue->queued++;
    return CDD_SUCCESS;
}

// MARK: graphs

int capture_begin(cdd_stream stream, int) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (!stream || stream->recording) return CDD_INVALID_VALUE;
    stream->recording = std::make_unique<cdd_graph_s>();
    return CDD_SUCCESS;
}

int capture_end(cdd_stream stream, cdd_graph *graph) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (!stream || !stream->recording) return CDD_INVALID_VALUE;
    *graph = stream->recording.release();
    s.counters.graphs++;
    return CDD_SUCCESS;
}

int graph_instantiate(cdd_graph_exec *exec, cdd_graph graph, unsigned long long) {
    *exec = new cdd_graph_exec_s{graph->nodes};
    return CDD_SUCCESS;
}

int graph_launch(cdd_graph_exec exec, cdd_stream stream) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    s.counters.replays++;
    for (const auto &node : exec->nodes) {
        if (int code = node(stream)) return code;
    }
    return CDD_SUCCESS;
}

int graph_destroy(cdd_graph graph) {
    delete graph;
    return CDD_SUCCESS;
}

int graph_exec_destroy(cdd_graph_exec exec) {
    delete exec;
    return CDD_SUCCESS;
}

}  // namespace

void add_streams(cdd_driver &driver) {
    driver.stream_create = stream_create;
    driver.stream_destroy = stream_destroy;
    driver.stream_wait = stream_wait;
    driver.event_create = event_create;
    driver.event_destroy = event_destroy;
    driver.event_record = event_record;
    driver.event_query = event_query;
    driver.event_wait = event_wait;
    driver.event_elapsed = event_elapsed;
    driver.stream_wait_event = stream_wait_event;
    driver.capture_begin = capture_begin;
    driver.capture_end = capture_end;
    driver.graph_instantiate = graph_instantiate;
    driver.graph_launch = graph_launch;
    driver.graph_destroy = graph_destroy;
    driver.graph_exec_destroy = graph_exec_destroy;
}

}  // namespace cdk

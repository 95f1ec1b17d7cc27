import Testing

/// Everything that starts whole training runs, one after another: the machine has few cores. They share one tiny
/// data set, made by the first.
@Suite(.serialized, .tinyToytown) enum IntegrationTests {}

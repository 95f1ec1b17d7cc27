import Testing
import _TestSupport

/// Everything that starts whole training runs, a few at a time: the machine has few cores. They share one tiny data set,
/// made by the first.
@Suite(.jobsInTurns, .tinyToytown) enum IntegrationTests {}

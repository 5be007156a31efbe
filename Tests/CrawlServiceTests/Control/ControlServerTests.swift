import Testing

/// Everything that runs a server: one at a time, since some of it measures the process.
@Suite(.serialized) enum ControlServerTests {}

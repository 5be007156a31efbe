import Logging

/// What a `Logger` hands its statements to. Follows the sink's level, so that a reload reaches loggers that exist, unless
/// the logger was given a level of its own.
struct SinkLogHandler: LogHandler {
    let sink: LogSink
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private var ownLevel: Logger.Level?

    init(sink: LogSink) { self.sink = sink }

    var logLevel: Logger.Level {
        get { ownLevel ?? sink.logLevel }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let given = event.metadata { fields.merge(given) { _, new in new } }
        if let error = event.error { fields["error"] = "\(error)" }
        sink.log(event.level, event.message.description, fields)
    }
}

/// A source on its way to the daemon: converted if the command line has options, and counted.
final class Upload {
    private let source: ByteSource
    private let terminal: Terminal
    private var progress: Progress
    private var converted: [UInt8] = []
    private var isAtEnd = false
    private var isWiped = false

    /// nil sends the source as it is.
    var objects: ObjectLines?

    init(source: ByteSource, progress: Progress, terminal: Terminal) {
        self.source = source
        self.progress = progress
        self.terminal = terminal
    }

    /// At most `max` bytes; empty at the end only.
    func read(_ max: Int) throws(CtlFailure) -> [UInt8] {
        let bytes = try next(max)
        if terminal.showsProgress, !isWiped, let text = progress.add(bytes, now: SystemClock.nowMs()) {
            terminal.err(Array(text.utf8))
        }
        return bytes
    }

    /// Takes the progress line away; nothing is drawn after it.
    func wipe() {
        guard !isWiped else { return }
        isWiped = true
        if terminal.showsProgress, progress.isVisible { terminal.err(Array(Progress.wipe.utf8)) }
    }

    private func next(_ max: Int) throws(CtlFailure) -> [UInt8] {
        guard var objects else { return try source.read(max) }
        while converted.isEmpty, !isAtEnd {
            let bytes = try source.read(max)
            isAtEnd = bytes.isEmpty
            converted = isAtEnd ? objects.finish() : objects.convert(bytes)
        }
        self.objects = objects
        let part = Array(converted.prefix(max))
        converted.removeFirst(part.count)
        return part
    }
}

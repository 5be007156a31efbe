/// A source on its way to the daemon: whole lines of it, converted if the command line has options, and counted.
final class Upload {
    private let source: ByteSource
    private let terminal: Terminal
    private let isInterrupted: () -> Bool
    private var progress: Progress
    private var lines = WholeLines()
    private var ready: [UInt8] = []
    private var isAtEnd = false
    private var isWiped = false

    /// nil sends the source as it is.
    var objects: ObjectLines?

    /// The last line, that was not sent because it may be half of one; nil = there is none.
    private(set) var dropped: (line: Int, text: [UInt8])?

    init(source: ByteSource, progress: Progress, terminal: Terminal, isInterrupted: @escaping () -> Bool) {
        self.source = source
        self.progress = progress
        self.terminal = terminal
        self.isInterrupted = isInterrupted
    }

    /// At most `max` bytes; empty at the end only.
    func read(_ max: Int) throws(CtlFailure) -> [UInt8] {
        while ready.isEmpty, !isAtEnd { try fill(max) }
        let part = Array(ready.prefix(max))
        ready.removeFirst(part.count)
        return part
    }

    /// Takes the progress line away; nothing is drawn after it.
    func wipe() {
        guard !isWiped else { return }
        isWiped = true
        if terminal.showsProgress, progress.isVisible { terminal.err(Array(Terminal.wipe.utf8)) }
    }

    private func fill(_ max: Int) throws(CtlFailure) {
        let bytes = isInterrupted() ? [] : try source.read(max)
        if terminal.showsProgress, !isWiped,
            let text = progress.add(bytes, of: source.progress, now: SystemClock.steadyMs())
        {
            terminal.err(Array(text.utf8))
        }
        guard bytes.isEmpty else {
            let whole = lines.add(bytes)
            return ready = objects?.convert(whole) ?? whole
        }
        isAtEnd = true
        let wasCut = isInterrupted() || source.fault != nil
        switch lines.finish(isSure: source.hasSureEnd && !wasCut, mayBeOnly: !wasCut) {
        case .rest(let rest): ready = objects.map { finished($0, rest) } ?? rest
        case .dropped(let line, let text): dropped = (line, text)
        }
    }

    private func finished(_ objects: ObjectLines, _ rest: [UInt8]) -> [UInt8] {
        var objects = objects
        return objects.convert(rest) + objects.finish()
    }
}

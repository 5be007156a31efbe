import ControlAPI

/// What `enqueue` does: looks at all inputs, sends one after the other, and tells what became of each.
struct EnqueueRun {
    private let verb: EnqueueVerb
    private let session: Session
    private var total = EnqueueAnswer()
    /// Said of rejected lines so far.
    private var told = 0
    /// An input is not stored to its end, or lines of it are not.
    private var isLacking = false

    /// Of rejected lines so many are shown: more of them are no help.
    private static let shown = 10

    /// One input, looked at.
    private struct Input {
        var source: ByteSource
        var isObjects: Bool
        /// nil = it is the only one.
        var name: String?
    }

    init(verb: EnqueueVerb, session: Session) {
        self.verb = verb
        self.session = session
    }

    mutating func run() throws(CtlFailure) {
        let inputs = try inputs()
        for (index, input) in inputs.enumerated() where !session.isInterrupted() {
            do throws(CtlFailure) {
                try send(input)
            } catch {
                // What is stored stays stored.
                if index > 0, !session.json { summarize() }
                guard let name = input.name, !error.message.hasPrefix(name) else { throw error }
                var named = error
                named.message = "\(name): \(error.message)"
                throw named
            }
        }
        if !session.json { summarize() }
        if session.isInterrupted() {
            throw CtlFailure(
                .interrupted,
                "interrupted: what was counted is stored, the rest is not; sending all of it again is safe")
        }
        if total.rejected > 0 || isLacking { throw CtlFailure(.rejected, "") }
    }

    /// All of them are looked at before anything is sent: where one is mistyped nothing of the others is stored.
    private func inputs() throws(CtlFailure) -> [Input] {
        guard !verb.files.isEmpty else {
            return [Input(source: verb.ownSource(now: session.now), isObjects: !verb.sitemaps.isEmpty)]
        }
        var sources: [ByteSource] = []
        for path in verb.files { sources.append(try ByteSource(path: path, isInterrupted: session.isInterrupted)) }
        var inputs: [Input] = []
        for (path, source) in zip(verb.files, sources) {
            let kind = InputKind(try source.head(), path: path)
            if case .wrong(let what) = kind { throw CtlFailure(.rejected, "\(source.name) \(what)") }
            guard kind == .lines || !verb.hasOptions else {
                throw CtlFailure(
                    .usage, "JSON objects carry their own fields: leave --priority, --recrawl, --due and --force out")
            }
            inputs.append(
                Input(source: source, isObjects: kind == .objects, name: verb.files.count > 1 ? source.name : nil))
        }
        return inputs
    }

    private mutating func send(_ input: Input) throws(CtlFailure) {
        let upload = Upload(
            source: input.source, progress: Progress(now: SystemClock.steadyMs()), terminal: session.terminal,
            isInterrupted: session.isInterrupted)
        defer { upload.wipe() }
        if verb.hasOptions { upload.objects = verb.lines(of: "url", now: session.now) }
        let body = APIBody(
            contentType: input.isObjects || verb.hasOptions ? ContentType.ndjson : ContentType.text, read: upload.read)
        let answer = try session.send(APIRequest(.post, Routes.urls, body: body))
        upload.wipe()
        let counts = try session.decode(EnqueueAnswer.self, from: answer.body)
        total.new += counts.new
        total.known += counts.known
        total.rejected += counts.rejected
        if session.json { session.terminal.raw(answer.body) } else { tell(counts, of: input.name) }
        if let fault = input.source.fault { lack("\(input.source.name) is \(fault): what follows is not stored") }
        if let dropped = upload.dropped, input.source.fault == nil, !session.isInterrupted() {
            let text = String(decoding: dropped.text.prefix(256), as: UTF8.self)
            lack(
                "\(input.source.name), line \(dropped.line) does not end with a newline and is not stored, for it may be "
                    + "cut: \(text)")
        }
    }

    private mutating func lack(_ what: String) {
        isLacking = true
        guard session.json else { return session.terminal.remark("crawlctl: " + Terminal.clean(what)) }
        session.terminal.rawRemark(CtlFailure(.rejected, what).json)
    }

    private func summarize() {
        let rejected = NumberText.count(total.rejected)
        let more = total.rejected > told && told > 0 ? " (the first \(told) are shown)" : ""
        session.terminal.line(
            "\(NumberText.count(total.new)) new, \(NumberText.count(total.known)) known, \(rejected) rejected\(more)")
    }

    /// The lines that were rejected; `name` is the file's, nil = there is one only.
    private mutating func tell(_ counts: EnqueueAnswer, of name: String?) {
        let place = name.map { "\($0), " } ?? ""
        for problem in counts.problems.prefix(max(0, Self.shown - told)) {
            told += 1
            session.terminal.remark(
                Terminal.clean(
                    "\(place)line \(problem.line): \(problem.url ?? "-"): \(problem.code): \(problem.detail)"))
        }
    }
}

import DequeModule

/// The names that are known, bounded by their size in memory, and the look-ups that are wanted. Pure: whoever owns it passes
/// the time, hands the questions to a resolver and brings the replies.
struct NameBook {
    var rules: NameRules
    /// An address may be connected to.
    let allows: @Sendable (IPAddress) -> Bool

    private var records: [[UInt8]: NameRecord] = [:]
    /// All of them, those that came or were used first before others; each once.
    private var order = Deque<NameRecord>()
    private(set) var bytes = 0
    /// By ticket.
    private var underWay: [Int64: NameRecord] = [:]
    private(set) var slow = 0
    private var lastTicket: Int64 = 0
    /// Names whose last look-up was not answered, and since when none was.
    private var failing: [[UInt8]: Instant] = [:]
    private var questions: [NameQuestion] = []
    /// Origins whose names wait to be asked for, because so many are: first come, first served.
    private var lined = Deque<Int64>()

    init(rules: NameRules, allows: @escaping @Sendable (IPAddress) -> Bool = { _ in true }) {
        self.rules = rules
        self.allows = allows
    }

    var count: Int { records.count }
    /// Look-ups that are wanted or under way, without the slow ones.
    var waiting: Int { underWay.count - slow }
    /// A name that is asked for now waits in line: a reply makes room.
    var isBusy: Bool { waiting >= NameRules.mostWaiting || slow >= NameRules.mostSlow }
    /// The line is as long as memory allows: nobody is looked at until a reply makes room.
    var isFull: Bool { lined.count >= NameRules.mostLined }

    /// What is known of a host; nil = nothing was asked, or it is forgotten.
    func known(_ host: [UInt8]) -> NameRecord? { records[host] }

    mutating func record(of host: [UInt8]) -> NameRecord {
        if let known = records[host] {
            known.isUsed = true
            return known
        }
        let new = NameRecord(host: host)
        records[host] = new
        order.append(new)
        bytes += new.bytes
        forget()
        return new
    }

    /// `origin`, which does not wait yet, waits for the look-up that is under way, or for one that begins now.
    mutating func ask(_ record: NameRecord, for origin: Int64, now: Instant) {
        record.waiting.append(origin)
        guard record.ticket == 0 else { return }
        lastTicket += 1
        record.ticket = lastTicket
        record.askedAt = now
        record.isSlow = false
        underWay[lastTicket] = record
        questions.append(NameQuestion(ticket: lastTicket, host: String(decoding: record.host, as: UTF8.self)))
    }

    /// `origin`, which does not wait yet, waits until fewer names are asked for.
    mutating func line(up origin: Int64) { lined.append(origin) }

    /// Those of the line for whom there is room now, at most as many as that.
    mutating func takeTurns() -> [Int64] {
        guard !lined.isEmpty, !isBusy else { return [] }
        let room = NameRules.mostWaiting - waiting
        defer { lined.removeFirst(min(room, lined.count)) }
        return Array(lined.prefix(room))
    }

    /// For the resolver, since the last call.
    mutating func takeQuestions() -> [NameQuestion] {
        guard !questions.isEmpty else { return [] }
        defer { questions = [] }
        return questions
    }

    /// What a reply says is known from now on. Returns the record and those who waited for it.
    mutating func note(_ reply: NameReply, now: Instant) -> (record: NameRecord, waiting: [Int64])? {
        guard let record = underWay[reply.ticket], record.ticket == reply.ticket else { return nil }
        switch reply.news {
        case .slow:
            guard !record.isSlow else { return nil }
            record.isSlow = true
            slow += 1
        case .done(let answer):
            underWay[reply.ticket] = nil
            if record.isSlow { slow -= 1 }
            let before = record.bytes
            record.take(answer, rules, allows: allows, now: now)
            if record.failingSince != nil || !failing.isEmpty {
                failing[record.host] = record.isForgotten ? nil : record.failingSince
            }
            if !record.isForgotten { bytes += record.bytes - before }
            forget()
        }
        defer { record.waiting = [] }
        return (record, record.waiting)
    }

    /// Forgets what was not used for longest, as far as there is too much; one that is waited for stays. It looks at a few
    /// records only, so that none costs a walk over all: for a moment there may be an eighth more than is configured.
    private mutating func forget() {
        var looks = 0
        while bytes > rules.cacheBytes, looks < 8, let oldest = order.popFirst() {
            looks += 1
            let mayStay = bytes - rules.cacheBytes < rules.cacheBytes / 8
            if oldest.isUsed && mayStay || oldest.ticket != 0 {
                oldest.isUsed = false
                order.append(oldest)
                continue
            }
            oldest.isForgotten = true
            records[oldest.host] = nil
            failing[oldest.host] = nil
            bytes -= oldest.bytes
        }
    }

    /// Names that had no answer since then, or longer.
    func failing(since: Instant) -> Int { failing.values.count { $0 <= since } }

    /// An address of the record was dropped, or another change made it smaller or larger by so many bytes.
    mutating func resized(_ record: NameRecord, by change: Int) {
        if !record.isForgotten { bytes += change }
    }

    /// The wall clock was set.
    mutating func move(by step: Duration) {
        for record in order { record.move(by: step) }
        failing = failing.mapValues { $0 + step }
    }
}

import ControlAPI
package import CrawlCore

/// Rewrites what is not canonical as it stands, or says why it is no URL for us.
package typealias Canonicalize = @Sendable (UnsafeBufferPointer<UInt8>) -> Result<CrawlURL, URLProblem>

/// What a body has come to so far: the batch that fills, and the lines that were refused.
struct EnqueueCollector {
    /// Bytes of a refused URL that a problem repeats.
    static let maxProblemURL = 256

    private let canonicalize: Canonicalize
    private(set) var batch = EnqueueBatch()
    /// Of each entry of the batch.
    private(set) var lines: [Int32] = []
    private(set) var rejected = 0
    private(set) var problems: [LineProblem] = []
    private(set) var lastFault: LineFault?

    init(canonicalize: @escaping Canonicalize) { self.canonicalize = canonicalize }

    mutating func add(_ url: UnsafeBufferPointer<UInt8>, options: EnqueueOptions?, line: Int) {
        if let originLength = CanonicalForm.originLength(url) {
            batch.append(url, originLength: originLength, options: options)
            lines.append(Int32(clamping: line))
        } else {
            addRewritten(url, options: options, line: line)
        }
    }

    private mutating func addRewritten(_ url: UnsafeBufferPointer<UInt8>, options: EnqueueOptions?, line: Int) {
        switch Self.canonical(url, canonicalize) {
        case .success(let canonical):
            batch.append(canonical, options: options)
            lines.append(Int32(clamping: line))
        case .failure(let problem): reject(url, LineFault(problem), line: line)
        }
    }

    mutating func reject(_ url: UnsafeBufferPointer<UInt8>?, _ fault: LineFault, line: Int) {
        rejected += 1
        lastFault = fault
        guard problems.count < EnqueueAnswer.maxProblems else { return }
        problems.append(
            LineProblem(
                line: line, url: url.map { UTF8Check.prefix($0, atMost: Self.maxProblemURL) }, code: fault.code,
                detail: fault.detail))
    }

    /// One object; returns why it was refused, if it was.
    @discardableResult
    mutating func addObject(
        _ bytes: UnsafeBufferPointer<UInt8>, limit: Int = .max, line: Int
    ) -> LineFault? {
        guard bytes.count <= limit else {
            let fault = LineFault(code: ProblemCode.tooLong, detail: "an object has at most \(limit) bytes")
            reject(nil, fault, line: line)
            return fault
        }
        var object = EnqueueObject(bytes)
        do throws(LineFault) {
            try object.read()
        } catch {
            if object.withURL({ reject($0, error, line: line) }) == nil { reject(nil, error, line: line) }
            return error
        }
        let before = rejected
        object.withURL { add($0, options: object.hasOptions ? object.options : nil, line: line) }
        return rejected > before ? lastFault : nil
    }

    func isFull(_ limits: ControlLimits, times: Int = 1) -> Bool {
        batch.count >= limits.batchEntries * times || batch.bytes.count >= limits.batchBytes * times
    }

    /// Adds to what the last problem says.
    mutating func appendToLastDetail(_ text: String) {
        guard let last = problems.indices.last else { return }
        problems[last].detail += text
    }

    mutating func takeBatch() -> EnqueueBatch {
        let taken = batch
        batch = EnqueueBatch()
        lines = []
        return taken
    }

    /// The canonical form of anything that a client may give.
    static func canonical(
        _ url: UnsafeBufferPointer<UInt8>, _ canonicalize: Canonicalize
    ) -> Result<CrawlURL, URLProblem> {
        if let originLength = CanonicalForm.originLength(url) {
            return .success(CrawlURL(canonical: url, originLength: originLength))
        }
        guard url.count <= CrawlURL.maxLength else {
            return .failure(URLProblem(.tooLong, "the URL is longer than \(CrawlURL.maxLength) bytes"))
        }
        guard UTF8Check.isValid(url) else { return .failure(URLProblem(.invalidURL, "the URL is not UTF-8")) }
        switch canonicalize(url) {
        case .success(let canonical) where canonical.string.utf8.count > CrawlURL.maxLength:
            return .failure(URLProblem(.tooLong, "the URL is longer than \(CrawlURL.maxLength) bytes when encoded"))
        case let result:
            return result
        }
    }
}

extension LineFault {
    init(_ problem: URLProblem) { self.init(code: problem.code.rawValue, detail: problem.detail) }
}

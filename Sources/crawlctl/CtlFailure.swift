import ControlAPI

/// Why a verb did not do what it was asked. The exit code belongs to the interface.
struct CtlFailure: Error, Hashable {
    enum Reason: Int32 {
        case usage = 64
        /// The daemon refused some of the input.
        case rejected = 65
        case notFound = 66
        /// No daemon at the socket.
        case unavailable = 69
        /// A defect, here or in the daemon.
        case bug = 70
        case io = 74
        case tryAgain = 75
        case notPermitted = 77
        /// As shells say of what SIGINT ended.
        case interrupted = 130
    }

    var reason: Reason

    /// Written to standard error after `crawlctl: `; empty when everything was said already.
    var message: String

    /// What the API answered, where it was the API that refused.
    var answer: [UInt8] = []

    init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// An answer that was no success.
    init(_ answer: APIAnswer) {
        self.answer = answer.body
        let problem = try? ControlJSON.decode(Problem.self, from: answer.body)
        reason =
            switch answer.status {
            case 403: .notPermitted
            case 404: .notFound
            case 408, 429, 502...504, 507: .tryAgain
            case 400..<500: .rejected
            default: .bug
            }
        guard let problem else {
            message = "the daemon answered \(answer.status)"
            return
        }
        message = "\(problem.code): \(problem.detail)"
        if let hint = problem.hint { message += " (\(hint))" }
        if let new = problem.new, let known = problem.known, let rejected = problem.rejected {
            message += "\nbefore it failed: \(new) new, \(known) known, \(rejected) rejected; sending all again is safe"
        }
    }

    /// For `--json`: the API's own answer, else one in its form with the status 0, for there was none; empty when
    /// everything was said already.
    var json: [UInt8] {
        if (try? ControlJSON.decode(Problem.self, from: answer)) != nil { return answer }
        guard !message.isEmpty else { return [] }
        let lines = message.split(separator: "\n", maxSplits: 1)
        let problem = Problem(
            status: 0, title: "crawlctl", code: reason.code, detail: String(lines.first ?? ""),
            hint: lines.count > 1 ? String(lines[1]).replacing("\n", with: "; ") : nil)
        return (try? ControlJSON.encode(problem)).map { Array($0) } ?? []
    }
}

extension CtlFailure.Reason {
    /// As a `code` of the API, for what never came to it.
    fileprivate var code: String {
        switch self {
        case .usage: "usage"
        case .rejected: "rejected"
        case .notFound: ProblemCode.notFound
        case .unavailable: "no-daemon"
        case .bug: ProblemCode.internalError
        case .io: "io"
        case .tryAgain: "no-answer"
        case .notPermitted: ProblemCode.forbidden
        case .interrupted: "interrupted"
        }
    }
}

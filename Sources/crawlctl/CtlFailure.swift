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
    }

    var reason: Reason

    /// Written to standard error after `crawlctl: `; empty when everything was said already.
    var message: String

    init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// An answer that was no success.
    init(_ answer: APIAnswer) {
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
}

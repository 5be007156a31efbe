import CrawlCore
import Logging

// What an operator reads of our own machine's limits.

extension DescriptorShares {
    /// Why fewer requests may be in flight than were asked for, and what to do.
    var metadata: Logger.Metadata {
        [
            "max_in_flight": .stringConvertible(maxInFlight), "configured": .stringConvertible(wanted),
            "descriptors": .stringConvertible(limit),
            "needed": .stringConvertible(needed),
            "hint": "set LimitNOFILE=\(needed) or more in the unit, or lower fetch.max_in_flight",
        ]
    }
}

extension LocalLimit.News {
    func log(to logger: Logger) {
        switch self {
        case .began(let pause):
            logger.warning(
                "local-limit: no socket can be had, and nothing new is fetched until one can; no site is blamed",
                metadata: ["error": "\(LocalFault.name(of: pause.errno))"])
        case .ended(let pause, let at):
            logger.notice(
                "local-limit is over: sockets can be had again",
                metadata: [
                    "since": "\(pause.since.text)", "seconds": .stringConvertible((at - pause.since).ms / 1000),
                    "error": "\(LocalFault.name(of: pause.errno))",
                ])
        }
    }
}
